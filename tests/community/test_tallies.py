"""What is published of a wave: enough to be of use, and nothing that was not blurred first."""

import json
import random
from collections import Counter
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.community.disclosure import publish_tallies
from bot.community.noise import two_sided
from bot.community.people_counts import Spent, UnknownAnswer, count
from bot.community.protect import protect
from bot.community.tally_plan import (
    ALL,
    CHANGES,
    COMBINED,
    Plan,
    PlanWrong,
    Question,
    change_of,
    changed,
)
from bot.community.tally_release import POLICY, Flag, Status, TallyRelease

BANDS = ("low", "medium", "high", "very high")
WIDE = ("0-6", "0-6", "7-10", "7-10")
PATCHES = ("Mill Road", "Station", "Hilltop", "other")
SATISFIED = Question("satisfied", BANDS, WIDE, ("patch",))
PLAN = Plan("2026-autumn", (SATISFIED,), {"patch": PATCHES})


def silence():
    """No noise at all: to see what the rule does with numbers that are known."""
    return 0


def people(**by_group):
    """Rows by group: people(Station=(1, 2, 3, 4)) answered low, medium, high, very high."""
    for group, numbers in by_group.items():
        for band, times in zip(BANDS, numbers, strict=True):
            yield from [(band, group.replace("_", " "))] * times


def release(rows, plan=PLAN, noise=silence, policy=POLICY, silent=None):
    return protect(count(plan, rows, silent), policy, noise)


def table(told, question="satisfied", breakdown=ALL):
    return next(one for one in told.tables if (one.question, one.breakdown) == (question, breakdown))


def lines(one):
    """A table's numbers by group."""
    groups = {}
    for row in one.rows:
        groups.setdefault(row.group, []).append(row.count)
    return groups


# how much is told of how many


@pytest.mark.parametrize(
    ("answers", "overall", "by_patch"),
    [(29, (), ()), (30, 2, ()), (99, 2, ()), (100, 4, 2), (499, 4, 2), (500, 4, 4)],
)
def test_the_more_answers_the_more_is_told(answers, overall, by_patch):
    each = answers // 8
    rows = list(people(Station=(each,) * 4, Hilltop=(each,) * 4))
    rows += list(people(Station=(0, answers - len(rows), 0, 0)))
    told = release(rows)
    shown = [len(one.bands) or () for one in (table(told), table(told, breakdown="patch"))]
    assert shown == [overall, by_patch]


def test_under_thirty_answers_not_even_their_number_is_told():
    told = release(people(Station=(5, 5, 5, 5)))
    assert (told.came, {one.status for one in told.tables}) == ({}, {Status.FEW})
    assert not told.is_published


def test_a_question_that_most_skipped_is_told_as_one_that_few_answered():
    other = replace(SATISFIED, name="safe")
    plan = Plan("w", (SATISFIED, other), {"patch": PATCHES})
    rows = [("high", "", "Station")] * 110 + [("low", "high", "Hilltop")] * 60 + [("low", "low", "Hilltop")] * 30
    told = release(rows, plan)
    assert table(told, "safe").bands == ("0-6", "7-10")
    assert lines(table(told, "safe")) == {ALL: [30, 60]}
    assert table(told, "safe", "patch").status is Status.FEW
    assert len(table(told).bands) == 4
    few = release([*rows[:110], *rows[170:199]], plan)
    assert table(few, "safe").status is Status.FEW


def test_a_question_without_wide_bands_is_told_only_where_all_bands_can_be():
    bare = Plan("w", (replace(SATISFIED, coarse=()),), {"patch": PATCHES})
    statuses = {n: [one.status for one in release(people(Station=(n,) * 4, Hilltop=(n,) * 4), bare).tables]
                for n in (9, 20, 70)}  # fmt: skip
    assert statuses == {
        9: [Status.FEW_FOR_BANDS, Status.FEW],
        20: [Status.PUBLISHED, Status.FEW_FOR_BANDS],
        70: [Status.PUBLISHED, Status.PUBLISHED],
    }


