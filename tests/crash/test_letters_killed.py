"""kill -9, and SIGSTOP, in the middle of a stream of letters: none is lost, and few come twice."""

import asyncio
import os
import random
import signal
import sys
from collections import Counter
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.community import invites, letters, places, residents
from bot.community.residents import Person
from bot.delivery.letters import AT_ONCE
from bot.settings import Settings
from bot.store.engine import open_engine, transaction
from bot.store.tables import Letter, Sender
from bot.store.vault import open_vault
from sandbox.server import Sandbox

ROOT = Path(__file__).parents[2]
KILLS = 10
PEOPLE = 150
LETTERS = 6
"""Each resident is owed so many: 900 in all."""
TAKEOVER = 20.0
pytestmark = pytest.mark.slow
assert invites  # its kind of letter is the one that is sent


class Mail:
    """Millbrook with letters for everybody, told apart by nothing but their reader."""

    def __init__(self, box, settings):
        self.box, self.settings = box, settings
        self.people = [box.person(f"Person {n}", "en") for n in range(PEOPLE)]
        self.engine = open_engine(settings.database)
        self.vault, _made = open_vault(settings.data, None)
        now = datetime.now(UTC)
        with self.open() as session:
            place = places.add_place(session, "millbrook", "Millbrook", "Trust", ["en"], "Europe/London")
            places.change_place(session, place, {"quiet_from": "03:00", "quiet_to": "03:01"})
            for person in self.people:
                newcomer = Person(person.id, self.vault.keys.lookup(person.id), person.name, "en", None)
                number = residents.join(session, newcomer, place, "en", {}, None, now).id
                for n in range(LETTERS):
                    facts, key = {"role": "helper"}, f"{number}:{n}"
                    letters.owe(session, place.id, "invite_used", facts, key, now, resident_id=number)

    def open(self):
        return transaction(self.engine, self.vault)

    def states(self):
        with self.open() as session:
            return Counter(state for (state,) in session.query(Letter.state))

    def sender(self):
        """Who sends now: the process, or None."""
        with self.open() as session:
            row = session.query(Sender).one_or_none()
            alive = row is not None and row.until > datetime.now(UTC)
            return int(row.holder.rpartition("/")[2]) if alive else None

    def arrived(self):
        """How many letters each person got."""
        counted = Counter(effect.chat for effect in self.box.effects if effect.method == "sendMessage")
        return [counted[person.id] for person in self.people]

    async def until(self, holds, patience):
        async with asyncio.timeout(patience):
            while not holds():
                await asyncio.sleep(0.05)


@asynccontextmanager
async def mail(database, folder):
    settings = Settings(_env_file=None, data=folder, database_url=database)
    async with Sandbox(port=0) as box:
        box.limits.enabled = False
        made = Mail(box, settings)
        for person in made.people:
            box.say(person, "/start")
        try:
            yield made
        finally:
            made.engine.dispose()


class Houses:
    """Processes that send, forked from one that has everything imported."""

    def __init__(self, post):
        self.post, self.alive = post, set()

    async def __aenter__(self):
        post = self.post
        given = (post.box.url, post.box.token, str(post.settings.data), post.settings.database)
        self.parent = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.crash.letter_lives", *given, cwd=ROOT, start_new_session=True,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        return self

    async def start(self, gap):
        """One more house; its process."""
        self.parent.stdin.write(f"{gap}\n".encode())
        pid = int(await asyncio.wait_for(self.parent.stdout.readline(), 120))
        self.alive.add(pid)
        return pid

    def kill(self, pid):
        os.kill(pid, signal.SIGKILL)
        self.alive.discard(pid)

    async def __aexit__(self, *_error):
        os.killpg(self.parent.pid, signal.SIGKILL)
        await self.parent.wait()


async def test_ten_times_kill_9_in_the_middle_of_nine_hundred_letters(database, tmp_path, record_property):
    chance = random.Random(3)
    async with mail(database, tmp_path / "data") as post, Houses(post) as houses:
        post.box.fault("sendMessage", delay=0.05)
        for _ in range(KILLS):
            before = sum(post.arrived())
            pid = await houses.start(0.004)
            wanted = before + chance.randint(10, 70)
            await post.until(lambda wanted=wanted: sum(post.arrived()) >= wanted, 60)
            houses.kill(pid)
        await houses.start(0.002)
        await post.until(lambda: set(post.states()) == {"sent"}, 120)
        arrived = post.arrived()
    lost = sum(max(0, LETTERS - count) for count in arrived)
    copies = sum(arrived) - LETTERS * PEOPLE
    words = (
        f"letters on {database.partition(':')[0]}: {LETTERS * PEOPLE}, {KILLS} x kill -9: {lost} lost, {copies} twice"
    )
    record_property("shown", words)
    assert lost == 0
    assert copies <= AT_ONCE * KILLS


@pytest.mark.long
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
async def test_of_two_processes_the_other_takes_over_within_twenty_seconds(how, database, tmp_path, record_property):
    """PostgreSQL serves several: whoever sends is killed or stopped, and the other goes on; twice."""
    waits = []
    async with mail(database, tmp_path / "data") as post, Houses(post) as houses:
        for _ in range(2):
            await houses.start(0.05)
        for _ in range(2):
            await post.until(lambda: post.sender() in houses.alive, 30)
            sending = post.sender()
            wanted = sum(post.arrived()) + 20
            await post.until(lambda wanted=wanted: sum(post.arrived()) >= wanted, 30)
            os.kill(sending, how)
            await asyncio.sleep(0.5)
            before, began = sum(post.arrived()), asyncio.get_running_loop().time()
            await post.until(lambda before=before: sum(post.arrived()) > before, TAKEOVER + 10)
            waits.append(asyncio.get_running_loop().time() - began + 0.5)
            assert post.sender() != sending
            if how is signal.SIGSTOP:
                os.kill(sending, signal.SIGCONT)
            else:
                houses.alive.discard(sending)
                await houses.start(0.05)
        await post.until(lambda: set(post.states()) == {"sent"}, 150)
        arrived = post.arrived()
    lost = sum(max(0, LETTERS - count) for count in arrived)
    copies = sum(arrived) - LETTERS * PEOPLE
    taken = ", ".join(f"{wait:.1f} s" for wait in waits)
    record_property("shown", f"two processes, {how.name} twice: taken over after {taken}; {lost} lost, {copies} twice")
    assert max(waits) <= TAKEOVER
    assert lost == 0
    assert copies <= 2 * AT_ONCE
