"""Asking for help: opening an ask, changing it, calling it off, asking again; and what its two sides see."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.community import aid_letters, offers
from bot.community.aid_rules import Need
from bot.community.aid_seen import ASKER, HELPER, PURPOSE, AskSeen, agrees, asker_id, held_for, seen, side_of
from bot.community.pairs import Urgency
from bot.community.residents import change_consent
from bot.refusals import AidTooMany, NoConsent, NotYours, OldButton
from bot.store import aid as store
from bot.store import places
from bot.store import volunteers as volunteers_store
from bot.store.engine import Session
from bot.store.tables import Ask, Resident

OPEN_AT_MOST = 10
"""Asks of one person that are not over."""
NEED_AT_MOST, PLACE_AT_MOST = 500, 200
"""Characters of what a neighbour should know, and of the exact place."""
SHOWN_FOR = timedelta(days=30)
"""An ask that is over stands among "my asks" for so long, and can be asked again."""
TOLD_KEPT = timedelta(days=14)
PEOPLE_KEPT = timedelta(days=200)
"""Who asked and who helped: as long as the figures of a quarter need it, and the fairness of asking."""


@dataclass(frozen=True)
class Wish:
    """What somebody asks for. `voice`: Telegram's id of a voice note; only the neighbour who says yes learns any of it.

    `coordinator_reads`: the asker lets the coordinator read the words as well.
    """

    kind: str
    patch_id: int
    need: Need
    languages: tuple[str, ...]
    words: str = ""
    voice: str = ""
    exact_place: str = ""
    weekly: bool = False
    needs_checked: bool = False
    for_another: bool = False
    coordinator_reads: bool = False


def open_ask(session: Session, asker: Resident, wish: Wish, now: datetime) -> AskSeen:
    """A resident asks for help, for themselves or for somebody without a telephone; neighbours are asked at once.

    Raises AidTooMany, NoConsent, NotYours for a patch of another place.
    """
    if not agrees(session, asker):
        raise NoConsent
    if store.live_by(session, asker.id) >= OPEN_AT_MOST:
        raise AidTooMany
    ask = _write(session, asker, wish, now, None)
    offers.promise(session, ask, now)
    if ask.urgency == Urgency.URGENT:
        aid_letters.tell_coordinators(session, ask, "urgent", now)
    offers.ask_neighbours(session, ask, now)
    return seen(session, ask, ASKER)


def agree(session: Session, resident: Resident, now: datetime) -> None:
    """A resident agrees to help between neighbours, where they had not."""
    if not agrees(session, resident):
        change_consent(session, resident, PURPOSE, now, given=True)
        session.flush()


def _write(session: Session, asker: Resident, wish: Wish, now: datetime, series_id: int | None) -> Ask:
    patch = places.patch_by_id(session, wish.patch_id)
    if patch is None or patch.place_id != asker.place_id:
        raise NotYours
    values = {
        "place_id": asker.place_id,
        "asker_id": None if wish.for_another else asker.id,
        "made_by_id": asker.id if wish.for_another else None,
        "kind": wish.kind,
        "patch_id": wish.patch_id,
        "languages": list(wish.languages),
        "slots": wish.need.slots,
        "urgency": int(wish.need.urgency),
        "due_at": wish.need.due_at,
        "needs_checked": wish.needs_checked,
        "weekly": wish.weekly,
        "series_id": series_id,
        "state": "open",
        "step": "offer",
        "next_actor": "bot",
        "next_at": now,
        "made_at": now,
        "wave": 0,
        "place_shared": False,
        "talk_ended": False,
        "coordinator_reads": wish.coordinator_reads,
    }
    told: dict[str, str | None] = {"need": wish.words, "voice": wish.voice, "exact_place": wish.exact_place}
    return store.add_ask(session, values, told)


def wish_of(session: Session, ask: Ask, need: Need) -> Wish:
    """The same wish again, by another time."""
    return Wish(
        ask.kind,
        ask.patch_id,
        need,
        tuple(ask.languages),
        words=store.told(session, ask, "need") or "",
        voice=store.told(session, ask, "voice") or "",
        exact_place=store.told(session, ask, "exact_place") or "",
        weekly=ask.weekly,
        needs_checked=ask.needs_checked,
        for_another=ask.asker_id is None,
    )


def ask_again(session: Session, asker: Resident, ask_id: int, need: Need, now: datetime) -> AskSeen:
    """The same once more, by another time. Raises OldButton for somebody else's ask, AidTooMany, NotYours."""
    earlier, _ = held_for(session, asker, ask_id, ASKER)
    return open_ask(session, asker, replace(wish_of(session, earlier, need), weekly=False), now)


