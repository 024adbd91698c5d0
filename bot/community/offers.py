"""Offers: a neighbour is asked whether they would help; the first yes wins, in the database.

Whoever changes an ask holds its row (aid_seen.held_for, store.ask_held). Each way out of these functions leaves the ask
with somebody who acts next, and by when.

Longer than the guide: the ways out of an offer are read side by side.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.community import aid_letters, aid_place, aid_pool
from bot.community.aid_pool import Pool
from bot.community.aid_rules import (
    AFTERWARDS,
    FIRST_REFUSAL,
    SILENCES,
    SOON_AGAIN,
    TOLD_AGAIN,
    extended,
    raised,
    reminder_at,
    slots_between,
    week_of,
)
from bot.community.aid_seen import HELPER, OFFERED, AskSeen, agrees, seen
from bot.community.hours import decent
from bot.community.pairs import Urgency
from bot.refusals import AidFull, NoConsent, OldButton
from bot.store import aid as store
from bot.store import places
from bot.store import volunteers as volunteers_store
from bot.store.engine import Session
from bot.store.tables import Ask, Offer, Resident


@dataclass(frozen=True)
class Answered:
    """What came of a yes or a no: `won` where the ask is the volunteer's now, None for a no."""

    won: bool | None
    ask: AskSeen


def ask_neighbours(session: Session, ask: Ask, now: datetime, pool: Pool | None = None) -> None:
    """Ask whoever should be asked now for an open ask, and say who acts next; to the coordinator where nobody is left."""
    pool = pool or Pool(session, ask.place_id, now)
    policy = aid_place.policy(session, ask.place_id, ask.urgency)
    alert = ask.made_at + policy.alert if policy.alert is not None else None
    waiting = _time_out(session, ask, now)
    rest_until = now if ask.urgency == Urgency.URGENT else decent(pool.place, now)
    if rest_until == now and not (ask.step == "first_refusal" and waiting):
        waiting += _ask_more(session, ask, pool, len(waiting), now)
    if alert is not None and ask.alerted_at is None and now >= alert:
        ask.alerted_at = now
        aid_letters.tell_coordinators(session, ask, "alert", now)
    if waiting:
        _wait(ask, "volunteer", min(one.answer_by for one in waiting), alert, now)
    elif rest_until > now:
        _wait(ask, "bot", rest_until, None, now)
    elif pool.order(ask, spare=False):
        _wait(ask, "bot", decent(pool.place, now + policy.every), None, now)  # those who fit are busy or asked enough
    else:
        hand_over(session, ask, pool, now)
    _keep_promise(session, ask, now)
    session.flush()


def _wait(ask: Ask, actor: str, until: datetime, alert: datetime | None, now: datetime) -> None:
    times = [until, ask.due_at]
    if alert and ask.alerted_at is None:
        times.append(alert)
    if ask.promised_at is not None and ask.promised_at > now:
        times.append(ask.promised_at)
    ask.next_actor, ask.next_at = actor, min(times)


def _keep_promise(session: Session, ask: Ask, now: datetime) -> None:
    """The asker hears again when they were told they would, whatever there is to say."""
    if ask.state != "open" or ask.promised_at is None or ask.promised_at > now:
        return
    promise(session, ask, now)
    aid_letters.tell_asker(session, ask, "asking", now)


def promise(session: Session, ask: Ask, now: datetime) -> None:
    """By when the asker hears again."""
    later = now + aid_place.policy(session, ask.place_id, ask.urgency).promise
    place = places.place_by_id(session, ask.place_id)
    ask.promised_at = min(later if ask.urgency == Urgency.URGENT else decent(place, later), ask.due_at)


def _time_out(session: Session, ask: Ask, now: datetime) -> list[Offer]:
    """Offers whose time is over count as silence where they arrived; those that still wait."""
    waiting, passed = [], 0
    for offer in store.offers_for(session, ask.id):
        if offer.state != "asked":
            continue
        if offer.answer_by > now:
            waiting.append(offer)
            continue
        passed += 1
        offer.state = "silent"
        if ask.urgency == Urgency.URGENT or not aid_letters.was_reached(session, offer):
            continue  # not to hear a telephone at night is no silence
        if volunteers_store.add_silence(session, offer.resident_id) == SILENCES:
            aid_letters.ask_to_pause(session, ask.place_id, offer.resident_id, now)
    if passed:
        ask.wave += 1
    return waiting


