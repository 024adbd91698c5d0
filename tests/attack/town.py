"""A made-up neighbourhood that answers, and the two who publish: a naive one, and Kith."""

import random
from collections import Counter

from bot.community.noise import two_sided
from bot.community.people_counts import count
from bot.community.protect import protect
from bot.community.tally_plan import ALL, Plan, Question
from bot.community.tally_release import POLICY

BANDS = ("low", "medium", "high", "very high")
WIDE = ("0-6", "0-6", "7-10", "7-10")
ANSWERS = (10, 20, 45, 25)
PATCHES = ("Mill Road", "Station", "Hilltop", "Canal", "Market", "other")
TONGUES = ("English", "Polish", "Urdu", "other")
AGES = ("16-34", "35-64", "other")
HIDDEN = None


def plan(*breakdowns):
    """One question by some of patch, language and age."""
    groups = {"patch": PATCHES, "language": TONGUES, "age": AGES}
    asked = Question("satisfied", BANDS, WIDE, breakdowns)
    return Plan("w", (asked,), {name: groups[name] for name in breakdowns})


def answers_of(dice, n, declared, weights=ANSWERS):
    """n people who answer as the weights say, spread evenly over the groups."""
    groups = [dice.choices(names, k=n) for names in declared.breakdowns.values()]
    return list(zip(dice.choices(BANDS, weights, k=n), *groups, strict=True))


def naive(rows, declared):
    """ "Suppress under 5": exact counts and exact totals; 1 to 4 are hidden, 0 is shown. By (breakdown, group, band)."""
    told = {}
    for at, breakdown in enumerate((ALL, *declared.breakdowns)):
        cells = Counter((row[at] if at else ALL, row[0]) for row in rows)
        for group in declared.groups(breakdown):
            for band in BANDS:
                number = cells[group, band]
                told[breakdown, group, band] = HIDDEN if 0 < number < 5 else number
            told[breakdown, group, "total"] = sum(cells[group, band] for band in BANDS)
    return told


def ours(rows, declared, dice, policy=POLICY):
    """Kith's release of the same rows, with noise that this test can draw again."""
    return protect(count(declared, rows), policy, two_sided(policy.alpha, dice.randrange))


def table_of(release, breakdown):
    return next(one for one in release.tables if one.breakdown == breakdown)


def dice_of(seed):
    return random.Random(seed)
