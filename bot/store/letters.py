"""Letters: rows of what is owed to be said, claimed and settled. Facts are encrypted; words are never kept."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.store.tables import Letter
from bot.store.writer import Session


def add_letter(session: Session, values: dict[str, Any], facts: dict[str, Any]) -> int | None:
    """Write a letter unless one with the same dedupe key exists; its id, or None."""
    blob = session.vault.keys.encrypt(f"letter:facts:{values['dedupe']}", json.dumps(facts).encode())
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(Letter).on_conflict_do_nothing(index_elements=["dedupe"]).returning(Letter.id)
    row = {**values, "facts": blob, "state": "queued", "attempts": 0, "uncertain": 0}
    written: int | None = session.scalar(statement, row)
    return written


def facts_in(session: Session, dedupe: str, sealed: bytes) -> dict[str, Any]:
    """What a letter is about. Raises KeysWrong."""
    return dict(json.loads(session.vault.keys.decrypt(f"letter:facts:{dedupe}", sealed)))


def claim(session: Session, now: datetime, until: datetime, token: str, most: int) -> Sequence[Letter]:
    """Take due letters for sending: queued ones, and those whose sender was lost. Two senders never get the same."""
    due = (
        select(Letter.id)
        .where(
            or_(
                (Letter.state == "queued") & (Letter.not_before <= now),
                (Letter.state == "sending") & (Letter.claimed_until <= now),
            )
        )
        .order_by(Letter.priority, Letter.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    ids = session.scalars(due).all()
    letters = session.scalars(select(Letter).where(Letter.id.in_(ids)).order_by(Letter.priority, Letter.id)).all()
    for letter in letters:
        letter.uncertain += letter.state == "sending"
        letter.state, letter.claim, letter.claimed_until = "sending", token, until
        letter.attempts += 1
    session.flush()
    return letters


def settle(session: Session, letter_id: int, token: str, **values: Any) -> bool:
    """Write what came of a letter, if this sender still holds it; says whether it did."""
    done = session.execute(
        update(Letter)
        .where(Letter.id == letter_id, Letter.claim == token, Letter.state == "sending")
        .values(claim=None, claimed_until=None, **values)
        .returning(Letter.id)
    )
    return done.first() is not None


def drop_queued_to(session: Session, resident_id: int) -> None:
    """Nothing that waits is sent to somebody who stopped."""
    session.execute(
        update(Letter).where(Letter.resident_id == resident_id, Letter.state == "queued").values(state="cancelled")
    )


def prune(session: Session, before: datetime) -> int:
    """Delete letters that were settled and are past their time; says how many."""
    gone = delete(Letter).where(Letter.expires_at < before, Letter.state.not_in(("queued", "sending")))
    return len(session.execute(gone.returning(Letter.id)).all())


def counts(session: Session) -> dict[str, int]:
    """How many letters are in each state."""
    return dict(session.execute(select(Letter.state, func.count()).group_by(Letter.state)).all())
