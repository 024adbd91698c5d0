"""A letter for each who is meant, once, whatever crashes; and a ledger that always adds up."""

import random
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.community import broadcasts, places, residents, sending
from bot.community.broadcasts import Plan
from bot.community.outlook import ledger, outlook
from bot.community.residents import Person
from bot.refusals import BroadcastInvalid
from bot.store import broadcasts as store
from bot.store import residents as residents_store
from bot.store.engine import open_engine, transaction
from bot.store.opening import vault_for
from bot.store.tables import Letter, Place, Resident

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
WORDS = {"en": ("Water", "No water on Tuesday."), "pl": ("Woda", "We wtorek nie ma wody.")}
PLAN = Plan("info", words=WORDS)


class Neighbourhood:
    """Millbrook without a bot: its rules, and letters that nobody delivers but the test."""

    def __init__(self, database, folder):
        self.engine = open_engine(database)
        self.vault = vault_for(self.engine, folder, None)[0]
        self.now = NOON
        with self.session() as session:
            place = places.add_place(session, "millbrook", "Millbrook", "Trust", ["en", "pl", "ur"], "Europe/London")
            self.patches = {name: places.add_patch(session, place, name).id for name in ("Mill Road", "Station")}

    def session(self):
        return transaction(self.engine, self.vault)

    def joins(self, number, language="en", *roles, patch=None, agrees=True):
        with self.session() as session:
            place = session.query(Place).one()
            person = Person(number, self.vault.keys.lookup(number), "Amina", language, None)
            consents = {"messages": agrees}
            made = residents.join(session, person, place, language, consents, self.patches.get(patch), self.now)
            for role in roles:
                residents_store.give_role(session, made, role)
            return made.id

    def drafted(self, plan=PLAN):
        with self.session() as session:
            return broadcasts.draft(session, session.query(Place).one(), plan, self.now).id

    def sent(self, plan=PLAN):
        number = self.drafted(plan)
        self.do(number, broadcasts.send, self.now)
        return number

    def do(self, number, act, *given, **named):
        with self.session() as session:
            return act(session, store.broadcast_by_id(session, number), *given, **named)

    def tick(self):
        with self.session() as session:
            return sending.send_due_broadcasts(session, self.now) + sending.mend_broadcasts(session, self.now)

    def letters(self, number, *, kinds=store.FIRST):
        with self.session() as session:
            found = session.query(Letter).filter(Letter.broadcast_id == number, Letter.kind.in_(kinds))
            return [(letter.resident_id, letter.state) for letter in found.order_by(Letter.id)]

    def settles(self, state, most=None, **more):
        """What delivery does with letters that wait."""
        with self.session() as session:
            for letter in session.query(Letter).filter(Letter.state == "queued").order_by(Letter.id).limit(most):
                letter.state, letter.message_id = state, 1000 + letter.id if state == "sent" else None
                if state == "sent":
                    reader = session.get(Resident, letter.resident_id)
                    letter.said_in = reader.language if reader.language in WORDS else "en"
                    letter.said_revision = store.broadcast_by_id(session, letter.broadcast_id).revision
                for name, value in more.items():
                    setattr(letter, name, value)

    def ledger(self, number):
        return self.do(number, ledger)


@pytest.fixture
def millbrook(database, tmp_path):
    made = Neighbourhood(database, tmp_path / "data")
    yield made
    made.engine.dispose()


def test_everybody_who_is_meant_gets_one_letter_in_slices(millbrook, monkeypatch):
    monkeypatch.setattr(sending, "SLICE", 3)
    people = [millbrook.joins(number) for number in range(1, 11)]
    number = millbrook.sent()
    assert [millbrook.tick() for _ in range(5)] == [3, 3, 3, 1, 0]
    assert [resident for resident, _state in millbrook.letters(number)] == people
    assert millbrook.ledger(number).expected == 10


