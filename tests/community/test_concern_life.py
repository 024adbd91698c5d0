"""Whatever happens in whatever order: an open concern has somebody who acts next, and nobody it is about gets a letter."""

import itertools
import random
import shutil
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from bot.community import concern_desk, concern_seen, concern_steps, concerns, letters, places, residents
from bot.community.concern_rules import FIRST, LEAD, NOBODY, ORGANISERS, RUN_THINGS, SECOND, Lead, receivers
from bot.community.concerns import Telling
from bot.community.letters import KINDS
from bot.community.residents import Person
from bot.refusals import Refusal
from bot.screens.letters import word
from bot.store import concerns as store
from bot.store import residents as residents_store
from bot.store.engine import open_engine, transaction
from bot.store.tables import Concern, ConcernMessage, Letter, Resident
from bot.store.vault import open_vault

NOW = datetime(2026, 10, 23, 11, tzinfo=UTC)  # two days before the clocks go back
PEOPLE = {"Amina": (), "Janek": (), "Ruth": (FIRST,), "Sam": (SECOND,), "George": ("coordinator",)}
ROLES = (FIRST, SECOND, "coordinator", "steering")
REACHED = set()


@given(
    leads=st.lists(
        st.builds(Lead, st.integers(1, 9), st.frozensets(st.sampled_from(ROLES))), unique_by=lambda lead: lead.id
    ),
    reporter=st.none() | st.integers(1, 9),
    named=st.sets(st.integers(1, 9)),
    against=st.sampled_from(["neighbour", LEAD, ORGANISERS, NOBODY]),
)
def test_nobody_named_ever_receives_it_and_whoever_may_is_found(leads, reporter, named, against):
    found = receivers(leads, reporter, named, against)
    assert not set(found) & (named | {reporter})
    by_id = {lead.id: lead.roles for lead in leads}
    if against == ORGANISERS:
        assert not any(by_id[one] & RUN_THINGS for one in found)
    elif against == LEAD:
        assert not any(FIRST in by_id[one] for one in found)
    else:
        assert set(found) == set(by_id) - named - {reporter}
        firsts = [FIRST in by_id[one] for one in found]
        assert firsts == sorted(firsts, reverse=True), "the first lead is first in line"


@pytest.fixture(scope="module")
def template(tmp_path_factory, migrated_sqlite):
    folder = tmp_path_factory.mktemp("concerns")
    shutil.copy(migrated_sqlite, folder / "kith.db")
    engine = open_engine(f"sqlite:///{folder / 'kith.db'}")
    vault, _made = open_vault(folder / "data", None)
    with transaction(engine, vault) as session:
        place = places.add_place(session, "millbrook", "Millbrook", "The Trust", ["en"], "Europe/London")
        for number, name in enumerate(PEOPLE):
            settle(session, place, name, 7000 + number)
    engine.dispose()
    return folder


def settle(session, place, name, telegram_id):
    who = Person(telegram_id, session.vault.keys.lookup(telegram_id), name, "en", None)
    made = residents.join(session, who, place, "en", dict.fromkeys(residents.PURPOSES, True), None, NOW)
    for role in PEOPLE[name]:
        residents_store.give_role(session, made, role)
    return made


