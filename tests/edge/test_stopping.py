"""The house is told to stop while everything is under way: it ends soon, and nothing is lost, doubled or left half done."""

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select
from structlog.testing import capture_logs

from bot.clock import Job
from bot.community import places, polls
from bot.store.tables import Inbox, Letter
from tests.edge.test_production_failures import INVITED, busy_database, crowd, noise, sent_to
from tests.town import until

ROOT = Path(__file__).parents[2]
TEN_SECONDS = 10


@asynccontextmanager
async def process(town, *words, **settings):
    """`python -m bot`, as an operator runs it, against the town's Telegram and database."""
    given = {
        "KITH_BOT_TOKEN": town.box.token,
        "KITH_API_URL": town.box.url,
        "KITH_DATA": str(town.house.settings.data),
        "KITH_DATABASE_URL": town.house.settings.database_url.replace("+psycopg", ""),
        "KITH_LOG": "json",
        **settings,
    }
    bare = {name: value for name, value in os.environ.items() if not name.startswith("KITH_")}
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *words, cwd=ROOT, env={**bare, **given}, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield running
    finally:
        if running.returncode is None:
            running.kill()
        await running.wait()


async def open_a_poll(town):
    """A poll whose invitations are all still to be sent."""

    def make(session):
        place = places.place_for_newcomer(session, "millbrook")
        options = [{"en": "Crossing"}, {"en": "Garden"}]
        closes = town.now + timedelta(days=3)
        plan = polls.Plan("steering", "approve", "private", closes, 0, "en", {"en": INVITED}, options)
        round_ = polls.make_poll(session, place, plan, town.now)
        polls.open_poll(session, round_, town.now)
        return round_.id

    return await town.store(make)


async def letters_by_state(town):
    counted = select(Letter.state, func.count()).group_by(Letter.state)
    return dict(await town.store(lambda session: session.execute(counted).all()))


def invitations(town, people):
    return [len([said for said in sent_to(town, one.person) if INVITED in said]) for one in people]


async def test_f30_sigterm_under_load_ends_within_ten_seconds_and_leaves_nothing_half_sent(town):
    """facts/failures.md F30: no letter left `sending`, and no copy too many."""
    people = await crowd(town, 120, "steering")
    await town.stops()
    await open_a_poll(town)
    before = {one.person.id: len(one.messages) for one in people}
    town.box.fault("sendMessage", delay=0.5, times=100_000)  # many are on their way at any moment
    async with process(town) as bot:
        await until(lambda: sum(invitations(town, people)) > 20, 120)  # a start on a busy machine takes its time
        for one in people[:60]:
            town.box.say(one.person, "/help")
        await until(lambda: len(town.box.bot.waiting) < 60, 60)
        bot.send_signal(signal.SIGTERM)
        async with asyncio.timeout(TEN_SECONDS):
            _out, said = await bot.communicate()
    assert bot.returncode == 0, said.decode()
    assert '"stopped"' in said.decode()
    assert '"error"' not in said.decode(), said.decode()
    states = await letters_by_state(town)
    assert set(states) == {"sent", "queued"}
    assert states["sent"] == sum(invitations(town, people)) < 120
    assert set(invitations(town, people)) == {0, 1}
    town.box.api.faults.clear()
    async with process(town) as bot:
        await until(lambda: sum(invitations(town, people)) == 120, 120)
        await until(lambda: not town.box.bot.waiting)
        bot.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(bot.wait(), TEN_SECONDS) == 0
    assert set(invitations(town, people)) == {1}
    assert await letters_by_state(town) == {"sent": 120}
    told = [len(one.messages) - before[one.person.id] for one in people]
    # A word of theirs and one answer to it, besides the invitation: nobody is answered again after the restart.
    assert told == [3] * 60 + [1] * 60


async def test_f30_a_send_that_hangs_does_not_hold_up_the_end_and_its_letter_is_not_left_sending(
    small_town, monkeypatch
):
    monkeypatch.setattr("bot.app.GRACE", 0.3)
    town = small_town
    await town.steering(("Amina", "en"))
    fault = town.box.fault("sendMessage", hang=60, contains=INVITED)
    await open_a_poll(town)
    await until(lambda: fault.used)
    with capture_logs() as lines:
        await town.stops()
    assert await letters_by_state(town) == {"queued": 1}
    assert await town.store(lambda session: session.query(Letter).one().uncertain) == 1
    assert noise(lines) == []


async def test_a_tick_and_a_redraw_under_way_are_finished_and_nothing_is_logged(small_town):
    """They were cut off, each with an error in the log."""
    town, done = small_town, []

    async def redraw():
        await asyncio.sleep(0.2)
        done.append("redraw")

    def tick(_session, _now):
        done.append("tick")
        return 0

    ticker = town.house.ticker
    ticker.also(redraw, timedelta(seconds=0.05))
    ticker.also(lambda: ticker.run(Job("look", tick, timedelta(seconds=1))), timedelta(seconds=0.05))
    await until(lambda: ticker._under_way)
    with capture_logs() as lines:
        async with busy_database(town):
            await asyncio.sleep(0.15)
            stopping = asyncio.create_task(town.stops())
            await until(town.running.cancelling)
        await stopping
    assert {"redraw", "tick"} <= set(done)
    assert not ticker._under_way
    assert [line for line in lines if line["log_level"] != "info"] == []


async def test_what_was_taken_is_acknowledged_before_the_end(small_town):
    """Else it would come again at the next start, and be answered again."""
    town = small_town
    amina = await town.resident("Amina")
    async with busy_database(town):
        town.box.say(amina.person, "/help")
        await until(lambda: not town.house.updates.lines.idle)
        stopping = asyncio.create_task(town.stops())
        await until(town.running.cancelling)
    await stopping
    assert not town.box.bot.waiting
    assert await town.store(lambda session: session.query(Inbox).count()) == 2
