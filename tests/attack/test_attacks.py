"""Nobody can be found in what is published, though people try.

Each attack is first made on a naive publisher, who shows exact counts and totals and hides cells of 1 to 4: there it
must succeed, or it would prove nothing. Against ours it may guess no better than docs/evaluation.md says:
noise.guess_at_most(), which no attacker can pass, whatever they know. At least 1,000 trials each, with fixed dice.
"""

import json
from collections import Counter
from statistics import mean

import pytest

from bot.community.noise import guess_at_most, two_sided
from bot.community.people_counts import Spent, count
from bot.community.protect import protect
from bot.community.tally_export import files_of
from bot.community.tally_plan import ALL, COMBINED, Plan, Question
from bot.community.tally_release import POLICY, Flag, Status, TallyRelease
from tests.attack.guesser import guess
from tests.attack.linear import extremes
from tests.attack.town import (
    ANSWERS,
    BANDS,
    HIDDEN,
    PATCHES,
    WIDE,
    answers_of,
    dice_of,
    naive,
    ours,
    plan,
    table_of,
)

TRIALS = 1000
CHANCE = 0.25


@pytest.fixture
def shown(record_property):
    def show(attack, naively, here, bound):
        record_property("shown", f"attack: {attack}: naive {naively:.1%}, ours {here:.1%}, bound {bound:.1%}")

    return show


def bound(tables, bands=4):
    return float(guess_at_most(bands, tables))


# 1. linear programming on tables with all totals

CELLS = [(patch, band) for patch in PATCHES for band in BANDS]


def those(*, patches=PATCHES, bands=BANDS):
    return [int(patch in patches and band in bands) for patch, band in CELLS]


def naive_bounds(told):
    """The least and most of hidden cells (of five, for speed), from all cells and totals that are shown."""
    known = [
        (those(patches=[p], bands=[b]), told["patch", p, b]) for p, b in CELLS if told["patch", p, b] is not HIDDEN
    ]
    known += [(those(patches=[patch]), told["patch", patch, "total"]) for patch in PATCHES]
    known += [(those(bands=[band]), told[ALL, ALL, band]) for band in BANDS if told[ALL, ALL, band] is not HIDDEN]
    hidden = [(p, b) for p, b in CELLS if told["patch", p, b] is HIDDEN]
    sums = [row for row, _ in known] + [those(patches=[p], bands=[b]) for p, b in hidden]
    low, high = ([number for _, number in known] + [edge] * len(hidden) for edge in (1, 4))
    if not hidden:
        return {}
    found = extremes([those(patches=[p], bands=[b]) for p, b in hidden[:5]], sums, low, high)
    return dict(zip(hidden, found, strict=False))


def our_bounds(release, at_most):
    """As above; a published count is taken to lie within rounding and the noise of 96 of 100 cells."""
    known = []
    for breakdown in (ALL, "patch"):
        table = table_of(release, breakdown)
        for row in table.rows:
            members = PATCHES if breakdown == ALL else table.combined if row.group == COMBINED else [row.group]
            bands = [b for b, wide in zip(BANDS, WIDE, strict=True) if row.band in {b, wide}]
            stray = 2 + at_most * len(members) if breakdown != ALL else 2 + at_most
            known.append((those(patches=members, bands=bands), row.count - stray, row.count + stray))
    wanted = [row for row, low, high in known if sum(row) == 2][:2]
    sums, low, high = zip(*known, strict=True)
    return wanted and extremes(wanted, sums, [max(0, number) for number in low], high)


def test_linear_programming_finds_hidden_cells_of_the_naive_and_none_of_ours(shown):
    declared, dice = plan("patch"), dice_of(1)
    broken = pinned = impossible = 0
    widths = []
    for trial in range(TRIALS):
        rows = answers_of(dice, (60, 120, 200, 400)[trial % 4], declared)
        true = Counter((row[1], row[0]) for row in rows)
        solved = {cell: least for cell, (least, most) in naive_bounds(naive(rows, declared)).items() if least == most}
        assert all(true[cell] == number for cell, number in solved.items())  # certain, and right
        broken += bool(solved)
        found = our_bounds(ours(rows, declared, dice), at_most=4)
        impossible += found is None
        for least, most in found or []:
            pinned += most - least < 1
            widths.append(most - least)
    shown("linear programming on one table with totals", broken / TRIALS, pinned / TRIALS, 0)
    assert broken > TRIALS / 2
    assert pinned == 0
    assert len(widths) > TRIALS
    assert mean(widths) > 8


# 2. two breakdowns, of which one contains the other


