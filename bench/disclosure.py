"""python -m bench.disclosure: what the disclosure rule costs in accuracy, and in time and memory as answers grow.

Accuracy is against the true counts of made-up waves; cost as a ratio to merely reading the same file with csv.reader.
"""

import argparse
import csv
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from statistics import mean
from typing import Any

from bench.keep import keep
from bot.community.disclosure import publish_tallies
from bot.community.people_counts import count
from bot.community.tally_plan import ALL, COMBINED, Plan, Question
from bot.community.tally_release import Status, Table

BANDS = ("low", "medium", "high", "very high")
WIDE = ("0-6", "0-6", "7-10", "7-10")
ANSWERS = (10, 20, 45, 25)
PATCHES = ("Mill Road", "Station", "Hilltop", "Canal", "Market", "other")
TONGUES = ("English", "Polish", "Urdu", "other")
AGES = ("16-34", "35-54", "55 and over", "not said")
SPREAD = {"patch": (22, 20, 20, 18, 18, 2), "language": (65, 15, 12, 8), "age": (30, 35, 30, 5)}
BREAKDOWNS = {"patch": PATCHES, "language": TONGUES, "age": AGES}
PLAN = Plan("bench", (Question("satisfied", BANDS, WIDE, tuple(BREAKDOWNS)),), BREAKDOWNS)
FULL = Plan("bench", tuple(Question(f"q{n}", BANDS, WIDE, ("patch",)) for n in range(5)), {"patch": PATCHES})
"""As many tables as a person's answers may enter."""
SIZES = (30, 100, 200, 500, 2000)
MANY = (10_000, 100_000, 1_000_000)
Row = tuple[str, ...]


def wave(dice: random.Random, n: int) -> list[Row]:
    """n people: most content, most of them English, two in a hundred of no named patch."""
    groups = [dice.choices(names, SPREAD[name], k=n) for name, names in BREAKDOWNS.items()]
    return list(zip(dice.choices(BANDS, ANSWERS, k=n), *groups, strict=True))


# accuracy


def accuracy(n: int, trials: int) -> dict[str, Any]:
    """How far published numbers are from the true ones, and how much is published, over many waves of n."""
    dice, off = random.Random(n), defaultdict[str, list[float]](list)
    for trial in range(trials):
        rows = wave(dice, n)
        release = publish_tallies(count(PLAN, rows), seed_for_tests=trial)
        off["published"].append(release.is_published)
        for table in release.tables if release.is_published else ():
            over = "overall" if table.breakdown == ALL else "breakdown"
            if table.breakdown != ALL:
                off["tables"].append(table.status is Status.PUBLISHED)
            if table.status is Status.PUBLISHED:
                _compare(off, over, table, rows)
    return {"n": n, "waves": trials} | _figures(off)


def _compare(off: dict[str, list[float]], over: str, table: Table, rows: list[Row]) -> None:
    at = PLAN.columns.index(table.breakdown) if table.breakdown != ALL else 0
    to_wide = dict(zip(BANDS, WIDE if len(table.bands) < len(BANDS) else BANDS, strict=True))
    line = {name: COMBINED if name in table.combined else name for name in PLAN.groups(table.breakdown)}
    true = Counter((line[row[at]] if at else ALL, to_wide[row[0]]) for row in rows)
    totals = Counter(line[row[at]] if at else ALL for row in rows)
    for row in table.rows:
        if row.count is not None and row.share_pct is not None:
            off[f"{over} count"].append(abs(row.count - true[row.group, row.band]))
            off[f"{over} share"].append(abs(row.share_pct - 100 * true[row.group, row.band] / totals[row.group]))
    if at:
        off["merged"] += [name in table.combined for name in PLAN.groups(table.breakdown)]
        off["left_out"] += [name in table.left_out for name in PLAN.groups(table.breakdown)]


