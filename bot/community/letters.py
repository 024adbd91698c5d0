"""What is owed to be said: each kind's priority, how long it makes sense, and what it prefers after a crash.

Telegram has no idempotency key, so exactly once cannot be had (facts/failures.md 0.3): a kind is said *at least once*
(one more copy after a crash, two at most) or *at most once* (an uncertain one becomes `unknown`, and is shown).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.store import letters as store
from bot.store.writer import Session


@dataclass(frozen=True)
class Kind:
    """A kind of letter."""

    priority: int
    lasts: timedelta
    at_most_once: bool = False


URGENT, FOLLOW_UP, BROADCAST = 1, 2, 3
KINDS = {
    "poll_card": Kind(FOLLOW_UP, timedelta(days=30)),
    "poll_invitation": Kind(FOLLOW_UP, timedelta(days=14)),
    "poll_reminder": Kind(FOLLOW_UP, timedelta(hours=24), at_most_once=True),
    "poll_result": Kind(FOLLOW_UP, timedelta(days=14)),
    "invite_used": Kind(FOLLOW_UP, timedelta(days=7)),
}


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
    known = KINDS[kind]
    start = max(not_before or now, now)
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
