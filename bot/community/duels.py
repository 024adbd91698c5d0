"""Options compared one against one: what counting.py asks of ranked ballots (facts/voting.md 1.2). Exact."""

from collections.abc import Iterable, Mapping, Sequence

Duels = Mapping[tuple[int, int], int]
"""For each pair of options (x, y): how many ballots put x above y."""


def fought(options: Sequence[int], pile: Mapping[tuple[frozenset[int], ...], int]) -> dict[tuple[int, int], int]:
    """All duels among the options; whatever a ballot leaves off is below all that it ranks, and level among itself.

    Args:
        options: the options' keys.
        pile: each different ballot, as tiers with the best first, and how often it was cast.
    """
    place = {option: index for index, option in enumerate(options)}
    rows = [[0] * len(options) for _ in options]  # rows of lists: three times as fast as a dict of pairs
    for ballot, times in pile.items():
        below = set(place.values())
        for tier in ballot:
            here = [place[option] for option in tier]
            below.difference_update(here)
            for higher in here:
                row = rows[higher]
                for lower in below:
                    row[lower] += times
    return {(x, y): rows[place[x]][place[y]] for x in options for y in options if x != y}


def margins(duels: Duels, field: Iterable[int]) -> dict[int, list[int]]:
    """For each option of the field its margins over the others of the field, below zero where it was beaten."""
    among = list(field)
    return {x: [duels[x, y] - duels[y, x] for y in among if y != x] for x in among}


def borda(duels: Duels, field: Iterable[int], ballots: int) -> dict[int, int]:
    """Twice the Borda scores within the field. Level options share their places, so short ballots weigh as much.

    A ballot gives 2 for each rival put below and 1 for each put level, which sums to ballots + margin over the rivals.
    """
    return {option: sum(ballots + margin for margin in row) for option, row in margins(duels, field).items()}


def smith_set(duels: Duels, field: Iterable[int]) -> set[int]:
    """The smallest set whose every member beats everybody outside it."""
    rows = margins(duels, field)
    # Whoever wins most duels, ties counting half, is in the set; and so is everybody whom a member does not beat.
    found = {max(rows, key=lambda option: sum((margin >= 0) + (margin > 0) for margin in rows[option]))}
    while newcomers := {x for x in rows if x not in found and any(duels[x, y] >= duels[y, x] for y in found)}:
        found |= newcomers
    return found
