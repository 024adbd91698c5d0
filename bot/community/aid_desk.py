"""What a coordinator does about an ask: ask one volunteer first, close it, note something. The volunteer still says yes."""

from dataclasses import dataclass
from datetime import datetime

from bot.community import aid, aid_letters, aid_place, aid_steps, offers, pairs
from bot.community.aid_board import BoardRow, board
from bot.community.aid_place import AidWrong
from bot.community.aid_pool import Pool
from bot.community.aid_rules import FIRST_REFUSAL
from bot.community.aid_seen import takes_part
from bot.community.hours import decent
from bot.community.pairs import Reason, Urgency
from bot.community.residents import has_role
from bot.refusals import NotYours, OldButton
from bot.store import aid as store
from bot.store import places
from bot.store.engine import Session
from bot.store.residents import residents_with
from bot.store.tables import Ask, Resident

SPEAK_FOR_OTHERS = ("coordinator", "gatekeeper")
"""Roles that may ask for somebody without a telephone."""
CLOSED_AS = ("done", "not_needed", "elsewhere", "unmet")
"""Helped; no longer needed; helped by others; nobody could help."""
NOTE_AT_MOST = 500


@dataclass(frozen=True)
class Fitting:
    """A volunteer who fits an ask, by number, with the parts of the weight (docs/matching.md)."""

    resident: int
    weight: pairs.Weight


def fitting(session: Session, ask: Ask, now: datetime) -> list[Fitting]:
    """Who fits an ask and has not been asked, the best first."""
    pool = Pool(session, ask.place_id, now)
    wanted, roster = pool.as_ask(ask), pool.roster(ask, spare=False)
    people = {one.id: one for one in roster.volunteers}
    order = pool.order(ask, spare=False)
    return [Fitting(one.volunteer, pairs.weigh(wanted, people[one.volunteer], roster.neighbours)) for one in order]


def assign(session: Session, ask_id: int, resident_id: int, now: datetime, *, anyway: bool = False) -> datetime:
    """Ask one volunteer before anybody else; returns by when they are asked to answer. It is theirs to say yes.

    `anyway`: although kind, patch, language or time do not fit, or they let it pass before. Raises AidWrong.
    """
    ask = _held(session, ask_id)
    if ask.state not in {"open", "coordinator"} or ask.step in {"still", "silent", "asker_left"} or ask.due_at <= now:
        raise AidWrong(f"nobody can be asked for ask {ask_id} now: it is {ask.state}, or its time has passed")
    earlier = store.offer_to(session, ask.id, resident_id)
    if earlier is not None and earlier.state == "asked":
        raise AidWrong(f"volunteer {resident_id} has been asked already and has not answered yet")
    pool = Pool(session, ask.place_id, now)
    _check(ask, pool, resident_id, anyway=anyway)
    ask.state, ask.step, ask.gap, ask.wave = "open", "first_refusal", None, max(ask.wave, 1)
    offers.promise(session, ask, now)
    offer = offers.ask_one(session, ask, resident_id, now, _answer_by(session, ask, pool, now))
    offers.ask_neighbours(session, ask, now, pool)
    return offer.answer_by


def _answer_by(session: Session, ask: Ask, pool: Pool, now: datetime) -> datetime:
    if ask.urgency == Urgency.URGENT:
        return now + aid_place.policy(session, ask.place_id, ask.urgency).every
    later = FIRST_REFUSAL if ask.urgency < Urgency.SAME_DAY else aid_place.policy(session, ask.place_id, 2).every
    return min(decent(pool.place, now + later), ask.due_at)


def _check(ask: Ask, pool: Pool, resident_id: int, *, anyway: bool) -> None:
    roster = pool.roster(ask, spare=False)
    person = next((one for one in roster.volunteers if one.id == resident_id), None)
    if person is None:
        raise AidWrong(f"{resident_id} offers no help at this place now: never did, paused, left, or took consent back")
    wanted = pool.as_ask(ask)
    reason = _never(wanted, person) or (None if anyway else pairs.misfit(wanted, person, roster.neighbours))
    if reason is not None:
        raise AidWrong(f"volunteer {resident_id} cannot be asked: {SAID[reason]}")


def _never(ask: pairs.Ask, person: pairs.Volunteer) -> Reason | None:
    """What no coordinator may pass over: a missing check, what somebody offered a week, and people's wishes."""
    if ask.needs_checked and not person.checked:
        return Reason.NO_CHECKED
    if person.capacity <= 0:
        return Reason.NO_CAPACITY
    return Reason.BARRED if pairs.wish_against(ask, person) is Reason.BARRED else None


