"""What may leave the house (DESIGN 8): the one door that every count of people goes out by.

Tallies, all counts but those of polls, go by the rule in protect.py: publish_tallies().

What a poll's count may say is here (facts/disclosure.md 1.6, 1.4 attack 5). An ``open`` one is a show of hands:
everything. A ``private`` one says what nobody can turn into somebody's vote:

* fewer than 5 ballots, or fewer than 3 that say anything: no result. (Without the second bound "nothing was decided"
  would tell of each of 5 people that they handed in a blank ballot.)
* 5 to 9: the outcome, and whether the lot decided it.
* 10 to 29: also bands of support and of turnout.
* 30 and more: exact counts, as any election; but bands alone where one option has more than 95 %, or all but two
  ballots. The second bound is ours: by the first alone, the one person against among 30 to 40 would see from the
  missing counts that all others were for.

What each field tells, and why it may:

* winner: exact by design, as was said before the vote. Below 30 ballots the reason why nothing was decided (more
  against, or too few in favour) is left out: the poll's own rule says what was needed.
* by_lot, lot_among: that a lot decided, and among which options, or nobody could check it. It tells of an exact tie
  (of 6 ballots for two options 3 and 3), never whose. That is the fair price of a tie rule announced before the vote.
* support: the winner's share of the ballots that say anything; under ``rank`` the share that puts it above the rival
  that came closest, for a ballot that ranks everything supports nearly everything. None where nothing was decided. A
  band of a small poll may hold one count only (6 of 11 is its only narrow win): then the count is known, but not
  whose votes.
* turnout: all ballots, blank ones too, of the roll. Below 30 the exact number is left out, though the card of a
  running poll shows it: a release need not make it permanent.
* decided_by, closest, supporters, borda, abstained, unbeaten, circle, order: counts, or what follows from them: from
  30.
* duels, all options one against one: never in private. A table of pairs has cells where all agree.

Not covered: a quorum close to the number of ballots. "Agreed" with a quorum of all is everybody's vote, whatever is
kept back; who makes such a poll should be told. And six of seven who pool what they know learn a seventh, decisive
vote.
"""

import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

from bot.community.counting import Count, DecidedBy, Method, full_order
from bot.community.noise import two_sided
from bot.community.people_counts import Counts
from bot.community.protect import protect
from bot.community.tally_release import POLICY, Policy, TallyRelease

LEAST_BALLOTS = 5
LEAST_HEARD = 3
BANDS_FROM = 10
EXACT_FROM = 30


class Secrecy(StrEnum):
    """What was promised before the vote."""

    OPEN = "open"
    PRIVATE = "private"


class Detail(StrEnum):
    """How much of the count is told."""

    NOTHING = "nothing"
    OUTCOME = "outcome"
    BANDS = "bands"
    EXACT = "exact"
    ALL = "all"


class Support(StrEnum):
    """Bands of the winner's share."""

    NO_MAJORITY = "no_majority"  # below half
    NARROW = "narrow"  # below 60 %
    CLEAR = "clear"  # below 80 %
    STRONG = "strong"


class Turnout(StrEnum):
    """Bands of the share of the roll that voted."""

    UNDER_HALF = "under_half"
    UNDER_THREE_QUARTERS = "under_three_quarters"
    THREE_QUARTERS = "three_quarters"  # or more


Pairs = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class PollRelease:
    """All that is kept of a poll once its ballots are destroyed, and all that is ever said of it. Facts only: no words.

    Attributes:
        closest: (rival, ballots for the winner, ballots for the rival), as counting.Duel.
        supporters: (option, supporters), by option; borda likewise, doubled.
        duels: (option, rival, ballots that put the option above the rival).
        order: all options, the winner first.
    """

    detail: Detail
    method: Method
    secrecy: Secrecy
    quorum: int
    winner: int | None = None
    by_lot: bool = False
    lot_among: tuple[int, ...] = ()
    support: Support | None = None
    turnout: Turnout | None = None
    ballots: int | None = None
    roll: int | None = None
    abstained: int | None = None
    decided_by: DecidedBy | None = None
    closest: tuple[int, int, int] | None = None
    supporters: Pairs = ()
    borda: Pairs = ()
    unbeaten: tuple[int, ...] = ()
    circle: tuple[int, ...] = ()
    order: tuple[int, ...] = ()
    duels: tuple[tuple[int, int, int], ...] = ()

    def as_facts(self) -> dict[str, Any]:
        """The release as JSON would hold it; the keys are always all there, in one order."""
        return asdict(self, dict_factory=lambda items: {key: _plain(value) for key, value in items})

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Self:
        """The release that as_facts() told of, also after a way through JSON."""
        read = {
            key: _KINDS[key](value) if key in _KINDS and value is not None else value for key, value in facts.items()
        }
        return cls(**{key: _frozen(value) for key, value in read.items()})


