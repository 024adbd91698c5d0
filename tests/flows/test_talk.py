"""Conversations: asked in order, kept over restarts and deploys, left at any time; nothing is done before the end."""

import re
import shutil
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from bot.community import drafts, places, residents
from bot.community.residents import Person
from bot.flows import FLOWS
from bot.flows.talk import Choice, Flow
from bot.handlers import talks
from bot.handlers.here import where
from bot.refusals import Refusal
from bot.replies import Edit, Say, Screen, Toast
from bot.screens.language import Html, speaking
from bot.screens.refusals import explain
from bot.store import drafts as drafts_store
from bot.store import residents as residents_store
from bot.store.engine import open_engine, transaction
from bot.store.tables import Draft, Strike
from bot.store.vault import KeysWrong, open_vault
from bot.taps import AnswerTap, MoveTap
from tests.town import millbrook, plain

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)
FRUIT = [Choice(f"f{n}", f"Fruit {n}") for n in range(1, 31)]
YES_NO = [Choice("yes", "Yes"), Choice("no", "No")]


def fete(talk, *, asks=("fruit", "note", "when", "sure"), fruit=tuple(FRUIT)):
    """A made-up conversation with every kind of question; what it writes is one row."""
    said = {}
    for name in asks:
        match name:
            case "fruit":
                said[name] = talk.choose(name, Html("Which fruit?"), list(fruit))
            case "note":
                said[name] = talk.write(name, Html("What else?"), at_most=20, may_skip=True)
            case "sure":
                talk.confirm(name, Html("Shall it be?"), "Yes, do it")
            case _:
                said[name] = talk.choose(name, Html(f"What about {name}?"), YES_NO, may_skip=True)
    talk.session.add(Strike(lookup=b"fete".ljust(16), tries=1, since=talk.now))
    talk.session.flush()
    return Screen(f"Done: {said}")


@pytest.fixture(scope="module")
def hall(tmp_path_factory, migrated_sqlite):
    """A store with Millbrook, Amina of its steering group, and nothing else."""
    folder = tmp_path_factory.mktemp("hall")
    shutil.copy(migrated_sqlite, folder / "kith.db")
    engine = open_engine(f"sqlite:///{folder / 'kith.db'}")
    vault, _made = open_vault(folder / "data", None)
    with transaction(engine, vault) as session:
        place = places.add_place(session, "millbrook", "Millbrook", "The Trust", ["en", "pl"], "Europe/London")
        for name in ("Mill Road", "Station"):
            places.add_patch(session, place, name)
        amina = residents.join(session, person_of(session, "Amina", 7001), place, "en", {}, None, NOW)
        residents_store.give_role(session, amina, "steering")
    yield engine, vault
    engine.dispose()


class Undone(Exception):
    """Ends a test's transaction, so that the next begins with the same rows."""


@pytest.fixture
def session(hall):
    with suppress(Undone), transaction(*hall) as session, speaking("en"):
        yield session
        raise Undone


@pytest.fixture
def fetes(monkeypatch):
    """The made-up conversation, known to the house; give it arguments to deploy another version."""

    def deploy(**version):
        monkeypatch.setitem(FLOWS, "fete", Flow(lambda talk: fete(talk, **version), questions=4))

    deploy()
    return deploy


def person_of(session, name, telegram_id):
    lookup = session.vault.keys.lookup(telegram_id)
    return Person(telegram_id, lookup, name, "en", residents_store.resident_found_by(session, lookup))


