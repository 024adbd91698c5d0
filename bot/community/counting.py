"""Counting votes: pure, exact, and the same for everybody who counts the same ballots.

The rules and the evidence for them are in facts/voting.md 1.2 to 1.4; docs/counting.md tells them to residents.

* ``yesno``: agreed when more agree than are against and at least the quorum agree. Abstentions stand apart.
* ``choose`` (one option a ballot) and ``approve`` (any number): the option with most supporters.
* ``rank``: the option that no other beats one against one. Several such: the higher Borda score. None, because options
  beat each other in a circle: the one in the Smith set whose worst defeat is smallest, then the higher Borda score.
* Whatever still ties is decided by a lot that was fixed before the vote, never by chance at count time.

Conventions that have changed real winners, and are therefore stated in every ranked poll: an option left off a ballot
is below all ranked ones and level with the others left off; defeats are measured by margins, not by winning votes.

Ranking an option says something only if it puts it above another. So the last place on a ballot that names every option
counts as left off: "A, B, C" of three and "A, B" are one and the same ballot, and putting all level is a blank one.

The quorum counts an option's supporters (ballots that choose, tick, or rank it above another), never those who took
part: a turnout quorum lets a no vote carry the motion. Options short of it are dropped before the others are compared,
as Debian does. The price is known (lists.debian.org/debian-vote 2003/05/msg00154): one more supporter can bring an
option back into the comparison, where it may break up somebody else's win without winning itself.

A few lines over the house's 300: the values a count is made of and the rules that fill them are read together.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256

from bot.community import duels

Ballot = tuple[frozenset[int], ...]
"""Tiers of options, best first. Ticks are one tier; ``()`` is a blank ballot, an abstention."""

Ballots = Iterable[Ballot] | Mapping[Ballot, int]
"""Ballots in any order, or each different ballot with how often it was cast."""


class Method(StrEnum):
    """How the ballots are marked."""

    YESNO = "yesno"
    CHOOSE = "choose"
    APPROVE = "approve"
    RANK = "rank"


class DecidedBy(StrEnum):
    """What settled it, in the order in which it is tried."""

    NOBODY = "nobody"  # no ballot names an option
    NO_QUORUM = "no_quorum"  # no option has enough supporters
    NO_MAJORITY = "no_majority"  # yesno: not more for it than against
    MAJORITY = "majority"  # yesno: agreed; choose: more than half
    MOST = "most"  # most supporters (choose: half of the ballots or fewer)
    ALONE = "alone"  # rank: the only option with enough supporters
    BEAT_EVERY = "beat_every"  # rank: beat every other option one against one
    UNBEATEN_ALONE = "unbeaten_alone"  # rank: the only one never beaten, though it tied with another
    BORDA_AMONG_UNBEATEN = "borda_among_unbeaten"  # rank: several were never beaten; ranked higher overall
    MINIMAX = "minimax"  # rank: a circle; the smallest worst defeat
    MINIMAX_BORDA = "minimax_borda"  # rank: a circle, equal worst defeats; ranked higher overall
    LOT = "lot"  # everything above tied


@dataclass(frozen=True)
class Decision:
    """Who won, and the options that each step chose between (sorted; empty where the step was not reached)."""

    winner: int | None
    decided_by: DecidedBy
    unbeaten: tuple[int, ...] = ()
    circle: tuple[int, ...] = ()
    lot_among: tuple[int, ...] = ()


@dataclass(frozen=True)
class Duel:
    """The winner against the rival that came closest: ballots for the one and for the other.

    Under ``rank`` a ballot is for the option it puts higher; after a circle this is the winner's worst defeat.
    """

    rival: int
    for_winner: int
    for_rival: int


@dataclass(frozen=True)
class Count:
    """What the ballots say. Exact: what of it may leave the house is decided in disclosure.py."""

    method: Method
    options: tuple[int, ...]
    quorum: int
    seed: str
    ballots: int
    abstained: int
    supporters: Mapping[int, int]
    above: Mapping[tuple[int, int], int]
    """rank: how many ballots put the first of the pair above the second; otherwise empty."""
    decision: Decision
    borda: Mapping[int, int]
    """rank: twice the Borda score among the options that compete; otherwise empty."""
    closest: Duel | None

    @property
    def winner(self) -> int | None:
        """The option that was decided on; None when nothing was."""
        return self.decision.winner

    @property
    def decided_by(self) -> DecidedBy:
        """The step that settled it."""
        return self.decision.decided_by

    @property
    def heard(self) -> int:
        """Ballots that say something: the denominator of every share."""
        return self.ballots - self.abstained

    @property
    def competing(self) -> tuple[int, ...]:
        """The options with enough supporters to win (yesno: the proposal, if enough agree)."""
        may_win = self.options[:1] if self.method is Method.YESNO else self.options
        return tuple(option for option in may_win if self.supporters[option] >= self.quorum)

    @property
    def quorate(self) -> bool:
        """Whether any option has enough supporters."""
        return bool(self.competing)

    @property
    def under_half(self) -> bool:
        """Whether more people chose something else than chose the winner: reason to offer a run-off."""
        if self.method is not Method.CHOOSE or self.winner is None:
            return False
        return 2 * self.supporters[self.winner] < self.heard

    def margin(self, option: int, rival: int) -> int:
        """By how many ballots the option beats the rival one against one."""
        return self.above[option, rival] - self.above[rival, option]


def marked(*options: int) -> Ballot:
    """A ballot that chooses or ticks these options; none: a blank one."""
    return (frozenset(options),) if options else ()


def ranked(*tiers: int | Collection[int]) -> Ballot:
    """A ballot that ranks options, best first; several in one place stand level."""
    return tuple(frozenset((tier,) if isinstance(tier, int) else tier) for tier in tiers)


def count(method: str, options: Sequence[int], ballots: Ballots, quorum: int = 0, seed: str = "") -> Count:
    """Count a poll.

    Args:
        method: one of Method.
        options: the options' keys, in any order; for yesno exactly (agree, against, abstain), in this one.
        ballots: what was cast.
        quorum: how many supporters an option needs to win; with 0 no option is dropped.
        seed: the text of the lot, published before the vote.

    Raises:
        ValueError: if a ballot cannot have been cast in this poll.
    """
    kind, keys = Method(method), tuple(options)
    _check_options(kind, keys)
    pile = _sound_pile(kind, keys, Counter(ballots))
    blank = pile[()] + (pile[marked(keys[2])] if kind is Method.YESNO else 0)
    supporters = _supporters(keys, pile)
    above = duels.fought(keys, pile) if kind is Method.RANK else {}
    undecided = Decision(None, DecidedBy.NOBODY)
    tallied = Count(kind, keys, quorum, seed, pile.total(), blank, supporters, above, undecided, {}, None)
    decision = _decide(tallied)
    borda = duels.borda(above, tallied.competing, tallied.heard) if above else {}
    return replace(tallied, decision=decision, borda=borda, closest=_closest(tallied, decision.winner, borda))


def full_order(counted: Count) -> tuple[int, ...]:
    """All options, the winner first, for a list of priorities: each place goes to whoever wins among those left.

    Options short of the quorum come after all others. A yesno poll has nothing to put in order.
    """
    if counted.method is Method.YESNO:
        return ()
    order: list[int] = []
    short = set(counted.options) - set(counted.competing)
    for group in (set(counted.competing), short):
        while group:
            place = _best(counted, sorted(group)).winner
            assert place is not None
            order.append(place)
            group.remove(place)
    return tuple(order)


def lot_order(seed: str, options: Iterable[int]) -> list[int]:
    """The order of the lot: by SHA-256 of ``seed:option``. Anybody can repeat it with sha256sum."""
    return sorted(options, key=lambda option: sha256(f"{seed}:{option}".encode()).hexdigest())


def _check_options(kind: Method, options: tuple[int, ...]) -> None:
    if len(set(options)) != len(options):
        raise ValueError("an option is listed twice")
    if kind is Method.YESNO and len(options) != 3:  # noqa: PLR2004 - agree, against, abstain
        raise ValueError("a yesno poll has the options agree, against and abstain")
    if kind is Method.RANK and len(options) == 1:
        raise ValueError("one option cannot be ranked: ask yes or no")


def _sound_pile(kind: Method, options: tuple[int, ...], pile: Counter[Ballot]) -> Counter[Ballot]:
    """The same ballots, checked, each in the one form that says what it says."""
    known, sound = frozenset(options), Counter[Ballot]()
    for ballot, times in pile.items():
        named = [option for tier in ballot for option in tier]
        if reason := _unsound(kind, known, ballot, named):
            raise ValueError(reason)
        says_all = kind is Method.RANK and len(named) == len(known)
        sound[ballot[:-1] if says_all else ballot] += times
    return sound


def _unsound(kind: Method, known: frozenset[int], ballot: Ballot, named: list[int]) -> str:
    if not known.issuperset(named):
        return f"a ballot names an unknown option: {min(set(named) - known)}"
    if len(set(named)) != len(named):
        return "a ballot names an option twice"
    if not all(ballot):
        return "a ballot has an empty place"
    if kind is not Method.RANK and len(ballot) > 1:
        return "a ballot ranks, where ranks are not asked for"
    if kind in (Method.YESNO, Method.CHOOSE) and len(named) > 1:
        return "a ballot names several options, where one may be chosen"
    return ""


def _supporters(options: tuple[int, ...], pile: Counter[Ballot]) -> dict[int, int]:
    supporters = dict.fromkeys(options, 0)
    for ballot, times in pile.items():
        for tier in ballot:
            for option in tier:
                supporters[option] += times
    return supporters


def _decide(counted: Count) -> Decision:
    if not counted.heard:
        return Decision(None, DecidedBy.NOBODY)
    if (
        counted.method is Method.YESNO
        and counted.supporters[counted.options[0]] <= counted.supporters[counted.options[1]]
    ):
        return Decision(None, DecidedBy.NO_MAJORITY)
    if not counted.quorate:
        return Decision(None, DecidedBy.NO_QUORUM)
    if counted.method is Method.YESNO:
        return Decision(counted.options[0], DecidedBy.MAJORITY)
    return _best(counted, counted.competing)


def _best(counted: Count, field: Sequence[int]) -> Decision:
    """Who wins when only the options of this field stand."""
    return (_best_ranked if counted.method is Method.RANK else _most_supported)(counted, field)


def _most_supported(counted: Count, field: Sequence[int]) -> Decision:
    leaders = _highest(counted.supporters, field)
    more_than_half = counted.method is Method.CHOOSE and 2 * counted.supporters[leaders[0]] > counted.heard
    return _settle(counted, leaders, Decision(None, DecidedBy.MAJORITY if more_than_half else DecidedBy.MOST))


def _best_ranked(counted: Count, field: Sequence[int]) -> Decision:
    if len(field) == 1:
        return Decision(field[0], DecidedBy.ALONE)
    worst = {option: min(row) for option, row in duels.margins(counted.above, field).items()}
    unbeaten = [option for option in field if worst[option] >= 0]
    if len(unbeaten) == 1:
        [winner] = unbeaten
        return Decision(winner, DecidedBy.BEAT_EVERY if worst[winner] > 0 else DecidedBy.UNBEATEN_ALONE)
    borda = duels.borda(counted.above, field, counted.heard)
    if unbeaten:
        step = Decision(None, DecidedBy.BORDA_AMONG_UNBEATEN, unbeaten=tuple(sorted(unbeaten)))
        return _settle(counted, _highest(borda, unbeaten), step)
    # Nobody outside the Smith set beats anybody in it, so the worst defeat in the field is the worst defeat in the set.
    circle = duels.smith_set(counted.above, field)
    least = _highest(worst, circle)
    how = DecidedBy.MINIMAX if len(least) == 1 else DecidedBy.MINIMAX_BORDA
    return _settle(counted, _highest(borda, least), Decision(None, how, circle=tuple(sorted(circle))))


def _settle(counted: Count, leaders: Sequence[int], step: Decision) -> Decision:
    """The step's one leader, or the lot among its several."""
    if len(leaders) == 1:
        return replace(step, winner=leaders[0])
    drawn = lot_order(counted.seed, leaders)[0]
    return replace(step, winner=drawn, decided_by=DecidedBy.LOT, lot_among=tuple(sorted(leaders)))


def _highest(scores: Mapping[int, int], options: Collection[int]) -> list[int]:
    top = max(scores[option] for option in options)
    return [option for option in options if scores[option] == top]


def _closest(counted: Count, winner: int | None, borda: Mapping[int, int]) -> Duel | None:
    """The rival the winner was nearest to losing to; of equals the better supported one, then by the lot."""
    field = counted.competing if counted.method is Method.RANK else counted.options
    rivals = [option for option in lot_order(counted.seed, field) if option != winner]
    if winner is None or not rivals or counted.method is Method.YESNO:
        return None
    if counted.method is Method.RANK:
        rival = min(rivals, key=lambda other: (counted.margin(winner, other), -borda[other]))
        return Duel(rival, counted.above[winner, rival], counted.above[rival, winner])
    rival = max(rivals, key=counted.supporters.__getitem__)
    return Duel(rival, counted.supporters[winner], counted.supporters[rival])
