"""Machine drafts for language helpers: asked for outside of any transaction, kept only if the checks find nothing."""

from bot.clock import Clock
from bot.community import wording_imports
from bot.community.wording_imports import Wanted
from bot.delivery.translator import NoTranslation, Translator
from bot.log import log
from bot.store.writer import Writer

AT_A_TIME = 5
"""Drafts a look: a translator on a small machine takes seconds for each."""


class Drafter:
    """Asks a machine for drafts of what nobody has begun yet. What failed once is not tried again until a restart."""

    def __init__(self, translator: Translator, writer: Writer, clock: Clock) -> None:
        self.translator = translator
        self.writer = writer
        self.clock = clock
        self._tried: set[tuple[int, int, str]] = set()

    async def look(self) -> int:
        """Draft a few; how many were kept."""
        now = self.clock.now()
        wanted = await self.writer.transact(lambda session: wording_imports.drafts_wanted(session, now))
        fresh = [one for one in wanted if _key(one) not in self._tried][:AT_A_TIME]
        return sum([await self._draft(one) for one in fresh])

    async def _draft(self, wanted: Wanted) -> bool:
        self._tried.add(_key(wanted))
        try:
            title = None if wanted.title is None else await self._in(wanted, wanted.title)
            body = await self._in(wanted, wanted.body)
        except NoTranslation as none:
            log.info("no machine draft", text=wanted.text_id, language=wanted.language, error=str(none))
            return False
        now = self.clock.now()
        return await self.writer.transact(lambda session: wording_imports.keep_draft(session, wanted, title, body, now))

    async def _in(self, wanted: Wanted, words: str) -> str:
        return await self.translator.translate(words, wanted.source, wanted.language)


def _key(wanted: Wanted) -> tuple[int, int, str]:
    return wanted.text_id, wanted.revision, wanted.language
