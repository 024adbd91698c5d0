"""Public messages go out: a letter for each who is meant, in slices; what each says is decided when it is sent.

A slice is one transaction of a few hundred letters, in the order of the residents' numbers, each with a dedupe key
of its own: whatever crashes in the middle, the next tick goes on where the last slice ended (facts/failures.md F14).
Messages that have arrived are edited when their source was corrected, or when the reader's own language came late.
"""

from collections.abc import Hashable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.community.broadcasts import EVERYONE, begins
from bot.community.letters import BROADCAST, KINDS, REPLY, URGENT, Kind, Matter, Reading
from bot.community.notices import Told, told
from bot.store import broadcasts as store
from bot.store import places
from bot.store import residents as residents_store
from bot.store.broadcasts import Brought
from bot.store.engine import Session
from bot.store.tables import Broadcast

SLICE = 250
"""Letters written in one transaction: 20 to 50 ms, for which a reply waits (a thousand took 110 to 320 ms)."""


# Letters written


def send_due_broadcasts(session: Session, now: datetime) -> int:
    """Write the next slice of letters of what is due; says how many letters that made."""
    made = 0
    for broadcast in store.under_way(session, now):
        if made < SLICE:
            made += _go_on(session, broadcast, now, SLICE - made)
    return made


def mend_broadcasts(session: Session, now: datetime) -> int:
    """Owe edits to those who have an older revision, or the source although their language has come; how many letters."""
    made = 0
    for broadcast in store.living(session, now):
        if made < SLICE:
            made += _mend(session, broadcast, now, SLICE - made)
    return made


def _go_on(session: Session, broadcast: Broadcast, now: datetime, most: int) -> int:
    """Begin a message, or go on with it; it has been sent once nothing waits any more."""
    store.hold(session, broadcast)
    if broadcast.state == "scheduled":
        broadcast.state, broadcast.sent_at = "sending", now
    if broadcast.state != "sending":
        return 0
    if broadcast.expected is None:
        return _write_slice(session, broadcast, now, most)
    if not store.anything_waits(session, broadcast.id):
        broadcast.state = "sent"
    return 0


def _write_slice(session: Session, broadcast: Broadcast, now: datetime, most: int) -> int:
    part = f"broadcast:{broadcast.id}"
    after = store.last_owed(session, broadcast.id, part)
    people = store.recipients(session, broadcast.place_id, broadcast.audience, after, most)
    rows = [_to_resident(person, part) for person in people]
    if len(people) < most:
        rows += [
            _to_group(group.id, part) for group in store.groups_meant(session, broadcast.place_id, broadcast.audience)
        ]
    written = _owe(session, broadcast, _kind_of(broadcast), rows, now)
    if len(people) < most:
        broadcast.expected = store.count_first(session, broadcast.id)
    return written


def _kind_of(broadcast: Broadcast) -> str:
    return "broadcast_urgent" if broadcast.kind == "urgent" else "broadcast"


def _to_resident(resident_id: int, part: str) -> dict[str, Any]:
    return {"resident_id": resident_id, "group_id": None, "dedupe": f"{part}:{resident_id}"}


def _to_group(group_id: int, part: str) -> dict[str, Any]:
    return {"resident_id": None, "group_id": group_id, "dedupe": f"{part}:g{group_id}"}


def _owe(session: Session, broadcast: Broadcast, kind: str, rows: list[dict[str, Any]], now: datetime) -> int:
    place = places.place_by_id(session, broadcast.place_id)
    shared = {
        "place_id": broadcast.place_id,
        "broadcast_id": broadcast.id,
        "kind": kind,
        "priority": KINDS[kind].priority,
        "not_before": now if KINDS[kind].any_hour else begins(place, broadcast, now),
        "expires_at": max(broadcast.expires_at, now),
    }
    return store.add_letters(session, [{"facts": {}, **shared, **row} for row in rows])


def _mend(session: Session, broadcast: Broadcast, now: datetime, most: int) -> int:
    made = 0
    for same in store.brought(session, broadcast.id):
        if made < most and (language := _better(session, broadcast, same)) is not None:
            made += _edit(session, broadcast, same, language, now, most - made)
    return made


def _better(session: Session, broadcast: Broadcast, same: Brought) -> str | None:
    """The language that these readers should have the message in now; None where theirs is right."""
    languages = (same.language, same.second_language)
    language = told(session, broadcast).notice(languages).language
    if same.said_revision < broadcast.revision:
        return language
    translated = same.said_in not in languages and language in languages
    return language if translated and broadcast.template is None else None


def _edit(session: Session, broadcast: Broadcast, same: Brought, language: str, now: datetime, most: int) -> int:
    part = f"broadcast_edit:{broadcast.id}.{broadcast.revision}.{language}"
    found = store.to_edit(session, broadcast.id, same, part, most)
    edits = [
        {
            "resident_id": person,
            "group_id": group,
            "dedupe": f"{part}:{letter}",
            "facts": {"letter": letter, "language": language, "revision": broadcast.revision},
        }
        for letter, person, group in found
    ]
    written = _owe(session, broadcast, "broadcast_edit", edits, now)
    if broadcast.audience.get("again") == broadcast.revision and same.said_revision < broadcast.revision:
        written += _tell_again(session, broadcast, found, now)
    return written