def test_counts_are_rounded_to_five_and_shares_are_whole():
    told = release(people(Station=(18, 33, 30, 22)))
    [low, medium, high, very_high] = table(told).rows
    assert [row.count for row in (low, medium, high, very_high)] == [20, 35, 30, 20]
    assert [row.share_pct for row in (low, medium, high, very_high)] == [17, 32, 29, 21]
    assert {row.group_total for row in table(told).rows} == {105}
    assert told.came == {"answered": 105}


def test_a_count_that_rounds_to_nothing_is_low_not_none():
    rows = table(release(people(Station=(2, 3, 30, 70)))).rows
    assert [(row.count, row.flag) for row in rows[:2]] == [(0, Flag.LOW), (5, Flag.NONE)]


def test_a_small_group_is_combined_with_the_smallest_other():
    told = table(release(people(Mill_Road=(20, 20, 20, 20), Station=(9, 9, 9, 9), Hilltop=(4, 4, 4, 3), other=(10,) * 4)),
                 breakdown="patch")  # fmt: skip
    assert set(lines(told)) == {"Mill Road", "other", COMBINED}
    assert told.combined == ("Station", "Hilltop")
    assert {row.group_total for row in told.rows if row.group == COMBINED} == {50}


def test_a_group_of_one_mind_is_combined_however_large_it_is():
    told = table(release(people(Mill_Road=(20, 20, 20, 20), Station=(9, 9, 9, 9), Hilltop=(0, 0, 4, 46), other=(9,) * 4)),
                 breakdown="patch")  # fmt: skip
    assert "Hilltop" in told.combined
    assert "Hilltop" not in lines(told)


def test_an_empty_catch_all_costs_no_group_its_line():
    told = table(release(people(Mill_Road=(20,) * 4, Station=(9,) * 4, Hilltop=(9,) * 4, other=(1, 2, 3, 3))),
                 breakdown="patch")  # fmt: skip
    assert (told.combined, told.left_out) == ((), ("other",))
    assert set(lines(told)) == {"Mill Road", "Station", "Hilltop"}


def test_a_breakdown_of_one_line_is_withheld():
    told = table(release(people(Mill_Road=(40,) * 4, Station=(2, 2, 2, 2))), breakdown="patch")
    assert (told.status, told.rows) == (Status.ONE_GROUP, ())


def test_where_nearly_all_are_of_one_mind_only_that_is_told():
    rows = table(release(people(Station=(0, 3, 0, 200)))).rows
    assert [(row.count, row.flag, row.share_pct) for row in rows] == [
        *[(None, Flag.HIDDEN, None)] * 3,
        (190, Flag.NEARLY_ALL, 95),
    ]
    assert [row.count for row in table(release(people(Station=(0, 13, 0, 200)))).rows] == [0, 15, 0, 200]


def test_how_far_people_came_is_told_as_nested_counts():
    told = release(people(Station=(20, 20, 20, 20)), silent={"invited": 51, "opened": 12, "reached": 27})
    assert told.came == {"invited": 170, "reached": 120, "opened": 90, "answered": 80}


def test_whoever_was_assisted_is_counted_among_the_answers_and_told_apart_from_the_invited():
    counts = count(PLAN, people(Station=(20, 20, 20, 20)), {"invited": 40}, people(Hilltop=(5, 5, 5, 5)))
    told = protect(counts, POLICY, silence)
    assert told.came == {"invited": 120, "answered": 100, "assisted": 20}
    assert lines(table(told)) == {ALL: [25, 25, 25, 25]}


def test_that_nobody_was_assisted_is_blurred_like_any_other_number():
    drawn = []
    counts = count(PLAN, people(Station=(5, 5, 5, 5)), None, [])
    protect(counts, POLICY, lambda: drawn.append(0) or 0)
    assert len(drawn) == 2
    several = (protect(count(PLAN, people(Station=(20,) * 4), None, []), POLICY, seeded(n)) for n in range(200))
    assert {told.came["assisted"] for told in several} == {0, 5, 10}


# what the numbers may rest on


