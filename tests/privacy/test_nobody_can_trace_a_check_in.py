"""Nobody can trace an answer to a check-in: not with the database, all its old pages, its keys and this program."""

import shutil

import pytest

from bot.store.tables import Round
from bot.taps import CheckinAnswerTap, CheckinTap
from tests.handlers.test_checkins import opened
from tests.privacy.attacker import cells_with, every_row, files_with, marks_made, said_of, transactions_of
from tests.privacy.test_nobody_can_trace_a_vote import answers_to, database_folder, everything, known, seal_path
from tests.town import millbrook

NAMES = ("Amina", "Janek", "Carys", "Ionela", "Hodan")


async def answered(town):
    """A check-in in which people have answered, changed, taken back, put off and only looked; its number and people."""
    people = [await town.resident(name) for name in NAMES]
    number = await opened(town, "ons4", breakdowns=["language", "age"])
    amina, janek, carys, ionela, _hodan = people
    for person in (amina, janek, carys, ionela):
        await person.sends_tap(CheckinTap(number, 1, 0).pack())
    await amina.sends_tap(CheckinAnswerTap(number, 1, 7, 0).pack())
    await amina.sends_tap(CheckinAnswerTap(number, 4, 9, 0).pack())
    await janek.sends_tap(CheckinAnswerTap(number, 1, 0, 0).pack())
    await janek.sends_tap(CheckinAnswerTap(number, 1, 10, 0).pack())
    await carys.sends_tap(CheckinAnswerTap(number, 1, 3, 0).pack())
    await carys.sends_tap(CheckinAnswerTap(number, 1, -1, 0).pack())
    return number, people


async def test_the_database_says_the_same_of_everybody_however_they_answered(town):
    number, people = await answered(town)
    opened_at = await town.store(lambda session: session.get_one(Round, number).opened_at)
    await town.passes(days=6)
    await town.passes(seconds=10)
    engine, vault = everything(town)
    said = [said_of(engine, vault, one, opened_at) for one in await known(town, people)]
    assert any(row.startswith("letter ") for row in said[0]), "the result's letter"
    for other in said[1:]:
        assert other == said[0]


async def test_no_mark_is_left_in_the_database_nor_in_its_files(sqlite_database, tmp_path):
    async with millbrook(sqlite_database, tmp_path / "data") as town:
        number, people = await answered(town)
        copied = tmp_path / "copied seal"
        shutil.copy(seal_path(town, number), copied)
        marks = marks_made(copied.read_bytes(), await known(town, people))
        assert set(await answers_to(town, number)) <= set(marks.values())
        engine, _vault = everything(town)
        assert set(cells_with(engine, marks.values())) == {"answer.mark"}
        await town.passes(days=6)
        assert not seal_path(town, number).exists()
        assert cells_with(engine, marks.values()) == []
        assert files_with(database_folder(town), marks.values()) == []
    assert files_with(database_folder(town), marks.values()) == []


async def test_on_postgres_no_stamp_joins_an_answer_to_a_person(town):
    engine, _vault = everything(town)
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite's rows carry no stamp of their transaction; the answers have no row ids either")
    number, people = await answered(town)
    written = transactions_of(engine, "answer")
    assert len(written) >= 3
    for table in {table.name for table, _row in every_row(engine)} - {"answer", "inbox", "round"}:
        assert not transactions_of(engine, table) & written, table
    del number, people


async def test_declining_for_good_writes_nothing_into_the_answers(town):
    """Consent and answers are never touched by one transaction: they could be paired by its stamp."""
    engine, _vault = everything(town)
    if engine.dialect.name != "postgresql":
        pytest.skip("only PostgreSQL keeps stamps")
    number, people = await answered(town)
    before = await answers_to(town, number)
    await people[0].sends_tap("kn:1")
    stamps = transactions_of(engine, "consent")
    assert not transactions_of(engine, "answer") & stamps
    await town.passes(seconds=25)
    after = await answers_to(town, number)
    assert len(after) == len(before) - 1
