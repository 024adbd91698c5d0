"""Works that wait are committed together, on either database; each has its own fate all the same."""

import asyncio
import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from structlog.testing import capture_logs

from bot.store.tables import Strike
from bot.store.writer import is_down, open_engine
from tests.town import until

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


async def together(writer, *works):
    """What becomes of works that one thread of the writer finds waiting, while all others are busy."""
    gates, started, held = [threading.Event() for _ in writer._threads], [], []
    for number, gate in enumerate(gates, 1):
        held.append(
            asyncio.create_task(writer.transact(lambda _session, gate=gate: started.append(1) or gate.wait(60)))
        )
        await until(lambda wanted=number: len(started) == wanted)
    waiting = [asyncio.create_task(writer.transact(work)) for work in works]
    await until(lambda: writer._queue.qsize() >= len(works))
    gates[0].set()
    told = await asyncio.gather(*waiting, return_exceptions=True)
    for gate in gates:
        gate.set()
    assert all(await asyncio.gather(*held))
    return told


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


async def test_works_that_wait_share_a_commit_and_a_refused_one_rolls_back_alone(town):
    writer = town.house.writer

    def refuses(session):
        strikes("refused")(session)
        raise LookupError

    def breaks_a_key(session):
        session.execute(insert(Strike), [{"lookup": b"twice", "tries": 1, "since": NOON}] * 2)

    first, refused, broken, last = await together(writer, strikes("first"), refuses, breaks_a_key, strikes("last"))
    assert first == last, "one transaction"
    assert isinstance(refused, LookupError)
    assert isinstance(broken, IntegrityError)
    assert await kept(town) == {b"first", b"last"}


async def test_works_whose_commit_nobody_answered_are_not_done_again(town, monkeypatch):
    """The commit may have been heard: an update is asked for once more, and its row in the inbox tells."""
    writer, done, lost = town.house.writer, [], []
    commit = Connection.commit

    def lost_after_both(connection):
        if len(done) == 2 and not lost:
            lost.append(connection)
            raise OperationalError("COMMIT", {}, Exception("gone"), connection_invalidated=True)
        commit(connection)

    monkeypatch.setattr(Connection, "commit", lost_after_both)
    told = await together(writer, lambda _session: done.append("one"), lambda _session: done.append("other"))
    monkeypatch.undo()
    assert done == ["one", "other"]
    assert all(is_down(error) for error in told)


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
