"""Millbrook for a year: who lives there, who offers help, who asks for what and when; what each of them is like.

Everything is drawn from the seed by name, so that the same people with the same habits meet whatever rule is tried on them.
"""

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.community.aid_rules import CHECKED_KINDS, SPELLS, slots_in
from bot.community.volunteers import Offering

ZONE = ZoneInfo("Europe/London")
LANGUAGES = {"en": 66, "ur": 9, "pl": 8, "ro": 5, "ar": 4, "bn": 3, "uk": 3, "so": 2}
KINDS = {
    "shopping": 17, "lift": 15, "food": 12, "prescription": 12, "company": 10, "phone_computer": 9, "form": 8,
    "repairs": 5, "children": 4, "interpreting": 4, "meeting": 2, "other": 2,
}  # fmt: skip
PATCHES = ("Mill Road", "Station", "Riverside", "Old Town", "Hilltop", "The Park", "Canal Side", "Northfield")
NEXT_TO = {0: (1, 4), 1: (2, 5), 2: (3, 6), 3: (7,), 4: (5,), 5: (6,), 6: (7,)}
HOURS = (1, 1, 1, 1, 1, 2, 4, 9, 16, 24, 26, 24, 18, 16, 17, 17, 17, 18, 17, 14, 11, 8, 5, 2)
"""How many asks come in each hour of a day, against each other."""
WEEKDAYS = (13, 12, 11, 11, 12, 7, 6)
WHENS = {"soon": 8, "today": 17, "day": 50, "later": 25}
COORDINATORS = 2


def dice(*name: object) -> random.Random:
    """Chance with a name: the same each time, whatever else was drawn before."""
    return random.Random(":".join(map(str, name)))


@dataclass(frozen=True)
class Wanted:
    """Something that somebody will want. `series`: for how many weeks, 0 for once. `need` and `place` hold its number."""

    number: int
    by: int
    at: datetime
    kind: str
    when: str
    days: int
    part: str
    patch: int
    any_language: bool
    series: int
    with_place: bool
    for_another: bool


@dataclass(frozen=True)
class Helper:
    """A resident who offers help between two moments; how they answer ("quick", "slow", "never"), and how readily."""

    number: int
    offering: Offering
    checked: bool
    begins: datetime
    leaves: datetime | None
    answers: str
    willing: float


@dataclass(frozen=True)
class Plan:
    """A stretch of Millbrook's life."""

    seed: int
    begins: datetime
    days: int
    languages: tuple[str, ...]
    """Of each resident, by number."""
    homes: tuple[int, ...]
    helpers: tuple[Helper, ...]
    wanted: tuple[Wanted, ...]

    @property
    def ends(self) -> datetime:
        """When nothing new is asked any more."""
        return self.begins + timedelta(days=self.days)


def plan(seed: int, first: date, days: int, residents: int, helpers: int, asks: int) -> Plan:
    """A stretch of so many days with so many residents, helpers and asks."""
    begins = datetime.combine(first, time(0), ZONE).astimezone(UTC)
    some = dice(seed, "people")
    languages = tuple(some.choices([*LANGUAGES], [*LANGUAGES.values()], k=residents))
    homes = tuple(some.choices(range(len(PATCHES)), k=residents))
    who = some.sample(range(COORDINATORS, residents), residents - COORDINATORS)
    turnover = max(1, helpers * days // 365 // 4)
    offering = [
        _helper(seed, place, number, languages[number], homes[number], begins, days, helpers, turnover)
        for place, number in enumerate(who[: helpers + turnover])
    ]
    asking = who[helpers // 2 :]  # half of the helpers ask too
    wanted = sorted(
        (_wanted(seed, number, asking, homes, first, days) for number in range(asks)), key=lambda ask: ask.at
    )
    return Plan(seed, begins, days, languages, homes, tuple(offering), tuple(wanted))


def _helper(
    seed: int,
    place: int,
    number: int,
    language: str,
    home: int,
    begins: datetime,
    days: int,
    helpers: int,
    turnover: int,
) -> Helper:
    """One of those who offer from the first day, or who comes when another leaves: a quarter changes in a year."""
    own = dice(seed, "helper", number)
    change = begins + timedelta(days=days * dice(seed, "change", place % helpers).uniform(0.1, 0.9))
    near = [other for patch, others in NEXT_TO.items() for other in others if patch == home]
    near += [patch for patch, others in NEXT_TO.items() if home in others]
    spells = own.sample(SPELLS, own.choices((1, 2, 3, 4), (2, 4, 3, 1))[0])
    checked = own.random() < 0.35
    kinds = [kind for kind in own.sample([*KINDS], own.randint(2, 6)) if checked or kind not in CHECKED_KINDS]
    offering = Offering(
        tuple(kinds or ["shopping"]),
        (home + 1, *(patch + 1 for patch in near if own.random() < 0.5)),
        tuple(dict.fromkeys([language, *(["en"] if own.random() < 0.8 else [])])),
        slots_in(spells),
        own.choices((1, 2, 3, 5), (3, 4, 2, 1))[0],
    )
    answers = own.choices(("quick", "slow", "never"), (54, 37, 9))[0]
    late = place >= helpers
    leaves = change if place < turnover else None
    return Helper(number, offering, checked, change if late else begins, leaves, answers, own.betavariate(4, 4))


def _wanted(seed: int, number: int, asking: list[int], homes: tuple[int, ...], first: date, days: int) -> Wanted:
    own = dice(seed, "wanted", number)
    on = own.choices(range(days), [WEEKDAYS[(first + timedelta(days=day)).weekday()] for day in range(days)])[0]
    hour = own.choices(range(24), HOURS)[0]
    at = datetime.combine(first + timedelta(days=on), time(hour, own.randrange(60)), ZONE).astimezone(UTC)
    for_another = own.random() < 0.03
    by = own.randrange(COORDINATORS) if for_another else asking[int(len(asking) * own.random() ** 2.5)]
    when = own.choices([*WHENS], [*WHENS.values()])[0]
    return Wanted(
        number,
        by,
        at,
        own.choices([*KINDS], [*KINDS.values()])[0],
        when,
        own.randint(1, 6),
        own.choices(("morning", "afternoon", "evening", "any"), (4, 4, 2, 3))[0],
        homes[by] if own.random() < 0.9 else own.randrange(len(PATCHES)),
        own.random() < 0.4,
        own.randint(2, 8) if when in {"day", "later"} and own.random() < 0.02 else 0,
        own.random() < 0.5,
        for_another,
    )
