"""A made-up neighbourhood of any size for the matching bench: patches on a grid, 12 kinds of help.

The proportions are those of facts/matching.md 4.2: 8 languages, 35 % checked, and a share of volunteers
with time this week.
"""

import random
from dataclasses import dataclass

from bot.community.pairs import SLOTS, Ask, Volunteer

KINDS = [f"kind{number}" for number in range(12)]
LANGUAGES = ["en", "ur", "pl", "ro", "ar", "bn", "so", "pt"]
SPOKEN = [60, 10, 9, 6, 5, 4, 3, 3]


@dataclass(frozen=True)
class Town:
    """What one matching is made for."""

    asks: list[Ask]
    volunteers: list[Volunteer]
    neighbours: dict[int, list[int]]


def town(asks: int, volunteers: int, places: int, per_patch: int, supply: float, seed: int = 1) -> Town:
    """A town of so many asks and volunteers in so many places; `supply` is the share of volunteers with time this week."""
    dice = random.Random(seed)
    each = max(1, volunteers // places // per_patch)
    neighbours = {
        place * each + patch: _beside(place * each, patch, each) for place in range(places) for patch in range(each)
    }
    return Town(
        [_ask(number, neighbours, dice) for number in range(asks)],
        [_volunteer(number, number // per_patch, neighbours, supply, dice) for number in range(volunteers)],
        neighbours,
    )


def _beside(first: int, patch: int, patches: int) -> list[int]:
    """The patches left, right, above and below on a grid that is as square as can be."""
    wide = max(1, round(patches**0.5))
    row, column = divmod(patch, wide)
    around = [(row, column - 1), (row, column + 1), (row - 1, column), (row + 1, column)]
    return [first + y * wide + x for y, x in around if 0 <= x < wide and 0 <= y * wide + x < patches]


def _ask(number: int, neighbours: dict[int, list[int]], dice: random.Random) -> Ask:
    return Ask(
        id=number,
        kind=dice.choice(KINDS),
        patch=dice.randrange(len(neighbours)),
        languages=_languages(dice, 2),
        slots=_slots(dice, dice.randint(3, 9)),
        urgency=dice.choices(range(4), [40, 25, 15, 20])[0],
        days_waiting=min(20, int(dice.expovariate(0.4))),
        needs_checked=dice.random() < 0.25,
        asker=10**9 + number,
    )


def _volunteer(
    number: int, patch: int, neighbours: dict[int, list[int]], supply: float, dice: random.Random
) -> Volunteer:
    home = patch % len(neighbours)
    return Volunteer(
        id=number,
        kinds=frozenset(dice.sample(KINDS, dice.randint(2, 8))),
        patches=frozenset([home, *(patch for patch in neighbours[home] if dice.random() < 0.5)]),
        languages=frozenset(_languages(dice, 3)),
        slots=_slots(dice, dice.randint(6, 18)),
        capacity=dice.randint(1, 3) if dice.random() < supply else 0,
        checked=dice.random() < 0.35,
        days_since_asked=None if dice.random() < 0.1 else dice.randint(0, 60),
        load_30_days=min(12, int(dice.expovariate(0.7))),
        acceptance=None if dice.random() < 0.1 else dice.randint(10, 100),
    )


def _languages(dice: random.Random, at_most: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(dice.choices(LANGUAGES, SPOKEN, k=dice.randint(1, at_most))))


def _slots(dice: random.Random, free: int) -> int:
    return sum(1 << slot for slot in dice.sample(range(SLOTS), free))
