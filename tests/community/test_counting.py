"""The same ballots give the same result to everybody who counts them: the one the poll's rules promised."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from hashlib import sha256
from itertools import combinations, combinations_with_replacement, pairwise, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.community.counting import Ballot, Count, DecidedBy, Duel, count, full_order, marked, ranked

AGREE, AGAINST, ABSTAIN = YESNO = (1, 2, 3)
CROSSING, BENCHES, GARDEN, LIGHTS = 1, 2, 3, 4


def ballots(*piles: tuple[int, Ballot]) -> dict[Ballot, int]:
    return {ballot: times for times, ballot in piles}


# yesno


def proposal(agree: int, against: int, abstain: int = 0, quorum: int = 0) -> Count:
    cast = ballots((agree, marked(AGREE)), (against, marked(AGAINST)), (abstain, marked(ABSTAIN)))
    return count("yesno", YESNO, cast, quorum)


def test_a_proposal_is_agreed_when_more_are_for_it_and_enough():
    agreed = proposal(9, 3, 2, quorum=6)
    assert (agreed.winner, agreed.decided_by) == (AGREE, DecidedBy.MAJORITY)
    assert (agreed.ballots, agreed.abstained, agreed.heard) == (14, 2, 12)
    assert agreed.supporters == {AGREE: 9, AGAINST: 3, ABSTAIN: 2}


def test_a_tie_is_not_agreement():
    assert proposal(4, 4).decided_by is DecidedBy.NO_MAJORITY
    assert proposal(3, 4).winner is None


def test_too_few_in_favour_is_no_decision():
    short = proposal(5, 0, quorum=6)
    assert (short.winner, short.decided_by, short.quorate) == (None, DecidedBy.NO_QUORUM, False)


def test_voting_against_never_carries_a_motion():
    """With a quorum of takers-part, nodejs/node#7813: 6 yes of 20 failed, and 5 more people voting no passed it."""
    assert proposal(6, 0, quorum=7).winner is None
    assert proposal(6, 5, quorum=7).winner is None


def test_abstaining_never_makes_the_quorum():
    """Cosmos-sdk#11461: 99 % abstain reached the quorum, and less than 1 % yes decided."""
    assert proposal(1, 0, 99, quorum=34).decided_by is DecidedBy.NO_QUORUM


def test_where_all_abstain_nobody_decided():
    assert proposal(0, 0, 7).decided_by is DecidedBy.NOBODY


# choose and approve


def test_most_votes_win_and_a_minority_is_flagged():
    chosen = count("choose", (1, 2, 3), ballots((11, marked(BENCHES)), (8, marked(CROSSING)), (5, marked(GARDEN))))
    assert (chosen.winner, chosen.decided_by, chosen.under_half) == (BENCHES, DecidedBy.MOST, True)
    assert chosen.closest == Duel(CROSSING, 11, 8)


def test_exactly_half_is_neither_a_majority_nor_under_half():
    half = count("choose", (1, 2, 3), ballots((6, marked(1)), (4, marked(2)), (2, marked(3)), (5, marked())))
    assert (half.decided_by, half.under_half) == (DecidedBy.MOST, False)


def test_more_than_half_is_a_majority():
    assert count("choose", (1, 2), ballots((7, marked(1)), (6, marked(2)))).decided_by is DecidedBy.MAJORITY


def test_the_option_most_people_would_be_happy_with_wins():
    approved = count("approve", (1, 2, 3), ballots((10, marked(1, 2)), (7, marked(1)), (7, marked(2, 3))))
    assert approved.supporters == {1: 17, 2: 17, 3: 7}
    assert approved.decided_by is DecidedBy.LOT
    assert approved.decision.lot_among == (1, 2)


def test_an_option_short_of_its_quorum_cannot_win():
    cast = ballots((3, marked(1)), (2, marked(2)))
    assert count("approve", (1, 2), cast, quorum=3).winner == 1
    assert count("approve", (1, 2), cast, quorum=4).decided_by is DecidedBy.NO_QUORUM


