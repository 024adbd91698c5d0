"""From what a poll publishes nobody can work out how somebody voted."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations_with_replacement, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.community.counting import Ballot, Count, DecidedBy, count, marked, ranked
from bot.community.disclosure import Detail, PollRelease, Secrecy, Support, Turnout, publish_poll

YESNO = (1, 2, 3)
SIDES = (marked(1), marked(2))
TICKS = (marked(1), marked(2), marked(1, 2), ())
ANSWERS = (marked(1), marked(2), marked(3))


def split(one: int, other: int, method: str = "choose", quorum: int = 0) -> Count:
    options = YESNO if method == "yesno" else (1, 2)
    return count(method, options, {marked(1): one, marked(2): other}, quorum, "seed")


def private(counted: Count, roll: int = 40) -> PollRelease:
    return publish_poll(counted, roll, "private")


def published(release: PollRelease) -> str:
    return json.dumps(release.as_facts())


# what is told at which size


@pytest.mark.parametrize(
    ("ballots", "detail"),
    [(0, "nothing"), (4, "nothing"), (5, "outcome"), (9, "outcome"), (10, "bands"), (29, "bands"), (30, "exact")],
)
def test_the_more_ballots_the_more_is_told(ballots, detail):
    assert private(split(ballots - ballots // 3, ballots // 3)).detail is Detail(detail)


def test_under_five_ballots_nothing_is_told():
    assert private(split(3, 1)) == PollRelease(Detail.NOTHING, split(3, 1).method, Secrecy.PRIVATE, 0)


def test_blank_ballots_do_not_hide_that_almost_nobody_said_anything():
    mostly_blank = count("choose", (1, 2), {marked(1): 2, (): 20}, 0, "")
    assert private(mostly_blank).detail is Detail.NOTHING


def test_five_to_nine_tell_the_outcome_alone():
    release = private(split(5, 2))
    assert release.winner == 1
    assert (release.support, release.turnout, release.ballots, release.decided_by) == (None, None, None, None)


@pytest.mark.parametrize(
    ("agree", "against", "band"), [(11, 9, "narrow"), (12, 8, "clear"), (15, 5, "clear"), (16, 4, "strong")]
)
def test_bands_of_support_begin_at_half_sixty_and_eighty(agree, against, band):
    assert private(split(agree, against, "yesno")).support is Support(band)


def test_a_winner_that_most_did_not_choose_has_no_majority():
    cast = {marked(1): 5, marked(2): 4, marked(3): 4}
    assert private(count("choose", (1, 2, 3), cast)).support is Support.NO_MAJORITY


def test_under_rank_support_is_measured_against_the_rival_that_came_closest():
    cast = {ranked(1, 2, 3): 13, ranked(2, 1, 3): 9}
    assert private(count("rank", (1, 2, 3), cast)).support is Support.NARROW


def test_a_rank_winner_without_a_rival_is_measured_by_its_supporters():
    assert private(count("rank", (1, 2, 3), {ranked(1): 12, ranked(2): 2}, quorum=3)).support is Support.STRONG


@pytest.mark.parametrize(
    ("roll", "band"), [(25, "under_half"), (24, "under_three_quarters"), (16, "three_quarters"), (3, "three_quarters")]
)
def test_bands_of_turnout_begin_at_half_and_three_quarters(roll, band):
    assert private(split(8, 4), roll).turnout is Turnout(band)


def test_thirty_ballots_are_told_exactly_as_in_any_election():
    release = private(count("approve", (1, 2, 3), {marked(1, 2): 17, marked(3): 13}))
    assert release.supporters == ((1, 17), (2, 17), (3, 13))
    assert (release.ballots, release.roll, release.abstained, release.by_lot) == (30, 40, 0, True)
    assert sorted(release.order[:2]) == [1, 2]
    assert release.duels == ()


@pytest.mark.parametrize("method", ["choose", "yesno"])
@pytest.mark.parametrize(("many", "few", "exact"), [(27, 3, True), (28, 2, False), (95, 5, True), (96, 4, False)])
def test_where_nearly_all_agree_counts_are_kept_back(method, many, few, exact):
    for counted in (split(many, few, method), split(few, many, method)):
        assert private(counted).detail is (Detail.EXACT if exact else Detail.BANDS)


def test_where_nearly_all_abstain_counts_are_kept_back():
    assert private(count("yesno", YESNO, {marked(1): 2, marked(2): 2, marked(3): 100})).detail is Detail.BANDS
    assert private(count("yesno", YESNO, {marked(1): 15, marked(2): 5, marked(3): 20})).detail is Detail.EXACT


def test_where_nearly_all_rank_one_option_above_each_other_counts_are_kept_back():
    assert (
        private(count("rank", (1, 2, 3), {ranked(1, 2): 15, ranked(1, 3): 14, ranked(2, 1): 1})).detail is Detail.BANDS
    )
    assert private(count("rank", (1, 2, 3), {ranked(1, 2, 3): 20, ranked(2, 1, 3): 10})).detail is Detail.EXACT


def test_why_nothing_was_decided_is_kept_back_below_thirty():
    short, beaten = split(6, 2, "yesno", quorum=7), split(2, 6, "yesno", quorum=7)
    assert short.decided_by is not beaten.decided_by
    assert published(private(short)) == published(private(beaten))


def test_a_lot_is_always_told():
    release = private(split(3, 3))
    assert (release.by_lot, release.lot_among, release.decided_by) == (True, (1, 2), None)


def test_an_open_poll_tells_everything():
    counted = count("rank", (1, 2), {ranked(1, 2): 2, ranked(2, 1): 1})
    release = publish_poll(counted, 3, "open")
    assert release.detail is Detail.ALL
    assert release.duels == ((1, 2, 2), (2, 1, 1))
    assert release.decided_by is DecidedBy.BEAT_EVERY
    assert release.closest == (2, 2, 1)


def test_an_unknown_secrecy_is_refused():
    with pytest.raises(ValueError, match="half-open"):
        publish_poll(split(3, 3), 9, "half-open")


# what nobody can work out


@pytest.mark.parametrize("method", ["choose", "yesno"])
def test_every_split_within_the_same_bands_is_published_in_the_same_bytes(method):
    seen = defaultdict(set)
    for ballots in range(5, 30):
        for one in range(ballots + 1):
            release = private(split(one, ballots - one, method))
            seen[release.detail, release.winner, release.by_lot, release.support, release.turnout].add(
                published(release)
            )
    assert {len(versions) for versions in seen.values()} == {1}


@st.composite
def small_private_polls(draw: st.DrawFn) -> Count:
    method, options = draw(st.sampled_from(["yesno", "choose", "approve", "rank"])), (101, 102, 103)
    tiers = {
        "yesno": st.sampled_from([marked(option) for option in options]),
        "choose": st.sampled_from([(), *(marked(option) for option in options)]),
        "approve": st.frozensets(st.sampled_from(options)).map(lambda chosen: marked(*chosen)),
        "rank": st.permutations(options).flatmap(lambda o: st.integers(0, 3).map(lambda n: ranked(*o[:n]))),
    }
    return count(method, options, draw(st.lists(tiers[method], max_size=29)), draw(st.integers(0, 12)), "seed")


def numbers(facts: object) -> set[int]:
    if isinstance(facts, dict):
        return set().union(*map(numbers, facts.values()))
    if isinstance(facts, list):
        return set().union(*map(numbers, facts))
    return {facts} if isinstance(facts, int) and not isinstance(facts, bool) else set()


@settings(deadline=None, max_examples=300)
@given(small_private_polls())
def test_below_thirty_ballots_no_number_is_published_but_the_quorum_and_the_names_of_options(counted):
    facts = private(counted).as_facts()
    facts.pop("quorum")
    assert numbers(facts) <= {101, 102, 103}


@settings(deadline=None)
@given(small_private_polls(), st.sampled_from(["open", "private"]), st.integers(0, 60))
def test_a_release_comes_back_from_json_as_it_was(counted, secrecy, roll):
    release = publish_poll(counted, roll, secrecy)
    back = PollRelease.from_facts(json.loads(published(release)))
    assert back == release
    assert published(back) == published(release)


def readers(method: str, options: Sequence[int], kinds: Iterable[Ballot], ballots: int, quorum: int) -> list[str]:
    """Who could read another's ballot: by release and own ballot, what the others may have cast.

    The attacker knows how many voted, the rule, and the own ballot. Somebody else's is read where in all polls that fit
    what was published all others cast the same one.
    """
    others = defaultdict(set)
    for cast in combinations_with_replacement(sorted(kinds, key=str), ballots):
        told = published(private(count(method, options, cast, quorum, "seed"), ballots))
        others[told, None].add(frozenset(Counter(cast).items()))
        for own in set(cast):
            others[told, own].add(frozenset((Counter(cast) - Counter([own])).items()))
    return [f"{own}: {told}" for (told, own), fit in others.items() if len(fit) == 1 and len(next(iter(fit))) == 1]


@pytest.mark.parametrize("ballots", [*range(5, 61), 100, 101])
def test_no_member_and_no_outsider_can_read_a_vote_from_a_two_way_split(ballots):
    """Exact tallies let the only one who voted otherwise read all others (facts/disclosure.md 1.4 attack 5)."""
    assert readers("choose", (1, 2), SIDES, ballots, 0) == []
    assert readers("yesno", YESNO, SIDES, ballots, 0) == []


@pytest.mark.parametrize("ballots", [5, 6, 7, 9, 10, 11, 12, 29, 30, 31])
@pytest.mark.parametrize("quorum", [0, 2, 3])
def test_nor_where_people_may_abstain(ballots, quorum):
    assert readers("yesno", YESNO, ANSWERS, ballots, quorum) == []
    assert readers("choose", (1, 2), [*SIDES, ()], ballots, quorum) == []


@pytest.mark.parametrize("ballots", [5, 6, 9, 10, 13])
@pytest.mark.parametrize("quorum", [0, 3])
def test_nor_where_several_options_may_be_ticked(ballots, quorum):
    assert readers("approve", (1, 2), TICKS, ballots, quorum) == []


@pytest.mark.parametrize("quorum", [0, 3])
def test_nor_where_options_are_ranked(quorum):
    kinds = [(), *(ranked(option) for option in (1, 2, 3)), *(ranked(*order[:2]) for order in permutations((1, 2, 3)))]
    assert readers("rank", (1, 2, 3), kinds, 5, quorum) == []


def test_a_quorum_of_all_is_everybodys_vote_and_no_release_can_hide_it():
    """Not a wish but a warning: who makes such a private poll must be told."""
    assert readers("yesno", YESNO, ANSWERS, 7, quorum=7) != []
