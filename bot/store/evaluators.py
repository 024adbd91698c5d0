"""Evaluators' tokens, by their hashes."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from bot.store.engine import Session
from bot.store.tables import EvaluatorToken, Place


def add_token(session: Session, token: EvaluatorToken) -> None:
    """Write a token's hash and what it is for."""
    session.add(token)
    session.flush()


def token_with(session: Session, token_hash: bytes, now: datetime) -> tuple[EvaluatorToken, Place] | None:
    """The token with this hash, if it still works, and its place."""
    works = EvaluatorToken.expires_at > now, EvaluatorToken.revoked_at.is_(None)
    query = select(EvaluatorToken, Place).join(Place, Place.id == EvaluatorToken.place_id)
    row = session.execute(query.where(EvaluatorToken.token_hash == token_hash, *works)).first()
    return None if row is None else (row[0], row[1])


def token_by_id(session: Session, token_id: int) -> EvaluatorToken | None:
    """The token, or None."""
    return session.get(EvaluatorToken, token_id)


def all_tokens(session: Session) -> Sequence[tuple[EvaluatorToken, Place]]:
    """Every token with its place, the newest first."""
    query = select(EvaluatorToken, Place).join(Place, Place.id == EvaluatorToken.place_id)
    return [(token, place) for token, place in session.execute(query.order_by(EvaluatorToken.id.desc()))]