def _ask_more(session: Session, ask: Ask, pool: Pool, waiting: int, now: datetime) -> list[Offer]:
    policy = aid_place.policy(session, ask.place_id, ask.urgency)
    urgent = ask.urgency == Urgency.URGENT
    regular = _regular_helper(session, ask, pool)
    ask.step = "offer" if regular is None else "first_refusal"
    ask.wave = max(ask.wave, 1)
    size = policy.first if ask.wave == 1 else policy.further
    answer_by = now + policy.every if urgent else decent(pool.place, now + policy.every)
    if regular is not None:
        return [ask_one(session, ask, regular, now, decent(pool.place, now + FIRST_REFUSAL))]
    if size is not None and waiting >= size:
        return []
    found = pool.order(ask, spare=not urgent)
    chosen = found if size is None else found[: size - waiting]
    asked = [ask_one(session, ask, one.volunteer, now, answer_by) for one in chosen]
    pool.asked(one.volunteer for one in chosen)
    return asked


def _regular_helper(session: Session, ask: Ask, pool: Pool) -> int | None:
    """Who helped last time, if they have not been asked yet and fit: they are asked first, alone."""
    if ask.series_id is None or ask.wave > 0:
        return None
    last = store.last_helper(session, ask.series_id)
    fitting = {one.volunteer for one in pool.order(ask, spare=False)}
    return last if last in fitting else None


def ask_one(session: Session, ask: Ask, resident_id: int, now: datetime, answer_by: datetime) -> Offer:
    """Ask one volunteer, the first time or again."""
    offer = store.offer_to(session, ask.id, resident_id)
    if offer is None:
        offer = store.add_offer(session, ask.id, resident_id, ask.wave, now, answer_by)
    else:
        offer.state, offer.asked_at, offer.answer_by, offer.answered_at = "asked", now, answer_by, None
        offer.wave = max(ask.wave, offer.wave + 1)  # another letter than the one before
        session.flush()
    aid_letters.ask_whether(session, ask, offer, now)
    return offer


def hand_over(session: Session, ask: Ask, pool: Pool, now: datetime) -> None:
    """Nobody is left to be asked: the ask goes to the coordinator, with the reason, and its asker is told."""
    was = ask.state
    ask.state, ask.step, ask.gap = "coordinator", "exhausted", pool.gap(ask).reason.value
    ask.next_actor, ask.next_at = (
        "coordinator",
        min(ask.due_at, decent(pool.place, now + SOON_AGAIN[Urgency(ask.urgency)])),
    )
    if ask.next_at <= now:
        ask.next_at = now + SOON_AGAIN[Urgency.URGENT]
    ask.promised_at = None
    session.flush()
    if was != "coordinator":
        aid_letters.tell_asker(session, ask, "coordinator", now)
        aid_letters.remind_coordinators(session, ask, now, timedelta() if ask.urgency == Urgency.URGENT else TOLD_AGAIN)


def look_again(session: Session, place_id: int, now: datetime) -> int:
    """Somebody new can be asked, or has room again: what waits is matched at once. How many asks moved on."""
    moved = 0
    pool = Pool(session, place_id, now)
    for one in store.waiting_asks(session, place_id, ("open", "coordinator"), aid_pool.TOGETHER):
        ask = store.ask_held(session, one.id)
        if ask is None or ask.due_at <= now or ask.step not in {"offer", "exhausted"}:
            continue
        moved += try_again(session, ask, now, pool) if ask.state == "coordinator" else _top_up(session, ask, now, pool)
    return moved


def try_again(session: Session, ask: Ask, now: datetime, pool: Pool) -> bool:
    """An ask that waits for the coordinator is offered again where somebody fits; says whether it was."""
    if not pool.order(ask, spare=False):
        return False
    ask.state, ask.step, ask.gap = "open", "offer", None
    promise(session, ask, now)
    ask_neighbours(session, ask, now, pool)
    return True


def _top_up(session: Session, ask: Ask, now: datetime, pool: Pool) -> bool:
    before = ask.next_at
    ask_neighbours(session, ask, now, pool)
    return ask.next_at != before


# --- answers


def say_yes(session: Session, volunteer: Resident, ask_id: int, now: datetime) -> Answered:
    """A volunteer would help. The first wins; their week's room is taken with it.

    Raises AidFull where they have taken all they offered that week, NoConsent, OldButton where they were not asked, or
    offer nothing any more.
    """
    ask, offer = _asked(session, volunteer, ask_id)
    if ask.volunteer_id == volunteer.id and ask.state == "matched":
        return Answered(won=True, ask=seen(session, ask, HELPER))
    offered = volunteers_store.volunteer_held(session, volunteer.id)
    if not agrees(session, volunteer):
        raise NoConsent
    if offered is None:
        raise OldButton
    if offer.state == "called_off" or _unwanted(session, ask, volunteer) or not _still_free(ask, now):
        return Answered(won=False, ask=seen(session, ask, OFFERED, volunteer.id))
    if not store.claim(session, ask, volunteer.id, now):
        return Answered(won=False, ask=seen(session, ask, OFFERED, volunteer.id))
    place = places.place_by_id(session, ask.place_id)
    week = week_of(max(ask.due_at, now), place.timezone)
    if not volunteers_store.take_room(session, volunteer.id, week, offered.per_week):
        raise AidFull
    ask.claimed_week = week
    offer.state, offer.answered_at, offered.silences = "yes", now, 0
    _thank_the_others(session, ask, "taken", now)
    expect(session, ask, now)
    aid_letters.tell_asker(session, ask, "matched", now)
    return Answered(won=True, ask=seen(session, ask, HELPER))


