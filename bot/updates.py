"""Updates come in, by polling or webhook (webhook.py), each applied exactly once.

Stock polling acknowledges a batch before it has been handled (931 of 6,000 updates lost over 12 kills,
facts/failures.md 0.1). Here the next batch is asked for only when every update of this one is committed.
"""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from datetime import date

from aiogram import Bot, Dispatcher
from aiogram.types import Update

from bot import metrics
from bot.clock import Clock
from bot.lines import Down, Floods, Lines, Raw, inner, sender_of, whereto
from bot.log import error_at, log
from bot.middleware import Transact
from bot.replies import Reply, Say, Screen, Toast
from bot.screens.language import LANGUAGES, negotiate, speaking
from bot.screens.refusals import slow_down, went_wrong
from bot.store import inbox
from bot.store.engine import is_down
from bot.store.writer import Writer
from bot.telegram import Silence, Telegram, TelegramSaid

TRIES = 3
"""An update that fails so often is set aside, apologised for and acknowledged: it must not block the others."""
POLL_SECONDS = 25
FIRST_BATCH, LARGEST_BATCH = 10, 100
"""Batches begin small and double: a process that keeps dying still acknowledges something in each of its lives."""
ALLOWED = ["message", "edited_message", "callback_query", "my_chat_member"]
CONFLICT = 409


class Unheard(Exception):
    """An update of a kind that was not asked for, or of no shape that is known."""


class Updates:
    """Hears updates for one bot."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        bot: Bot,
        telegram: Telegram,
        transact: Transact,
        writer: Writer,
        clock: Clock,
        *,
        at_once: int,
        flood_burst: int,
        flood_rate: float,
    ) -> None:
        self.dispatcher = dispatcher
        self.bot = bot
        self.telegram = telegram
        self.transact = transact
        self.writer = writer
        self.clock = clock
        self.lines = Lines(self._apply, telegram, at_once)
        self.floods = Floods(flood_burst, flood_rate)
        self.last_poll = 0.0
        self._taken: tuple[int, list[asyncio.Future[list[Reply]]]] | None = None

    async def poll(self) -> None:
        """Ask for updates until cancelled; outages are waited out, another poller is named and waited for."""
        offset, pause, most = 0, 1.0, FIRST_BATCH
        while True:
            try:
                batch = await self._ask(offset, most)
                await self.take(batch)
            except (TelegramSaid, Silence, Down) as failed:
                pause, most = await self._wait_out(failed, pause), FIRST_BATCH
                continue
            pause, most = 1.0, min(2 * most, LARGEST_BATCH)
            if batch:
                offset = max(int(update["update_id"]) for update in batch) + 1
            await self.lines.has_room()

    async def _ask(self, offset: int, most: int) -> list[Raw]:
        params = {"offset": offset, "timeout": POLL_SECONDS, "limit": most, "allowed_updates": ALLOWED}
        batch = await self.telegram.call("getUpdates", params, timeout=POLL_SECONDS + 10)
        self.last_poll = time.monotonic()
        return list(batch)

    async def _wait_out(self, failed: Exception, pause: float) -> float:
        if isinstance(failed, TelegramSaid) and failed.code == CONFLICT:
            log.warning("another program polls with this token", advice="stop the other one; this one waits")
            pause = 5.0
        elif not (isinstance(failed, Silence) and failed.perhaps):
            log.warning("no updates for now", error=type(failed).__name__, seconds=pause)
        await asyncio.sleep(getattr(failed, "retry_after", 0) or pause)
        return min(pause * 2, 30.0)

    async def take(self, batch: Sequence[Raw]) -> None:
        """Apply a batch: returns when all of it is committed, while answers may still be on their way. Raises Down."""
        committed = [self.lines.put(raw) for raw in batch if self.admits(raw)]
        self._taken = (batch[-1]["update_id"], committed) if batch else None
        if committed:
            await asyncio.wait(committed)  # not gather: what is being applied goes on when the house stops meanwhile
        if failed := [error for one in committed if (error := one.exception()) is not None]:
            raise failed[0]

    async def finish(self, seconds: float) -> None:
        """Let what is under way finish, and acknowledge it: else it would come again, and be answered again."""
        await self.lines.drain(seconds)
        last, committed = self._taken or (0, [])
        if not last or any(not one.done() or one.exception() is not None for one in committed):
            return
        params = {"offset": int(last) + 1, "timeout": 0, "limit": 1, "allowed_updates": ALLOWED}
        with contextlib.suppress(TelegramSaid, Silence):
            await self.telegram.call("getUpdates", params, timeout=1)

    async def _apply(self, raw: Raw) -> list[Reply]:
        """Apply one update; tried three times, then set aside. Raises Down where the database failed."""
        if not any(inner(raw, kind) for kind in ALLOWED):
            return await self._set_aside(raw, Unheard())
        for left in reversed(range(TRIES)):
            try:
                replies = await self._handle(raw)
                metrics.heard(raw, "applied", self.clock.now())
                return replies  # noqa: TRY300
            except Exception as error:
                if is_down(error):
                    log.error("the database does not answer", **error_at(error))
                    raise Down from error
                if left == 0:
                    return await self._set_aside(raw, error)
        return []

    async def _handle(self, raw: Raw) -> list[Reply]:
        """Taps go straight to their handlers; aiogram reads and routes the rest."""
        if "callback_query" in raw:
            return await self.transact.tapped(raw)
        update = Update.model_validate(raw, context={"bot": self.bot})
        replies = await self.dispatcher.feed_update(self.bot, update)
        return list(replies) if isinstance(replies, list) else []

    async def _set_aside(self, raw: Raw, error: Exception) -> list[Reply]:
        kind = next((key for key in raw if key != "update_id"), "?")[:32]
        log.error("update set aside", update=raw.get("update_id"), kind=kind, **error_at(error))
        metrics.heard(raw, "set_aside", self.clock.now())
        today: date = self.clock.now().date()
        update_id, name = int(raw.get("update_id", 0)), type(error).__name__
        try:
            await self.writer.transact(
                lambda session: inbox.set_aside(session, self.telegram.bot_id, update_id, kind, name, today)
            )
        except Exception as failed:
            raise Down from failed
        with speaking(_language_guess(raw)):
            words = went_wrong()
        return [Toast(words, alert=True)] if "callback_query" in raw else [Say(Screen(words))]

    def admits(self, raw: Raw) -> bool:
        """Whether a person may go on; somebody who floods is told once."""
        admitted, must_warn = self.floods.admits(sender_of(raw))
        if not admitted:
            metrics.heard(raw, "flood", self.clock.now())
        to = whereto(raw)
        # In a group nobody is told: they talk to each other, not to the bot.
        if must_warn and to is not None and (to.chat_id > 0 or to.query_id is not None):
            with speaking(_language_guess(raw)):
                warning: list[Reply] = [Toast(slow_down(), alert=True)]
            self.lines.spawn(self.lines.speak(warning, to))
        return admitted


def _language_guess(raw: Raw) -> str:
    code = inner(inner(raw, "message") or inner(raw, "callback_query"), "from").get("language_code")
    return negotiate(code if isinstance(code, str) else None, list(LANGUAGES)) or "en"
