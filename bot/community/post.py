"""The post: letters taken for sending, with what they are about, and what came of them.

One transaction settles what has come back and takes what may go next, under the term of the sender's lease: a process
that was stopped, and is not the sender any more, changes nothing (facts/failures.md F17).

Longer than the guide: taking and settling share that one transaction, and are read together.
"""

import secrets
from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.community import (
    aid_letters,
    alerts,
    checkins,
    concern_letters,
    dead_letters,
    invites,
    playback,
    polls,
    residents,
    results,
    sending,
    wording_tasks,
    wordings,
)
from bot.community.dead_letters import GONE
from bot.community.hours import decent
from bot.community.letters import KINDS, Matter, NotNow, Reading
from bot.store import groups as groups_store
from bot.store import letters as store
from bot.store import places, senders
from bot.store import residents as residents_store
from bot.store.vault import KeysWrong
from bot.store.writer import Session, is_down

LEASE = timedelta(seconds=90)
"""At least three times a call's time-out: a shorter one was seen to send one message 28 times (facts/failures.md 2.2)."""
UNCERTAIN_AT_MOST = 3
"""Sends whose fate is unknown before a letter is given up as `unknown`: at most two extra copies ever (2.2 rule 5)."""
LONGEST_WAIT = 300.0
TRIES_AT_MOST = 150
"""Waits of 1, 2, 4 ... 300 seconds come to twelve hours by then (2.3)."""
WEEK, DAY = timedelta(days=7), timedelta(days=1)
OPEN_FOR = timedelta(seconds=2)
"""How long a letter that was opened may wait for its claim."""
FRESH = timedelta(seconds=5)
"""How long what was read for many letters alike is used, and a place's hours."""
SHEETS = 500

HAVE_LETTERS = (
    aid_letters, alerts, checkins, concern_letters, dead_letters, invites, playback, polls, results, sending,
    wordings, wording_tasks,
)  # fmt: skip
"""Features that owe letters: importing them puts their kinds into KINDS."""


class TermLost(Exception):
    """Another process is the sender of this bot's letters now."""