def say_no(session: Session, volunteer: Resident, ask_id: int, now: datetime) -> Answered:
    """A volunteer would rather not: it costs nothing, and the next is asked at once."""
    ask, offer = _asked(session, volunteer, ask_id)
    if offer.state in {"asked", "silent"}:
        offer.state, offer.answered_at = "no", now
        if (offered := volunteers_store.volunteer_held(session, volunteer.id)) is not None:
            offered.silences = 0
        session.flush()
        if ask.state == "open" and ask.step != "still":
            ask_neighbours(session, ask, now)
    return Answered(won=None, ask=seen(session, ask, OFFERED, volunteer.id))


def _asked(session: Session, volunteer: Resident, ask_id: int) -> tuple[Ask, Offer]:
    ask = store.ask_held(session, ask_id)
    offer = store.offer_to(session, ask_id, volunteer.id)
    if ask is None or offer is None:
        raise OldButton
    session.refresh(offer)
    return ask, offer


def _still_free(ask: Ask, now: datetime) -> bool:
    """Whether somebody can still say yes: not once its asker has left, or its time has passed."""
    return ask.due_at > now and ask.step not in {"asker_left", "still"}


def _unwanted(session: Session, ask: Ask, volunteer: Resident) -> bool:
    """One of the two does not want to meet the other: told as if somebody had been quicker."""
    both = {volunteer.id, ask.asker_id if ask.asker_id is not None else ask.made_by_id}
    return any({one, other} == both for one, other in volunteers_store.blocks_in(session, ask.place_id))


def _thank_the_others(session: Session, ask: Ask, state: str, now: datetime) -> None:
    for other in store.offers_for(session, ask.id):
        if other.state == "asked":
            other.state = state
            session.flush()
            aid_letters.take_back(session, ask, other, now)


def call_off(session: Session, ask: Ask, now: datetime) -> None:
    """Nobody needs to answer any more."""
    _thank_the_others(session, ask, "called_off", now)


def expect(session: Session, ask: Ask, now: datetime) -> None:
    """A volunteer has said yes: they act next, until the time it is for; reminded before, both asked after."""
    place = places.place_by_id(session, ask.place_id)
    remind = reminder_at(ask.due_at, now, place.timezone)
    ask.state, ask.step, ask.next_actor = "matched", "remind" if remind else "follow", "volunteer"
    ask.next_at = remind or decent(place, ask.due_at + AFTERWARDS)
    session.flush()


def release(session: Session, ask: Ask, now: datetime) -> None:
    """The volunteer falls out: their room comes back, and others are asked, more urgently. The asker is told."""
    give_back_room(session, ask)
    if (offer := _offer_of(session, ask)) is not None:
        offer.state = "no"
    ask.volunteer_id, ask.matched_at, ask.claimed_week = None, None, None
    ask.place_shared, ask.talk_ended, ask.alerted_at = False, False, None
    ask.state, ask.step, ask.urgency = "open", "offer", raised(ask.urgency)
    renew(session, ask, now)
    aid_letters.tell_asker(session, ask, "released", now)
    ask_neighbours(session, ask, now)


def renew(session: Session, ask: Ask, now: datetime) -> None:
    """An ask whose time has passed gets some more; its asker hears again in a while."""
    if ask.due_at <= now:
        ask.due_at = extended(ask.urgency, now)
        if ask.urgency >= Urgency.SAME_DAY:
            place = places.place_by_id(session, ask.place_id)
            ask.slots = slots_between(now, ask.due_at, place.timezone)
    promise(session, ask, now)


def give_back_room(session: Session, ask: Ask) -> None:
    """What was called off or given back takes none of the volunteer's week."""
    if ask.volunteer_id is not None and ask.claimed_week is not None:
        volunteers_store.give_room_back(session, ask.volunteer_id, ask.claimed_week)
    ask.claimed_week = None


def _offer_of(session: Session, ask: Ask) -> Offer | None:
    return store.offer_to(session, ask.id, ask.volunteer_id) if ask.volunteer_id is not None else None