@st.composite
def waves(draw):
    """A plan and its people, of all sizes and shapes."""
    bands = tuple(f"b{n}" for n in range(draw(st.integers(2, 6))))
    wide = tuple("A" if n < draw(st.integers(1, len(bands) - 1)) else "B" for n in range(len(bands)))
    wide = wide if len(set(wide)) == 2 and draw(st.booleans()) else ()
    breakdowns = {
        f"v{n}": tuple(f"g{g}" for g in range(draw(st.integers(2, 7)))) for n in range(draw(st.integers(0, 2)))
    }
    questions = tuple(Question(f"q{n}", bands, wide, tuple(breakdowns)) for n in range(draw(st.integers(1, 3))))
    plan = Plan("w", questions, breakdowns)
    dice = random.Random(draw(st.integers(0, 2**32)))
    slant = [dice.random() ** draw(st.integers(1, 6)) for _ in bands]
    cells = [[*bands, ""]] * len(questions) + [[*groups, "", "elsewhere"] for groups in breakdowns.values()]
    many = draw(st.sampled_from([0, 5, 29, 31, 60, 99, 101, 200, 520, 800]))
    rows = [
        tuple(dice.choices(names, [*slant, 0.1] if at < len(questions) else None)[0] for at, names in enumerate(cells))
        for _ in range(many)
    ]
    return plan, rows


def seeded(seed):
    return two_sided(POLICY.alpha, random.Random(seed).randrange)


@settings(deadline=None, max_examples=150)
@given(waves(), st.integers(0, 2**32))
def test_whatever_is_published_keeps_to_the_rule(wave, seed):
    plan, rows = wave
    told = release(rows, plan, seeded(seed))
    assert [(one.question, one.breakdown) for one in told.tables] == [(q.name, name) for q, name in plan.tables]
    for one in told.tables:
        assert bool(one.rows) == (one.status is Status.PUBLISHED)
        keeps_to_the_rule(one, plan)
    if not told.is_published:
        assert not any(one.rows for one in told.tables)


def keeps_to_the_rule(one, plan):
    groups = {}
    for row in one.rows:
        groups.setdefault(row.group, []).append(row)
        assert row.count is None or (row.count >= 0 and row.count % 5 == 0)
        assert row.group_total % 5 == 0
        assert (row.count is None) == (row.share_pct is None) == (row.flag is Flag.HIDDEN)
        assert row.share_pct is None or 0 <= row.share_pct <= 100
    for rows in groups.values():
        assert [row.band for row in rows] == list(one.bands)
        if all(row.flag in {Flag.LOW, Flag.NONE} for row in rows):
            assert abs(sum(row.share_pct for row in rows) - 100) <= len(rows) // 2
    if one.breakdown == ALL:
        assert set(groups) <= {ALL}
        assert all(row.share_pct is None or row.share_pct <= 95 for row in one.rows)
        return
    assert len(groups) != 1
    assert all(row.group_total >= 20 and row.share_pct <= 90 and row.flag is not Flag.HIDDEN for row in one.rows)
    if one.rows:
        told = [*(set(groups) - {COMBINED}), *one.combined, *one.left_out]
        assert sorted(told) == sorted(plan.groups(one.breakdown))
        assert bool(one.combined) == (COMBINED in groups)
        assert len(one.combined) != 1


@settings(deadline=None, max_examples=60)
@given(waves(), st.integers(0, 2**32), st.randoms())
def test_the_order_of_people_changes_nothing(wave, seed, dice):
    plan, rows = wave
    mixed = dice.sample(rows, len(rows))
    assert release(rows, plan, seeded(seed)) == release(mixed, plan, seeded(seed))


class Blur(int):
    """A draw of noise."""


class Sealed:
    """A true count: all that can be done with it is to add another, or noise, which opens it."""

    def __init__(self, number):
        self.number = number

    def __add__(self, other):
        if isinstance(other, Blur):
            return self.number + other
        return Sealed(self.number + (other.number if isinstance(other, Sealed) else other))

    __radd__ = __add__
    __hash__ = None

    def __bool__(self):
        raise AssertionError("a true count was looked at")

    __eq__ = __lt__ = __le__ = __gt__ = __ge__ = __mul__ = __sub__ = __int__ = __index__ = __repr__ = __bool__


