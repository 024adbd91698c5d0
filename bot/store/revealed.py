"""What was looked at, at the desk: kept beside what it is about, so that a copy of the database has it too."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, select

from bot.store.engine import Session
from bot.store.tables import Place, Revealed


def add(session: Session, place_id: int, login: str, what: str, rows: Iterable[int], now: datetime) -> None:
    """Write down a look: what was shown of which rows, to which login."""
    session.add(Revealed(place_id=place_id, at=now, login=login[:64], what=what, rows=sorted(rows)))
    session.flush()


def looks(session: Session, place_ids: Sequence[int], since: datetime) -> Sequence[tuple[Revealed, Place]]:
    """Looks since then, of these places, the newest first."""
    query = select(Revealed, Place).join(Place, Place.id == Revealed.place_id)
    found = query.where(Revealed.place_id.in_(place_ids), Revealed.at >= since).order_by(Revealed.id.desc())
    return [(look, place) for look, place in session.execute(found)]


def prune(session: Session, before: datetime) -> int:
    """Forget looks before then; says how many."""
    return len(session.execute(delete(Revealed).where(Revealed.at < before).returning(Revealed.id)).all())
