"""Who fits whom, and how well. Pure: the rules of facts/matching.md 4.1, told to coordinators in docs/matching.md.

A pair *fits* when nothing speaks against it: kind, patch, language, check, time, capacity, nobody's wish. Its *weight* says
which fitting pair comes first. Weights are whole numbers, so that everybody who works them out gets the same.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import astuple, dataclass
from enum import IntEnum, StrEnum

Patch = int | str
Neighbours = Mapping[Patch, Collection[Patch]]
"""For each patch the patches next to it."""

SLOTS = 28
"""Quarter days of a week, from Monday morning; bit n of a mask is slot n."""

URGENCY = (2000, 3000, 5000, 9000)
"""By Urgency. The lowest is above the most that nearness and the like can add up to (1000)."""

A_DAY, FULL_DAYS, LATER_DAYS = 100, 14, 99
"""What a day of waiting adds: 100 each for two weeks, then 1 each. So the oldest ask still comes first among equals, and
one urgent ask (9000) outweighs any two routine ones, however old: 2 * (2000 + 1400 + 99 + 1000) = 8998."""

SAME_PATCH, NEXT_PATCH = 300, 150
RESTED, RESTED_DAYS = 200, 28
UNLOADED, A_TASK = 200, 25
ACCEPTS, ACCEPTS_AT_LEAST = 150, 50
"""Saying no half of the time costs as much as always saying no: a score never bars anybody."""
FIRST_LANGUAGE = 150

AGAIN, AGAIN_AT_MOST = 250, 1000
"""What each further ask for the same volunteer in one matching takes off; never so much that it had better stay open."""


class Urgency(IntEnum):
    """By when help is needed."""

    ROUTINE = 0
    THIS_WEEK = 1
    SAME_DAY = 2
    URGENT = 3


class Reason(StrEnum):
    """Why a volunteer does not fit an ask, or nobody does: conditions in the order in which they are looked at."""

    NO_KIND = "no_kind"
    NO_PATCH = "no_patch"
    NO_LANGUAGE = "no_language"
    NO_CHECKED = "no_checked"
    NO_TIME = "no_time"
    NO_CAPACITY = "no_capacity"
    BARRED = "barred"  # blocked by either side, or one's own ask; never to be worded so that anybody learns which
    ASKED_BEFORE = "asked_before"  # declined this ask, or let it pass
    NEEDED_ELSEWHERE = "needed_elsewhere"  # fits, and was given to asks that outweigh this one


@dataclass(frozen=True, slots=True)
class Ask:
    """An open request for help, as far as matching is concerned.

    `id` and `asker` (the resident; None where somebody without the bot is helped) are numbers of rows. `languages` has the
    asker's first language in front. `slots` is a mask of SLOTS bits: when the help could be given. `blocked` and `declined`
    name volunteers: those the asker does not want, and those who said no to this ask or let it pass.
    """

    id: int
    kind: str
    patch: Patch
    languages: tuple[str, ...]
    slots: int
    urgency: int = Urgency.ROUTINE
    days_waiting: int = 0
    needs_checked: bool = False
    asker: int | None = None
    blocked: frozenset[int] = frozenset()
    declined: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Volunteer:
    """A resident who offers help, as of now.

    `capacity` is how many more asks they take this week, `load_30_days` how many they had in 30 days. `days_since_asked` is
    None for somebody who was never asked, `acceptance` (how many of 100 offers they took) while nothing is known.
    `checked` holds only while the check has not expired. `blocked` names residents they will not help.
    """

    id: int
    kinds: frozenset[str]
    patches: frozenset[Patch]
    languages: frozenset[str]
    slots: int
    capacity: int = 1
    checked: bool = False
    days_since_asked: int | None = None
    load_30_days: int = 0
    acceptance: int | None = None
    blocked: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Weight:
    """What a pair weighs, part by part: the answer to "why was she asked before him?"."""

    urgency: int
    waiting: int
    nearness: int
    rest: int
    load: int
    acceptance: int
    language: int

    @property
    def total(self) -> int:
        """All parts together."""
        return sum(astuple(self))


@dataclass(frozen=True, slots=True)
class Pairing:
    """An ask and a volunteer who fits it, by their ids."""

    ask: int
    volunteer: int
    weight: int


def misfit(ask: Ask, volunteer: Volunteer, neighbours: Neighbours) -> Reason | None:
    """The first condition that speaks against a pair, in Reason's order; None where the two fit."""
    if ask.kind not in volunteer.kinds:
        return Reason.NO_KIND
    if not nearness(ask.patch, volunteer.patches, neighbours):
        return Reason.NO_PATCH
    return misfit_nearby(ask, volunteer)


