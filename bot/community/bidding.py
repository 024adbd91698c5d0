"""Prices near the best ones for an assignment, by auction (Bertsekas): quick, and wrong by a known little.

Each task bids for the helper who is worth most to it: as much as leaves it indifferent to its second choice, and a step
more. With large steps first, and each smaller step beginning a little below what the last one ended with, even many tasks
that want the same few helpers settle soon. assignment.py begins with these prices, and makes the result exact.
"""

from collections.abc import Sequence
from heapq import heapreplace

Edges = Sequence[tuple[int, int]]
"""(weight, helper), the weights above 0."""

NOBODY = -1

STEPS = (30, 5, 1)


def prices_near(edges: Sequence[Edges], room: Sequence[int], extra: Sequence[int]) -> list[int]:
    """For each helper, what their cheapest place costs after the bidding.

    Args:
        edges: for each task the helpers it may go to; they have room.
        room: how many tasks each helper takes.
        extra: what a helper's first, second, ... task costs; it must not fall.
    """
    price = [extra[0]] * len(room)
    above = 0
    for step in STEPS:
        price = [max(extra[0], high - above) for high in price] if above else price
        _bid(edges, room, extra, price, step)
        above = step
    return price


def _bid(edges: Sequence[Edges], room: Sequence[int], extra: Sequence[int], price: list[int], step: int) -> None:
    """Let all tasks bid until each has a place or finds none worth its price. Changes the prices."""
    places: dict[int, list[tuple[int, int]]] = {}
    bidding = list(range(len(edges) - 1, -1, -1))
    while bidding:
        task = bidding.pop()
        best, second, wanted = 0, 0, NOBODY
        for weight, helper in edges[task]:
            gain = weight - price[helper]
            if gain > best:
                best, second, wanted = gain, best, helper
            elif gain > second:
                second = gain
        if wanted == NOBODY:
            continue
        if wanted not in places:
            places[wanted] = [(max(cost, price[wanted]), NOBODY) for cost in extra[: room[wanted]]]
        cheapest, outbid = places[wanted][0]
        heapreplace(places[wanted], (cheapest + best - second + step, task))
        price[wanted] = places[wanted][0][0]
        if outbid != NOBODY:
            bidding.append(outbid)
