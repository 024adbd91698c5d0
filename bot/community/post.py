"""The post: letters taken for sending, with what they are about, and what came of them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.community import invites, polls, residents, results, sending
from bot.community.letters import KINDS, Matter, Reading
from bot.store import groups as groups_store
from bot.store import letters as store
from bot.store import residents as residents_store
from bot.store.tables import Letter
from bot.store.vault import KeysWrong
from bot.store.writer import Session

LEASE = timedelta(seconds=90)
"""At least three times a call's time-out: a shorter one was seen to send one message 28 times (facts/failures.md 2.2)."""
UNCERTAIN_AT_MOST = 3
"""Sends whose fate is unknown before a letter is given up as `unknown`: at most two extra copies ever (2.2 rule 5)."""
TRIES_AT_MOST = 12

HAVE_LETTERS = (invites, polls, results, sending)
"""Features that owe letters: importing them puts their kinds into KINDS."""


@dataclass(frozen=True)
class Parcel:
    """A letter taken for sending: to whom, in which language, about what."""

    letter_id: int
    claim: str
    kind: str
    chat_id: int
    to_group: bool
    language: str
    matter: Matter
    unless_in: tuple[int, ...]
    group_id: int | None
    resident_id: int | None


def take(session: Session, now: datetime, most: int) -> list[Parcel]:
    """Take due letters. Those that make no sense any more are settled here: too old, called off, nobody to reach."""
    claim = secrets.token_hex(8)
    letters = store.claim(session, now, now + LEASE, claim, most)
    return [parcel for letter in letters if (parcel := _opened(session, letter, claim, now)) is not None]


def _opened(session: Session, letter: Letter, claim: str, now: datetime) -> Parcel | None:
    """A letter's parcel; one that cannot be read is a dead letter, and stops no other."""
    try:
        return _parcel(session, letter, claim, now)
    except KeysWrong:
        return _drop(session, letter, "dead", "its facts or its reader cannot be decrypted")


def _parcel(session: Session, letter: Letter, claim: str, now: datetime) -> Parcel | None:
    if letter.uncertain and (KINDS[letter.kind].at_most_once or letter.uncertain >= UNCERTAIN_AT_MOST):
        return _drop(session, letter, "unknown", "the sender was lost while sending")
    if letter.expires_at <= now:
        return _drop(session, letter, "expired", "too old to make sense")
    whom = _whom(session, letter)
    if whom is None:
        return _drop(session, letter, "dead", "nobody to reach")
    chat_id, language, second = whom
    matter = KINDS[letter.kind].about(session, _reading(letter, language, second))
    if matter is None:
        return _drop(session, letter, "unneeded", "no longer needed")
    return Parcel(
        letter.id,
        claim,
        letter.kind,
        chat_id,
        letter.group_id is not None,
        language,
        matter,
        _chats(session, matter.unless_in),
        letter.group_id,
        letter.resident_id,
    )


def _reading(letter: Letter, language: str, second_language: str | None) -> Reading:
    return Reading(
        letter.id,
        letter.kind,
        letter.place_id,
        letter.dedupe,
        letter.facts,
        language,
        second_language,
        letter.resident_id,
        letter.group_id,
        letter.round_id,
        letter.broadcast_id,
    )


def _drop(session: Session, letter: Letter, state: str, reason: str) -> Parcel | None:
    """Settle a letter that is not to be sent."""
    store.settle(session, letter.id, letter.claim or "", state=state, reason=reason)
    return None


def _whom(session: Session, letter: Letter) -> tuple[int, str, str | None] | None:
    """Chat id and languages of whoever the letter is to, read at this moment."""
    if letter.group_id is not None:
        group = groups_store.group_by_id(session, letter.group_id)
        return None if group is None or group.lost else (groups_store.chat_id_of(session, group), group.language, None)
    resident = residents_store.resident_by_id(session, letter.resident_id or 0)
    if resident is None or resident.state != "here":
        return None
    chat_id = residents_store.telegram_id_of(session, resident)
    return None if chat_id is None else (chat_id, resident.language, resident.second_language)


def _chats(session: Session, group_ids: Sequence[int]) -> tuple[int, ...]:
    """The chats in which the reader would see the same anyway."""
    found = [groups_store.group_by_id(session, group_id) for group_id in group_ids]
    return tuple(groups_store.chat_id_of(session, group) for group in found if group is not None and not group.lost)


def sent(session: Session, parcel: Parcel, message_id: int) -> None:
    """The letter arrived."""
    store.settle(session, parcel.letter_id, parcel.claim, state="sent", message_id=message_id)


def unneeded(session: Session, parcel: Parcel) -> None:
    """The reader has it already, in their group."""
    store.settle(session, parcel.letter_id, parcel.claim, state="unneeded", reason="seen in the group")


def unreachable(session: Session, parcel: Parcel) -> None:
    """Telegram says that nobody is there: the resident is unreachable, or the group lost."""
    store.settle(session, parcel.letter_id, parcel.claim, state="dead", reason="blocked or gone")
    if parcel.resident_id is not None:
        residents.lose(session, parcel.resident_id)
    elif parcel.group_id is not None:
        groups_store.lose_group(session, parcel.group_id)


def moved(session: Session, parcel: Parcel, new_chat_id: int, now: datetime) -> None:
    """The group has a new id: kept, and the letter goes there at once."""
    groups_store.move_group(session, parcel.chat_id, new_chat_id)
    store.settle(session, parcel.letter_id, parcel.claim, state="queued", not_before=now)


def later(session: Session, parcel: Parcel, at: datetime, *, counts: bool) -> None:
    """Not delivered, certainly: try again at a time; given up after many tries. Waiting out a 429 is no try."""
    letter = session.get_one(Letter, parcel.letter_id)
    tries = letter.attempts if counts else letter.attempts - 1
    state = "dead" if tries >= TRIES_AT_MOST else "queued"
    reason = "Telegram could not take it" if state == "dead" else None
    store.settle(session, parcel.letter_id, parcel.claim, state=state, not_before=at, attempts=tries, reason=reason)


def unsure(session: Session, parcel: Parcel, at: datetime) -> None:
    """Perhaps delivered: `unknown` for what must never come twice; another try, two at most, for the rest."""
    letter = session.get_one(Letter, parcel.letter_id)
    uncertain = letter.uncertain + 1
    give_up = KINDS[parcel.kind].at_most_once or uncertain >= UNCERTAIN_AT_MOST
    store.settle(
        session,
        parcel.letter_id,
        parcel.claim,
        state="unknown" if give_up else "queued",
        uncertain=uncertain,
        not_before=at,
        reason="may not have arrived" if give_up else None,
    )


def refused(session: Session, parcel: Parcel, reason: str) -> None:
    """Telegram will never take it like this: a dead letter, with its reason for the coordinator."""
    store.settle(session, parcel.letter_id, parcel.claim, state="dead", reason=reason[:80])