def _tell_again(
    session: Session, broadcast: Broadcast, found: Iterable[tuple[int, int | None, int | None]], now: datetime
) -> int:
    """An edit makes no sound: who would come to the wrong place, or on the wrong day, gets a new message."""
    part = f"broadcast:{broadcast.id}.{broadcast.revision}"
    rows = [_to_resident(person, part) for _letter, person, _group in found if person is not None]
    rows += [_to_group(group, part) for _letter, _person, group in found if group is not None]
    written = _owe(session, broadcast, _kind_of(broadcast), rows, now)
    store.hold(session, broadcast)
    broadcast.expected = (broadcast.expected or 0) + written
    broadcast.state = "sending"
    session.flush()
    return written


def owe_test(session: Session, broadcast: Broadcast, now: datetime, language: str | None = None) -> int:
    """Send a message to the place's coordinators alone, marked as a test; says to how many. It may be done again."""
    people = residents_store.residents_with(session, broadcast.place_id, "coordinator")
    part = f"broadcast_test:{broadcast.id}.{broadcast.revision}.{language or ''}.{int(now.timestamp())}"
    rows = [
        {**_to_resident(person.id, part), "facts": {"language": language}, "expires_at": now + timedelta(hours=1)}
        for person in people
        if person.state == "here"
    ]
    return _owe(session, broadcast, "broadcast_test", rows, now)


# Letters taken for sending


def _meant(session: Session, readings: Sequence[Reading]) -> dict[int, Hashable]:
    """Letters whose message is not called off, and whose reader is still meant, by consent, role, patch, language."""
    return _still(session, readings, narrowed=True)


def _may_be_edited(session: Session, readings: Sequence[Reading]) -> dict[int, Hashable]:
    """As `_meant`, but whoever has moved out of the audience meanwhile is not left with what was wrong."""
    return _still(session, readings, narrowed=False)


def _still(session: Session, readings: Sequence[Reading], *, narrowed: bool) -> dict[int, Hashable]:
    stamps: dict[int, Hashable] = {}
    for number in {reading.broadcast_id for reading in readings}:
        broadcast = store.broadcast_by_id(session, number or 0)
        if broadcast is None or broadcast.state not in {"sending", "sent"}:
            continue
        same = [reading for reading in readings if reading.broadcast_id == number]
        people = [reading.resident_id for reading in same if reading.resident_id is not None]
        audience = broadcast.audience if narrowed else EVERYONE
        meant = store.still_meant(session, broadcast.place_id, audience, people)
        stamp = told(session, broadcast).stamp
        stamps.update({one.id: stamp for one in same if one.resident_id is None or one.resident_id in meant})
    return stamps


def _about(session: Session, reading: Reading) -> Matter | None:
    """A message as its reader gets it now; `_meant` has said that they do."""
    broadcast = store.broadcast_by_id(session, reading.broadcast_id or 0)
    if broadcast is None:
        return None
    return _matter(told(session, broadcast), reading, again=_part(reading) != f"broadcast:{broadcast.id}")


def _part(reading: Reading) -> str:
    """Which sending of a message a letter belongs to."""
    return ":".join(reading.dedupe.split(":")[:2])


def _matter(message: Told, reading: Reading, *, again: bool = False, edits: int | None = None) -> Matter:
    one = message.broadcast
    notice = message.notice((reading.language, reading.second_language), again=again)
    return Matter(
        notice,
        edits=edits,
        photo=one.photo_file_id or one.photo,
        said_in=notice.language,
        revision=one.revision,
    )


def _about_edit(session: Session, reading: Reading) -> Matter | None:
    """The message that an earlier letter became, as it should be now; whoever left or withdrew is let alone."""
    broadcast = store.broadcast_by_id(session, reading.broadcast_id or 0)
    message_id = store.message_of(session, int(reading.facts(session)["letter"]))
    if broadcast is None or message_id is None:
        return None
    return _matter(told(session, broadcast), reading, edits=message_id)


def _about_test(session: Session, reading: Reading) -> Matter | None:
    broadcast = store.broadcast_by_id(session, reading.broadcast_id or 0)
    if broadcast is None:
        return None
    language = reading.facts(session)["language"]
    notice = told(session, broadcast).notice((language or reading.language, reading.second_language), test=True)
    return Matter(notice, photo=broadcast.photo_file_id or broadcast.photo, said_in=notice.language)


def _alike(reading: Reading) -> Hashable | None:
    """Those who read the same languages get the same words; a group gets no button of anybody's own."""
    return _part(reading), reading.language, reading.second_language, reading.group_id is None


def _edited(session: Session, reading: Reading, _message: dict[str, Any]) -> None:
    """The message that an earlier letter brought says this now: at least what the edit was owed for."""
    facts = reading.facts(session)
    store.now_says(session, int(facts["letter"]), str(facts["language"]), int(facts["revision"]))


def _arrived(session: Session, reading: Reading, message: dict[str, Any]) -> None:
    """Telegram has the photo now: it need not be sent there again."""
    sizes = message.get("photo")
    if sizes and reading.broadcast_id is not None:
        store.keep_file_id(session, reading.broadcast_id, str(sizes[-1]["file_id"]))


_WEEK, _DAY = timedelta(days=7), timedelta(days=1)
KINDS["broadcast"] = Kind(BROADCAST, _WEEK, _about, unasked=True, alike=_alike, arrived=_arrived, meant=_meant)
KINDS["broadcast_urgent"] = Kind(URGENT, _DAY, _about, any_hour=True, alike=_alike, arrived=_arrived, meant=_meant)
KINDS["broadcast_edit"] = Kind(BROADCAST, _WEEK, _about_edit, any_hour=True, arrived=_edited, meant=_may_be_edited)
KINDS["broadcast_test"] = Kind(REPLY, _DAY, _about_test, any_hour=True, arrived=_arrived)
