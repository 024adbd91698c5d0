"""Polls by the calendar quarter: how many, how many took part, how clearly it was decided (facts/disclosure.md 1.6).

Counts of polls, not of people, and only of what each poll's release told at its close. A quarter is told once it is
over; as releases are final, it never changes after.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from bot.community.disclosure import PollRelease, Support, Turnout
from bot.community.quarter_days import quarter_of
from bot.store import tallies as store
from bot.store.engine import Session

COLUMNS = ("place", "quarter", "polls", "polls_with_bands", "median_turnout", "clear_pct")
KEY = ("place", "quarter")
_TEXT, _WHOLE = {"type": "string"}, {"type": "integer"}
FIELDS: Mapping[str, Mapping[str, object]] = {
    "quarter": {**_TEXT, "description": "The calendar quarter in which they closed, once it is over."},
    "polls": {**_WHOLE, "description": "Polls that closed."},
    "polls_with_bands": {
        **_WHOLE,
        "description": "Of them, those with enough ballots for bands of turnout and support.",
    },
    "median_turnout": {
        **_TEXT,
        "constraints": {"enum": [band.value for band in Turnout]},
        "description": "The middle one of their turnout bands, the lower of two.",
    },
    "clear_pct": {
        **_WHOLE,
        "description": "Of those with bands: decided clearly (60 % in favour) or better, per cent.",
    },
}


@dataclass(frozen=True)
class Quarter:
    """A place's polls in a quarter; median and share are None where no poll told a band."""

    place: str
    name: str
    polls: int
    banded: int
    turnout: Turnout | None
    clear_pct: int | None


def quarters(session: Session, slugs: Sequence[str], now: datetime) -> list[Quarter]:
    """The quarters that are over, of these places (none: of all) that closed a poll in them."""
    told = [
        (
            (place.slug, quarter_of(release.released_at, place.timezone)),
            PollRelease.from_facts(json.loads(release.body)),
        )
        for release, place in store.released_polls(session)
        if (place.slug in slugs or not slugs)
        and quarter_of(release.released_at, place.timezone) < quarter_of(now, place.timezone)
    ]
    grouped = groupby(told, key=lambda one: one[0])
    return [_summed(place, name, [release for _key, release in some]) for (place, name), some in grouped]


def _summed(place: str, name: str, polls: Sequence[PollRelease]) -> Quarter:
    order = list(Turnout)
    turnouts = sorted((poll.turnout for poll in polls if poll.turnout is not None), key=order.index)
    if not turnouts:
        return Quarter(place, name, len(polls), 0, None, None)
    clear = sum(poll.turnout is not None and poll.support in {Support.CLEAR, Support.STRONG} for poll in polls)
    middle = turnouts[(len(turnouts) - 1) // 2]
    return Quarter(place, name, len(polls), len(turnouts), middle, round(100 * clear / len(turnouts)))


def rows(some: Sequence[Quarter]) -> Iterator[Sequence[object]]:
    """The same as table rows."""
    for one in some:
        yield one.place, one.name, one.polls, one.banded, one.turnout and one.turnout.value, one.clear_pct
