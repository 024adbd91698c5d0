"""The log tells nothing of anybody; everybody sees what is kept of them, and what they erase stays erased."""

import asyncio
import io
import json
import logging
import re
import shutil
import sqlite3
import sys
import warnings
from datetime import timedelta

import aiohttp
import pytest
import structlog
from sqlalchemy.exc import IntegrityError

from bot import log as house_log
from bot.community import invites, places, polls, residents, voting
from bot.community.letters import owe
from bot.community.rounds import mark_of
from bot.screens.language import LANGUAGES, label, speaking
from bot.store import backup
from bot.store import rounds as rounds_store
from bot.store.engine import open_engine, transaction
from bot.store.residents import give_role, name_of, resident_found_by
from bot.store.tables import Answer, Consent, Doomed, Draft, Letter, Resident, Roll, Round, Strike
from bot.store.vault import open_vault
from bot.store.writer import Writer
from tests.privacy.attacker import Known, every_row, files_with, house_again, opened
from tests.town import millbrook

# The log

NAME, TEXT, OPTION, BROKEN = "Canarina", "canary-sang-this", "canary-option", "canary-in-the-works"
TELEGRAM_ID = 777_123_456_789
CANARIES = (NAME, TEXT, OPTION, BROKEN, str(TELEGRAM_ID), "anary")


@pytest.fixture(params=["pretty", "json"])
def heard(request, monkeypatch):
    """All that is written to standard error, as the house itself sets its log up."""
    stream = io.StringIO()
    before, handlers, level = structlog.get_config(), logging.root.handlers[:], logging.root.level
    monkeypatch.setattr(sys, "stderr", stream)
    house_log.set_up(request.param)
    yield stream
    logging.captureWarnings(capture=False)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    structlog.configure(**before)


def said_nothing_of_anybody(stream, *more):
    written = stream.getvalue()
    assert written.strip(), "there must be a log, or this proves nothing"
    for canary in (*CANARIES, *more):
        assert canary not in written, written
    return written


async def canary_joins(town):
    """A resident whose every trait sings; the person and the token's secret part."""
    person = town.person(NAME, "en")
    town.box.world.people[TELEGRAM_ID] = town.box.world.people.pop(person.person.id)
    person.person.id = TELEGRAM_ID
    await person.joins("English")
    await town.store(lambda session: _make_steering(session, TELEGRAM_ID))
    return person


def _make_steering(session, telegram_id):
    give_role(session, resident_found_by(session, session.vault.keys.lookup(telegram_id)), "steering")


async def test_the_log_holds_no_word_name_or_id(heard, database, tmp_path, monkeypatch):
    async with millbrook(database, tmp_path / "data") as town:
        secret = town.box.token.partition(":")[2]
        canary = await canary_joins(town)
        await canary.says("/newpoll")
        await canary.says(TEXT)
        await canary.says(f"{OPTION} 1\n{OPTION} 2")
        await canary.sends_tap(canary.first_tap())
        await canary.sends_tap(canary.first_tap())
        poll = (await town.store(lambda session: session.query(Round).one())).id
        await town.looks()
        await canary.starts(f"p{poll}")
        await canary.taps(f"{OPTION} 1")
        await _refusals(town, canary)
        await _telegram_fails(town, canary, poll)
        await _the_house_fails(town, canary, poll, monkeypatch)
        await town.passes(days=20)
        await canary.says("/mydata")
        await canary.says("/forget")
        await canary.taps("Yes, erase everything")
        await town.passes(minutes=1)
    written = said_nothing_of_anybody(heard, secret)
    for event in ("ready", "update set aside", "reply lost", "letter not taken", "tick"):
        assert event in written, f"{event!r} was meant to happen"


async def test_the_log_holds_nothing_of_a_concern(heard, sqlite_database, tmp_path):
    async with millbrook(sqlite_database, tmp_path / "data") as town:
        ruth = await town.resident("Ruth", "en", "safeguarding")
        canary = await canary_joins(town)
        await canary.says("/concern")
        for button in ("Go on and tell it", "Something else", "Somebody else, or nobody of these"):
            await canary.taps(button)
        await canary.says(TEXT)
        await canary.taps("Yes, pass it on")
        receipt = re.search("[0-9A-Z]{4}-[0-9A-Z]{4}", canary.reads)[0]
        await town.looks()
        await ruth.taps("Look at it")
        assert TEXT in ruth.reads
        await ruth.taps("Code for the desk")
        code = re.search(r"\b[A-Z2-7]{8}\b", ruth.reads)[0]
        await ruth.sends_tap(f"cc:{TEXT}:show")
        town.box.fault("sendMessage", times=9, code=400, description=f"Bad Request: {BROKEN} {TEXT} {receipt}")
        await town.passes(days=3)
        town.box.api.faults.clear()
        await canary.says("/forget")
        await canary.taps("Yes, erase everything")
        await town.passes(minutes=2)
    written = said_nothing_of_anybody(heard, receipt, code, "Ruth")
    assert "see_to_concerns" in written


