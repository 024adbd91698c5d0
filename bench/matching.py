"""python -m bench.matching: the best assignment in plain Python, beside scipy's exact solver and beside greedy.

Each town is matched in a process of its own, so that memory is its own. scipy solves the same pruned graph (the totals must
be equal) and, for the price of pruning, the whole one. Times are CPU seconds, the least of a few runs.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any

from bench.keep import keep
from bench.neighbours import town
from bot.community.bidding import NOBODY
from bot.community.matching import Roster, in_order, match
from bot.community.matching import assign as assigned
from bot.community.pairs import Ask, again, worth

TOWNS = ((200, 1000, 1, 25), (2000, 10_000, 1, 25), (2000, 10_000, 1, 1000), (20_000, 100_000, 20, 25))
"""Asks, volunteers, places, volunteers a patch: with 1,000 a patch, many asks want the same few people."""
SUPPLIES = (1.0, 0.25, 0.12)
Row = dict[str, Any]
Graph = Sequence[Sequence[tuple[int, int]]]


def least(runs: int, work: Callable[[], Any]) -> float:
    """The CPU seconds of the quickest of a few runs."""
    times = []
    for _ in range(runs):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


def peak() -> float:
    """The most memory this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def one_town(asks: int, volunteers: int, places: int, per_patch: int, supply: float) -> Row:
    """Everything about one town."""
    made = town(asks, volunteers, places, per_patch, supply)
    before = peak()
    seconds = least(2 if asks > 5000 else 3, lambda: match(made.asks, Roster(made.volunteers, made.neighbours)))
    held = peak() - before
    roster = Roster(made.volunteers, made.neighbours)
    waiting = sorted(made.asks, key=lambda ask: (-worth(ask), ask.id))
    assignment = assigned(waiting, roster)
    pruned: Graph = assignment.edges
    whole = graph(waiting, roster)
    capacity = [one.capacity for one in roster.volunteers]
    found = match(made.asks, roster)
    exact, exact_seconds = by_scipy(pruned, capacity)
    optimum, whole_seconds = by_scipy(whole, capacity)
    first_come = sorted(range(len(waiting)), key=lambda number: (-waiting[number].days_waiting, waiting[number].id))
    return {
        "asks": asks,
        "volunteers": volunteers,
        "places": places,
        "per_patch": per_patch,
        "supply": supply,
        "edges": sum(map(len, whole)),
        "pruned_edges": sum(map(len, pruned)),
        "cpu_seconds": round(seconds, 3),
        "memory_mb": round(held, 1),
        "total": found.total,
        "served": len(found.pairings),
        "urgent_served": urgent(waiting, assignment.helper),
        "scipy_total": exact,
        "scipy_seconds": round(exact_seconds, 3),
        "scipy_whole_seconds": round(whole_seconds, 3),
        "of_optimum": round(found.total / optimum, 6),
        "greedy": greedy(waiting, whole, capacity, range(len(waiting))),
        "first_come": greedy(waiting, whole, capacity, first_come),
    }


def graph(waiting: Sequence[Ask], roster: Roster) -> Graph:
    """All pairs that fit, as edges."""
    number = {one.id: at for at, one in enumerate(roster.volunteers)}
    return [[(pairing.weight, number[pairing.volunteer]) for pairing in in_order(ask, roster)] for ask in waiting]


def urgent(waiting: Sequence[Ask], helper: Sequence[int]) -> int:
    """How many of the urgent asks have somebody."""
    return sum(ask.urgency == 3 and given != NOBODY for ask, given in zip(waiting, helper, strict=True))


def greedy(waiting: Sequence[Ask], edges: Graph, capacity: Sequence[int], order: Sequence[int]) -> Row:
    """One ask after the other takes whoever weighs most at that moment."""
    taken, helper, total = [0] * len(capacity), [NOBODY] * len(edges), 0
    began = time.process_time()
    for number in order:
        free = [(weight - again(taken[to]), -to) for weight, to in edges[number] if taken[to] < capacity[to]]
        if free:
            weight, to = max(free)
            total += weight
            taken[-to] += 1
            helper[number] = -to
    return {
        "total": total,
        "served": len(edges) - helper.count(NOBODY),
        "urgent_served": urgent(waiting, helper),
        "seconds": round(time.process_time() - began, 3),
    }


