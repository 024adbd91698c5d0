"""The hot path's statements run by the driver: what SQLAlchemy promises elsewhere holds for them too."""

import asyncio
import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.exc import IntegrityError, OperationalError

from bot.store.prepared import Prepared, entity
from bot.store.residents import resident_found_by
from bot.store.tables import Resident, Strike
from bot.store.writer import is_down
from bot.telegram import read_json

STRIKES = Strike.__table__
WRITE = Prepared(insert(STRIKES))
READ = Prepared(select(STRIKES).where(STRIKES.c.lookup == bindparam("lookup")))
DROP = Prepared(delete(STRIKES).where(STRIKES.c.lookup == bindparam("lookup")))
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ONE = {"lookup": b"1" * 16, "tries": 2, "since": NOON}


async def test_values_come_back_as_the_tables_have_them(town):
    def work(session):
        assert WRITE.change(session, **ONE) == 1
        found = READ.rows(session, lookup=ONE["lookup"])
        assert DROP.change(session, lookup=ONE["lookup"]) == 1
        assert READ.first(session, lookup=ONE["lookup"]) is None
        return found

    assert await town.store(work) == [(ONE["lookup"], 2, NOON)]


async def test_a_time_without_a_zone_is_refused_here_too(town):
    with pytest.raises(ValueError, match="without a time zone"):
        await town.store(lambda session: WRITE.change(session, **{**ONE, "since": NOON.replace(tzinfo=None)}))


async def test_a_broken_key_is_the_lost_race_that_the_writer_knows(town):
    def twice(session):
        WRITE.change_many(session, [ONE, ONE])

    with pytest.raises(IntegrityError) as caught:
        await town.store(twice)
    assert "1111" not in str(caught.value), "the values are nobody's business"
    assert await town.store(lambda session: READ.rows(session, lookup=ONE["lookup"])) == []


async def test_a_database_that_fails_is_known_as_down(small_town):
    broken = Prepared(select(STRIKES).where(STRIKES.c.lookup == bindparam("lookup")))

    def without_the_table(session):
        session.connection().exec_driver_sql("drop table strike")
        broken.rows(session, lookup=b"x")

    with pytest.raises(OperationalError) as caught:
        await small_town.store(without_the_table)
    assert is_down(caught.value)
    assert await small_town.store(lambda session: broken.rows(session, lookup=b"x")) == []


async def test_a_resident_found_on_the_hot_path_is_the_sessions_own(town):
    """Were it a copy, what a rule changes in it would be lost without a word."""
    amina = await town.resident("Amina", "en")

    def change(session):
        found = resident_found_by(session, session.vault.keys.lookup(amina.person.id))
        assert found in session
        assert entity(session, Resident, (found.id, *range(len(Resident.__table__.columns) - 1))) is found
        found.language = "pl"
        return found.id, found.joined_on

    number, joined_on = await town.store(change)
    kept = await town.store(lambda session: session.get_one(Resident, number))
    assert (kept.language, kept.joined_on) == ("pl", joined_on)


def test_half_a_letter_does_not_stop_a_batch():
    """The quicker reader refuses half a surrogate pair; all other updates of the batch would wait behind it."""
    assert read_json(b'{"ok": true, "result": ["\\ud83d"]}')["result"] == ["\ud83d"]
    with pytest.raises(ValueError):
        read_json(b"<html>")


async def test_what_a_refused_work_left_in_the_session_is_not_written_by_the_next(small_town):
    """Works of a group share a session: one that fails must leave nothing behind in it."""
    writer, hold = small_town.house.writer, threading.Event()

    def refused(session):
        session.add(Strike(lookup=b"refused", tries=1, since=NOON))
        raise LookupError

    def kept(session):
        session.add(Strike(lookup=b"kept", tries=1, since=NOON))

    first = asyncio.create_task(writer.transact(lambda _session: hold.wait(10)))
    await asyncio.sleep(0.05)
    others = [asyncio.create_task(writer.transact(work)) for work in (kept, refused, lambda _session: None)]
    await asyncio.sleep(0.05)
    hold.set()
    assert [type(result) for result in await asyncio.gather(*others, return_exceptions=True)][1] is LookupError
    assert await first
    assert await small_town.store(lambda session: session.scalars(select(Strike.lookup)).all()) == [b"kept"]