def test_a_crash_while_letters_are_written_doubles_and_loses_none(millbrook, monkeypatch):
    """facts/failures.md F14: the slice that was cut short is written again, the ones before it are not."""
    monkeypatch.setattr(sending, "SLICE", 3)
    people = [millbrook.joins(number) for number in range(1, 9)]
    number = millbrook.sent()
    for crash in (True, False, True, True, False, False, False):
        try:
            with millbrook.session() as session:
                sending.send_due_broadcasts(session, millbrook.now)
                assert not crash
        except AssertionError:
            continue
    assert [resident for resident, _state in millbrook.letters(number)] == people
    assert millbrook.ledger(number).balances


def test_only_those_are_meant_who_are_here_and_agreed_and_fit_every_line(millbrook):
    everyone = millbrook.joins(1)
    volunteer = millbrook.joins(2, "pl", "volunteer", patch="Mill Road")
    on_the_road = millbrook.joins(3, "pl", patch="Mill Road")
    millbrook.joins(4, "pl", agrees=False)
    gone = millbrook.joins(5)
    with millbrook.session() as session:
        residents.stop(session, session.get(Resident, gone))
    road = millbrook.patches["Mill Road"]
    cases = [
        ({}, [everyone, volunteer, on_the_road]),
        ({"roles": ["volunteer", "coordinator"]}, [volunteer]),
        ({"patches": [road]}, [volunteer, on_the_road]),
        ({"languages": ["pl"]}, [volunteer, on_the_road]),
        ({"languages": ["en"]}, [everyone]),
        ({"roles": ["volunteer"], "languages": ["pl"], "patches": [road]}, [volunteer]),
    ]
    for audience, meant in cases:
        number = millbrook.sent(Plan("info", words=WORDS, audience=audience))
        assert millbrook.do(number, outlook, millbrook.now).people == len(meant)
        millbrook.tick()
        assert [resident for resident, _state in millbrook.letters(number)] == meant, audience


def test_a_message_to_nobody_is_not_sent(millbrook):
    millbrook.joins(1, agrees=False)
    number = millbrook.drafted()
    with pytest.raises(BroadcastInvalid):
        millbrook.do(number, broadcasts.send, millbrook.now)
    assert millbrook.do(number, lambda _session, one: one.state) == "draft"


def test_a_message_waits_for_its_time_and_for_a_decent_hour(millbrook):
    millbrook.joins(1)
    later = NOON + timedelta(hours=10)
    number = millbrook.sent(Plan("info", words=WORDS, send_at=later))
    assert millbrook.tick() == 0
    millbrook.now = later + timedelta(seconds=1)
    assert millbrook.tick() == 1
    urgent = millbrook.sent(Plan("urgent", words=WORDS))
    assert millbrook.tick() == 1
    with millbrook.session() as session:
        waits = {letter.broadcast_id: letter.not_before for letter in session.query(Letter)}
    assert waits[number] == datetime(2026, 12, 2, 8, tzinfo=UTC)
    assert waits[urgent] == millbrook.now


def test_cancelled_half_way_the_states_add_up(millbrook):
    for number in range(1, 8):
        millbrook.joins(number)
    number = millbrook.sent()
    millbrook.tick()
    millbrook.settles("sent", 3)
    millbrook.settles("sending", 1)
    assert millbrook.do(number, broadcasts.cancel) == 3
    kept = millbrook.ledger(number)
    assert (kept.expected, kept.states["sent"], kept.states["cancelled"], kept.states["waiting"]) == (7, 3, 3, 1)
    assert kept.balances
    assert millbrook.tick() == 0
    with pytest.raises(BroadcastInvalid):
        millbrook.do(number, broadcasts.cancel)


def test_cancelled_while_letters_are_still_written_no_more_are(millbrook, monkeypatch):
    monkeypatch.setattr(sending, "SLICE", 2)
    for number in range(1, 6):
        millbrook.joins(number)
    number = millbrook.sent()
    millbrook.tick()
    millbrook.do(number, broadcasts.cancel)
    assert millbrook.tick() == 0
    assert millbrook.ledger(number).states["cancelled"] == millbrook.ledger(number).expected == 2


def test_it_is_sent_once_nothing_waits(millbrook):
    millbrook.joins(1)
    number = millbrook.sent()
    for state in ("queued", "sending", "held", "sent"):
        with millbrook.session() as session:
            session.query(Letter).update({"state": state})
        millbrook.tick()
        expected = "sent" if state == "sent" else "sending"
        assert millbrook.do(number, lambda _session, one: one.state) == expected


