"""Letters as operators look at them and handle them: how the stream goes, and what failed."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from bot.store.engine import Session
from bot.store.letters import FAILED
from bot.store.tables import Letter, Place


def stream(session: Session, now: datetime) -> dict[str, int]:
    """Waiting (due now), later, sending, held; sent in the last minute and hour; failed in the last day."""

    def count(*where: object) -> int:
        return session.scalar(select(func.count()).select_from(Letter).where(*where)) or 0  # type: ignore[arg-type]

    queued = Letter.state == "queued"
    return {
        "waiting": count(queued, Letter.not_before <= now),
        "later": count(queued, Letter.not_before > now),
        "sending": count(Letter.state == "sending"),
        "held": count(Letter.state == "held"),
        "sent_minute": count(Letter.state == "sent", Letter.settled_at > now - timedelta(minutes=1)),
        "sent_hour": count(Letter.state == "sent", Letter.settled_at > now - timedelta(hours=1)),
        "failed_day": count(Letter.state.in_(FAILED), Letter.settled_at > now - timedelta(days=1)),
    }


def failed(session: Session, place_id: int | None) -> Sequence[tuple[Letter, str]]:
    """Letters that ended undelivered, with their place's short name; the latest first."""
    query = select(Letter, Place.slug).join(Place, Place.id == Letter.place_id).where(Letter.state.in_(FAILED))
    if place_id is not None:
        query = query.where(Letter.place_id == place_id)
    rows = session.execute(query.order_by(Letter.settled_at.desc(), Letter.id.desc()))
    return [(letter, slug) for letter, slug in rows]


def in_states(session: Session, ids: Collection[int] | None, states: Sequence[str]) -> Sequence[Letter]:
    """Letters in these states: those with these ids, or all (None)."""
    query = select(Letter).where(Letter.state.in_(states))
    if ids is not None:
        query = query.where(Letter.id.in_(ids))
    return session.scalars(query.order_by(Letter.id).with_for_update()).all()


def pause(session: Session, place_id: int | None, *, paused: bool) -> list[str]:
    """Stop the letters of a place, or of all, or let them go on; the places where that changed something."""
    change = update(Place).where(Place.letters_paused != paused).values(letters_paused=paused)
    if place_id is not None:
        change = change.where(Place.id == place_id)
    return sorted(session.scalars(change.returning(Place.slug)).all())


def paused_places(session: Session) -> list[str]:
    """The places whose letters are paused."""
    return list(session.scalars(select(Place.slug).where(Place.letters_paused).order_by(Place.slug)))
