"""One person who asks very often cannot be read off a quarter, though somebody knows all others' asks.

A naive publisher counts asks. One who blurs those counts without looking whose they are is no better: forty asks stand
out of any noise. Ours counts people: however often somebody asked, the bound is that of one answer in one table.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta

from bot.community.aid_rules import KINDS
from bot.community.noise import guess_at_most, two_sided
from bot.community.quarter_figures import Deeds, Ended, plan_of, rows
from bot.community.tally_release import POLICY
from tests.attack.test_attacks import TRIALS, least_of, shown  # noqa: F401 - a fixture
from tests.attack.town import dice_of, ours

NOW = datetime(2026, 11, 2, tzinfo=UTC)
PEOPLE, ASKERS, OFTEN = 300, 140, 40
PLAN = plan_of("millbrook", "2026-Q4", ["en", "ur"])
AT = PLAN.columns.index("quarter.kind")


def asks(asker, kind, times=1):
    return [Ended(asker, kind, "en", NOW, NOW, NOW + timedelta(hours=3), None)] * times


def quarter(dice, kind):
    """All others' asks, one each, and the target's forty of one kind; and both as rows of people."""
    others = [one for asker in range(1, ASKERS) for one in asks(asker, dice.choice(KINDS))]
    mine = asks(0, kind, OFTEN)
    made = Counter(one.asker for one in (*others, *mine))
    return others, mine, list(rows(Deeds(dict.fromkeys(range(PEOPLE), "en"), made, [*others, *mine]), dice.choice))


def read_off(release, known):
    """How much more each kind is told than the others' asks come to: shares are finer than counts."""
    table = next(one for one in release.tables if one.question == "quarter.kind")
    told = {row.band: (row.share_pct or 0) * row.group_total / 100 for row in table.rows}
    assert set(told) == set(KINDS), "published in all bands"
    return {kind: known[kind] - told[kind] for kind in KINDS}


def test_forty_asks_of_one_person_hide_as_well_as_one(shown):  # noqa: F811
    dice, right = dice_of(21), {"naive": 0, "blurred": 0, "ours": 0}
    draw = two_sided(POLICY.alpha, dice.randrange)
    for _ in range(TRIALS):
        kind = dice.choice(KINDS)
        others, mine, people = quarter(dice, kind)
        known, true = Counter(one.kind for one in others), Counter(one.kind for one in (*others, *mine))
        right["naive"] += least_of({one: known[one] - true[one] for one in KINDS}, dice) == kind
        right["blurred"] += least_of({one: known[one] - true[one] - draw() for one in KINDS}, dice) == kind
        right["ours"] += least_of(read_off(ours(people, PLAN, dice), known), dice) == kind
    bound = float(guess_at_most(len(KINDS), 1))
    shown("forty asks of one person: what for", right["naive"] / TRIALS, right["ours"] / TRIALS, bound)
    assert right["naive"] > 0.99 * TRIALS
    assert right["blurred"] > 0.95 * TRIALS, "noise on asks does not help whoever asks often"
    assert right["ours"] / TRIALS < bound


def test_two_quarters_in_which_one_person_asks_for_the_same(shown):  # noqa: F811
    dice, right = dice_of(22), {"naive": 0, "ours": 0}
    for _ in range(TRIALS):
        kind, less, exact = dice.choice(KINDS), Counter(), Counter()
        for _quarter in range(2):
            others, mine, people = quarter(dice, kind)
            known = Counter(one.kind for one in others)
            exact.update({one: known[one] - Counter(each.kind for each in (*others, *mine))[one] for one in KINDS})
            less.update(read_off(ours(people, PLAN, dice), known))
        right["naive"] += least_of(exact, dice) == kind
        right["ours"] += least_of(less, dice) == kind
    bound = float(guess_at_most(len(KINDS), 2))
    shown("the same in two quarters", right["naive"] / TRIALS, right["ours"] / TRIALS, bound)
    assert right["naive"] > 0.99 * TRIALS
    assert 1 / len(KINDS) < right["ours"] / TRIALS < bound
