"""What is said unasked about help: to the two sides, to those who are asked, and that something waits to coordinators.

Only the two sides of a match ever read a detail; a coordinator reads that an ask waits and why, not what it says.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.community.aid_seen import OFFERED, AskSeen, asker_id, seen, side_of
from bot.community.letters import FOLLOW_UP, KINDS, REPLY, URGENT, Kind, Matter, Reading, owe
from bot.community.pairs import Urgency
from bot.store import aid as store
from bot.store import residents as residents_store
from bot.store import volunteers as volunteers_store
from bot.store.engine import Session
from bot.store.tables import Ask, Offer


@dataclass(frozen=True)
class News:
    """Something about an ask that its reader should know; `what` says what (screens/aid_news.py)."""

    what: str
    ask: AskSeen


def _live(ask: Ask) -> bool:
    return ask.state not in store.OVER


STANDS: dict[str, Callable[[Ask], bool]] = {
    "asking": lambda ask: ask.state == "open",
    "matched": lambda ask: ask.state == "matched",
    "released": lambda ask: ask.state in {"open", "coordinator"},
    "coordinator": lambda ask: ask.state == "coordinator",
    "still": lambda ask: _live(ask) and ask.step == "still",
    "expired": lambda ask: ask.state == "ended",
    "closed": lambda ask: ask.state == "ended",
    "reminder": lambda ask: ask.state == "matched",
    "changed": lambda ask: ask.state == "matched",
    "worked": lambda ask: ask.step in {"worked", "nudge"},
    "nudge": lambda ask: ask.step == "nudge",
    "confirm": lambda ask: ask.step == "confirm",
    "shared": lambda ask: ask.state == "matched" and ask.place_shared,
}
"""What news is about, and whether it is still so when it is to be said."""
ONCE_A_DAY = frozenset({"coordinator"})
"""News that may come to be so many times a day, as somebody gets room and says no."""
TO_WHOM_HELPED = frozenset({"called_off", "thanks"})
"""News for a neighbour who has said yes, whatever has become of the ask since."""


def tell(session: Session, ask: Ask, to: int | None, what: str, now: datetime) -> None:
    """Owe one side of an ask a piece of news; urgent asks do not wait for the morning."""
    if to is None:
        return
    kind = "aid_news_urgent" if ask.urgency == Urgency.URGENT else "aid_news"
    when = now.date() if what in ONCE_A_DAY else f"{now.timestamp():.0f}"
    dedupe = f"aid:{ask.id}:{what}:{to}:{when}"
    owe(session, ask.place_id, kind, {"ask": ask.id, "what": what}, dedupe, now, resident_id=to)


def tell_asker(session: Session, ask: Ask, what: str, now: datetime) -> None:
    """Owe the asking side a piece of news."""
    tell(session, ask, asker_id(ask), what, now)


def thank(session: Session, ask: Ask, now: datetime) -> None:
    """Owe the neighbour who helped the asker's thanks, once."""
    facts = {"ask": ask.id, "what": "thanks"}
    owe(session, ask.place_id, "aid_news", facts, f"aid:{ask.id}:thanks", now, resident_id=ask.volunteer_id)


def ask_whether(session: Session, ask: Ask, offer: Offer, now: datetime) -> None:
    """Owe a volunteer the question whether they would help."""
    kind = "aid_offer_urgent" if ask.urgency == Urgency.URGENT else "aid_offer"
    owe(session, ask.place_id, kind, {"offer": offer.id}, offer_key(offer), now, resident_id=offer.resident_id)


def offer_key(offer: Offer) -> str:
    """The dedupe key of the letter that asked a volunteer."""
    return f"aid_offer:{offer.id}:{offer.wave}"


def take_back(session: Session, ask: Ask, offer: Offer, now: datetime) -> None:
    """Make the question that a volunteer was sent into a word of thanks: somebody was quicker, or it is not needed."""
    key = f"aid_taken:{offer.id}:{offer.wave}"
    owe(session, ask.place_id, "aid_taken", {"offer": offer.id}, key, now, resident_id=offer.resident_id)


def was_reached(session: Session, offer: Offer) -> bool:
    """Whether a volunteer has been sent the question at all."""
    found = store.letter_of(session, offer_key(offer))
    return found is not None and found[0] == "sent"


def ask_to_pause(session: Session, place_id: int, resident_id: int, now: datetime) -> None:
    """Owe a volunteer who did not answer twice the question whether to pause."""
    key = f"aid_pause:{resident_id}:{now.timestamp():.0f}"
    owe(session, place_id, "aid_pause", {}, key, now, resident_id=resident_id)