async def _refusals(town, canary):
    for said in (f"/start i_{BROKEN}", f"/start {BROKEN}", f"/{TEXT}", TEXT):
        await canary.says(said)
    for data in (f"v:9:{TELEGRAM_ID}:0", f"a:{BROKEN}:1", TEXT, f"l:{BROKEN}"):
        await canary.sends_tap(data)


async def _telegram_fails(town, canary, poll):
    """Replies and letters are refused in words that repeat what was sent, as Telegram's do."""
    for code in (400, 403):
        for method in ("sendMessage", "editMessageText"):
            town.box.fault(method, code=code, description=f"Bad Request: {BROKEN} {NAME} {TELEGRAM_ID}")
            await canary.says("/menu")
            await canary.sends_tap("o:help")
            town.box.api.faults.clear()
    await canary.starts()
    town.box.fault("sendMessage", times=50, code=400, description=f"Bad Request: {BROKEN} {TEXT}")
    await town.store(lambda session: _owe_reminder(session, poll, town.now))
    await town.looks()
    town.box.api.faults.clear()


def _owe_reminder(session, poll, now):
    resident = session.query(Resident).one()
    facts = {"who": NAME}
    owe(session, resident.place_id, "poll_reminder", facts, "canary", now, resident_id=resident.id, round_id=poll)


async def _the_house_fails(town, canary, poll, monkeypatch):
    """A handler, a tick and a library stumble over something that holds what people wrote."""

    def stumbles(*_facts, **_named):
        raise IntegrityError(f"insert {BROKEN}", {"name": NAME, "id": TELEGRAM_ID}, ValueError(TEXT))

    with monkeypatch.context() as broken:
        broken.setattr(voting, "cast_vote", stumbles)
        await canary.sends_tap(f"v:{poll}:1:0")
    with monkeypatch.context() as broken:
        broken.setattr(polls, "close_poll", stumbles)
        await town.passes(days=15)
    logging.getLogger("aiogram.event").warning("cannot handle %s", TEXT)
    try:
        int(BROKEN)
    except ValueError:
        logging.getLogger("asyncio").exception("never retrieved: %s", NAME)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(f"unknown update {TEXT}", stacklevel=1)
    house_log.log.warning("a careless line", text=TEXT, person=TELEGRAM_ID, name=NAME)


async def test_metrics_and_health_hold_no_word_name_id_or_place(
    heard, sqlite_database, tmp_path, unused_tcp_port, monkeypatch
):
    """The web port is for whoever runs a dashboard: nobody whose machine it is not, and nobody in it."""
    async with millbrook(sqlite_database, tmp_path / "data", web_port=unused_tcp_port) as town:
        canary = await canary_joins(town)
        await canary.says("/newpoll")
        await canary.says(TEXT)
        await canary.says(f"{OPTION} 1\n{OPTION} 2")
        await canary.sends_tap(canary.first_tap())
        await canary.sends_tap(canary.first_tap())
        await town.looks()
        await _refusals(town, canary)
        await _telegram_fails(town, canary, 1)
        await _the_house_fails(town, canary, 1, monkeypatch)
        town.brings("never_heard_of", {"from": {"id": TELEGRAM_ID, "first_name": NAME}})
        await town.settles()
        canary.person.blocked.add(town.box.bot.id)
        pages = ""
        async with aiohttp.ClientSession() as session:
            for page in ("metrics", "healthz", "readyz", TEXT):
                async with session.get(f"http://127.0.0.1:{unused_tcp_port}/{page}?{NAME}") as answer:
                    pages += await answer.text()
        with monkeypatch.context() as broken:
            broken.setattr("bot.store.reader.Reader._look", _stumbles)
            url = f"http://127.0.0.1:{unused_tcp_port}/readyz"
            async with aiohttp.ClientSession() as session, session.get(url) as answer:
                assert answer.status == 503
                pages += await answer.text()
        secret = town.box.token.partition(":")[2]
    for told in ("kith_updates_total", "set_aside", "kith_refusals_total", "kith_letters{", '"ready": false'):
        assert told in pages, f"{told} was meant to be there"
    for hidden in (*CANARIES, secret, "Millbrook", "millbrook", "Mill Road", str(town.box.bot.id)):
        assert hidden not in pages, pages
    said_nothing_of_anybody(heard, secret)