def open_next(session: Session, earlier: Ask, need: Need, now: datetime) -> Ask | None:
    """The next of a weekly series: whoever helped last time is asked first. None where its asker is gone."""
    asker = session.get(Resident, asker_id(earlier) or 0)
    if asker is None:
        return None
    ask = _write(session, asker, wish_of(session, earlier, need), now, earlier.series_id or earlier.id)
    ask.urgency = min(ask.urgency, Urgency.THIS_WEEK)
    offers.promise(session, ask, now)
    offers.ask_neighbours(session, ask, now)
    return ask


def show(session: Session, resident: Resident, ask_id: int) -> AskSeen:
    """An ask, for one of its sides. Raises OldButton for everybody else."""
    ask = store.ask_by_id(session, ask_id)
    side = side_of(ask, resident) if ask is not None else None
    if ask is None or side is None:
        raise OldButton
    return seen(session, ask, side)


def my_asks(session: Session, resident: Resident, now: datetime) -> list[AskSeen]:
    """What a resident asked for, the newest first: what lives, and what was over in the last month."""
    return [seen(session, ask, ASKER) for ask in store.asks_of(session, resident.id, now - SHOWN_FOR)]


def to_repeat(session: Session, resident: Resident, now: datetime) -> AskSeen | None:
    """What a resident asked for last and is over: it may be wanted again."""
    return next((ask for ask in my_asks(session, resident, now) if ask.state in store.OVER), None)


def my_tasks(session: Session, resident: Resident) -> list[AskSeen]:
    """What a resident has promised to do."""
    return [seen(session, ask, HELPER) for ask in store.taken_by(session, resident.id)]


def change_words(session: Session, asker: Resident, ask_id: int, words: str, voice: str, now: datetime) -> AskSeen:
    """Say otherwise what a neighbour should know; whoever has said yes is told."""
    ask = _mine_and_live(session, asker, ask_id)
    store.keep(session, ask, "need", words)
    store.keep(session, ask, "voice", voice)
    session.flush()
    if ask.state == "matched":
        aid_letters.tell(session, ask, ask.volunteer_id, "changed", now)
    return seen(session, ask, ASKER)


def change_time(session: Session, asker: Resident, ask_id: int, need: Need, now: datetime) -> AskSeen:
    """By another time. Nobody has said yes to that one: whoever had is thanked, and neighbours are asked anew."""
    ask = _mine_and_live(session, asker, ask_id)
    helper = ask.volunteer_id
    offers.give_back_room(session, ask)
    offers.call_off(session, ask, now)
    if helper is not None:
        aid_letters.tell(session, ask, helper, "called_off", now)
    _withdraw_offer(session, ask)
    ask.volunteer_id, ask.matched_at, ask.gap, ask.alerted_at = None, None, None, None
    ask.urgency, ask.due_at, ask.slots = int(need.urgency), need.due_at, need.slots
    ask.state, ask.step, ask.wave, ask.place_shared = "open", "offer", 0, False
    offers.promise(session, ask, now)
    offers.ask_neighbours(session, ask, now)
    return seen(session, ask, ASKER)


