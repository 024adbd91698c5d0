"""A quarter is counted once, when it is over where it is: late if it must be, and never again."""

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.community import aid, aid_steps, housekeeping, offers, places, quarters, residents, tallies, volunteers
from bot.community.aid import Wish
from bot.community.aid_rules import need_by, slots_of
from bot.community.residents import Person
from bot.community.tally_release import Status
from bot.community.volunteers import Offering
from bot.store.engine import open_engine, transaction
from bot.store.tables import Broadcast, Letter, QuarterEnd, QuarterRelease, Reached, Resident
from bot.store.vault import open_vault

ROOT = Path(__file__).parents[2]
AUTUMN = datetime(2026, 11, 20, 12, tzinfo=UTC)
OVER = datetime(2027, 1, 1, 0, 0, 1, tzinfo=UTC)
ALWAYS = slots_of(range(7), ["morning", "afternoon", "evening", "night"])


class Town:
    """Millbrook and its people, by the rules and the database alone; time is said each time."""

    def __init__(self, database, folder):
        self.engine, self.folder = open_engine(database), folder
        self.vault, _made = open_vault(folder, None)
        self.count = 100
        self.do(
            lambda session: places.add_place(session, "millbrook", "Millbrook", "Us", ["en", "ur"], "Europe/London")
        )
        self.do(lambda session: places.add_patch(session, self.place(session), "Mill Road"))

    def do(self, work):
        with transaction(self.engine, self.vault) as session:
            return work(session)

    def place(self, session, slug="millbrook"):
        return places.place_for_newcomer(session, slug)

    def joins(self, name, language="en", now=AUTUMN):
        self.count += 1
        number = self.count

        def work(session):
            who = Person(number, session.vault.keys.lookup(number), name, language, None)
            agreed = dict.fromkeys(residents.PURPOSES, True)
            return residents.join(session, who, self.place(session), language, agreed, None, now).id

        return self.do(work)

    def closes(self, now):
        """How many quarters a tick closes, as the ticker runs it: again as long as there is one."""
        closed = 0
        while self.do(lambda session: quarters.close_due(session, now)):
            closed += 1
        return closed

    def released(self):
        return self.do(lambda session: [(one.place, one.key, one.sha256) for one in tallies.published(session)])

    def runs(self):
        return self.do(lambda session: {one.quarter: one.ends_at for one in session.scalars(select(QuarterEnd))})

    def message(self, sent_at):
        """A public message that the house words itself, so that no text is needed."""
        blanks = {"place": "Hall"}

        def work(session):
            made = Broadcast(
                place_id=self.place(session).id, kind="info", state="sent", template="cancelled", blanks=blanks,
                audience={}, expires_at=sent_at + timedelta(days=2), made_at=sent_at, sent_at=sent_at, expected=1,
            )  # fmt: skip
            session.add(made)
            session.flush()
            return made.id

        return self.do(work)

    def letter(self, message, reader, said_in, sent_at):
        def work(session):
            dedupe = f"broadcast:{message}:{reader}"
            session.add(Letter(
                place_id=self.place(session).id, resident_id=reader, broadcast_id=message, kind="broadcast", facts=b"",
                priority=1, dedupe=dedupe, state="sent", not_before=sent_at, expires_at=sent_at + timedelta(days=2),
                attempts=1, uncertain=0, settled_at=sent_at, said_in=said_in,
            ))  # fmt: skip

        self.do(work)

    def deeds(self, quarter="2026-Q4"):
        def work(session):
            place = self.place(session)
            return quarters._deeds(session, place, quarter, *quarters.bounds(quarter, place.timezone))

        return self.do(work)


@pytest.fixture
def town(database, tmp_path):
    (tmp_path / "data").mkdir()
    made = Town(database, tmp_path / "data")
    yield made
    made.engine.dispose()


def ask_and_help(town, asker, helper, now):
    """Amina asks, Bronwen says yes, and it is done; the ask's number."""

    def work(session):
        place = town.place(session)
        patch = places.patches(session, place)[0].id
        offering = Offering(("lift",), (patch,), ("en",), ALWAYS, 5)
        helps, asks = (session.get(Resident, one) for one in (helper, asker))
        volunteers.offer_help(session, helps, offering, now)
        wish = Wish("lift", patch, need_by("later", "any", now, place.timezone), ("en",), "to the surgery")
        ask = aid.open_ask(session, asks, wish, now).id
        if not offers.say_yes(session, helps, ask, now + timedelta(minutes=20)).won:
            raise AssertionError("somebody was quicker")
        aid_steps.it_went(session, asks, ask, "done", now + timedelta(hours=5))
        return ask

    return town.do(work)


