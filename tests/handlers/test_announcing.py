"""Announcing in the chat: who may, what is shown before anything goes, and what a second tap changes."""

import asyncio
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from bot.store import residents as store
from bot.store.tables import Broadcast, Letter
from tests.handlers.test_broadcasts import goes_out
from tests.town import plain, text_of

BODY = "The water will be off on Tuesday 1 December, from 9:00 to 15:00, on Mill Road."


@pytest.fixture
async def george(town):
    return await town.resident("George", "en", "coordinator")


async def presses(person, part):
    """Press the first button whose words hold a part; they stand on the screen."""
    words = next(plain(one) for one in person.buttons if part in plain(one))
    return await person.taps(words)


def pressable(person, part):
    return person.button(next(plain(one) for one in person.buttons if part in plain(one)))


async def drafted(person, *, body=BODY, when="As soon as"):
    """A message in own words to everybody, drafted in the chat; the screen that shows it."""
    await person.says("/announce")
    await presses(person, "My own words")
    await person.says("No water")
    await person.says(body)
    await presses(person, "News")
    await presses(person, "Skip")
    await presses(person, "Everybody")
    return await presses(person, when)


async def drafted_until_when(person):
    await person.says("/announce")
    await presses(person, "My own words")
    await presses(person, "Skip")
    await person.says(BODY)
    await presses(person, "News")
    await presses(person, "Skip")
    await presses(person, "Everybody")


def answers(person):
    """What the answers on the screen carry."""
    rows = person.screen.markup["inline_keyboard"]
    return [button["callback_data"] for row in rows for button in row if button["callback_data"].startswith("a:")]


def received(person):
    """How often the bot has brought them the message; a coordinator's desk, which shows it too, aside."""
    brought = [one for one in person.messages if one.sender != person.person.id and "bm:" not in str(one.markup)]
    return sum(BODY in text_of(one) for one in brought)


async def messages(town):
    def read(session):
        return session.execute(select(Broadcast.state, Broadcast.kind, Broadcast.template, Broadcast.audience)).all()

    return await town.store(read)


async def letters(town):
    return await town.store(lambda session: session.scalar(select(func.count()).select_from(Letter)))


async def test_a_coordinator_sees_what_will_come_of_a_message_before_anything_goes(town, george):
    await town.resident("Amina", "ur")
    await town.resident("Janek", "pl")
    await drafted(george)
    looked = plain(george.reads)
    assert "Nothing has gone yet" in looked
    assert "It goes to 3 people." in looked
    assert "1 person reads it in English" in looked
    assert BODY in looked
    assert "A test" not in looked
    assert [state for state, *_ in await messages(town)] == ["draft"]
    assert await letters(town) == 0


async def test_it_is_sent_once_after_one_question_however_often_it_is_tapped(town, george):
    amina = await town.resident("Amina", "ur")
    await drafted(george)
    await presses(george, "Send it")
    assert "2 people" in plain(george.reads)
    yes = pressable(george, "Yes, send it")
    await presses(george, "Yes, send it")
    await george.sends_tap(yes["callback_data"])
    await goes_out(town)
    assert [BODY in text_of(one) for one in amina.messages].count(True) == 1
    await george.sends_tap("bm:1:show")
    assert [state for state, *_ in await messages(town)] == ["sent"]
    assert "2 have it." in plain(george.reads)


async def test_a_phrase_asks_for_its_blanks_and_again_for_what_does_not_fit(town, george):
    janek = await town.resident("Janek", "pl")
    await george.says("/announce")
    await presses(george, "The water will be off")
    await george.says("Mill Road")
    await presses(george, "202")
    await george.says("half past nine")
    assert "That is no time" in plain(george.reads)
    await george.says("09:30")
    await george.says("09:00")
    assert "That is no time" in plain(george.reads)
    await george.says("15:00")
    await presses(george, "Skip")
    await presses(george, "Skip")
    await presses(george, "Everybody")
    await presses(george, "As soon as")
    await presses(george, "Send it")
    await presses(george, "Yes, send it")
    await goes_out(town)
    said = plain(text_of(janek.messages[-1]))
    assert "Mill Road" in said
    assert "09:30" in said
    assert "Not yet translated" not in said


async def test_a_writer_drafts_and_cannot_send_even_with_a_forged_tap(town, george):
    saira = await town.resident("Saira", "en", "writer")
    await drafted(saira)
    assert not [one for one in saira.buttons if "Send it" in one]
    [number] = await town.store(lambda session: list(session.scalars(select(Broadcast.id))))
    await saira.sends_tap(f"bm:{number}:sure")
    assert [state for state, *_ in await messages(town)] == ["draft"]
    await george.sends_tap(f"bm:{number}:sure")
    await goes_out(town)
    assert [state for state, *_ in await messages(town)] == ["sent"]


async def test_others_cannot_announce_nor_look_at_messages(town, george):
    await drafted(george)
    [number] = await town.store(lambda session: list(session.scalars(select(Broadcast.id))))
    janek = await town.resident("Janek", "pl", "steering")
    before = len(janek.messages)
    await janek.says("/announce")
    assert len(janek.messages) == before + 2, "said kindly"
    for forged in ("b:list", "b:new", f"bm:{number}:show", f"bm:{number}:sure", f"bl:{number}:pl", "bm:999:show"):
        await janek.sends_tap(forged)
        assert BODY not in plain(janek.reads)
    assert [state for state, *_ in await messages(town)] == ["draft"]