class Chat:
    """One person's side of a conversation, without Telegram: what they press and write, and what they see."""

    def __init__(self, session, name="Amina", telegram_id=7001):
        self.session, self.now = session, NOW
        self.name, self.telegram_id = name, telegram_id
        self.seen, self.toast = [], ""

    @property
    def person(self):
        return person_of(self.session, self.name, self.telegram_id)

    @property
    def screen(self):
        return self.seen[-1]

    @property
    def reads(self):
        return plain(re.sub("<[^>]+>", "", self.screen.text))

    @property
    def buttons(self):
        return {plain(button.label): button for row in self.screen.rows for button in row}

    @property
    def draft(self):
        return drafts.draft_of(self.session, self.person.lookup, self.now)

    def begins(self, flow="fete", **luggage):
        self.seen.append(talks.begin(self.session, self.person, flow, luggage, self.now))
        return self

    def presses(self, label):
        return self.sends(self.buttons[label].tap)

    def sends(self, tap):
        """A tap, from a button that is there, was there or never was."""
        work = talks.answered if isinstance(tap, AnswerTap) else talks.moved
        return self._hears(lambda: work(tap, self.session, self.person, self.now))

    def writes(self, text):
        return self._hears(lambda: talks.written(self.session, self.person, self.draft, text, self.now))

    def _hears(self, work):
        """What the boundary does: a refusal undoes all, and is said."""
        with self.session.begin_nested() as step, speaking("en"):
            try:
                replies = work()
            except Refusal as refusal:
                step.rollback()
                replies = [Toast(explain(refusal))]
        assert replies, "nobody is ever met with silence"
        self.toast = next((plain(reply.text) for reply in replies if isinstance(reply, Toast)), "")
        self.seen += [reply.screen for reply in replies if isinstance(reply, Say | Edit)]
        return self.reads


@pytest.fixture
def amina(session, fetes):
    return Chat(session).begins()


def written_by(session):
    """All rows of all tables, the conversation's own left out."""
    tables = [table for table in Draft.metadata.sorted_tables if table.name != Draft.__tablename__]
    return {table.name: sorted(map(str, session.connection().execute(select(table)))) for table in tables}


# Going through


def test_each_answer_brings_the_next_question_and_the_last_does_it(amina, session):
    before = written_by(session)
    assert "Which fruit?" in amina.reads
    assert "2 of 4" in amina.presses("Fruit 3")
    assert "3 of 4" in amina.writes("with cream")
    assert "4 of 4" in amina.presses("No")
    assert written_by(session) == before
    assert amina.presses("Yes, do it") == "Done: {'fruit': 'f3', 'note': 'with cream', 'when': 'no'}"
    assert session.query(Strike).count() == 1
    assert amina.draft is None


def test_back_goes_to_the_question_before_and_keeps_the_rest(amina):
    amina.presses("Fruit 3")
    amina.writes("with cream")
    assert "What else?" in amina.presses("Back")
    assert "Which fruit?" in amina.presses("Back")
    assert "Back" not in amina.buttons
    amina.presses("Fruit 4")
    amina.presses("Skip")
    amina.presses("Skip")
    assert amina.presses("Yes, do it") == "Done: {'fruit': 'f4', 'note': '', 'when': ''}"


def test_only_what_may_be_skipped_can_be(amina):
    assert "Skip" not in amina.buttons
    turn = amina.buttons["Cancel"].tap.turn
    assert "Which fruit?" in amina.sends(MoveTap(turn, "skip"))
    amina.presses("Fruit 1")
    assert "Skip" in amina.buttons


def test_cancel_ends_it_and_keeps_nothing(amina, session):
    before = written_by(session)
    amina.presses("Fruit 1")
    assert "Nothing was kept" in amina.presses("Cancel")
    assert amina.draft is None
    assert written_by(session) == before


def test_words_where_a_button_is_wanted_are_answered_kindly(amina):
    assert "press one of the buttons" in amina.writes("an apple, please")
    assert "Which fruit?" in amina.reads
    assert amina.draft.answers == {}


def test_words_that_are_too_long_are_not_kept(amina):
    amina.presses("Fruit 1")
    assert "at most 20 characters" in amina.writes("x" * 21)
    assert "note" not in amina.draft.answers
    assert "3 of 4" in amina.writes("x" * 20)


# Long lists


def test_a_long_list_comes_in_pages_of_eight_buttons_at_most(amina):
    shown = []
    while True:
        choices = [label for label in amina.buttons if label.startswith("Fruit")]
        shown += choices
        assert len(choices) + ("More" in amina.buttons or "Earlier" in amina.buttons) <= 8
        if "More" not in amina.buttons:
            break
        amina.presses("More")
    assert shown == [choice.label for choice in FRUIT]
    while "Earlier" in amina.buttons:
        amina.presses("Earlier")
    assert "Fruit 1" in amina.buttons