def _stumbles(*_given):
    raise IntegrityError(f"insert {BROKEN}", {"name": NAME, "id": TELEGRAM_ID}, ValueError(TEXT))


async def test_no_plain_column_and_no_file_holds_a_name_an_id_or_a_draft(database, tmp_path):
    """What a poll asks is meant for everybody and is kept as it is; all else of a person is not readable."""
    async with millbrook(database, tmp_path / "data") as town:
        canary = await canary_joins(town)
        await canary.says("/newpoll")
        await canary.says(TEXT)
        cells = [
            f"{table.name}.{column}: {value!r}"
            for table, row in every_row(town.house.writer.engine)
            for column, value in row.items()
            for needle in (NAME, str(TELEGRAM_ID), TEXT)
            if needle in str(value) or needle.encode() in bytes(value if isinstance(value, bytes | memoryview) else b"")
        ]
        assert cells == []
        assert files_with(tmp_path, [one.encode() for one in (NAME, str(TELEGRAM_ID), TEXT)]) == []


# What is kept about me


async def test_my_data_are_shown_and_sent_as_a_file_with_every_row_that_names_me(town):
    amina, janek = await town.steering(("Amina", "en"), ("Janek", "en"))
    open_poll = await town.poll(secrecy="open")
    await amina.starts(f"p{open_poll}")
    await amina.taps("Garden")
    await town.passes(days=4)
    await town.poll()
    await amina.starts("i_" + "x" * 43)
    await amina.says("/newpoll")
    await amina.says("Which tree?")
    await amina.says("/mydata")
    shown, file = amina.messages[-2:]
    assert "First name: " in shown.content["text"]
    assert "Amina" in shown.content["text"]
    document = town.box.world.files[file.content["document"]["file_id"]]
    assert document.name.endswith(".json")
    told = json.loads(document.data)
    assert (told["name"], told["telegram_id"]) == ("Amina", amina.person.id)
    assert told["draft"]["title"] == "Which tree?"
    [known, other] = await town.store(lambda session: [Known(session, one) for one in (amina, janek)])
    kept = {}
    for table, row in every_row(town.house.writer.engine):
        cells = opened(town.house.vault, table, row)
        if any(known.named_in(table, column, value) for column, value in cells.items()):
            kept[table.name] = kept.get(table.name, 0) + 1
    assert {"resident", "role", "consent", "roll", "letter", "open_vote", "strike", "draft"} <= set(kept)
    assert {table: len(rows) for table, rows in told["rows"].items() if rows} == kept
    assert "Janek" not in str(document.data)
    assert str(other.telegram_id) not in str(document.data)


async def test_consent_is_withdrawn_in_two_taps(town):
    amina = town.person("Amina", "en")
    await amina.joins("English")
    await amina.starts()
    await amina.taps("My choices")
    assert await amina.taps("No longer: news") == "Noted. You can change your mind at any time."
    kept = await town.store(lambda session: session.query(Consent).filter(Consent.purpose == "messages").one())
    assert kept.withdrawn_at is not None
    assert (kept.version, kept.language) == (residents.CONSENT_VERSION, "en")
    assert await amina.taps("Agree: news") == "Thank you. Noted."
    kept = await town.store(lambda session: session.query(Consent).filter(Consent.purpose == "messages").one())
    assert kept.withdrawn_at is None


# Stopping


async def test_the_word_for_stop_in_every_language_wins_over_a_question(small_town):
    [amina] = await small_town.steering(("Amina", "en"))
    for tag in LANGUAGES:
        with speaking(tag):
            word = label("stop")
        await amina.says("/newpoll")
        assert "What do you want to ask the group?" in amina.reads
        assert "You will get no more messages." in await amina.says(word), tag
        resident, drafts = await small_town.store(
            lambda session: (session.query(Resident).one(), session.query(Draft).count())
        )
        assert (resident.state, drafts) == ("stopped", 0)
        assert "Good to see you again." in await amina.starts()
    assert (await small_town.store(lambda session: session.query(Resident).one())).state == "here"