@pytest.mark.parametrize("method", ["choose", "approve", "rank"])
def test_no_ballots_and_blank_ballots_decide_nothing(method):
    nothing, blank = count(method, (1, 2), []), count(method, (1, 2), [()] * 6)
    assert nothing.decided_by is blank.decided_by is DecidedBy.NOBODY
    assert (blank.ballots, blank.abstained, blank.heard, blank.closest) == (6, 6, 0, None)
    assert sorted(full_order(blank)) == [1, 2]


# the lot


def test_a_tie_of_one_against_one_falls_the_same_way_every_time():
    """pyrankvote 2.0.6 breaks this tie at random: 96 times A, 104 times B of 200 runs."""
    cast = [ranked(1, 2), ranked(2, 1)]
    drawn = {count("rank", options, order, seed="poll 12: What first?").winner
             for options in ((1, 2), (2, 1)) for order in (cast, cast[::-1]) for _ in range(10)}  # fmt: skip
    assert len(drawn) == 1


def test_anybody_can_repeat_the_lot_with_sha256sum():
    tied = count("approve", (7, 8, 9), [marked(7), marked(8), marked(9)], seed="millbrook-3")
    by_hand = min((7, 8, 9), key=lambda option: sha256(f"millbrook-3:{option}".encode()).hexdigest())
    assert (tied.winner, tied.decided_by, tied.decision.lot_among) == (by_hand, DecidedBy.LOT, (7, 8, 9))


def test_another_seed_can_draw_another_option():
    assert {count("choose", (1, 2), [marked(1), marked(2)], seed=str(n)).winner for n in range(20)} == {1, 2}


# rank


def test_an_option_that_beats_every_other_wins_though_it_is_few_peoples_first_choice():
    cast = ballots((9, ranked(2, 1, 3)), (8, ranked(3, 1, 2)), (5, ranked(1, 2, 3)))
    found = count("rank", (1, 2, 3), cast)
    assert (found.winner, found.decided_by) == (CROSSING, DecidedBy.BEAT_EVERY)
    assert found.closest == Duel(BENCHES, 13, 9)


def test_two_unbeaten_options_are_told_apart_by_borda():
    cast = ballots((11, ranked(1, 3, 2)), (11, ranked(2, 1, 3)))
    found = count("rank", (1, 2, 3), cast)
    assert (found.winner, found.decided_by) == (CROSSING, DecidedBy.BORDA_AMONG_UNBEATEN)
    assert found.decision.unbeaten == (CROSSING, BENCHES)
    assert found.closest == Duel(BENCHES, 11, 11)
    assert found.borda == {1: 2 * 33, 2: 2 * 22, 3: 2 * 11}


def test_a_sole_unbeaten_option_that_tied_is_not_said_to_have_beaten_every_other():
    found = count("rank", (1, 2, 3), ballots((3, ranked(1, 3, 2)), (2, ranked(2, 1, 3)), (1, ranked(3, 2, 1))))
    assert [found.margin(1, 2), found.margin(1, 3), found.margin(3, 2)] == [0, 4, 2]
    assert (found.winner, found.decided_by) == (CROSSING, DecidedBy.UNBEATEN_ALONE)


def test_in_a_circle_the_narrowest_result_is_set_aside():
    cast = ballots((8, ranked(1, 2, 3)), (7, ranked(2, 3, 1)), (5, ranked(3, 1, 2)), (1, ranked(3, 2, 1)))
    found = count("rank", (1, 2, 3), cast)
    assert [found.margin(1, 2), found.margin(2, 3), found.margin(3, 1)] == [5, 9, 5]
    assert found.decision.circle == (1, 2, 3)
    assert (found.winner, found.decided_by) == (BENCHES, DecidedBy.MINIMAX_BORDA)


def test_a_circle_with_one_smallest_defeat_needs_no_second_look():
    cast = ballots((9, ranked(1, 2, 3)), (7, ranked(2, 3, 1)), (5, ranked(3, 1, 2)))
    found = count("rank", (1, 2, 3), cast)
    assert [found.margin(1, 2), found.margin(2, 3), found.margin(3, 1)] == [7, 11, 3]
    assert (found.winner, found.decided_by) == (CROSSING, DecidedBy.MINIMAX)
    assert found.closest == Duel(GARDEN, 9, 12)


