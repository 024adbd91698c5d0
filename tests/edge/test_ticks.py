"""Ticks and starts: each slot is taken once, whoever ticks and whatever the clock does; half a migration is none."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import op
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import inspect, text

from bot.app import start
from bot.clock import Job, Ticker, _slot
from bot.community import places
from bot.settings import Settings
from bot.store import schema, ticks
from bot.store.engine import open_engine, transaction
from bot.store.lock import RunLock, one_house
from bot.store.tables import Invite, TickRun
from bot.store.vault import open_vault
from bot.store.writer import Writer
from tests.edge.ticking import SLOTS, Given, nothing, spend
from tests.town import until

ROOT = Path(__file__).parents[2]
TEN = timedelta(seconds=10)


@pytest.fixture
def invitation(database, tmp_path):
    """A house with an invitation that can be used a thousand times; its vault's folder."""
    engine, folder = open_engine(database), tmp_path / "data"
    folder.mkdir()
    vault = open_vault(folder, None)[0]
    with transaction(engine, vault) as session:
        place = places.add_place(session, "millbrook", "Millbrook", "Trust", ["en"], "Europe/London")
        expires = datetime(2030, 1, 1, tzinfo=UTC)
        session.add(Invite(place_id=place.id, role="steering", token_hash=b"x", uses_left=1000, expires_at=expires))
    yield folder
    engine.dispose()


def used(database, folder):
    engine = open_engine(database)
    with transaction(engine, open_vault(folder, None)[0]) as session:
        found = 1000 - session.query(Invite).one().uses_left, session.query(TickRun).count()
    engine.dispose()
    return found


# F16


async def test_f16_three_processes_tick_two_hundred_slots_and_each_is_taken_once(database, invitation):
    """facts/failures.md F16. A shared APScheduler store ran 61 of 101 slots more than once."""
    words = [sys.executable, "-m", "tests.edge.ticking", database, str(invitation)]
    pipe = asyncio.subprocess.PIPE
    processes = [await asyncio.create_subprocess_exec(*words, stdin=pipe, cwd=ROOT) for _ in range(3)]
    ended = await asyncio.wait_for(asyncio.gather(*(one.communicate(b"go\n") for one in processes)), 120)
    assert len(ended) == 3
    assert [one.returncode for one in processes] == [0, 0, 0]
    assert used(database, invitation) == (SLOTS, SLOTS)


# F22


@pytest.fixture
def ticker(database, invitation):
    writer = Writer(open_engine(database), open_vault(invitation, None)[0])
    made = Ticker(writer, Given(), nothing)
    yield made
    writer.close()


async def ticks_through(ticker, *moments):
    """Tick at these moments; how often there was something due."""
    job, done = Job("spend", spend, TEN), []
    for moment in moments:
        ticker.clock.at = moment
        done.append(await ticker.run(job))
    return done


async def test_f22_a_clock_set_back_an_hour_takes_no_slot_twice_and_loses_none(ticker, database, invitation):
    """facts/failures.md F22: what was due is done once, and later slots go on when the clock has caught up."""
    noon = datetime(2027, 1, 4, 12, 0, tzinfo=UTC)
    hour = [noon + TEN * n for n in range(6)]
    assert await ticks_through(ticker, *hour) == [1] * 6
    assert await ticks_through(ticker, *hour, hour[-1] + TEN) == [0] * 6 + [1]
    assert used(database, invitation) == (7, 7)


@pytest.mark.parametrize("change", [datetime(2027, 3, 28, 1, 0, tzinfo=UTC), datetime(2027, 10, 31, 1, 0, tzinfo=UTC)])
async def test_f22_summer_time_comes_and_goes_and_each_slot_is_taken_once(change, ticker, database, invitation):
    """Slots are UTC: no hour is skipped in March and none is repeated in October."""
    moments = [change - timedelta(minutes=30) + timedelta(minutes=10) * n for n in range(12)]
    assert await ticks_through(ticker, *moments) == [1] * 12
    assert used(database, invitation) == (12, 12)


@given(st.integers(0, 4_102_444_800), st.timezones(), st.integers(1, 86_400))
def test_f22_a_slot_begins_at_or_before_its_moment_and_is_the_same_in_every_time_zone(second, zone, seconds):
    moment, every = datetime.fromtimestamp(second, zone), timedelta(seconds=seconds)
    slot = _slot(moment, every)
    assert slot == _slot(moment.astimezone(UTC), every)
    assert timedelta() <= moment.astimezone(UTC) - slot < every


