"""A plain test for each way in which letters fail, named after its row in facts/failures.md 6.

F8 (a group that moved) is in tests/edge (D5 row 5), F28 (a restore) in tests/admin_cli, F30 (SIGTERM under load) in
tests/edge/test_stopping.py; kill -9 and a stopped process in tests/crash/test_letters_killed.py.
"""

import asyncio
from datetime import timedelta

import pytest

from bot.community import letter_desk, outcomes, post
from bot.community.letters import owe
from bot.community.post import TermLost
from bot.delivery import lease
from bot.delivery.letters import Delivery
from bot.delivery.pace import Pace
from bot.screens.letters import WORDS
from bot.store import letters as store
from bot.store import senders
from bot.store.tables import Letter, Place, Resident, Sender
from tests.delivery.conftest import Life
from tests.edge.test_production_failures import crowd, sent_to

# --- at the store's own door


def test_f3_killed_between_telegrams_yes_and_the_mark_costs_one_copy(office):
    """kill -9 after the API accepted, before the mark: one extra copy, counted as uncertain, then sent."""
    number = office.owes(office.resident(7))
    first = Life(office)
    (parcel,) = first.takes()
    first.says(parcel)
    second = Life(office)
    assert office.letter(number) == ("queued", 1, 1)
    (parcel,) = second.takes()
    second.turns([second.says(parcel)])
    assert office.said == [number, number]
    assert office.letter(number)[:2] == ("sent", 1)


def test_f4_what_must_never_come_twice_is_unknown_after_a_crash_and_shown(office):
    """The same with an at-most-once kind: no copy, and the coordinators' list has it."""
    number = office.owes(office.resident(7), kind="test_once")
    first = Life(office)
    first.says(first.takes()[0])
    second = Life(office)
    assert second.takes() == []
    assert office.said == [number]
    listed = office.do(lambda session: letter_desk.dead(session, office.place_id))
    assert [(one["id"], one["state"], one["reason"]) for one in listed] == [(number, "unknown", "may not have arrived")]


def test_f5_a_sender_that_dies_fifty_times_sends_one_letter_thrice_at_most(office):
    """A crash loop does not bury one person in copies, and the others get theirs."""
    poison, other = (office.owes(office.resident(7 + n), words=f"{n}") for n in range(2))
    for _ in range(50):
        life = Life(office)
        for parcel in life.takes(most=1):
            if parcel.reading.id == poison:
                life.says(parcel)
            else:
                life.turns([life.says(parcel)])
    assert office.said.count(poison) == 3
    assert office.letter(poison)[:2] == ("unknown", 3)
    assert office.letter(other)[0] == "sent"
    assert office.said.count(other) == 1


def test_f12_what_is_called_off_is_not_claimed_though_it_was_opened(office):
    """No new message starts after a cancel, however many had been read ahead."""
    numbers = [office.owes(office.resident(7 + n), words=f"{n}") for n in range(20)]
    life = Life(office)
    begun = life.takes(most=4, ahead=20)
    office.do(lambda session: [setattr(letter, "state", "cancelled")
                               for letter in session.query(Letter) if letter.state == "queued"])  # fmt: skip
    outcomes = [life.says(parcel) for parcel in begun]
    for parcel in life.turns(outcomes, most=16, ahead=20):
        life.turns([life.says(parcel)])
    assert office.said == numbers[:4]
    assert sorted(office.states()) == ["cancelled"] * 16 + ["sent"] * 4


def test_f14_owing_again_after_a_crash_owes_once(office):
    """Whoever wrote half of the letters and died writes them all again: one each."""
    people = [office.resident(7 + n) for n in range(5)]
    for person in people[:3]:
        office.owes(person, dedupe=f"news:1:{person}")
    made = [office.owes(person, dedupe=f"news:1:{person}") for person in people]
    assert [number is None for number in made] == [True, True, True, False, False]
    assert len(office.states()) == 5


def test_f17_a_sender_whose_term_is_over_changes_nothing(office):
    """The old term's writes match no row, whatever it believes came of its letters."""
    number = office.owes(office.resident(7))
    old = Life(office)
    (parcel,) = old.takes()
    new = Life(office)
    with pytest.raises(TermLost):
        old.turns([outcomes.refused(parcel, "late and wrong")], most=5)
    assert not office.do(lambda session: senders.renew(session, 4242, old.desk.term))
    (parcel,) = new.takes()
    new.turns([new.says(parcel)])
    assert office.letter(number)[0] == "sent"