class Life(RuleBasedStateMachine):
    """Two who tell, two leads and a coordinator, whose roles change; a clock, leaving and coming back."""

    folder = None
    lives = itertools.count()

    @initialize()
    def begin(self):
        number = next(self.lives)
        self.path = self.folder / f"life{number}.db"
        shutil.copy(self.folder / "kith.db", self.path)
        self.engine = open_engine(f"sqlite:///{self.path}")
        self.vault, _ = open_vault(self.folder / "data", None)
        self.now = NOW
        self.ids = itertools.count(9000 + number * 1000)
        with transaction(self.engine, self.vault) as session:
            self.people = {residents_store.name_of(session, one): one.id for one in session.scalars(select(Resident))}

    def teardown(self):
        if hasattr(self, "engine"):
            self.engine.dispose()
            self.path.unlink()

    def does(self, work):
        with suppress(Refusal), transaction(self.engine, self.vault) as session:
            work(session)

    def who(self, session, name):
        return session.get(Resident, self.people[name])

    @rule(
        name=st.sampled_from(list(PEOPLE)),
        about=st.sampled_from(["safety", "money", "organisers"]),
        against=st.sampled_from([LEAD, ORGANISERS, NOBODY]),
    )
    def tells(self, name, about, against):
        self.does(
            lambda session: concerns.report(
                session, self.who(session, name), Telling(about, against, f"SECRET {name}"), self.now
            )
        )

    @rule(
        name=st.sampled_from(list(PEOPLE)),
        what=st.sampled_from(["show", "have", "write", "close", "not_content", "code"]),
        chance=st.integers(0, 99),
    )
    def somebody_acts(self, name, what, chance):
        def work(session):
            known = session.scalars(select(Concern.id).order_by(Concern.id)).all()
            if not known:
                return
            me, number = self.who(session, name), random.Random(chance).choice(known)
            act = {
                "show": lambda: concerns.show(session, me, number, self.now),
                "have": lambda: concerns.acknowledge(session, me, number, self.now),
                "write": lambda: concerns.write_to(session, me, number, "SECRET more", "", self.now),
                "close": lambda: concerns.close(session, me, number, self.now),
                "not_content": lambda: concerns.not_content(session, me, number, self.now),
                "code": lambda: concern_desk.desk_code(session, me, number, self.now),
            }
            act[what]()
            assert me.id not in store.named_in(session, number), "somebody it is about had a hand in it"

        self.does(work)

    @rule(chance=st.integers(0, 99), what=st.sampled_from(["have", "write", "close"]))
    def its_lead_acts(self, chance, what):
        def work(session):
            known = session.scalars(select(Concern).where(Concern.lead_id.is_not(None)).order_by(Concern.id)).all()
            if not known:
                return
            concern = random.Random(chance).choice(known)
            lead = session.get(Resident, concern.lead_id)
            match what:
                case "have":
                    concerns.acknowledge(session, lead, concern.id, self.now)
                case "write":
                    concerns.write_to(session, lead, concern.id, "SECRET answer", "", self.now)
                case _:
                    concerns.close(session, lead, concern.id, self.now)

        self.does(work)

    @rule(name=st.sampled_from(list(PEOPLE)), role=st.sampled_from(ROLES), given=st.booleans())
    def roles_change(self, name, role, given):
        def work(session):
            me = self.who(session, name)
            if given:
                residents_store.give_role(session, me, role)
            else:
                residents_store.take_role(session, me.id, role)

        self.does(work)

    @rule(often=st.integers(0, 2))
    def no_lead_is_left_for_a_while(self, often):
        def work(session):
            for person in self.people.values():
                for role in (FIRST, SECOND):
                    residents_store.take_role(session, person, role)

        if not often:
            self.does(work)
            self.time_passes_by(1)

    @rule(
        name=st.sampled_from(list(PEOPLE)),
        what=st.sampled_from(["forget", "stop", "lose", "back", "back"]),
        often=st.integers(0, 2),
    )
    def leaves_or_comes_back(self, name, what, often):
        if often and what != "back":
            return

        def work(session):
            me = self.who(session, name)
            match what:
                case "forget":
                    place = places.place_of(session, me)
                    residents.forget(session, me)
                    self.people[name] = settle(session, place, name, next(self.ids)).id
                case "stop":
                    residents.stop(session, me)
                case "lose":
                    residents.lose(session, me.id)
                case _:
                    residents.come_back(session, me)

        self.does(work)

    @rule(times=st.integers(1, 5))
    def nobody_acts_until_the_next_things_are_due(self, times):
        for _ in range(times):
            with transaction(self.engine, self.vault) as session:
                due = session.scalars(select(Concern.due_at).where(Concern.state == "open").order_by(Concern.due_at))
                minutes = max(0, ((due.first() or self.now) - self.now).total_seconds()) / 60
            self.time_passes_by(minutes + 1)

    @rule(minutes=st.sampled_from([1, 61, 125, 60 * 13, 60 * 25, 60 * 24 * 8, 60 * 24 * 95]))
    def time_passes(self, minutes):
        self.time_passes_by(minutes)

    def time_passes_by(self, minutes):
        """The tick, until nothing is due any more."""
        self.now += timedelta(minutes=minutes)
        for _ in range(20):
            seen = []
            self.does(lambda session, seen=seen: seen.append(concern_steps.see_to_concerns(session, self.now)))
            if not seen[0]:
                break
        else:
            raise AssertionError("the tick never comes to an end")
        self.does(lambda session: concern_steps.forget_old(session, self.now))
        with transaction(self.engine, self.vault) as session:
            for concern in session.scalars(select(Concern).where(Concern.state == "open")):
                able = concern_seen.receivers_now(session, concern)
                assert concern.due_at > self.now, "due, and nobody has seen to it"
                assert concern.lead_id in able if able else concern.next_actor == "place"

    @invariant()
    def an_open_concern_has_somebody_who_acts_next_and_by_when(self):
        if not hasattr(self, "engine"):
            return
        with transaction(self.engine, self.vault) as session:
            for concern in session.scalars(select(Concern)):
                REACHED.add((concern.state, concern.next_actor, concern.escalated_at is not None))
                assert (concern.state == "closed") == (concern.due_at is None) == (concern.next_actor is None)
                if concern.reporter_id is None:
                    said = select(ConcernMessage).where(ConcernMessage.concern_id == concern.id)
                    assert not session.scalars(said).all(), "words of somebody who has erased themselves"

    @invariant()
    def no_letter_goes_to_anybody_it_is_about_or_holds_a_word_or_a_name(self):
        if not hasattr(self, "engine"):
            return
        with transaction(self.engine, self.vault) as session:
            for row in session.scalars(select(Letter).where(Letter.kind.startswith("concern"))):
                reading = letters.Reading(
                    row.id, row.kind, row.place_id, row.dedupe, row.facts, "en", None, row.resident_id, None, None, None
                )
                facts = reading.facts(session)
                assert "SECRET" not in repr(facts)
                named = store.named_in(session, int(facts["concern"]))
                assert row.resident_id not in named, "a letter is owed to somebody it is about"
                matter = KINDS[row.kind].about(session, reading)
                if matter is not None:
                    said = word(row.kind, matter.content, "en", to_group=False).text
                    assert not any(name in said for name in (*PEOPLE, "SECRET"))


@pytest.mark.long
def test_a_concerns_life_never_ends_up_with_nobody(template):
    Life.folder = template
    REACHED.clear()
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=40,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    states = {(state, actor) for state, actor, _escalated in REACHED}
    assert {("open", "lead"), ("open", "reporter"), ("open", "place"), ("closed", None)} <= states
    assert any(escalated for _state, _actor, escalated in REACHED)
