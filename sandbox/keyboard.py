"""The coordinator's keyboard: one `kith` that runs one command after another, and so is started only once."""

import asyncio
import json
import sys
from typing import Any


class Keyboard:
    """The coordinator at work, from the other side. Its process ends with ours: nothing is left to read."""

    def __init__(self) -> None:
        self._one_at_a_time = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None

    async def types(self, *words: str) -> str:
        """Run a command; what it prints. Raises RuntimeError with its refusal."""
        async with self._one_at_a_time:
            process = await self._seated()
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(words).encode() + b"\n")
            line = await process.stdout.readline()
        told: dict[str, Any] = json.loads(line) if line else {"code": 1, "err": "the keyboard's process ended"}
        if told["code"]:
            raise RuntimeError(f"kith {' '.join(words[:2])}: {told['err'].strip()}")
        return str(told["out"])

    async def _seated(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "admin_cli.keyboard",
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=2**24,
            )  # fmt: skip
        return self._process
