"""kill -9 at forty random moments while 2,500 updates pour in: every one is applied exactly once."""

import asyncio
import os
import signal
import sqlite3
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.community import counting, invites, places, polls, residents
from bot.community.residents import Person
from bot.settings import Settings
from bot.store import rounds as rounds_store
from bot.store.engine import open_engine, transaction
from bot.store.residents import give_role
from bot.store.tables import Inbox, Invite, Resident, Role, Round, SetAside
from bot.store.vault import open_vault
from sandbox.server import Sandbox

ROOT = Path(__file__).parents[2]
LIVES = 40
VOTERS, NEWCOMERS, MAKERS = 100, 40, 10
UPDATES = 2_500
pytestmark = pytest.mark.slow


class Lives:
    """The process that lives and dies; `await over()` waits for its last life."""

    def __init__(self, kind, box, folder, database):
        self.words = [sys.executable, "-m", "tests.crash.lives", kind, box.url, box.token, str(folder), database]

    async def __aenter__(self):
        pipe = asyncio.subprocess.PIPE
        self.process = await asyncio.create_subprocess_exec(
            *self.words, str(LIVES), "7", stdin=pipe, stdout=pipe, cwd=ROOT, start_new_session=True
        )
        return self

    async def over(self):
        assert await asyncio.wait_for(self.process.stdout.readline(), 240) == b"last life\n"

    async def __aexit__(self, *_error):
        os.killpg(self.process.pid, signal.SIGKILL)
        await self.process.wait()


async def drained(box, patience=120):
    """Wait until the bot has taken everything that waits for it."""
    async with asyncio.timeout(patience):
        while box.bot.waiting:
            await asyncio.sleep(0.05)
    await asyncio.sleep(1.0)


class Crowd:
    """People who vote, join and make polls, whatever happens to the bot; counts what they send."""

    def __init__(self, box):
        self.box, self.sent = box, 0
        self.certain = set()
        self.deadline = asyncio.get_running_loop().time() + 300

    def say(self, person, text, *, certain=False):
        self.sent += 1
        self.box.say(person, text)
        self.note(certain)

    def tap(self, person, data, message, *, certain=False):
        self.sent += 1
        self.box.tap(person, message, data)
        self.note(certain)

    def note(self, certain):
        """Remember the ids of updates that cannot be refused: each must be found applied."""
        if certain:
            self.certain.add(self.box.bot.last_update_id)

    def shown(self, person):
        """The bot's last message to somebody and its buttons."""
        said = [message for message in self.box.messages(person) if message.sender == self.box.bot.id]
        if not said:
            return None, []
        rows = (said[-1].markup or {}).get("inline_keyboard", [])
        return said[-1], [button.get("callback_data", "") for row in rows for button in row]

    async def step(self, person, act):
        """Do something and wait a little for the bot to show something else."""
        before = str(self.shown(person))
        act()
        for _ in range(100):
            await asyncio.sleep(0.05)
            if str(self.shown(person)) != before:
                await asyncio.sleep(1.0)  # reading takes a moment; what was said twice has come by then
                return True
        return False

    async def joins(self, person, link):
        """Join by pressing whatever is asked; somebody who hears nothing starts again, as people do."""
        heard = False
        while asyncio.get_running_loop().time() < self.deadline:
            message, buttons = self.shown(person)
            if any(button == "o:menu" or button.startswith("o:") for button in buttons):
                return
            wanted = [button for button in buttons if button.startswith("a:")]
            english = [button for button in wanted if button.endswith(":en")]
            if not heard or not wanted:
                heard = await self.step(person, lambda: self.say(person, f"/start {link}"))
                continue
            choice = (english or wanted)[0]
            heard = await self.step(person, lambda c=choice, m=message: self.tap(person, c, m.id))
        raise AssertionError(f"never became part of Millbrook: {[m.content for m in self.box.messages(person)][-6:]}")

    async def makes_a_poll(self, person, title):
        """Make a poll in the chat; the last press may be repeated when nothing is heard."""
        heard = await self.step(person, lambda: self.say(person, "/newpoll"))
        while asyncio.get_running_loop().time() < self.deadline:
            message, buttons = self.shown(person)
            text = message.content.get("text", "") if message else ""
            if "has started" in text or "What waits" in text or "things to answer" in text or "thing to answer" in text:
                return
            if not heard:
                heard = await self.step(person, lambda: self.say(person, "hello?"))
            elif "want to ask" in text:
                heard = await self.step(person, lambda: self.say(person, title))
            elif "Which answers" in text or "different answers" in text:  # asked again after a "hello?"
                heard = await self.step(person, lambda: self.say(person, "One\nTwo"))
            elif answers := [button for button in buttons if button.startswith("a:")]:
                heard = await self.step(person, lambda a=answers[0], m=message: self.tap(person, a, m.id))
            else:
                heard = await self.step(person, lambda: self.say(person, "hello?"))
        raise AssertionError(f"never got a poll: {[m.content for m in self.box.messages(person)][-8:]}")


