"""Public messages: their rows, who is meant, and the letters that they came to."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, cast, func, literal, or_, select, update
from sqlalchemy.orm import aliased

from bot.store.dialects import among, dialect_of
from bot.store.engine import Session
from bot.store.tables import Broadcast, Consent, GroupChat, Letter, Patch, Resident, Role, Wording

FIRST = ("broadcast", "broadcast_urgent")
"""Kinds of letters that bring a message; its edits and tests are others."""
WAITING = ("queued", "sending", "held")


def add(session: Session, values: Mapping[str, Any]) -> Broadcast:
    """Write a public message."""
    made = Broadcast(**values)
    session.add(made)
    session.flush()
    return made


def broadcast_by_id(session: Session, number: int) -> Broadcast | None:
    """The public message, or None."""
    return session.get(Broadcast, number)


def hold(session: Session, broadcast: Broadcast) -> None:
    """Read it anew and keep others from changing it until this transaction ends."""
    session.refresh(broadcast, with_for_update=True)


def broadcasts_of(session: Session, place_id: int) -> Sequence[Broadcast]:
    """A place's public messages, the newest first."""
    return session.scalars(select(Broadcast).where(Broadcast.place_id == place_id).order_by(Broadcast.id.desc())).all()


def under_way(session: Session, now: datetime) -> Sequence[Broadcast]:
    """Messages whose time has come, and those whose letters are still going out."""
    due = (Broadcast.state == "scheduled") & (Broadcast.send_at <= now)
    return session.scalars(select(Broadcast).where(or_(due, Broadcast.state == "sending")).order_by(Broadcast.id)).all()


def living(session: Session, now: datetime) -> Sequence[Broadcast]:
    """Messages that have gone to people and still matter: their wordings may yet be made right."""
    gone = Broadcast.state.in_(("sending", "sent")) & (Broadcast.expires_at > now)
    return session.scalars(select(Broadcast).where(gone).order_by(Broadcast.id)).all()


