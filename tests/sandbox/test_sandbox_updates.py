"""Fetching updates, having them brought, and the forms a request may take."""

import asyncio

import aiohttp
import pytest
from aiohttp import web


async def test_updates_wait_until_they_are_confirmed(box, bot, amina):
    for text in ("one", "two", "three"):
        box.say(amina, text)
    first = await bot.ok("getUpdates", limit=2)
    assert [update["message"]["text"] for update in first] == ["one", "two"]
    assert await bot.ok("getUpdates", limit=2) == first
    (third,) = await bot.ok("getUpdates", offset=first[-1]["update_id"] + 1)
    assert third["update_id"] == first[-1]["update_id"] + 1
    assert await bot.ok("getUpdates", offset=third["update_id"] + 1) == []


async def test_a_negative_offset_forgets_all_but_the_last(box, bot, amina):
    for text in ("one", "two", "three"):
        box.say(amina, text)
    assert [update["message"]["text"] for update in await bot.ok("getUpdates", offset=-1)] == ["three"]
    assert len(await bot.ok("getUpdates")) == 1


async def test_a_long_poll_wakes_up(box, bot, amina):
    poll = asyncio.create_task(bot.ok("getUpdates", timeout=5))
    await asyncio.sleep(0.1)
    box.say(amina, "hello")
    async with asyncio.timeout(1):
        assert (await poll)[0]["message"]["text"] == "hello"


async def test_allowed_updates_count_when_the_update_is_made(box, bot, amina):
    await bot.ok("getUpdates", allowed_updates=["callback_query"])
    box.say(amina, "unheard")
    await bot.ok("getUpdates", allowed_updates=[])
    box.say(amina, "heard")
    assert await bot.heard() == ["heard"]


async def test_messages_wait_a_day_and_taps_two_minutes_and_a_half(box, bot, met):
    card = await bot.ok("sendMessage", chat_id=met.id, text="A poll")
    box.say(met, "hello")
    box.tap(met, card["message_id"], "yes")
    box.clock.advance(151)
    assert [set(update) - {"update_id"} for update in await bot.ok("getUpdates")] == [{"message"}]
    box.clock.advance(24 * 3600)
    assert await bot.ok("getUpdates") == []


async def test_a_duplicated_update_comes_again(box, bot, amina):
    box.fault("message", duplicate=1)
    box.say(amina, "twice")
    (first,) = await bot.ok("getUpdates")
    (second,) = await bot.ok("getUpdates", offset=first["update_id"] + 1)
    assert first == second
    assert await bot.ok("getUpdates", offset=first["update_id"] + 1) == []


async def test_update_ids_go_on_after_a_reset(box, bot, amina):
    box.say(amina, "before")
    (before,) = await bot.updates()
    box.reset()
    box.say(box.person("Janek"), "after")
    (after,) = await bot.updates()
    assert after["update_id"] > before["update_id"]


async def test_a_reset_does_not_disturb_a_waiting_poll(box, bot):
    poll = asyncio.create_task(bot.ok("getUpdates", timeout=5))
    await asyncio.sleep(0.1)
    box.reset()
    box.say(box.person("Janek"), "after")
    async with asyncio.timeout(1):
        assert (await poll)[0]["message"]["text"] == "after"


async def test_a_webhook_ends_a_waiting_poll(bot):
    poll = asyncio.create_task(bot.no("getUpdates", timeout=5))
    await asyncio.sleep(0.1)
    await bot.ok("setWebhook", url="http://127.0.0.1:9/")
    assert await poll == "409 Conflict: terminated by setWebhook request"


@pytest.mark.parametrize("url", ["nonsense", "ftp://127.0.0.1/", "https://example.org/hook", "http://10.0.0.1/"])
async def test_a_webhook_stays_on_this_machine(bot, url):
    assert "bad webhook" in await bot.no("setWebhook", url=url)


class Hook:
    """A bot's webhook: gives the planned answers in turn, then 200."""

    def __init__(self):
        self.came, self.planned, self.inside, self.most_inside = [], [], 0, 0
        self.slow = 0.0

    async def take(self, request):
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        body = await request.json()
        await asyncio.sleep(self.slow)
        self.came.append(body["message"]["text"])
        self.inside -= 1
        return self.planned.pop(0) if self.planned else web.Response()

    async def until(self, count):
        async with asyncio.timeout(3):
            while len(self.came) < count:
                await asyncio.sleep(0.01)
        return self.came