def test_a_perfect_circle_is_decided_by_the_lot():
    """Votelib's Schulze returns nothing at all here."""
    cast = [ranked(1, 2, 3), ranked(2, 3, 1), ranked(3, 1, 2)]
    winners = {count("rank", (1, 2, 3), cast, seed=str(n)).winner for n in range(40)}
    assert count("rank", (1, 2, 3), cast).decision.lot_among == (1, 2, 3)
    assert winners == {1, 2, 3}


def test_unranked_is_below_all_ranked_and_level_among_itself():
    found = count("rank", (1, 2, 3, 4), [ranked(2)])
    assert found.above[2, 1] == found.above[2, 4] == 1
    assert found.above[1, 3] == found.above[3, 1] == 0
    assert found.decided_by is DecidedBy.BEAT_EVERY


def test_where_one_option_alone_has_its_quorum_it_is_not_said_to_have_beaten_others():
    assert count("rank", (1, 2, 3), [ranked(2)], quorum=1).decided_by is DecidedBy.ALONE


def test_without_a_quorum_even_an_unsupported_option_helps_to_tell_two_unbeaten_ones_apart():
    cast = ballots((2, ranked(1)), (2, ranked(2, 1)))
    assert count("rank", (1, 2, 3), cast, quorum=1).decided_by is DecidedBy.LOT
    assert count("rank", (1, 2, 3), cast).decided_by is DecidedBy.BORDA_AMONG_UNBEATEN


def test_the_last_place_of_a_full_ballot_is_no_support():
    full, short = count("rank", (1, 2, 3), [ranked(1, 2, 3)]), count("rank", (1, 2, 3), [ranked(1, 2)])
    assert full == short
    assert full.supporters == {1: 1, 2: 1, 3: 0}


def test_putting_all_level_is_a_blank_ballot():
    assert count("rank", (1, 2), [ranked({1, 2})]).abstained == 1


def test_options_short_of_the_quorum_are_dropped_before_the_duels():
    cast = ballots((4, ranked(1, 2)), (3, ranked(2)), (2, ranked(3, 2)))
    found = count("rank", (1, 2, 3), cast, quorum=3)
    assert found.competing == (1, 2)
    assert full_order(found)[-1] == GARDEN


def test_one_supporter_more_can_bring_an_option_back_and_break_up_anothers_win():
    """The known price of dropping options short of the quorum (debian-vote 2003/05/msg00154)."""
    others = ballots((5, ranked(2, 3, 1)), (3, ranked(1, 2)), (2, ranked(3, 1)))
    before = count("rank", (1, 2, 3, 4), others | ballots((4, ranked(1, 2))), quorum=8)
    after = count("rank", (1, 2, 3, 4), others | ballots((1, ranked(1, 2, 3))), quorum=8)
    assert (before.competing, before.winner) == ((CROSSING, BENCHES), CROSSING)
    assert (after.competing, after.winner, after.decided_by) == ((1, 2, 3), BENCHES, DecidedBy.MINIMAX)


# what cannot be counted


@pytest.mark.parametrize(
    ("method", "options", "ballot", "reason"),
    [
        ("choose", (1, 2), marked(1, 2), "several options"),
        ("choose", (1, 2), marked(5), "unknown option: 5"),
        ("approve", (1, 2), ranked(1, 2), "ranks, where"),
        ("rank", (1, 2, 3), ranked(1, 2, 1), "twice"),
        ("rank", (1, 2, 3), (frozenset(), frozenset({1})), "empty place"),
        ("rank", (1,), ranked(1), "ask yes or no"),
        ("yesno", (1, 2), marked(1), "agree, against and abstain"),
        ("choose", (1, 1), marked(1), "listed twice"),
        ("dots", (1, 2), marked(1), "dots"),
    ],
)
def test_a_ballot_that_cannot_have_been_cast_is_refused(method, options, ballot, reason):
    with pytest.raises(ValueError, match=reason):
        count(method, options, [ballot])


# properties


@st.composite
def rankings(draw: st.DrawFn, options: Sequence[int]) -> Ballot:
    order = draw(st.permutations(options))[: draw(st.integers(0, len(options)))]
    tiers: list[set[int]] = []
    for option in order:
        if tiers and draw(st.booleans()):
            tiers[-1].add(option)
        else:
            tiers.append({option})
    return ranked(*tiers)