def test_f17_a_lease_is_taken_only_when_it_is_over_and_each_time_in_a_new_term(office):
    def take(holder):
        return office.do(lambda session: senders.take(session, 4242, holder, anyway=False))

    assert take("one").term == 1
    assert take("two") is None
    office.do(lambda session: senders.resign(session, 4242, 1))
    assert take("two").term == 2
    assert not office.do(lambda session: senders.renew(session, 4242, 1))
    assert office.do(lambda session: senders.renew(session, 4242, 2))


def test_a_claim_that_was_lost_is_not_settled_by_whoever_lost_it(office, monkeypatch):
    """Within one term too: a send that outlives its claim finds another's token (no lease token: red)."""
    number = office.owes(office.resident(7))
    life = Life(office)
    monkeypatch.setattr(post, "LEASE", timedelta(0))
    (late,) = life.takes()
    life.recovers()
    monkeypatch.setattr(post, "LEASE", timedelta(seconds=90))
    office.now += timedelta(minutes=1)
    (parcel,) = life.takes()
    life.turns([outcomes.refused(late, "an answer from long ago")])
    assert office.letter(number)[0] == "sending"
    life.turns([life.says(parcel)])
    assert office.letter(number)[0] == "sent"


def test_a_claim_outlasts_three_calls_and_a_letter_under_way_is_let_alone(office):
    """Lease shorter than the send: a message came 28 times (facts/failures.md 2.2)."""
    office.owes(office.resident(7))
    life = Life(office)
    (parcel,) = life.takes()
    life.recovers()
    assert life.takes() == []
    life.turns([life.says(parcel)])
    assert office.states() == ["sent"]


def test_an_unasked_letter_waits_for_a_decent_hour_even_if_it_was_owed_before(office):
    """It was due at eight in the evening; the stream got to it after nine."""
    person = office.resident(7)
    office.now = office.now.replace(hour=20, minute=50)
    news, alarm = office.owes(person, kind="test_news"), office.owes(person, kind="test_alarm")
    office.now = office.now.replace(hour=21, minute=10)
    life = Life(office)
    (parcel,) = life.takes()
    assert parcel.reading.id == alarm
    life.turns([life.says(parcel)])
    office.now += timedelta(hours=11)
    assert [parcel.reading.id for parcel in life.takes()] == [news]


def test_no_more_unasked_letters_a_week_than_the_place_says_and_the_rest_waits_or_expires(office):
    person = office.resident(7)
    office.do(lambda session: setattr(session.query(Place).one(), "weekly_letters", 2))
    numbers = [office.owes(person, words=f"{n}", kind="test_news") for n in range(4)]
    asked = office.owes(person, kind="test_note")
    life = Life(office)
    for _day in range(20):
        while parcels := life.takes():
            life.turns([life.says(parcel) for parcel in parcels])
        if _day == 0:
            assert sorted(office.said) == sorted([*numbers[:2], asked])
        office.now += timedelta(days=1)
    assert sorted(office.said) == sorted([*numbers, asked])
    more = office.owes(person, words="5", kind="test_news")
    office.do(lambda session: setattr(session.query(Place).one(), "weekly_letters", 0))
    for _day in range(16):
        assert life.takes() == []
        office.now += timedelta(days=1)
    assert office.letter(more)[0] == "expired"


def test_bots_side_by_side_send_each_its_own_places_letters(office):
    office.owes(office.resident(7))
    life = Life(office)
    office.do(lambda session: (session.merge(_bot(1)), session.flush(),
                               setattr(session.query(Place).one(), "bot_id", 1)))  # fmt: skip
    assert life.takes() == []
    office.do(lambda session: setattr(session.query(Place).one(), "bot_id", None))
    assert len(life.takes()) == 1


def _bot(number):
    from bot.store.tables import Bot

    return Bot(id=number, username="other")


# --- over HTTP, against the sandbox


async def restarted(town):
    """Deliver as after a restart: nothing is remembered but what is in the database. How many letters were taken."""
    delivery = Delivery(town.house.telegram, town.house.writer, town.house.clock)
    delivery.pace = Pace(0, 0, 0)
    count = await delivery.deliver()
    await delivery.lease.resign()
    return count


async def owed(town, people, kind="test_note", **more):
    def write(session):
        for person in people:
            key = f"{kind}:{person.id}:{more.get('words', '')}"
            facts = {"words": more.get("words", "a letter")}
            owe(session, town.place_id, kind, facts, key, town.now, resident_id=person.id)

    await town.store(write)


def copies(town, people, words="a letter"):
    return [len([said for said in sent_to(town, one.person) if said == words]) for one in people]


