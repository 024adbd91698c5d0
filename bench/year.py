"""python -m bench.year: a year of Millbrook through the real house on a moved clock, and the same with greedy matching.

5,000 residents, 300 volunteers with habits, 3,000 asks with the rhythm of days and weeks, both changes of the clocks, a day
without the house and a day without Telegram. Whoever lives it presses the buttons they are shown; every word that the bot
says is read. Ends with exit code 1 where one of the figures that must be 0 is not.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from bench.keep import keep
from bench.year_life import Life
from bench.year_plan import Plan, plan
from bench.year_watch import MUST_BE_NONE
from bot.app import set_up_log
from bot.community import matching
from bot.community.aid_pool import Pool
from bot.community.pairs import Pairing
from bot.store.tables import Ask

WHOLE = (date(2027, 1, 4), 364, 5000, 300, 3000)
QUICK = (date(2027, 3, 22), 14, 600, 60, 100)
"""First day, days, residents, volunteers, asks. Both begin on a Monday; the clocks change within."""
Figures = dict[str, Any]


def greedy(self: Pool, ask: Ask, *, spare: bool) -> list[Pairing]:
    """First come: each ask takes whoever weighs most for it, whatever others wait for."""
    fitting = matching.in_order(self.as_ask(ask), self.roster(ask, spare=spare))
    return [one for one in fitting if not spare or one.volunteer not in self._asked]


RULES: dict[str, Callable[..., list[Pairing]]] = {"kith": Pool.order, "greedy": greedy}


def in_memory() -> str | None:
    """Where a commit costs no disk: thousands of them are made, and nothing of it is to last."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def live(made: Plan, tell: Callable[[float], None] = lambda _share: None) -> tuple[Figures, Life]:
    """Live a plan in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(dir=in_memory()) as folder:
        life = Life(made, Path(folder), tell)
        return asyncio.run(life.run()), life


def one(rule: str, sizes: tuple[date, int, int, int, int], seed: int) -> None:
    """One rule's life, said in lines of JSON as it goes."""
    set_up_log("json")
    Pool.order = RULES[rule]  # type: ignore[method-assign]
    told = 0.0

    def tell(share: float) -> None:
        nonlocal told
        if share >= told + 0.005:
            told = share
            print(json.dumps({"share": round(share, 3)}), flush=True)

    began = time.process_time()
    figures, life = live(plan(seed, *sizes), tell)
    figures["cpu_seconds"] = round(time.process_time() - began)
    wrong = {name: sorted(map(str, found))[:5] for name, found in life.watch.faults.items() if found}
    print(json.dumps({"figures": figures, "wrong": wrong}), flush=True)


async def all_rules(arguments: list[str]) -> dict[str, Figures]:
    """Each rule in a process of its own, side by side, with a bar for each."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True)) as bars:
        bar = {rule: bars.add_task(rule, total=1.0) for rule in RULES}

        async def run(rule: str) -> Figures:
            words = (sys.executable, "-m", "bench.year", "--one", rule, *arguments)
            quiet = asyncio.subprocess.DEVNULL
            child = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE, stderr=quiet)
            assert child.stdout is not None
            async for line in child.stdout:
                said = json.loads(line)
                bars.update(bar[rule], completed=said.get("share", 1.0))
                for name, some in said.get("wrong", {}).items():
                    print(f"{rule}: {name}: {some}", file=sys.stderr)
                if "figures" in said:
                    return dict(said["figures"])
            raise SystemExit(f"{rule} ended with {await child.wait()}")

        return dict(zip(RULES, await asyncio.gather(*map(run, RULES)), strict=True))


TABLE = (
    ("asks", "asks", "{:,}"),
    ("share met, of those wanted to the end", "share_met", "{:.1%}"),
    ("urgent ones met", "urgent_met", "{:.1%}"),
    ("somebody said yes", "share_matched", "{:.1%}"),
    ("hours to match, median", "hours_to_match", "{:.2f}"),
    ("hours to done, median", "hours_to_done", "{:.1f}"),
    ("Gini of tasks among volunteers", "gini_of_load", "{:.3f}"),
    ("Gini of being asked", "gini_of_asking", "{:.3f}"),
    ("offers", "offers", "{:,}"),
    ("  answered within the hour", "offers_answered_within_the_hour", "{:.1%}"),
    ("  never answered", "offers_never_answered", "{:.1%}"),
    ("promised and did not come", "no_shows", "{:,}"),
    ("letters an ask", "letters_per_ask", "{:.2f}"),
    ("texts read", "texts_read", "{:,}"),
    *((f"must be 0: {name.replace('_', ' ')}", name, "{:,}") for name in MUST_BE_NONE),
    ("CPU seconds", "cpu_seconds", "{:,}"),
)


def table(found: dict[str, Figures]) -> str:
    """Everything that was found, to be read."""
    lines = [f"{'':48}" + "".join(f"{rule:>12}" for rule in found)]
    for words, name, form in TABLE:
        lines.append(f"{words:48}" + "".join(f"{form.format(figures[name]):>12}" for figures in found.values()))
    return "\n".join(lines)


def main() -> None:
    """Live, show, keep; say so where something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m bench.year", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two weeks of a smaller Millbrook; nothing is kept")
    parser.add_argument("--seed", type=int, default=1, help="another seed is another Millbrook (1)")
    parser.add_argument("--one", choices=RULES, help=argparse.SUPPRESS)
    chosen, _ = parser.parse_known_args()
    if chosen.one:
        one(chosen.one, QUICK if chosen.quick else WHOLE, chosen.seed)
        return
    found = asyncio.run(all_rules([*(["--quick"] if chosen.quick else []), "--seed", str(chosen.seed)]))
    print(table(found))
    if not chosen.quick:
        keep(
            year={"seed": chosen.seed, "days": WHOLE[1], "residents": WHOLE[2], "volunteers": WHOLE[3], "rules": found}
        )
    wrong = sum(figures[name] for figures in found.values() for name in MUST_BE_NONE)
    if wrong:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
