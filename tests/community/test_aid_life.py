"""Whatever happens in whatever order: an ask has one helper at most, and somebody who acts next, by a time."""

import itertools
import random
import shutil
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from bot.community import aid, aid_steps, letters, offers, places, residents, volunteers
from bot.community.aid import Wish
from bot.community.aid_rules import need_by, slots_of
from bot.community.aid_seen import asker_id
from bot.community.letters import KINDS
from bot.community.residents import Person
from bot.community.volunteers import Offering
from bot.refusals import Refusal
from bot.screens.letters import word
from bot.store import residents as residents_store
from bot.store.engine import open_engine, transaction
from bot.store.tables import Ask, Letter, Offer, Resident, Volunteer, VolunteerWeek
from bot.store.vault import open_vault

NOW = datetime(2026, 3, 27, 11, tzinfo=UTC)  # two days before the clocks go forward
ALWAYS = slots_of(range(7), ["morning", "afternoon", "evening", "night"])
WHENS = ("soon", "today", "later", "day")
PEOPLE = ("Amina", "Janek", "Bilal", "Carys", "Dorota")
ASKERS, HELPERS = PEOPLE[:2], PEOPLE[2:]
PER_WEEK = 2
REACHED = set()
"""The steps and ends that all lives together have come to."""


class Crash(Exception):
    """The process dies before the commit."""


@pytest.fixture(scope="module")
def template(tmp_path_factory, migrated_sqlite):
    """Millbrook with its five people, three of whom offer help."""
    folder = tmp_path_factory.mktemp("aid")
    shutil.copy(migrated_sqlite, folder / "kith.db")
    engine = open_engine(f"sqlite:///{folder / 'kith.db'}")
    vault, _made = open_vault(folder / "data", None)
    with transaction(engine, vault) as session:
        place = places.add_place(session, "millbrook", "Millbrook", "The Trust", ["en", "ur"], "Europe/London")
        for name in ("Mill Road", "Station"):
            places.add_patch(session, place, name)
        for number, name in enumerate(PEOPLE):
            settle(session, place, name, 7000 + number, NOW)
        carer = settle(session, place, "George", 7999, NOW)
        residents_store.give_role(session, carer, "coordinator")
    engine.dispose()
    return folder


def settle(session, place, name, telegram_id, now):
    """Join, and offer help where that is one's part."""
    who = Person(telegram_id, session.vault.keys.lookup(telegram_id), name, "en", None)
    made = residents.join(session, who, place, "en", dict.fromkeys(residents.PURPOSES, True), None, now)
    if name in HELPERS:
        volunteers.offer_help(session, made, offering(session, place), now)
    return made


def offering(session, place):
    patches = tuple(patch.id for patch in places.patches(session, place))
    return Offering(("lift", "shopping"), patches, ("en",), ALWAYS, PER_WEEK)