def by_scipy(edges: Graph, capacity: Sequence[int]) -> tuple[int, float]:
    """The greatest weight as scipy finds it (a column a place of each volunteer, one for staying open), and its seconds.

    Each ask takes exactly one column, so one point more on every edge changes nothing; scipy reads a 0 as no edge.
    """
    import numpy as np
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    first, columns = [], 0
    for most in capacity:
        first.append(columns)
        columns += most
    rows, cols, weights = [], [], []
    for task, some in enumerate(edges):
        for weight, helper in some:
            for others in range(capacity[helper]):
                rows.append(task)
                cols.append(first[helper] + others)
                weights.append(weight - again(others) + 1)
        rows.append(task)
        cols.append(columns + task)
        weights.append(1)
    table = csr_array((np.array(weights, dtype=np.float64), (rows, cols)), shape=(len(edges), columns + len(edges)))
    began = time.process_time()
    row, column = min_weight_full_bipartite_matching(table, maximize=True)
    took = time.process_time() - began
    return int(table[row, column].sum()) - len(edges), took


def all_towns(supplies: Sequence[float], towns: Sequence[tuple[int, int, int, int]]) -> list[Row]:
    """Each town in a process of its own."""
    rows = []
    for asks, volunteers, places, per_patch in towns:
        for supply in supplies:
            command = [
                sys.executable,
                "-m",
                "bench.matching",
                "--one",
                f"{asks},{volunteers},{places},{per_patch},{supply}",
            ]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            rows.append(json.loads(done.stdout))
            print(line(rows[-1]), file=sys.stderr, flush=True)
    return rows


HEAD = (
    f"{'asks':>6} {'volunteers':>10} {'a patch':>7} {'supply':>6} {'CPU s':>6} {'scipy s':>7} {'MB':>4} "
    f"{'pairs':>8} {'pruned':>7} {'served':>6} {'greedy':>6} {'queue':>6} "
    f"{'urgent':>6} {'greedy':>6} {'queue':>6} {'of best':>8} {'greedy':>7} {'queue':>7}"
)


def line(row: Row) -> str:
    """One town as a line of the table."""
    greedily, queue = row["greedy"], row["first_come"]
    optimum = row["total"] / row["of_optimum"]
    return (
        f"{row['asks']:6} {row['volunteers']:10} {row['per_patch']:7} {row['supply']:6.0%} "
        f"{row['cpu_seconds']:6.2f} {row['scipy_seconds']:7.2f} {row['memory_mb']:4.0f} "
        f"{row['edges']:8} {row['pruned_edges']:7} {row['served']:6} {greedily['served']:6} {queue['served']:6} "
        f"{row['urgent_served']:6} {greedily['urgent_served']:6} {queue['urgent_served']:6} "
        f"{row['of_optimum']:8.2%} {greedily['total'] / optimum:7.2%} {queue['total'] / optimum:7.2%}"
    )


def targets(rows: Sequence[Row]) -> list[Row]:
    """Each target of the project beside what was found."""
    found = []
    for row in rows:
        name = f"{row['asks']} x {row['volunteers']}, {row['per_patch']} a patch, {row['supply']:.0%} with time"
        difference = row["total"] - row["scipy_total"]
        found.append({"what": f"{name}: total less scipy's", "found": difference, "want": 0, "ok": not difference})
        limit = {200: 0.15, 2000: 2.0}.get(row["asks"])
        if limit:
            seconds = row["cpu_seconds"]
            found.append({"what": f"{name}: CPU seconds", "found": seconds, "want": limit, "ok": seconds < limit})
    by = {(row["asks"], row["supply"]): row["cpu_seconds"] for row in rows if row["per_patch"] == TOWNS[0][3]}
    for (asks, supply), seconds in by.items():
        if asks == 20_000 and (2000, supply) in by:
            growth = round(seconds / by[2000, supply], 1)
            name = f"growth from 2000 to 20000 asks, {supply:.0%} with time"
            found.append({"what": name, "found": growth, "want": 25, "ok": growth <= 25})
    return found


def main() -> None:
    """Measure, show, keep."""
    parser = argparse.ArgumentParser(prog="python -m bench.matching", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the smaller towns; nothing is kept")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    chosen, _ = parser.parse_known_args()
    if chosen.one:
        *sizes, supply = chosen.one.split(",")
        print(json.dumps(one_town(*map(int, sizes), supply=float(supply))))
        return
    rows = all_towns(SUPPLIES, TOWNS[:3] if chosen.quick else TOWNS)
    met = targets(rows)
    print("\n".join([HEAD, *map(line, rows), ""]))
    print(
        "\n".join(
            f"{'ok    ' if row['ok'] else 'MISSED'}  {row['what']}: {row['found']} (at most {row['want']})"
            for row in met
        )
    )
    if not chosen.quick:
        keep(matching={"scipy": version("scipy"), "towns": rows, "targets": met})


if __name__ == "__main__":
    main()
