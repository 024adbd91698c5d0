"""Public messages: what a place says to everybody, or to some. Drafted, looked at, sent, called off, corrected.

Sending itself, letter by letter, is in sending.py; what is looked at beforehand in outlook.py.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.community import templates, wordings
from bot.community.hours import decent
from bot.community.lint import ROOM, TEXT_LIMIT, units
from bot.community.residents import ROLES, has_role
from bot.refusals import BroadcastInvalid, NotYours, OldButton
from bot.store import broadcasts as store
from bot.store import places, texts
from bot.store.engine import Session
from bot.store.tables import Broadcast, Place, Resident

KINDS = ("info", "event", "urgent")
LASTS = {"info": timedelta(days=7), "event": timedelta(days=7), "urgent": timedelta(hours=24)}
"""How long a message makes sense where nobody says otherwise: what was not sent by then is not sent late."""
TITLE_AT_MOST = 200
PHOTO_AT_MOST = 10 * 1024 * 1024
"""Bytes that Telegram takes for a photo (facts/telegram.md D1)."""
EVERYONE: Mapping[str, Any] = {"roles": [], "patches": [], "languages": []}
_BREAKING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f]")
Wording = tuple[str | None, str]
"""A title, where there is one, and a body."""


@dataclass(frozen=True)
class Plan:
    """What a public message shall be, before it is written: words by language, or a template with its blanks.

    `source` is the language that the other wordings were made from. `audience` as table broadcast has it; empty lists
    mean all. Without `expires_at` it lasts as long as its kind does.
    """

    kind: str
    source: str = "en"
    words: Mapping[str, Wording] = field(default_factory=dict)
    template: str | None = None
    blanks: Mapping[str, object] = field(default_factory=dict)
    audience: Mapping[str, Any] = field(default_factory=lambda: dict(EVERYONE))
    send_at: datetime | None = None
    expires_at: datetime | None = None
    photo: bytes | None = None
    photo_file_id: str | None = None


def may_draft(session: Session, resident: Resident) -> bool:
    """Whether a resident may write public messages; to send them is another right."""
    return has_role(session, resident, "coordinator", "writer")


def may_send(session: Session, resident: Resident) -> bool:
    """Whether a resident may send them, call them off and correct them."""
    return has_role(session, resident, "coordinator")


def draft(session: Session, place: Place, plan: Plan, now: datetime, by: Resident | None = None) -> Broadcast:
    """Write a public message down, so that it can be looked at before it goes. Nobody is told yet.

    `by` is a resident who writes it in the chat; None at the command line. Raises NotYours, BroadcastInvalid.
    """
    if by is not None and not may_draft(session, by):
        raise NotYours
    plan = _tidy(plan)
    _check(session, place, plan, now)
    return store.add(
        session,
        {
            "place_id": place.id,
            "kind": plan.kind,
            "text_id": None if plan.template else _written(session, place, plan, by),
            "template": plan.template,
            "blanks": templates.filled(plan.template, plan.blanks) if plan.template else {},
            "audience": {name: list(plan.audience.get(name, [])) for name in EVERYONE},
            "send_at": plan.send_at,
            "expires_at": plan.expires_at or (plan.send_at or now) + LASTS[plan.kind],
            "photo": plan.photo,
            "photo_file_id": plan.photo_file_id,
            "made_by_id": None if by is None else by.id,
            "made_at": now,
        },
    )


def _written(session: Session, place: Place, plan: Plan, by: Resident | None) -> int:
    title, body = plan.words[plan.source]
    text = wordings.write_source(session, place.id, plan.source, title, body, None if by is None else by.id)
    _keep_others(session, text, plan, 1)
    return text


def _keep_others(session: Session, text_id: int, plan: Plan, revision: int) -> None:
    """Wordings that came with the source: whoever gives them answers for them, as for the source itself."""
    for tag, (title, body) in plan.words.items():
        if tag != plan.source:
            store.keep_wording(session, text_id, tag, title, body, revision)


def _tidy(plan: Plan) -> Plan:
    """The plan with its words freed of signs that could turn a line round, or that no database keeps."""
    words = {tag: (_clean(title) if title else None, _clean(body)) for tag, (title, body) in plan.words.items()}
    blanks = {name: _clean(str(value)) for name, value in plan.blanks.items()}
    return Plan(**{**vars(plan), "words": words, "blanks": blanks})


def _clean(text: str) -> str:
    return _BREAKING.sub("", text.replace("\r\n", "\n")).strip()


def _check(session: Session, place: Place, plan: Plan, now: datetime) -> None:
    _require(plan.kind in KINDS, "kind", "info, event or urgent")
    _check_audience(session, place, plan.audience)
    _check_photo(plan.photo)
    if plan.send_at is not None:
        _require(plan.send_at > now, "send_at", "in the future; without it 'send' sends at once")
    start = plan.send_at or now
    _require(plan.expires_at is None or plan.expires_at > start, "expires", "after it is sent")
    if plan.template:
        _require(not plan.words, "template", "alone: a template brings its own words")
        templates.filled(plan.template, plan.blanks)
    else:
        _require(not plan.blanks, "blanks", "left out: only templates have blanks")
        check_words(place, plan.source, plan.words)


def check_words(place: Place, source: str, words: Mapping[str, Wording]) -> None:
    """Words that can be sent: in languages of the place, saying something, no longer than Telegram takes."""
    _require(source in words, "body", f"words in {source}")
    for tag, (title, body) in words.items():
        _require(tag in place.languages, f"body.{tag}", f"in one of {', '.join(place.languages)}, not {tag}")
        _require(_says_something(body), f"body.{tag}", "some words")
        fits = title is None or (_says_something(title) and len(title) <= TITLE_AT_MOST and "\n" not in title)
        _require(fits, f"title.{tag}", f"1 to {TITLE_AT_MOST} characters on one line")
        size = units(title or "") + units(body) + 2
        _require(size <= TEXT_LIMIT - ROOM, f"body.{tag}", f"shorter by {size - TEXT_LIMIT + ROOM} characters")


def _says_something(text: str) -> bool:
    return any(unicodedata.category(character)[0] not in "CZ" for character in text)


def _check_audience(session: Session, place: Place, audience: Mapping[str, Any]) -> None:
    for name in audience:
        _require(name in EVERYONE, f"audience.{name}", f"one of {', '.join(EVERYONE)}")
    for role in audience.get("roles", []):
        _require(role in ROLES, "audience.roles", f"of {', '.join(ROLES)}, not {role}")
    for tag in audience.get("languages", []):
        _require(tag in place.languages, "audience.languages", f"of {', '.join(place.languages)}, not {tag}")
    known = {patch.id for patch in places.patches_of(session, place.id)}
    for patch in audience.get("patches", []):
        _require(patch in known, "audience.patches", "the place's own")


def _check_photo(photo: bytes | None) -> None:
    if photo is None:
        return
    _require(photo.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8")), "photo", "a JPEG or PNG file")
    _require(len(photo) <= PHOTO_AT_MOST, "photo", "at most 10 MB")


def _require(holds: bool, field: str, must: str) -> None:  # noqa: FBT001 - reads as the sentence it is
    if not holds:
        raise BroadcastInvalid(field, must)


def narrowed(broadcast: Broadcast) -> bool:
    """Whether it is for some only; such a message stays out of the public archive."""
    return any(broadcast.audience.get(name) for name in EVERYONE)


def begins(place: Place, broadcast: Broadcast, now: datetime) -> datetime:
    """When the first letter may go: at its time, and at a decent hour unless it is urgent."""
    start = max(broadcast.send_at or now, now)
    return start if broadcast.kind == "urgent" else decent(place, start)


def send(session: Session, broadcast: Broadcast, now: datetime, by: Resident | None = None) -> datetime:
    """Let a drafted message go at its time; when that is. Helpers are asked for the wordings that are missing.

    Raises NotYours without the right, BroadcastInvalid where it is no draft any more, or would expire unsent.
    """
    _held_by(session, broadcast, by)
    _require(broadcast.state == "draft", "state", f"a draft; this message is {broadcast.state}")
    place = places.place_by_id(session, broadcast.place_id)
    start = begins(place, broadcast, now)
    _require(broadcast.expires_at > start, "expires", f"later: before {start:%Y-%m-%d %H:%M} UTC it could not go out")
    reached = store.recipients(session, place.id, broadcast.audience, 0, 1)
    somebody = reached or store.groups_meant(session, place.id, broadcast.audience)
    _require(bool(somebody), "audience", "somebody: nobody of it is here and has agreed to get news")
    broadcast.state, broadcast.send_at = "scheduled", max(broadcast.send_at or now, now)
    session.flush()
    ask_for_wordings(session, broadcast, now)
    return start


def ask_for_wordings(session: Session, broadcast: Broadcast, now: datetime) -> int:
    """Ask language helpers for what is missing; how many were asked. A template has every language already."""
    return 0 if broadcast.text_id is None else wordings.ask_for_wordings(session, broadcast.text_id, now)


def cancel(session: Session, broadcast: Broadcast, by: Resident | None = None) -> int:
    """Call a message off: what has not gone does not go. Says how many letters that stopped.

    Those that are on their way at this moment still arrive (facts/failures.md F12). Raises NotYours, BroadcastInvalid.
    """
    _held_by(session, broadcast, by)
    running = broadcast.state in {"draft", "scheduled", "sending"}
    _require(running, "state", f"not sent yet; this message is {broadcast.state}")
    broadcast.state = "cancelled"
    broadcast.expected = store.count_first(session, broadcast.id)
    session.flush()
    return store.cancel_waiting(session, broadcast.id)


def correct(
    session: Session,
    broadcast: Broadcast,
    plan: Plan,
    now: datetime,
    *,
    again: bool = False,
    by: Resident | None = None,
) -> bool:
    """A new revision: messages that have arrived are edited in place, wordings are outdated and asked for anew.

    An event, a template whose place or time has changed, and `again` are also told in a new message, since an edit
    makes no sound; says whether that is so. Audience and kind stay as they were. Raises NotYours, BroadcastInvalid.
    """
    _held_by(session, broadcast, by)
    _require(broadcast.state != "cancelled", "state", "sent or about to be; this message is cancelled")
    place = places.place_by_id(session, broadcast.place_id)
    plan = _tidy(plan)
    _require(plan.template == broadcast.template, "template", "the one that was sent")
    again = again or broadcast.kind == "event"
    if broadcast.template:
        blanks = templates.filled(broadcast.template, plan.blanks)
        again = again or templates.changes_where_or_when(broadcast.template, broadcast.blanks, blanks)
        broadcast.blanks, broadcast.revision = blanks, broadcast.revision + 1
    else:
        broadcast.revision = _reworded(session, broadcast, place, plan, now)
    if broadcast.state in {"sending", "sent"}:
        broadcast.corrected_at = now
        again = again and broadcast.expires_at > now
        broadcast.audience = {**broadcast.audience, "again": broadcast.revision if again else 0}
    session.flush()
    if broadcast.state != "draft":
        ask_for_wordings(session, broadcast, now)
    return again and broadcast.corrected_at is not None


def _reworded(session: Session, broadcast: Broadcast, place: Place, plan: Plan, now: datetime) -> int:
    assert broadcast.text_id is not None
    source = source_of(session, broadcast)
    _require(plan.source == source, "title", f"first in {source}, the language it was written in")
    check_words(place, plan.source, plan.words)
    title, body = plan.words[plan.source]
    revision = wordings.revise_source(session, broadcast.text_id, title, body, now)
    _keep_others(session, broadcast.text_id, plan, revision)
    return revision


def _held_by(session: Session, broadcast: Broadcast, by: Resident | None) -> None:
    """The message, for one who may send it, and for nobody else until this transaction ends."""
    if by is not None and (by.place_id != broadcast.place_id or not may_send(session, by)):
        raise NotYours
    store.hold(session, broadcast)


def wish(session: Session, resident: Resident, text_id: int, language: str) -> bool:
    """A reader would like a message in their language; says whether that is new. Raises OldButton."""
    text = texts.text_by_id(session, text_id)
    place = places.place_by_id(session, resident.place_id)
    if text is None or text.place_id != place.id or language not in place.languages:
        raise OldButton
    return wordings.wish(session, resident, text_id, language)


def messages_for(session: Session, resident: Resident, most: int) -> Sequence[Broadcast]:
    """The newest messages of a resident's place, for those who may write or send them; others get NotYours."""
    if not may_draft(session, resident):
        raise NotYours
    return store.broadcasts_of(session, resident.place_id)[:most]


def message_of(session: Session, resident: Resident, number: int) -> Broadcast:
    """A message of a resident's own place, for those who may write or send them. Raises NotYours, OldButton."""
    if not may_draft(session, resident):
        raise NotYours
    found = store.broadcast_by_id(session, number)
    if found is None or found.place_id != resident.place_id:
        raise OldButton
    return found


def source_of(session: Session, broadcast: Broadcast) -> str:
    """The language that a message in own words was written in."""
    assert broadcast.text_id is not None
    return wordings.readings(session, [broadcast.text_id])[broadcast.text_id].source