@settings(deadline=None, max_examples=100)
@given(waves(), st.integers(0, 2**32))
def test_nothing_is_done_with_a_true_count_but_adding_noise_to_it(wave, seed):
    """A threshold that looked at one would be a way to find out: facts/disclosure.md 1.3, step 3."""
    plan, rows = wave
    counts, draw = count(plan, rows, {"invited": 7, "opened": 3}), seeded(seed)
    cells, stages = counts.spend()
    counts.spend = lambda: (
        {name: [[Sealed(number) for number in group] for group in groups] for name, groups in cells.items()},
        {stage: Sealed(number) for stage, number in stages.items()},
    )
    told = protect(counts, noise=lambda: Blur(draw()))
    assert told == release(rows, plan, seeded(seed), silent={"invited": 7, "opened": 3})


@pytest.mark.parametrize(("answers", "draws"), [(20, 1), (40, 1 + 2), (200, 1 + 4 + 4 * 2), (600, 1 + 4 + 4 * 4)])
def test_every_cell_is_blurred_once_and_on_its_own(answers, draws):
    """Also cells with nobody in them: a zero that is known to be one tells of everybody in its group."""
    drawn = []
    release(people(Station=(answers, 0, 0, 0)), noise=lambda: drawn.append(0) or 0)
    assert len(drawn) == draws


def test_counts_are_released_once():
    """Fresh noise on the same answers averages out: after 30 pulls 94 of 100 answers are known."""
    counts = count(PLAN, people(Station=(20,) * 4))
    publish_tallies(counts)
    with pytest.raises(Spent):
        publish_tallies(counts)


def test_true_counts_show_themselves_to_no_log_and_no_trace():
    counts = count(PLAN, people(Station=(17, 23, 31, 41)))
    assert repr(counts) == str(counts) == "<Counts of 2026-autumn>"


def test_the_same_seed_makes_the_same_release_and_says_so():
    rows = list(people(Station=(20,) * 4, Hilltop=(15,) * 4))
    first, again, other = (publish_tallies(count(PLAN, rows), seed_for_tests=seed) for seed in (1, 1, 2))
    assert (first.as_json(), first.sha256) == (again.as_json(), again.sha256)
    assert first != other
    assert first.seeded
    real = [publish_tallies(count(PLAN, rows)) for _ in range(5)]
    assert len({told.as_json() for told in real}) == 5
    assert not real[0].seeded


@settings(deadline=None, max_examples=60)
@given(waves(), st.integers(0, 2**32))
def test_a_release_comes_back_from_json_as_it_was(wave, seed):
    plan, rows = wave
    told = release(rows, plan, seeded(seed), silent={"invited": 5})
    back = TallyRelease.from_facts(json.loads(told.as_json()))
    assert (back, back.as_json(), back.sha256) == (told, told.as_json(), told.sha256)


# counting


@settings(deadline=None, max_examples=60)
@given(waves(), st.data())
def test_everybody_is_counted_once_in_each_table_they_answered_for(wave, data):
    plan, rows = wave
    cells, stages = count(plan, rows).spend()
    for question, breakdown in plan.tables:
        at = plan.columns.index(question.name)
        expected = Counter()
        for row in rows:
            if row[at]:
                group = row[plan.columns.index(breakdown)] if breakdown != ALL else ALL
                known = plan.groups(breakdown)
                expected[group if group in known else known[-1], row[at]] += 1
        for group, numbers in zip(plan.groups(breakdown), cells[question.name, breakdown], strict=True):
            assert numbers == [expected[group, band] for band in question.bands]
    assert stages == {"answered": sum(any(row[: len(plan.questions)]) for row in rows)}


def test_more_rows_than_a_batch_are_counted_too(monkeypatch):
    monkeypatch.setattr("bot.community.people_counts.BATCH", 7)
    assert count(PLAN, people(Station=(5, 6, 7, 8))).spend()[0]["satisfied", ALL] == [[5, 6, 7, 8]]


def test_an_answer_that_is_no_band_stops_the_count():
    with pytest.raises(UnknownAnswer, match="satisfied is 'huge': expected low, medium, high or very high, or nothing"):
        count(PLAN, [("low", "Station"), ("huge", "Station")])


def test_only_stages_that_there_are_can_be_counted():
    with pytest.raises(ValueError, match="asleep"):
        count(PLAN, [], {"asleep": 3})


