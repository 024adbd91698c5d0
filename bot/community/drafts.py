"""Conversations under way, kept 48 hours. Answers by name; a name that begins with `_` is luggage, not a question."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.store import drafts as store
from bot.store.engine import Session

LASTS = timedelta(hours=48)


@dataclass(frozen=True)
class Draft:
    """A conversation as it stands: which flow, the answers so far, and the token that its buttons carry."""

    flow: str
    answers: dict[str, str]
    token: str

    def answered(self, name: str, value: str) -> "Draft":
        """With one more answer."""
        return Draft(self.flow, {**self.answers, name: value}, self.token)

    def without(self, name: str) -> "Draft":
        """Without one answer: its question is asked again."""
        return Draft(self.flow, {known: value for known, value in self.answers.items() if known != name}, self.token)


def begin(flow: str, luggage: dict[str, str] | None = None) -> Draft:
    """A new conversation; its token makes buttons of earlier ones recognisable as old."""
    return Draft(flow, dict(luggage or {}), secrets.token_hex(3))


def draft_of(session: Session, lookup: bytes, now: datetime) -> Draft | None:
    """The person's conversation under way, or None."""
    kept = store.draft_of(session, lookup, now)
    return None if kept is None else Draft(kept.flow, store.answers_in(session, kept), kept.token)


def keep(session: Session, lookup: bytes, draft: Draft, now: datetime) -> None:
    """Keep a conversation, in place of any other of this person."""
    store.keep_draft(session, lookup, draft.flow, draft.answers, draft.token, now + LASTS)


def drop(session: Session, lookup: bytes) -> None:
    """End the person's conversation."""
    store.drop_draft(session, lookup)