class Life(RuleBasedStateMachine):
    """Two who ask and three who help, a clock, crashes, leaving and coming back."""

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
            found = session.scalars(select(Resident)).all()
            self.people = {residents_store.name_of(session, one): one.id for one in found}

    def teardown(self):
        if hasattr(self, "engine"):
            self.engine.dispose()
            self.path.unlink()

    def does(self, work, *, crash=False):
        """A transaction, as an update's; one in which the process dies keeps nothing. A refusal keeps nothing either."""
        with suppress(Refusal, Crash), transaction(self.engine, self.vault) as session:
            work(session)
            session.flush()
            if crash:
                raise Crash

    def who(self, session, name):
        return session.get(Resident, self.people[name])

    def pick(self, session, chance):
        asks = session.scalars(select(Ask.id).order_by(Ask.id)).all()
        return random.Random(chance).choice(asks) if asks else 0

    @rule(
        asker=st.sampled_from(ASKERS),
        when=st.sampled_from(WHENS),
        kind=st.sampled_from(["lift", "shopping", "repairs"]),
        weekly=st.booleans(),
        crash=st.booleans(),
    )
    def asks(self, asker, when, kind, weekly, crash):
        day = (self.now.date() + timedelta(days=2)).isoformat() if when == "day" else when
        need = need_by(day, "any", self.now, "Europe/London")

        def work(session):
            place = places.place_for_newcomer(session, "millbrook")
            patch = places.patches(session, place)[0].id
            wish = Wish(kind, patch, need, ("en",), f"SECRET {asker}", exact_place="SECRET place", weekly=weekly)
            aid.open_ask(session, self.who(session, asker), wish, self.now)

        self.does(work, crash=crash)

    @rule(name=st.sampled_from(HELPERS), chance=st.integers(0, 99), crash=st.booleans())
    def says_yes(self, name, chance, crash):
        self.does(
            lambda session: offers.say_yes(session, self.who(session, name), self.pick(session, chance), self.now),
            crash=crash,
        )

    @rule(names=st.permutations(HELPERS), chance=st.integers(0, 99))
    def all_say_yes(self, names, chance):
        for name in names:
            self.does(
                lambda session, name=name: offers.say_yes(
                    session, self.who(session, name), self.pick(session, chance), self.now
                )
            )

    @rule(name=st.sampled_from(HELPERS), chance=st.integers(0, 99))
    def says_no(self, name, chance):
        self.does(lambda session: offers.say_no(session, self.who(session, name), self.pick(session, chance), self.now))

    @rule(
        name=st.sampled_from(PEOPLE),
        chance=st.integers(0, 99),
        what=st.sampled_from(
            ["done", "not_yet", "failed", "cancel", "still", "give_back", "share", "apart", "change", "again"]
        ),
        crash=st.booleans(),
    )
    def acts(self, name, chance, what, crash):
        def work(session):
            me, ask, now = self.who(session, name), self.pick(session, chance), self.now
            need = need_by("today", "any", now, "Europe/London")
            match what:
                case "cancel":
                    aid.cancel(session, me, ask, now)
                case "still":
                    aid.still_needed(session, me, ask, now)
                case "give_back":
                    aid.give_back(session, me, ask, now)
                case "share":
                    aid.share_place(session, me, ask, now)
                case "apart":
                    aid.keep_apart(session, me, ask)
                case "change":
                    aid.change_time(session, me, ask, need, now)
                case "again":
                    aid.ask_again(session, me, ask, need, now)
                case _:
                    aid_steps.it_went(session, me, ask, what, now)

        self.does(work, crash=crash)

    @rule(name=st.sampled_from(HELPERS), what=st.sampled_from(["pause", "resume", "leave", "offer"]))
    def offers_otherwise(self, name, what):
        def work(session):
            me = self.who(session, name)
            match what:
                case "pause":
                    volunteers.pause(session, me, timedelta(days=7), self.now)
                case "resume":
                    volunteers.resume(session, me, self.now)
                case "leave":
                    volunteers.leave(session, me, self.now)
                case _:
                    place = places.place_of(session, me)
                    volunteers.offer_help(session, me, offering(session, place), self.now)

        self.does(work)

    @rule(
        name=st.sampled_from(PEOPLE),
        what=st.sampled_from(["forget", "stop", "lose", "withdraw"]),
        often=st.integers(0, 3),
    )
    def leaves(self, name, what, often):
        if often:
            return  # else everybody is away most of the time

        def work(session):
            me = self.who(session, name)
            match what:
                case "forget":
                    place = places.place_of(session, me)
                    residents.forget(session, me)
                    self.people[name] = settle(session, place, name, next(self.ids), self.now).id
                case "stop":
                    residents.stop(session, me)
                case "lose":
                    residents.lose(session, me.id)
                case _:
                    residents.change_consent(session, me, "aid", self.now, given=False)

        self.does(work)

    @rule(name=st.sampled_from(PEOPLE))
    def comes_back(self, name):
        def work(session):
            me = self.who(session, name)
            residents.come_back(session, me)
            residents.change_consent(session, me, "aid", self.now, given=True)

        self.does(work)

    @rule(chance=st.integers(0, 99))
    def whoever_is_asked_says_yes(self, chance):
        def work(session):
            waiting = session.scalars(select(Offer).where(Offer.state == "asked").order_by(Offer.id)).all()
            if waiting:
                offer = random.Random(chance).choice(waiting)
                offers.say_yes(session, session.get(Resident, offer.resident_id), offer.ask_id, self.now)

        self.does(work)

    @rule(
        chance=st.integers(0, 99),
        how=st.sampled_from(["done", "done", "not_yet", "failed"]),
        side=st.sampled_from(["asker", "helper"]),
        crash=st.booleans(),
    )
    def a_side_says_how_it_went(self, chance, how, side, crash):
        def work(session):
            found = session.scalars(select(Ask).where(Ask.volunteer_id.is_not(None)).order_by(Ask.id)).all()
            if found:
                ask = random.Random(chance).choice(found)
                me = session.get(Resident, asker_id(ask) if side == "asker" else ask.volunteer_id)
                aid_steps.it_went(session, me, ask.id, how, self.now)

        self.does(work, crash=crash)

    @rule(times=st.integers(1, 6))
    def the_next_things_are_due(self, times):
        for _ in range(times):
            with transaction(self.engine, self.vault) as session:
                due = session.scalars(select(Ask.next_at).where(Ask.next_at.is_not(None)).order_by(Ask.next_at)).first()
            self.looks(max(self.now, due or self.now))

    @rule(minutes=st.sampled_from([1, 16, 31, 125, 60 * 9, 60 * 24, 60 * 24 * 8]), crash=st.booleans())
    def time_passes(self, minutes, crash):
        self.looks(self.now + timedelta(minutes=minutes), crash=crash)

    def looks(self, now, *, crash=False):
        """The tick, until nothing is due any more."""
        self.now = now
        if crash:
            self.does(lambda session: aid_steps.see_to_asks(session, self.now), crash=True)
        for _ in range(20):
            seen = []
            self.does(lambda session, seen=seen: seen.append(aid_steps.see_to_asks(session, self.now)))
            if not seen[0]:
                break
        else:
            raise AssertionError("the tick never comes to an end")
        with transaction(self.engine, self.vault) as session:
            live = session.scalars(select(Ask).where(Ask.state.not_in(("done", "ended")))).all()
            assert all(ask.next_at > self.now for ask in live), "due, and nobody has seen to it"

    @invariant()
    def each_live_ask_has_somebody_who_acts_next_and_one_helper_at_most(self):
        if not hasattr(self, "engine"):
            return
        with transaction(self.engine, self.vault) as session:
            taken = {}
            for ask in session.scalars(select(Ask)):
                over = ask.state in {"done", "ended"}
                REACHED.add(ask.step or ask.ended_as or ask.state)
                assert (ask.next_at is None) == (ask.next_actor is None) == over
                assert over or ask.step, "nobody knows what is to be done"
                given = session.scalars(select(Offer).where(Offer.ask_id == ask.id, Offer.state == "yes")).all()
                if ask.state == "matched" and ask.volunteer_id is not None:
                    assert [one.resident_id for one in given] == [ask.volunteer_id]
                if ask.state in {"open", "coordinator"} and ask.step != "silent":
                    assert not [one for one in given if one.resident_id == ask.volunteer_id]
                asked = session.scalars(select(Offer).where(Offer.ask_id == ask.id, Offer.state == "asked")).all()
                assert not asked or ask.state == "open", "somebody is asked for what is not open"
                if ask.claimed_week and ask.volunteer_id:
                    key = ask.volunteer_id, ask.claimed_week
                    taken[key] = taken.get(key, 0) + 1
            for week in session.scalars(select(VolunteerWeek)):
                assert 0 <= week.taken <= PER_WEEK
                assert taken.get((week.resident_id, week.week), 0) <= week.taken
            assert set(session.scalars(select(Volunteer.resident_id))) <= set(self.people.values())

    @invariant()
    def no_letter_to_anybody_but_the_two_sides_holds_a_detail(self):
        if not hasattr(self, "engine"):
            return
        with transaction(self.engine, self.vault) as session:
            for row in session.scalars(select(Letter).where(Letter.kind.startswith("aid"))):
                reading = letters.Reading(
                    row.id, row.kind, row.place_id, row.dedupe, row.facts, "en", None, row.resident_id, None, None, None
                )
                matter = KINDS[row.kind].about(session, reading)
                if matter is None:
                    continue
                said = word(row.kind, matter.content, "en", to_group=False).text
                assert not any(name in said for name in (*PEOPLE, "George")) or "SECRET" in said
                if "SECRET" in said:
                    ask = session.get(Ask, int(reading.facts(session)["ask"]))
                    assert row.resident_id in {asker_id(ask), ask.volunteer_id}
                if "SECRET place" in said:
                    ask = session.get(Ask, int(reading.facts(session)["ask"]))
                    assert row.resident_id == asker_id(ask) or ask.place_shared


@pytest.mark.long
def test_an_asks_life_never_ends_up_with_nobody(template):
    Life.folder = template
    REACHED.clear()
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=50,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,  # what it reaches is asserted below
            suppress_health_check=list(HealthCheck),
        ),
    )

    assert {"offer", "exhausted", "still", "remind", "done"} <= REACHED


@pytest.mark.parametrize("when", ["soon", "today", "later", date(2026, 3, 29).isoformat()])
def test_what_is_asked_for_is_never_due_behind_us(when):
    for hour in range(24):
        now = datetime(2026, 3, 28, hour, 30, tzinfo=UTC)
        need = need_by(when, "morning", now, "Europe/London")
        assert need is not None
        assert need.due_at > now
        assert 0 < need.slots < 2**28
