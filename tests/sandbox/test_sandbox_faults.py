"""Faults on demand, and the limits that are always there."""

import asyncio
import time

import aiohttp
import pytest

from sandbox import limits
from sandbox.refusals import Misdirected


async def send(bot, person, text="x"):
    return await bot.call("sendMessage", chat_id=person.id, text=text)


async def test_the_next_calls_are_refused(box, bot, met):
    box.fault("sendMessage", code=502, times=2)
    assert [(await send(bot, met))["ok"] for _ in range(3)] == [False, False, True]
    assert len(box.effects) == 1


async def test_a_fault_may_be_meant_for_one_chat_or_some_words(box, bot, met, janek):
    box.say(janek, "hello")
    box.fault("*", chat=met.id, contains="poison", code=400, description="Bad Request: no", times=9)
    assert (await send(bot, met, "fine"))["ok"]
    assert (await send(bot, janek, "poison"))["ok"]
    assert (await send(bot, met, "poison"))["description"] == "Bad Request: no"


async def test_chance(box, bot, met):
    box.limits.change(enabled=False)
    box.api.faults.dice.seed(1)
    box.fault("sendMessage", probability=0.5, code=500)
    refused = [(await send(bot, met))["ok"] for _ in range(60)].count(False)
    assert 15 < refused < 45


async def test_a_connection_cut_before_or_after_the_effect(box, bot, met):
    for when, taken in (("before", 0), ("after", 1)):
        box.fault("sendMessage", drop=when)
        with pytest.raises(aiohttp.ClientError):
            await send(bot, met)
        assert len(box.effects) == taken
    assert [call.outcome for call in box.calls][-2:] == ["cut before the effect", "cut after the effect"]


async def test_silence(box, bot, met):
    box.fault("sendMessage", hang=30)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(send(bot, met), 0.2)
    assert len(box.effects) == 0


async def test_silence_after_the_effect(box, bot, met):
    box.fault("sendMessage", hang=30, drop="after")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(send(bot, met), 0.2)
    assert len(box.effects) == 1


async def test_slowness_lasts(box, bot, met):
    box.fault("*", delay=[0.05, 0.1])
    for _ in range(2):
        began = time.monotonic()
        await send(bot, met)
        assert time.monotonic() - began >= 0.05


@pytest.mark.parametrize("what", [{}, {"drop": "sometimes"}, {"cod": 500}, {"used": 3}])
async def test_faults_that_make_no_sense(box, what):
    with pytest.raises(Misdirected):
        box.fault("sendMessage", **what)


@pytest.fixture
def tick(monkeypatch):
    """A hand on the limits' own clock."""
    now = [1000.0]
    monkeypatch.setattr(limits.time, "monotonic", lambda: now[0])

    def move(seconds):
        now[0] += seconds

    return move


def spend(kept, count, chat, method="sendMessage"):
    """How many of so many calls go through."""
    went = 0
    for _ in range(count):
        try:
            kept.spend(1, method, str(chat))
            went += 1
        except limits.too_many(0).__class__:
            pass
    return went


def test_a_person_gets_a_burst_of_five_and_then_one_a_second(tick):
    kept = limits.Limits()
    assert spend(kept, 9, 7) == 5
    tick(2)
    assert spend(kept, 9, 7) == 2
    assert spend(kept, 9, 8) == 5


def test_a_group_gets_twenty_a_minute_edits_included(tick):
    kept = limits.Limits()
    assert spend(kept, 15, -100) == 15
    assert spend(kept, 15, -100, "editMessageText") == 5
    tick(3)
    assert spend(kept, 15, -100) == 1


def test_a_bot_gets_thirty_a_second_over_all_chats(tick):
    kept = limits.Limits()
    assert sum(spend(kept, 1, person) for person in range(1, 50)) == 30
    tick(1)
    assert sum(spend(kept, 1, person) for person in range(50, 99)) == 30


def test_toasts_and_typing_are_free(tick):
    kept = limits.Limits()
    assert spend(kept, 500, 7, "answerCallbackQuery") == spend(kept, 500, 7, "sendChatAction") == 500


async def test_too_many_says_how_long_to_wait_and_moving_the_clock_does_not_help(box, bot, steering):
    for number in range(20):
        await bot.ok("sendMessage", chat_id=steering.id, text=f"{number}")
    box.clock.advance(3600)
    body = await bot.call("sendMessage", chat_id=steering.id, text="x")
    assert body["error_code"] == 429
    assert 1 <= body["parameters"]["retry_after"] <= 3
    assert body["description"] == f"Too Many Requests: retry after {body['parameters']['retry_after']}"
    box.limits.change(enabled=False)
    assert await bot.ok("sendMessage", chat_id=steering.id, text="x")


async def test_a_made_up_crowd_uses_up_nothing_of_what_is_there_for_others(box, bot, met):
    crowd = box.person("Neighbour")
    box.say(crowd, "/start")
    box.limits.spared.add(str(crowd.id))
    box.limits.change(bot_per_second=2)
    for _ in range(5):
        await bot.ok("sendMessage", chat_id=crowd.id, text="x")
    await bot.ok("sendMessage", chat_id=met.id, text="x")
    await bot.ok("sendMessage", chat_id=met.id, text="x")
    assert "Too Many Requests" in await bot.no("sendMessage", chat_id=met.id, text="x")
