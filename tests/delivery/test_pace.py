"""The pace against the sandbox's own limits, which are Telegram's as far as they are known: not one 429."""

import asyncio
import os
from collections import defaultdict, deque
from datetime import UTC, datetime, time, timedelta
from statistics import quantiles
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.community import places, residents
from bot.community.hours import decent
from bot.community.residents import Person
from bot.delivery.pace import Pace
from bot.store.tables import Letter, Place
from tests.delivery.test_failures import copies, owed
from tests.town import Neighbour

LETTERS = int(os.environ.get("KITH_TEST_LETTERS", "600"))
ZONES = ("Europe/London", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia")
MOMENTS = st.integers(0, 730 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
CLOCKS = st.times().map(lambda at: at.replace(second=0, microsecond=0))


async def many(town, size):
    """Residents by the thousand, who have all started the bot."""
    people = [Neighbour(town, town.box.person(f"Reader {n}", "en")) for n in range(size)]

    def join(session):
        place = places.place_for_newcomer(session, "millbrook")
        for one in people:
            lookup = session.vault.keys.lookup(one.person.id)
            newcomer = Person(one.person.id, lookup, one.person.name, "en", None)
            one.id = residents.join(session, newcomer, place, "en", {}, None, town.now).id

    await town.store(join)
    for n, one in enumerate(people):
        town.box.say(one.person, "/start")
        if n % 100 == 99:
            await town.settles()
    await town.settles()
    return people


@pytest.mark.slow
@pytest.mark.long
async def test_a_long_stream_keeps_its_pace_while_people_tap_and_is_never_refused(small_town, record_property):
    """Letters give way to replies, and the whole stays within the limits (600; KITH_TEST_LETTERS=5000 for all)."""
    town = small_town
    people = await many(town, LETTERS)
    taps = people[:: max(1, LETTERS // 40)]
    town.house.delivery.pace = Pace()
    town.box.limits.change(enabled=True)
    town.box.api.calls = deque()  # the whole journal, not its last part
    await owed(town, people)
    town.house.delivery.wake()
    asked = defaultdict(deque)

    async def tapping():
        while True:
            for one in taps:
                asked[one.person.id].append(town.box.world.clock.now())
                town.box.say(one.person, "/help")
                await asyncio.sleep(0.7)

    busy = asyncio.create_task(tapping())
    async with asyncio.timeout(60 + LETTERS / 10):
        while await town.store(lambda session: session.query(Letter).filter(Letter.state != "sent").count()):
            await asyncio.sleep(0.5)
    busy.cancel()
    calls = [call for call in town.box.calls if call.method in {"sendMessage", "editMessageText"}]
    refused = [call for call in town.box.calls if call.code == 429]
    letters = [call.at for call in calls if call.parameters["text"] == "a letter"]
    replies = [call for call in calls if call.parameters["text"] != "a letter"]
    seconds = (letters[-1] - letters[0]).total_seconds()
    said = sum(letters[0] <= call.at <= letters[-1] for call in calls)
    waits = [(call.at - asked[int(call.parameters["chat_id"])].popleft()).total_seconds() for call in replies]
    rate = f"{LETTERS / seconds:.1f} letters and {said / seconds:.1f} messages a second, {len(refused)} refused"
    record_property(
        "shown", f"{LETTERS} letters while people tap: {rate}; replies p95 {quantiles(waits, n=20)[-1]:.3f} s"
    )
    assert refused == []
    assert copies(town, people) == [1] * LETTERS
    assert said / seconds <= 30.5


async def test_a_second_chats_429_meanwhile_is_the_bots_own():
    pace = Pace()
    assert not pace.hold(1, 5)
    assert not pace.hold(1, 5)
    assert pace.hold(2, 5)
    assert pace.refused(1) > 4
    assert pace.refused(3) == 0


async def test_a_reply_pushes_letters_back_and_its_chat_a_second():
    pace = Pace()
    before = pace.until_room()
    for _ in range(30):
        pace.replied(7)
    assert 0.9 < pace.until_room() - before < 1.1
    assert 0.9 < pace.wait(7) <= 1.0
    for _ in range(10_000):
        pace.replied(8)
    assert pace.until_room() <= 10


async def test_nothing_goes_while_the_bot_pauses_and_then_it_goes_slowly():
    pace = Pace()
    gap = pace.gap
    pace.pause(5, 60)
    assert pace.room(1.0) == 0
    assert 4 < pace.until_room() <= 5
    assert pace.gap == 2 * gap


@given(st.sampled_from(ZONES), CLOCKS, CLOCKS, MOMENTS)
def test_a_decent_hour_is_not_before_the_moment_and_never_quiet(zone, quiet_from, quiet_to, moment):
    """Across midnight, and on the days when the clock is moved."""
    place = Place(timezone=zone, quiet_from=f"{quiet_from:%H:%M}", quiet_to=f"{quiet_to:%H:%M}")
    found = decent(place, moment)
    assert moment <= found <= moment + timedelta(hours=26)
    local = found.astimezone(ZoneInfo(zone)).time()
    start, end = time(quiet_from.hour, quiet_from.minute), time(quiet_to.hour, quiet_to.minute)
    quiet = start <= local or local < end if start > end else start <= local < end
    assert not quiet
    assert decent(place, found) == found