def test_eight_choices_need_no_pages(session, fetes):
    fetes(fruit=FRUIT[:8])
    amina = Chat(session).begins()
    assert [label for label in amina.buttons if label != "Cancel"] == [f"Fruit {n}" for n in range(1, 9)]


@pytest.mark.parametrize("page", ["4", "5", "99", "9" * 40])
def test_a_page_that_is_no_more_shows_the_last(amina, page):
    amina.sends(MoveTap(amina.buttons["More"].tap.turn, f"page{page}"))
    assert "Fruit 30" in amina.buttons
    assert "More" not in amina.buttons
    assert "Earlier" in amina.buttons


# Buttons that are old, or never were


def test_a_button_of_an_earlier_question_is_answered_not_obeyed(amina):
    first = amina.buttons["Fruit 2"].tap
    amina.presses("Fruit 1")
    assert "What else?" in amina.sends(first)
    assert "behind us" in amina.toast
    assert amina.draft.answers == {"fruit": "f1"}


def test_a_button_of_an_earlier_conversation_is_answered_not_obeyed(amina):
    first, cancel = amina.buttons["Fruit 2"].tap, amina.buttons["Cancel"].tap
    amina.begins()
    for tap in (first, cancel):
        assert "Which fruit?" in amina.sends(tap)
        assert "behind us" in amina.toast
    assert amina.draft.answers == {}


def test_a_button_without_any_conversation_is_answered(amina):
    first = amina.buttons["Fruit 2"].tap
    amina.presses("Cancel")
    amina.sends(first)
    assert "This button is from earlier" in amina.toast


@pytest.mark.parametrize("move", ["", "page", "page-1", "page²", "pageone", "back", "sideways"])
def test_a_move_that_no_button_makes_moves_nothing(amina, move):
    amina.sends(MoveTap(amina.buttons["Cancel"].tap.turn, move))
    assert "This button is from earlier" in amina.toast
    assert amina.draft.answers == {}


def test_an_answer_that_was_never_offered_is_asked_again(amina):
    assert "Which fruit?" in amina.sends(AnswerTap(amina.buttons["Cancel"].tap.turn, "f31"))


# Restarts and deploys


def test_a_question_that_was_added_is_asked_and_back_leads_to_the_one_before_it(amina, fetes):
    amina.presses("Fruit 1")
    amina.writes("with cream")
    fetes(asks=("fruit", "where", "note", "when", "sure"))
    assert "What about when?" not in amina.writes("still there?")
    assert "What about where?" in amina.reads
    assert "2 of 4" in amina.reads
    assert "Which fruit?" in amina.presses("Back")
    assert "What about where?" in amina.presses("Fruit 5")
    assert "What about when?" in amina.presses("Yes"), "the note was kept"
    amina.presses("Skip")
    assert amina.presses("Yes, do it") == "Done: {'fruit': 'f5', 'where': 'yes', 'note': 'with cream', 'when': ''}"


def test_a_question_that_was_removed_is_forgotten(amina, fetes):
    amina.presses("Fruit 1")
    old = amina.buttons["Skip"].tap
    fetes(asks=("fruit", "when", "sure"))
    assert "What about when?" in amina.sends(old)
    amina.presses("No")
    assert amina.presses("Yes, do it") == "Done: {'fruit': 'f1', 'when': 'no'}"


def test_where_the_last_question_was_removed_the_next_tap_brings_it_to_its_end(amina, fetes, session):
    amina.presses("Fruit 1")
    fetes(asks=("fruit",))
    assert amina.presses("Skip") == "Done: {'fruit': 'f1'}"
    assert amina.draft is None
    assert session.query(Strike).count() == 1


def test_an_answer_no_longer_on_offer_is_asked_again(amina, fetes):
    amina.presses("Fruit 1")
    amina.writes("with cream")
    fetes(fruit=FRUIT[1:4])
    assert "Which fruit?" in amina.writes("hello?")
    assert "What about when?" in amina.presses("Fruit 2")
    assert "What else?" in amina.presses("Back")


def test_a_limit_that_was_lowered_asks_again(amina, monkeypatch):
    amina.presses("Fruit 1")
    amina.writes("twenty characters ok")

    def shorter(talk):
        talk.choose("fruit", Html("Which fruit?"), FRUIT)
        return Screen(talk.write("note", Html("Shorter, please:"), at_most=5))

    monkeypatch.setitem(FLOWS, "fete", Flow(shorter, 2))
    assert "Shorter, please:" in amina.presses("No")