async def rows(town, *columns):
    return await town.store(lambda session: [tuple(row) for row in session.query(*columns).order_by(Letter.id)])


async def test_f6_after_a_429_nothing_starts_before_its_time_not_even_after_a_restart(town):
    """Two chats answer 429: the whole bot pauses; it was no attempt; the pause is a row, and outlives the process."""
    people = await crowd(town, 5)
    await town.stops()
    for one in people:
        town.box.fault("sendMessage", chat=one.person.id, retry_after=3, times=1)
    await owed(town, people)
    began = asyncio.get_running_loop().time()
    await restarted(town)
    town.house.clock.offset += timedelta(seconds=10)  # the house's clock may be moved: Telegram's is not
    await restarted(town)
    assert sum(copies(town, people)) == 0
    sender = await town.store(lambda session: (session.query(Sender).one().paused_until, senders.clock(session)))
    assert sender[0] > sender[1]
    while sum(copies(town, people)) < 5:
        await restarted(town)
        await asyncio.sleep(0.1)
        assert asyncio.get_running_loop().time() < began + 20
    assert asyncio.get_running_loop().time() >= began + 3.1
    assert copies(town, people) == [1] * 5
    assert {attempts for (attempts,) in await rows(town, Letter.attempts)} == {1}


async def test_f7_those_who_blocked_are_noted_and_everybody_else_is_told_once(town):
    """403 in the middle of a message to all: no retry, and the ledger adds up."""
    people = await crowd(town, 40)
    for one in people[::8]:
        town.box.block(one.person)
    await town.settles()
    await town.store(lambda session: [setattr(one, "state", "here") for one in session.query(Resident)])
    await owed(town, people)
    await town.looks()
    assert copies(town, people) == [0 if n % 8 == 0 else 1 for n in range(40)]
    states = [state for (state,) in await rows(town, Letter.state)]
    assert (states.count("sent"), states.count("dead")) == (35, 5)
    gone = await town.store(lambda session: session.query(Resident).filter(Resident.state == "unreachable").count())
    assert gone == 5
    refused = [call for call in town.box.calls if call.method == "sendMessage" and call.code == 403]
    assert len(refused) == 5


async def test_f9_an_outage_of_twenty_minutes_loses_nothing_but_what_is_too_old(town):
    """5xx: waits that grow, then everything arrives once; a letter past its time is expired, not sent late."""
    people = await crowd(town, 6)
    await owed(town, people)
    await owed(town, people[:1], kind="test_alarm", words="now or never")
    soon = town.now + timedelta(minutes=10)
    await town.store(lambda session: [setattr(letter, "expires_at", soon)
                                      for letter in session.query(Letter) if letter.kind == "test_alarm"])  # fmt: skip
    town.box.fault("sendMessage", code=502, times=1_000)
    for _ in range(20):
        await town.passes(minutes=1)
    tries = [attempts for (attempts,) in await rows(town, Letter.attempts)]
    assert max(tries) <= 12
    town.box.api.faults.clear()
    for _ in range(7):  # the longest wait is five minutes, and a quarter of them
        await town.passes(minutes=1)
    assert copies(town, people) == [1] * 6
    assert copies(town, people[:1], "now or never") == [0]
    assert [state for (state,) in await rows(town, Letter.state)] == ["sent"] * 6 + ["expired"]


@pytest.mark.parametrize(("kind", "state", "count"), [("test_note", "sent", 2), ("test_once", "unknown", 1)])
async def test_f10_an_answer_that_never_comes_is_uncertain(town, kind, state, count):
    """Read time-out after the effect: one more copy of what may come twice, none of what may not."""
    people = await crowd(town, 1)
    town.box.fault("sendMessage", drop="after", contains="a letter")
    await owed(town, people, kind)
    await town.looks()
    await town.passes(minutes=1)
    assert copies(town, people) == [count]
    assert await rows(town, Letter.state, Letter.uncertain) == [(state, 1)]


async def test_f11_a_poisonous_letter_is_dead_at_once_and_goes_when_its_words_are_mended(town, monkeypatch):
    """400 parse: no other waits for it, coordinators hear of it once a day, and it can be tried again."""
    (amina,) = await crowd(town, 1)
    carys = await town.resident("Carys", "en", "coordinator")
    good = WORDS["test_alarm"]
    monkeypatch.setitem(WORDS, "test_alarm", lambda words: good("<b>" + words))
    await owed(town, [amina], "test_alarm", words="broken")
    await owed(town, [amina, carys], words="whole")
    await town.looks()
    await owed(town, [carys], "test_alarm", words="broken")
    await town.looks()
    found = await rows(town, Letter.kind, Letter.state, Letter.attempts)
    assert found.count(("test_alarm", "dead", 1)) == 2
    assert found.count(("test_note", "sent", 1)) == 2
    await town.passes(minutes=15)
    assert "2 messages could not be delivered" in carys.reads
    monkeypatch.setitem(WORDS, "test_alarm", good)
    await town.store(lambda session: letter_desk.retry(session, None, town.now))
    await town.looks()
    assert copies(town, [amina], "broken") == [1]


