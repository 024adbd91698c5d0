"""Databases fail in the middle of things: silent, full, held by strangers. Nothing is lost, and it goes on by itself."""

import asyncio
import sqlite3
import threading
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError
from structlog.testing import capture_logs

from bot.store import postgres
from bot.store import rounds as rounds_store
from bot.store.engine import is_down, open_engine
from bot.store.reader import Reader
from bot.store.tables import Inbox, Place, SetAside
from bot.store.writer import Writer
from tests.town import millbrook, plain, until


class Wire:
    """A wire to PostgreSQL that can be cut without anybody noticing: what is said goes nowhere, and nobody hangs up."""

    def __init__(self, host, port):
        self.to, self.silent, self.streams = (host, port), False, []
        self.loop = asyncio.new_event_loop()  # of its own: a start that migrates holds up the house's

    def __enter__(self):
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        serving = asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.server = asyncio.run_coroutine_threadsafe(serving, self.loop).result()
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_error):
        asyncio.run_coroutine_threadsafe(self._close(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    async def _close(self):
        self.server.close()
        for stream in self.streams:
            stream.close()
        await asyncio.sleep(0.05)

    async def _carry(self, reader, writer):
        there, back = await asyncio.open_connection(*self.to)
        self.streams += [writer, back]
        await asyncio.gather(self._pump(reader, back), self._pump(there, writer), return_exceptions=True)

    async def _pump(self, source, sink):
        while said := await source.read(65536):
            if not self.silent:
                sink.write(said)
                await sink.drain()


@contextmanager
def wired(database):
    """A wire to the database, and the address by which to use it."""
    if not database.startswith("postgres"):
        pytest.skip("a file has no wire")
    parts = urlsplit(database)
    with Wire(parts.hostname, parts.port or 5432) as wire:
        login = parts.netloc.rpartition("@")[0] + "@" if "@" in parts.netloc else ""
        yield wire, database.replace(parts.netloc, f"{login}127.0.0.1:{wire.port}", 1)


@pytest.fixture
def hasty(monkeypatch):
    """Waits half a second where the house waits five."""
    monkeypatch.setattr(postgres, "SECONDS", 0.5)
    monkeypatch.setattr(postgres, "SERVING", {**postgres.SERVING, "connect_timeout": 2})


async def test_f19_a_tap_that_the_database_swallows_is_applied_when_it_answers_again(database, tmp_path, hasty):
    """It was waited for without end: psycopg itself never gives up a statement."""
    with wired(database) as (wire, address):
        async with millbrook(address, tmp_path / "data") as town:
            [amina] = await town.steering(("Amina", "en"))
            poll = await town.poll()
            await amina.starts(f"p{poll}")
            with capture_logs() as lines:
                wire.silent = True
                tap = town.box.tap(amina.person, amina.screen, f"v:{poll}:1:0")
                await until(lambda: [line for line in lines if line["event"] == "the database does not answer"])
                assert town.house.writer.trouble == "OperationalError"
                assert town.box.bot.waiting, "not acknowledged"
                wire.silent = False
            assert plain((await town.box.answered(tap))["text"]) == "Your vote is in."
            await town.settles()
            answers = await town.store(lambda session: rounds_store.all_answers(session, poll))
            assert [list(ballot.values()) for ballot in answers.values()] == [[1]]
            assert town.house.writer.trouble is None


async def test_f19_the_reader_gives_up_too(database, tmp_path, hasty):
    with wired(database) as (wire, address):
        async with millbrook(database, tmp_path / "data") as town:
            reader = Reader(address, town.house.vault)
            look = lambda session: session.query(Place).count()  # noqa: E731
            assert await reader.read(look) == 1
            wire.silent = True
            with pytest.raises(OperationalError):
                await reader.read(look)
            wire.silent = False
            assert await reader.read(look) == 1
            reader.close()


async def test_connections_that_died_while_nobody_used_them_are_replaced_without_a_word(database, town):
    """PostgreSQL was restarted at night: the first tap of the morning is applied as any other."""
    if database.startswith("sqlite"):
        pytest.skip("a file has no connections")
    [amina] = await town.steering(("Amina", "en"))
    poll = await town.poll()
    await amina.starts(f"p{poll}")
    strangers = open_engine(database)
    with strangers.begin() as connection:
        query = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
        assert len(connection.execute(text(query + " and pid <> pg_backend_pid()")).all()) > 0
    strangers.dispose()
    with capture_logs() as lines:
        assert await amina.sends_tap(f"v:{poll}:1:0") == "Your vote is in."
    assert not [line for line in lines if line["event"] == "the database does not answer"]


@pytest.mark.parametrize("said", ["alone", "after what was owed"])
async def test_a_server_that_goes_in_mid_sentence_is_noticed_at_once(database, said):
    """Nothing waits for results that will never come."""
    if database.startswith("sqlite"):
        pytest.skip("a file has no connections")
    engine, strangers = open_engine(database, serving=True), open_engine(database)
    with engine.connect() as connection, strangers.connect() as stranger:
        driver = connection.connection.driver_connection
        driver.begin()
        if said != "alone":
            driver.later([("select 1", ())])
        sentence = [("select 1", ()), ("select pg_sleep(30)", ()), ("select 2", ())]
        asked = asyncio.create_task(asyncio.to_thread(driver.ask, sentence))
        await asyncio.sleep(0.3)
        stranger.execute(text("select pg_terminate_backend(:pid)"), {"pid": driver.pgconn.backend_pid})
        with pytest.raises(psycopg.OperationalError):
            await asyncio.wait_for(asked, 3)
        assert driver.closed
        connection.invalidate()
    engine.dispose()
    strangers.dispose()


async def test_the_reader_cannot_write(town):
    reader = Reader(town.house.settings.database, town.house.vault)
    assert await reader.read(lambda session: session.query(Place).count()) == 1
    with pytest.raises(DBAPIError, match=r"readonly|read-only"):
        await reader.read(lambda session: session.execute(text("update place set name = 'mine'")))
    assert await town.store(lambda session: session.query(Place).one().name) == "Millbrook"
    reader.close()


@contextmanager
def full_disk(database):
    """SQLite may not grow: what it says is what it says when the disk is full."""

    def limit(session):
        pages = session.connection().exec_driver_sql("PRAGMA page_count").scalar()
        session.connection().exec_driver_sql(f"PRAGMA max_page_count={pages}")

    yield limit
    with sqlite3.connect(database.removeprefix("sqlite:///")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


async def test_f20_on_a_full_disk_nothing_is_acknowledged_and_it_goes_on_when_there_is_room(small_town):
    """facts/failures.md F20: no acknowledgement, health red, no corruption, resumes."""
    town = small_town
    people = [town.box.person(f"Person {n}", "en") for n in range(400)]
    with full_disk(town.house.settings.database) as limit, capture_logs() as lines:
        await town.store(limit)
        for person in people:
            town.box.say(person, "/start")
        await until(lambda: [line for line in lines if line["event"] == "the database does not answer"])
        # What needs no new page still fits between two refusals, and clears the trouble until the next.
        await until(lambda: town.house.writer.trouble == "OperationalError")
        assert town.box.bot.waiting
        with pytest.raises(OperationalError, match="full"):
            await town.store(lambda session: session.execute(text("create table more (a)")))
        await town.store(lambda session: session.connection().exec_driver_sql("PRAGMA max_page_count=1000000"))
        await town.settles()
    assert town.house.writer.trouble is None
    assert await town.store(lambda session: session.query(Inbox).count()) == 400
    assert await town.store(lambda session: session.query(SetAside).count()) == 0
    assert all(town.box.messages(person)[-1].sender == town.box.bot.id for person in people)


async def test_f21_a_stranger_who_reads_and_one_who_writes_lose_nothing(small_town):
    """facts/failures.md F21: it waits, backs off, and nothing is lost."""
    town = small_town
    [amina] = await town.steering(("Amina", "en"))
    path = town.house.settings.database.removeprefix("sqlite:///")
    await town.store(lambda session: session.connection().exec_driver_sql("PRAGMA busy_timeout=20"))
    reader, writer = (sqlite3.connect(path, isolation_level=None) for _ in range(2))
    reader.execute("BEGIN")
    reader.execute("select count(*) from place").fetchone()
    writer.execute("BEGIN IMMEDIATE")
    with capture_logs() as lines:
        town.box.say(amina.person, "/stop")
        await until(lambda: [line for line in lines if line["event"] == "the database does not answer"])
        await town.house.ticker.run_all()
        assert {line["event"] for line in lines} >= {"tick failed"}
    writer.execute("ROLLBACK")
    await town.settles()
    assert "You will get no more messages." in amina.reads, "the reader alone holds nobody up"
    await amina.says("/forget")
    await amina.taps("Yes, erase everything")
    await town.passes(seconds=40)
    assert reader.execute("select count(*) from resident").fetchone() == (1,), "it sees what it saw"
    reader.execute("ROLLBACK")
    await town.passes(seconds=40)
    assert reader.execute("select count(*) from resident").fetchone() == (0,)
    for connection in (reader, writer):
        connection.close()


async def test_f18_a_tick_whose_connection_is_taken_away_is_remembered_and_done_at_the_next_try(database, tmp_path):
    """facts/failures.md F18, for ticks: a backend that is terminated undoes the tick, and it is taken again."""
    from bot.clock import Clock, Job, Ticker
    from bot.store import ticks

    async with millbrook(database, tmp_path / "data") as town:
        await town.stops()

        def breaks(session, _now):
            session.query(Place).one().name = "half done"
            session.flush()
            raise OperationalError("update", {}, Exception("terminated"))

        async def nothing():
            return None

        ticker = Ticker(town.house.writer, Clock(), nothing)
        assert await ticker.run(Job("paint", breaks, timedelta(hours=1))) == 0
        [failed] = [run for run in await town.store(ticks.last_runs) if run.job == "paint"]
        assert (failed.error, failed.went_well) == ("OperationalError", None)
        assert await town.store(lambda session: session.query(Place).one().name) == "Millbrook"
        assert await ticker.run(Job("paint", lambda _session, _now: 3, timedelta(hours=1))) == 3
        [run] = [run for run in await town.store(ticks.last_runs) if run.job == "paint"]
        assert run.error is None
        assert run.went_well is not None
        assert await ticker.run(Job("paint", lambda _session, _now: 3, timedelta(hours=1))) == 0, "once a slot"


async def test_a_postgresql_backend_that_is_terminated_while_it_works_undoes_that_work_alone(database, town):
    if database.startswith("sqlite"):
        pytest.skip("a file has no backend")

    def dies(session):
        session.query(Place).one().name = "half done"
        session.flush()
        session.execute(text("select pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(DBAPIError) as told:
        await town.store(dies)
    assert is_down(told.value)
    assert await town.store(lambda session: session.query(Place).one().name) == "Millbrook"


async def test_the_writer_tells_how_long_it_has_been_held_up(small_town):
    writer = small_town.house.writer
    assert isinstance(writer, Writer)
    gate = threading.Event()
    held = asyncio.create_task(small_town.store(lambda _session: gate.wait(30)))
    await until(lambda: writer.stuck() > 0.05)
    gate.set()
    await held
    await until(lambda: writer.stuck() == 0.0)


def test_a_command_may_take_its_time(database, hasty):
    """Only a house that serves people gives up: a migration or a new key may work for minutes."""
    if database.startswith("sqlite"):
        pytest.skip("a file is not waited for")
    patient, serving = open_engine(database), open_engine(database, serving=True)
    with patient.connect() as connection:
        assert connection.execute(text("select pg_sleep(1)")).one()
    with serving.connect() as connection, pytest.raises(OperationalError, match="silent"):
        connection.execute(text("select pg_sleep(60)"))
    with serving.connect() as connection:
        assert connection.scalar(text("select 1")) == 1
    patient.dispose()
    serving.dispose()