def test_a_conversation_that_this_version_does_not_know_is_over(amina, monkeypatch):
    tap = amina.buttons["Fruit 1"].tap
    monkeypatch.delitem(FLOWS, "fete")
    amina.sends(tap)
    assert "This button is from earlier" in amina.toast
    with speaking("en"):
        assert "Millbrook" in where(amina.session, amina.person, NOW).text, "words lead to the menu"
    assert talks.under_way(amina.session, amina.person, NOW) is None


def test_who_loses_the_right_on_the_way_is_told_and_let_go(session):
    amina = Chat(session).begins("new_poll")
    amina.writes("What first?")
    residents_store.take_role(session, amina.person.resident.id, "steering")
    amina.writes("Crossing\nGarden")
    assert "another role" in amina.toast
    assert "another role" in amina.presses("Cancel")
    assert "another role" in amina.toast
    assert amina.draft is None


# What is kept, and for how long


def test_it_lasts_48_hours_from_the_last_word(amina):
    amina.now += timedelta(hours=47)
    amina.presses("Fruit 1")
    amina.now += timedelta(hours=47)
    assert amina.draft.answers == {"fruit": "f1"}
    amina.now += timedelta(hours=2)
    assert amina.draft is None
    amina.presses("Skip")
    assert "This button is from earlier" in amina.toast


def test_what_expired_is_deleted(amina, session):
    assert drafts_store.drop_expired(session, NOW + timedelta(hours=47)) == 0
    assert drafts_store.drop_expired(session, NOW + timedelta(hours=49)) == 1


def test_what_people_write_is_encrypted_and_bound_to_them(amina, session):
    amina.presses("Fruit 1")
    amina.writes("my door key is 4711")
    row = session.query(Draft).one()
    assert b"4711" not in row.answers
    assert b"fruit" not in row.answers
    assert drafts_store.answers_in(session, row)["note"] == "my door key is 4711"
    with pytest.raises(KeysWrong):
        drafts_store.answers_in(session, Draft(lookup=b"y" * 16, answers=row.answers))


def test_one_conversation_a_person(amina, session):
    amina.presses("Fruit 1")
    amina.begins("new_poll")
    assert session.query(Draft).count() == 1
    assert amina.draft.flow == "new_poll"


# Anything goes, in any order