def _withdraw_offer(session: Session, ask: Ask) -> None:
    """The helper may be asked again: they did nothing wrong."""
    offer = store.offer_to(session, ask.id, ask.volunteer_id) if ask.volunteer_id is not None else None
    if offer is not None:
        offer.state = "called_off"


def cancel(session: Session, asker: Resident, ask_id: int, now: datetime, *, ended_as: str = "not_needed") -> AskSeen:
    """The asker needs it no longer. Twice is once. Raises OldButton for somebody else's ask."""
    ask, _ = held_for(session, asker, ask_id, ASKER)
    if ask.state not in store.OVER:
        end(session, ask, ended_as, now)
        offers.look_again(session, ask.place_id, now)
    return seen(session, ask, ASKER)


def still_needed(session: Session, asker: Resident, ask_id: int, now: datetime) -> AskSeen:
    """The time has passed and help is still needed: neighbours are asked again."""
    ask = _mine_and_live(session, asker, ask_id)
    if ask.step == "still":
        ask.state, ask.step, ask.gap = "open", "offer", None
        offers.renew(session, ask, now)
        offers.ask_neighbours(session, ask, now)
    return seen(session, ask, ASKER)


def share_place(session: Session, asker: Resident, ask_id: int, now: datetime) -> AskSeen:
    """The asker lets the neighbour who said yes see the exact place. Only ever by their own press."""
    ask = _mine_and_live(session, asker, ask_id)
    if ask.state != "matched" or ask.exact_place is None:
        raise OldButton
    if not ask.place_shared:
        ask.place_shared = True
        session.flush()
        aid_letters.tell(session, ask, ask.volunteer_id, "shared", now)
    return seen(session, ask, ASKER)


def voice_of(session: Session, resident: Resident, ask_id: int) -> str:
    """Telegram's id of an ask's voice note, for its two sides. Raises OldButton."""
    ask, _ = held_for(session, resident, ask_id, ASKER, HELPER)
    file_id = store.told(session, ask, "voice")
    if file_id is None:
        raise OldButton
    return file_id


def give_back(session: Session, volunteer: Resident, ask_id: int, now: datetime) -> None:
    """The volunteer cannot after all: others are asked, the asker is told. Raises OldButton."""
    ask, _ = held_for(session, volunteer, ask_id, HELPER)
    if ask.state != "matched" or ask.step == "confirm":
        raise OldButton
    offers.release(session, ask, now)


def keep_apart(session: Session, resident: Resident, ask_id: int) -> None:
    """Do not match these two again; the other never learns it. Raises OldButton."""
    ask, side = held_for(session, resident, ask_id, ASKER, HELPER)
    other = ask.volunteer_id if side == ASKER else asker_id(ask)
    if other is None:
        raise OldButton
    volunteers_store.add_block(session, resident.id, other)
    ask.talk_ended = True
    session.flush()


def end(session: Session, ask: Ask, ended_as: str, now: datetime) -> None:
    """An ask is over without help: whoever was asked, or had said yes, is told neutrally; their room comes back."""
    offers.call_off(session, ask, now)
    offers.give_back_room(session, ask)
    if ask.state == "matched":
        aid_letters.tell(session, ask, ask.volunteer_id, "called_off", now)
    ask.state, ask.step, ask.next_actor, ask.next_at = "ended", None, None, None
    ask.ended_as, ask.ended_at, ask.promised_at = ended_as, now, None
    session.flush()


def _mine_and_live(session: Session, asker: Resident, ask_id: int) -> Ask:
    ask, _ = held_for(session, asker, ask_id, ASKER)
    if ask.state in store.OVER or ask.step == "asker_left":
        raise OldButton
    return ask


def forget_old(session: Session, now: datetime) -> int:
    """Erase what was told about asks that ended a while ago, and later who they were of."""
    return store.erase_told(session, now - TOLD_KEPT) + store.forget_people(session, now - PEOPLE_KEPT)
