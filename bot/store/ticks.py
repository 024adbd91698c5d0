"""Which ticks have been taken."""

from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.store.tables import TickRun
from bot.store.writer import Session


def take(session: Session, job: str, slot: datetime) -> bool:
    """Take a job's slot: True for exactly one process (facts/failures.md 2.9)."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(TickRun).on_conflict_do_nothing().returning(TickRun.job)
    return session.execute(statement, {"job": job, "slot": slot, "count": 0}).first() is not None


def note(session: Session, job: str, slot: datetime, count: int) -> None:
    """Note how many things a tick found due."""
    session.execute(update(TickRun).where(TickRun.job == job, TickRun.slot == slot).values(count=count))


def prune(session: Session, before: datetime) -> int:
    """Forget ticks of long ago."""
    return len(session.execute(delete(TickRun).where(TickRun.slot < before).returning(TickRun.job)).all())
