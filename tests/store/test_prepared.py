"""The hot path's statements run by the driver: what SQLAlchemy promises elsewhere holds for them too."""

import asyncio
import threading
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, delete, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from bot.store import letters
from bot.store.dialects import among
from bot.store.engine import is_down
from bot.store.prepared import Prepared, entity, together
from bot.store.residents import resident_found_by
from bot.store.tables import Resident, Strike
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


async def test_several_statements_asked_at_once_see_each_other_and_fail_as_one(town):
    """On PostgreSQL they are one word with the server; what follows a broken one is not done."""

    def work(session):
        written, found = together(session, WRITE.asked(**ONE), READ.asked(lookup=ONE["lookup"]))
        assert (written.count, found.rows, found.first) == (1, [(ONE["lookup"], 2, NOON)], (ONE["lookup"], 2, NOON))
        other = {**ONE, "lookup": b"2" * 16}
        with pytest.raises(IntegrityError), session.begin_nested():
            together(session, WRITE.asked(**ONE), WRITE.asked(**other))
        return READ.first(session, lookup=other["lookup"])

    assert await town.store(work) is None


async def test_what_the_server_has_prepared_outlives_a_rollback(town):
    """psycopg had the server forget every statement after one, its own and ours."""

    def refused(session):
        for _ in range(10):
            session.scalars(select(Strike.tries).where(Strike.lookup == ONE["lookup"])).all()
            READ.rows(session, lookup=ONE["lookup"])
        raise LookupError

    for _ in range(4):
        with pytest.raises(LookupError):
            await town.store(refused)
        assert await town.store(lambda session: READ.rows(session, lookup=ONE["lookup"])) == []


async def test_a_statement_that_the_server_has_forgotten_is_prepared_anew(database, town):
    """By a pooler between, or because a table has changed: the update is tried again, and must not fail thrice."""
    if database.startswith("sqlite"):
        pytest.skip("a file forgets nothing")
    for forget in (
        "deallocate all",
        "alter table strike alter column tries type bigint",
    ):
        await town.store(lambda session: READ.rows(session, lookup=ONE["lookup"]))
        with suppress(DBAPIError):  # COMMIT is forgotten with the rest
            await town.store(lambda session, words=forget: session.execute(text(words)))
        fails = 0
        for _ in range(3):
            try:
                assert await town.store(lambda session: READ.rows(session, lookup=ONE["lookup"])) == []
            except DBAPIError:
                fails += 1
        assert fails <= 1


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


async def test_a_list_is_one_value_however_long_it_is(town):
    """Both databases know the list's own kind; an empty one holds nothing."""
    chosen = Prepared(select(STRIKES.c.tries).where(among(STRIKES.c.tries, "tries")).order_by(STRIKES.c.tries))

    def work(session):
        WRITE.change_many(session, [{**ONE, "lookup": b"%016d" % tries, "tries": tries} for tries in range(5)])
        lists = [3, 1, 99], [], list(range(2, 3000))
        found = [[tries for (tries,) in chosen.rows(session, tries=wanted)] for wanted in lists]
        session.rollback()
        return found

    assert await town.store(work) == [[1, 3], [], [2, 3, 4]]


async def test_letters_are_looked_up_by_whose_they_are_and_not_by_their_state(small_town):
    """SQLite would read all that wait for each claim, and all that were ever sent for each reader's week."""

    def plan(session, prepared, **values):
        made = prepared.compiled(session)
        driver = session.connection().connection.driver_connection
        return " ".join(row[3] for row in driver.execute("explain query plan " + made.text, made.given(values)))

    def plans(session):
        claim = plan(session, letters._CLAIM, ids=[1], token="t", until=NOON)
        return claim, plan(session, letters._HOW_MANY, people=[1], kinds=["broadcast"], since=NOON)

    claim, week = await small_town.store(plans)
    assert "PRIMARY KEY" in claim
    assert "ix_letter_resident_id" in week
    assert "letter_due" not in claim + week
