"""What happens to an ask when its time has come, and what its two sides say of how it went.

Each ask that lives has a `step` and a `next_at`: `see_to_asks` is the one tick that looks at them. A step leaves the ask
over, or with somebody else to act and a time by which.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.community import aid, aid_letters, offers
from bot.community.aid_pool import Pool
from bot.community.aid_rules import AFTERWARDS, SETTLES, SILENT, SOON_AGAIN, TOLD_AGAIN, Need, next_week
from bot.community.aid_seen import ASKER, HELPER, AskSeen, asker_id, held_for, seen, takes_part
from bot.community.hours import decent
from bot.community.pairs import Urgency
from bot.refusals import OldButton
from bot.store import aid as store
from bot.store import places, quarantine
from bot.store.engine import Session
from bot.store.tables import Ask, Resident

AT_ONCE = 4
"""Asks in one transaction at most: it stays short (some 14 ms an ask with 300 volunteers); the rest follow at once."""
WENT = ("done", "not_yet", "failed")
ASKED_HOW = frozenset({"worked", "nudge", "silent", "confirm"})
"""Steps in which both sides are asked how it went; that it is done can be said before."""


def see_to_asks(session: Session, now: datetime) -> int:
    """Take the next step of every ask that is due; says how many. After a restore asks of before it wait."""
    due = store.due_asks(session, now, AT_ONCE, quarantine.since(session))
    pools: dict[int, Pool] = {}
    for ask_id in due:
        ask = store.ask_held(session, ask_id)
        if ask is not None and ask.state not in store.OVER and ask.next_at is not None and ask.next_at <= now:
            if ask.place_id not in pools:
                pools[ask.place_id] = Pool(session, ask.place_id, now)
            _step(session, ask, pools[ask.place_id], now)
            session.flush()
    return len(due)


def _step(session: Session, ask: Ask, pool: Pool, now: datetime) -> None:
    """The next step; whoever has left meanwhile (erased, stopped, blocked, no consent) comes before it."""
    if ask.step == "asker_left" or not takes_part(session, asker_id(ask)):
        aid.end(session, ask, "left", now)
        return
    if ask.state == "matched" and (ask.step == "helper_left" or not takes_part(session, ask.volunteer_id)):
        offers.release(session, ask, now)
        return
    if ask.step == "helper_left":
        ask.volunteer_id = None
    if ask.state != "matched" and ask.step not in {"still", "silent"} and now >= ask.due_at:
        _ask_whether_still(session, ask, now)
        return
    if ask.step in STEPS:
        STEPS[ask.step](session, ask, now)
    elif ask.state == "coordinator":
        _exhausted(session, ask, pool, now)
    else:
        offers.ask_neighbours(session, ask, now, pool)


def _exhausted(session: Session, ask: Ask, pool: Pool, now: datetime) -> None:
    """Somebody may have room by now; else the coordinator is told once more."""
    if offers.try_again(session, ask, now, pool):
        return
    ask.step, ask.next_actor = "exhausted", "coordinator"
    ask.next_at = min(ask.due_at, decent(pool.place, now + SOON_AGAIN[Urgency(ask.urgency)]))
    aid_letters.remind_coordinators(session, ask, now, TOLD_AGAIN)


def _ask_whether_still(session: Session, ask: Ask, now: datetime) -> None:
    """Nobody was found in time: does the asker still need it? Those who were asked need not answer meanwhile."""
    offers.call_off(session, ask, now)
    _then(session, ask, "still", "asker", now + SETTLES)
    ask.promised_at = None
    aid_letters.tell_asker(session, ask, "still", now)


def _expired(session: Session, ask: Ask, now: datetime) -> None:
    aid.end(session, ask, "expired", now)
    aid_letters.tell_asker(session, ask, "expired", now)


def _remind(session: Session, ask: Ask, now: datetime) -> None:
    place = places.place_by_id(session, ask.place_id)
    ask.step, ask.next_actor, ask.next_at = "follow", "volunteer", decent(place, ask.due_at + AFTERWARDS)
    aid_letters.tell(session, ask, ask.volunteer_id, "reminder", now)


def _follow(session: Session, ask: Ask, now: datetime) -> None:
    """The time has come: did it work out?"""
    _then(session, ask, "worked", "asker", now + SETTLES)
    _tell_both(session, ask, "worked", now)


def _nudge(session: Session, ask: Ask, now: datetime) -> None:
    _then(session, ask, "nudge", "asker", now + SETTLES)
    _tell_both(session, ask, "nudge", now)


def _nobody_says(session: Session, ask: Ask, now: datetime) -> None:
    """Neither side has said how it went: the coordinator may know."""
    ask.state = "coordinator"
    _then(session, ask, "silent", "coordinator", now + SILENT)
    aid_letters.tell_coordinators(session, ask, "silent", now)


def _unknown(session: Session, ask: Ask, now: datetime) -> None:
    aid.end(session, ask, "unknown", now)


def _confirmed(session: Session, ask: Ask, now: datetime) -> None:
    """The volunteer said that it is done, and the asker has not said otherwise."""
    finish(session, ask, now)


def _then(session: Session, ask: Ask, step: str, actor: str, at: datetime) -> None:
    ask.step, ask.next_actor, ask.next_at = step, actor, decent(places.place_by_id(session, ask.place_id), at)
    session.flush()


def _tell_both(session: Session, ask: Ask, what: str, now: datetime) -> None:
    aid_letters.tell_asker(session, ask, what, now)
    aid_letters.tell(session, ask, ask.volunteer_id, what, now)


STEPS: dict[str, Callable[[Session, Ask, datetime], None]] = {
    "still": _expired,
    "remind": _remind,
    "follow": _follow,
    "worked": _nudge,
    "nudge": _nobody_says,
    "silent": _unknown,
    "confirm": _confirmed,
}
"""What each step does when its time has come; `offer`, `first_refusal` and `exhausted` look for neighbours."""


# --- how it went


def it_went(session: Session, resident: Resident, ask_id: int, how: str, now: datetime) -> AskSeen:
    """One side says how it went: `done`, `not_yet`, `failed`. Raises OldButton where that is settled, or not theirs."""
    ask, side = held_for(session, resident, ask_id, ASKER, HELPER)
    if ask.state == "done" and how == "done":
        return seen(session, ask, side)
    open_question = ask.state == "matched" or (ask.state == "coordinator" and ask.step == "silent")
    if how not in WENT or not open_question or ask.step in {"asker_left", "helper_left"}:
        raise OldButton
    if how != "done" and ask.step not in ASKED_HOW and now < ask.due_at:
        raise OldButton  # it is said of the neighbour before this one, who has only just promised (bench/year.py)
    match how, side:
        case "done", "asker":
            finish(session, ask, now)
        case "done", _:
            _helper_says_done(session, ask, now)
        case "not_yet", _:
            ask.state = "matched"
            _then(session, ask, "follow", "volunteer", max(now, ask.due_at) + SETTLES)
        case _:
            offers.release(session, ask, now)
    return seen(session, ask, side)


def _helper_says_done(session: Session, ask: Ask, now: datetime) -> None:
    if ask.step == "confirm":
        return
    ask.state = "matched"
    _then(session, ask, "confirm", "asker", now + SETTLES)
    aid_letters.tell_asker(session, ask, "confirm", now)


def finish(session: Session, ask: Ask, now: datetime) -> None:
    """It is done. Two neighbours have met; a weekly ask comes again, first to the same neighbour."""
    ask.state, ask.step, ask.next_actor, ask.next_at = "done", None, None, None
    ask.done_at, ask.promised_at = now, None
    session.flush()
    asker = asker_id(ask)
    if asker is not None and ask.volunteer_id is not None and ask.asker_id is not None:
        today = now.astimezone(ZoneInfo(places.place_by_id(session, ask.place_id).timezone)).date()
        store.add_pair(session, asker, ask.volunteer_id, today)
    if ask.weekly:
        aid.open_next(session, ask, _next_need(session, ask, now), now)


def _next_need(session: Session, ask: Ask, now: datetime) -> Need:
    zone, due = places.place_by_id(session, ask.place_id).timezone, ask.due_at
    while due <= now + timedelta(hours=1):
        due = next_week(due, zone)
    return Need(Urgency.THIS_WEEK, due if due > ask.due_at else next_week(due, zone), ask.slots)


def say_thanks(session: Session, asker: Resident, ask_id: int, now: datetime) -> None:
    """The asker's thanks are passed on, once. Raises OldButton before it is done."""
    ask, _ = held_for(session, asker, ask_id, ASKER)
    if ask.state != "done" or ask.volunteer_id is None:
        raise OldButton
    if takes_part(session, ask.volunteer_id):
        aid_letters.thank(session, ask, now)
