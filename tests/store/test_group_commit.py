"""Works that wait are committed together, on either database; each has its own fate all the same."""

import asyncio
import threading
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, bindparam, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from bot.store.engine import is_down, open_engine
from bot.store.prepared import Prepared
from bot.store.tables import Place, Strike
from bot.store.writer import Writer
from tests.town import until

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def writer(town):
    """A writer of its own on the house's database: into the house's, the clock and the letters put works of theirs."""
    made = Writer(open_engine(town.house.settings.database, serving=True), town.house.writer.vault)
    yield made
    made.close()


@asynccontextmanager
async def everybody_waits(writer):
    """The writer is busy: what comes now waits, and is taken as one group."""
    gate, started = threading.Event(), threading.Event()

    def holds(_session):
        started.set()
        assert gate.wait(30)

    held = asyncio.create_task(writer.transact(holds))
    await until(started.is_set)
    yield
    await asyncio.sleep(0.05)
    gate.set()
    await held


def strikes(name):
    """A work that writes a row of this name, and says in which transaction."""

    def work(session):
        session.add(Strike(lookup=name.encode(), tries=1, since=NOON))
        session.flush()
        if session.get_bind().dialect.name == "postgresql":
            return session.scalar(text("select pg_current_xact_id()::text"))
        return None

    return work


async def kept(town):
    return set(await town.store(lambda session: session.scalars(select(Strike.lookup)).all()))


async def test_works_that_wait_share_a_commit_and_a_refused_one_rolls_back_alone(town, writer):
    def refuses(session):
        strikes("refused")(session)
        raise LookupError

    def breaks_a_key(session):
        session.execute(insert(Strike), [{"lookup": b"twice", "tries": 1, "since": NOON}] * 2)

    async with everybody_waits(writer):
        works = [strikes("first"), refuses, breaks_a_key, strikes("last")]
        waiting = [asyncio.create_task(writer.transact(work)) for work in works]
    first, refused, broken, last = await asyncio.gather(*waiting, return_exceptions=True)
    assert first == last, "one transaction"
    assert isinstance(refused, LookupError)
    assert isinstance(broken, IntegrityError)
    assert await kept(town) == {b"first", b"last"}


async def test_works_whose_commit_nobody_answered_are_not_done_again(writer, monkeypatch):
    """The commit may have been heard: an update is asked for once more, and its row in the inbox tells."""
    done, commit = {}, Connection.commit

    def loses(connection):
        """Of the thread that did the works, and of nobody else: the house commits as ever meanwhile."""
        if threading.get_ident() not in done.values():
            return commit(connection)
        raise OperationalError("COMMIT", {}, Exception("gone"), connection_invalidated=True)

    def works_at(number):
        return lambda _session: done.__setitem__(number, threading.get_ident())

    async with everybody_waits(writer):
        works = [asyncio.create_task(writer.transact(works_at(number))) for number in range(2)]
        monkeypatch.setattr(Connection, "commit", loses)
    told = await asyncio.gather(*works, return_exceptions=True)
    monkeypatch.undo()
    assert list(done) == [0, 1]
    assert all(is_down(error) for error in told)
    assert writer.trouble == "OperationalError"


async def test_a_work_that_loses_a_deadlock_in_a_group_is_done_again_alone(database, town, writer):
    """It was handed out as if the database were down; the others of its group are kept."""
    if database.startswith("sqlite"):
        pytest.skip("one writer has no deadlocks")
    tries = []

    def loses_once(session):
        tries.append(1)
        if len(tries) == 1:
            session.execute(text("do $$ begin raise exception using errcode = '40P01'; end $$"))
        strikes("loser")(session)

    async with everybody_waits(writer):
        works = [asyncio.create_task(writer.transact(work)) for work in (strikes("first"), loses_once, strikes("last"))]
    told = await asyncio.gather(*works, return_exceptions=True)
    assert not [one for one in told if isinstance(one, BaseException)]
    assert len(tries) == 2
    assert await kept(town) == {b"first", b"loser", b"last"}


async def test_a_write_that_breaks_after_its_work_was_through_takes_nobody_along(town, writer):
    """On PostgreSQL a write without a result is said with the next work's first words: nobody can tell whose it was."""
    write = Prepared(insert(Strike))
    row = {"lookup": b"twice", "tries": 1, "since": NOON}
    async with everybody_waits(writer):
        works = [
            strikes("first"),
            lambda session: write.change_many(session, [row, row]),
            strikes("next"),
            lambda session: write.change_many(session, [{**row, "lookup": b"last"}]),
        ]
        waiting = [asyncio.create_task(writer.transact(work)) for work in works]
    told = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(one) for one in told if isinstance(one, BaseException)] == [IntegrityError]
    assert isinstance(told[1], IntegrityError)
    assert await kept(town) == {b"first", b"next", b"last"}


async def test_a_value_that_cannot_be_written_takes_no_earlier_write_along(town, writer):
    """It fails before anything is said, and with it what the work before was still to say."""
    write = Prepared(insert(Strike))
    by_name = Prepared(select(Place.id).where(Place.slug == bindparam("slug")))
    async with everybody_waits(writer):
        works = [
            lambda session: write.change_many(session, [{"lookup": b"first", "tries": 1, "since": NOON}]),
            lambda session: by_name.rows(session, slug="half a letter: \ud83d"),
            strikes("last"),
        ]
        waiting = [asyncio.create_task(writer.transact(work)) for work in works]
    told = await asyncio.gather(*waiting, return_exceptions=True)
    assert [isinstance(one, BaseException) for one in told] == [False, True, False]
    assert await kept(town) == {b"first", b"last"}


async def test_a_write_that_breaks_alone_is_told_to_whoever_waits(town, writer):
    write = Prepared(insert(Strike))
    row = {"lookup": b"twice", "tries": 1, "since": NOON}
    with pytest.raises(IntegrityError):
        await writer.transact(lambda session: write.change_many(session, [row, row]))
    await writer.transact(lambda session: write.change_many(session, [row]))
    assert await kept(town) == {b"twice"}


async def test_what_is_said_later_is_there_for_whoever_looks_by_whatever_way(town, writer):
    def work(session):
        Prepared(insert(Strike)).change_many(session, [{"lookup": b"late", "tries": 1, "since": NOON}])
        return session.scalars(select(Strike.lookup)).all()

    assert await writer.transact(work) == [b"late"]

    def refused(session):
        Prepared(insert(Strike)).change_many(session, [{"lookup": b"never", "tries": 1, "since": NOON}])
        raise LookupError

    with pytest.raises(LookupError):
        await writer.transact(refused)
    assert await kept(town) == {b"late"}
