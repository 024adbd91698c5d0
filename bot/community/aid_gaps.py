"""What a place's volunteers offer, by count, and what nobody offers: kinds, languages, days."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.community import aid_place
from bot.community.aid_place import Kind
from bot.community.aid_pool import WINDOW
from bot.community.aid_rules import PARTS, slots_of
from bot.store import aid as store
from bot.store import volunteers as volunteers_store
from bot.store.engine import Session
from bot.store.tables import Ask
from bot.store.volunteers import OnCall

DAYS = tuple(slots_of([day], PARTS[:3]) for day in range(7))
"""Morning to evening of each day, Monday first, as masks."""


@dataclass(frozen=True)
class Gap:
    """Nobody offers a kind at all, in a language, or on a day (0: Monday); `asked`: somebody ran into it lately."""

    kind: str
    language: str | None = None
    day: int | None = None
    checked: bool = False
    asked: bool = False

    @property
    def of_all(self) -> bool:
        """Whether nobody at all may be asked for the kind."""
        return self.language is None and self.day is None


@dataclass(frozen=True)
class Supply:
    """How many can be asked for each kind, and how many of them are checked; and the gaps, those asked for first."""

    kinds: dict[str, tuple[int, int]]
    gaps: tuple[Gap, ...]


def supply(session: Session, place_id: int, languages: Sequence[str], now: datetime) -> Supply:
    """Count those who can be asked now (here, agreed, not on a pause), and find what nobody offers."""
    people = volunteers_store.on_call(session, place_id, now)
    asks = store.asks_since(session, place_id, now - WINDOW)
    counts, gaps = {}, []
    for kind in aid_place.kinds(session, place_id):
        offering = [one for one in people if kind.key in one.kinds and one.per_week > 0]
        checked = [one for one in offering if one.checked_until is not None and one.checked_until >= now.date()]
        counts[kind.key] = len(offering), len(checked)
        gaps += _gaps(kind, checked if kind.needs_checked else offering, languages)
    told = [replace(gap, asked=any(_runs_into(gap, ask) for ask in asks)) for gap in gaps]
    return Supply(counts, tuple(sorted(told, key=lambda gap: not gap.asked)))


def _gaps(kind: Kind, people: Sequence[OnCall], languages: Sequence[str]) -> list[Gap]:
    """The widest gaps alone: where nobody speaks a language, no days are told."""
    if not people:
        return [Gap(kind.key, checked=kind.needs_checked)]
    found = []
    for tag in languages:
        free = 0
        for one in people:
            free |= one.slots if tag in one.languages else 0
        days = [day for day, mask in enumerate(DAYS) if not free & mask]
        if len(days) == len(DAYS):
            found.append(Gap(kind.key, tag, checked=kind.needs_checked))
        else:
            found += [Gap(kind.key, tag, day, kind.needs_checked) for day in days]
    return found


def _runs_into(gap: Gap, ask: Ask) -> bool:
    """Whether an ask is of a gap's kind, in its language in front, and on its day alone."""
    fits = ask.kind == gap.kind and (gap.language is None or ask.languages[0] == gap.language)
    return fits and (gap.day is None or not ask.slots & ~DAYS[gap.day])
