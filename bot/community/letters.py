"""What is owed to be said: each kind's priority, how long it makes sense, and what it prefers after a crash.

Telegram has no idempotency key, so exactly once cannot be had (facts/failures.md 0.3): a kind is said *at least once*
(one more copy after a crash, two at most) or *at most once* (an uncertain one becomes `unknown`, and is shown).
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.community.hours import decent
from bot.store import letters as store
from bot.store import places
from bot.store.engine import Session


@dataclass(frozen=True)
class Reading:
    """A letter at the moment it is taken for sending, and its reader as they are now. `sealed`: its facts, encrypted."""

    id: int
    kind: str
    place_id: int
    dedupe: str
    sealed: bytes
    language: str
    second_language: str | None
    resident_id: int | None
    group_id: int | None
    round_id: int | None
    broadcast_id: int | None

    def facts(self, session: Session) -> dict[str, Any]:
        """What was written with the decision that owes it. Raises KeysWrong."""
        return store.facts_in(session, self.dedupe, self.sealed)


@dataclass(frozen=True)
class Matter:
    """What a letter is about, as it stands now; screens/letters.py words its content.

    `unless_in`: groups whose members need not be told besides. `edits`: the message in the reader's chat that becomes
    this, instead of a new one. `photo`: Telegram's file id, or the bytes where it has none yet. `said_in` and `revision`
    are kept with the letter: the language it is truly in (the reader's own where None), and which state of its text.
    """

    content: Any
    unless_in: tuple[int, ...] = ()
    edits: int | None = None
    photo: bytes | str | None = None
    said_in: str | None = None
    revision: int | None = None


A_LITTLE = timedelta(minutes=5)
"""How long a letter waits that should not come now."""


class NotNow(Exception):
    """Raised by a kind's `about`: the letter should wait a little, such as while its reader is in a conversation."""

    def __init__(self, wait: timedelta = A_LITTLE) -> None:
        super().__init__()
        self.wait = wait


def _unlike(_reading: Reading) -> Hashable | None:
    return None


@dataclass(frozen=True)
class Kind:
    """A kind of letter: how urgent, how long it makes sense, and what it is about when it is taken for sending.

    `about`: its matter, None where it need not be said any more. `alike`: letters of a kind with the same value (not
    None) have the same matter, which is then read and worded once for all that are taken together. `unasked`: counts
    among a resident's letters of the week. `any_hour`: may come in a place's quiet hours; replies and urgent ones only.
    `arrived`: what else is noted in the transaction that settles it, with Telegram's message. `meant`: asked once for all
    letters of the kind that are taken together, which of them (by id) are still to be said, each with a value that
    changes whenever the matter does: with it, alike letters share their matter and words from one taking to the next.
    """

    priority: int
    lasts: timedelta
    about: Callable[[Session, Reading], Matter | None]
    at_most_once: bool = False
    unasked: bool = False
    any_hour: bool = False
    alike: Callable[[Reading], Hashable | None] = _unlike
    arrived: Callable[[Session, Reading, dict[str, Any]], None] | None = None
    meant: Callable[[Session, Sequence[Reading]], Mapping[int, Hashable]] | None = None


REPLY, URGENT, FOLLOW_UP, BROADCAST = 0, 1, 2, 3
KINDS: dict[str, Kind] = {}
"""Every kind; each feature puts its own in, next to its rules, and its words into screens/letters.py."""


def all_kinds() -> dict[str, Kind]:
    """Every kind, also where only a part of the house was needed so far: a command of the CLI imports what it uses."""
    from bot.community import post  # imports every feature that owes letters

    assert post.HAVE_LETTERS
    return KINDS


def owe(
    session: Session,
    place_id: int,
    kind: str,
    facts: dict[str, Any],
    dedupe: str,
    now: datetime,
    *,
    resident_id: int | None = None,
    group_id: int | None = None,
    round_id: int | None = None,
    not_before: datetime | None = None,
) -> int | None:
    """Write a letter with the decision that owes it; the same dedupe key owes it once. Its id, or None if it existed."""
    known = KINDS.get(kind) or all_kinds()[kind]
    start = max(not_before or now, now)
    if not known.any_hour:
        start = decent(places.place_by_id(session, place_id), start)
    values = {
        "place_id": place_id,
        "resident_id": resident_id,
        "group_id": group_id,
        "round_id": round_id,
        "kind": kind,
        "priority": known.priority,
        "dedupe": dedupe,
        "not_before": start,
        "expires_at": start + known.lasts,
    }
    return store.add_letter(session, values, facts)
