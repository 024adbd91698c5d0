"""Asks: requests for help. Whoever changes one holds its row; the first yes is a conditional update."""

import secrets
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, func, or_, select, update

from bot.store.dialects import dialect_of
from bot.store.engine import Session
from bot.store.tables import Ask, Letter, Offer, Pair

OVER = ("done", "ended")
SECRET = ("need", "voice", "exact_place", "note")
"""What people told about an ask, encrypted."""


def _about(column: str, key_name: str) -> str:
    return f"ask:{column}:{key_name}"


def add_ask(session: Session, values: dict[str, Any], told: dict[str, str | None]) -> Ask:
    """Write an ask; `told`: what is kept encrypted, by column."""
    ask = Ask(key_name=secrets.token_hex(16), **values)
    for column, text in told.items():
        keep(session, ask, column, text)
    session.add(ask)
    session.flush()
    return ask


def keep(session: Session, ask: Ask, column: str, text: str | None) -> None:
    """Put words into one of an ask's encrypted columns, or empty it."""
    assert column in SECRET
    sealed = session.vault.keys.encrypt(_about(column, ask.key_name), text.encode()) if text else None
    setattr(ask, column, sealed)


def told(session: Session, ask: Ask, column: str) -> str | None:
    """What an encrypted column says; None where it is empty. Raises KeysWrong."""
    sealed = getattr(ask, column)
    return session.vault.keys.decrypt(_about(column, ask.key_name), sealed).decode() if sealed is not None else None


def told_by(session: Session, resident_id: int) -> dict[int, dict[str, str]]:
    """What a resident told about their asks, by ask and column; coordinators' notes are not theirs."""
    asks = session.scalars(select(Ask).where(or_(Ask.asker_id == resident_id, Ask.made_by_id == resident_id))).all()
    return {
        ask.id: {column: words for column in SECRET[:3] if (words := told(session, ask, column)) is not None}
        for ask in asks
    }


def ask_by_id(session: Session, ask_id: int) -> Ask | None:
    """The ask, or None."""
    return session.get(Ask, ask_id)


def ask_held(session: Session, ask_id: int) -> Ask | None:
    """The ask as it is now, held against everybody else until this transaction ends; None where there is none."""
    query = select(Ask).where(Ask.id == ask_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).first()


def due_asks(session: Session, now: datetime, most: int, since: datetime | None = None) -> Sequence[int]:
    """Asks whose next step is due, the most urgent first; none that another process is busy with.

    `since`: only those made since then.
    """
    due = Ask.state.not_in(OVER) & (Ask.next_at <= now)
    if since is not None:
        due &= Ask.made_at >= since
    query = select(Ask.id).where(due).order_by(Ask.urgency.desc(), Ask.next_at, Ask.id).limit(most)
    return session.scalars(query.with_for_update(skip_locked=True)).all()


def waiting_asks(session: Session, place_id: int, states: Sequence[str], most: int) -> Sequence[Ask]:
    """A place's asks in these states, the most urgent and oldest first."""
    query = select(Ask).where(Ask.place_id == place_id, Ask.state.in_(states))
    return session.scalars(query.order_by(Ask.urgency.desc(), Ask.made_at, Ask.id).limit(most)).all()


def live_asks(session: Session, place_id: int) -> Sequence[Ask]:
    """All asks of a place that are not over."""
    return session.scalars(select(Ask).where(Ask.place_id == place_id, Ask.state.not_in(OVER)).order_by(Ask.id)).all()


def asks_since(session: Session, place_id: int, since: datetime) -> Sequence[Ask]:
    """A place's asks made since then, and older ones that are not over."""
    query = select(Ask).where(Ask.place_id == place_id, or_(Ask.made_at >= since, Ask.state.not_in(OVER)))
    return session.scalars(query.order_by(Ask.id)).all()


def asked_counts(session: Session, place_id: int) -> dict[int, tuple[int, int]]:
    """For each ask of a place that is not over: how many were asked, and how many of them have not answered yet."""
    query = (
        select(Offer.ask_id, func.count(), func.count(case((Offer.state == "asked", 1))))
        .join(Ask, Ask.id == Offer.ask_id)
        .where(Ask.place_id == place_id, Ask.state.not_in(OVER), Offer.state != "called_off")
        .group_by(Offer.ask_id)
    )
    return {row[0]: (row[1], row[2]) for row in session.execute(query).all()}


def asks_of(session: Session, resident_id: int, since: datetime) -> Sequence[Ask]:
    """What a resident asked for, for themselves or for another: what lives, and what ended since; the newest first."""
    query = select(Ask).where(_asked_by(resident_id), or_(Ask.state.not_in(OVER), _ended() >= since))
    return session.scalars(query.order_by(Ask.id.desc())).all()


def taken_by(session: Session, resident_id: int) -> Sequence[Ask]:
    """What a resident has said yes to and is not over, the next first."""
    query = select(Ask).where(Ask.volunteer_id == resident_id, Ask.state == "matched")
    return session.scalars(query.order_by(Ask.due_at, Ask.id)).all()


def live_by(session: Session, resident_id: int) -> int:
    """How many asks of a resident are not over."""
    query = select(func.count()).select_from(Ask).where(_asked_by(resident_id), Ask.state.not_in(OVER))
    return session.scalar(query) or 0


def last_helper(session: Session, series_id: int) -> int | None:
    """Who helped last time in a series of weekly asks."""
    same = or_(Ask.id == series_id, Ask.series_id == series_id)
    query = select(Ask.volunteer_id).where(same, Ask.state == "done").order_by(Ask.done_at.desc(), Ask.id.desc())
    return session.scalar(query.limit(1))


