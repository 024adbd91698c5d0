"""What is told of a quarter: each person once in each figure, whatever they did; and by the place's own calendar."""

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.community.aid_rules import KINDS
from bot.community.noise import two_sided
from bot.community.people_counts import count
from bot.community.protect import protect
from bot.community.quarter_days import bounds, first_day, following, quarter_of
from bot.community.quarter_figures import BY_NAME, CAME_OF, FIGURES, Deeds, Ended, plan_of, rows
from bot.community.tally_plan import ALL, MOST_TABLES
from bot.community.tally_release import POLICY, Status

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
ZONES = ("Europe/London", "Pacific/Auckland", "America/St_Johns", "Asia/Kathmandu", "UTC", "Pacific/Apia")
PLAN = plan_of("millbrook", "2026-Q4", ["en", "ur"])


def ask(asker, hours=2, kind="lift", language="en", found=1.0, ended_as=None):
    """An ask that took so many hours; `found`: after how many a neighbour said yes, None for never."""
    done = NOW + timedelta(hours=hours) if ended_as is None else None
    return Ended(asker, kind, language, NOW, NOW + timedelta(hours=found) if found else None, done, ended_as)


def told(deeds, person, choose=random.choice):
    """What one person's row says, by figure."""
    found = dict(zip(deeds.people, rows(deeds, choose), strict=True))
    return dict(zip(PLAN.columns, found[person], strict=True))


# calendars


@given(st.integers(631_152_000, 4_102_444_800), st.sampled_from(ZONES))  # 1990 to 2100
def test_every_moment_lies_in_its_quarter_and_in_no_other(seconds, zone):
    moment = datetime.fromtimestamp(seconds, UTC)
    quarter = quarter_of(moment, zone)
    begins, ends = bounds(quarter, zone)
    assert begins <= moment < ends
    assert bounds(following(quarter), zone)[0] == ends
    assert quarter < following(quarter)
    assert timedelta(days=89) < ends - begins < timedelta(days=93)


def test_a_quarter_ends_at_the_places_own_midnight_whether_its_clocks_have_changed_or_not():
    assert bounds("2026-Q3", "Europe/London") == (
        datetime(2026, 6, 30, 23, tzinfo=UTC), datetime(2026, 9, 30, 23, tzinfo=UTC))  # fmt: skip
    assert bounds("2026-Q4", "Europe/London")[1] == datetime(2027, 1, 1, tzinfo=UTC)
    assert bounds("2026-Q4", "Pacific/Auckland")[1] == datetime(2026, 12, 31, 11, tzinfo=UTC)
    assert quarter_of(datetime(2026, 10, 1, 0, 30, tzinfo=ZoneInfo("Europe/London")), "Europe/London") == "2026-Q4"
    assert first_day("2026-Q4") == date(2026, 10, 1)


# figures


def test_the_figures_of_a_quarter_enter_as_many_tables_as_are_allowed():
    assert PLAN.cost == MOST_TABLES
    assert [table[0].name for table in PLAN.tables if table[1] == "language"] == [
        "quarter.came", "quarter.found", "quarter.done"]  # fmt: skip


def test_what_somebody_did_is_told_in_bands():
    deeds = Deeds(
        {1: "en", 2: "ur", 3: "en"},
        {1: 1, 2: 7},
        [ask(1, hours=30, found=0.5), ask(2, kind="gardening", language="ur", found=None, ended_as="expired")],
        frozenset({3}), frozenset({2, 3}), frozenset({1, 3}), {1: 1, 3: 2},
    )  # fmt: skip
    assert list(told(deeds, 1).values()) == [
        "once", "neither", "yes", "in another language",
        "lift", "helped by a neighbour", "within an hour", "within 3 days", "en"]  # fmt: skip
    assert list(told(deeds, 2).values()) == [
        "twice or more", "offered", "no", "not reached", "other", "nobody found", "", "", "ur"]  # fmt: skip
    assert list(told(deeds, 3).values())[:5] == ["not at all", "helped", "yes", "in their language", ""]


def test_a_quarter_without_a_public_message_tells_of_none():
    assert told(Deeds({1: "en"}), 1)["quarter.reached"] == ""


