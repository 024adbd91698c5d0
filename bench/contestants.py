"""The bots that are measured, each a process of its own with a door of its own at the benchmark's Telegram."""

import asyncio
import json
import os
import signal
import socket
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.child import rss_of
from bench.server import SECRET, Feed, Run, open_door
from bench.town import Residents, Town

TOKEN = "4242:bench"
STARTS_WITHIN = 120.0


@dataclass
class Bot:
    """One contestant: what runs, how it hears, and what it is handed."""

    name: str
    module: str
    residents: Residents
    by_webhook: bool = False
    town: Town | None = None
    settings: dict[str, str] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None
    feed: Feed = field(default_factory=Feed)
    webhook: str | None = None
    started: dict[str, Any] = field(default_factory=dict)
    log: Path | None = None

    async def start(self, folder: Path) -> None:
        """Start the process, and wait until it listens."""
        self.feed, url = await open_door()
        env = {**os.environ, **self.settings, "KITH_API_URL": url, "KITH_BOT_TOKEN": TOKEN, "PYTHONHASHSEED": "0"}
        if self.by_webhook:
            port = _free_port()
            self.webhook = f"http://127.0.0.1:{port}/hook"
            env |= {"KITH_WEBHOOK_URL": self.webhook, "KITH_WEBHOOK_PORT": str(port), "KITH_WEBHOOK_SECRET": SECRET}
        self.log = folder / f"{self.module}-{time.monotonic_ns()}.log"
        with self.log.open("wb") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", self.module, stdout=asyncio.subprocess.PIPE, stderr=log, env=env
            )
        self.started = await self._hear_facts()
        await self._until_it_listens()

    async def _hear_facts(self) -> dict[str, Any]:
        assert self.process is not None
        assert self.process.stdout is not None
        line = await asyncio.wait_for(self.process.stdout.readline(), STARTS_WITHIN)
        return json.loads(line) if line else self._died()

    async def _until_it_listens(self) -> None:
        assert self.process is not None
        ended = asyncio.create_task(self.process.wait())
        heard = asyncio.create_task(self.feed.heard.wait())
        await asyncio.wait({ended, heard}, timeout=STARTS_WITHIN, return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        if not heard.done():
            self._died()
        self.started["ready_seconds"] = self.feed.heard_at - self.started["imported_at"]
        self.started["ready_rss"] = rss_of(self.process.pid)

    def _died(self) -> Any:
        tail = self.log.read_text()[-2000:] if self.log else ""
        raise SystemExit(f"{self.name} did not start:\n{tail}")

    async def run(self, taps: int, at_once: int) -> tuple[Run, float]:
        """So many taps, so many at once; also the CPU seconds that they took."""
        before = self.cpu()
        run = await self.feed.in_step(self.residents.taps_of(taps), at_once, self.webhook)
        await asyncio.sleep(0.05)
        return run, self.cpu() - before

    def cpu(self) -> float:
        """CPU seconds of the process so far, all its threads, user and system (Linux: clock_getcpuclockid)."""
        assert self.process is not None
        return time.clock_gettime((~self.process.pid << 3) | 2)

    def rss(self) -> float:
        """MB that it holds now."""
        assert self.process is not None
        return rss_of(self.process.pid)

    def wrong_ballots(self) -> int:
        """How many ballots in its database do not agree with the taps it was handed."""
        return self.town.wrong_ballots(self.residents.taps) if self.town else 0

    async def stop(self) -> dict[str, Any]:
        """Stop it by SIGTERM; the last facts that it says."""
        if self.process is None or self.process.returncode is not None:
            return {}
        self.process.send_signal(signal.SIGTERM)
        assert self.process.stdout is not None
        try:
            said = await asyncio.wait_for(self.process.stdout.read(), 20)
            await asyncio.wait_for(self.process.wait(), 5)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
            return {}
        lines = said.decode().splitlines()
        return json.loads(lines[-1]) if lines else {}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
