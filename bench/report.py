"""What was measured, as figures, as a table, and against the targets."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from bench.server import Run

LIBRARIES = ("aiogram", "python-telegram-bot", "aiohttp", "SQLAlchemy", "psycopg", "pydantic")
Row = dict[str, Any]


def part(ordered: list[float], share: float) -> float:
    """A percentile of ordered figures, in milliseconds."""
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 1) if ordered else 0.0


def throughput(found: dict[tuple[str, int], Any], reference: str) -> list[Row]:
    """A row for each bot and level; ratios are medians over the rounds, each against the same round's reference."""
    rows = []
    for (name, at_once), measured in sorted(found.items(), key=lambda item: item[0][1]):
        beside = found[reference, at_once]
        waits, taps = measured.waits(), sum(run.taps for run in measured.runs)
        rows.append(
            {
                "bot": name,
                "at_once": at_once,
                "per_core": round(median(measured.per_core())),
                "per_core_ratio": _ratio(measured.per_core(), beside.per_core()),
                "per_second": round(median(measured.per_second())),
                "per_second_ratio": _ratio(measured.per_second(), beside.per_second()),
                "p50_ms": part(waits, 0.5),
                "p95_ms": part(waits, 0.95),
                "calls_per_tap": _calls(measured.runs, taps),
                "lost": sum(run.lost for run in measured.runs),
                "wrong_ballots": measured.wrong,
            }
        )
    return rows


def _ratio(ours: list[float], theirs: list[float]) -> float:
    return round(median(one / other for one, other in zip(ours, theirs, strict=True)), 2)


def _calls(runs: list[Run], taps: int) -> dict[str, float]:
    names = sorted({name for run in runs for name in run.calls})
    counted = {name: sum(run.calls.get(name, 0) for run in runs) / max(1, taps) for name in names}
    return {name: round(count, 2) for name, count in counted.items()}


def rush(run: Run) -> Row:
    """A row for taps that came at their own times."""
    waits = sorted(run.waits)
    return {"taps": run.taps, "lost": run.lost, "p50_ms": part(waits, 0.5), "p95_ms": part(waits, 0.95)}


def targets(results: dict[str, Any], reference: str) -> list[Row]:
    """Each target of the project beside what was found."""
    rows = [*_ratio_targets(results["throughput"], reference), *_other_targets(results)]
    return [
        row | {"ok": row["found"] <= row["want"] if row["at_most"] else row["found"] >= row["want"]} for row in rows
    ]


def _target(what: str, found: float, want: float, *, at_most: bool = False) -> Row:
    return {"what": what, "found": found, "want": want, "at_most": at_most}


def _ratio_targets(rows: list[Row], reference: str) -> list[Row]:
    by = {(row["bot"], row["at_once"]): row for row in rows}
    found = []
    for (name, at_once), row in by.items():
        if not name.startswith("Kith"):
            continue
        ratio, hook, who = row["per_core_ratio"], name.endswith("webhook"), f"{name}, {at_once} at once"
        found.append(_target(f"{who}: of {reference}", ratio, 2.0 if hook else 0.8))
        if hook:
            theirs = by["aiogram, webhook", at_once]["per_core_ratio"]
            found.append(_target(f"{who}: of aiogram, webhook", round(ratio / theirs, 2), 2.0))
        else:
            theirs = by["python-telegram-bot, polling", at_once]["per_core_ratio"]
            found.append(_target(f"{who}: of python-telegram-bot", round(ratio / theirs, 2), 1.0))
    return found


def _other_targets(results: dict[str, Any]) -> list[Row]:
    rows = [
        _target(f"statements a vote tap, {kind}", round(sum(counted.values()), 1), 6, at_most=True)
        for kind, counted in results["statements"].items()
    ]
    for name, row in results["rushes"].items():
        rows.append(_target(f"{name}: p95 ms", row["p95_ms"], 1000, at_most=True))
        rows.append(_target(f"{name}: lost or wrong", row["lost"] + row["wrong_ballots"], 0, at_most=True))
    start = results["start"]
    loaded = max(held for name, held in results["memory_loaded"].items() if name.startswith("Kith"))
    rows.append(_target("MB over a bare aiogram, ready", round(start["ready_rss"] - start["rss"], 1), 60, at_most=True))
    rows.append(_target("MB over a bare aiogram, after the load", round(loaded - start["rss"], 1), 60, at_most=True))
    rows.append(_target("seconds from aiogram's import to ready", start["ready_seconds"], 2.0, at_most=True))
    lost = sum(row["lost"] + row["wrong_ballots"] for row in results["throughput"])
    rows.append(_target("taps lost or ballots wrong, all runs", lost, 0, at_most=True))
    return rows


def table(results: dict[str, Any]) -> str:
    """Everything that was found, to be read."""
    lines = [
        f"{'bot':34}{'at once':>8}{'/core':>7}{'ratio':>7}{'/s':>7}{'ratio':>7}{'p50 ms':>8}{'p95 ms':>8}{'calls':>7}"
    ]
    for row in results["throughput"]:
        calls = sum(count for name, count in row["calls_per_tap"].items() if " " not in name)
        figures = f"{row['at_once']:8}{row['per_core']:7}{row['per_core_ratio']:7}{row['per_second']:7}"
        rest = f"{row['per_second_ratio']:7}{row['p50_ms']:8}{row['p95_ms']:8}{calls:7.2f}"
        lines.append(f"{row['bot']:34}{figures}{rest}")
    lines.append("")
    for row in results["targets"]:
        sign = "at most" if row["at_most"] else "at least"
        lines.append(f"{'ok    ' if row['ok'] else 'MISSED'}  {row['what']}: {row['found']} ({sign} {row['want']})")
    return "\n".join(lines)


def machine(postgres: str | None) -> Row:
    """Where it was measured, without names or paths."""
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cpu": models[0].partition(":")[2].strip() if models else platform.machine(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "postgresql": postgres,
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def plain(chosen: Row) -> Row:
    """The options that shape the figures."""
    return {name: chosen[name] for name in ("rounds", "taps", "sustained", "quick")}
