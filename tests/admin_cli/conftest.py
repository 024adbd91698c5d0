"""A house for the command line: an own data folder, `kith` run in this process, and neighbours put in by the rules."""

import os
import uuid
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from typer.testing import CliRunner

from admin_cli.door import opened
from admin_cli.main import app
from bot.community import polls, residents, voting
from bot.community.residents import Person
from bot.store import places
from bot.store import residents as residents_store

POSTGRES = os.environ.get("KITH_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
NAMES = ("Amina", "Janek", "Carys", "Ifor", "Bronwen", "Tomasz", "Zainab", "Maria", "Olena")


def now():
    return datetime.now(UTC)


class House:
    """One install, and what its operator types."""

    def __init__(self, data):
        self.data = data

    def kith(self, *words, **named):
        return CliRunner().invoke(app, [str(word) for word in words], **named)

    def says(self, *words):
        """What a command says that goes well."""
        result = self.kith(*words)
        assert result.exit_code == 0, result.output + repr(result.exception)
        return result.stdout

    def refuses(self, *words):
        """The one line of a command that cannot be done."""
        result = self.kith(*words)
        assert result.exit_code == 2, result.output + repr(result.exception)
        assert result.stderr.count("\n") == 1, result.stderr
        return result.stderr.strip()

    def founded(self):
        self.says("db", "upgrade")
        self.says("place", "add", "millbrook", "--name", "Millbrook", "--run-by", "Millbrook Association",
                  "--language", "en", "--language", "pl")  # fmt: skip
        self.says("place", "helpline", "add", "millbrook", "116 123", "--name", "Samaritans",
                  "--language", "en", "--language", "pl")  # fmt: skip
        return self

    def do(self, work):
        """Run a work of the rules in a transaction."""
        with opened() as store, store.transaction() as session:
            return work(session)

    def joins(self, telegram_id, name, *roles, language="en"):
        def work(session):
            place = places.place_named(session, "millbrook")
            lookup = session.vault.keys.lookup(telegram_id)
            person = Person(telegram_id, lookup, name, language, None)
            resident = residents.join(session, person, place, language, {}, None, now())
            for role in roles:
                residents_store.give_role(session, resident, role)
            return resident.id

        return self.do(work)

    def steering_group(self, size=6):
        return [self.joins(100 + n, NAMES[n % len(NAMES)], "steering") for n in range(size)]

    def poll(self, people, *, open_now=True, title="What first?", secrecy="private"):
        """A poll of three options, and who is on its roll."""

        def work(session):
            place = places.place_named(session, "millbrook")
            options = [{"en": "Crossing"}, {"en": "Garden"}, {"en": "Benches"}]
            plan = polls.Plan(
                "steering", "approve", secrecy, now() + timedelta(days=3), 0, "en", {"en": title}, options
            )
            round_ = polls.make_poll(session, place, plan, now())
            if open_now:
                polls.open_poll(session, round_, now())
            return round_.id

        return self.do(work)

    def votes(self, poll, resident_id, *options):
        def work(session):
            voter = residents_store.resident_by_id(session, resident_id)
            for option in options:
                voting.cast_vote(session, voter, poll, option, 0, now())

        self.do(work)

    def forgets(self, resident_id):
        """A resident sends /forget; the bot destroys their key after the commit."""

        def work(session):
            resident = residents_store.resident_by_id(session, resident_id)
            residents.forget(session, resident)
            return residents_store.doomed_keys(session)

        with opened() as store:
            with store.transaction() as session:
                names = work(session)
            for name in names:
                store.vault.people.destroy(name)
            with store.transaction() as session:
                residents_store.key_is_gone(session, names)


@pytest.fixture
def empty_house(tmp_path, monkeypatch):
    """SQLite in a folder of its own; nothing of the machine's own settings reaches it."""
    for name in [name for name in os.environ if name.startswith("KITH_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KITH_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")
    return House(tmp_path / "data")


@pytest.fixture
def house(empty_house):
    return empty_house.founded()


@pytest.fixture(params=["sqlite", "postgres"])
def either_house(request, empty_house, monkeypatch):
    """As `house`, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield empty_house.founded()
        return
    name = f"kith_cli_{uuid.uuid4().hex[:10]}"
    try:
        server = psycopg.connect(POSTGRES, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        pytest.skip("no PostgreSQL answers at KITH_TEST_POSTGRES (or on this machine)")
    with server:
        server.execute(f"create database {name}")
        monkeypatch.setenv("KITH_DATABASE_URL", POSTGRES.rpartition("/")[0] + "/" + name)
        yield empty_house.founded()
        server.execute(f"drop database {name} with (force)")
    server.close()
