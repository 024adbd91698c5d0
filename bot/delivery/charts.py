"""Pictures are drawn here: asked for in one transaction, drawn in a process of its own, kept in another.

A process, not a thread: matplotlib's 80 MB are gone when it ends, and whatever it takes, nobody waits for an answer.
"""

import asyncio
import base64
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from bot import fonts
from bot.clock import Clock
from bot.community import charts, playback
from bot.community.playback import Playback
from bot.log import error_at, log
from bot.replies import Picture
from bot.screens.charts import picture_of
from bot.screens.language import speaking
from bot.store.engine import Session
from bot.store.writer import Writer

PATIENCE = 120.0
"""Seconds; a dozen pictures take five, and the first ones half a minute more on a small machine that reads its fonts."""
EVERY = 5.0
"""Seconds between looks."""
_Asked = tuple[int, str, Playback | None]


class Illustrator:
    """Draws what closed check-ins said, then lets people be told. Without library or fonts there are words alone."""

    def __init__(self, writer: Writer, clock: Clock, data: Path) -> None:
        self.writer = writer
        self.clock = clock
        self.cache = data / "fonts"
        self._one = asyncio.Lock()
        self._told = False

    async def run(self) -> None:
        """Draw whatever is asked for, for as long as the house works."""
        while True:
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 - whatever failed, what is asked for is a row: the next look finds it
                log.error("drawing stumbled", **error_at(error))
            await asyncio.sleep(EVERY)

    async def look(self) -> int:
        """Draw what is asked for; how many pictures that was."""
        async with self._one:
            asked = await self.writer.transact(_asked)
            if not asked:
                return 0
            pictures = [_worded(language, told) for _round, language, told in asked]
            drawn = await self._drawn(pictures)
            await self.writer.transact(lambda session: self._keep(session, asked, drawn))
        return len(asked)

    def _keep(self, session: Session, asked: Sequence[_Asked], drawn: Sequence[bytes | None]) -> None:
        for (round_id, language, _told), png in zip(asked, drawn, strict=True):
            charts.keep(session, round_id, language, png)
        playback.tell(session, self.clock.now())

    async def _drawn(self, pictures: Sequence[Picture | None]) -> list[bytes | None]:
        """Every picture as PNG, None for those that cannot be drawn."""
        lacking = fonts.lacking()
        if lacking:
            if not self._told:
                log.warning("no pictures, only words", reason=lacking, advice="install kith[charts]")
            self._told = True
            return [None] * len(pictures)
        made = iter(await self._made([picture for picture in pictures if picture is not None]))
        return [None if picture is None else next(made, None) for picture in pictures]

    async def _made(self, pictures: Sequence[Picture]) -> list[bytes | None]:
        """One line for each picture comes back."""
        if not pictures:
            return []
        work = {"fonts": str(fonts.folder()), "pictures": [asdict(picture) for picture in pictures]}
        drawing = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot.delivery.drawing",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env=self._environment(),
        )  # fmt: skip
        try:
            async with asyncio.timeout(PATIENCE):
                said, complaints = await drawing.communicate(json.dumps(work).encode())
        except TimeoutError:
            said, complaints = b"", b"it took too long"
        finally:
            if drawing.returncode is None:
                drawing.kill()
                await drawing.wait()
        if complaints:
            log.warning("a picture was not drawn", reason=complaints.decode(errors="replace").splitlines()[-1][:200])
        return [base64.b64decode(line) or None for line in said.splitlines()]

    def _environment(self) -> dict[str, str]:
        """Nothing secret; and a folder for what matplotlib remembers of fonts."""
        plain = {name: value for name, value in os.environ.items() if not name.startswith("KITH_")}
        return {**plain, "MPLCONFIGDIR": str(self.cache.absolute())}


def _asked(session: Session) -> list[_Asked]:
    return [(round_id, tag, playback.playback(session, round_id)) for round_id, tag in charts.wanted(session)]


def _worded(language: str, told: Playback | None) -> Picture | None:
    with speaking(language):
        return None if told is None else picture_of(told)
