"""Parcels: letters opened for sending, with their readers as they are at that moment, and with what they are about.

What makes no sense any more ends here: too old, called off, nobody to reach. What should not come now waits.
"""

import secrets
from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.community import dead_letters
from bot.community.dead_letters import GONE
from bot.community.hours import decent
from bot.community.letters import KINDS, Matter, NotNow, Reading
from bot.store import groups as groups_store
from bot.store import letters as store
from bot.store import places
from bot.store import residents as residents_store
from bot.store.engine import Session, is_down
from bot.store.vault import KeysWrong

UNCERTAIN_AT_MOST = 3
"""Sends whose fate is unknown before a letter is given up as `unknown`: at most two extra copies ever (2.2 rule 5)."""
WEEK, DAY = timedelta(days=7), timedelta(days=1)
OPEN_FOR = timedelta(seconds=2)
"""How long a letter that was opened may wait for its claim."""
FRESH = timedelta(seconds=5)
"""How long what was read for many letters alike is used, and a place's hours."""
SHEETS = 500


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
