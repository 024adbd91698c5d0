"""The Telegram of the benchmark: the sandbox's load target, one door for each bot, with taps handed out in step.

A tap is done when its toast and its edit have arrived. `at_once` lines of taps run side by side: each hands out its
next tap only when its last one is done, so that just so many people wait for the bot at any moment.
"""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sandbox.canned import HOST, Wire
from sandbox.load import MULTIPART_NAME, TAP_ID, Load, read_response

EDITED = re.compile(rb"(?<!inline_)message_id\W+(\d+)")
PATIENCE = 30.0
"""Seconds after which a tap counts as lost."""
SECRET = "bench"
Tap = dict


@dataclass
class Run:
    """What one run showed: how many taps, in how many seconds, how long each person waited for the toast."""

    taps: int
    lost: int
    seconds: float
    waits: list[float]
    calls: dict[str, int] = field(default_factory=dict)


class Feed(Load):
    """What one bot is handed, and what became of it."""

    def __init__(self) -> None:
        super().__init__()
        self.edited: dict[int, float] = {}
        self.open: dict[int, asyncio.Future[None]] = {}
        self.heard = asyncio.Event()
        self.heard_at = 0.0

    def clear(self) -> None:
        super().clear()
        self.edited.clear()
        self.open.clear()

    def hears(self) -> None:
        """The bot listens now."""
        if not self.heard.is_set():
            self.heard_at = time.monotonic()
            self.heard.set()

    async def poll(self, body: bytes) -> bytes:
        self.hears()
        return await super().poll(body)

    def note_answer(self, tap_id: bytes) -> None:
        super().note_answer(tap_id)
        self._look(int(tap_id))

    def note_edit(self, message_id: int) -> None:
        """A tap's message was edited: it has the number of its update."""
        self.edited.setdefault(message_id, time.monotonic())
        self._look(message_id)

    def _look(self, number: int) -> None:
        if number in self.answered and number in self.edited and number in self.open:
            waiting = self.open.pop(number)
            if not waiting.done():
                waiting.set_result(None)

    # --- handing out

    async def in_step(self, taps: Iterable[Tap], at_once: int, webhook: str | None) -> Run:
        """Hand taps out to so many lines; each waits for its last tap."""
        queue = iter(taps)
        return await self._run([self._line(queue, webhook) for _ in range(at_once)])

    async def at_times(self, taps: Iterable[tuple[float, Tap]]) -> Run:
        """Hand each tap out at its moment, whatever became of those before; by polling."""
        return await self._run([self._paced(taps)])

    async def _run(self, lines: list) -> Run:
        self.clear()
        lost = sum(await asyncio.gather(*lines))
        ends = [*self.answered.values(), *self.edited.values()]
        waits = [self.answered[number] - at for number, at in self.given.items() if number in self.answered]
        seconds = max(ends, default=0.0) - min(self.given.values(), default=0.0)
        return Run(len(self.given), lost, seconds, waits, dict(self.calls))

    async def _line(self, queue: Iterator[Tap], webhook: str | None) -> int:
        lost = 0
        async with _hand(self, webhook) as hand:
            for tap in queue:
                done = self._expect(tap)
                await hand(tap)
                lost += await _missed(done)
        return lost

    async def _paced(self, taps: Iterable[tuple[float, Tap]]) -> int:
        start, waiting = time.monotonic(), []
        for moment, tap in taps:
            await asyncio.sleep(max(0.0, start + moment - time.monotonic()))
            waiting.append(self._expect(tap))
            self.offer(tap)
        _, late = await asyncio.wait(waiting, timeout=PATIENCE)
        return len(late)

    def _expect(self, tap: Tap) -> "asyncio.Future[None]":
        done = asyncio.get_running_loop().create_future()
        self.open[tap["update_id"]] = done
        return done

    def offer(self, tap: Tap) -> None:
        """Put a tap where getUpdates finds it."""
        self.waiting.append(tap)
        self.wake()


async def _missed(done: "asyncio.Future[None]") -> int:
    try:
        await asyncio.wait_for(done, PATIENCE)
    except TimeoutError:
        return 1
    return 0


@asynccontextmanager
async def _hand(feed: Feed, webhook: str | None) -> AsyncIterator:
    """How one line hands out: to whoever polls, or over a connection of its own."""
    if webhook is None:

        async def offer(tap: Tap) -> None:
            feed.offer(tap)

        yield offer
        return
    parts = urlsplit(webhook)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    head = (
        f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"
        f"X-Telegram-Bot-Api-Secret-Token: {SECRET}\r\nContent-Length: "
    )

    async def push(tap: Tap) -> None:
        body = json.dumps(tap).encode()
        feed.given[tap["update_id"]] = time.monotonic()
        writer.write(f"{head}{len(body)}\r\n\r\n".encode() + body)
        status, answer = await read_response(reader)
        feed.calls[f"webhook {status}"] += 1
        toasted = TAP_ID.search(MULTIPART_NAME.sub(rb"\1=", answer))
        if toasted:
            feed.calls["toast in the answer"] += 1
            feed.note_answer(toasted[1])

    try:
        yield push
    finally:
        writer.close()


class Door(Wire):
    """A connection of one bot: the load target's, which also notes edits and when the bot begins to listen."""

    def result(self, name: str, asked: bytes) -> bytes:
        feed = self.load
        assert isinstance(feed, Feed)
        if name == "editMessageText" and (edited := EDITED.search(asked)):
            feed.note_edit(int(edited[1]))
        if name == "setWebhook":
            feed.hears()
        return super().result(name, asked)


async def open_door() -> tuple[Feed, str]:
    """A door for one bot, and its address. It closes with the event loop."""
    feed = Feed()
    server = await asyncio.get_running_loop().create_server(lambda: Door(feed), HOST, 0)
    feed.server = server  # type: ignore[attr-defined]  # a server that nobody holds may be collected
    return feed, f"http://{HOST}:{server.sockets[0].getsockname()[1]}"