def test_what_is_counted_is_what_happened(town):
    amina, bronwen, janek = town.joins("Amina", "ur"), town.joins("Bronwen"), town.joins("Janek")
    town.closes(AUTUMN)
    ask_and_help(town, amina, bronwen, AUTUMN)
    deeds = town.deeds()
    assert deeds.people == {amina: "ur", bronwen: "en", janek: "en"}
    assert deeds.asks == {amina: 1}
    (ended,) = deeds.ended
    assert (ended.asker, ended.kind, ended.language, ended.ended_as) == (amina, "lift", "en", None)
    assert ended.matched_at - ended.made_at == timedelta(minutes=20)
    assert ended.done_at - ended.made_at == timedelta(hours=5)
    assert (deeds.helped, deeds.offered, deeds.met) == ({bronwen}, {bronwen}, {amina, bronwen})
    assert deeds.reached is None
    assert town.deeds("2027-Q1").asks == {}
    assert town.deeds("2026-Q3").people == {}, "nobody had joined"


def test_whoever_has_left_is_in_no_figure(town):
    amina, bronwen = town.joins("Amina"), town.joins("Bronwen")
    town.closes(AUTUMN)
    ask_and_help(town, amina, bronwen, AUTUMN)
    town.do(lambda session: residents.forget(session, session.get(Resident, amina)))
    deeds = town.deeds()
    assert (set(deeds.people), deeds.asks, list(deeds.ended), deeds.met) == ({bronwen}, {}, [], frozenset())
    assert deeds.helped == {bronwen}


def test_a_quarter_is_released_once_at_its_end_and_stays_as_it_is(town):
    for number in range(40):
        town.joins(f"P{number}")
    assert town.closes(AUTUMN) == 0
    assert town.runs() == {"2026-Q4": datetime(2027, 1, 1, tzinfo=UTC)}
    assert town.closes(OVER - timedelta(seconds=2)) == 0
    assert town.closes(OVER) == 1
    (told,) = town.released()
    assert told[:2] == ("millbrook", "millbrook-2026-q4")
    town.joins("Late", now=OVER)
    for later in (OVER, OVER + timedelta(days=30)):
        assert town.closes(later) == 0
    assert town.released() == [told]
    body = town.do(lambda session: session.scalars(select(QuarterRelease)).one().body)
    assert sha256(body.encode()).hexdigest() == told[2]
    release = json.loads(body)["tallies"]
    assert release["wave"] == "millbrook 2026-Q4"
    assert release["came"]["answered"] == pytest.approx(40, abs=15)
    asked = next(one for one in release["tables"] if one["question"] == "quarter.asked")
    assert asked["status"] == Status.PUBLISHED


def test_a_house_that_was_off_closes_what_it_missed_late_each_quarter_once_and_the_oldest_first(town):
    town.joins("Amina")
    town.closes(AUTUMN)
    assert town.closes(datetime(2027, 8, 3, tzinfo=UTC)) == 3
    assert [key for _place, key, _hash in town.released()] == [
        "millbrook-2026-q4", "millbrook-2027-q1", "millbrook-2027-q2"]  # fmt: skip
    assert list(town.runs()) == ["2027-Q3"]


def test_each_place_closes_at_its_own_midnight(town):
    town.do(lambda session: places.add_place(session, "kakapo", "Kakapo", "Us", ["en"], "Pacific/Auckland"))
    town.closes(AUTUMN)
    assert town.closes(datetime(2026, 12, 31, 11, 0, 1, tzinfo=UTC)) == 1
    assert [place for place, _key, _hash in town.released()] == ["kakapo"]
    assert town.closes(OVER) == 1


def test_a_place_that_moves_to_another_time_zone_keeps_its_quarter_and_ends_it_there(town):
    town.closes(AUTUMN)
    town.do(lambda session: places.change_place(session, town.place(session), {"timezone": "Pacific/Auckland"}))
    town.closes(AUTUMN)
    assert town.runs() == {"2026-Q4": datetime(2026, 12, 31, 11, tzinfo=UTC)}


