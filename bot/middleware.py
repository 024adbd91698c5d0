"""One update = one transaction, one person, one language; commit; only then is anything said.

The inner middleware calls the handler, a plain function, by its parameters' names inside the store's writer.
"""

import inspect
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import cache
from typing import Any

from aiogram.dispatcher.middlewares.base import BaseMiddleware
from aiogram.types import CallbackQuery, Chat, ChatMemberUpdated, Message, TelegramObject, Update, User

from bot import metrics
from bot.clock import Clock
from bot.community import drafts
from bot.community.residents import Person
from bot.handlers.here import here
from bot.log import log
from bot.refusals import HiddenAdmin, NotJoined, Refusal
from bot.replies import Again, Reply, Say, Toast
from bot.screens.language import LANGUAGES, negotiate, speaking
from bot.screens.refusals import explain
from bot.store import inbox
from bot.store.residents import resident_found_by
from bot.store.writer import Session, Writer

ANONYMOUS_ADMIN = 1087968824
"""GroupAnonymousBot: whoever speaks through it is nobody (facts/telegram.md D5 19)."""
Event = Message | CallbackQuery | ChatMemberUpdated


class Refused(Exception):
    """A refusal, already in words: it leaves the transaction, which is rolled back, and is said at the edge."""

    def __init__(self, replies: list[Reply]) -> None:
        super().__init__()
        self.replies = replies


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
        """Apply one update once; the replies, to be said after the commit."""
        assert isinstance(event, Event)
        if _is_from_a_bot(event):
            return []
        update: Update = data["event_update"]
        work = data["handler"].callback
        try:
            return await self.writer.transact(lambda session: self._apply(session, update.update_id, event, work, data))
        except Refused as refused:
            return refused.replies

    def _apply(
        self, session: Session, update_id: int, event: Event, work: Callable[..., list[Reply]], data: dict[str, Any]
    ) -> list[Reply]:
        now = self.clock.now()
        user, chat = user_and_chat(event)
        lookup = session.vault.keys.lookup(user.id if user else chat.id)
        fresh = inbox.first_time(session, self.bot_id, update_id, now.date(), lookup)
        person = _person(session, user, lookup)
        with speaking(_language_of(session, person, now)):
            facts = {
                **data,
                "event": event,
                "session": session,
                "now": now,
                "person": person,
                "chat": chat,
                "resident": person.resident if person else None,
            }
            try:
                if not fresh:
                    return _again(session, person, now) if chat.type == "private" else []
                return _call(work, facts)
            except Refusal as refusal:
                log.info("refused", update=update_id, kind=type(refusal).__name__)
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


def user_and_chat(event: Event) -> tuple[User | None, Chat]:
    """Who an update came from (None: nobody can tell), and where. Taps on messages too old to be seen keep their chat."""
    if isinstance(event, CallbackQuery):
        chat = event.message.chat if event.message else Chat(id=event.from_user.id, type="private")
        return event.from_user, chat
    if isinstance(event, Message) and (event.sender_chat is not None or event.from_user is None):
        return None, event.chat
    user = event.from_user
    return (None if user is None or user.id == ANONYMOUS_ADMIN else user), event.chat


def _person(session: Session, user: User | None, lookup: bytes) -> Person | None:
    if user is None:
        return None
    return Person(user.id, lookup, user.first_name, user.language_code, resident_found_by(session, lookup))


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
def _wants(work: Callable[..., list[Reply]]) -> frozenset[str]:
    return frozenset(inspect.signature(work).parameters)


def _call(work: Callable[..., list[Reply]], facts: dict[str, Any]) -> list[Reply]:
    """Call a handler by name; one that names `resident` is for residents, one that names `person` for known people."""
    wanted = _wants(work)
    if "person" in wanted and facts["person"] is None:
        raise HiddenAdmin
    if "resident" in wanted and facts["resident"] is None:
        raise HiddenAdmin if facts["person"] is None else NotJoined
    return work(**{name: facts[name] for name in wanted})
