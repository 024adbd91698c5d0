"""Those who are measured by bench/letters.py, each a process of its own: the same messages to the same residents.

`prepare` founds the town and writes down every call's bytes; `kith` sends a broadcast's letters; `aiogram` sends the same
texts in a loop, `bare` posts the same bytes, both so many at once as Kith does. Each says its CPU and its clock.
"""

import asyncio
import json
import os
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvloop

from bench.child import say

TOKEN = "4242:bench"
LANGUAGES = ("en", "pl", "ur", "ar", "uk", "cy")
SENTENCE = "The water on {street} will be off on Tuesday, 8 December from 9:00 to 13:00. Please keep some ready. "
FIRST = 7_000_000_000


def words(number: int) -> dict[str, tuple[str, str]]:
    """A notice of some 400 characters in six languages."""
    body = SENTENCE.format(street=f"Mill Road {number}") * 4
    return {tag: (f"Water off ({tag})", f"[{tag}] {body}") for tag in LANGUAGES}


@asynccontextmanager
async def house(url: str, folder: str, database: str) -> Any:
    """A house with no pace, that hears nothing."""
    from bot.app import _settle_memory, assemble, set_up_log
    from bot.delivery.pace import Pace
    from bot.settings import Settings

    set_up_log("json")
    settings = Settings(_env_file=None, data=Path(folder), database_url=database)
    async with assemble(settings, TOKEN, url) as made:
        made.delivery.pace = Pace(0, 0, 0)
        _settle_memory()  # as a house does when it is ready
        yield made


def found(session: Any, people: int) -> None:
    """Millbrook and its residents, by turns of six languages."""
    from bot.clock import Clock
    from bot.community import places, residents
    from bot.community.residents import Person

    now = Clock().now()
    place = places.add_place(session, "millbrook", "Millbrook", "Trust", list(LANGUAGES), "Europe/London")
    places.change_place(session, place, {"quiet_from": "03:00", "quiet_to": "03:01"})
    place.weekly_letters = 1_000_000
    consents = dict.fromkeys(residents.PURPOSES, True)
    for number in range(people):
        language = LANGUAGES[number % len(LANGUAGES)]
        person = Person(FIRST + number, session.vault.keys.lookup(FIRST + number), f"P{number % 100}", language, None)
        residents.join(session, person, place, language, consents, None, now)


async def owe(made: Any, number: int) -> int:
    """A notice to everybody, its letters written: how many."""
    from bot.community import broadcasts, places, sending

    def work(session: Any) -> None:
        place = places.place_for_newcomer(session, "millbrook")
        plan = broadcasts.Plan("info", words=words(number))
        broadcasts.send(session, broadcasts.draft(session, place, plan, made.clock.now()), made.clock.now())

    await made.writer.transact(work)
    count = 0
    while more := await made.writer.transact(lambda session: sending.send_due_broadcasts(session, made.clock.now())):
        count += more
    return count


async def unsettled(made: Any) -> int:
    """Letters that are not settled as sent."""
    from bot.store import letters

    counts = await made.writer.transact(letters.counts)
    return sum(count for state, count in counts.items() if state != "sent")


class Taken:
    """CPU and clock between two moments."""

    def __init__(self) -> None:
        self.cpu, self.clock = time.process_time(), time.perf_counter()

    def say(self, letters: int, **more: Any) -> None:
        """What it took."""
        say(letters=letters, cpu=time.process_time() - self.cpu, seconds=time.perf_counter() - self.clock, **more)


async def prepare(url: str, folder: str, database: str, people: int, calls: Path) -> None:
    """Found the town; send one broadcast to nobody, and write down what would have gone to whom."""
    os.fsync = lambda _file: None  # type: ignore[assignment]  # keys of people by the thousand
    async with house(url, folder, database) as made:
        await made.writer.transact(lambda session: found(session, people))
        with calls.open("wb") as file:

            async def post(_method: str, body: bytes, _timeout: float = 0) -> dict[str, int]:
                file.write(body + b"\n")
                return {"message_id": 1}

            made.telegram.post = post
            await owe(made, 0)
            await made.delivery.deliver()
        say(left=await unsettled(made))


async def kith(url: str, folder: str, database: str, rounds: int) -> None:
    """Send a broadcast to everybody, again and again; the first time to get warm."""
    async with house(url, folder, database) as made:
        for number in range(rounds + 1):
            count = await owe(made, number)
            taken = Taken()
            await made.delivery.deliver()
            if number:
                taken.say(count, unsettled=await unsettled(made))


async def side_by_side(jobs: list[Any], at_once: int, send: Any) -> None:
    """So many senders take the jobs in turn."""
    queue = iter(jobs)

    async def sender() -> None:
        for job in queue:
            await send(job)

    await asyncio.gather(*(sender() for _ in range(at_once)))


async def plain_aiogram(url: str, calls: bytes, rounds: int, at_once: int) -> None:
    """aiogram as its documentation has it: send_message in a loop."""
    from aiogram import Bot
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer
    from aiogram.types import InlineKeyboardMarkup, LinkPreviewOptions

    bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(url)))
    jobs = [json.loads(line) for line in calls.splitlines()]
    for job in jobs:
        job["link_preview_options"] = LinkPreviewOptions(**job["link_preview_options"])
        if "reply_markup" in job:
            job["reply_markup"] = InlineKeyboardMarkup.model_validate(job["reply_markup"])

    async def send(job: dict[str, Any]) -> None:
        assert (await bot.send_message(**job)).message_id

    await timed(jobs, rounds, at_once, send)
    await bot.session.close()


async def bare(url: str, calls: bytes, rounds: int, at_once: int) -> None:
    """Nothing but HTTP: the same bytes, the answer parsed."""
    import aiohttp

    address = f"{url}/bot{TOKEN}/sendMessage"
    jobs = calls.splitlines()
    async with aiohttp.ClientSession() as session:

        async def send(body: bytes) -> None:
            async with session.post(address, data=body, headers={"Content-Type": "application/json"}) as answer:
                assert json.loads(await answer.read())["ok"]

        await timed(jobs, rounds, at_once, send)


async def timed(jobs: list[Any], rounds: int, at_once: int, send: Any) -> None:
    """All jobs once to get warm, then round after round."""
    for number in range(rounds + 1):
        taken = Taken()
        await side_by_side(jobs, at_once, send)
        if number:
            taken.say(len(jobs), unsettled=0)


def main() -> None:
    """What was asked for: a mode, and its facts as JSON."""
    mode, facts = sys.argv[1], json.loads(sys.argv[2])
    if "calls" in facts:
        facts["calls"] = Path(facts["calls"]) if mode == "prepare" else Path(facts["calls"]).read_bytes()
    profile = facts.pop("profile", None)
    modes = {"prepare": prepare, "kith": kith, "aiogram": plain_aiogram, "bare": bare}
    if profile:
        import cProfile

        from bench.kith import profile_writers

        profile_writers(Path(profile))
        run = cProfile.Profile()
        run.runcall(asyncio.run, modes[mode](**facts))
        run.dump_stats(Path(profile) / "loop.prof")
    else:
        loop = uvloop.new_event_loop if mode == "kith" else None  # as `python -m bot` runs it, and as aiogram's docs do
        with asyncio.Runner(loop_factory=loop) as runner:
            runner.run(modes[mode](**facts))


if __name__ == "__main__":
    main()
