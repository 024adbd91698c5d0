"""The board of a place's asks: what stands how, and who acts next. Facts only; nobody's name, and no detail of an ask."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.community import aid_place
from bot.community.aid_place import Kind
from bot.community.aid_seen import asker_id
from bot.community.pairs import Urgency
from bot.store import aid as store
from bot.store import places
from bot.store.engine import Session
from bot.store.tables import Ask


class Stands(StrEnum):
    """How an ask stands, the worst first."""

    UNMATCHED = "unmatched"  # nobody is left to be asked
    AT_RISK = "at risk"  # neighbours are asked, and time runs short
    NO_WORD = "no word"  # its time has passed, and neither side says how it went
    WAITING = "waiting"  # neighbours are asked
    ARRANGED = "arranged"  # a neighbour has said yes


SHORT = {
    Urgency.URGENT: timedelta(hours=1),
    Urgency.SAME_DAY: timedelta(hours=2),
    Urgency.THIS_WEEK: timedelta(hours=24),
    Urgency.ROUTINE: timedelta(hours=48),
}
"""With so little time left an ask that nobody has taken is at risk: half, or less, of what neighbours are given."""


@dataclass(frozen=True)
class BoardRow:
    """An ask on the board. `asker`, `helper`: numbers of residents, or None; `gap`: why nobody is left (pairs.Reason)."""

    id: int
    stands: Stands
    kind: Kind
    patch: str
    urgency: int
    languages: tuple[str, ...]
    needs_checked: bool
    weekly: bool
    for_another: bool
    state: str
    step: str | None
    gap: str | None
    next_actor: str | None
    next_at: datetime | None
    made_at: datetime
    due_at: datetime
    slots: int
    asked: int
    waiting: int
    asker: int | None
    helper: int | None


def board(session: Session, place_id: int, now: datetime) -> list[BoardRow]:
    """All asks of a place that are not over: the worst first, then the most urgent, then what is due first."""
    counts = store.asked_counts(session, place_id)
    named = {kind.key: kind for kind in aid_place.kinds(session, place_id, also_off=True)}
    patches = {patch.id: patch.name for patch in places.patches_of(session, place_id)}
    rows = [
        _row(ask, named.get(ask.kind, Kind(ask.kind)), patches.get(ask.patch_id, ""), counts.get(ask.id, (0, 0)), now)
        for ask in store.live_asks(session, place_id)
    ]
    order = list(Stands)
    return sorted(rows, key=lambda row: (order.index(row.stands), -row.urgency, row.due_at, row.id))


def _row(ask: Ask, kind: Kind, patch: str, counts: tuple[int, int], now: datetime) -> BoardRow:
    return BoardRow(
        ask.id,
        stands(ask, now),
        kind,
        patch,
        ask.urgency,
        tuple(ask.languages),
        ask.needs_checked,
        ask.weekly,
        ask.asker_id is None,
        ask.state,
        ask.step,
        ask.gap,
        ask.next_actor,
        ask.next_at,
        ask.made_at,
        ask.due_at,
        ask.slots,
        *counts,
        asker_id(ask),
        ask.volunteer_id if ask.state == "matched" else None,
    )


def stands(ask: Ask, now: datetime) -> Stands:
    """How an ask that is not over stands."""
    if ask.step in {"nudge", "silent"}:
        return Stands.NO_WORD
    if ask.state == "matched":
        return Stands.ARRANGED
    if ask.state == "coordinator":
        return Stands.UNMATCHED
    short = ask.due_at - now <= SHORT[Urgency(ask.urgency)]
    alarm = ask.urgency == Urgency.URGENT and ask.alerted_at is not None  # of others: when coordinators heard last
    return Stands.AT_RISK if short or alarm else Stands.WAITING