async def test_f13_paused_restarted_and_resumed_nothing_is_sent_twice(town):
    people = await crowd(town, 12)
    await owed(town, people[:6])
    await town.looks()
    await town.stops()
    await town.store(lambda session: letter_desk.pause(session, None, paused=True))
    await owed(town, people)
    assert await restarted(town) == 0
    await town.store(lambda session: letter_desk.pause(session, None, paused=False))
    await restarted(town)
    assert copies(town, people) == [1] * 12


async def test_a_send_longer_than_the_look_after_is_not_begun_again(small_town, monkeypatch):
    """The lease is looked after many times while one call takes long: nobody takes its letter for lost."""
    monkeypatch.setattr(lease, "RENEW", 0.05)
    people = await crowd(small_town, 3)
    small_town.box.fault("sendMessage", delay=1.0)
    await owed(small_town, people)
    await small_town.looks()
    assert copies(small_town, people) == [1, 1, 1]


async def test_delivering_until_nothing_is_left_never_rests_with_nothing_under_way(small_town, monkeypatch):
    """It waited half a second for nobody after each batch: the page's moved clock, and every test, waited with it."""
    people = await crowd(small_town, 3)
    await owed(small_town, people)
    delivery = Delivery(small_town.house.telegram, small_town.house.writer, small_town.house.clock)
    delivery.pace, rest = Pace(0, 0, 0), delivery._rest

    async def rests():
        assert not delivery.idle
        await rest()

    monkeypatch.setattr(delivery, "_rest", rests)
    assert await delivery.deliver() == 3
    assert copies(small_town, people) == [1, 1, 1]
    await delivery.lease.resign()


async def test_one_busy_chat_waits_alone(small_town):
    """429 in one chat: the others keep flowing, and the bot is not slowed down."""
    people = await crowd(small_town, 6)
    small_town.box.fault("sendMessage", chat=people[0].person.id, retry_after=30, times=1)
    await owed(small_town, people)
    await small_town.house.delivery.deliver()
    assert copies(small_town, people) == [0, 1, 1, 1, 1, 1]
    assert await small_town.store(lambda session: session.query(Sender).one().paused_until) is None


async def test_a_token_that_is_refused_stops_the_letters_and_loses_none(small_town):
    people = await crowd(small_town, 30)
    small_town.box.fault("sendMessage", code=401, times=1_000)
    await owed(small_town, people)
    await small_town.house.delivery.deliver()
    assert small_town.house.delivery.unauthorised
    assert len([call for call in small_town.box.calls if call.code == 401]) <= 16
    small_town.box.api.faults.clear()
    small_town.house.delivery.pace = Pace(0, 0, 0)
    small_town.house.delivery.wake()
    await small_town.looks()
    assert copies(small_town, people) == [1] * 30
    assert not small_town.house.delivery.unauthorised


async def test_moving_the_clock_moves_no_lease(small_town):
    await small_town.looks()
    term = small_town.house.delivery.desk.term
    for hours in (30, -48, 24):
        small_town.house.clock.offset += timedelta(hours=hours)
        await small_town.house.delivery.turn()
    assert small_town.house.delivery.desk.term == term
    assert small_town.house.delivery.lease.trusted
    assert await small_town.store(lambda session: session.query(Sender).one().term) == term
    assert await small_town.store(store.counts) == {}


async def test_what_telegram_does_not_answer_is_not_tried_on_every_letter(small_town):
    """Nobody there: after a few silences it is asked by a call that costs nobody a copy."""
    people = await crowd(small_town, 40)
    small_town.box.fault("*", drop="before", times=60)
    await owed(small_town, people)
    await small_town.house.delivery.deliver()
    assert len([one for (one,) in await rows(small_town, Letter.uncertain) if one]) <= 16
    small_town.box.api.faults.clear()
    small_town.house.delivery.pace = Pace(0, 0, 0)
    for _ in range(3):
        await small_town.passes(minutes=2)
    assert min(copies(small_town, people)) >= 1
