"""One update = one transaction, one person, one language; commit; only then is anything said.

Taps come straight from their road, everything else through aiogram's routers; both end in `_apply`, which calls the
handler, a plain function, by its parameters' names inside the store's writer.
"""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from aiogram.dispatcher.middlewares.base import BaseMiddleware
from aiogram.types import ChatMemberUpdated, Message, TelegramObject, Update

from bot import metrics
from bot.clock import Clock
from bot.community import drafts
from bot.community.residents import Person
from bot.handlers.here import here
from bot.handlers.road import Handler, way_of
from bot.lines import Raw, inner
from bot.log import log
from bot.refusals import HiddenAdmin, NotJoined, Refusal
from bot.replies import Again, Reply, Say, Toast
from bot.screens.language import LANGUAGES, negotiate, speaking
from bot.screens.refusals import explain
from bot.store import inbox
from bot.store.engine import Session
from bot.store.tables import Resident
from bot.store.writer import Writer

ANONYMOUS_ADMIN = 1087968824
"""GroupAnonymousBot: whoever speaks through it is nobody (facts/telegram.md D5 19)."""
Event = Message | ChatMemberUpdated


class Refused(Exception):
    """A refusal, already in words: it leaves the transaction, which is rolled back, and is said at the edge."""

    def __init__(self, replies: list[Reply]) -> None:
        super().__init__()
        self.replies = replies


class TapWrong(ValueError):
    """A tap of no shape that Telegram sends."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who an update came from, as Telegram tells it."""

    id: int
    first_name: str
    language_code: str | None


@dataclass(frozen=True, slots=True)
class Heard:
    """What every update says of itself. No sender: nobody can tell who it was."""

    update_id: int
    sender: Sender | None
    chat_id: int
    private: bool


class Transact(BaseMiddleware):
    """Calls handlers inside the writer, and hands back what is to be said."""

    def __init__(self, writer: Writer, clock: Clock, bot_id: int) -> None:
        self.writer = writer
        self.clock = clock
        self.bot_id = bot_id

    async def __call__(
        self,
        _handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> list[Reply]:
        """Apply one update that aiogram has routed, once; the replies, to be said after the commit."""
        assert isinstance(event, Event)
        if _is_from_a_bot(event):
            return []
        update: Update = data["event_update"]
        facts = {**data, "event": event, "chat": event.chat}
        return await self._transact(_heard(update.update_id, event), data["handler"].callback, facts)

    async def tapped(self, raw: Raw) -> list[Reply]:
        """Apply one tap, once; the replies, to be said after the commit. Raises TapWrong."""
        heard = heard_tap(raw)
        data = raw["callback_query"].get("data")
        work, tap = way_of(data if isinstance(data, str) else None, private=heard.private)
        return await self._transact(heard, work, {"tap": tap})

    async def _transact(self, heard: Heard, work: Handler, facts: dict[str, Any]) -> list[Reply]:
        try:
            return await self.writer.transact(lambda session: self._apply(session, heard, work, facts))
        except Refused as refused:
            return refused.replies

    def _apply(self, session: Session, heard: Heard, work: Handler, facts: dict[str, Any]) -> list[Reply]:
        now = self.clock.now()
        lookup = session.vault.keys.lookup(heard.sender.id if heard.sender else heard.chat_id)
        fresh, known = inbox.take(session, self.bot_id, heard.update_id, now.date(), lookup)
        person = _person(heard.sender, lookup, known)
        with speaking(_language_of(session, person, now)):
            try:
                if not fresh:
                    return _again(session, person, now) if heard.private else []
                resident = person.resident if person else None
                return _call(work, {**facts, "session": session, "now": now, "person": person, "resident": resident})
            except Refusal as refusal:
                log.info("refused", update=heard.update_id, kind=type(refusal).__name__)
                metrics.count(metrics.REFUSALS, type(refusal).__name__)
                raise Refused([Toast(explain(refusal), alert=len(explain(refusal)) > 60)]) from None  # noqa: PLR2004


def _again(session: Session, person: Person | None, now: datetime) -> list[Reply]:
    """It changes nothing; its reply may have died with a crash, so the person is shown where they are."""
    return [Again(reply.screen) for reply in here(session, person, now) if isinstance(reply, Say)]


def _is_from_a_bot(event: Event) -> bool:
    """Whether another program speaks: it is not answered, or two could talk for ever."""
    if not isinstance(event, Message) or event.sender_chat is not None:
        return False
    return event.from_user is not None and event.from_user.is_bot


def _heard(update_id: int, event: Event) -> Heard:
    user, private = event.from_user, event.chat.type == "private"
    hidden = isinstance(event, Message) and event.sender_chat is not None
    if user is None or hidden or user.id == ANONYMOUS_ADMIN:
        return Heard(update_id, None, event.chat.id, private)
    return Heard(update_id, Sender(user.id, user.first_name, user.language_code), event.chat.id, private)


def heard_tap(raw: Raw) -> Heard:
    """What a tap says of itself, read from what Telegram sent; one on a message too old to be seen was a private one."""
    query = inner(raw, "callback_query")
    user, chat = inner(query, "from"), inner(inner(query, "message"), "chat")
    sender, name, code = user.get("id"), user.get("first_name"), user.get("language_code")
    chat_id = chat.get("id", sender)
    if not (isinstance(sender, int) and isinstance(chat_id, int) and isinstance(name, str)):
        raise TapWrong
    language = code if isinstance(code, str) else None
    return Heard(raw["update_id"], Sender(sender, name, language), chat_id, chat.get("type", "private") == "private")


def _person(sender: Sender | None, lookup: bytes, resident: Resident | None) -> Person | None:
    if sender is None:
        return None
    return Person(sender.id, lookup, sender.first_name, sender.language_code, resident)


def _language_of(session: Session, person: Person | None, now: datetime) -> str:
    """A resident's own language; a newcomer's choice so far; else what Telegram's language code suggests."""
    if person is None:
        return "en"
    if person.resident is not None:
        return person.resident.language
    draft = drafts.draft_of(session, person.lookup, now)
    chosen = draft.answers.get("language") if draft else None
    return chosen or negotiate(person.language_code, list(LANGUAGES)) or "en"


@cache
def _wants(work: Handler) -> frozenset[str]:
    return frozenset(inspect.signature(work).parameters)


def _call(work: Handler, facts: dict[str, Any]) -> list[Reply]:
    """Call a handler by name; one that names `resident` is for residents, one that names `person` for known people."""
    wanted = _wants(work)
    if "person" in wanted and facts["person"] is None:
        raise HiddenAdmin
    if "resident" in wanted and facts["resident"] is None:
        raise HiddenAdmin if facts["person"] is None else NotJoined
    return work(**{name: facts[name] for name in wanted})