def _asked_by(resident_id: int) -> ColumnElement[bool]:
    return or_(Ask.asker_id == resident_id, and_(Ask.asker_id.is_(None), Ask.made_by_id == resident_id))


def _ended() -> ColumnElement[datetime]:
    return func.coalesce(Ask.done_at, Ask.ended_at)


def claim(session: Session, ask: Ask, resident_id: int, now: datetime) -> bool:
    """Give an ask that nobody has to one volunteer; says whether they were the first. Two at once: one of them."""
    free = Ask.id == ask.id, Ask.state.in_(("open", "coordinator")), Ask.volunteer_id.is_(None)
    won = session.execute(
        update(Ask)
        .where(*free)
        .values(state="matched", volunteer_id=resident_id, matched_at=now, gap=None, promised_at=None)
        .returning(Ask.id)
        .execution_options(synchronize_session=False)
    ).first()
    if won is not None:
        session.refresh(ask)
    return won is not None


def let_go(session: Session, resident_id: int, *, erase: bool) -> None:
    """A resident leaves: their asks, and those they said yes to, are due at once; the tick tells the other side.

    `erase`: what they told goes now. Needs no clock, since a time long past is due as well.
    """
    live = Ask.state.not_in(OVER)
    quiet = {"synchronize_session": False}
    helps = update(Ask).where(live, Ask.volunteer_id == resident_id)
    asked = update(Ask).where(live, _asked_by(resident_id))
    for found, step in ((helps, "helper_left"), (asked, "asker_left")):
        session.execute(found.values(step=step, next_actor="bot", next_at=Ask.made_at), execution_options=quiet)
    if erase:
        mine = update(Ask).where(_asked_by(resident_id))
        session.execute(mine.values(dict.fromkeys(SECRET)), execution_options=quiet)


def erase_told(session: Session, before: datetime) -> int:
    """Erase what people told about asks that ended before; says of how many."""
    kept = or_(*(getattr(Ask, column).is_not(None) for column in SECRET))
    gone = update(Ask).where(Ask.state.in_(OVER), _ended() < before, kept).values(dict.fromkeys(SECRET))
    return len(session.execute(gone.returning(Ask.id), execution_options={"synchronize_session": False}).all())


def forget_people(session: Session, before: datetime) -> int:
    """Take everybody's name off asks that ended before, with who was asked for them; says how many."""
    old = Ask.state.in_(OVER), _ended() < before
    named = or_(Ask.asker_id.is_not(None), Ask.made_by_id.is_not(None), Ask.volunteer_id.is_not(None))
    nobody = dict.fromkeys(("asker_id", "made_by_id", "volunteer_id", "coordinator_id"))
    session.execute(delete(Offer).where(Offer.ask_id.in_(select(Ask.id).where(*old))))
    gone = update(Ask).where(*old, named).values(nobody).returning(Ask.id)
    return len(session.execute(gone, execution_options={"synchronize_session": False}).all())


def add_pair(session: Session, one: int, other: int, today: date) -> None:
    """Two neighbours have met; the first time counts."""
    dialect = dialect_of(session)
    pair = {"resident_id": min(one, other), "other_id": max(one, other), "first_on": today}
    session.execute(dialect.insert(Pair).on_conflict_do_nothing().values(pair))


# --- offers


def add_offer(session: Session, ask_id: int, resident_id: int, wave: int, now: datetime, answer_by: datetime) -> Offer:
    """A volunteer is asked."""
    offer = Offer(ask_id=ask_id, resident_id=resident_id, wave=wave, asked_at=now, answer_by=answer_by, state="asked")
    session.add(offer)
    session.flush()
    return offer


def offers_for(session: Session, ask_id: int) -> Sequence[Offer]:
    """Everybody who was asked for an ask, in order."""
    return session.scalars(select(Offer).where(Offer.ask_id == ask_id).order_by(Offer.id)).all()


def asked_for(session: Session, ask_ids: Sequence[int], states: Sequence[str]) -> dict[int, set[int]]:
    """Who was asked for each of these asks, and how that stands: only those in these states."""
    query = select(Offer.ask_id, Offer.resident_id).where(Offer.ask_id.in_(ask_ids), Offer.state.in_(states))
    found: dict[int, set[int]] = {}
    for ask_id, resident_id in session.execute(query).all():
        found.setdefault(ask_id, set()).add(resident_id)
    return found


def offer_to(session: Session, ask_id: int, resident_id: int) -> Offer | None:
    """How one volunteer was asked for an ask."""
    return session.scalar(select(Offer).where(Offer.ask_id == ask_id, Offer.resident_id == resident_id))


def offer_by_id(session: Session, offer_id: int) -> Offer | None:
    """The offer, or None."""
    return session.get(Offer, offer_id)


def offers_waiting(session: Session, resident_id: int) -> Sequence[Offer]:
    """What a volunteer has been asked and has not answered, while the ask is still open."""
    asked = Offer.resident_id == resident_id, Offer.state == "asked", Ask.state == "open"
    return session.scalars(select(Offer).join(Ask, Ask.id == Offer.ask_id).where(*asked).order_by(Offer.id)).all()


def letter_of(session: Session, dedupe: str) -> tuple[str, int | None] | None:
    """How a letter stands, and its message's number in the reader's chat; None where there is none."""
    found = session.execute(select(Letter.state, Letter.message_id).where(Letter.dedupe == dedupe)).first()
    return None if found is None else (found.state, found.message_id)
