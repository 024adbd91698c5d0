"""The best assignment really is the best one, nobody is asked for what they did not offer, and it can be explained."""

import random
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from bot.community import matching
from bot.community.assignment import Assignment
from bot.community.bidding import NOBODY
from bot.community.matching import Gap, Roster, assign, gap, in_order, match
from bot.community.pairs import (
    Ask,
    Pairing,
    Reason,
    Urgency,
    Volunteer,
    again,
    asks_for,
    misfit,
    nearness,
    standing,
    weigh,
    worth,
)

MILL_ROAD, STATION, GREEN, FAR_END = "Mill Road", "Station", "Green", "Far End"
NEIGHBOURS = {MILL_ROAD: [STATION], STATION: [MILL_ROAD, GREEN], GREEN: [STATION]}
MORNING, EVENING = 1, 4

ASK = Ask(1, "lift", MILL_ROAD, ("ur", "en"), MORNING)
CARYS = Volunteer(7, frozenset({"lift"}), frozenset({MILL_ROAD}), frozenset({"en"}), MORNING | EVENING)


def kit(*volunteers):
    return Roster(volunteers, NEIGHBOURS)


# who fits


@pytest.mark.parametrize(
    ("ask", "volunteer", "reason"),
    [
        ({}, {}, None),
        ({}, {"kinds": frozenset({"food"})}, Reason.NO_KIND),
        ({}, {"patches": frozenset({GREEN})}, Reason.NO_PATCH),
        ({}, {"patches": frozenset({STATION})}, None),
        ({}, {"languages": frozenset({"pl"})}, Reason.NO_LANGUAGE),
        ({"languages": ()}, {}, Reason.NO_LANGUAGE),
        ({"needs_checked": True}, {}, Reason.NO_CHECKED),
        ({"needs_checked": True}, {"checked": True}, None),
        ({}, {"slots": EVENING}, Reason.NO_TIME),
        ({}, {"capacity": 0}, Reason.NO_CAPACITY),
        ({"asker": 3, "blocked": frozenset({7})}, {}, Reason.BARRED),
        ({"asker": 3}, {"blocked": frozenset({3})}, Reason.BARRED),
        ({"asker": 7}, {}, Reason.BARRED),
        ({"asker": 3}, {"blocked": frozenset({4})}, None),
        ({"declined": frozenset({7})}, {}, Reason.ASKED_BEFORE),
    ],
)
def test_one_condition_is_enough_to_keep_two_apart(ask, volunteer, reason):
    one, other = replace(ASK, **ask), replace(CARYS, **volunteer)
    assert misfit(one, other, NEIGHBOURS) is reason
    assert [found.volunteer for found in in_order(one, kit(other))] == ([] if reason else [7])
    assert gap(one, kit(other)).reason is (reason or Reason.NEEDED_ELSEWHERE)


def test_the_first_condition_that_nobody_passes_is_the_reason():
    polish = replace(CARYS, id=1, languages=frozenset({"pl"}))
    evening = replace(CARYS, id=2, slots=EVENING)
    busy = replace(CARYS, id=3, capacity=0)
    assert gap(ASK, kit(polish)) == Gap(Reason.NO_LANGUAGE, 1)
    assert gap(ASK, kit(polish, evening)) == Gap(Reason.NO_TIME, 1)
    assert gap(ASK, kit(polish, evening, busy)) == Gap(Reason.NO_CAPACITY, 1)
    assert gap(ASK, kit(polish, evening, busy, CARYS)) == Gap(Reason.NEEDED_ELSEWHERE, 1)
    assert gap(ASK, kit()) == Gap(Reason.NO_KIND, 0)


# what a pair weighs


def test_a_weight_is_the_sum_of_parts_that_can_be_told():
    ask = replace(ASK, urgency=Urgency.SAME_DAY, days_waiting=2)
    volunteer = replace(CARYS, languages=frozenset({"ur"}), days_since_asked=14, load_30_days=3, acceptance=60)
    weight = weigh(ask, volunteer, NEIGHBOURS)
    assert (weight.urgency, weight.waiting, weight.nearness, weight.language) == (5000, 200, 300, 150)
    assert (weight.rest, weight.load, weight.acceptance) == (100, 125, 90)
    assert weight.total == 5965 == worth(ask) + standing(volunteer) + 450


def test_the_best_volunteer_is_worth_a_thousand_and_the_least_more_than_what_a_busy_week_takes_off():
    ideal = replace(CARYS, languages=frozenset({"ur"}))
    tired = replace(CARYS, patches=frozenset({STATION}), days_since_asked=0, load_30_days=40, acceptance=0)
    assert weigh(ASK, ideal, NEIGHBOURS).total == 2000 + 1000
    assert weigh(ASK, tired, NEIGHBOURS).total == 2000 + 150 + 75 > again(1000) == 1000