SAID = {
    Reason.NO_KIND: "they do not offer this; --anyway asks them all the same",
    Reason.NO_PATCH: "they do not come to that patch; --anyway asks them all the same",
    Reason.NO_LANGUAGE: "they speak none of the languages; --anyway asks them all the same",
    Reason.NO_CHECKED: "it needs a checked volunteer ('kith aid check')",
    Reason.NO_TIME: "they are not free then; --anyway asks them all the same",
    Reason.NO_CAPACITY: "they have taken on all they offered that week",
    Reason.BARRED: "not for this ask",
    Reason.ASKED_BEFORE: "they said no, or did not answer; --anyway asks them again",
}
"""For an operator; who does not want to meet whom is never to be read from it."""


@dataclass(frozen=True)
class OnDesk:
    """An ask as a coordinator sees it in the chat. `words`: only where its asker lets the coordinator read it."""

    row: BoardRow
    words: str
    timezone: str


def on_desk(session: Session, coordinator: Resident, ask_id: int, now: datetime) -> OnDesk:
    """An ask of the coordinator's place that is not over. Raises NotYours, OldButton."""
    ask = _of_place(session, coordinator, ask_id)
    row = next((one for one in board(session, ask.place_id, now) if one.id == ask.id), None)
    if row is None:
        raise OldButton
    words = store.told(session, ask, "need") or "" if ask.coordinator_reads else ""
    return OnDesk(row, words, places.place_by_id(session, ask.place_id).timezone)


def sees_board(session: Session, resident: Resident) -> bool:
    """Whether somebody coordinates; the steering group does where a place has no coordinator."""
    if has_role(session, resident, "coordinator"):
        return True
    return has_role(session, resident, "steering") and not residents_with(session, resident.place_id, "coordinator")


def coordinates(session: Session, resident: Resident) -> None:
    """Raises NotYours for whoever does not."""
    if not sees_board(session, resident):
        raise NotYours


def ask_silent_again(session: Session, coordinator: Resident, ask_id: int, now: datetime) -> OnDesk:
    """Ask once more, those who did not answer among them; whoever said no is left in peace. Raises NotYours, OldButton."""
    ask = _of_place(session, coordinator, ask_id, held=True)
    if ask.state not in {"open", "coordinator"} or ask.step in {"still", "silent", "asker_left"} or ask.due_at <= now:
        raise OldButton
    for offer in store.offers_for(session, ask.id):
        if offer.state == "silent":
            offer.state = "called_off"
    ask.state, ask.step, ask.gap = "open", "offer", None
    session.flush()
    offers.promise(session, ask, now)
    offers.ask_neighbours(session, ask, now)
    return on_desk(session, coordinator, ask_id, now)


def close_in_chat(session: Session, coordinator: Resident, ask_id: int, closed_as: str, now: datetime) -> None:
    """As `close`; what is over already stays so. Raises NotYours, OldButton."""
    ask = _of_place(session, coordinator, ask_id, held=True)
    if closed_as not in CLOSED_AS:
        raise OldButton
    if ask.state not in store.OVER:
        close(session, ask.id, closed_as, now)


def _of_place(session: Session, coordinator: Resident, ask_id: int, *, held: bool = False) -> Ask:
    coordinates(session, coordinator)
    ask = store.ask_held(session, ask_id) if held else store.ask_by_id(session, ask_id)
    if ask is None or ask.place_id != coordinator.place_id:
        raise OldButton
    return ask


def close(session: Session, ask_id: int, closed_as: str, now: datetime) -> None:
    """A coordinator closes an ask; both sides are told. Raises AidWrong where it is over."""
    if closed_as not in CLOSED_AS:
        raise AidWrong(f"an ask is closed as {', '.join(CLOSED_AS)}")
    ask = _held(session, ask_id)
    if ask.state in store.OVER:
        raise AidWrong(f"ask {ask_id} is over already")
    if closed_as == "done":
        offers.call_off(session, ask, now)
        aid_steps.finish(session, ask, now)
        return
    aid.end(session, ask, closed_as, now)
    aid_letters.tell_asker(session, ask, "closed", now)
    offers.look_again(session, ask.place_id, now)


def note(session: Session, ask_id: int, words: str) -> None:
    """Keep a coordinator's note on an ask, encrypted and erased with it; empty words erase it. Raises AidWrong."""
    if len(words) > NOTE_AT_MOST:
        raise AidWrong(f"a note has {NOTE_AT_MOST} characters at most, this one {len(words)}")
    ask = _held(session, ask_id)
    if ask.state in store.OVER:
        raise AidWrong(f"ask {ask_id} is over: what was told about it is being erased")
    store.keep(session, ask, "note", words.strip() or None)
    session.flush()


def may_ask_for_others(session: Session, resident_ids: list[int]) -> list[int]:
    """Those of these people who agreed to help between neighbours: the bot tells them how an ask goes on."""
    return [one for one in resident_ids if takes_part(session, one)]


def _held(session: Session, ask_id: int) -> Ask:
    ask = store.ask_held(session, ask_id)
    if ask is None:
        raise AidWrong(f"there is no ask {ask_id}: 'kith aid board' shows them")
    return ask
