"""Neighbours for all open asks at once: the exact best assignment over each ask's best candidates. Pure.

`match` for everything that waits, `in_order` for whom to ask next for one ask, `gap` for why nobody can be asked;
`pairs.asks_for` for a new volunteer. The cost grows with the neighbourhood, not the programme: volunteers are looked up by
patch and kind, best first, and each ask looks at no more than it needs (facts/matching.md 4.3, 4.4).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappush, heappushpop

from bot.community.assignment import Assignment
from bot.community.bidding import NOBODY
from bot.community.pairs import (
    FIRST_LANGUAGE,
    NEXT_PATCH,
    SAME_PATCH,
    Ask,
    Neighbours,
    Pairing,
    Patch,
    Reason,
    Volunteer,
    again,
    misfit_nearby,
    standing,
    weigh,
    wish_against,
    worth,
)

CANDIDATES = 20
"""How many of its best candidates an ask brings along: no loss was measured from 10 on (facts/matching.md 4.3)."""

WIDER = 4
"""An ask that stays open although more would fit comes again with so many times the candidates."""

SURE, CROWD = 4, 2
"""Where many ask in one patch, a quarter of an ask's candidates are its best; the others come of half as many as ask."""

MANY = 20
"""With a twentieth of the asks to widen it is quicker to begin anew than to mend."""

Shortlist = list[tuple[int, int]]
"""(what speaks for the volunteer, their number on the roster), the best first."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Why an ask has nobody: the first condition that nobody was left after, and how many there were before it."""

    reason: Reason
    before: int


@dataclass(frozen=True)
class Matching:
    """Who is to be asked for what, weights less what a second ask in the same matching costs; and what stays open."""

    pairings: tuple[Pairing, ...]
    gaps: Mapping[int, Gap]

    @property
    def total(self) -> int:
        """The weight of all pairings."""
        return sum(pairing.weight for pairing in self.pairings)


class Roster:
    """All volunteers, laid out by patch and kind so that an ask looks only at those who come into question.

    Args:
        volunteers: in any order; the same ones give the same matching.
        neighbours: for each patch the patches next to it.
    """

    def __init__(self, volunteers: Iterable[Volunteer], neighbours: Neighbours | None = None) -> None:
        self.volunteers = sorted(volunteers, key=lambda one: (-standing(one), one.id))
        self.neighbours: Neighbours = neighbours or {}
        self.offering = Counter(kind for one in self.volunteers for kind in one.kinds)
        self._standing = [standing(one) for one in self.volunteers]
        self._tongues: dict[str, int] = {}
        self._speaks = [self._mask(one.languages) for one in self.volunteers]
        self._free: dict[tuple[Patch, str], list[int]] = {}
        self._full: dict[tuple[Patch, str], list[int]] = {}
        for number, one in enumerate(self.volunteers):
            shelf = self._free if one.capacity > 0 else self._full
            for patch in one.patches:
                for kind in one.kinds:
                    shelf.setdefault((patch, kind), []).append(number)

    def shortlist(self, ask: Ask, at_most: int) -> tuple[Shortlist, bool]:
        """The best volunteers who fit an ask, and whether more may. Each ask has an order of its own for equals."""
        found: dict[int, int] = {}
        best: list[int] = []
        more = False
        volunteers, standings, speaks = self.volunteers, self._standing, self._speaks
        spoken, first = self._mask(ask.languages), self._mask(ask.languages[:1])
        for near, shelf in self._reach(ask):
            for number in shelf:
                if len(best) == at_most and standings[number] + near + FIRST_LANGUAGE < best[0]:
                    more = True
                    break  # the shelf is in order: whoever comes now is below all of them
                if not speaks[number] & spoken or number in found:
                    continue
                one = volunteers[number]
                if not one.slots & ask.slots or (ask.needs_checked and not one.checked) or wish_against(ask, one):
                    continue
                found[number] = value = standings[number] + near + (FIRST_LANGUAGE if speaks[number] & first else 0)
                if len(best) < at_most:
                    heappush(best, value)
                else:
                    heappushpop(best, value)
        ranked = sorted((-value, _lot(ask.id, volunteers[number].id), number) for number, value in found.items())
        return [(-less, number) for less, _, number in ranked[:at_most]], more or len(ranked) > at_most

    def around(self, ask: Ask) -> set[int]:
        """The numbers of all who offer the kind in the ask's patch or next to it, whether they have room or not."""
        keys = [(patch, ask.kind) for patch in (ask.patch, *self.neighbours.get(ask.patch, ()))]
        return {number for key in keys for shelf in (self._free, self._full) for number in shelf.get(key, ())}

    def _reach(self, ask: Ask) -> Iterator[tuple[int, list[int]]]:
        """The shelves to look at; the ask's own patch first, so that nobody is found at the farther place."""
        yield SAME_PATCH, self._free.get((ask.patch, ask.kind), [])
        for patch in self.neighbours.get(ask.patch, ()):
            yield NEXT_PATCH, self._free.get((patch, ask.kind), [])

    def _mask(self, languages: Iterable[str]) -> int:
        mask = 0
        for language in languages:
            mask |= 1 << self._tongues.setdefault(language, len(self._tongues))
        return mask