_KINDS = {
    "detail": Detail,
    "method": Method,
    "secrecy": Secrecy,
    "support": Support,
    "turnout": Turnout,
    "decided_by": DecidedBy,
}


def publish_tallies(counts: Counts, policy: Policy = POLICY, seed_for_tests: int | None = None) -> TallyRelease:
    """What may be said of these people to everybody, for ever. Once: the counts are spent.

    Call it in the transaction that stores the release and deletes the answers.

    Args:
        counts: of people_counts.count() or microdata.count_file().
        policy: the rule's numbers.
        seed_for_tests: makes the noise the same each time, and known to whoever knows the seed: never for real people.

    Raises:
        Spent: they were released before.
    """
    if seed_for_tests is None:
        return protect(counts, policy)
    return protect(counts, policy, two_sided(policy.alpha, random.Random(seed_for_tests).randrange))  # noqa: S311


def publish_poll(counted: Count, roll: int, secrecy: str) -> PollRelease:
    """What may be said of this count to everybody, for ever.

    Args:
        counted: the count at closing.
        roll: how many could have voted.
        secrecy: one of Secrecy, as declared before the vote.
    """
    promised = Secrecy(secrecy)
    detail = Detail.ALL if promised is Secrecy.OPEN else _detail(counted)
    told: dict[str, Any] = {"detail": detail, "method": counted.method, "secrecy": promised, "quorum": counted.quorum}
    if detail is not Detail.NOTHING:
        told |= _outcome(counted)
    if detail in (Detail.BANDS, Detail.EXACT, Detail.ALL):
        told |= {"support": _support(counted), "turnout": _turnout(counted.ballots, roll)}
    if detail in (Detail.EXACT, Detail.ALL):
        told |= _counts(counted, roll)
    if detail is Detail.ALL:
        told["duels"] = tuple((x, y, above) for (x, y), above in sorted(counted.above.items()))
    return PollRelease(**told)


def _detail(counted: Count) -> Detail:
    if counted.ballots < LEAST_BALLOTS or counted.heard < LEAST_HEARD:
        return Detail.NOTHING
    if counted.ballots < BANDS_FROM:
        return Detail.OUTCOME
    return Detail.BANDS if counted.ballots < EXACT_FROM or _nearly_all_alike(counted) else Detail.EXACT


def _nearly_all_alike(counted: Count) -> bool:
    options = counted.options[:2] if counted.method is Method.YESNO else counted.options
    shares = [(_backing(counted, option), counted.heard) for option in options]
    shares.append((counted.abstained, counted.ballots))
    return any(20 * part > 19 * whole or part > whole - LEAST_HEARD for part, whole in shares)


def _backing(counted: Count, option: int) -> int:
    """How many choose or tick the option, or rank it above whichever competitor fewest rank it above."""
    rivals = [rival for rival in counted.competing if rival != option]
    if counted.method is not Method.RANK or not rivals:
        return counted.supporters[option]
    return min(counted.above[option, rival] for rival in rivals)


def _outcome(counted: Count) -> dict[str, Any]:
    by_lot = counted.decided_by is DecidedBy.LOT
    return {"winner": counted.winner, "by_lot": by_lot, "lot_among": counted.decision.lot_among}


def _support(counted: Count) -> Support | None:
    if counted.winner is None:
        return None
    near = counted.closest if counted.method is Method.RANK else None
    part, whole = near.for_winner if near else counted.supporters[counted.winner], counted.heard
    if 2 * part < whole:
        return Support.NO_MAJORITY
    if 10 * part < 6 * whole:
        return Support.NARROW
    return Support.CLEAR if 10 * part < 8 * whole else Support.STRONG


def _turnout(ballots: int, roll: int) -> Turnout:
    """The band; a roll that shrank below the ballots while the poll was open counts as all."""
    if 2 * ballots < roll:
        return Turnout.UNDER_HALF
    return Turnout.UNDER_THREE_QUARTERS if 4 * ballots < 3 * roll else Turnout.THREE_QUARTERS


def _counts(counted: Count, roll: int) -> dict[str, Any]:
    near = counted.closest
    return {
        "ballots": counted.ballots,
        "roll": roll,
        "abstained": counted.abstained,
        "decided_by": counted.decided_by,
        "closest": near and (near.rival, near.for_winner, near.for_rival),
        "supporters": tuple(sorted(counted.supporters.items())),
        "borda": tuple(sorted(counted.borda.items())),
        "unbeaten": counted.decision.unbeaten,
        "circle": counted.decision.circle,
        "order": full_order(counted),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value.value if isinstance(value, StrEnum) else value


def _frozen(value: Any) -> Any:
    return tuple(_frozen(each) for each in value) if isinstance(value, list) else value