@pytest.fixture
async def hook(bot):
    hook, app = Hook(), web.Application()
    app.router.add_post("/hook", hook.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await bot.ok("setWebhook", url=f"http://127.0.0.1:{runner.addresses[0][1]}/hook")
    yield hook
    await bot.ok("deleteWebhook")
    await runner.cleanup()


async def test_a_webhook_is_tried_again_until_it_takes_the_update(box, bot, hook, amina):
    hook.planned = [web.Response(status=500), web.Response(status=503, headers={"Retry-After": "1"})]
    began = asyncio.get_running_loop().time()
    box.say(amina, "one")
    box.say(amina, "two")
    assert await hook.until(4) == ["one", "one", "one", "two"]
    assert asyncio.get_running_loop().time() - began > 1
    info = await bot.ok("getWebhookInfo")
    assert info["last_error_message"] == "Wrong response from the webhook: 503 Service Unavailable"
    assert info["pending_update_count"] == 0


async def test_one_chats_updates_come_one_by_one_and_chats_side_by_side(box, hook, amina, janek):
    hook.slow = 0.1
    for text in ("one", "two", "three"):
        box.say(amina, text)
    box.say(janek, "aside")
    came = await hook.until(4)
    assert [text for text in came if text != "aside"] == ["one", "two", "three"]
    assert hook.most_inside == 2


async def test_a_method_in_the_answer_is_obeyed_in_every_form(box, hook, amina):
    box.say(amina, "start")
    await hook.until(1)
    form = aiohttp.FormData({"method": "sendMessage", "chat_id": str(amina.id), "text": "5"})
    multipart = aiohttp.FormData(default_to_multipart=True)
    for name, value in (("method", "sendMessage"), ("chat_id", str(amina.id)), ("text", "many")):
        multipart.add_field(name, value)
    for number, body in enumerate((form(), multipart()), 2):
        hook.planned = [web.Response(body=body)]
        box.say(amina, "again")
        await hook.until(number)
    hook.planned = [
        web.json_response({"method": "sendMessage", "chat_id": amina.id, "text": "<b>", "parse_mode": "HTML"})
    ]
    box.say(amina, "again")
    await hook.until(4)
    await asyncio.sleep(0.05)
    assert [m.content["text"] for m in box.messages(amina) if m.sender == box.bot.id] == ["5", "many"]
    assert "can't parse entities" in box.calls[-1].outcome


async def test_a_dead_webhook_is_reported(box, bot, amina):
    await bot.ok("setWebhook", url="http://127.0.0.1:9/")
    box.say(amina, "one")
    await asyncio.sleep(0.2)
    info = await bot.ok("getWebhookInfo")
    assert (info["pending_update_count"], info["last_error_message"][:17]) == (1, "Connection failed")
    await bot.ok("deleteWebhook")
    assert await bot.heard() == ["one"]


async def test_every_form_of_request(box, session, met):
    url = f"{box.url}/bot{box.token}/sendMessage"
    asked = {"chat_id": str(met.id), "text": "5", "disable_notification": "true"}
    multipart = aiohttp.FormData(default_to_multipart=True)
    for name, value in asked.items():
        multipart.add_field(name, value)
    for more in (
        {"data": asked},
        {"json": asked},
        {"params": asked},
        {"data": multipart},
        {"json": asked | {"text": 5}},
    ):
        async with session.post(url, **more) as answer:
            assert (await answer.json())["result"]["text"] == "5"
    async with session.get(url, params=asked) as answer:
        assert (await answer.json())["error_code"] == 429
    async with session.post(url, data=b"{", headers={"Content-Type": "application/json"}) as answer:
        assert (await answer.json())["description"] == "Bad Request: can't parse JSON object"


async def test_several_bots_do_not_hear_each_other(box, bot, another_bot, amina):
    other = another_bot("77:other")
    assert (await other.ok("getMe"))["username"] == "kith_2_bot"
    box.open(amina, "https://t.me/kith_2_bot?start=x")
    assert (await other.heard(), await bot.heard()) == (["/start x"], [])