def prepare(settings, people, makers):
    """Millbrook with its voters, an open poll, and an invitation with a use for every newcomer."""
    engine = open_engine(settings.database)
    vault, _made = open_vault(settings.data, None)
    now = datetime.now(UTC)
    with transaction(engine, vault) as session:
        place = places.add_place(session, "millbrook", "Millbrook", "Trust", ["en", "pl"], "Europe/London")
        places.add_patch(session, place, "Mill Road")
        for person in [*people, *makers]:
            newcomer = Person(person.id, vault.keys.lookup(person.id), person.name, "en", None)
            give_role(session, residents.join(session, newcomer, place, "en", {}, None, now), "steering")
        options = [{"en": name} for name in ("Crossing", "Garden", "Benches")]
        plan = polls.Plan("steering", "approve", "private", now + timedelta(days=2), 0, "en", {"en": "What?"}, options)
        poll = polls.make_poll(session, place, plan, now)
        polls.open_poll(session, poll, now)
        link = invites.invite(session, place, "volunteer", 1000, timedelta(days=1), now)
        return poll.id, link, engine, vault


async def votes(crowd, person, poll, taps):
    while crowd.shown(person)[0] is None:
        await crowd.step(person, lambda: crowd.say(person, f"/start p{poll}", certain=True))
    ballot = crowd.shown(person)[0]
    for option, rank in taps:
        crowd.tap(person, f"v:{poll}:{option}:{rank}", ballot.id, certain=True)
        await asyncio.sleep(2.8)


def taps_of(n):
    """A voter's wishes in order, and the ballot they must end with."""
    taps = [(1 + (n + step) % 3, 0 if (n * step) % 4 else -1) for step in range(18)]
    ballot = set()
    for option, rank in taps:
        ballot = ballot | {option} if rank == 0 else ballot - {option}
    return taps, frozenset(ballot)


async def test_every_update_is_applied_exactly_once_however_often_it_is_killed(database, tmp_path, record_property):
    settings = Settings(_env_file=None, data=tmp_path / "data", database_url=database)
    async with Sandbox(port=0) as box:
        box.limits.enabled = False
        crowd = Crowd(box)
        voters = [box.person(f"Voter {n}", "en") for n in range(VOTERS)]
        makers = [box.person(f"Maker {n}", "en") for n in range(MAKERS)]
        newcomers = [box.person(f"New {n}", "en") for n in range(NEWCOMERS)]
        poll, link, engine, vault = prepare(settings, voters, makers)
        expected = {}
        async with Lives("house", box, settings.data, settings.database) as lives:
            work = []
            for n, voter in enumerate(voters):
                taps, expected[voter.id] = taps_of(n)
                work.append(votes(crowd, voter, poll, taps))
            work += [crowd.joins(person, link) for person in newcomers]
            work += [crowd.makes_a_poll(person, f"Question of {person.name}") for person in makers]
            await asyncio.gather(*work)
            for n in range(max(0, UPDATES - crowd.sent)):
                crowd.say(voters[n % VOTERS], "/menu", certain=True)
            await lives.over()
            await drained(box)
        with transaction(engine, vault) as session:
            applied = {update_id for (update_id,) in session.query(Inbox.update_id)}
            assert session.query(SetAside).count() == 0
            assert session.query(Resident).count() == VOTERS + MAKERS + NEWCOMERS
            assert session.query(Role).filter(Role.role == "volunteer").count() == NEWCOMERS
            # An invitation used twice for one person would be an update applied twice.
            spent = 1000 - session.query(Invite).one().uses_left
            assert spent >= NEWCOMERS
            assert session.query(Round).count() == 1 + MAKERS
            answers = rounds_store.all_answers(session, poll)
            ballots = sorted(sorted(kept) for kept in answers.values())
        engine.dispose()
        lost = crowd.certain - applied
        assert not lost
        assert ballots == sorted(sorted(ballot) for ballot in expected.values() if ballot)
        assert counting.count("approve", [1, 2, 3], [counting.marked(*one) for one in ballots]).ballots == len(ballots)
    record_property(
        "shown", f"kith on {database.partition(':')[0]}: {crowd.sent} updates, {LIVES} x kill -9: {len(lost)} lost"
    )


async def test_stock_polling_loses_updates_when_it_is_killed(tmp_path, record_property):
    """Why ours is not aiogram's own polling: it acknowledges before it has handled."""
    async with Sandbox(port=0) as box:
        box.limits.enabled = False
        people = [box.person(f"Person {n}", "en") for n in range(100)]
        async with Lives("stock", box, tmp_path, "none") as lives:
            for n in range(UPDATES):
                box.say(people[n % 100], f"word {n}")
                await asyncio.sleep(0.008)
            await lives.over()
            await drained(box)
        with sqlite3.connect(tmp_path / "stock.db") as kept:
            heard = kept.execute("select count(distinct update_id) from heard").fetchone()[0]
    record_property("shown", f"stock aiogram: {UPDATES} updates, {LIVES} x kill -9: {UPDATES - heard} lost")
    assert heard < UPDATES
