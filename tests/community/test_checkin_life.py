"""A check-in's whole life, whatever people do: nobody is counted twice, nor after they withdrew."""

import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.community import checkin_answers, checkins, places, residents
from bot.community.checkin_tables import CARRIED
from bot.community.checkins import Wish
from bot.community.instruments import named
from bot.community.residents import Person
from bot.community.rounds import seals_to_destroy
from bot.community.tally_release import POLICY, TallyRelease
from bot.refusals import CheckinClosed, NotAsked, OldButton
from bot.store import residents as residents_store
from bot.store import rounds as rounds_store
from bot.store.engine import open_engine, transaction
from bot.store.tables import Answer, Round
from bot.store.vault import open_vault

PEOPLE = range(5)
HAPPY = named("ons4.happy") + named("ons4.anxious")


@pytest.fixture(scope="module")
def template(migrated_sqlite):
    Life.template = migrated_sqlite
    return migrated_sqlite


class Life(RuleBasedStateMachine):
    """Five neighbours and a plan that comes again and again; `model` is what should be counted."""

    template = None

    @initialize()
    def found(self):
        self.folder = Path(tempfile.mkdtemp())
        shutil.copy(self.template, self.folder / "kith.db")
        self.engine = open_engine(f"sqlite:///{self.folder / 'kith.db'}")
        self.vault, _made = open_vault(self.folder / "data", None)
        self.now = datetime(2026, 6, 1, 12, tzinfo=UTC)
        self.counted = None
        self.model, self.on_roll, self.carried, self.wished = {}, set(), {}, set()
        self.do(self._found)

    def _found(self, session):
        place = places.add_place(session, "millbrook", "Millbrook", "us", ["en"], "UTC")
        for person in PEOPLE:
            self._join(session, place, person)
        wish = Wish(HAPPY, "everyone", [], 1, compare=True, every="0 10 * * *")
        self.plan = checkins.plan(session, place, wish, self.now).id

    def _join(self, session, place, person):
        lookup = session.vault.keys.lookup(person + 1)
        consents = dict.fromkeys(residents.PURPOSES, True)
        residents.join(
            session, Person(person + 1, lookup, f"P{person}", "en", None), place, "en", consents, None, self.now
        )

    def do(self, work):
        with transaction(self.engine, self.vault) as session:
            return work(session)

    def resident(self, session, person):
        return residents_store.resident_found_by(session, session.vault.keys.lookup(person + 1))

    def open_round(self, session):
        rows = session.query(Round).filter_by(state="open", kind="checkin").all()
        assert len(rows) <= 1, "one wave of a plan at a time"
        return rows[0] if rows else None

    @rule()
    def a_day_passes(self):
        self.now += timedelta(days=1)
        was = self.do(lambda session: getattr(self.open_round(session), "id", None))
        self._close_what_is_due(was)
        self.do(lambda session: checkins.open_due_waves(session, self.now))
        now = self.do(lambda session: getattr(self.open_round(session), "id", None))
        if now is not None and now != was:
            self.on_roll = self.do(self._agreeing)
            self.carried = {person: bands for person, bands in self.carried.items() if person in self.on_roll}

    def _agreeing(self, session):
        here = {person: self.resident(session, person) for person in PEOPLE}
        return {person for person, one in here.items() if one is not None and checkins.agreed(session, one.id)}

    def _close_what_is_due(self, was):
        caught = []

        def publish(counts):
            caught.append(counts.spend())
            return TallyRelease("w", {}, (), POLICY)

        real, checkins.publish_tallies = checkins.publish_tallies, publish
        try:
            self.do(lambda session: checkins.close_due(session, self.now))
        finally:
            checkins.publish_tallies = real
        for name in self.do(seals_to_destroy):
            self.vault.seals.destroy(name)
        if caught:
            self._check(*caught[0])
            ended = self.do(lambda session: session.get(Round, was)) if was else None
            assert ended is not None
            self.carried = {
                person: {
                    at: list(HAPPY[at - 1].bands).index(HAPPY[at - 1].band_of(value)) for at, value in given.items()
                }
                for person, given in self.model.items()
                if person in self.wished and given
            }
            self.model, self.on_roll, self.wished = {}, set(), set()

    def _check(self, cells, stages):
        answering = {person: given for person, given in self.model.items() if given}
        assert stages["answered"] == len(answering)
        for at, question in enumerate(HAPPY, 1):
            expected = [0] * len(question.bands)
            for given in answering.values():
                if at in given:
                    expected[list(question.bands).index(question.band_of(given[at]))] += 1
            assert cells[question.name, "all"] == [expected]
            both = [p for p, given in answering.items() if at in given and at in self.carried.get(p, {})]
            assert sum(cells[f"{question.name}, change", "all"][0]) == len(both)

    @rule(person=st.sampled_from(PEOPLE), at=st.sampled_from([1, 2]), value=st.integers(0, 10))
    def answer(self, person, at, value):
        if self._acts(person, lambda s, r, n: checkin_answers.answer(s, r, n, at, value, self.now)):
            self.model.setdefault(person, {})[at] = value

    @rule(person=st.sampled_from(PEOPLE), at=st.sampled_from([1, 2]))
    def take_back(self, person, at):
        if self._acts(person, lambda s, r, n: checkin_answers.answer(s, r, n, at, -1, self.now)):
            self.model.setdefault(person, {}).pop(at, None)

    @rule(person=st.sampled_from(PEOPLE), wished=st.booleans())
    def wish_comparison(self, person, wished):
        if self._acts(person, lambda s, r, n: checkin_answers.wish_comparison(s, r, n, self.now, wished=wished)):
            (self.wished.add if wished else self.wished.discard)(person)

    @rule(person=st.sampled_from(PEOPLE))
    def snooze(self, person):
        self._acts(person, lambda s, r, n: checkin_answers.snooze(s, r, n, self.now))

    def _acts(self, person, act):
        def work(session):
            resident, round_ = self.resident(session, person), self.open_round(session)
            if resident is None or round_ is None:
                return False
            act(session, resident, round_.id)
            return True

        try:
            done = self.do(work)
        except (NotAsked, CheckinClosed, OldButton):
            done = False
            open_now = self.do(self.open_round)
            assert person not in self.on_roll or open_now is None or open_now.closes_at <= self.now
        else:
            assert not done or person in self.on_roll
        return done

    @rule(person=st.sampled_from(PEOPLE), given=st.booleans())
    def agree_or_withdraw(self, person, given):
        def work(session):
            resident = self.resident(session, person)
            if resident is not None:
                residents.change_consent(session, resident, "checkins", self.now, given=given)

        self.do(work)
        if not given:
            self._gone(person)

    @rule(person=st.sampled_from(PEOPLE))
    def forget(self, person):
        def work(session):
            resident = self.resident(session, person)
            if resident is not None:
                residents.forget(session, resident)

        self.do(work)
        self._gone(person)

    @rule(person=st.sampled_from(PEOPLE))
    def come_again(self, person):
        def work(session):
            if self.resident(session, person) is None:
                self._join(session, places.place_for_newcomer(session, "millbrook"), person)

        self.do(work)

    def _gone(self, person):
        self.on_roll.discard(person)
        self.wished.discard(person)
        self.model.pop(person, None)
        self.carried.pop(person, None)

    @rule()
    def sweep(self):
        self.do(lambda session: checkins.sweep_withdrawn(session, self.now))

    @precondition(lambda self: self.plan is not None)
    @rule()
    def replan(self):
        def work(session):
            from bot.store.checkins import plan_by_id

            checkins.end_plan(session, plan_by_id(session, self.plan), self.now)
            place = places.place_for_newcomer(session, "millbrook")
            if self.open_round(session) is None:
                self.plan = checkins.plan(
                    session, place, Wish(HAPPY, "everyone", [], 1, compare=True, every="0 10 * * *"), self.now
                ).id
            else:
                self.plan = None

        self.do(work)
        self.carried = {}

    @precondition(lambda self: self.plan is None)
    @rule()
    def plan_again(self):
        def work(session):
            if self.open_round(session) is None:
                place = places.place_for_newcomer(session, "millbrook")
                wish = Wish(HAPPY, "everyone", [], 1, compare=True, every="0 10 * * *")
                self.plan = checkins.plan(session, place, wish, self.now).id

        self.do(work)

    @invariant()
    def nothing_is_kept_of_closed_waves(self):
        if not hasattr(self, "engine"):
            return

        def left(session):
            kept = session.query(Answer).join(Round, Round.id == Answer.round_id)
            return kept.filter(Round.state.in_(("closed", "cancelled"))).count()

        assert self.do(left) == 0

    @invariant()
    def only_bands_wait_for_a_coming_wave(self):
        if not hasattr(self, "engine"):
            return

        def waiting(session):
            kept = session.query(Answer.question).join(Round, Round.id == Answer.round_id)
            return [question for (question,) in kept.filter(Round.state == "draft")]

        assert all(question < CARRIED for question in self.do(waiting))

    def teardown(self):
        if hasattr(self, "engine"):
            self.engine.dispose()
            shutil.rmtree(self.folder)


def test_nobody_is_counted_twice_or_after_withdrawing(template):
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=25, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_what_is_withdrawn_is_swept_and_what_was_wished_is_compared_in_the_next_wave(template):
    """The same life by hand, so that each of its turns is surely taken once."""
    life = Life()
    life.found()
    life.a_day_passes()
    assert life.on_roll == set(PEOPLE)
    for person in PEOPLE:
        life.answer(person, 1, 3 + person)
        life.wish_comparison(person, wished=person != 4)
    life.agree_or_withdraw(1, given=False)
    life.agree_or_withdraw(1, given=True)
    life.sweep()
    round_ = life.do(life.open_round)
    assert len(life.do(lambda session: rounds_store.all_answers(session, round_.id))) == 4
    life.agree_or_withdraw(0, given=False)  # and nobody sweeps before it closes
    life.a_day_passes()
    assert set(life.carried) == {2, 3}, "withdrawn, or not wished"
    life.answer(2, 1, 9)
    life.agree_or_withdraw(3, given=False)
    life.a_day_passes()
    life.teardown()