@pytest.mark.parametrize(
    ("found", "done", "bands"),
    [
        (1, 24, ("within an hour", "within a day")),
        (1.01, 24.01, ("within a day", "within 3 days")),
        (24.01, 72.01, ("within 3 days", "within a week")),
        (72.01, 168.01, ("later", "later")),
    ],
)
def test_times_lie_in_the_band_that_they_end_in(found, done, bands):
    row = told(Deeds({1: "en"}, ended=[ask(1, hours=done, found=found)]), 1)
    assert (row["quarter.found"], row["quarter.done"]) == bands


def test_every_end_of_an_ask_is_in_a_band():
    for ended_as in CAME_OF:
        row = told(Deeds({1: "en"}, ended=[ask(1, found=None, ended_as=ended_as)]), 1)
        assert row["quarter.came"] in BY_NAME["quarter.came"].coarse


somebody_asked = st.lists(
    st.builds(
        ask,
        asker=st.integers(0, 12),
        hours=st.floats(0.1, 400),
        kind=st.sampled_from([*KINDS, "gardening"]),
        language=st.sampled_from(["en", "ur", "xx", ""]),
        found=st.one_of(st.none(), st.floats(0.1, 300)),
        ended_as=st.one_of(st.none(), st.sampled_from(sorted(CAME_OF))),
    ),
    max_size=40,
)


@given(somebody_asked, st.integers(0, 99))
def test_whatever_people_did_each_of_them_is_one_row_and_enters_each_table_once(ended, seed):
    people = dict.fromkeys(range(10), "en")  # others asked too, and have left since
    deeds = Deeds(people, Counter(one.asker for one in ended), ended)
    made = list(rows(deeds, random.Random(seed).choice))
    assert len(made) == len(people)
    cells, stages = count(PLAN, made).spend()
    assert stages["answered"] == len(people)
    askers = {one.asker for one in ended} & set(people)
    assert sum(cells["quarter.kind", ALL][0]) == sum(cells["quarter.came", ALL][0]) == len(askers)
    assert sum(map(sum, cells["quarter.came", "language"])) == len(askers)


def test_forty_asks_of_one_person_weigh_as_much_as_one():
    others = [ask(person) for person in range(1, 50)]
    people = dict.fromkeys(range(50), "en")
    once = list(rows(Deeds(people, {0: 2}, [*others, ask(0, kind="food")])))
    often = list(rows(Deeds(people, {0: 40}, [*others, *[ask(0, kind="food")] * 40])))
    assert once == often


def test_of_several_asks_each_is_as_likely_to_stand_for_all():
    deeds = Deeds({1: "en"}, {1: 4}, [ask(1, kind="food")] * 3 + [ask(1, kind="lift")])
    drawn = Counter(told(deeds, 1, random.Random(n).choice)["quarter.kind"] for n in range(2000))
    assert drawn["food"] / 2000 == pytest.approx(0.75, abs=0.04)


def test_a_quarter_of_few_tells_nothing_and_thresholds_look_at_people_not_at_asks():
    people = dict.fromkeys(range(120), "en")
    few = [ask(person) for person in range(8) for _ in range(30)]  # 240 asks of 8 people
    release = protect(count(PLAN, rows(Deeds(people, Counter(one.asker for one in few), few))), POLICY, lambda: 0)
    by = {(one.question, one.breakdown): one.status for one in release.tables}
    assert by["quarter.asked", ALL] is Status.PUBLISHED
    assert {by[name, ALL] for name in ("quarter.kind", "quarter.came", "quarter.found", "quarter.done")} == {Status.FEW}
    assert by["quarter.found", "language"] is Status.FEW


def test_a_figure_is_worded_for_charts_and_codebooks():
    for figure in FIGURES:
        question = figure.as_question()
        assert question.name == figure.name
        assert [question.band_of(value) for value in question.values] == list(figure.coarse)
        assert len(set(figure.coarse.values())) == 2
        for wide in set(figure.coarse) & set(figure.coarse.values()):
            assert [band for band, of in figure.coarse.items() if of == wide] == [wide], "or it would be told as both"
        assert type(question).from_facts(question.as_facts()) == question


def test_that_nearly_nobody_asked_tells_of_nobody():
    people = dict.fromkeys(range(400), "en")
    draw = two_sided(POLICY.alpha, random.Random(3).randrange)
    release = protect(count(PLAN, rows(Deeds(people, {1: 1}))), POLICY, draw)
    asked = next(one for one in release.tables if one.question == "quarter.asked")
    assert next(row.count for row in asked.rows) >= 390
    assert all(row.flag in {"", "low"} for row in asked.rows)
