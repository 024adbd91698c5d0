"""What operators do with letters: look at the stream, try again what failed, or drop it, hold a place's back."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.community.hours import decent
from bot.community.letters import all_kinds
from bot.store import letters_seen as store
from bot.store import places, senders
from bot.store.engine import Session
from bot.store.senders import SenderSeen
from bot.store.tables import Letter

DEAD = ("dead", "unknown")


@dataclass(frozen=True)
class Stream:
    """How the letters go: counts, letters a second of the last minute, seconds that what waits will take (None: never)."""

    counts: dict[str, int]
    pace: float
    seconds_left: float | None
    senders: list[SenderSeen]
    paused: list[str]

    @property
    def share(self) -> float:
        """How much of what was due in the last hour has gone, 0 to 1."""
        left = self.counts["waiting"] + self.counts["sending"]
        done = self.counts["sent_hour"]
        return 1.0 if not left else done / (done + left)


def stream(session: Session, now: datetime) -> Stream:
    """The stream as it is."""
    counts = store.stream(session, now)
    pace = counts["sent_minute"] / 60
    left = counts["waiting"] + counts["sending"]
    seconds = 0.0 if not left else left / pace if pace else None
    return Stream(counts, round(pace, 1), seconds, senders.seen(session), store.paused_places(session))


def dead(session: Session, place_id: int | None) -> list[dict[str, Any]]:
    """Letters that could not be delivered, or may not have been: what they were and why, never to whom."""
    return [
        {
            "id": letter.id,
            "place": slug,
            "kind": letter.kind,
            "to": "group" if letter.group_id is not None else "resident",
            "state": letter.state,
            "reason": letter.reason,
            "tries": letter.attempts,
            "since": letter.settled_at.isoformat(timespec="minutes") if letter.settled_at else None,
        }
        for letter, slug in store.failed(session, place_id)
    ]


@dataclass(frozen=True)
class Done:
    """Letters by number: what was asked for and done, what is too old to be sent, what is no such letter."""

    done: list[int]
    too_old: list[int]
    unknown: list[int]


def retry(session: Session, ids: Collection[int] | None, now: datetime) -> Done:
    """Send failed letters again; all that are `dead` where no numbers are given. Too old ones stay as they are."""
    letters = store.in_states(session, ids, DEAD if ids is not None else ("dead",))
    fresh = [letter for letter in letters if letter.expires_at > now]
    for letter in fresh:
        letter.attempts = letter.uncertain = 0
        _queue(session, letter, now)
    session.flush()
    return _done(letters, fresh, ids)


def drop(session: Session, ids: Collection[int] | None, now: datetime) -> Done:
    """Forget failed letters; all where no numbers are given."""
    letters = store.in_states(session, ids, DEAD)
    for letter in letters:
        letter.state, letter.settled_at = "cancelled", now
    session.flush()
    return _done(letters, letters, ids)


def _done(letters: Collection[Letter], fresh: Collection[Letter], ids: Collection[int] | None) -> Done:
    found = {letter.id for letter in letters}
    going = [letter.id for letter in fresh]
    return Done(going, sorted(found - set(going)), sorted(set(ids or ()) - found))


def _queue(session: Session, letter: Letter, now: datetime) -> None:
    kind = all_kinds().get(letter.kind)
    start = max(letter.not_before, now)
    if kind is None or not kind.any_hour:
        start = decent(places.place_by_id(session, letter.place_id), start)
    letter.state, letter.not_before, letter.reason, letter.settled_at = "queued", start, None, None
    letter.claim = letter.claimed_until = None


def pause(session: Session, place_id: int | None, *, paused: bool) -> list[str]:
    """Hold the letters of a place back, or of all, or let them go; the places for which that is new."""
    return store.pause(session, place_id, paused=paused)
