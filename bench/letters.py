"""Letters a second a core with the pace off, beside plain aiogram and bare HTTP: `python -m bench.letters`.

Everybody sends the same messages to the same canned Telegram in the same run, by turns. It prints one table and keeps
the figures under "letters" in bench/results.json.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from bench import report
from bench.databases import NO_POSTGRES, Databases, postgres_facts
from bench.keep import keep
from sandbox.canned import serve_canned

REFERENCE, BARE = "plain aiogram", "bare aiohttp"
AT_ONCE = 16
PASSES = 3
"""How often a process sends everything in its turn, once more to get warm left out: starting takes longer than sending."""


class Bench:
    """The server, the town in each database, and what was found."""

    def __init__(self, folder: Path, chosen: argparse.Namespace) -> None:
        self.folder, self.chosen = folder, chosen
        self.postgres = None if chosen.only_sqlite else postgres_facts()
        self.databases = Databases()
        self.calls = folder / "calls"
        self.url = ""
        self.found: dict[str, list[dict[str, Any]]] = {}

    async def run(self) -> None:
        """Found the towns, then let all send, round after round."""
        server, self.load = await serve_canned(0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            lives = [(name, mode, facts) for name, mode, facts in [*self.plain(), *await self.towns()]]
            for turn in range(1, self.chosen.rounds + 1):
                for name, mode, facts in lives:
                    await self.one(turn, name, mode, facts)
        finally:
            self.databases.drop()
            server.close()

    def plain(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Those who have no database."""
        facts = {"url": self.url, "calls": str(self.calls), "rounds": PASSES, "at_once": AT_ONCE}
        return [(BARE, "bare", facts), (REFERENCE, "aiogram", facts)]

    async def towns(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Kith on each database."""
        found = []
        for kind in ["SQLite", *(["PostgreSQL"] if self.postgres else [])]:
            folder = self.folder / kind
            folder.mkdir()
            where = {"url": self.url, "folder": str(folder), "database": self.databases.make(kind, folder)}
            people = {"people": self.chosen.letters, "calls": str(self.calls)}
            (said,) = await self.child("prepare", {**where, **people})
            assert said["left"] == 0, said
            found.append((f"Kith, {kind}", "kith", {**where, "rounds": PASSES}))
        return found

    async def one(self, turn: int, name: str, mode: str, facts: dict[str, Any]) -> None:
        """One turn of one of them; what it sent is counted by the server."""
        before = self.load.calls["sendMessage"]
        passes = await self.child(mode, facts)
        said = {name: sum(one[name] for one in passes) for name in ("letters", "cpu", "seconds", "unsettled")}
        said["arrived"] = (self.load.calls["sendMessage"] - before) * PASSES // (PASSES + 1)  # the warm-up was as long
        self.found.setdefault(name, []).append(said)
        rate = said["letters"] / said["cpu"]
        print(f"round {turn}/{self.chosen.rounds}: {name:18} {rate:6.0f} letters a CPU second", file=sys.stderr)

    async def child(self, mode: str, facts: dict[str, Any]) -> list[dict[str, Any]]:
        """Run one as a process of its own; the facts that it says."""
        words = (sys.executable, "-m", "bench.letter_lives", mode, json.dumps(facts))
        log = None if os.environ.get("BENCH_LOG") else asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE, stderr=log)
        out, _ = await process.communicate()
        if process.returncode:
            raise SystemExit(f"{mode} ended with {process.returncode}")
        return [json.loads(line) for line in out.splitlines()]

    def rows(self) -> list[dict[str, Any]]:
        """A row for each; ratios are medians over the rounds, each against the same round's reference."""
        rows = []
        for name, runs in self.found.items():
            pairs = list(zip(runs, self.found[REFERENCE], strict=True))
            rows.append(
                {
                    "sender": name,
                    "per_core": round(median(one["letters"] / one["cpu"] for one in runs)),
                    "ratio": round(median(other["cpu"] / one["cpu"] for one, other in pairs), 2),
                    "per_second": round(median(one["letters"] / one["seconds"] for one in runs)),
                    "us_a_letter": round(median(one["cpu"] / one["letters"] for one in runs) * 1e6),
                    "lost_or_doubled": sum(abs(one["letters"] - one["arrived"]) for one in runs),
                    "unsettled": sum(one["unsettled"] for one in runs),
                }
            )
        return rows


def targets(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What was wanted beside what was found."""
    found = []
    for row in rows:
        if row["sender"].startswith("Kith"):
            name = row["sender"]
            found.append({"what": f"{name}: of {REFERENCE}", "found": row["ratio"], "want": 1.0, "at_most": False})
            wrong = row["lost_or_doubled"] + row["unsettled"]
            found.append({"what": f"{name}: lost, doubled, unsettled", "found": wrong, "want": 0, "at_most": True})
    return [
        row | {"ok": row["found"] <= row["want"] if row["at_most"] else row["found"] >= row["want"]} for row in found
    ]


def table(rows: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> str:
    """Everything that was found, to be read."""
    lines = [f"{'sender':20}{'/core':>8}{'ratio':>8}{'/s':>8}{'us each':>9}{'wrong':>7}{'unsettled':>11}"]
    for row in rows:
        figures = f"{row['per_core']:8}{row['ratio']:8}{row['per_second']:8}{row['us_a_letter']:9}"
        lines.append(f"{row['sender']:20}{figures}{row['lost_or_doubled']:7}{row['unsettled']:11}")
    lines.append("")
    for row in wanted:
        sign = "at most" if row["at_most"] else "at least"
        lines.append(f"{'ok    ' if row['ok'] else 'MISSED'}  {row['what']}: {row['found']} ({sign} {row['want']})")
    return "\n".join(lines)


def options() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.letters", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds in which all take turns (5)")
    parser.add_argument("--letters", type=int, default=3000, help="letters of one turn (3000)")
    parser.add_argument("--quick", action="store_true", help="2 rounds of 600 letters, SQLite only; nothing is kept")
    parser.add_argument("--only-sqlite", action="store_true", help="leave PostgreSQL out")
    parser.add_argument("--profile", type=Path, help="profile Kith alone into this folder, and nothing else")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.rounds, chosen.letters, chosen.only_sqlite = 2, 600, True
    return chosen


async def profile(bench: Bench, where: Path) -> None:
    """Kith alone, with the profiler on; files for `python -m pstats`."""
    server, bench.load = await serve_canned(0)
    bench.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    for _name, mode, facts in await bench.towns():
        await bench.child(mode, {**facts, "profile": str(where)})
    bench.databases.drop()
    server.close()


def main() -> None:
    """Measure, show, keep."""
    chosen = options()
    for name in [name for name in os.environ if name.startswith("KITH_") and name != "KITH_TEST_POSTGRES"]:
        del os.environ[name]
    with tempfile.TemporaryDirectory(prefix="kith-bench-", ignore_cleanup_errors=True) as folder:
        bench = Bench(Path(folder), chosen)
        if chosen.profile:
            chosen.profile.mkdir(parents=True, exist_ok=True)
            asyncio.run(profile(bench, chosen.profile.absolute()))
            return
        if not bench.postgres and not chosen.only_sqlite:
            print(NO_POSTGRES, file=sys.stderr)
        asyncio.run(bench.run())
    rows = bench.rows()
    wanted = targets(rows)
    print(table(rows, wanted))
    if not chosen.quick:
        machine, asked = report.machine(bench.postgres), {"rounds": chosen.rounds, "letters": chosen.letters}
        keep(letters={"machine": machine, "options": asked, "rows": rows, "targets": wanted})


if __name__ == "__main__":
    main()
