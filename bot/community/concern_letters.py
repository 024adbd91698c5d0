"""What is said unasked about concerns: that one waits, that there is an answer. Never a word of it, never a name."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.community.letters import KINDS, REPLY, URGENT, Kind, Matter, Reading, owe
from bot.store import concerns as store
from bot.store import places
from bot.store.engine import Session
from bot.store.tables import Concern

TO_LEAD = frozenset({"new", "more", "reminder", "passed", "not_content", "erased", "silent"})
TO_REPORTER = frozenset({"seen", "answer", "passed_on", "nobody", "closed"})


@dataclass(frozen=True)
class ConcernNews:
    """Something about a concern that its reader should know; `what` says what (screens/concerns.py)."""

    what: str
    id: int
    receipt: str
    about: str
    due_at: datetime | None
    timezone: str


def tell_lead(session: Session, concern: Concern, what: str, now: datetime) -> None:
    """Owe the one who has it a letter that it waits."""
    _tell(session, concern, concern.lead_id, what, now)


def tell_reporter(session: Session, concern: Concern, what: str, now: datetime) -> None:
    """Owe the one who told it a letter."""
    _tell(session, concern, concern.reporter_id, what, now)


def _tell(session: Session, concern: Concern, to: int | None, what: str, now: datetime) -> None:
    if to is None:
        return
    urgent = concern.about == "safety" and what in TO_LEAD
    dedupe = f"concern:{concern.id}:{what}:{to}:{now.timestamp():.6f}"
    kind = "concern_urgent" if urgent else "concern"
    owe(session, concern.place_id, kind, {"concern": concern.id, "what": what}, dedupe, now, resident_id=to)


def _news(session: Session, letter: Reading) -> Matter | None:
    """Nothing where its reader has it no more: the lead changed, it was closed, or they are named in it."""
    facts = letter.facts(session)
    concern, what = store.concern_by_id(session, int(facts["concern"])), str(facts["what"])
    if concern is None or letter.resident_id in store.named_in(session, concern.id):
        return None
    if letter.resident_id != (concern.lead_id if what in TO_LEAD else concern.reporter_id):
        return None
    if (concern.state == "closed") != (what == "closed"):
        return None
    zone = places.place_by_id(session, concern.place_id).timezone
    return Matter(ConcernNews(what, concern.id, concern.receipt, concern.about, concern.due_at, zone))


KINDS["concern"] = Kind(URGENT, timedelta(days=3), _news)
KINDS["concern_urgent"] = Kind(REPLY, timedelta(days=1), _news, any_hour=True)  # beside alerts, before everything else
