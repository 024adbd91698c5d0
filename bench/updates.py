"""python -m bench.updates: taps a second a core through the whole bot, beside plain bots that only make the two calls.

Every bot is a process of its own; all take turns at the same Telegram in the same run, since the machine is noisy:
read the ratios, never the rates.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from bench import report
from bench.contestants import Bot
from bench.databases import NO_POSTGRES, Databases, postgres_facts
from bench.keep import keep
from bench.server import Run
from bench.town import Residents, Town, shown_by_data

PEOPLE = 640
REFERENCE = "aiogram, polling"
STARTS = 3


@dataclass
class Measured:
    """One bot's runs at one level."""

    runs: list[Run] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    wrong: int = 0

    def per_core(self) -> list[float]:
        """Taps a CPU second, by round."""
        return [run.taps / seconds for run, seconds in zip(self.runs, self.cpu, strict=True)]

    def per_second(self) -> list[float]:
        """Taps a second by the clock, by round."""
        return [run.taps / run.seconds for run in self.runs]

    def waits(self) -> list[float]:
        """How long people waited for their toast, of all rounds."""
        return sorted(wait for run in self.runs for wait in run.waits)


class Bench:
    """All that one benchmark run needs, in one temporary folder."""

    def __init__(self, folder: Path, chosen: argparse.Namespace) -> None:
        self.folder, self.chosen = folder, chosen
        self.databases = Databases()
        self.postgres = None if chosen.only_sqlite else postgres_facts()
        self.kinds = ["SQLite", "PostgreSQL"] if self.postgres else ["SQLite"]
        self.shown: dict[str, Any] = {}
        self.answers = folder / "answers.json"
        self.results: dict[str, Any] = {}

    def say(self, text: str) -> None:
        """A line of progress."""
        print(text, file=sys.stderr, flush=True)

    # --- who takes part

    def kith(self, kind: str, *, webhook: bool = False, **settings: str) -> Bot:
        """Kith on a database of its own."""
        data = Path(tempfile.mkdtemp(dir=self.folder))
        database = self.databases.make(kind, data)
        town = Town(database, data, PEOPLE)
        self.shown = self.shown or shown_by_data(town.poll)
        settings = {"KITH_DATABASE_URL": database.replace("+psycopg", ""), "KITH_DATA": str(data), **settings}
        name = f"Kith, {kind}, {'webhook' if webhook else 'polling'}"
        return Bot(name, "bench.kith", Residents(PEOPLE, self.shown), webhook, town, self.settings(settings))

    def plain(self, name: str, module: str, *, webhook: bool = False) -> Bot:
        """A bot without a database."""
        return Bot(name, module, Residents(PEOPLE, self.shown), webhook, None, self.settings({}))

    def settings(self, more: dict[str, str]) -> dict[str, str]:
        """What a bot's process finds in its environment."""
        cache = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(self.folder / "pyc")}
        return {"BENCH_ANSWERS": str(self.answers), "KITH_FLOOD_BURST": "1000000", **cache, **more}

    def contestants(self) -> list[Bot]:
        """All of them, in the order in which they take turns."""
        ours = [self.kith(kind, webhook=webhook) for webhook in (False, True) for kind in self.kinds]
        self.answers.write_text(json.dumps(self.shown))
        plain = [
            self.plain(REFERENCE, "bench.plain_aiogram"),
            self.plain("aiogram, webhook", "bench.plain_aiogram", webhook=True),
            self.plain("python-telegram-bot, polling", "bench.plain_ptb"),
        ]
        return plain + ours

    # --- what is measured

    async def throughput(self) -> None:
        """All bots in turn, at 1 and at 64 people at once, round after round."""
        bots = self.contestants()
        for bot in bots:
            self.say(f"starting {bot.name}")
            await bot.start(self.folder)
            await bot.run(self.chosen.taps // 4, 64)
        found = {(bot.name, at_once): Measured() for bot in bots for at_once in (1, 64)}
        for turn in range(1, self.chosen.rounds + 1):
            for at_once, taps in ((64, self.chosen.taps), (1, self.chosen.taps // 5)):
                for bot in bots:
                    await self._one(bot, found[bot.name, at_once], taps, at_once, turn)
        self.results["throughput"] = report.throughput(found, REFERENCE)
        self.results["memory_loaded"] = {bot.name: round(bot.rss(), 1) for bot in bots}
        for bot in bots:
            await bot.stop()

    async def _one(self, bot: Bot, into: Measured, taps: int, at_once: int, turn: int) -> None:
        run, cpu = await bot.run(taps, at_once)
        into.runs.append(run)
        into.cpu.append(cpu)
        into.wrong = bot.wrong_ballots()
        rate = f"{taps / cpu:6.0f} taps a CPU second, {run.lost} lost, {into.wrong} wrong ballots"
        self.say(f"round {turn}/{self.chosen.rounds}, {at_once:2} at once: {bot.name:30} {rate}")

    async def statements(self) -> None:
        """Statements a tap, counted in a short run of its own."""
        for kind in self.kinds:
            bot = self.kith(kind, BENCH_COUNT="1")
            bot.residents = Residents(20, self.shown)  # few, so that each goes through the whole cycle of taps
            await bot.start(self.folder)
            await bot.run(200, 16)
            counted = (await bot.stop())["statements"]
            often = {text: count / 200 for text, count in counted.items() if count >= 20}
            self.results.setdefault("statements", {})[kind] = often
            self.say(f"statements a tap on {kind}: {sum(often.values()):.1f}")

    async def starting(self) -> None:
        """Memory and time at the start, each the median of a few starts; the first, which fills caches, left out."""
        bot = self.kith("SQLite")
        seen = []
        for _ in range(STARTS + 1):
            again = Bot(bot.name, bot.module, bot.residents, town=bot.town, settings=bot.settings)
            await again.start(self.folder)
            seen.append(again.started)
            await again.stop()
        middle = {key: median(one[key] for one in seen[1:]) for key in seen[0] if key != "imported_at"}
        self.results["start"] = {key: round(value, 2) for key, value in middle.items()}
        self.say(f"ready {middle['ready_seconds']:.1f} s after importing aiogram ({middle['import_seconds']:.1f} s)")

    async def open_loop(self) -> None:
        """Taps that come whether or not the bot keeps up: 50 a second for long, and bursts."""
        for kind in self.kinds:
            bot = self.kith(kind)
            await bot.start(self.folder)
            await bot.run(200, 16)
            for name, moments in self._rushes():
                self.say(f"{kind}: {name}")
                run = await bot.feed.at_times(zip(moments, bot.residents.taps_of(len(moments)), strict=True))
                row = report.rush(run) | {"wrong_ballots": bot.wrong_ballots()}
                self.results.setdefault("rushes", {})[f"{kind}: {name}"] = row
            await bot.stop()

    def _rushes(self) -> Iterator[tuple[str, list[float]]]:
        seconds = self.chosen.sustained
        yield f"50 taps/s for {seconds} s", [n / 50 for n in range(50 * seconds)]
        dice = random.Random(2)
        yield "burst of 300 in 10 s", sorted(dice.uniform(0, 10) for _ in range(300))
        yield "300 in one moment", [0.0] * 300

    async def run(self) -> dict[str, Any]:
        """Everything, one after the other."""
        try:
            await self.starting()  # first: whoever compiles the libraries holds 5 MB more, and nobody measured may
            await self.throughput()
            await self.statements()
            await self.open_loop()
        finally:
            self.databases.drop()
        return self.results


def profile(bench: Bench, where: Path, *, webhook: bool) -> None:
    """Kith alone under load with the profiler on; files for `python -m pstats`."""
    where.mkdir(parents=True, exist_ok=True)

    async def go() -> None:
        bot = bench.kith("SQLite", webhook=webhook, BENCH_PROFILE=str(where))
        await bot.start(bench.folder)
        await bot.run(bench.chosen.taps, 64)
        await bot.stop()

    asyncio.run(go())
    print(f"profiles: {', '.join(sorted(path.name for path in where.glob('*.prof')))}")


def options() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.updates", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds in which all take turns (5)")
    parser.add_argument("--taps", type=int, default=1500, help="taps of one turn at 64 at once; a fifth at 1 (1500)")
    parser.add_argument("--sustained", type=int, default=30, help="seconds of 50 taps/s (30; the target names 600)")
    parser.add_argument("--quick", action="store_true", help="about a minute: fewer taps, 2 rounds, SQLite only")
    parser.add_argument("--only-sqlite", action="store_true", help="leave PostgreSQL out")
    parser.add_argument("--profile", type=Path, help="profile Kith alone into this folder, and nothing else")
    parser.add_argument("--webhook", action="store_true", help="with --profile: by webhook")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.rounds, chosen.taps, chosen.sustained, chosen.only_sqlite = 2, 400, 5, True
    return chosen


def main() -> None:
    """Measure, show, keep."""
    chosen = options()
    os.environ.pop("KITH_DATABASE_URL", None)
    with tempfile.TemporaryDirectory(prefix="kith-bench-", ignore_cleanup_errors=True) as folder:
        bench = Bench(Path(folder), chosen)
        if chosen.profile:
            profile(bench, chosen.profile.absolute(), webhook=chosen.webhook)
            return
        if not bench.postgres:
            bench.say("PostgreSQL left out as asked" if chosen.only_sqlite else NO_POSTGRES)
        results = asyncio.run(bench.run())
    results = {"machine": report.machine(bench.postgres), "options": report.plain(vars(chosen)), **results}
    results["targets"] = report.targets(results, REFERENCE)
    print(report.table(results))
    if not chosen.quick:
        keep(**results)


if __name__ == "__main__":
    main()