def test_one_urgent_ask_outweighs_any_two_routine_ones():
    oldest = replace(ASK, days_waiting=10_000)
    ideal = replace(CARYS, languages=frozenset({"ur"}))
    assert 2 * weigh(oldest, ideal, NEIGHBOURS).total < worth(replace(ASK, urgency=Urgency.URGENT))


def test_saying_no_often_never_bars_anybody():
    always, half = replace(CARYS, acceptance=0), replace(CARYS, acceptance=50)
    assert standing(always) == standing(half)


DAYS = st.integers(0, 60)


@given(DAYS, DAYS, st.integers(0, 3), st.integers(0, 3))
def test_more_urgent_and_longer_waiting_is_never_worth_less(fewer, more, low, high):
    fewer, more, low, high = min(fewer, more), max(fewer, more), min(low, high), max(low, high)
    assert worth(replace(ASK, days_waiting=fewer, urgency=low)) <= worth(replace(ASK, days_waiting=more, urgency=high))
    assert (worth(replace(ASK, days_waiting=more)) > worth(replace(ASK, days_waiting=fewer))) is (more > fewer)


@given(DAYS, DAYS, DAYS, DAYS, st.integers(0, 100), st.integers(0, 100))
def test_rest_and_a_light_load_and_saying_yes_speak_for_somebody(few, many, light, heavy, rare, often):
    tired = replace(CARYS, days_since_asked=min(few, many), load_30_days=max(light, heavy), acceptance=min(rare, often))
    fresh = replace(CARYS, days_since_asked=max(few, many), load_30_days=min(light, heavy), acceptance=max(rare, often))
    assert standing(tired) <= standing(fresh) <= standing(replace(CARYS, days_since_asked=None, acceptance=None))


def test_nearer_is_better():
    assert [nearness(MILL_ROAD, {patch}, NEIGHBOURS) for patch in (MILL_ROAD, STATION, GREEN)] == [300, 150, 0]
    assert nearness(FAR_END, {MILL_ROAD}, NEIGHBOURS) == 0


# whom to ask next, and what a new volunteer can do

WORDS = ["en", "ur", "pl"]
PATCHES = [MILL_ROAD, STATION, GREEN, FAR_END]
IDS = st.frozensets(st.integers(0, 5), max_size=1)
ASKS = st.builds(
    Ask,
    id=st.integers(0, 10**6),
    kind=st.sampled_from(["lift", "food"]),
    patch=st.sampled_from(PATCHES),
    languages=st.lists(st.sampled_from(WORDS), min_size=1, unique=True).map(tuple),
    slots=st.integers(1, 7),
    urgency=st.integers(0, 3),
    days_waiting=st.integers(0, 20),
    needs_checked=st.booleans(),
    asker=st.none() | st.integers(0, 5),
    blocked=IDS,
    declined=IDS,
)


def some(values):
    return st.frozensets(st.sampled_from(values), min_size=1)


VOLUNTEERS = st.builds(
    Volunteer,
    id=st.integers(0, 5),
    kinds=some(["lift", "food"]),
    patches=some(PATCHES),
    languages=some(WORDS),
    slots=st.integers(1, 7),
    capacity=st.integers(0, 3),
    checked=st.booleans(),
    days_since_asked=st.none() | st.integers(0, 40),
    load_30_days=st.integers(0, 10),
    acceptance=st.none() | st.integers(0, 100),
    blocked=IDS,
)
MANY_ASKS = st.lists(ASKS, max_size=6, unique_by=lambda ask: ask.id)
MANY_VOLUNTEERS = st.lists(VOLUNTEERS, max_size=5, unique_by=lambda one: one.id)


@given(ASKS, MANY_VOLUNTEERS, st.integers(1, 5))
def test_whom_to_ask_next_are_all_who_fit_the_weightiest_first(ask, volunteers, few):
    fitting = {
        Pairing(ask.id, one.id, weigh(ask, one, NEIGHBOURS).total)
        for one in volunteers
        if misfit(ask, one, NEIGHBOURS) is None
    }
    ordered = in_order(ask, kit(*volunteers))
    assert len(ordered) == len(fitting)
    assert set(ordered) == fitting
    assert all(first.weight >= then.weight for first, then in pairwise(ordered))
    assert in_order(ask, kit(*volunteers), few) == ordered[:few]


@given(MANY_ASKS, VOLUNTEERS)
def test_a_new_volunteer_hears_of_every_waiting_ask_they_fit(asks, volunteer):
    found = asks_for(volunteer, asks, NEIGHBOURS)
    assert {pairing.ask for pairing in found} == {ask.id for ask in asks if in_order(ask, kit(volunteer))}
    assert [pairing.weight for pairing in found] == sorted((pairing.weight for pairing in found), reverse=True)


# all at once


