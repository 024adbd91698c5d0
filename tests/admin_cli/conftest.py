"""A house for the command line: an own data folder, `kith` run in this process, and neighbours put in by the rules."""

import os
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from admin_cli.door import opened
from admin_cli.main import app
from bot.community import polls, residents, voting
from bot.community.residents import Person
from bot.store import places
from bot.store import residents as residents_store

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


def settings_of(monkeypatch, folder):
    """Nothing of the machine's own settings reaches a house in this folder."""
    for name in [name for name in os.environ if name.startswith("KITH_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("KITH_DATA", str(folder / "data"))
    monkeypatch.setenv("COLUMNS", "200")
    return House(folder / "data")


@pytest.fixture
def empty_house(tmp_path, monkeypatch):
    """SQLite in a folder of its own, with nothing in it yet."""
    return settings_of(monkeypatch, tmp_path)


@pytest.fixture(scope="session")
def founded(tmp_path_factory):
    """The data folder of a house that was founded once, to be copied."""
    folder = tmp_path_factory.mktemp("founded")
    with pytest.MonkeyPatch.context() as monkeypatch:
        return settings_of(monkeypatch, folder).founded().data


@pytest.fixture
def house(empty_house, founded):
    shutil.copytree(founded, empty_house.data)
    return empty_house


@pytest.fixture(params=["sqlite", "postgres"])
def either_house(request, empty_house, monkeypatch):
    """As `house`, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        return request.getfixturevalue("house")
    address = request.getfixturevalue("postgres_database")
    monkeypatch.setenv("KITH_DATABASE_URL", address.replace("+psycopg", ""))
    return empty_house.founded()