@dataclass(frozen=True)
class Sheet:
    """What one letter, or many alike, are about; `pages` is where delivery keeps what it made of it."""

    matter: Matter
    read_at: datetime
    pages: dict[Hashable, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Parcel:
    """A letter taken for sending: to whom, in which language, about what; `tries` and `uncertain` as they were before."""

    reading: Reading
    claim: str
    chat_id: int
    lookup: bytes
    sheet: Sheet
    unless_in: tuple[int, ...]
    tries: int
    uncertain: int

    @property
    def to_group(self) -> bool:
        """Whether it goes to a group."""
        return self.reading.group_id is not None


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


@dataclass
class Desk:
    """One bot's desk, in one term of its sender's lease, and what was read there lately."""

    bot_id: int
    term: int = 0
    quiet: tuple[int, ...] = ()
    quiet_seen: datetime | None = None
    sheets: dict[Hashable, Sheet] = field(default_factory=dict)
    opened: deque[Parcel] = field(default_factory=deque)
    opened_at: datetime | None = None

    def lacks(self, most: int, real_now: datetime) -> bool:
        """Whether fewer are open than may be claimed, or what was opened may be right no longer."""
        return len(self.opened) < most or self.opened_at is None or real_now - self.opened_at > OPEN_FOR


Ready = Callable[[int], float]
"""Seconds until something may go to a chat."""


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
        _settle(session, outcomes, now)
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


# --- taking


@dataclass
class _Pile:
    """Letters while they are being opened: those to be sent, and those that wait or end unsent."""

    parcels: list[Parcel] = field(default_factory=list)
    aside: list[dict[str, Any]] = field(default_factory=list)
    failed: set[int] = field(default_factory=set)

    def end(self, row: Any, state: str, reason: str, now: datetime) -> None:
        """A letter that is not to be sent."""
        self.aside.append(_aside(row, state, row.not_before, reason, now))
        if state == "dead" and reason != GONE:
            self.failed.add(row.place_id)

    def wait(self, row: Any, until: datetime) -> None:
        """A letter that is not to be sent yet."""
        self.aside.append(_aside(row, "queued", until, None, None))


def _aside(
    row: Any, state: str, not_before: datetime, reason: str | None, settled_at: datetime | None
) -> dict[str, Any]:
    facts = {"state": state, "not_before": not_before, "reason": reason, "settled_at": settled_at}
    return {"letter": row.id, **facts}


def take(session: Session, desk: Desk, now: datetime, real_now: datetime, most: int, ready: Ready) -> list[Parcel]:
    """Open due letters. Those that make no sense any more are ended here: too old, called off, nobody to reach."""
    rows = store.due(session, desk.bot_id, now, real_now, most, _quiet(session, desk, now), _loud())
    if not rows:
        return []
    pile, claim = _Pile(), f"{desk.term}.{secrets.token_hex(4)}"[-16:]
    found = [(row, reading, chat) for row, reading, chat in _addressed(session, pile, rows, now)
             if _chat_is_ready(pile, row, chat, ready, now)]  # fmt: skip
    found = list(_within_the_week(session, pile, found, now))
    stamps = _stamps(session, [reading for _row, reading, _chat in found])
    for row, reading, chat in found:
        _open(session, desk, pile, row, reading, chat, claim, stamps, now)
    if pile.aside:
        store.put_off(session, pile.aside)
    for place_id in pile.failed:
        dead_letters.tell(session, place_id, now)
    return pile.parcels


_Found = tuple[Any, Reading, int]


def _quiet(session: Session, desk: Desk, now: datetime) -> tuple[int, ...]:
    """Places where it is quiet now."""
    if desk.quiet_seen is None or abs(now - desk.quiet_seen) > FRESH:
        desk.quiet = tuple(place.id for place in places.all_places(session) if decent(place, now) != now)
        desk.quiet_seen = now
    return desk.quiet


def _loud() -> list[str]:
    return [name for name, kind in KINDS.items() if kind.any_hour]


def _addressed(session: Session, pile: _Pile, rows: Iterable[Any], now: datetime) -> Iterable[_Found]:
    """Letters that still make sense, with their reader as they are at this moment."""
    for row in rows:
        if row.expires_at <= now:
            pile.end(row, "expired", "too old to make sense", now)
        elif row.kind not in KINDS:
            pile.end(row, "dead", "of a kind that this program does not know", now)
        elif row.uncertain and (KINDS[row.kind].at_most_once or row.uncertain >= UNCERTAIN_AT_MOST):
            pile.end(row, "unknown", "may not have arrived", now)
        elif (row.lost if row.resident_id is None else row.resident_state != "here") is not False:
            pile.end(row, "dead", GONE, now)
        else:
            try:
                chat = _chat_of(session, row)
            except KeysWrong:
                pile.end(row, "dead", "its facts or its reader cannot be decrypted", now)
                continue
            if chat is None:
                pile.end(row, "dead", GONE, now)
            else:
                yield row, _reading(row), chat


def _chat_of(session: Session, row: Any) -> int | None:
    if row.resident_id is None:
        return groups_store.opened_id(session, row.group_lookup, row.chat_id)
    return residents_store.opened_id(session, row.key_name, row.telegram_id)


def _reading(row: Any) -> Reading:
    to_group = row.resident_id is None
    return Reading(
        row.id,
        row.kind,
        row.place_id,
        row.dedupe,
        row.facts,
        row.group_language if to_group else row.resident_language,
        None if to_group else row.second_language,
        row.resident_id,
        row.group_id,
        row.round_id,
        row.broadcast_id,
    )


def _chat_is_ready(pile: _Pile, row: Any, chat: int, ready: Ready, now: datetime) -> bool:
    """One busy chat holds up nobody else's letters."""
    wait = ready(chat)
    if wait > 0:
        pile.wait(row, now + timedelta(seconds=wait))
    return wait <= 0


def _within_the_week(session: Session, pile: _Pile, found: Sequence[_Found], now: datetime) -> Iterable[_Found]:
    """Those who have had their unasked letters of the week get no more: the rest waits, or comes to its end."""
    unasked = [name for name, kind in KINDS.items() if kind.unasked]
    people = {reading.resident_id for _row, reading, _chat in found if reading.resident_id and reading.kind in unasked}
    had = Counter(store.unasked_counts(session, list(people), unasked, now - WEEK) if people else {})
    for row, reading, chat in found:
        who = reading.resident_id
        if who is None or reading.kind not in unasked:
            yield row, reading, chat
            continue
        if had[who] < row.weekly_letters:
            had[who] += 1
            yield row, reading, chat
            continue
        again = _next_letter(store.unasked_times(session, who, unasked, now - WEEK, now), row.weekly_letters, now)
        if again >= row.expires_at:
            pile.end(row, "expired", "more than the letters of that week", now)
        else:
            pile.wait(row, again)


def _next_letter(had: Sequence[datetime], weekly: int, now: datetime) -> datetime:
    """When another unasked letter may come; looked at again after a day at the latest, since the number may be raised."""
    frees = had[len(had) - weekly] + WEEK if 0 < weekly <= len(had) else now + DAY
    return max(now + timedelta(minutes=1), min(frees, now + DAY))


def _stamps(session: Session, readings: Sequence[Reading]) -> dict[int, Hashable]:
    """Letters that are still meant, as far as their kinds say it for all at once."""
    stamps: dict[int, Hashable] = {}
    by_kind: dict[str, list[Reading]] = {}
    for reading in readings:
        by_kind.setdefault(reading.kind, []).append(reading)
    for name, same in by_kind.items():
        meant = KINDS[name].meant
        stamps.update(meant(session, same) if meant else dict.fromkeys((one.id for one in same), None))
    return stamps


def _open(
    session: Session,
    desk: Desk,
    pile: _Pile,
    row: Any,
    reading: Reading,
    chat: int,
    claim: str,
    stamps: dict[int, Hashable],
    now: datetime,
) -> None:
    """Read what a letter is about; one that cannot be read is a dead letter, and stops no other."""
    try:
        sheet = _sheet(session, desk, reading, stamps, claim, now) if reading.id in stamps else None
    except NotNow as later:
        return pile.wait(row, now + later.wait)
    except KeysWrong:
        return pile.end(row, "dead", "its facts or its reader cannot be decrypted", now)
    except Exception as fault:
        if is_down(fault):
            raise
        return pile.end(row, "dead", f"it could not be read: {type(fault).__name__}"[:80], now)
    if sheet is None:
        return pile.end(row, "unneeded", "no longer needed", now)
    lookup = row.group_lookup if reading.resident_id is None else row.resident_lookup
    unless_in = _chats(session, sheet.matter.unless_in) if sheet.matter.unless_in else ()
    pile.parcels.append(Parcel(reading, claim, chat, lookup, sheet, unless_in, row.attempts, row.uncertain))
    return None


def _sheet(
    session: Session, desk: Desk, reading: Reading, stamps: dict[int, Hashable], claim: str, now: datetime
) -> Sheet | None:
    """What a letter is about; read once for all that are alike."""
    kind = KINDS[reading.kind]
    alike = kind.alike(reading)
    if alike is None:
        matter = kind.about(session, reading)
        return None if matter is None else Sheet(matter, now)
    # Without a stamp nobody says when the matter changes: it is shared within this one taking alone.
    key = (reading.kind, alike, stamps[reading.id] if kind.meant else claim)
    sheet = desk.sheets.get(key)
    if sheet is None or abs(now - sheet.read_at) > FRESH:
        matter = kind.about(session, reading)
        if matter is None:
            return None
        if len(desk.sheets) >= SHEETS:
            desk.sheets.clear()
        sheet = desk.sheets[key] = Sheet(matter, now)
    return sheet


def _chats(session: Session, group_ids: Sequence[int]) -> tuple[int, ...]:
    """The chats in which the reader would see the same anyway."""
    found = [groups_store.group_by_id(session, group_id) for group_id in group_ids]
    return tuple(groups_store.chat_id_of(session, group) for group in found if group is not None and not group.lost)


# --- settling


def _settle(session: Session, outcomes: Sequence[Outcome], now: datetime) -> None:
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