async def test_who_stopped_hears_nothing_until_they_come_back(town):
    amina, _janek = await town.steering(("Amina", "en"), ("Janek", "en"))
    await town.poll()
    await amina.says("/stop")
    heard = len(amina.messages)
    await town.passes(days=2, hours=1)
    await town.passes(days=2)
    await town.poll("Another one?")
    await town.looks()
    assert len(amina.messages) == heard
    waiting = Letter.state.in_(("queued", "sending"))
    assert await town.store(lambda session: session.query(Letter).filter(waiting).count()) == 0
    assert "Good to see you again." in await amina.starts()


# Erasing


async def grown_roots(town):
    """Amina, about whom there is something in every table that can hold something; her open poll."""
    amina, janek = await town.steering(("Amina", "en"), ("Janek", "en"))
    open_poll = await town.poll(secrecy="open")
    await amina.starts(f"p{open_poll}")
    await amina.taps("Garden")
    await town.passes(days=4)
    poll = await town.poll("Still open?")
    for person in (amina, janek):
        await person.starts(f"p{poll}")
        await person.taps("Garden")
    await amina.starts("i_" + "x" * 43)
    await amina.says("/newpoll")
    await amina.says("Which tree?")
    return amina, poll


def rows_naming(town, known):
    return [
        table.name
        for table, row in every_row(town.house.writer.engine)
        for column, value in row.items()
        if known.named_in(table, column, value)
    ]


async def erases(person):
    asked = await person.says("/forget")
    assert "Are you sure?" in asked
    await person.taps("Yes, erase everything")
    assert "has been erased" in person.reads


async def test_forget_asks_once_and_then_no_row_names_the_person(town):
    amina, poll = await grown_roots(town)
    known = await town.store(lambda session: Known(session, amina))
    assert {"resident", "role", "consent", "roll", "letter", "open_vote", "strike", "draft"} <= set(
        rows_naming(town, known)
    )
    before = await town.store(lambda session: rounds_store.count_roll(session, poll))
    assert before == 2
    await amina.says("/forget")
    assert "resident" in rows_naming(town, known), "asking erases nothing"
    await amina.taps("Yes, erase everything")
    await town.passes(minutes=1)
    assert rows_naming(town, known) == []
    assert await town.store(lambda session: rounds_store.count_roll(session, poll)) == 1
    assert await town.store(lambda session: rounds_store.count_marks(session, poll)) == 1, "her vote is withdrawn"
    assert town.house.vault.people.read(known.key_name) is None
    assert known.key_name not in [path.name for path in town.house.settings.data.rglob("*")]
    assert await town.store(lambda session: session.query(Doomed).count()) == 0
    assert await amina.says("/mydata") == "Please send /start first. It takes a minute."


async def test_after_the_sweep_no_file_holds_what_is_erased(sqlite_database, tmp_path):
    """Neither her hash, nor her encrypted columns, nor the name of her key: in the file, its log, its free pages."""
    async with millbrook(sqlite_database, tmp_path / "data") as town:
        amina, poll = await grown_roots(town)
        known = await town.store(lambda session: Known(session, amina))
        [row] = [
            row
            for table, row in every_row(town.house.writer.engine)
            if table.name == "resident" and row["id"] == known.id
        ]
        seal = town.house.vault.seals.read(str(poll))
        [mark] = await town.store(lambda session: _marks_of(session, poll, seal, known.id))
        traces = [known.lookup, known.key_name.encode(), known.key, bytes(row["telegram_id"]), bytes(row["name"]), mark]
        for trace in traces:
            assert files_with(tmp_path, [trace]), "each is there to be found before"
        await erases(amina)
        await town.passes(minutes=1)
        for trace in traces:
            assert files_with(tmp_path, [trace]) == []
    for trace in traces:
        assert files_with(tmp_path, [trace]) == []


def _marks_of(session, poll, seal, resident_id):
    mark = mark_of(seal, resident_id)
    return [row.mark for row in session.query(Answer).filter(Answer.round_id == poll, Answer.mark == mark)]