def test_differencing_nested_breakdowns(shown):
    """An area of 60 and the same area with one house more, both published: the difference is that house."""
    groups = {"ward": ("Hilltop", "other"), "school": ("Hilltop and 1 house", "other")}
    declared, dice = Plan("w", (Question("satisfied", BANDS, WIDE, tuple(groups)),), groups), dice_of(2)
    right = {"naive": 0, "ours": 0}
    for _ in range(TRIALS):
        bands = dice.choices(BANDS, k=600)
        rows = [(band, groups["ward"][n >= 60], groups["school"][n >= 61]) for n, band in enumerate(bands)]
        told, release = naive(rows, declared), ours(rows, declared, dice)
        exact = {band: (told["ward", "Hilltop", band] or 0) - (told["school", "Hilltop and 1 house", band] or 0)
                 for band in BANDS}  # fmt: skip
        blurred = {band: numbers_of(release, "ward", "Hilltop", band)
                   - numbers_of(release, "school", "Hilltop and 1 house", band) for band in BANDS}  # fmt: skip
        for who, less in (("naive", exact), ("ours", blurred)):
            right[who] += least_of(less, dice) == bands[60]
    shown("differencing nested breakdowns", right["naive"] / TRIALS, right["ours"] / TRIALS, bound(2))
    assert right["naive"] > 0.95 * TRIALS
    assert right["ours"] / TRIALS < bound(2)


def numbers_of(release, breakdown, group, band):
    """The number behind a published share, as finely as it can be read."""
    rows = [row for row in table_of(release, breakdown).rows if row.group == group]
    return next((row.share_pct * row.group_total / 100 for row in rows if row.band == band), 0)


def least_of(less, dice):
    least = min(less.values())
    return dice.choice([band for band, number in less.items() if number == least])


# 3. two pulls, between which one person answered, or left


def test_two_pulls_before_and_after_one_person_left(shown):
    """The naive page is made anew for each pull. Ours was made once; who leaves later is in it, and it stays."""
    declared, dice = plan("patch", "language", "age"), dice_of(3)
    right = {"naive": 0, "ours": 0}
    for _ in range(TRIALS):
        rows = answers_of(dice, 60, declared, (25, 25, 25, 25))
        before, after = naive(rows, plan()), naive(rows[:-1], plan())
        gone = {band: (after[ALL, ALL, band] or 0) - (before[ALL, ALL, band] or 0) for band in BANDS}
        right["naive"] += least_of(gone, dice) == rows[-1][0]
        stored = ours(rows, declared, dice).as_json()
        pulls = [files_of(TallyRelease.from_facts(json.loads(stored)))["results.csv"] for _ in range(2)]
        assert pulls[0] == pulls[1]
        right["ours"] += dice.choice(BANDS) == rows[-1][0]  # the difference is nothing, in every band
    shown("two pulls around one person's leaving", right["naive"] / TRIALS, right["ours"] / TRIALS, CHANCE)
    assert right["naive"] > 0.95 * TRIALS


def test_nobody_gets_a_second_release_of_the_same_answers(shown):
    """What the one release protects from: the same noise, thirty times over one table, hides little."""
    dice, declared, right = dice_of(4), plan(), 0
    for _ in range(TRIALS):
        rows = answers_of(dice, 200, declared, (25, 25, 25, 25))
        true = Counter(row[0] for row in rows[:-1])
        draw = two_sided(POLICY.alpha, dice.randrange)
        pulls = {band: mean(true[band] + (band == rows[-1][0]) + draw() for _ in range(30)) for band in BANDS}
        right += max(BANDS, key=lambda band: pulls[band] - true[band]) == rows[-1][0]
    shown("30 releases of the same answers, if there were such", right / TRIALS, CHANCE, CHANCE)
    assert right > 0.85 * TRIALS
    counts = count(declared, rows)
    protect(counts)
    with pytest.raises(Spent):
        protect(counts)


# 4. two waves with the same people but one


def test_two_waves_that_overlap_in_all_but_one_person(shown):
    declared, dice = plan("patch", "language", "age"), dice_of(5)
    right = {"naive": 0, "ours": 0}
    for _ in range(TRIALS):
        rows = answers_of(dice, 600, declared, (25, 25, 25, 25))
        first, second = naive(rows, plan()), naive(rows[:-1], plan())
        gone = {band: second[ALL, ALL, band] - first[ALL, ALL, band] for band in BANDS}
        right["naive"] += least_of(gone, dice) == rows[-1][0]
        autumn, winter = ours(rows, declared, dice), ours(rows[:-1], declared, dice)
        fewer = {band: sum(numbers_of(winter, name, group, band) - numbers_of(autumn, name, group, band)
                           for name, group in zip((ALL, "patch", "language", "age"), (ALL, *rows[-1][1:]), strict=True))
                 for band in BANDS}  # fmt: skip
        right["ours"] += least_of(fewer, dice) == rows[-1][0]
    shown("two waves that differ by one person", right["naive"] / TRIALS, right["ours"] / TRIALS, bound(4))
    assert right["naive"] > 0.95 * TRIALS
    assert right["ours"] / TRIALS < bound(4)


