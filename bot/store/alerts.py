"""Helplines and alerts. One alert has one owner: it is taken by a conditional update."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update

from bot.store.engine import Session
from bot.store.tables import Alert, Helpline, Letter


def helplines_of(session: Session, place_id: int, language: str | None = None) -> Sequence[Helpline]:
    """A place's helplines, of one language or of all."""
    query = select(Helpline).where(Helpline.place_id == place_id).order_by(Helpline.language, Helpline.id)
    if language is not None:
        query = query.where(Helpline.language == language)
    return session.scalars(query).all()


def add_helpline(session: Session, helpline: Helpline) -> None:
    """Write a helpline."""
    session.add(helpline)
    session.flush()


def drop_helpline(session: Session, place_id: int, number: int) -> bool:
    """Delete a place's helpline by its id; says whether there was one."""
    gone = delete(Helpline).where(Helpline.place_id == place_id, Helpline.id == number).returning(Helpline.id)
    return session.execute(gone).first() is not None


def alert_by_id(session: Session, alert_id: int) -> Alert | None:
    """The alert, or None."""
    return session.get(Alert, alert_id)


def open_alert_of(session: Session, resident_id: int) -> Alert | None:
    """The alert of this resident that is not closed yet, or None."""
    query = select(Alert).where(Alert.resident_id == resident_id, Alert.state != "closed").order_by(Alert.id.desc())
    return session.scalars(query.limit(1)).first()


def add_alert(session: Session, alert: Alert) -> None:
    """Write an alert."""
    session.add(alert)
    session.flush()


def due_alerts(session: Session, now: datetime, since: datetime | None = None) -> Sequence[Alert]:
    """Alerts that nobody has taken and that are to be told again, held against other processes.

    `since`: only those raised since then.
    """
    due = [Alert.state == "open", Alert.next_at <= now]
    if since is not None:
        due.append(Alert.raised_at >= since)
    return session.scalars(select(Alert).where(*due).order_by(Alert.id).with_for_update()).all()


def take(session: Session, alert_id: int, resident_id: int, now: datetime) -> bool:
    """Give an open alert to one person; says whether it was still open. Two at once: one of them."""
    taken = (
        update(Alert)
        .where(Alert.id == alert_id, Alert.state == "open")
        .values(state="taken", taken_by_id=resident_id, taken_at=now, next_at=None)
        .returning(Alert.id)
    )
    return session.execute(taken).first() is not None


def close(session: Session, alert_id: int) -> bool:
    """Close an alert that is not closed; says whether it was not."""
    closed = update(Alert).where(Alert.id == alert_id, Alert.state != "closed").values(state="closed", next_at=None)
    return session.execute(closed.returning(Alert.id)).first() is not None


def drop_queued_letters(session: Session, kind: str, prefix: str) -> None:
    """Delete letters of a kind that wait, by the beginning of their dedupe key."""
    waiting = Letter.kind == kind, Letter.dedupe.startswith(prefix, autoescape=True), Letter.state == "queued"
    session.execute(delete(Letter).where(*waiting))


def oldest_open(session: Session) -> datetime | None:
    """Since when the oldest alert waits that nobody has taken; None where none does."""
    return session.scalar(select(func.min(Alert.raised_at)).where(Alert.state == "open"))


def prune(session: Session, before: datetime) -> int:
    """Delete alerts of long ago that were taken or closed; says how many."""
    gone = delete(Alert).where(Alert.raised_at < before, Alert.state != "open")
    return len(session.execute(gone.returning(Alert.id)).all())
