"""Outcomes: what came of a parcel, by what Telegram answered or did not, and how it is written into its row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.community import dead_letters, residents
from bot.community.dead_letters import GONE
from bot.community.letters import KINDS
from bot.community.parcels import UNCERTAIN_AT_MOST, Parcel
from bot.store import groups as groups_store
from bot.store import letters as store
from bot.store import senders
from bot.store.engine import Session

LONGEST_WAIT = 300.0
TRIES_AT_MOST = 150
"""Waits of 1, 2, 4 ... 300 seconds come to twelve hours by then (2.3)."""


@dataclass(frozen=True)
class Outcome:
    """What came of a parcel: the row's new state, and what else is to be noted with it."""

    parcel: Parcel
    state: str
    reason: str | None = None
    not_before: datetime | None = None
    counts: bool = True
    uncertain: int = 0
    message: dict[str, Any] | None = None
    then: Callable[[Session], None] | None = None


def settle(session: Session, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Write what came of parcels that are still held, and what else is to be noted with it."""
    store.settle(session, [_row(one, now) for one in outcomes])
    for one in outcomes:
        arrived = KINDS[one.parcel.reading.kind].arrived
        if one.message is not None and arrived is not None:
            arrived(session, one.parcel.reading, one.message)
        if one.then is not None:
            one.then(session)
    failed = {one.parcel.reading.place_id for one in outcomes if one.state in store.FAILED and one.reason != GONE}
    for place_id in failed:
        dead_letters.tell(session, place_id, now)


def _row(one: Outcome, now: datetime) -> dict[str, Any]:
    parcel, matter = one.parcel, one.parcel.sheet.matter
    said = one.message is not None
    return {
        "letter": parcel.reading.id,
        "held": parcel.claim,
        "state": one.state,
        "not_before": one.not_before,
        "attempts": parcel.tries + one.counts,
        "uncertain": parcel.uncertain + one.uncertain,
        "message_id": one.message.get("message_id") if one.message else None,
        "reason": one.reason[:80] if one.reason else None,
        "settled_at": None if one.state == "queued" else now,
        "said_in": (matter.said_in or parcel.reading.language) if said else None,
        "said_revision": matter.revision if said else None,
    }


def sent(parcel: Parcel, message: dict[str, Any]) -> Outcome:
    """The letter arrived, as Telegram's message."""
    return Outcome(parcel, "sent", message=message)


def edited(parcel: Parcel) -> Outcome:
    """The message that it edits says so already."""
    return Outcome(parcel, "sent", message={"message_id": parcel.sheet.matter.edits})


def unneeded(parcel: Parcel, why: str) -> Outcome:
    """It need not be said: the reader has it already in their group, or there is nothing left to edit."""
    return Outcome(parcel, "unneeded", why)


def unreachable(parcel: Parcel) -> Outcome:
    """Telegram says that nobody is there: the resident is unreachable, or the group lost."""

    def lose(session: Session) -> None:
        if parcel.reading.resident_id is not None:
            residents.lose(session, parcel.reading.resident_id)
        elif parcel.reading.group_id is not None:
            groups_store.lose_group(session, parcel.reading.group_id)

    return Outcome(parcel, "dead", GONE, then=lose)


def moved(parcel: Parcel, new_chat_id: int) -> Outcome:
    """The group has a new id: kept, and the letter goes there at once."""

    def move(session: Session) -> None:
        groups_store.move_group(session, parcel.chat_id, new_chat_id)

    return Outcome(parcel, "queued", counts=False, then=move)


def not_yet(parcel: Parcel, at: datetime) -> Outcome:
    """Nobody has begun to send it: it waits, and that was no try."""
    return Outcome(parcel, "queued", not_before=at, counts=False)


def gated(parcel: Parcel, bot_id: int, now: datetime, seconds: float, slow: float | None) -> Outcome:
    """Too fast (429): no try. The chat is left alone for so long; `slow` seconds: the whole bot, which then goes slowly."""

    def close(session: Session) -> None:
        senders.close_gate(session, bot_id, parcel.lookup, seconds)
        if slow is not None:
            senders.pause(session, bot_id, seconds, slow)

    at = now + timedelta(seconds=seconds)
    return Outcome(parcel, "queued", not_before=at, counts=False, then=close)


def again(parcel: Parcel, now: datetime, jitter: float) -> Outcome:
    """Not delivered, certainly: another try after a wait that grows; given up after half a day."""
    if parcel.tries + 1 >= TRIES_AT_MOST:
        return Outcome(parcel, "dead", "Telegram could not take it")
    return Outcome(parcel, "queued", not_before=now + wait_after(parcel.tries + 1, jitter))


def unsure(parcel: Parcel, now: datetime, jitter: float) -> Outcome:
    """Perhaps delivered: `unknown` for what must never come twice; another try, two at most, for the rest."""
    if KINDS[parcel.reading.kind].at_most_once or parcel.uncertain + 1 >= UNCERTAIN_AT_MOST:
        return Outcome(parcel, "unknown", "may not have arrived", uncertain=1)
    return Outcome(parcel, "queued", not_before=now + wait_after(parcel.tries + 1, jitter), uncertain=1)


def refused(parcel: Parcel, reason: str) -> Outcome:
    """Telegram will never take it like this: a dead letter, with its reason for the coordinator."""
    return Outcome(parcel, "dead", reason)


def wait_after(tries: int, jitter: float) -> timedelta:
    """1, 2, 4 ... 300 seconds after so many tries, times a jitter around 1 (facts/failures.md 2.3)."""
    return timedelta(seconds=min(LONGEST_WAIT, 2.0 ** min(tries - 1, 20)) * jitter)