def test_two_waves_in_which_somebody_answers_the_same(shown):
    """Whoever knows all others reads the same answer off twice as many tables."""
    declared, dice, right = plan("patch"), dice_of(6), 0
    for _ in range(TRIALS):
        rows = answers_of(dice, 510, declared, (25, 25, 25, 25))
        waves = [ours(rows, declared, dice) for _ in range(2)]
        both = TallyRelease("both", {}, waves[0].tables + waves[1].tables)
        right += guess(both, rows[:-1], rows[-1][1:], declared, dice) == rows[-1][0]
    shown("the same answer in two waves of two tables, all others known", 1, right / TRIALS, bound(4))
    assert CHANCE + 0.05 < right / TRIALS < bound(4)


# 5. somebody who knows all answers but one


@pytest.mark.parametrize(
    ("breakdowns", "n"), [((), 40), ((), 200), (("patch",), 510), (("patch", "language", "age"), 510)]
)
def test_all_answers_but_one_are_known(shown, breakdowns, n):
    declared, dice = plan(*breakdowns), dice_of(7)
    right = {"naive": 0, "ours": 0}
    for _ in range(TRIALS):
        rows = answers_of(dice, n, declared, (25, 25, 25, 25))
        target, others = rows[-1], rows[:-1]
        told, known = naive(rows, plan()), Counter(row[0] for row in others)
        right["naive"] += least_of({b: known[b] - (told[ALL, ALL, b] or 0) for b in BANDS}, dice) == target[0]
        right["ours"] += guess(ours(rows, declared, dice), others, target[1:], declared, dice) == target[0]
    tables = 1 + len(breakdowns)
    shown(
        f"all known but one, {tables} tables, n = {n}", right["naive"] / TRIALS, right["ours"] / TRIALS, bound(tables)
    )
    assert right["naive"] > 0.9 * TRIALS
    assert right["ours"] / TRIALS < bound(tables)


@pytest.mark.parametrize("tables", [1, 2, 4])
def test_the_bound_is_what_the_best_attacker_reaches_and_no_more(shown, tables):
    """With all noisy numbers unrounded, which nobody ever sees."""
    dice, right, trials = dice_of(8), 0, 4000
    draw = two_sided(POLICY.alpha, dice.randrange)
    for _ in range(trials):
        mine = dice.choice(BANDS)
        above = {band: sum((band == mine) + draw() >= 1 for _ in range(tables)) for band in BANDS}
        right += least_of({band: -times for band, times in above.items()}, dice) == mine
    shown(f"all known but one, unrounded, {tables} tables", 1, right / trials, bound(tables))
    assert right / trials == pytest.approx(bound(tables), abs=0.025)


# 6. groups that are of one mind


def test_a_unanimous_group_is_seldom_shown_and_never_as_unanimous(shown):
    declared, dice = plan("patch"), dice_of(9)
    certain = alone = 0
    for _ in range(TRIALS):
        rows = [("low", "Station")] * 25
        rows += [
            (row[0], dice.choice(["Mill Road", "Hilltop", "Canal"])) for row in answers_of(dice, 110, declared, ANSWERS)
        ]
        told = naive(rows, declared)
        certain += told["patch", "Station", "low"] == told["patch", "Station", "total"]
        lines = [row for row in table_of(ours(rows, declared, dice), "patch").rows if row.group == "Station"]
        alone += bool(lines)
        assert all(row.share_pct <= 90 for row in lines)
    shown("a group of one mind, shown on its own", certain / TRIALS, alone / TRIALS, 1 / 12)
    assert certain == TRIALS
    assert alone / TRIALS == pytest.approx(1 / 12, abs=0.03)  # where its empty band seems to hold 3 people or more


def test_a_wave_of_one_mind_is_told_as_nearly_so(shown):
    declared, dice = plan("patch"), dice_of(10)
    certain = nearly = 0
    for _ in range(TRIALS):
        rows = [("low", dice.choice(PATCHES)) for _ in range(dice.randrange(40, 400))]
        release = ours(rows, declared, dice)
        rows_shown = [row for table in release.tables for row in table.rows]
        certain += any((row.share_pct or 0) > 95 for row in rows_shown)
        nearly += any(row.flag is Flag.NEARLY_ALL for row in rows_shown)
        assert table_of(release, "patch").status is not Status.PUBLISHED
    shown("a whole wave of one mind, told as unanimous", 1, certain / TRIALS, 0)
    assert certain == 0
    assert nearly > TRIALS / 2