def match(asks: Iterable[Ask], roster: Roster) -> Matching:
    """The assignment of the greatest weight that gives each ask one volunteer at most and keeps every capacity."""
    waiting = sorted(asks, key=lambda ask: (-worth(ask), ask.id))
    assignment = assign(waiting, roster)
    given: Counter[int] = Counter()
    pairings: list[Pairing] = []
    gaps: dict[int, Gap] = {}
    for ask, helper in zip(waiting, assignment.helper, strict=True):
        if helper == NOBODY:
            gaps[ask.id] = gap(ask, roster)
            continue
        one = roster.volunteers[helper]
        weight = weigh(ask, one, roster.neighbours).total - again(given[helper])
        pairings.append(Pairing(ask.id, one.id, weight))
        given[helper] += 1
    return Matching(tuple(pairings), gaps)


def assign(waiting: Sequence[Ask], roster: Roster) -> Assignment:
    """The assignment behind `match`: asks and helpers by their numbers in the list and on the roster."""
    crowd = Counter(ask.patch for ask in waiting)
    found = [_edges(ask, roster, CANDIDATES, crowd[ask.patch]) for ask in waiting]
    capacity = [one.capacity for one in roster.volunteers]
    assignment = Assignment([edges for edges, _ in found], capacity, again)
    truncated = {number for number, (_, more) in enumerate(found) if more}
    width = CANDIDATES
    while todo := [number for number in sorted(truncated) if assignment.helper[number] == NOBODY]:
        width *= WIDER
        wider = {number: _edges(waiting[number], roster, width) for number in todo}
        if len(todo) * MANY < len(waiting):
            assignment.widen({number: edges for number, (edges, _) in wider.items()})
        else:
            edges = [wider[number][0] if number in wider else held for number, held in enumerate(assignment.edges)]
            assignment = Assignment(edges, capacity, again)
        truncated -= {number for number, (_, more) in wider.items() if not more}
    return assignment


def in_order(ask: Ask, roster: Roster, at_most: int | None = None) -> list[Pairing]:
    """Whom to ask next for one ask: all who fit, or the best of them, the weightiest first."""
    shortlist, _ = roster.shortlist(ask, len(roster.volunteers) if at_most is None else at_most)
    value = worth(ask)
    return [Pairing(ask.id, roster.volunteers[number].id, value + plus) for plus, number in shortlist]


def gap(ask: Ask, roster: Roster) -> Gap:
    """Why nobody can be asked; NEEDED_ELSEWHERE where somebody fits."""
    offering = roster.offering[ask.kind]
    if not offering:
        return Gap(Reason.NO_KIND, len(roster.volunteers))
    near = roster.around(ask)
    if not near:
        return Gap(Reason.NO_PATCH, offering)
    against = Counter(misfit_nearby(ask, roster.volunteers[number]) for number in near)
    left = len(near)
    for reason in Reason:
        if reason is Reason.NEEDED_ELSEWHERE or left == against[reason]:
            return Gap(reason, left)
        left -= against[reason]
    raise AssertionError


def _edges(ask: Ask, roster: Roster, at_most: int, crowd: int = 1) -> tuple[list[tuple[int, int]], bool]:
    """An ask's best candidates, and whether there may be more.

    Where a crowd asks in one patch, twenty each would be nearly the same twenty for all (measured: 1 % less weight than
    greedy over everybody). So only some are its very best, and the others are drawn, for each ask in its own way, from as
    many of the next best as the crowd may need.
    """
    best, more = roster.shortlist(ask, max(at_most, crowd // CROWD))
    if len(best) > at_most:
        sure = at_most // SURE
        drawn = sorted(best[sure:], key=lambda one: _lot(ask.id, roster.volunteers[one[1]].id))
        best, more = best[:sure] + drawn[: at_most - sure], True
    value = worth(ask)
    return [(value + plus, number) for plus, number in best], more


def _lot(ask: int, volunteer: int) -> int:
    """A fixed order among equals, another one for each ask: otherwise all would bring along the same twenty."""
    return (ask * 0x9E3779B1 ^ volunteer * 0x85EBCA6B) * 0xC2B2AE35 >> 7 & 0xFFFFFFFF