def meant(place_id: int, audience: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """What makes a resident one of an audience: of the place, here, with consent, and all that it is narrowed to."""
    agreed = select(Consent.resident_id).where(
        Consent.resident_id == Resident.id, Consent.purpose == "messages", Consent.withdrawn_at.is_(None)
    )
    return [Resident.state == "here", agreed.exists(), *belonging(place_id, audience)]


def belonging(place_id: int, audience: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """As `meant`, whether or not they can be written to."""
    conditions: list[ColumnElement[bool]] = [Resident.place_id == place_id]
    if audience.get("roles"):
        has = select(Role.resident_id).where(Role.resident_id == Resident.id, Role.role.in_(audience["roles"]))
        conditions.append(has.exists())
    if audience.get("patches"):
        conditions.append(Resident.patch_id.in_(audience["patches"]))
    if audience.get("languages"):
        conditions.append(Resident.language.in_(audience["languages"]))
    return conditions


def recipients(session: Session, place_id: int, audience: Mapping[str, Any], after: int, most: int) -> list[int]:
    """The next residents of an audience, by their numbers."""
    query = select(Resident.id).where(*meant(place_id, audience), Resident.id > after)
    return list(session.scalars(query.order_by(Resident.id).limit(most)))


def still_meant(session: Session, place_id: int, audience: Mapping[str, Any], ids: Iterable[int]) -> set[int]:
    """Those of these residents whom the audience means at this moment."""
    query = select(Resident.id).where(*meant(place_id, audience), among(Resident.id, "ids"))
    return set(session.scalars(query, {"ids": list(ids)}))


def readers(session: Session, place_id: int, audience: Mapping[str, Any]) -> list[tuple[str, str | None, int]]:
    """How many of an audience read which language first, and which second."""
    query = (
        select(Resident.language, Resident.second_language, func.count())
        .where(*meant(place_id, audience))
        .group_by(Resident.language, Resident.second_language)
        .order_by(Resident.language, Resident.second_language)
    )
    return [(first, second, count) for first, second, count in session.execute(query)]


def count_belonging(session: Session, place_id: int, audience: Mapping[str, Any]) -> int:
    """How many an audience has, those included who cannot be written to or have not agreed."""
    query = select(func.count()).select_from(Resident).where(*belonging(place_id, audience))
    return session.scalar(query) or 0


def groups_meant(session: Session, place_id: int, audience: Mapping[str, Any]) -> Sequence[GroupChat]:
    """Linked chats that an audience includes: not narrowed to patches, and to neither another role nor language."""
    if audience.get("patches"):
        return []
    query = select(GroupChat).where(GroupChat.place_id == place_id, ~GroupChat.lost).order_by(GroupChat.id)
    if audience.get("roles"):
        query = query.where(GroupChat.purpose.in_(audience["roles"]))
    if audience.get("languages"):
        query = query.where(GroupChat.language.in_(audience["languages"]))
    return session.scalars(query).all()


def patch_named(session: Session, place_id: int, name: str) -> Patch | None:
    """A place's patch, however its name is capitalised."""
    known = session.scalars(select(Patch).where(Patch.place_id == place_id))
    return next((patch for patch in known if patch.name.casefold() == name.casefold()), None)


def last_owed(session: Session, broadcast_id: int, part: str) -> int:
    """The highest number of a resident who was owed a letter of this part; 0 before the first."""
    found = (
        select(func.max(Letter.resident_id))
        .where(Letter.broadcast_id == broadcast_id, Letter.kind.in_(FIRST))
        .where(Letter.dedupe.like(f"{part}:%"))
    )
    return session.scalar(found) or 0


def add_letters(session: Session, rows: Sequence[Mapping[str, Any]]) -> int:
    """Write many letters of messages at once; those whose dedupe key exists are left out. Says how many are new."""
    if not rows:
        return 0
    blank = {"state": "queued", "attempts": 0, "uncertain": 0}
    values = [{**blank, **row, "facts": _sealed(session, row)} for row in rows]
    dialect = dialect_of(session)
    statement = dialect.insert(Letter).on_conflict_do_nothing(index_elements=["dedupe"]).returning(Letter.id)
    return len(session.execute(statement, values).all())


def _sealed(session: Session, row: Mapping[str, Any]) -> bytes:
    """A letter's facts as store/letters.py reads them."""
    return session.vault.keys.encrypt(f"letter:facts:{row['dedupe']}", json.dumps(row["facts"]).encode())


@dataclass(frozen=True)
class Tally:
    """How many letters of a kind are in a state, for a reason."""

    kind: str
    state: str
    reason: str | None
    count: int


def tallies(session: Session, broadcast_id: int) -> list[Tally]:
    """The ledger: a message's letters by kind, state and reason."""
    query = (
        select(Letter.kind, Letter.state, Letter.reason, func.count())
        .where(Letter.broadcast_id == broadcast_id)
        .group_by(Letter.kind, Letter.state, Letter.reason)
        .order_by(Letter.kind, Letter.state, Letter.reason)
    )
    return [Tally(*row) for row in session.execute(query)]


def count_first(session: Session, broadcast_id: int) -> int:
    """How many letters bring a message."""
    query = select(func.count()).where(Letter.broadcast_id == broadcast_id, Letter.kind.in_(FIRST))
    return session.scalar(query) or 0


def anything_waits(session: Session, broadcast_id: int) -> bool:
    """Whether letters that bring a message are still to go."""
    query = select(Letter.id).where(
        Letter.broadcast_id == broadcast_id, Letter.kind.in_(FIRST), Letter.state.in_(WAITING)
    )
    return session.scalar(query.limit(1)) is not None


def cancel_waiting(session: Session, broadcast_id: int) -> int:
    """Call off all letters that have not gone; those on their way are let go. Says how many."""
    stopped = (
        update(Letter)
        .where(Letter.broadcast_id == broadcast_id, Letter.state.in_(("queued", "held")))
        .values(state="cancelled", reason="the message was called off")
        .returning(Letter.id)
    )
    return len(session.execute(stopped).all())


@dataclass(frozen=True)
class Brought:
    """How many people have a message in the same wording, and which languages they read."""

    said_in: str
    said_revision: int
    language: str
    second_language: str | None


def brought(session: Session, broadcast_id: int) -> list[Brought]:
    """In which wordings a message has reached people: each combination once."""
    reads = func.coalesce(Resident.language, GroupChat.language)
    query = (
        _arrived(select(Letter.said_in, Letter.said_revision, reads, Resident.second_language), broadcast_id)
        .distinct()
        .order_by(Letter.said_in, Letter.said_revision, reads, Resident.second_language)
    )
    return [Brought(*row) for row in session.execute(query)]


def to_edit(
    session: Session, broadcast_id: int, same: Brought, part: str, most: int
) -> list[tuple[int, int | None, int | None]]:
    """Letters that brought a message in one wording and owe no edit of this part: letter, resident, group."""
    edit = aliased(Letter)
    owed = select(edit.id).where(edit.dedupe == literal(f"{part}:") + cast(Letter.id, String))
    reads = func.coalesce(Resident.language, GroupChat.language)
    query = (
        _arrived(select(Letter.id, Letter.resident_id, Letter.group_id), broadcast_id)
        .where(Letter.said_in == same.said_in, Letter.said_revision == same.said_revision, reads == same.language)
        .where(Resident.second_language.is_not_distinct_from(same.second_language), ~owed.exists())
        .order_by(Letter.id)
        .limit(most)
    )
    return [(letter, resident, group) for letter, resident, group in session.execute(query)]


def _arrived(query: Any, broadcast_id: int) -> Any:
    """Letters of a message that have a message at Telegram, and who reads it."""
    return (
        query.select_from(Letter)
        .outerjoin(Resident, Resident.id == Letter.resident_id)
        .outerjoin(GroupChat, GroupChat.id == Letter.group_id)
        .where(Letter.broadcast_id == broadcast_id, Letter.kind.in_(FIRST), Letter.state == "sent")
        .where(Letter.message_id.is_not(None), Letter.said_in.is_not(None))
        .where(or_(GroupChat.id.is_not(None), Resident.state == "here"))
    )


def now_says(session: Session, letter_id: int, language: str, revision: int) -> None:
    """A letter's message was edited: it is in this wording now."""
    session.execute(update(Letter).where(Letter.id == letter_id).values(said_in=language, said_revision=revision))


def message_of(session: Session, letter_id: int) -> int | None:
    """The Telegram message that a letter became."""
    return session.scalar(select(Letter.message_id).where(Letter.id == letter_id))


def keep_file_id(session: Session, broadcast_id: int, file_id: str) -> None:
    """Telegram has the photo: it need not be sent there again."""
    session.execute(update(Broadcast).where(Broadcast.id == broadcast_id).values(photo_file_id=file_id))


def keep_wording(session: Session, text_id: int, language: str, title: str | None, body: str, revision: int) -> None:
    """Keep a wording that came with its source, approved with it."""
    made = {"state": "approved", "revision": revision, "origin": "import"}
    session.merge(Wording(text_id=text_id, language=language, title=title, body=body, **made))
    session.flush()