class AnyConversation(RuleBasedStateMachine):
    """Answers, moves, old buttons and stray words in any order, with the house's real conversations and a made-up one."""

    hall = None

    def __init__(self):
        super().__init__()
        self._transaction = transaction(*self.hall)
        self._speaking = speaking("en")
        self.session = self._transaction.__enter__()
        self._speaking.__enter__()
        FLOWS["fete"] = Flow(fete, 4)

    @initialize(flow=st.sampled_from(["fete", "new_poll", "join"]))
    def begin(self, flow):
        newcomer = flow == "join"
        self.chat = Chat(self.session, "Zofia" if newcomer else "Amina", 8001 if newcomer else 7001)
        self.before = written_by(self.session)
        self.chat.begins(flow, _place="millbrook")
        self.flow = flow

    @property
    def open(self):
        return talks.under_way(self.session, self.chat.person, self.chat.now) is not None

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def press(self, data):
        self.chat.sends(self._any_tap(data, self.chat.seen[-1:]))

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def press_something_old(self, data):
        self.chat.sends(self._any_tap(data, self.chat.seen))

    @precondition(lambda self: not self.open)
    @rule(data=st.data())
    def press_something_after_the_end(self, data):
        ended = written_by(self.session)
        self.chat.sends(self._any_tap(data, self.chat.seen))
        assert "This button is from earlier" in self.chat.toast
        assert written_by(self.session) == ended

    def _any_tap(self, data, screens):
        taps = [button.tap for screen in screens for row in screen.rows for button in row]
        return data.draw(st.sampled_from([tap for tap in taps if isinstance(tap, AnswerTap | MoveTap)]))

    @precondition(lambda self: self.open)
    @rule(text=st.sampled_from(["Crossing\nGarden", "one", "a\na", "x" * 400, "<b>", "عربي"]))
    def write(self, text):
        self.chat.writes(text)

    @precondition(lambda self: self.open)
    @rule(value=st.text(max_size=8), name=st.sampled_from(["fruit", "title", "language", "sure", "open"]))
    def forge(self, value, name):
        self.chat.sends(AnswerTap(f"{self.chat.draft.token}.{name}", value.replace("\x00", "")))

    @precondition(lambda self: self.open)
    @rule(hours=st.integers(1, 60))
    def wait(self, hours):
        self.chat.now += timedelta(hours=hours)

    @invariant()
    def nothing_is_written_before_the_last_question(self):
        if hasattr(self, "flow") and self.open:
            assert written_by(self.session) == self.before

    @invariant()
    def screens_stay_small_and_say_something(self):
        if hasattr(self, "flow"):
            buttons = [button for row in self.chat.screen.rows for button in row]
            assert len([button for button in buttons if isinstance(button.tap, AnswerTap)]) <= 12
            assert self.chat.reads.strip()

    def teardown(self):
        try:
            if hasattr(self, "flow"):
                self._walk_to_the_end()
        finally:
            self._speaking.__exit__(None, None, None)
            with suppress(Undone):
                self._transaction.__exit__(Undone, Undone(), None)
            FLOWS.pop("fete", None)

    def _walk_to_the_end(self):
        """However tangled: somebody who answers what is asked comes to an end, in as many steps as there are questions."""
        for _step in range(12):
            if not self.open:
                break
            self.chat.writes("?")  # whatever is open is shown once more, or answered
            if self.open:
                shown = [button.tap for row in self.chat.screen.rows for button in row]
                answers = [tap for tap in shown if isinstance(tap, AnswerTap)]
                self.chat.sends(answers[0]) if answers else self.chat.writes(f"Crossing\nGarden {_step}")
        assert not self.open


def test_any_order_of_anything_writes_nothing_early_and_ends(hall):
    AnyConversation.hall = hall
    settled = settings(
        max_examples=25,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
    )
    run_state_machine_as_test(AnyConversation, settings=settled)


# With Telegram: what wins over any question


async def test_start_shows_a_resident_the_menu_and_ends_the_conversation(small_town):
    [amina] = await small_town.steering(("Amina", "en"))
    await amina.says("/newpoll")
    await amina.says("What first?")
    assert "Nothing waits for you." in await amina.starts()
    assert await small_town.store(lambda session: session.query(Draft).count()) == 0


@pytest.mark.parametrize("word", ["stop", "/stop", "STOP.", "Ștop", "detener", "رکو", "থামুন"])
async def test_a_stop_word_wins_over_a_question_that_takes_words(small_town, word):
    [amina] = await small_town.steering(("Amina", "en"))
    await amina.says("/newpoll")
    said = await amina.says(word)
    if word == "Ștop":
        assert "Which answers" in said, "no word of any language: it is an answer"
        return
    assert "You will get no more messages." in said
    assert await small_town.store(lambda session: session.query(Draft).count()) == 0


async def test_a_newcomer_who_starts_again_goes_on_where_they_were(small_town):
    zofia = small_town.person("Zofia", "pl")
    await zofia.starts()
    await zofia.taps("Polski")
    asked = zofia.reads
    assert await zofia.starts() == asked
    assert await zofia.says("/unknown") != asked
    assert asked in zofia.reads


async def test_a_conversation_survives_the_house(sqlite_database, tmp_path):
    async with millbrook(sqlite_database, tmp_path / "data") as town:
        zofia = town.person("Zofia", "en")
        await zofia.starts()
        await zofia.taps("English")
        draft = await town.store(lambda session: session.query(Draft).one())
        kept = await town.store(lambda session: drafts_store.answers_in(session, draft))
    engine = open_engine(sqlite_database)
    vault, _made = open_vault(tmp_path / "data", None)
    with transaction(engine, vault) as session, speaking("en"):
        chat = Chat(session, "Zofia", zofia.person.id)
        chat.now = datetime.now(UTC)
        assert chat.draft.answers == kept == {"_place": "millbrook", "language": "en"}
        again = talks.shown_again(session, chat.person, chat.now)
        assert "run by" in again.text
    engine.dispose()
