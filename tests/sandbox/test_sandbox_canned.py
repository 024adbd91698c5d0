"""The load target answers whatever it is asked, and keeps count."""

import asyncio

import aiogram
import aiohttp
import pytest
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiohttp import web

from sandbox.canned import serve_canned


@pytest.fixture
async def target():
    server, _load = await serve_canned(0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


async def test_a_poller_gets_its_taps_and_every_answer_is_timed(target, session):
    bot = aiogram.Bot("1:a", session=AiohttpSession(api=TelegramAPIServer.from_base(target)))
    await session.post(target + "/load", json={"taps": 150, "people": 10, "template": "vote:{n}"})
    offset = seen = 0
    while seen < 150:
        for update in await bot.get_updates(offset=offset, timeout=1):
            offset, seen = update.update_id + 1, seen + 1
            await bot.answer_callback_query(update.callback_query.id, text="5")
            await bot.send_message(update.callback_query.from_user.id, "Zażółć")
    await bot.session.close()
    stats = await (await session.get(target + "/load/stats")).json()
    assert (stats["given"], stats["answered"], len(stats["seconds"])) == (150, 150, 150)
    assert (stats["calls"]["answerCallbackQuery"], stats["calls"]["sendMessage"]) == (150, 150)
    await session.post(target + "/load/clear")
    assert (await (await session.get(target + "/load/stats")).json())["given"] == 0


async def test_a_poll_waits_for_the_load(target, session):
    poll = asyncio.create_task(session.post(target + "/bot1:a/getUpdates"))
    await asyncio.sleep(0.1)
    await session.post(target + "/load", json={"updates": [{"update_id": 5, "message": {}}]})
    assert (await (await poll).json())["result"] == [{"update_id": 5, "message": {}}]


@pytest.mark.parametrize("form", ["json", "multipart"])
async def test_a_webhook_is_pushed_to_and_may_answer_at_once(target, session, form):
    async def take(request):
        tap = (await request.json())["callback_query"]["id"]
        if form == "json":
            return web.json_response({"method": "answerCallbackQuery", "callback_query_id": tap})
        body = aiohttp.FormData(default_to_multipart=True)
        body.add_field("method", "answerCallbackQuery")
        body.add_field("callback_query_id", tap)
        return web.Response(body=body())

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    await session.post(target + "/load", json={"taps": 40, "people": 4, "webhook": url, "connections": 4})
    async with asyncio.timeout(5):
        stats = {"answered": 0}
        while stats["answered"] < 40:
            stats = await (await session.get(target + "/load/stats")).json()
    assert stats["calls"]["webhook 200"] == stats["calls"]["answerCallbackQuery in the answer"] == 40
    await runner.cleanup()


async def test_bad_loads_are_refused(target, session):
    answer = await (await session.post(target + "/load", data="nonsense")).json()
    assert answer["ok"] is False
