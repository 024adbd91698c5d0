"""Which ticks have been taken, and how they ended."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update

from bot.store.dialects import dialect_of
from bot.store.engine import Session
from bot.store.tables import TickRun


def take(session: Session, job: str, slot: datetime) -> bool:
    """Take a job's slot: True for exactly one process (facts/failures.md 2.9). One that failed may be taken again."""
    dialect = dialect_of(session)
    statement = dialect.insert(TickRun).values(job=job, slot=slot, count=0)
    again = statement.on_conflict_do_update(
        index_elements=["job", "slot"], set_={"error": None}, where=TickRun.error.is_not(None)
    )
    return session.execute(again.returning(TickRun.job)).first() is not None


def note(session: Session, job: str, slot: datetime, count: int, now: datetime) -> None:
    """Note how many things a tick found due, and that it went through."""
    done = update(TickRun).where(TickRun.job == job, TickRun.slot == slot)
    session.execute(done.values(count=count, finished_at=now, error=None))


def fail(session: Session, job: str, slot: datetime, error: str, now: datetime) -> None:
    """Remember that a tick failed, by its error's class; it may be taken again."""
    dialect = dialect_of(session)
    statement = dialect.insert(TickRun).values(job=job, slot=slot, count=0, error=error[:80], finished_at=now)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["job", "slot"],
            set_={"error": error[:80], "finished_at": now},
        )
    )


@dataclass(frozen=True)
class LastRun:
    """A job's newest tick, and when one last went through."""

    job: str
    error: str | None
    went_well: datetime | None


def last_runs(session: Session) -> list[LastRun]:
    """How each job's newest tick ended, whichever process ran it; by name."""
    newest = select(TickRun.job, func.max(TickRun.slot).label("slot")).group_by(TickRun.job).subquery()
    well = (
        select(TickRun.job, func.max(TickRun.finished_at).label("well"))
        .where(TickRun.error.is_(None))
        .group_by(TickRun.job)
        .subquery()
    )
    rows = (
        select(TickRun.job, TickRun.error, well.c.well)
        .join(newest, (TickRun.job == newest.c.job) & (TickRun.slot == newest.c.slot))
        .outerjoin(well, TickRun.job == well.c.job)
        .order_by(TickRun.job)
    )
    return [LastRun(*row) for row in session.execute(rows)]


def prune(session: Session, before: datetime) -> int:
    """Forget ticks of long ago."""
    return len(session.execute(delete(TickRun).where(TickRun.slot < before).returning(TickRun.job)).all())