# plans


def asks(**other):
    return {"questions": (replace(SATISFIED, **other),)}


@pytest.mark.parametrize(
    ("plan", "path", "reason"),
    [
        ({"wave": " "}, "wave", "without space around"),
        ({"questions": ()}, "questions", "at least one question"),
        ({"questions": (SATISFIED, SATISFIED)}, "questions.satisfied", "two questions"),
        (asks(bands=("low",), coarse=()), "questions.satisfied.bands", "two bands"),
        (asks(bands=("a", "b", "a"), coarse=()), "questions.satisfied.bands", "'a' is there twice"),
        (asks(coarse=("x",) * 4), "questions.satisfied.coarse", "two bands of all"),
        (asks(coarse=("x", "y")), "questions.satisfied.coarse", "two bands of all"),
        (asks(coarse=("x", "y", "z", "z")), "questions.satisfied.coarse", "two bands of all"),
        (asks(by=("pach",)), "questions.satisfied.by", "did you mean 'patch'"),
        (asks(by=("patch", "patch")), "questions.satisfied.by", "there twice"),
        ({"breakdowns": {"patch": ("all of it",)}}, "breakdowns.patch.groups", "at least two groups"),
        ({"breakdowns": {"patch": ("a", COMBINED)}}, "breakdowns.patch.groups", "no group can be called"),
        ({"breakdowns": {"patch": PATCHES, ALL: ("a", "b")}}, "breakdowns.all", "cannot be called"),
        ({"breakdowns": {"patch": PATCHES, "satisfied": ("a", "b")}}, "breakdowns.satisfied", "is a question already"),
        ({"questions": tuple(replace(SATISFIED, name=f"q{n}") for n in range(6))}, "questions", "13 tables, one .* 12"),
    ],
)
def test_a_plan_that_cannot_be_says_where_and_why(plan, path, reason):
    with pytest.raises(PlanWrong, match=reason) as wrong:
        Plan(**{"wave": "w", "questions": (SATISFIED,), "breakdowns": {"patch": PATCHES}, **plan})
    assert wrong.value.path == path


def test_twelve_tables_a_person_are_allowed():
    several = tuple(replace(SATISFIED, name=f"q{n}") for n in range(5))
    assert Plan("w", (*several, replace(SATISFIED, by=())), {"patch": PATCHES}).cost == 12


# change


@pytest.mark.parametrize(("before", "after", "moved"), [("low", "high", 0), ("high", "high", 1), ("high", "medium", 2)])
def test_change_is_better_same_or_worse(before, after, moved):
    assert changed(BANDS, before, after) == CHANGES[moved]


def test_change_is_one_table_over_all_and_two_bands_where_few_answered_twice():
    plan = Plan("w", (SATISFIED, change_of("satisfied")), {"patch": PATCHES})
    rows = [("high", "better", "")] * 24 + [("high", "same", "")] * 40 + [("low", "worse", "")] * 6
    told = table(release([*rows, *[("low", "", "")] * 50], plan), "satisfied, change")
    assert lines(told) == {ALL: [25, 45]}
    assert told.bands == ("better", "not better")
    assert plan.cost == 4


def test_the_error_that_is_stated_is_the_one_that_is_made():
    draw, n = seeded(5), 8000
    off = [POLICY.rounded(40 + shift + draw()) - 40 - shift for shift in range(5) for _ in range(n // 5)]
    assert sum(error**2 for error in off) / n == pytest.approx(POLICY.count_error**2, rel=0.05)
    pairs = [(20 + draw(), 20 + draw()) for _ in range(n)]
    shares = [100 * one / (one + other) - 50 for one, other in pairs]
    assert (sum(share**2 for share in shares) / n) ** 0.5 == pytest.approx(POLICY.share_error(40, 2), rel=0.05)


def test_hostile_surroundings_may_have_more_noise():
    harsh = replace(POLICY, alpha=Fraction(3, 4), least_group=115)
    told = release(people(Station=(60,) * 4, Hilltop=(30,) * 4), policy=harsh, noise=seeded(1))
    assert told.policy.count_error == pytest.approx(5.1, abs=0.1)