def optimum(edges, capacity):
    """The greatest weight there is, found by trying everything."""

    @cache
    def best(task, used):
        if task == len(edges):
            return 0
        undone = best(task + 1, used)
        return max([undone, *(
            weight - again(used[helper]) + best(task + 1, (*used[:helper], used[helper] + 1, *used[helper + 1 :]))
            for weight, helper in edges[task]
            if used[helper] < capacity[helper]
        )])  # fmt: skip

    return best(0, (0,) * len(capacity))


def weight_of(assignment, capacity):
    """What an assignment weighs; fails where it uses an edge that is not there, or a helper too often."""
    used = [0] * len(capacity)
    total = 0
    for task, helper in enumerate(assignment.helper):
        if helper != NOBODY:
            total += {to: weight for weight, to in assignment.edges[task]}[helper] - again(used[helper])
            used[helper] += 1
    assert all(taken <= most for taken, most in zip(used, capacity, strict=True))
    return total


@given(MANY_ASKS, MANY_VOLUNTEERS)
@settings(max_examples=300)
def test_no_other_assignment_has_more_weight(asks, volunteers):
    roster = kit(*volunteers)
    known, waiting = {one.id: one for one in volunteers}, {ask.id: ask for ask in asks}
    found = match(asks, roster)
    everything = [
        [(pairing.weight, [one.id for one in volunteers].index(pairing.volunteer)) for pairing in in_order(ask, roster)]
        for ask in asks
    ]
    assert found.total == optimum(everything, [one.capacity for one in volunteers])
    assert {pairing.ask for pairing in found.pairings} | set(found.gaps) == set(waiting)
    assert len(found.pairings) + len(found.gaps) == len(asks)
    for pairing in found.pairings:
        assert misfit(waiting[pairing.ask], known[pairing.volunteer], NEIGHBOURS) is None
    for one in volunteers:
        assert sum(pairing.volunteer == one.id for pairing in found.pairings) <= one.capacity
    for ask_id, why in found.gaps.items():
        assert (why.reason is Reason.NEEDED_ELSEWHERE) is bool(in_order(waiting[ask_id], roster))


@given(MANY_ASKS, MANY_VOLUNTEERS, st.randoms())
def test_the_order_in_which_people_stand_in_a_file_changes_nothing(asks, volunteers, dice):
    first = match(asks, kit(*volunteers))
    dice.shuffle(asks)
    dice.shuffle(volunteers)
    assert match(asks, kit(*volunteers)) == first


EDGES = st.dictionaries(st.integers(0, 4), st.integers(1, 12).map(lambda weight: 125 * weight), max_size=5)
WEIGHTED = EDGES.map(lambda edges: [(weight, helper) for helper, weight in sorted(edges.items())])


@given(st.lists(WEIGHTED, max_size=6), st.lists(st.integers(0, 3), min_size=5, max_size=5))
@settings(max_examples=500)
def test_the_assignment_is_exact_where_much_is_level_and_a_place_may_not_be_worth_its_price(edges, capacity):
    assert weight_of(Assignment(edges, capacity, again), capacity) == optimum(edges, capacity)


@given(st.lists(WEIGHTED, max_size=6), st.lists(st.integers(0, 3), min_size=5, max_size=5), st.data())
@settings(max_examples=500)
def test_it_is_exact_again_after_asks_that_stayed_open_came_with_more_candidates(edges, capacity, data):
    assignment = Assignment([few[:1] for few in edges], capacity, again)
    undone = [task for task, helper in enumerate(assignment.helper) if helper == NOBODY]
    again_tried = data.draw(st.lists(st.sampled_from(undone), unique=True)) if undone else []
    assignment.widen({task: edges[task] for task in again_tried})
    assert weight_of(assignment, capacity) == optimum(assignment.edges, capacity)


@pytest.mark.parametrize("seed", range(12))
def test_it_agrees_with_scipy_on_hundreds_of_asks_that_all_want_the_same_few(seed):
    """Many want the same people at nearly the same weight: long chains, both halves of the search, many rounds."""
    dice = random.Random(seed)
    tasks, helpers = dice.randint(60, 250), dice.randint(40, 250)
    capacity = [dice.randint(0, 3) for _ in range(helpers)]
    level = [dice.randint(0, 40) for _ in range(helpers)]
    edges = []
    for _ in range(tasks):
        low, wide = dice.randrange(helpers), dice.choice([5, 20, 60])
        near = sorted({(low + dice.randrange(wide)) % helpers for _ in range(20)})
        edges.append([(dice.choice([2000, 2100, 5000]) + level[to] + dice.choice([0, 150]), to) for to in near])
    assert weight_of(Assignment(edges, capacity, again), capacity) == by_scipy(edges, capacity)