@st.composite
def ranked_polls(draw: st.DrawFn) -> tuple[tuple[int, ...], list[Ballot], int]:
    options = tuple(range(1, draw(st.integers(2, 5)) + 1))
    return options, draw(st.lists(rankings(options), max_size=9)), draw(st.integers(0, 4))


@st.composite
def ticked_polls(draw: st.DrawFn) -> tuple[str, tuple[int, ...], list[Ballot], int]:
    options, method = tuple(range(1, draw(st.integers(1, 5)) + 1)), draw(st.sampled_from(["choose", "approve"]))
    most = 1 if method == "choose" else len(options)
    ticks = st.frozensets(st.sampled_from(options), max_size=most).map(lambda chosen: marked(*chosen))
    return method, options, draw(st.lists(ticks, max_size=12)), draw(st.integers(0, 4))


@st.composite
def polls(draw: st.DrawFn) -> tuple[str, tuple[int, ...], list[Ballot], int]:
    return draw(st.one_of(ticked_polls(), ranked_polls().map(lambda poll: ("rank", *poll))))


def naive_position(ballot: Ballot, option: int) -> int:
    return next((place for place, tier in enumerate(ballot) if option in tier), 99)


def naive_ranked(options: Sequence[int], cast: list[Ballot], quorum: int) -> set[int]:
    """The options the rules leave before any lot, straight from their words: sets of sets, fractions, brute force."""

    def lead(x: int, y: int) -> int:
        return sum(
            (naive_position(b, x) < naive_position(b, y)) - (naive_position(b, x) > naive_position(b, y)) for b in cast
        )

    def backers(x: int) -> int:
        return sum(any(naive_position(b, x) < naive_position(b, y) for y in options) for b in cast)

    def points(x: int) -> Fraction:
        total = Fraction(0)
        for ballot in cast:
            places = sorted(field, key=lambda option: naive_position(ballot, option))
            level = [i for i, y in enumerate(places) if naive_position(ballot, y) == naive_position(ballot, x)]
            total += sum((Fraction(len(field) - 1 - i, len(level)) for i in level), Fraction(0))
        return total

    field = [x for x in options if backers(x) >= quorum and any(map(backers, options))]
    left = [x for x in field if all(lead(x, y) >= 0 for y in field)]
    if field and not left:
        dominant = (set(group) for size in range(1, len(field) + 1) for group in combinations(field, size)
                    if all(lead(x, y) > 0 for x in group for y in field if y not in group))  # fmt: skip
        circle = next(dominant)
        worst = {x: min(lead(x, y) for y in circle if y != x) for x in circle}
        left = [x for x in circle if worst[x] == max(worst.values())]
    return {x for x in left if points(x) == max(map(points, left))}


@settings(deadline=None, max_examples=400)
@given(ranked_polls())
def test_ranks_agree_with_a_count_made_straight_from_the_words_of_the_rule(poll):
    options, cast, quorum = poll
    found, left = count("rank", options, cast, quorum), naive_ranked(options, cast, quorum)
    assert (found.winner in left) if left else found.winner is None
    assert (found.decided_by is DecidedBy.LOT) == (len(left) > 1)
    assert found.decision.lot_among == (tuple(sorted(left)) if len(left) > 1 else ())


@settings(deadline=None)
@given(ticked_polls())
def test_ticks_agree_with_a_count_made_straight_from_the_words_of_the_rule(poll):
    method, options, cast, quorum = poll
    ticks = {x: sum(marked(x) == b or any(x in tier for tier in b) for b in cast) for x in options}
    left = {x for x in options if ticks[x] == max(ticks.values()) and ticks[x] >= max(quorum, 1)}
    found = count(method, options, cast, quorum)
    assert found.supporters == ticks
    assert (found.winner in left) if left else found.winner is None
    assert (found.decided_by is DecidedBy.LOT) == (len(left) > 1)


