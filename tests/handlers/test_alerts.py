""" "I need someone today": numbers at once, a coordinator as soon as one looks, and the truth meanwhile (P7)."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.community import alerts, places, residents
from bot.store import alerts as store
from bot.store import residents as residents_store
from bot.store.tables import Alert
from bot.taps import AlertTap, NeedSomeoneTap, TakeAlertTap
from tests.handlers.test_checkins import taps_on


async def with_lines(town):
    def work(session):
        place = places.place_for_newcomer(session, "millbrook")
        alerts.add_helpline(session, place, "en", "Samaritans", "116 123", "day and night")
        alerts.add_helpline(session, place, "pl", "Telefon zaufania", "116 111", "")

    await town.store(work)


async def alert_of(town):
    def work(session):
        one = session.query(Alert).one()
        return one.id, one.state, one.told, one.escalated_at is not None

    return await town.store(work)


async def at_night(town):
    """Three in the morning, Sunday: outside everybody's hours."""
    local = town.now
    night = local.replace(hour=3, minute=10, second=0, microsecond=0)
    night += timedelta(days=(6 - night.weekday()) % 7 + (7 if night <= local and night.weekday() == 6 else 0))
    await town.passes(seconds=(night - local).total_seconds() % (7 * 86400))


async def test_the_numbers_come_at_once_in_ones_own_language(town):
    await with_lines(town)
    janek = await town.resident("Janek", "pl")
    await janek.sends_tap(NeedSomeoneTap().pack())
    assert "116 111" in janek.reads
    assert "Samaritans" not in janek.reads
    amina = await town.resident("Amina", "ur")
    await amina.sends_tap(NeedSomeoneTap().pack())
    assert "116 123" in amina.reads, "a language without a number of its own gets those there are"


async def test_without_consent_nobody_is_told_until_the_person_says_so(town):
    coordinator = await town.resident("George", "en", "coordinator")
    janek = await town.resident("Janek")

    def refuse(session):
        someone = residents_store.resident_by_id(session, janek.id)
        residents.change_consent(session, someone, "alerts", town.now, given=False)

    await town.store(refuse)
    await janek.sends_tap(NeedSomeoneTap().pack())
    await town.looks()
    assert "needs someone" not in coordinator.reads
    await janek.taps("I agree: tell the coordinators")
    assert "Nobody has seen it yet" in janek.reads
    await town.looks()
    assert "A neighbour needs someone today." in coordinator.reads
    assert "Janek" not in coordinator.reads, "no name before it is taken"


async def test_one_of_two_coordinators_takes_it_and_the_person_hears_the_truth(town):
    george = await town.resident("George", "en", "coordinator")
    carys = await town.resident("Carys", "en", "coordinator")
    janek = await town.resident("Janek")
    await janek.sends_tap(NeedSomeoneTap().pack())
    await janek.taps("Yes, tell the coordinators")
    await town.looks()
    number, *_ = await alert_of(town)
    taps = [one.sends_tap(TakeAlertTap(number, 1).pack()) for one in (george, carys)]
    await asyncio.gather(*taps)
    readers = [one for one in (george, carys) if "It is Janek." in one.reads]
    assert len(readers) == 1
    await janek.sends_tap(AlertTap("seen").pack())  # the letter that says so may have come meanwhile
    assert "coordinator has seen" in janek.reads
    await town.passes(minutes=31)
    assert (await alert_of(town))[1:] == ("taken", 1, False), "nothing is repeated once somebody has it"


async def test_at_night_with_the_sender_paused_the_numbers_come_and_the_alert_goes_first_afterwards(town):
    """P7: numbers from the same transaction; repeated every ten minutes; told to the steering group after half an hour."""
    await with_lines(town)
    george = await town.resident("George", "en", "coordinator")
    steering = await town.resident("Carys", "en", "steering")
    janek = await town.resident("Janek")
    await at_night(town)
    await janek.sends_tap(NeedSomeoneTap().pack())
    assert "116 123" in janek.reads
    assert "It is outside their hours now" in janek.reads
    await janek.taps("Yes, tell the coordinators")
    assert "Nobody has seen it yet" in janek.reads
    await town.looks()
    assert "needs someone today" in george.reads, "quiet hours hold back no alert"
    before = len(george.messages)
    for _ in range(3):
        await town.passes(minutes=11)
    assert len(george.messages) >= before + 2
    assert "needs someone today" in steering.reads
    assert (await alert_of(town))[1] == "open"
    await janek.sends_tap(AlertTap("seen").pack())
    assert "Nobody has seen it yet" in janek.reads


async def test_whoever_is_well_calls_it_off(town):
    george = await town.resident("George", "en", "coordinator")
    janek = await town.resident("Janek")
    await janek.sends_tap(NeedSomeoneTap().pack())
    await janek.taps("Yes, tell the coordinators")
    await town.looks()
    await george.taps("I am taking this")
    await town.looks()
    await janek.taps("I am well, thank you")
    await town.looks()
    assert "says that they are well" in george.reads
    assert (await alert_of(town))[1] == "closed"


async def test_only_a_coordinator_takes_an_alert(town):
    await town.resident("George", "en", "coordinator")
    zofia = await town.resident("Zofia")
    janek = await town.resident("Janek")
    await janek.sends_tap(NeedSomeoneTap().pack())
    await janek.taps("Yes, tell the coordinators")
    number, *_ = await alert_of(town)
    assert "another role" in await zofia.sends_tap(TakeAlertTap(number, 1).pack())
    assert "Janek" not in zofia.reads


async def test_the_button_is_in_the_menu_and_in_help(small_town):
    janek = await small_town.resident("Janek")
    for command in ("/menu", "/help"):
        await janek.says(command)
        assert NeedSomeoneTap().pack() in taps_on(janek)


async def test_no_word_that_anybody_writes_raises_an_alert(small_town):
    """No classifier: only the button."""
    janek = await small_town.resident("Janek")
    await janek.says("I am not safe, I need someone today")
    assert await small_town.store(lambda session: session.query(Alert).count()) == 0


async def test_forgetting_somebody_drops_their_alert(town):
    janek = await town.resident("Janek")
    await janek.sends_tap(NeedSomeoneTap().pack())
    await janek.taps("Yes, tell the coordinators")

    def forget(session):
        residents.forget(session, residents_store.resident_by_id(session, janek.id))

    await town.store(forget)
    assert await town.store(lambda session: session.query(Alert).count()) == 0
    assert await town.store(store.oldest_open) is None


@pytest.mark.parametrize(
    "moment, on_duty",
    [
        (datetime(2026, 11, 23, 9, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 23, 8, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 23, 17, 0, tzinfo=UTC), False),
        (datetime(2026, 11, 22, 12, 0, tzinfo=UTC), False),
        (datetime(2026, 7, 6, 8, 30, tzinfo=UTC), True),
    ],
)
async def test_duty_follows_the_places_own_clock(small_town, moment, on_duty):
    place = await small_town.store(lambda session: places.place_for_newcomer(session, "millbrook"))
    assert alerts.on_duty(place, moment) is on_duty
