"""What a public message will come to, before it goes; and what it has come to, afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.community import wording_checks, wordings
from bot.community.broadcasts import begins, narrowed
from bot.community.lint import Calendar, Remark, looked_over
from bot.community.notices import Notice, told
from bot.store import broadcasts as store
from bot.store import places
from bot.store.broadcasts import FIRST, WAITING
from bot.store.engine import Session
from bot.store.tables import Broadcast, Place

A_SECOND = 28
"""Letters a second that a bot's stream carries, with room for replies (facts/failures.md 2.4)."""


@dataclass(frozen=True)
class Share:
    """How many readers of a language a message has, and the language that they get it in."""

    language: str
    gets: str
    people: int

    @property
    def without(self) -> bool:
        """Whether their own language is missing."""
        return self.gets != self.language


@dataclass(frozen=True)
class Outlook:
    """Who will get a message, in which language, and when. `left_out` are meant, but cannot be written to, or disagreed.

    `shares` names each pair of languages once, the most readers first; templates have every language.
    """

    people: int
    left_out: int
    chats: int
    shares: Sequence[Share]
    starts_at: datetime
    through_at: datetime
    waits_for_morning: bool


def outlook(session: Session, broadcast: Broadcast, now: datetime, a_second: float = A_SECOND) -> Outlook:
    """What will come of a message if it is sent now, or at its time."""
    place = places.place_by_id(session, broadcast.place_id)
    shares: dict[tuple[str, str], int] = {}
    message = told(session, broadcast)
    for first, second, count in store.readers(session, place.id, broadcast.audience):
        pair = (first, message.notice((first, second)).language)
        shares[pair] = shares.get(pair, 0) + count
    people, chats = sum(shares.values()), len(store.groups_meant(session, place.id, broadcast.audience))
    start = begins(place, broadcast, now)
    return Outlook(
        people,
        store.count_belonging(session, place.id, broadcast.audience) - people,
        chats,
        [Share(*pair, count) for pair, count in sorted(shares.items(), key=lambda one: (-one[1], one[0]))],
        start,
        start + timedelta(seconds=(people + chats) / a_second),
        start > max(broadcast.send_at or now, now),
    )


def in_every_language(session: Session, broadcast: Broadcast) -> dict[str, Notice]:
    """The message as readers of each of the place's languages get it."""
    languages = places.place_by_id(session, broadcast.place_id).languages
    return {tag: told(session, broadcast).notice((tag,)) for tag in languages}


@dataclass(frozen=True)
class Published:
    """A message for the public archive: when it was sent, and as readers of each language get it."""

    id: int
    sent_at: datetime
    notices: Mapping[str, Notice]
    photo: bytes | None


def public(session: Session, place: Place) -> list[Published]:
    """What everybody may read: sent, not called off, and not for some only; the newest first."""
    return [
        Published(one.id, one.sent_at, in_every_language(session, one), one.photo)
        for one in store.broadcasts_of(session, place.id)
        if one.state in {"sending", "sent"} and one.sent_at is not None and not narrowed(one)
    ]


def remarks(session: Session, broadcast: Broadcast, calendars: Mapping[str, Calendar]) -> list[Remark]:
    """What a careful friend would say about its wordings; `calendars` names days and months by language."""
    if broadcast.text_id is None:
        return []
    place = places.place_by_id(session, broadcast.place_id)
    known = [place.name, *(patch.name for patch in places.patches_of(session, place.id))]
    words = wordings.readings(session, [broadcast.text_id])[broadcast.text_id].by
    found: list[Remark] = []
    for tag in sorted(words, key=lambda tag: (tag not in calendars, tag)):
        title, body = words[tag]
        photo = bool(broadcast.photo or broadcast.photo_file_id)
        empty = Calendar((), ())
        found += looked_over(title or "", body, tag, broadcast.kind, calendars.get(tag, empty), known, photo=photo)
    return found


def translations_checked(session: Session, broadcast: Broadcast) -> list[tuple[str, wording_checks.Remark]]:
    """What the checks notice of its approved wordings beside the source, by language: a number, an hour, a link lost."""
    if broadcast.text_id is None:
        return []
    text = wordings.readings(session, [broadcast.text_id])[broadcast.text_id]
    found = []
    for tag, words in sorted(text.by.items()):
        if tag != text.source:
            # Its length has been looked at with the message's own.
            checked = wording_checks.all_remarks(text.by[text.source], words, tag, photo=False)
            found += [(tag, one) for _field, one in checked if one.check != "too_long"]
    return found


STATES = ("sent", "waiting", "unreachable", "dead", "unknown", "expired", "cancelled", "unneeded")
"""What can become of a letter. Unneeded: its reader withdrew, or is not meant any more."""


@dataclass(frozen=True)
class Ledger:
    """A message's letters by what became of them. They always add up: `expected` is the sum of all the others.

    `states` has each of STATES; `gone`: erased with their reader by /forget, or deleted when they were old; `complete`:
    all letters are written; `reasons`: why letters are dead or unknown; `edits`: those that corrected it, by state.
    """

    expected: int
    states: Mapping[str, int]
    gone: int
    complete: bool
    reasons: Mapping[str, int]
    edits: Mapping[str, int]

    @property
    def balances(self) -> bool:
        """Whether every letter is accounted for."""
        return self.gone >= 0 and self.expected == sum(self.states.values()) + self.gone


NOBODY = {"blocked or gone", "nobody to reach"}
"""Reasons for which a letter is dead because its reader is not there."""


def ledger(session: Session, broadcast: Broadcast) -> Ledger:
    """What has become of a message's letters, counted from the letters themselves."""
    states = dict.fromkeys(STATES, 0)
    reasons: dict[str, int] = {}
    edits: dict[str, int] = {}
    for one in store.tallies(session, broadcast.id):
        if one.kind == "broadcast_edit":
            edits[one.state] = edits.get(one.state, 0) + one.count
        elif one.kind in FIRST:
            state = _state_of(one.state, one.reason)
            states[state] += one.count
            if one.reason and state in {"dead", "unknown"}:
                reasons[one.reason] = reasons.get(one.reason, 0) + one.count
    rows = sum(states.values())
    complete = broadcast.expected is not None
    expected = broadcast.expected if broadcast.expected is not None else rows
    return Ledger(expected, states, expected - rows, complete, reasons, edits)


def _state_of(state: str, reason: str | None) -> str:
    if state in WAITING:
        return "waiting"
    return "unreachable" if state == "dead" and reason in NOBODY else state


@dataclass(frozen=True)
class Look:
    """A message as whoever writes or sends it looks at it; `source` is the language it was written in."""

    id: int
    state: str
    kind: str
    source: str | None
    notice: Notice
    outlook: Outlook
    ledger: Ledger
    timezone: str
    send_at: datetime | None


def look(session: Session, broadcast: Broadcast, language: str, now: datetime) -> Look:
    """A message, for a reader of this language: its words, whom it reaches or has reached."""
    message = told(session, broadcast)
    return Look(
        broadcast.id,
        broadcast.state,
        broadcast.kind,
        None if message.words is None else message.words.source,
        message.notice((language,), test=True),
        outlook(session, broadcast, now),
        ledger(session, broadcast),
        message.timezone,
        broadcast.send_at,
    )


def title_for(session: Session, broadcast: Broadcast, language: str) -> tuple[str, str]:
    """What a message is called in a list: its title or how it begins, and its template (empty for own words)."""
    message = told(session, broadcast)
    if message.words is None:
        return "", broadcast.template or ""
    reading = message.words.read_by((language,))
    return reading.title or reading.body.split("\n")[0], ""
