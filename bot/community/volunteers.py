"""Offering help: what a resident offers, when, how much; pauses, leaving, and checks that a coordinator has seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.community import offers
from bot.community.aid_rules import week_of
from bot.community.aid_seen import OFFERED, AskSeen, agrees, seen
from bot.refusals import NoConsent, NotYours
from bot.store import aid as aid_store
from bot.store import places
from bot.store import volunteers as store
from bot.store.engine import Session
from bot.store.tables import Resident, Volunteer

PER_WEEK_AT_MOST = 10


@dataclass(frozen=True)
class Offering:
    """What a resident offers. `slots`: a mask of 28 quarter days of the week."""

    kinds: tuple[str, ...]
    patches: tuple[int, ...]
    languages: tuple[str, ...]
    slots: int
    per_week: int


@dataclass(frozen=True)
class VolunteerSeen:
    """What a resident sees of their own offer; `taken`: how many asks of this week are theirs already."""

    offering: Offering
    patches: tuple[str, ...]
    paused_from: datetime | None
    paused_until: datetime | None
    checked_until: date | None
    taken: int
    timezone: str


def offer_help(session: Session, resident: Resident, offering: Offering, now: datetime) -> VolunteerSeen:
    """A resident offers help, or changes what they offer; asks that wait are matched with them at once.

    Raises NoConsent, NotYours for a patch of another place.
    """
    known = {patch.id for patch in places.patches_of(session, resident.place_id)}
    if not agrees(session, resident):
        raise NoConsent
    if not set(offering.patches) <= known or not offering.kinds:
        raise NotYours
    kept = store.volunteer_held(session, resident.id)
    if kept is None:
        kept = Volunteer(resident_id=resident.id, place_id=resident.place_id, silences=0)
    kept.kinds, kept.patches, kept.languages = list(offering.kinds), list(offering.patches), list(offering.languages)
    kept.slots, kept.per_week = offering.slots, min(max(offering.per_week, 0), PER_WEEK_AT_MOST)
    kept.paused_from, kept.paused_until, kept.silences = None, None, 0
    store.add_volunteer(session, kept)
    offers.look_again(session, resident.place_id, now)
    shown = what_i_offer(session, resident, now)
    assert shown is not None
    return shown


def what_i_offer(session: Session, resident: Resident, now: datetime) -> VolunteerSeen | None:
    """What a resident offers, or None."""
    kept = store.volunteer_by_id(session, resident.id)
    if kept is None:
        return None
    place = places.place_by_id(session, resident.place_id)
    names = {patch.id: patch.name for patch in places.patches_of(session, place.id)}
    taken = store.taken_in(session, place.id, week_of(now, place.timezone)).get(resident.id, 0)
    paused = kept.paused_until if kept.paused_until is not None and kept.paused_until > now else None
    begins = kept.paused_from if paused and kept.paused_from is not None and kept.paused_from > now else None
    return VolunteerSeen(
        Offering(tuple(kept.kinds), tuple(kept.patches), tuple(kept.languages), kept.slots, kept.per_week),
        tuple(names[patch] for patch in kept.patches if patch in names),
        begins,
        paused,
        kept.checked_until,
        taken,
        place.timezone,
    )


def pause(session: Session, resident: Resident, time: timedelta, now: datetime) -> VolunteerSeen:
    """Ask me nothing for a while; what I have promised stays. Raises NotYours for somebody who offers nothing."""
    return go_away(session, resident, now, now + time, now)


def go_away(session: Session, resident: Resident, begins: datetime, ends: datetime, now: datetime) -> VolunteerSeen:
    """I am away for a time, from now or from later on: nothing is asked of me then, nor for then. Raises NotYours."""
    kept = _mine(session, resident)
    kept.paused_from, kept.paused_until, kept.silences = begins if begins > now else None, ends, 0
    session.flush()
    if begins <= now:
        _step_back(session, resident, now)
    return _shown(session, resident, now)


def resume(session: Session, resident: Resident, now: datetime) -> VolunteerSeen:
    """I am back, or never wanted a pause. Raises NotYours for somebody who offers nothing."""
    kept = _mine(session, resident)
    kept.paused_from, kept.paused_until, kept.silences = None, None, 0
    session.flush()
    offers.look_again(session, resident.place_id, now)
    return _shown(session, resident, now)


def leave(session: Session, resident: Resident, now: datetime) -> None:
    """I offer nothing any more; what I have promised is asked of others. Twice is once."""
    for ask in aid_store.taken_by(session, resident.id):
        held = aid_store.ask_held(session, ask.id)
        if held is not None and held.volunteer_id == resident.id and held.state == "matched":
            offers.release(session, held, now)
    store.drop_volunteer(session, resident.id)
    _step_back(session, resident, now)


def _step_back(session: Session, resident: Resident, now: datetime) -> None:
    """What they were asked and have not answered is asked of others at once; it is no refusal."""
    for one in aid_store.offers_waiting(session, resident.id):
        ask = aid_store.ask_held(session, one.ask_id)
        if ask is None:
            continue
        session.refresh(one)
        if one.state == "asked":
            one.state = "called_off"
            session.flush()
            if ask.state == "open" and ask.step != "still":
                offers.ask_neighbours(session, ask, now)


def waiting_offers(session: Session, resident: Resident) -> Sequence[AskSeen]:
    """What a resident has been asked and has not answered yet."""
    found = []
    for offer in aid_store.offers_waiting(session, resident.id):
        ask = aid_store.ask_by_id(session, offer.ask_id)
        if ask is not None:
            found.append(seen(session, ask, OFFERED, resident.id))
    return found


def set_checked(session: Session, resident: Resident, until: date | None, now: datetime) -> None:
    """A coordinator has seen a volunteer's check (DBS or similar), which holds until then; None takes it back.

    Raises NotYours for somebody who offers nothing.
    """
    if not store.set_checked(session, resident.id, until):
        raise NotYours
    session.expire_all()
    offers.look_again(session, resident.place_id, now)


def _mine(session: Session, resident: Resident) -> Volunteer:
    kept = store.volunteer_held(session, resident.id)
    if kept is None:
        raise NotYours
    return kept


def _shown(session: Session, resident: Resident, now: datetime) -> VolunteerSeen:
    shown = what_i_offer(session, resident, now)
    assert shown is not None
    return shown