async def test_two_processes_that_look_at_once_close_a_quarter_exactly_once(town, database):
    town.joins("Amina")
    town.closes(AUTUMN)
    words = [sys.executable, "-m", "tests.edge.closing_quarters", database, str(town.folder), OVER.isoformat()]
    pipe = asyncio.subprocess.PIPE
    processes = [await asyncio.create_subprocess_exec(*words, stdin=pipe, stdout=pipe, cwd=ROOT) for _ in range(2)]
    ended = await asyncio.wait_for(asyncio.gather(*(one.communicate(b"go\n") for one in processes)), 120)
    assert [one.returncode for one in processes] == [0, 0]
    assert sorted(int(out) for out, _err in ended) == [0, 1]
    assert len(town.released()) == 1


# whom public messages reached


def test_whom_a_message_reached_is_kept_when_its_letter_is_forgotten_until_the_quarter_is_counted(town):
    amina, janek, carys = town.joins("Amina", "ur"), town.joins("Janek"), town.joins("Carys")
    early, late = datetime(2026, 10, 5, tzinfo=UTC), datetime(2026, 12, 20, tzinfo=UTC)
    town.closes(early)
    first, second = town.message(early), town.message(late)
    town.letter(first, amina, "en", early)
    town.letter(first, janek, "en", early)
    assert town.deeds().reached == {amina: 1, janek: 2}
    town.do(lambda session: housekeeping.forget_what_is_old(session, late))
    assert town.do(lambda session: session.query(Letter).count()) == 0
    assert town.deeds().reached == {amina: 1, janek: 2}, "as if the letters were still there"
    town.letter(second, amina, "ur", late)
    assert town.deeds().reached == {amina: 2, janek: 2}
    town.do(lambda session: housekeeping.forget_what_is_old(session, late + timedelta(days=40)))
    town.do(lambda session: housekeeping.forget_what_is_old(session, late + timedelta(days=41)))
    assert town.deeds().reached == {amina: 2, janek: 2}
    assert carys not in town.deeds().reached
    town.do(lambda session: residents.forget(session, session.get(Resident, janek)))
    assert town.deeds().reached == {amina: 2}
    town.closes(OVER + timedelta(days=60))
    assert town.do(lambda session: session.query(Reached).count()) == 0


def test_a_letter_that_is_forgotten_in_the_next_quarter_counts_in_the_one_it_was_sent_in(town):
    amina = town.joins("Amina")
    sent = datetime(2026, 12, 30, tzinfo=UTC)
    town.closes(sent)
    town.letter(town.message(sent), amina, "en", sent)
    later = datetime(2027, 2, 15, tzinfo=UTC)  # the house was off, and forgets before it counts
    town.do(lambda session: housekeeping.forget_what_is_old(session, later))
    rows = town.do(lambda session: [(one.resident_id, one.quarter) for one in session.scalars(select(Reached))])
    assert rows == [(amina, "2026-Q4")]
    assert town.deeds().reached == {amina: 2}
    assert town.deeds("2027-Q1").reached is None


def test_what_is_kept_of_a_message_that_reached_somebody_is_among_what_is_kept_about_them(town):
    amina = town.joins("Amina")
    sent = datetime(2026, 10, 5, tzinfo=UTC)
    town.closes(sent)
    town.letter(town.message(sent), amina, "en", sent)
    town.do(lambda session: housekeeping.forget_what_is_old(session, AUTUMN))
    kept = town.do(lambda session: residents.what_is_kept(session, session.get(Resident, amina), AUTUMN).rows)
    assert [row["quarter"] for row in kept["reached"]] == ["2026-Q4"]


def test_messages_are_counted_as_messages_by_the_languages_they_are_there_in(town):
    town.closes(AUTUMN)
    town.message(AUTUMN)
    town.message(OVER)
    town.closes(OVER)
    (quarter,) = town.do(tallies.published)
    assert quarter.messages == tallies.Messages(1, (("en", 1), ("ur", 1)))


def test_a_quarter_that_was_over_when_a_backup_was_restored_is_not_released_again(town):
    """It may have been released since the backup: other noise on the same people would undo the first."""
    town.joins("Amina")
    town.closes(AUTUMN)
    assert town.do(lambda session: quarters.pass_over(session, OVER)) == ["millbrook 2026-Q4"]
    assert town.closes(OVER) == 0
    assert list(town.runs()) == ["2027-Q1"]
    assert town.do(lambda session: quarters.pass_over(session, OVER)) == []