@settings(deadline=None)
@given(polls(), st.randoms(use_true_random=False))
def test_the_order_of_ballots_and_options_does_not_matter(poll, random):
    method, options, cast, quorum = poll
    mixed_options, mixed_cast = random.sample(options, len(options)), random.sample(cast, len(cast))
    straight = count(method, options, cast, quorum, "seed")
    mixed = count(method, mixed_options, mixed_cast, quorum, "seed")
    assert replace(mixed, options=straight.options) == straight
    assert full_order(mixed) == full_order(straight)


@settings(deadline=None)
@given(polls(), st.data())
def test_renaming_the_options_renames_the_winner(poll, data):
    method, options, cast, quorum = poll
    name = dict(zip(options, data.draw(st.permutations([x + 10 for x in options])), strict=True))
    renamed = [tuple(frozenset(name[x] for x in tier) for tier in ballot) for ballot in cast]
    before, after = count(method, options, cast, quorum), count(method, list(name.values()), renamed, quorum)
    assert after.decided_by is before.decided_by
    assert {name[x] for x in before.decision.lot_among} == set(after.decision.lot_among)
    if before.winner is not None and before.decided_by is not DecidedBy.LOT:
        assert after.winner == name[before.winner]


@settings(deadline=None, max_examples=300)
@given(ranked_polls())
def test_whoever_beats_every_other_wins_and_the_winner_is_in_the_smith_set(poll):
    options, cast, _ = poll
    found = count("rank", options, cast)
    field = found.competing if found.heard else ()
    champions = [x for x in field if all(found.margin(x, y) > 0 for y in field if y != x)]
    if champions:
        assert [found.winner] == champions
    for size in range(1, len(field) + 1):
        dominant = [set(g) for g in combinations(field, size)
                    if all(found.margin(x, y) > 0 for x in g for y in field if y not in g)]  # fmt: skip
        if dominant:
            assert found.winner in dominant[0]
            break


@settings(deadline=None)
@given(polls())
def test_a_blank_ballot_changes_nothing_but_the_number_of_ballots(poll):
    method, options, cast, quorum = poll
    before, after = count(method, options, cast, quorum), count(method, options, [*cast, ()], quorum)
    assert after == replace(before, ballots=before.ballots + 1, abstained=before.abstained + 1)


@settings(deadline=None)
@given(polls())
def test_doubling_all_ballots_keeps_the_result(poll):
    method, options, cast, quorum = poll
    assert count(method, options, cast, quorum).decision == count(method, options, cast * 2, 2 * quorum).decision


@settings(deadline=None)
@given(polls())
def test_a_higher_quorum_never_admits_an_option(poll):
    method, options, cast, _ = poll
    fields = [set(count(method, options, cast, quorum).competing) for quorum in range(12)]
    assert all(higher <= lower for lower, higher in pairwise(fields))


@settings(deadline=None)
@given(ticked_polls(), st.data())
def test_one_more_vote_never_harms_the_winner(poll, data):
    method, options, cast, quorum = poll
    before = count(method, options, cast, quorum)
    if before.winner is not None:
        assert count(method, options, [*cast, marked(before.winner)], quorum).winner == before.winner


@settings(deadline=None)
@given(ranked_polls())
def test_a_short_ballot_weighs_as_much_as_a_long_one(poll):
    options, cast, _ = poll
    found = count("rank", options, cast, quorum=0)
    pairs = len(found.competing) * (len(found.competing) - 1) // 2
    assert sum(found.borda.values()) == 2 * pairs * found.heard


@settings(deadline=None)
@given(polls())
def test_the_order_of_priorities_begins_with_the_winner_and_names_everybody_once(poll):
    method, options, cast, quorum = poll
    found = count(method, options, cast, quorum)
    order = full_order(found)
    assert sorted(order) == sorted(options)
    assert set(order[: len(found.competing)]) == set(found.competing)
    assert found.winner in (None, order[0])


def test_every_poll_of_up_to_seven_full_ballots_over_three_options_is_counted_like_the_naive_count():
    kinds = [ranked(*order) for order in permutations((1, 2, 3))]
    for voters in range(8):
        for cast in combinations_with_replacement(kinds, voters):
            left = naive_ranked((1, 2, 3), list(cast), 0)
            assert count("rank", (1, 2, 3), cast).winner in (left or {None})
