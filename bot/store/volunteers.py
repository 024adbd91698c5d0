"""What residents offer, how much they have taken on, and how a place arranges help."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Text, case, cast, delete, func, or_, select, update

from bot.store.dialects import dialect_of
from bot.store.engine import Session
from bot.store.tables import (
    AidKind,
    AidPolicy,
    Ask,
    Block,
    Consent,
    Neighbouring,
    Offer,
    Patch,
    Resident,
    Volunteer,
    VolunteerWeek,
)

COUNTED = ("asked", "yes", "no", "silent")
"""Being asked in vain (somebody else was quicker, it was called off) keeps one's place in the queue."""


@dataclass(frozen=True)
class History:
    """A volunteer's offers lately: when last asked, how many were answered yes and how many count, and what waits."""

    last_asked: datetime | None = None
    taken: int = 0
    answered: int = 0
    lately: int = 0
    waiting: int = 0
    today: int = 0


class OnCall(NamedTuple):
    """What somebody offers who can be asked. Columns: whole rows of the ORM take twice the time, at every look."""

    resident_id: int
    kinds: frozenset[str]
    patches: frozenset[int]
    languages: frozenset[str]
    slots: int
    per_week: int
    checked_until: date | None
    paused_from: datetime | None
    paused_until: datetime | None


@lru_cache(maxsize=20_000)
def _set_in(written: str) -> frozenset[Any]:
    """A list as it is written in its column; the same few are read over and over."""
    return frozenset(json.loads(written))


def volunteer_by_id(session: Session, resident_id: int) -> Volunteer | None:
    """What a resident offers, or None."""
    return session.get(Volunteer, resident_id)


def volunteer_held(session: Session, resident_id: int) -> Volunteer | None:
    """The same, as it is now and held until this transaction ends."""
    query = select(Volunteer).where(Volunteer.resident_id == resident_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).first()


def add_volunteer(session: Session, volunteer: Volunteer) -> None:
    """Write what a resident offers."""
    session.add(volunteer)
    session.flush()


def drop_volunteer(session: Session, resident_id: int) -> None:
    """A resident offers nothing any more."""
    session.execute(delete(Volunteer).where(Volunteer.resident_id == resident_id))


def on_call(session: Session, place_id: int, now: datetime) -> Sequence[OnCall]:
    """What those of a place offer who can be asked at all: here, agreed, not on a pause."""
    agreed = Consent.purpose == "aid", Consent.withdrawn_at.is_(None)
    query = (
        select(
            Volunteer.resident_id,
            *(cast(column, Text) for column in (Volunteer.kinds, Volunteer.patches, Volunteer.languages)),
            Volunteer.slots,
            Volunteer.per_week,
            Volunteer.checked_until,
            Volunteer.paused_from,
            Volunteer.paused_until,
        )
        .join(Resident, Resident.id == Volunteer.resident_id)
        .join(Consent, Consent.resident_id == Volunteer.resident_id)
        .where(Volunteer.place_id == place_id, Resident.state == "here", *agreed)
        .where(or_(Volunteer.paused_until.is_(None), Volunteer.paused_until <= now, Volunteer.paused_from > now))
        .order_by(Volunteer.resident_id)
    )
    return [OnCall(one, _set_in(kinds), _set_in(patches), _set_in(languages), *rest)
            for one, kinds, patches, languages, *rest in session.execute(query)]  # fmt: skip


def histories(session: Session, place_id: int, since: datetime, month: datetime, today: datetime) -> dict[int, History]:
    """How a place's volunteers were asked since then, by resident; `month` and `today` begin the shorter spells."""
    yes, counts = Offer.state == "yes", Offer.state.in_(COUNTED)
    query = (
        select(
            Offer.resident_id,
            func.max(case((counts, Offer.asked_at))),
            func.count(case((yes, 1))),
            func.count(case((counts & (Offer.state != "asked"), 1))),
            func.count(case((yes & (Offer.asked_at >= month), 1))),
            func.count(case(((Offer.state == "asked") & (Ask.state == "open"), 1))),
            func.count(case((counts & (Offer.asked_at >= today), 1))),
        )
        .join(Ask, Ask.id == Offer.ask_id)
        .where(Ask.place_id == place_id, Offer.asked_at >= since)
        .group_by(Offer.resident_id)
    )
    return {row[0]: History(*row[1:]) for row in session.execute(query).all()}


def taken_in(session: Session, place_id: int, week: str) -> dict[int, int]:
    """How many asks a place's volunteers have taken in a week."""
    query = (
        select(VolunteerWeek.resident_id, VolunteerWeek.taken)
        .join(Volunteer, Volunteer.resident_id == VolunteerWeek.resident_id)
        .where(Volunteer.place_id == place_id, VolunteerWeek.week == week)
    )
    return {row[0]: row[1] for row in session.execute(query).all()}


