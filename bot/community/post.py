"""The post: letters taken for sending, and what came of them.

One transaction settles what has come back and takes what may go next, under the term of the sender's lease: a process
that was stopped, and is not the sender any more, changes nothing (facts/failures.md F17).
"""

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.community import (
    aid_letters,
    alerts,
    checkins,
    concern_letters,
    dead_letters,
    invites,
    playback,
    polls,
    results,
    sending,
    wording_tasks,
    wordings,
)
from bot.community.letters import KINDS
from bot.community.outcomes import Outcome, settle
from bot.community.parcels import UNCERTAIN_AT_MOST, Desk, Parcel, Ready, take
from bot.store import letters as store
from bot.store import senders
from bot.store.engine import Session

LEASE = timedelta(seconds=90)
"""At least three times a call's time-out: a shorter one was seen to send one message 28 times (facts/failures.md 2.2)."""

HAVE_LETTERS = (
    aid_letters, alerts, checkins, concern_letters, dead_letters, invites, playback, polls, results, sending,
    wordings, wording_tasks,
)  # fmt: skip
"""Features that owe letters: importing them puts their kinds into KINDS."""


class TermLost(Exception):
    """Another process is the sender of this bot's letters now."""


def turn(
    session: Session, desk: Desk, outcomes: Sequence[Outcome], now: datetime, most: int, ahead: int, ready: Ready
) -> list[Parcel]:
    """Settle what came back, then claim letters that are due, so many at most. Raises TermLost.

    Letters are opened `ahead` of their claim, many at once; what was called off meanwhile is not claimed any more.
    """
    real_now = senders.still(session, desk.bot_id, desk.term)
    if real_now is None:
        raise TermLost
    if outcomes:
        settle(session, outcomes, now)
    if most <= 0:
        return []
    if desk.lacks(most, real_now):
        desk.opened = deque(take(session, desk, now, real_now, max(most, ahead), ready))
        desk.opened_at = real_now
    chosen = [desk.opened.popleft() for _ in range(min(most, len(desk.opened)))]
    if not chosen:
        return []
    ids = [parcel.reading.id for parcel in chosen]
    claimed = store.claim(session, ids, chosen[0].claim, real_now + LEASE)
    return [parcel for parcel in chosen if parcel.reading.id in claimed]


def begin(session: Session, desk: Desk, now: datetime) -> int:
    """A new term: whatever another sender left under way is uncertain now, and goes back to wait. How many letters."""
    desk.opened.clear()
    senders.adopt_places(session, desk.bot_id)
    return _recover(session, desk, now, None)


def look_after(session: Session, desk: Desk, now: datetime) -> bool:
    """Renew the lease; recover what was under way for too long. Whether the term still holds."""
    if not senders.renew(session, desk.bot_id, desk.term):
        return False
    senders.adopt_places(session, desk.bot_id)
    senders.open_gates(session, desk.bot_id)
    _recover(session, desk, now, senders.clock(session))
    return True


def _recover(session: Session, desk: Desk, now: datetime, over_by: datetime | None) -> int:
    once = [name for name, kind in KINDS.items() if kind.at_most_once]
    return store.recover(session, desk.bot_id, now, over_by, once, UNCERTAIN_AT_MOST)