def _figures(off: dict[str, list[float]]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name in ("published", "tables", "merged", "left_out"):
        told[f"{name}_pct"] = round(100 * mean(off[name]), 1) if off[name] else None
    for name in ("overall count", "overall share", "breakdown count", "breakdown share"):
        seen, key = sorted(off[name]), name.replace(" ", "_")
        told[f"{key}_error"] = round(mean(seen), 1) if seen else None
        told[f"{key}_95"] = round(seen[int(0.95 * len(seen))], 1) if seen else None
    return told


# cost


def cost(folder: Path, n: int, rounds: int) -> dict[str, Any]:
    """The best of a few runs over one file of n people, each in a process of its own; and beside merely reading it."""
    path = folder / f"{n}.csv"
    dice = random.Random(n)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerow(FULL.columns)
        for _ in range(n // 1000):
            answers = [dice.choices(BANDS, ANSWERS, k=1000) for _ in FULL.questions]
            csv.writer(file).writerows(zip(*answers, dice.choices(PATCHES, k=1000), strict=True))
    runs = [_child(path) for _ in range(rounds)]
    best = {key: min(run[key] for run in runs) for key in runs[0]}
    ratio = min(run["seconds"] / run["reading"] for run in runs)
    return {"answers": n, **{key: round(value, 3) for key, value in best.items()}, "of_reading": round(ratio, 2)}


def _child(path: Path) -> dict[str, float]:
    code = [sys.executable, "-m", "bench.disclosure", "--only", str(path)]
    told: dict[str, float] = json.loads(subprocess.run(code, capture_output=True, text=True, check=True).stdout)
    return told


def only(path: Path) -> dict[str, float]:
    """One run in this process: seconds of CPU to read, and to count and release; the most memory held."""
    from bot.community.microdata import count_file

    began = time.process_time()
    with path.open(encoding="utf-8", newline="") as file:
        for _ in csv.reader(file):
            pass
    read = time.process_time()
    publish_tallies(count_file(path, FULL))
    done = time.process_time()
    status = Path("/proc/self/status").read_text().splitlines()
    peak = next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
    return {"reading": read - began, "seconds": done - read, "peak_mb": peak}


# what was found


def table(rows: Iterable[dict[str, Any]]) -> str:
    """Rows as a table of docs/."""
    rows = list(rows)
    head = [f"| {' | '.join(rows[0])} |", f"|{'---|' * len(rows[0])}"]
    cells = ([("-" if value is None else str(value)) for value in row.values()] for row in rows)
    return "\n".join([*head, *(f"| {' | '.join(row)} |" for row in cells)])


def targets(costs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What was wanted of a million answers."""
    last = costs[-1]
    growth = round(last["seconds"] / costs[-2]["seconds"] / (last["answers"] / costs[-2]["answers"]), 2)
    wanted = [
        ("seconds", last["seconds"], 10),
        ("peak MB", last["peak_mb"], 500),
        ("cost an answer, of before", growth, 1.5),
    ]
    return [
        {"what": f"{last['answers']} answers: {what}", "found": found, "want": want, "ok": found <= want}
        for what, found, want in wanted
    ]


def main() -> None:
    """Measure, show, keep."""
    parser = argparse.ArgumentParser(prog="python -m bench.disclosure", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer waves, at most 100,000 answers, nothing kept")
    parser.add_argument("--only", type=Path, help="one run over this file, for the benchmark itself")
    chosen, _ = parser.parse_known_args()
    if chosen.only:
        print(json.dumps(only(chosen.only)))
        return
    rates = [accuracy(n, 50 if chosen.quick else 1000) for n in SIZES]
    print(table(rates))
    with tempfile.TemporaryDirectory(prefix="kith-bench-") as folder:
        costs = [cost(Path(folder), n, 1 if chosen.quick else 3) for n in (MANY[:2] if chosen.quick else MANY)]
    print(f"\n{table(costs)}\n")
    met = targets(costs)
    for row in met:
        print(f"{'ok    ' if row['ok'] else 'MISSED'}  {row['what']}: {row['found']} (at most {row['want']})")
    if not chosen.quick:
        keep(disclosure={"accuracy": rates, "cost": costs, "targets": met})


if __name__ == "__main__":
    main()
