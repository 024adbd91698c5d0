"""Counts of the house's own work, for whoever watches over it: letters, gates, people who cannot be reached."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select

from bot.store.alerts import oldest_open
from bot.store.engine import Session
from bot.store.tables import Gate, Letter, Place, Resident, Sender
from bot.store.ticks import LastRun, last_runs

STUCK_AFTER = timedelta(minutes=5)


@dataclass(frozen=True)
class Figures:
    """What the database tells of the house's work at one moment."""

    letters: dict[tuple[str, str], int]
    """How many by state and kind."""
    oldest_due: timedelta
    """How long the letter that has been due longest waits."""
    gates_held: int
    senders_paused: timedelta
    senders_slow: int
    unreachable: int
    last_runs: list[LastRun]
    oldest_alert: timedelta
    """How long the oldest alert waits that nobody has taken."""


def figures(session: Session, now: datetime) -> Figures:
    """All of them, read in one transaction."""
    counted = select(Letter.state, Letter.kind, func.count()).group_by(Letter.state, Letter.kind)
    gone = select(func.count()).where(Resident.state == "unreachable")
    return Figures(
        {(state, kind): count for state, kind, count in session.execute(counted)},
        oldest_due(session, now),
        session.scalar(select(func.count()).where(Gate.until > now)) or 0,
        (session.scalar(select(func.max(Sender.paused_until)).where(Sender.paused_until > now)) or now) - now,
        session.scalar(select(func.count()).where(Sender.slow_until > now)) or 0,
        session.scalar(gone) or 0,
        last_runs(session),
        now - (oldest_open(session) or now),
    )


def oldest_due(session: Session, now: datetime) -> timedelta:
    """How long the letter that has been due longest waits; those of a place whose letters are paused wait rightly."""
    paused = select(Place.id).where(Place.letters_paused)
    due = select(func.min(Letter.not_before)).where(
        Letter.state == "queued", Letter.not_before <= now, Letter.expires_at > now, Letter.place_id.not_in(paused)
    )
    return now - (session.scalar(due) or now)


def settled_since(session: Session, moment: datetime) -> bool:
    """Whether any letter was settled since: a long broadcast that is going out waits, and is not stuck."""
    return bool(session.scalar(select(exists().where(Letter.settled_at >= moment))))


def stuck_letters(session: Session, now: datetime) -> int:
    """Letters whose sender's lease ended minutes ago, and whom no other has taken: nobody sends."""
    held = (Letter.state == "sending") & (Letter.claimed_until < now - STUCK_AFTER)
    return session.scalar(select(func.count()).where(held)) or 0
