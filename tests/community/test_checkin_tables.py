"""What is counted of a check-in: the budget, the groups, who came how far, and change between waves."""

from hypothesis import given
from hypothesis import strategies as st

from bot.community.checkin_tables import (
    ASSISTED,
    BREAKDOWNS,
    CARRIED,
    COMPARE,
    FIRST_GROUP,
    OPENED,
    OTHER,
    counted,
    declared_groups,
    group_values,
    plan_of,
    spread,
    to_carry,
)
from bot.community.instruments import named, shipped
from bot.community.tally_plan import MOST_TABLES

ONS4 = named("ons4")
EVERY = [question for key, one in shipped().items() if key != "ring-true" for question in one.questions]


@given(st.integers(1, 11), st.lists(st.sampled_from(BREAKDOWNS), unique=True), st.booleans())
def test_the_budget_is_never_overdrawn_and_never_left_lying(many, breakdowns, compare):
    questions = EVERY[:many]
    shared = spread(questions, breakdowns, compare=compare)
    groups = declared_groups(breakdowns, [(1, "Mill Road")], ["en", "pl"])
    plan = plan_of("w", questions, groups, shared.by, compare=shared.compare)
    assert plan.cost == shared.cost <= MOST_TABLES
    assert shared.left_out == 0 or plan.cost == MOST_TABLES or (compare and not shared.compare)


def test_a_group_is_what_the_resident_has_and_the_catch_all_for_all_others():
    groups = declared_groups(["patch", "age"], [(7, "Mill Road"), (9, "Station")], ["en"])
    assert [label for _key, label in groups["patch"]] == ["Mill Road", "Station", OTHER]
    assert group_values(groups, {"patch": "9", "age": "45-64"}) == {FIRST_GROUP: 1, FIRST_GROUP - 1: 2}
    assert group_values(groups, {"patch": "", "age": ""}) == {FIRST_GROUP: 2, FIRST_GROUP - 1: 4}


def came(answers, invited, reached):
    """The true stages; only a test looks at them before the noise."""
    plan = plan_of("w", ONS4, {}, {}, compare=False)
    counts = counted(plan, ONS4, {}, answers, invited, reached, compare=False)
    return counts.spend()


def test_everybody_is_counted_once_at_the_furthest_they_came():
    answers = {b"a": {OPENED: 1, 1: 7, 2: 3}, b"b": {OPENED: 1}, b"c": {OPENED: 1, 1: 0, ASSISTED: 1}}
    cells, stages = came(answers, invited=10, reached=6)
    assert stages == {"answered": 1, "opened": 1, "reached": 4, "invited": 4, "assisted": 1}
    assert cells["ons4.satisfied", "all"] == [[1, 0, 1, 0]]
    assert cells["ons4.worthwhile", "all"] == [[1, 0, 0, 0]]


def test_change_compares_published_bands_and_knows_which_end_is_better():
    happy, anxious = named("ons4.happy")[0], named("ons4.anxious")[0]
    kept = {1: 9, 2: 9, CARRIED - 1: 0, CARRIED - 2: 0}
    plan = plan_of("w", [happy, anxious], {}, {}, compare=True)
    counts = counted(plan, [happy, anxious], {}, {b"a": kept}, 1, 1, compare=True)
    cells, _stages = counts.spend()
    assert cells["ons4.happy, change", "all"] == [[1, 0, 0]]
    assert cells["ons4.anxious, change", "all"] == [[0, 0, 1]], "more anxious is worse"


def test_only_the_band_is_carried_and_only_where_it_was_wished():
    assert dict(to_carry(ONS4, {1: 7, 2: 8, COMPARE: 1})) == {CARRIED - 1: 2, CARRIED - 2: 2}
    assert dict(to_carry(ONS4, {1: 7, 2: 8, COMPARE: 0})) == {}
    assert dict(to_carry(ONS4, {1: 7})) == {}


@given(
    st.dictionaries(
        st.binary(min_size=1, max_size=4),
        st.dictionaries(st.sampled_from([OPENED, 1, 2, ASSISTED]), st.integers(0, 10)),
        max_size=30,
    )
)
def test_the_stages_never_add_up_to_more_than_there_are(answers):
    mine = sum(ASSISTED not in kept and bool(kept) for kept in answers.values())
    _cells, stages = came(answers, invited=mine, reached=mine)
    assisted = sum(ASSISTED in kept and any(q > 0 for q in kept) for kept in answers.values())
    assert sum(stages.values()) <= mine + assisted