def test_a_correction_owes_an_edit_to_each_who_has_it_and_an_event_a_new_message(millbrook, monkeypatch):
    monkeypatch.setattr(sending, "SLICE", 4)
    people = [millbrook.joins(number, tag) for number, tag in enumerate(("en", "pl", "ur", "en", "pl"), 1)]
    info, event = millbrook.sent(), millbrook.sent(Plan("event", words=WORDS))
    while millbrook.tick():
        pass
    millbrook.settles("sent")
    better = Plan("info", words={"en": ("Water", "No water on Wednesday.")})
    assert millbrook.do(info, broadcasts.correct, better, millbrook.now) is False
    assert millbrook.do(event, broadcasts.correct, better, millbrook.now) is True
    while millbrook.tick():
        pass
    for number, again in ((info, 0), (event, len(people))):
        assert sorted(who for who, _ in millbrook.letters(number, kinds=("broadcast_edit",))) == people
        assert len(millbrook.letters(number)) == len(people) + again
        assert millbrook.ledger(number).balances
        assert millbrook.ledger(number).expected == len(people) + again
    assert millbrook.tick() == 0


def test_those_who_got_the_source_get_an_edit_once_their_language_is_there(millbrook):
    for number, tag in enumerate(("en", "pl", "ur"), 1):
        millbrook.joins(number, tag)
    number = millbrook.sent()
    millbrook.tick()
    millbrook.settles("sent")
    assert millbrook.tick() == 0
    with millbrook.session() as session:
        text = store.broadcast_by_id(session, number).text_id
        store.keep_wording(session, text, "ur", "پانی", "منگل کو پانی نہیں ہوگا۔", 1)
    assert millbrook.tick() == 1
    assert [state for _who, state in millbrook.letters(number, kinds=("broadcast_edit",))] == ["queued"]
    assert millbrook.tick() == 0


ACTS = st.lists(
    st.sampled_from(
        ["tick", "tick", "sent", "dead", "expired", "unknown", "unneeded", "held", "joins", "forgets", "stops", "cancel",
         "correct", "again", "unreachable"]
    ),
    max_size=25,
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(acts=ACTS, seed=st.integers(0, 2**16))
def test_the_ledger_balances_whatever_happens(migrated_sqlite, tmp_path_factory, acts, seed):
    """Property: after every act the letters are as many as were expected, each in one state."""
    folder = tmp_path_factory.mktemp("ledger")
    shutil.copy(migrated_sqlite, folder / "kith.db")
    town, dice = Neighbourhood(f"sqlite:///{folder / 'kith.db'}", folder / "data"), random.Random(seed)
    people = [town.joins(number, dice.choice(("en", "pl", "ur"))) for number in range(1, 7)]
    number = town.sent()
    try:
        for act in acts:
            _happens(town, number, people, act, dice)
            kept = town.ledger(number)
            assert kept.balances, (act, kept)
            first = [who for who, _state in town.letters(number)]
            assert len(first) == sum(kept.states.values())
    finally:
        town.engine.dispose()
        shutil.rmtree(folder)


def _happens(town, number, people, act, dice):
    if act == "tick":
        town.tick()
    elif act == "joins":
        people.append(town.joins(1000 + dice.getrandbits(40)))
    elif act in {"forgets", "stops"} and people:
        with town.session() as session:
            person = session.get(Resident, people.pop(dice.randrange(len(people))))
            (residents.forget if act == "forgets" else residents.stop)(session, person)
    elif act in {"cancel", "correct", "again"}:
        try:
            if act == "cancel":
                town.do(number, broadcasts.cancel)
            else:
                plan = Plan("info", words={"en": (None, f"Changed {dice.random()}.")})
                town.do(number, broadcasts.correct, plan, town.now, again=act == "again")
        except BroadcastInvalid:
            return
    elif act == "unreachable":
        town.settles("dead", 1, reason="blocked or gone")
    elif act not in {"forgets", "stops"}:
        town.settles(act, dice.randint(1, 4))
