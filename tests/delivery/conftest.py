"""Kinds of letters for tests, lives of a sender at the store's own door, and faults that a run may have planted."""

import os
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from bot.community import letters, outcomes, places, post, residents
from bot.community.letters import BROADCAST, FOLLOW_UP, URGENT, Kind, Matter, owe
from bot.community.parcels import Desk
from bot.community.residents import Person
from bot.replies import Screen
from bot.screens.letters import WORDS
from bot.store import senders
from bot.store.engine import open_engine, transaction
from bot.store.tables import Letter
from bot.store.vault import open_vault
from tests.delivery.plants import PLANTS

BOT = 4242
DAY = timedelta(days=1)


def _about(session, reading):
    return Matter(str(reading.facts(session)["words"]))


TEST_KINDS = {
    "test_note": Kind(FOLLOW_UP, DAY, _about, any_hour=True),
    "test_once": Kind(FOLLOW_UP, DAY, _about, at_most_once=True, any_hour=True),
    "test_news": Kind(BROADCAST, 14 * DAY, _about, unasked=True),
    "test_alarm": Kind(URGENT, DAY, _about, any_hour=True),
}


@pytest.fixture(autouse=True)
def kinds(monkeypatch):
    """One kind of each promise; whatever fault this run has planted (tests/delivery/test_planted_faults.py)."""
    for name, kind in TEST_KINDS.items():
        monkeypatch.setitem(letters.KINDS, name, kind)
        monkeypatch.setitem(WORDS, name, Screen)
    if planted := os.environ.get("KITH_TEST_PLANT"):
        PLANTS[planted](monkeypatch)


class Office:
    """A place, its residents and letters, without a Telegram: what was said is a list, and time is a number."""

    def __init__(self, database, folder):
        self.engine = open_engine(database)
        self.vault = open_vault(folder, None)[0]
        self.now = datetime(2026, 11, 3, 12, tzinfo=UTC)
        self.said = []
        with self.open() as session:
            place = places.add_place(session, "millbrook", "Millbrook", "Trust", ["en"], "Europe/London")
            self.place_id = place.id

    def open(self):
        return transaction(self.engine, self.vault)

    def do(self, work):
        with self.open() as session:
            return work(session)

    def resident(self, number, language="en"):
        def join(session):
            place = places.place_for_newcomer(session, "millbrook")
            person = Person(number, session.vault.keys.lookup(number), f"P{number}", language, None)
            return residents.join(session, person, place, language, {}, None, self.now).id

        return self.do(join)

    def owes(self, resident, words="hello", kind="test_note", dedupe=None, **more):
        key = dedupe or f"{kind}:{words}:{resident}"
        return self.do(
            lambda session: owe(
                session, self.place_id, kind, {"words": words}, key, self.now, resident_id=resident, **more
            )
        )

    def letter(self, number):
        def read(session):
            letter = session.get(Letter, number)
            return letter.state, letter.uncertain, letter.attempts

        return self.do(read)

    def states(self):
        return self.do(lambda session: [letter.state for letter in session.query(Letter).order_by(Letter.id)])


class Life:
    """One process that sends: it lives until it is forgotten, as after kill -9."""

    def __init__(self, office):
        self.office, self.desk = office, Desk(BOT)
        with office.open() as session:
            self.desk.term = senders.take(session, BOT, "test", anyway=True).term
            post.begin(session, self.desk, office.now)

    def takes(self, most=16, ahead=None):
        return self.turns([], most, ahead)

    def turns(self, outcomes, most=0, ahead=None):
        office = self.office
        return office.do(
            lambda session: post.turn(session, self.desk, outcomes, office.now, most, ahead or most, lambda _chat: 0.0)
        )

    def says(self, parcel):
        """Telegram accepts it."""
        self.office.said.append(parcel.reading.id)
        return outcomes.sent(parcel, {"message_id": len(self.office.said)})

    def recovers(self):
        """The look that finds claims whose time is over."""
        self.office.do(lambda session: post.look_after(session, self.desk, self.office.now))


@contextmanager
def opened_office(database, folder):
    office = Office(database, folder)
    try:
        yield office
    finally:
        office.engine.dispose()


@pytest.fixture
def office(database, tmp_path):
    with opened_office(database, tmp_path / "data") as made:
        yield made
