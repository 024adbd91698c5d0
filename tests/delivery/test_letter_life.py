"""A letter's life, tried at random: claim, send, crash, retry, cancel, expire, block, pause, a term lost."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from bot.community import letter_desk, outcomes, post
from bot.community.parcels import UNCERTAIN_AT_MOST
from bot.store import groups
from bot.store.tables import GroupChat, Letter, Resident
from tests.delivery.conftest import Life, opened_office

KINDS = ("test_note", "test_once")
PROFILE = settings(
    max_examples=15, stateful_step_count=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
"""Small, for every run: the races that are known are plain tests besides, in test_failures.py."""


class Letters(RuleBasedStateMachine):
    """What Telegram accepted of each letter, beside what its row says."""

    office = None

    def __init__(self):
        super().__init__()
        office = self.office
        office.do(lambda session: [session.delete(letter) for letter in session.query(Letter)])
        office.said.clear()
        office.do(lambda session: [setattr(one, "state", "here") for one in session.query(Resident)])
        letter_desk_go(office)
        self.life, self.old = Life(office), None
        self.held, self.lost = [], []
        self.kinds, self.cancelled, self.excuses = {}, set(), {}
        self.count = 0

    @rule(kind=st.sampled_from(KINDS), to=st.integers(0, 3), lasts=st.sampled_from((1, 24)))
    def owe(self, kind, to, lasts):
        self.count += 1
        if to == 3:
            number = self._owe_group(kind)
        else:
            number = self.office.owes(self.office.people[to], words=f"{self.count}", kind=kind)
        self.kinds[number] = kind
        expires = self.office.now + timedelta(hours=lasts)
        self.office.do(lambda session: setattr(session.get(Letter, number), "expires_at", expires))

    def _owe_group(self, kind):
        from bot.community.letters import owe

        office = self.office
        facts, key = {"words": "to all"}, f"g:{kind}:{self.count}"
        return office.do(
            lambda session: owe(session, office.place_id, kind, facts, key, office.now, group_id=office.group_id)
        )

    @rule(dedupe=st.integers(1, 40))
    def owe_again(self, dedupe):
        """Whoever owes it a second time owes nothing."""
        known = self.office.do(lambda session: [(one.dedupe, one.resident_id) for one in session.query(Letter)])
        if known:
            key, resident = known[dedupe % len(known)]
            assert self.office.owes(resident or self.office.people[0], dedupe=key) is None

    @rule(most=st.integers(1, 4), ahead=st.integers(1, 8))
    def claim(self, most, ahead):
        taken = self.life.takes(most, ahead)
        assert not {parcel.reading.id for parcel in taken} & self.cancelled
        self.held += taken

    @precondition(lambda self: self.held)
    @rule(answer=st.sampled_from(("sent", "lost", "5xx", "429", "poison", "never began", "blocked", "moved")))
    def send(self, answer):
        parcel = self.held.pop(0)
        office, number = self.office, parcel.reading.id
        if answer == "blocked" and parcel.reading.resident_id is None:
            answer = "sent"
        if answer == "moved" and parcel.reading.resident_id is not None:
            answer = "sent"
        outcome = {
            "sent": lambda: self.life.says(parcel),
            "lost": lambda: (self.life.says(parcel), outcomes.unsure(parcel, office.now, 1.0))[1],
            "5xx": lambda: outcomes.again(parcel, office.now, 1.0),
            "429": lambda: outcomes.gated(parcel, 4242, office.now, 0.0, None),
            "poison": lambda: outcomes.refused(parcel, "can't parse"),
            "never began": lambda: outcomes.not_yet(parcel, office.now),
            "blocked": lambda: outcomes.unreachable(parcel),
            "moved": lambda: outcomes.moved(parcel, parcel.chat_id - 1),
        }[answer]()
        if answer == "lost":
            self.excuses[number] = self.excuses.get(number, 0) + 1
        self.life.turns([outcome])
        if answer == "blocked":
            office.do(lambda session: setattr(session.get(Resident, parcel.reading.resident_id), "state", "here"))

    @rule(accepted=st.integers(0, 4))
    def crash(self, accepted):
        """kill -9: Telegram has accepted some of what was under way."""
        for parcel in self.held[:accepted]:
            self.life.says(parcel)
        for parcel in self.held:
            self.excuses[parcel.reading.id] = self.excuses.get(parcel.reading.id, 0) + 1
        self.old, self.lost, self.held = self.life, self.held, []
        self.life = Life(self.office)

    @precondition(lambda self: self.old is not None and self.lost)
    @rule()
    def late(self):
        """The process that was thought dead goes on, and settles what it believes."""
        with pytest.raises(post.TermLost):
            self.old.turns([outcomes.refused(parcel, "late") for parcel in self.lost], most=3)

    @rule(hours=st.sampled_from((0.01, 0.2, 2)))
    def time_passes(self, hours):
        self.office.now += timedelta(hours=hours)

    @rule(nth=st.integers(0, 40))
    def cancel(self, nth):
        def work(session):
            waiting = session.query(Letter).filter(Letter.state == "queued").order_by(Letter.id).all()
            if not waiting:
                return None
            chosen = waiting[nth % len(waiting)]
            chosen.state = "cancelled"
            return chosen.id

        if number := self.office.do(work):
            self.cancelled.add(number)

    @rule()
    def pause(self):
        self.office.do(lambda session: letter_desk.pause(session, None, paused=True))
        self.life.desk.opened.clear()
        assert self.life.takes() == []
        letter_desk_go(self.office)

    @invariant()
    def never_more_copies_than_excuses(self):
        for number in set(self.office.said):
            copies = self.office.said.count(number)
            assert copies <= 1 + self.excuses.get(number, 0)
            assert copies <= UNCERTAIN_AT_MOST
            if self.kinds[number] == "test_once":
                assert copies == 1

    @invariant()
    def what_is_called_sent_was_accepted(self):
        states = self.office.do(lambda session: {letter.id: letter.state for letter in session.query(Letter)})
        assert all(number in self.office.said for number, state in states.items() if state == "sent")
        under_way = {number for number, state in states.items() if state == "sending"}
        assert under_way == {parcel.reading.id for parcel in self.held}

    def teardown(self):
        """Once all is well again, nothing is left that nobody knows the end of."""
        self.life.turns([self.life.says(parcel) for parcel in self.held])
        for _ in range(8):
            self.office.now += timedelta(minutes=6)
            while parcels := self.life.takes():
                self.life.turns([self.life.says(parcel) for parcel in parcels])
        self.never_more_copies_than_excuses()
        ends = {"sent", "unknown", "dead", "expired", "cancelled"}
        assert set(self.office.states()) <= ends


def letter_desk_go(office):
    office.do(lambda session: letter_desk.pause(session, None, paused=False))


def test_a_letters_life_keeps_its_promises_whatever_happens(database, tmp_path):
    with opened_office(database, tmp_path / "data") as office:
        office.people = [office.resident(7 + n) for n in range(3)]
        office.group_id = office.do(
            lambda session: groups.link_group(session, office.place_id, "steering", -1_000_000, "en").id
        )
        Letters.office = office
        run_state_machine_as_test(Letters, settings=PROFILE)
        assert office.do(lambda session: session.query(GroupChat).count()) == 1