async def test_a_crash_before_the_sweep_does_not_keep_the_key(sqlite_database, tmp_path):
    async with millbrook(sqlite_database, tmp_path / "data") as town:
        amina, _poll = await grown_roots(town)
        known = await town.store(lambda session: Known(session, amina))
    engine = open_engine(sqlite_database)
    vault, _made = open_vault(tmp_path / "data", None)
    with transaction(engine, vault) as session:
        residents.forget(session, session.get_one(Resident, known.id))
    assert vault.people.read(known.key_name) is not None, "the process died before the sweep"
    engine.dispose()
    async with house_again(sqlite_database, tmp_path / "data") as town:
        await town.passes(minutes=1)
        assert vault.people.read(known.key_name) is None
        assert files_with(tmp_path, [known.lookup, known.key_name.encode(), known.key]) == []


async def test_an_old_copy_put_back_by_hand_brings_nobody_back(sqlite_database, tmp_path):
    """Not by `kith db restore`, which sees to it itself: the file alone, by somebody in a hurry, within the same hour."""
    copy = tmp_path / "old" / "kith.db"
    async with millbrook(sqlite_database, tmp_path / "data") as town:
        amina, _poll = await grown_roots(town)
        known = await town.store(lambda session: Known(session, amina))
        backup.back_up(town.house.writer.engine, copy)
        await erases(amina)
        await town.passes(minutes=1)
    for path in tmp_path.glob("kith.db*"):
        path.unlink()
    shutil.copy(copy, tmp_path / "kith.db")
    with sqlite3.connect(tmp_path / "kith.db") as connection:
        assert connection.execute("select count(*) from resident").fetchone() == (2,)
    connection.close()
    async with house_again(sqlite_database, tmp_path / "data") as town:
        await town.passes(minutes=1)
        names = await town.store(lambda session: [name_of(session, one) for one in session.query(Resident)])
        assert names == ["Janek"]
        assert await town.store(lambda session: session.query(Roll).filter(Roll.resident_id == known.id).count()) == 0


async def test_a_key_folder_that_goes_away_erases_nobody(small_town):
    """A disk that was unmounted must not look like everybody's wish to be erased."""
    await grown_roots(small_town)
    people = small_town.house.settings.data / "people"
    people.rename(people.with_name("elsewhere"))
    await small_town.passes(hours=2)
    assert await small_town.store(lambda session: session.query(Resident).count()) == 2
    people.with_name("elsewhere").rename(people)
    await small_town.passes(hours=2)
    names = await small_town.store(lambda session: [name_of(session, one) for one in session.query(Resident)])
    assert names == ["Amina", "Janek"]


async def test_who_joins_while_lost_keys_are_looked_for_is_not_taken_for_erased(town, monkeypatch):
    """On SQLite one waits for the other. On PostgreSQL the folder, read before the rows, once lacked a fresh key."""
    if town.house.writer.engine.dialect.name == "sqlite":
        pytest.skip("SQLite writes one after the other")
    await grown_roots(town)
    folder = town.house.vault.people
    names, joining = folder.names, []

    def names_then_somebody_joins(*words, **named):
        found = names(*words, **named)
        if not joining:
            joining.append(asyncio.run_coroutine_threadsafe(town.resident("Bilal"), loop))
            joining[0].result(30)
        return found

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(folder, "names", names_then_somebody_joins)
    another_process = Writer(open_engine(town.house.settings.database, serving=True), town.house.vault)
    assert await another_process.transact(residents.erase_keyless) == 0
    another_process.close()
    assert joining
    found = await town.store(lambda session: [name_of(session, one) for one in session.query(Resident)])
    assert sorted(found) == ["Amina", "Bilal", "Janek"]


async def test_who_was_erased_may_join_again_as_somebody_new(town):
    amina, _poll = await grown_roots(town)
    await erases(amina)
    await town.passes(minutes=1)
    await amina.joins("English")
    kept = await town.store(
        lambda session: residents.what_is_kept(
            session, session.query(Resident).order_by(Resident.id.desc()).first(), town.now
        )
    )
    assert (kept.name, kept.roles) == ("Amina", ())
    assert await town.store(lambda session: session.query(Strike).count()) == 0


async def test_no_invitation_is_kept_in_a_form_that_opens_it(town):
    token = await town.store(
        lambda session: invites.invite(
            session, places.place_for_newcomer(session, "millbrook"), "steering", 1, timedelta(days=1), town.now
        )
    )
    amina = await town.resident("Amina", "en")
    await amina.starts(token)
    assert "member of the steering group" in amina.messages[-2].content["text"]
    needle = token.removeprefix("i_")
    assert not [row for _table, row in every_row(town.house.writer.engine) if needle in str(row)]