def tell_coordinators(session: Session, ask: Ask, what: str, now: datetime) -> None:
    """Tell whoever coordinates that an ask waits (`urgent`, `alert`, `exhausted`, `silent`), not what it says.

    Where a place has no coordinator its steering group is told.
    """
    people = residents_store.residents_with(session, ask.place_id, "coordinator") or residents_store.residents_with(
        session, ask.place_id, "steering"
    )
    kind = "aid_waits_urgent" if ask.urgency == Urgency.URGENT else "aid_waits"
    for one in people:
        dedupe = f"aid_waits:{ask.id}:{what}:{one.id}:{now.timestamp():.0f}"
        owe(session, ask.place_id, kind, {"ask": ask.id, "what": what}, dedupe, now, resident_id=one.id)


def remind_coordinators(session: Session, ask: Ask, now: datetime, rest: timedelta) -> None:
    """Coordinators hear that nobody is left, unless they heard of this ask less than `rest` ago; each time rarer.

    Somebody gets room, is asked, says no: an ask may come back to them many times a day, and wait for weeks. Told each
    time and then daily, they had four of ten letters that were sent (bench/year.py); the board shows it all the time.
    """
    since = ask.alerted_at
    if since is None or now - since >= (max(rest, since - ask.made_at) if rest else rest):
        ask.alerted_at = now
        tell_coordinators(session, ask, "exhausted", now)


@dataclass(frozen=True)
class Waits:
    """That an ask waits for a coordinator: which, how urgent, since when, why, and how many were asked. No detail."""

    what: str
    id: int
    urgency: int
    timezone: str
    made_at: datetime
    due_at: datetime
    asked: int
    gap: str | None
    slots: int


def _news(session: Session, letter: Reading) -> Matter | None:
    facts = letter.facts(session)
    ask, what = store.ask_by_id(session, int(facts["ask"])), str(facts["what"])
    reader = residents_store.resident_by_id(session, letter.resident_id) if letter.resident_id is not None else None
    if ask is None or reader is None:
        return None
    side = side_of(ask, reader)
    if what in TO_WHOM_HELPED:
        return Matter(News(what, seen(session, ask, OFFERED)))
    if side is None or not STANDS[what](ask):
        return None
    return Matter(News(what, seen(session, ask, side)))


def _offer(session: Session, letter: Reading) -> Matter | None:
    offer = store.offer_by_id(session, int(letter.facts(session)["offer"]))
    ask = store.ask_by_id(session, offer.ask_id) if offer is not None else None
    if offer is None or ask is None or offer.state != "asked" or ask.state != "open":
        return None
    return Matter(seen(session, ask, OFFERED, offer.resident_id))


def _taken(session: Session, letter: Reading) -> Matter | None:
    """Only where the question has arrived: its message changes, and nobody's telephone rings again."""
    offer = store.offer_by_id(session, int(letter.facts(session)["offer"]))
    if offer is None or offer.state not in {"taken", "called_off"}:
        return None
    asked = store.letter_of(session, offer_key(offer))
    if asked is None or asked[1] is None:
        return None
    return Matter(offer.state, edits=asked[1])


def _pause(session: Session, letter: Reading) -> Matter | None:
    assert letter.resident_id is not None
    kept = volunteers_store.volunteer_by_id(session, letter.resident_id)
    return Matter(kept.silences) if kept is not None and kept.silences else None


def _waits(session: Session, letter: Reading) -> Matter | None:
    facts = letter.facts(session)
    ask, what = store.ask_by_id(session, int(facts["ask"])), str(facts["what"])
    wanted = {"open"} if what in {"urgent", "alert"} else {"coordinator"}
    if ask is None or ask.state not in wanted:
        return None
    one = seen(session, ask, OFFERED)
    told = Waits(what, ask.id, ask.urgency, one.timezone, ask.made_at, ask.due_at, one.asked, ask.gap, ask.slots)
    return Matter(told)


_DAY = timedelta(days=1)
KINDS["aid_offer"] = Kind(FOLLOW_UP, _DAY, _offer, at_most_once=True, unasked=True)
KINDS["aid_offer_urgent"] = Kind(URGENT, timedelta(hours=2), _offer, at_most_once=True, any_hour=True)
KINDS["aid_taken"] = Kind(REPLY, _DAY, _taken, any_hour=True)
KINDS["aid_news"] = Kind(FOLLOW_UP, 3 * _DAY, _news)
KINDS["aid_news_urgent"] = Kind(URGENT, _DAY, _news, any_hour=True)
KINDS["aid_pause"] = Kind(FOLLOW_UP, 3 * _DAY, _pause)
KINDS["aid_waits"] = Kind(FOLLOW_UP, _DAY, _waits)
KINDS["aid_waits_urgent"] = Kind(URGENT, timedelta(hours=2), _waits, any_hour=True)
