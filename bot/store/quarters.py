"""Quarters: which one runs at a place, what people did in it, and what is said of it once and for good."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    and_,
    case,
    delete,
    func,
    literal,
    select,
    union,
    update,
)

from bot.store.aid import OVER
from bot.store.broadcasts import FIRST
from bot.store.dialects import dialect_of
from bot.store.engine import Session
from bot.store.tables import (
    Ask,
    Broadcast,
    Letter,
    Offer,
    Pair,
    Place,
    QuarterEnd,
    QuarterRelease,
    Reached,
    Resident,
    Text,
    Volunteer,
    Wording,
)

_ASKER = func.coalesce(Ask.asker_id, Ask.made_by_id)
_OVER_AT = func.coalesce(Ask.done_at, Ask.ended_at)


# --- which quarter runs


def running(session: Session) -> Sequence[tuple[Place, QuarterEnd | None]]:
    """Every place with the quarter that runs there."""
    query = select(Place, QuarterEnd).outerjoin(QuarterEnd, QuarterEnd.place_id == Place.id).order_by(Place.id)
    return [(place, end) for place, end in session.execute(query)]


def begin(session: Session, place_id: int, quarter: str, ends_at: datetime) -> None:
    """A place's first quarter; where another process was quicker, nothing."""
    dialect = dialect_of(session)
    row = {"place_id": place_id, "quarter": quarter, "ends_at": ends_at}
    session.execute(dialect.insert(QuarterEnd).on_conflict_do_nothing().values(row))


def run_until(session: Session, place_id: int, was: str, quarter: str, ends_at: datetime) -> None:
    """Let another quarter run than the one that ran, or the same until another moment."""
    mine = update(QuarterEnd).where(QuarterEnd.place_id == place_id, QuarterEnd.quarter == was)
    session.execute(mine.values(quarter=quarter, ends_at=ends_at), execution_options={"synchronize_session": False})


def over(session: Session, now: datetime) -> QuarterEnd | None:
    """A quarter that is over and not counted yet, the oldest, held; none that another process is busy with."""
    query = select(QuarterEnd).where(QuarterEnd.ends_at <= now).order_by(QuarterEnd.ends_at, QuarterEnd.place_id)
    held = query.limit(1).with_for_update(skip_locked=True).execution_options(populate_existing=True)
    return session.scalars(held).first()


def all_over(session: Session, now: datetime) -> Sequence[QuarterEnd]:
    """Every quarter that is over and not counted yet."""
    return session.scalars(select(QuarterEnd).where(QuarterEnd.ends_at <= now).order_by(QuarterEnd.place_id)).all()


# --- what is said of one


def keep_release(session: Session, place_id: int, quarter: str, body: str, sha256: str, now: datetime) -> None:
    """Write what a quarter says, once: a second release of the same quarter breaks the key."""
    session.add(QuarterRelease(place_id=place_id, quarter=quarter, body=body, sha256=sha256, released_at=now))
    session.flush()


# --- what people did


def residents(session: Session, place_id: int, before: date) -> dict[int, str]:
    """Everybody who joined a place before a day, with the language they read."""
    query = select(Resident.id, Resident.language).where(Resident.place_id == place_id, Resident.joined_on < before)
    return {row[0]: row[1] for row in session.execute(query.order_by(Resident.id))}


def asks_made(session: Session, place_id: int, begins: datetime, ends: datetime) -> dict[int, int]:
    """How many asks each person made, for themselves or for another; not those of whoever has left."""
    query = select(_ASKER, func.count()).where(Ask.place_id == place_id, _within(Ask.made_at, begins, ends))
    return {row[0]: row[1] for row in session.execute(query.where(_ASKER.is_not(None)).group_by(_ASKER))}


def asks_ended(session: Session, place_id: int, begins: datetime, ends: datetime) -> Sequence[Ask]:
    """Asks that ended, with whoever asked; not those of whoever has left."""
    query = select(Ask).where(Ask.place_id == place_id, Ask.state.in_(OVER), _within(_OVER_AT, begins, ends))
    return session.scalars(query.where(_ASKER.is_not(None)).order_by(Ask.id)).all()


def helpers(session: Session, place_id: int, begins: datetime, ends: datetime) -> frozenset[int]:
    """Whoever did something for a neighbour."""
    done = Ask.place_id == place_id, Ask.state == "done", _within(Ask.done_at, begins, ends)
    return frozenset(session.scalars(select(Ask.volunteer_id).where(*done, Ask.volunteer_id.is_not(None))))