def by_scipy(edges, capacity):
    places = [(helper, others) for helper, most in enumerate(capacity) for others in range(most)]
    table = np.zeros((len(edges), len(places) + len(edges)), dtype=np.int64)
    for task, some_edges in enumerate(edges):
        weights = {helper: weight for weight, helper in some_edges}
        for column, (helper, others) in enumerate(places):
            table[task, column] = weights[helper] - again(others) if helper in weights else -(10**6)
    rows, columns = linear_sum_assignment(table, maximize=True)
    return int(table[rows, columns].sum())


# candidates


@given(MANY_ASKS, MANY_VOLUNTEERS, st.integers(1, 2))
def test_with_few_candidates_an_ask_it_is_the_best_over_these_and_nobody_is_left_open_for_want_of_more(
    asks, volunteers, few
):
    roster = kit(*volunteers)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(matching, "CANDIDATES", few)
        waiting = sorted(asks, key=lambda ask: ask.id)
        assignment = assign(waiting, roster)
    capacity = [one.capacity for one in roster.volunteers]
    assert weight_of(assignment, capacity) == optimum(assignment.edges, capacity)
    for ask, helper, edges in zip(waiting, assignment.helper, assignment.edges, strict=True):
        fitting = {(pairing.weight, pairing.volunteer) for pairing in in_order(ask, roster)}
        assert {(weight, roster.volunteers[to].id) for weight, to in edges} <= fitting
        assert len(edges) >= min(few, len(fitting))
        if helper == NOBODY:
            assert len(edges) == len(fitting), "more would have fitted"


def test_where_all_are_equal_not_everybody_brings_the_same_twenty():
    equals = [replace(CARYS, id=number) for number in range(200)]
    asks = [replace(ASK, id=number) for number in range(150)]
    found = match(asks, kit(*equals))
    assert len({pairing.volunteer for pairing in found.pairings}) == 150
    first = {pairing.volunteer for ask in asks for pairing in in_order(ask, kit(*equals), 20)}
    assert len(first) > 150


def test_a_crowd_in_one_patch_does_not_fall_on_the_same_twenty():
    """Twenty best each, 150 asks went to 20 people, eight times each, while others nearly as good sat by."""
    helpers = [
        replace(CARYS, id=number, capacity=8, days_since_asked=number % 28, load_30_days=number % 8)
        for number in range(300)
    ]
    found = match([replace(ASK, id=number) for number in range(150)], kit(*helpers))
    assert len({pairing.volunteer for pairing in found.pairings}) > 60


@pytest.mark.parametrize("seats", [1, 2])
def test_a_whole_patch_that_wants_one_kind_of_help_is_helped_as_far_as_there_are_people(seats):
    """Twenty candidates each would leave all but a few open; the lists grow until they do not."""
    helpers = [replace(CARYS, id=number, days_since_asked=number % 28, capacity=seats) for number in range(120)]
    asks = [replace(ASK, id=number, days_waiting=number % 3) for number in range(300)]
    found = match(asks, kit(*helpers))
    assert len(found.pairings) == 120 * seats
    assert {why.reason for why in found.gaps.values()} == {Reason.NEEDED_ELSEWHERE}
    assert max(waited.days_waiting for waited in asks if waited.id in found.gaps) < 2 * seats


# what it comes to


def test_the_urgent_ask_gets_the_only_driver():
    routine, urgent = replace(ASK, id=1, days_waiting=9), replace(ASK, id=2, urgency=Urgency.URGENT)
    found = match([routine, urgent], kit(CARYS))
    assert found.pairings == (Pairing(2, 7, weigh(urgent, CARYS, NEIGHBOURS).total),)
    assert found.gaps == {1: Gap(Reason.NEEDED_ELSEWHERE, 1)}


def test_nobody_is_left_open_to_make_another_pair_nicer():
    """Taking the best pair first would leave the second ask, which only Carys can do, with nobody."""
    only_carys = replace(ASK, id=2, kind="food")
    carys = replace(CARYS, kinds=frozenset({"lift", "food"}))
    janek = replace(CARYS, id=8, patches=frozenset({STATION}), days_since_asked=1, load_30_days=9, acceptance=10)
    found = match([replace(ASK, urgency=Urgency.URGENT), only_carys], kit(carys, janek))
    assert {(pairing.ask, pairing.volunteer) for pairing in found.pairings} == {(1, 8), (2, 7)}


def test_two_asks_go_to_two_people_before_one_is_asked_twice():
    willing = replace(CARYS, capacity=3)
    janek = replace(CARYS, id=8, days_since_asked=5, load_30_days=2)
    found = match([ASK, replace(ASK, id=2)], kit(willing, janek))
    assert {pairing.volunteer for pairing in found.pairings} == {7, 8}
    alone = match([ASK, replace(ASK, id=2)], kit(willing))
    assert sorted(pairing.weight for pairing in alone.pairings) == [2850 - 250, 2850]