def misfit_nearby(ask: Ask, volunteer: Volunteer) -> Reason | None:
    """As `misfit`, for somebody who is known to offer the kind in the patch or next to it."""
    if volunteer.languages.isdisjoint(ask.languages):
        return Reason.NO_LANGUAGE
    if ask.needs_checked and not volunteer.checked:
        return Reason.NO_CHECKED
    if not ask.slots & volunteer.slots:
        return Reason.NO_TIME
    if volunteer.capacity <= 0:
        return Reason.NO_CAPACITY
    return wish_against(ask, volunteer)


def wish_against(ask: Ask, volunteer: Volunteer) -> Reason | None:
    """BARRED or ASKED_BEFORE where one of the two does not want this pair; None where nobody minds."""
    if volunteer.id in ask.blocked or (ask.asker is not None and ask.asker in {volunteer.id, *volunteer.blocked}):
        return Reason.BARRED
    return Reason.ASKED_BEFORE if volunteer.id in ask.declined else None


def weigh(ask: Ask, volunteer: Volunteer, neighbours: Neighbours) -> Weight:
    """What a pair that fits weighs (facts/matching.md 4.1)."""
    return Weight(
        urgency=URGENCY[ask.urgency],
        waiting=_waiting(ask.days_waiting),
        nearness=nearness(ask.patch, volunteer.patches, neighbours),
        rest=_rest(volunteer.days_since_asked),
        load=_load(volunteer.load_30_days),
        acceptance=_acceptance(volunteer.acceptance),
        language=FIRST_LANGUAGE if ask.languages[0] in volunteer.languages else 0,
    )


def worth(ask: Ask) -> int:
    """What it is worth that this ask is met, by whomever: 2000 to 10499."""
    return URGENCY[ask.urgency] + _waiting(ask.days_waiting)


def standing(volunteer: Volunteer) -> int:
    """What speaks for asking this volunteer, whatever the ask: 75 to 550."""
    return _rest(volunteer.days_since_asked) + _load(volunteer.load_30_days) + _acceptance(volunteer.acceptance)


def nearness(patch: Patch, reached: Collection[Patch], neighbours: Neighbours) -> int:
    """How near a volunteer who goes to the reached patches is; 0 where they do not come at all."""
    if patch in reached:
        return SAME_PATCH
    return NEXT_PATCH if any(near in reached for near in neighbours.get(patch, ())) else 0


def again(earlier: int) -> int:
    """What an ask loses with a volunteer who was given so many earlier ones in the same matching."""
    return min(AGAIN * earlier, AGAIN_AT_MOST)


def asks_for(volunteer: Volunteer, asks: Iterable[Ask], neighbours: Neighbours) -> list[Pairing]:
    """The waiting asks that one volunteer (a new one, say) fits, the weightiest first."""
    fitting = [
        Pairing(ask.id, volunteer.id, weigh(ask, volunteer, neighbours).total)
        for ask in asks
        if misfit(ask, volunteer, neighbours) is None
    ]
    return sorted(fitting, key=lambda pairing: (-pairing.weight, pairing.ask))


def _waiting(days: int) -> int:
    return A_DAY * min(days, FULL_DAYS) + min(max(0, days - FULL_DAYS), LATER_DAYS)


def _rest(days: int | None) -> int:
    return RESTED * min(RESTED_DAYS if days is None else days, RESTED_DAYS) // RESTED_DAYS


def _load(tasks: int) -> int:
    return max(0, UNLOADED - A_TASK * tasks)


def _acceptance(share: int | None) -> int:
    return ACCEPTS * (100 if share is None else max(share, ACCEPTS_AT_LEAST)) // 100
