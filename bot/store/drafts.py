"""Conversations under way: answers by name, encrypted, found by the person's lookup hash."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from bot.store.engine import Session
from bot.store.tables import Draft, Resident


def draft_of(session: Session, lookup: bytes, now: datetime) -> Draft | None:
    """The person's conversation, unless it has expired."""
    return session.scalar(select(Draft).where(Draft.lookup == lookup, Draft.expires_at > now))


def answers_in(session: Session, draft: Draft) -> dict[str, Any]:
    """The answers kept in a draft, by question, in the order they were given."""
    plain = session.vault.keys.decrypt(f"draft:answers:{draft.lookup.hex()}", draft.answers)
    return dict(json.loads(plain))


def keep_draft(
    session: Session, lookup: bytes, flow: str, answers: dict[str, Any], token: str, expires_at: datetime
) -> None:
    """Write the person's one conversation, in place of any other."""
    blob = session.vault.keys.encrypt(f"draft:answers:{lookup.hex()}", json.dumps(answers).encode())
    session.merge(Draft(lookup=lookup, flow=flow, answers=blob, token=token, expires_at=expires_at))


def drop_draft(session: Session, lookup: bytes) -> None:
    """Forget the person's conversation."""
    session.execute(delete(Draft).where(Draft.lookup == lookup))


def drop_expired(session: Session, now: datetime) -> int:
    """Forget the conversations that nobody went on with; says how many."""
    return len(session.execute(delete(Draft).where(Draft.expires_at <= now).returning(Draft.lookup)).all())


def is_talking(session: Session, resident_id: int) -> bool:
    """Whether a resident is in the middle of a conversation."""
    query = select(Draft.lookup).join(Resident, Resident.lookup == Draft.lookup).where(Resident.id == resident_id)
    return session.scalar(query) is not None