def offering(session: Session, place_id: int, begins: datetime, ends: datetime) -> frozenset[int]:
    """Whoever offers help now, or was asked for it then."""
    now = select(Volunteer.resident_id).where(Volunteer.place_id == place_id)
    then = select(Offer.resident_id).join(Ask, Ask.id == Offer.ask_id)
    then = then.where(Ask.place_id == place_id, _within(Offer.asked_at, begins, ends))
    return frozenset(session.scalars(union(now, then)))


def met(session: Session, place_id: int, first: date, end: date) -> frozenset[int]:
    """Whoever met a neighbour for the first time, from a day on and before another."""
    both = Resident.id == Pair.resident_id, Pair.first_on >= first, Pair.first_on < end, Resident.place_id == place_id
    pairs = session.execute(select(Pair.resident_id, Pair.other_id).join(Resident, both[0]).where(*both[1:]))
    return frozenset(person for pair in pairs for person in pair)


def reached(session: Session, place_id: int, quarter: str, begins: datetime, ends: datetime) -> dict[int, int]:
    """Whom public messages reached, 2 in their own language or 1 in another: from letters, and what is left of them."""
    kept = select(Reached.resident_id, Reached.level).where(Reached.place_id == place_id, Reached.quarter == quarter)
    found: dict[int, int] = {row[0]: row[1] for row in session.execute(kept)}
    brought = _brought(place_id, begins, ends)
    for resident_id, level in session.execute(brought):
        found[resident_id] = max(level, found.get(resident_id, 0))
    return found


def _brought(place_id: int, begins: datetime, ends: datetime, *more: ColumnElement[bool]) -> Select[Any, Any]:
    """Whom messages were brought to, and as `level` how."""
    own = func.max(case((Letter.said_in == Resident.language, 2), else_=1))
    query = select(Letter.resident_id, own.label("level")).join(Resident, Resident.id == Letter.resident_id)
    sent = Letter.place_id == place_id, Letter.kind.in_(FIRST), Letter.state == "sent"
    return query.where(*sent, _within(Letter.settled_at, begins, ends), *more).group_by(Letter.resident_id)


def keep_reached(
    session: Session, place_id: int, quarter: str, begins: datetime, ends: datetime, forgotten: datetime
) -> None:
    """Keep whom messages reached in a quarter whose letters are about to be forgotten: those that expired before then."""
    late = Letter.expires_at < forgotten
    some = _brought(place_id, begins, ends, late).subquery()
    columns = ("resident_id", "quarter", "place_id", "level")
    rows = select(some.c.resident_id, literal(quarter), literal(place_id), some.c.level).where(some.c.level > 0)
    dialect = dialect_of(session)
    kept = dialect.insert(Reached).from_select(columns, rows)
    higher = kept.on_conflict_do_update(
        index_elements=["resident_id", "quarter"],
        set_={"level": kept.excluded.level},
        where=Reached.level < kept.excluded.level,
    )
    session.execute(higher)


def forget_reached(session: Session, place_id: int, quarter: str) -> None:
    """Forget whom messages reached in a quarter, and in those before it: it is counted."""
    gone = delete(Reached).where(Reached.place_id == place_id, Reached.quarter <= quarter)
    session.execute(gone, execution_options={"synchronize_session": False})


def messages(session: Session, place_id: int, begins: datetime, ends: datetime) -> int:
    """How many public messages were sent."""
    return session.scalar(select(func.count()).select_from(Broadcast).where(*_sent(place_id, begins, ends))) or 0


def worded(
    session: Session, place_id: int, begins: datetime, ends: datetime, languages: Iterable[str]
) -> Mapping[str, int]:
    """Of the public messages that were sent, how many are there in each language; what the house words is in all."""
    sent = _sent(place_id, begins, ends)
    house = session.scalar(select(func.count()).select_from(Broadcast).where(*sent, Broadcast.text_id.is_(None))) or 0
    good = (
        select(Wording.language, func.count(Broadcast.id.distinct()))
        .join(Text, Text.id == Wording.text_id)
        .join(Broadcast, Broadcast.text_id == Text.id)
        .where(*sent, Wording.state == "approved", Wording.revision == Text.revision)
        .group_by(Wording.language)
    )
    found = {row[0]: row[1] for row in session.execute(good)}
    return {language: found.get(language, 0) + house for language in languages}


def _sent(place_id: int, begins: datetime, ends: datetime) -> tuple[ColumnElement[bool], ...]:
    return Broadcast.place_id == place_id, _within(Broadcast.sent_at, begins, ends)


def _within(column: SQLColumnExpression[Any], begins: datetime, ends: datetime) -> ColumnElement[bool]:
    return and_(column >= begins, column < ends)