# A tick that fails


async def test_a_tick_that_failed_is_tried_again_before_its_next_slot(small_town, monkeypatch):
    """One that runs once an hour would have waited an hour."""
    monkeypatch.setattr("bot.clock.RETRY", timedelta(seconds=0.05))
    tries = []

    def stumbles(_session, _now):
        tries.append(1)
        if len(tries) < 3:
            raise KeyError("a fault")
        return 0

    await until(lambda: small_town.house.ticker._scheduler.running)
    await small_town.house.ticker.run(Job("stumbles", stumbles, timedelta(hours=1)))
    async with asyncio.timeout(20):
        while len(tries) < 3:
            await asyncio.sleep(0.02)
        while (await last(small_town, "stumbles")).error is not None:
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.2)
    assert len(tries) == 3, "it went through: not again in this slot"


async def last(town, job):
    return next(run for run in await town.store(ticks.last_runs) if run.job == job)


async def test_one_process_remembers_a_failure_and_another_takes_the_slot_after_all(database, invitation):
    writers = [Writer(open_engine(database), open_vault(invitation, None)[0]) for _ in range(2)]
    one, other = (Ticker(writer, Given(), nothing) for writer in writers)

    def breaks(_session, _now):
        raise KeyError("only here")

    assert await one.run(Job("spend", breaks, TEN)) == 0
    assert await other.run(Job("spend", spend, TEN)) == 1
    assert await one.run(Job("spend", spend, TEN)) == 0
    for writer in writers:
        writer.close()
    assert used(database, invitation) == (1, 1)


# F15, F29: starting


async def never():
    raise AssertionError


def test_f15_a_second_house_on_the_same_file_is_refused_though_its_data_folder_is_another(tmp_path, capsys):
    """facts/failures.md F15: the lock lay in the data folder alone, and two folders may name one file."""
    url = f"sqlite:///{tmp_path}/shared.db"
    second = Settings(_env_file=None, data=tmp_path / "second", database_url=url)
    with one_house(tmp_path / "first", url), pytest.raises(SystemExit) as stopped:
        start(second, never())
    assert stopped.value.code == 2
    assert "another Kith runs on this database" in capsys.readouterr().err
    with one_house(tmp_path / "second", url):
        pass


def test_f15_a_second_house_in_the_same_folder_is_refused_though_its_file_is_another(tmp_path, capsys):
    """They would share their seals."""
    other = Settings(_env_file=None, data=tmp_path, database_url=f"sqlite:///{tmp_path}/b.db")
    with RunLock(tmp_path / "run.lock"), pytest.raises(SystemExit):
        start(other, never())
    assert "another Kith runs" in capsys.readouterr().err


@pytest.fixture
def bare(database):
    """An engine on a database without any table."""
    engine = open_engine(database)
    schema.downgrade(engine)
    yield engine
    engine.dispose()


def tables_in(engine):
    with engine.connect() as connection:
        return set(inspect(connection).get_table_names()) - {"alembic_version"}


def test_f29_a_migration_that_is_cut_off_leaves_nothing_behind_and_can_be_run_again(bare, monkeypatch):
    """facts/failures.md F29: re-runnable."""
    create, made = op.create_table, []

    def cut_off(name, *columns, **named):
        if len(made) == 5:
            raise KeyboardInterrupt
        made.append(name)
        return create(name, *columns, **named)

    with monkeypatch.context() as broken:
        broken.setattr("alembic.op.create_table", cut_off)
        with pytest.raises(KeyboardInterrupt):
            schema.upgrade(bare)
    assert len(made) == 5
    assert tables_in(bare) == set()
    schema.upgrade(bare)
    schema.check(bare)


def test_f29_a_program_older_than_its_database_does_not_start(database, tmp_path, capsys):
    """facts/failures.md F29: refuses to start, says why in one line, and touches nothing."""
    from bot.app import assemble

    engine = open_engine(database)
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    engine.dispose()
    settings = Settings(_env_file=None, data=tmp_path / "data", database_url=database)

    async def serve():
        async with assemble(settings, "1:x", "http://127.0.0.1:9"):
            raise AssertionError

    with pytest.raises(SystemExit) as stopped:
        start(settings, serve())
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert "schema 9999" in said
    assert said.count("\n") == 1
    assert not (tmp_path / "data" / "keys").exists()
