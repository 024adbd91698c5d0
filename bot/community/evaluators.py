"""Evaluators without a shell: a token that pulls a place's releases, reads nothing else, and ends by itself."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from bot.store import evaluators as store
from bot.store.engine import Session
from bot.store.tables import EvaluatorToken, Place

PREFIX = "kith_e_"
"""So that a token that was lost somewhere is known for what it is."""
LABEL_AT_MOST = 80


class LabelWrong(ValueError):
    """A token needs a label, so that somebody knows later which one to revoke."""

    def __init__(self) -> None:
        super().__init__(f"the label must be 1 to {LABEL_AT_MOST} characters: say for whom the token is")


@dataclass(frozen=True)
class Access:
    """What a token opens at a moment: the releases of one place."""

    token_id: int
    place: str
    at: datetime


def make_token(session: Session, place: Place, label: str, lasts: timedelta, now: datetime) -> str:
    """Make a token; it is shown once, and kept nowhere but as a hash. Raises LabelWrong."""
    label = label.strip()
    if not 0 < len(label) <= LABEL_AT_MOST or not label.isprintable():
        raise LabelWrong
    token = PREFIX + secrets.token_urlsafe(32)
    row = EvaluatorToken(
        place_id=place.id, label=label, token_hash=_hash(token), made_at=now, expires_at=now + lasts, revoked_at=None
    )
    store.add_token(session, row)
    return token


def access(session: Session, token: str, now: datetime) -> Access | None:
    """What the token opens now; None for a wrong, an expired and a revoked one alike."""
    found = store.token_with(session, _hash(token), now)
    return None if found is None else Access(found[0].id, found[1].slug, now)


def revoke(session: Session, token_id: int, now: datetime) -> bool:
    """Let a token work no more; says whether it did until now."""
    token = store.token_by_id(session, token_id)
    if token is None or state(token, now) != "works":
        return False
    token.revoked_at = now
    session.flush()
    return True


def state(token: EvaluatorToken, now: datetime) -> str:
    """Whether it works, has expired or was revoked."""
    if token.revoked_at is not None:
        return "revoked"
    return "works" if token.expires_at > now else "expired"


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