async def test_the_right_is_read_at_the_tap_not_when_the_button_was_made(town, george):
    await drafted(george)
    await presses(george, "Send it")
    yes = pressable(george, "Yes, send it")

    def demoted(session):
        found = store.residents_with(session, 1, "coordinator")[0]
        return store.take_role(session, found.id, "coordinator")

    assert await town.store(demoted)
    await george.sends_tap(yes["callback_data"])
    assert [state for state, *_ in await messages(town)] == ["draft"]


async def test_only_some_are_meant_and_the_message_waits_for_its_time(town, george):
    amina = await town.resident("Amina", "ur")
    janek = await town.resident("Janek", "pl")
    await george.says("/announce")
    await presses(george, "My own words")
    await presses(george, "Skip")
    await george.says(BODY)
    await presses(george, "News")
    await presses(george, "Skip")
    await presses(george, "Readers of some languages")
    await presses(george, "Polski")
    await presses(george, "That is all")
    await presses(george, ", 09:00")
    assert "It goes to 1 person." in plain(george.reads)
    await presses(george, "Send it")
    await presses(george, "Yes, send it")
    await goes_out(town)
    assert BODY not in plain(text_of(janek.messages[-1]))
    await town.passes(hours=26)  # whatever the hour, the next morning is less than that away
    await goes_out(town)
    assert BODY in plain(text_of(janek.messages[-1]))
    assert not any(BODY in plain(text_of(one)) for one in amina.messages)


async def test_a_message_is_called_off_once_and_its_draft_thrown_away(town, george):
    await drafted(george)
    await presses(george, "Throw it away")
    await presses(george, "Yes, call it off")
    assert [state for state, *_ in await messages(town)] == ["cancelled"]
    [number] = await town.store(lambda session: list(session.scalars(select(Broadcast.id))))
    await george.sends_tap(f"bm:{number}:sure")
    await george.sends_tap(f"bm:{number}:off")
    await goes_out(town)
    assert [state for state, *_ in await messages(town)] == ["cancelled"]


async def test_a_correction_changes_what_has_arrived_in_place(town, george):
    janek = await town.resident("Janek", "pl")
    await drafted(george)
    await presses(george, "Send it")
    await presses(george, "Yes, send it")
    await goes_out(town)
    arrived = len(janek.messages)
    [number] = await town.store(lambda session: list(session.scalars(select(Broadcast.id))))
    await george.sends_tap(f"bm:{number}:correct")
    await presses(george, "Skip")
    await george.says("The water will be off on Wednesday 2 December, on Mill Road.")
    await presses(george, "No, only change it")
    await goes_out(town)
    assert len(janek.messages) == arrived
    assert "Wednesday 2 December" in plain(text_of(janek.messages[-1]))


async def test_a_photo_goes_with_the_message_and_words_do_not_stand_for_one(town, george):
    janek = await town.resident("Janek", "pl")
    await george.says("/announce")
    await presses(george, "My own words")
    await presses(george, "Skip")
    await george.says(BODY)
    await presses(george, "News")
    await george.says("here it is")
    assert "Send a photo" in plain(george.reads)
    await george.says(photo=True)
    await presses(george, "Everybody")
    await presses(george, "As soon as")
    await presses(george, "Send it")
    await presses(george, "Yes, send it")
    await goes_out(town)
    assert "photo" in janek.messages[-1].content


async def test_the_desk_speaks_the_coordinators_language_from_right_to_left(town):
    amina = await town.resident("Amina", "ur", "coordinator")
    await amina.says("/announce")
    assert amina.buttons
    await amina.says("/menu")
    rows = amina.screen.markup["inline_keyboard"]
    assert "b:list" in [button.get("callback_data") for row in rows for button in row]
    await amina.sends_tap("b:list")
    assert amina.screen.markup["inline_keyboard"][0][0]["callback_data"] == "b:new"


@pytest.mark.parametrize(("hour", "offered"), [(0, [9, 18, 33, 57]), (8, [18, 33, 57, 81]), (20, [33, 57, 81])])
async def test_the_times_on_offer_are_the_next_ones_of_the_places_day(small_town, hour, offered):
    george = await small_town.resident("George", "en", "coordinator")
    zone = ZoneInfo("Europe/London")
    midnight = (small_town.now.astimezone(zone) + timedelta(days=2)).replace(hour=0, minute=0, second=0, microsecond=0)
    await small_town.passes(seconds=(midnight.replace(hour=hour, minute=20) - small_town.now).total_seconds())
    await drafted_until_when(george)
    times = [datetime.fromisoformat(data.partition(".when:")[2]) for data in answers(george)[1:]]
    assert times == sorted(times)
    assert [round((one - midnight).total_seconds() / 3600) for one in times] == offered


async def test_two_coordinators_send_at_once_and_it_goes_once(town, george):
    carys = await town.resident("Carys", "en", "coordinator")
    amina = await town.resident("Amina", "ur")
    await drafted(george)
    taps = [town.box.tap(one.person, one.screen, "bm:1:sure") for one in (george, carys, george)]
    await asyncio.gather(*(town.box.answered(tap) for tap in taps))
    await goes_out(town)
    assert [state for state, *_ in await messages(town)] == ["sent"]
    for person in (george, carys, amina):
        assert received(person) == 1


async def test_an_old_question_is_answered_kindly_and_a_cancelled_one_keeps_nothing(town, george):
    await george.says("/announce")
    own = pressable(george, "My own words")["callback_data"]
    await presses(george, "My own words")
    assert "behind us" in await george.sends_tap(own)
    assert "A short title" in plain(george.reads)
    await george.says("No water")
    await presses(george, "Cancel")
    assert await messages(town) == []
    await george.says(BODY)
    assert await messages(town) == []