def take_room(session: Session, resident_id: int, week: str, per_week: int) -> bool:
    """Take one of a volunteer's asks of the week; says whether there was one left, whoever takes at the same time."""
    if per_week < 1:
        return False
    dialect = dialect_of(session)
    first = dialect.insert(VolunteerWeek).values(resident_id=resident_id, week=week, taken=1)
    taken = first.on_conflict_do_update(
        index_elements=["resident_id", "week"],
        set_={"taken": VolunteerWeek.taken + 1},
        where=VolunteerWeek.taken < per_week,
    )
    return session.execute(taken.returning(VolunteerWeek.taken)).first() is not None


def give_room_back(session: Session, resident_id: int, week: str) -> None:
    """The ask was called off or given back: the volunteer has room for another."""
    mine = VolunteerWeek.resident_id == resident_id, VolunteerWeek.week == week, VolunteerWeek.taken > 0
    session.execute(
        update(VolunteerWeek).where(*mine).values(taken=VolunteerWeek.taken - 1),
        execution_options={"synchronize_session": False},
    )


def drop_old_weeks(session: Session, before: str) -> int:
    """Forget what was taken in weeks before this one; says how many rows."""
    gone = delete(VolunteerWeek).where(VolunteerWeek.week < before).returning(VolunteerWeek.week)
    return len(session.execute(gone).all())


def add_silence(session: Session, resident_id: int) -> int:
    """A volunteer let an offer pass; how many in a row that makes, 0 for somebody who offers nothing any more."""
    more = update(Volunteer).where(Volunteer.resident_id == resident_id).values(silences=Volunteer.silences + 1)
    found = session.execute(more.returning(Volunteer.silences), execution_options={"synchronize_session": False})
    return found.scalar() or 0


def set_checked(session: Session, resident_id: int, until: date | None) -> bool:
    """Until when a volunteer's check holds; says whether they offer anything at all."""
    checked = update(Volunteer).where(Volunteer.resident_id == resident_id).values(checked_until=until)
    return session.execute(checked.returning(Volunteer.resident_id)).first() is not None


# --- who does not want whom


def add_block(session: Session, resident_id: int, other_id: int) -> None:
    """Do not match these two; twice is once."""
    session.merge(Block(resident_id=resident_id, other_id=other_id))


def blocks_in(session: Session, place_id: int) -> list[tuple[int, int]]:
    """Who does not want to meet whom."""
    query = select(Block.resident_id, Block.other_id).join(Resident, Resident.id == Block.resident_id)
    return [(row[0], row[1]) for row in session.execute(query.where(Resident.place_id == place_id)).all()]


# --- how a place arranges help


def kinds_of(session: Session, place_id: int) -> Sequence[AidKind]:
    """How a place differs from the house's list of kinds."""
    return session.scalars(select(AidKind).where(AidKind.place_id == place_id).order_by(AidKind.kind)).all()


def keep_kind(session: Session, place_id: int, kind: str, *, offered: bool, checked: bool, text_id: int | None) -> None:
    """Write how a place has a kind."""
    row = AidKind(place_id=place_id, kind=kind, offered=offered, needs_checked=checked, text_id=text_id)
    session.merge(row)


def policy_of(session: Session, place_id: int, urgency: int) -> AidPolicy | None:
    """A place's own way for an urgency, or None."""
    return session.get(AidPolicy, (place_id, urgency))


def keep_policy(session: Session, policy: AidPolicy) -> None:
    """Write a place's own way for an urgency."""
    session.merge(policy)


def neighbours_in(session: Session, place_id: int) -> Mapping[int, tuple[int, ...]]:
    """For each patch of a place the patches next to it."""
    query = select(Neighbouring.patch_id, Neighbouring.other_id).join(Patch, Patch.id == Neighbouring.patch_id)
    found: dict[int, tuple[int, ...]] = {}
    for patch, other in session.execute(query.where(Patch.place_id == place_id).order_by(Neighbouring.other_id)).all():
        found[patch] = (*found.get(patch, ()), other)
    return found


def set_neighbours(session: Session, patch_id: int, others: Iterable[int]) -> None:
    """These patches, and no others, are next to a patch; written both ways."""
    session.execute(
        delete(Neighbouring).where(or_(Neighbouring.patch_id == patch_id, Neighbouring.other_id == patch_id))
    )
    for other in sorted(set(others) - {patch_id}):
        session.add_all(
            (Neighbouring(patch_id=patch_id, other_id=other), Neighbouring(patch_id=other, other_id=patch_id))
        )
    session.flush()
