"""Letters that could not be delivered: a place's coordinators hear of them once a day, by their number alone."""

from datetime import datetime, timedelta

from bot.community.letters import FOLLOW_UP, KINDS, Kind, Matter, Reading, owe
from bot.store import letters as store
from bot.store import residents
from bot.store.engine import Session

GATHER = timedelta(minutes=10)
"""One failure seldom comes alone: the word goes out when the others are counted too."""
DAY = timedelta(days=1)
GONE = "blocked or gone"
"""The reason of letters whose reader has left: that is their right, and no failure."""


def tell(session: Session, place_id: int, now: datetime) -> None:
    """Owe the place's coordinators a word, unless they have had it today."""
    for coordinator in residents.residents_with(session, place_id, "coordinator"):
        dedupe = f"letters_dead:{place_id}.{now.date()}:{coordinator.id}"
        facts = {"since": (now - timedelta(hours=1)).isoformat()}
        owe(session, place_id, "letters_dead", facts, dedupe, now, resident_id=coordinator.id, not_before=now + GATHER)


def _about(session: Session, reading: Reading) -> Matter | None:
    since = datetime.fromisoformat(reading.facts(session)["since"])
    failed = store.failed_since(session, reading.place_id, since, GONE)
    return Matter(failed) if failed else None


KINDS["letters_dead"] = Kind(FOLLOW_UP, DAY, _about)
