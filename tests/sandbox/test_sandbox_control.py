"""Driven from outside: the JSON paths, the stream of events, and the file that keeps a world."""

import asyncio
import base64
import json
import time

import pytest

from sandbox import keep
from sandbox.server import PIXEL, Sandbox


async def test_a_vote_by_json_alone(control, bot):
    amina = (await control.post("people", name="Amina", language="ur"))["id"]
    await control.post("open", person=amina, link="https://t.me/kith_bot?start=x")
    assert await bot.heard() == ["/start x"]
    buttons = {"inline_keyboard": [[{"text": "Yes", "callback_data": "yes"}, {"text": "More", "url": "https://x.org"}]]}
    await bot.ok("sendMessage", chat_id=amina, text="<b>سلام</b>", parse_mode="HTML", reply_markup=buttons)
    state = await control.get("state")
    (chat,) = state["chats"]
    card = chat["messages"][-1]
    assert (card["html"], card["rtl"], card["from"]["is_bot"]) == ("<b>سلام</b>", True, True)
    assert card["buttons"] == [[{"text": "Yes", "data": "yes"}, {"text": "More", "url": "https://x.org"}]]

    tapping = asyncio.create_task(control.post("tap", person=amina, message=card["id"], data="yes", wait=3))
    update = (await bot.ok("getUpdates", offset=bot.offset, timeout=3))[-1]
    await bot.ok("answerCallbackQuery", callback_query_id=update["callback_query"]["id"], text="Noted")
    assert (await tapping)["answer"] == {"text": "Noted", "alert": False, "url": None}
    assert (await control.get("state"))["toasts"][-1]["text"] == "Noted"
    assert (await control.post("tap", person=amina, message=card["id"], data="yes", wait=0.05))["answer"] is None


async def test_all_that_people_send(control, session, box, bot, met):
    sent = [
        await control.post("say", person=met.id, **what)
        for what in (
            {"photo": base64.b64encode(PIXEL).decode(), "text": "look"},
            {"voice": True},
            {"sticker": "🎉"},
            {"contact": True},
            {"document": True},
        )
    ]
    photo, voice, sticker, contact, document = [one["message"] for one in sent]
    assert (photo["caption"], photo["text"], sticker["sticker"], contact["contact"]) == (True, "look", "🎉", "Amina")
    assert document["document"]["name"] == "notes.txt"
    async with session.get(box.url + photo["photo"]) as answer:
        assert (answer.content_type, await answer.read()) == ("image/png", PIXEL)
    async with session.get(box.url + document["document"]["url"]) as answer:
        assert answer.headers["Content-Disposition"] == "attachment"
    edited = await control.post("edit", person=met.id, message=voice["id"], text="x")
    assert edited["error"] == f"Message {voice['id']} is not a text of Amina's."


async def test_a_group_by_json(control, bot, box, amina, janek):
    assert box.bot
    group = (await control.post("groups", title="Steering", members=[janek.id], admins=[amina.id]))["id"]
    await control.post("add_bot", chat=group, admin=True)
    await control.post("say", person=janek.id, chat=group, text="hello")
    assert (await bot.heard())[-1] == "hello"
    await control.post("open", person=amina.id, link="https://t.me/kith_bot?startgroup=link", chat=group)
    assert await bot.heard() == ["/start@kith_bot link"]
    await control.post("admin", chat=group, person=janek.id, anonymous=True)
    assert (await control.post("say", person=janek.id, chat=group, text="x"))["message"]["from"]["name"] == "Steering"
    await control.post("kick", chat=group, person=janek.id)
    await control.post("kick", chat=group)
    (chat,) = (await control.get("state"))["chats"]
    assert (chat["members"], chat["bots"]) == ([amina.id], [])
    small = (await control.post("groups", title="Small", members=[amina.id], supergroup=False))["id"]
    assert (await control.post("upgrade", chat=small))["id"] < -1_000_000_000_000


async def test_blocking_by_json(control, bot, met):
    await control.post("block", person=met.id)
    assert "blocked" in await bot.no("sendMessage", chat_id=met.id, text="x")
    await control.post("unblock", person=met.id)
    assert await bot.ok("sendMessage", chat_id=met.id, text="x")
    await control.post("delete_account", person=met.id)
    assert (await control.get("state"))["people"][0]["deleted"]


async def test_the_clock(control, box):
    moves = []
    box.clock.on_move(moves.append)
    await control.post("clock", advance_seconds=3600)
    now = (await control.post("clock", to="2030-01-01T09:00:00+01:00"))["now"]
    assert now.startswith("2030-01-01T08:00:00")
    assert (len(moves), moves[-1].year) == (2, 2030)


async def test_before_the_clock_moves_a_bot_may_finish_what_it_has_fetched(control, box, bot, met):
    card = await bot.ok("sendMessage", chat_id=met.id, text="A poll")
    tap = box.tap(met, card["message_id"], "yes")
    (update,) = await bot.ok("getUpdates")
    moving = asyncio.create_task(control.post("clock", advance_seconds=7 * 86400))
    await asyncio.sleep(0.1)
    await bot.ok("answerCallbackQuery", callback_query_id=tap.id, text="Noted")
    assert not moving.done()
    await bot.ok("getUpdates", offset=update["update_id"] + 1)
    assert (await moving)["ok"]


async def test_the_clock_does_not_wait_for_a_bot_that_is_gone(control, box, met):
    box.say(met, "hello")
    began = time.monotonic()
    await control.post("clock", advance_seconds=60)
    assert time.monotonic() - began < 0.5


@pytest.mark.parametrize(
    "path, asked, words",
    [
        ("people", {}, "name is missing: it must be text."),
        ("people", {"name": "x", "language": 5}, "language must be text."),
        ("say", {"text": "x"}, "Say who: person is an id from /sandbox/state."),
        ("say", {"person": 5, "text": "x"}, "There is no person 5; /sandbox/state lists them."),
        ("say", {"person": "A", "chat": 7, "text": "x"}, "There is no chat 7; /sandbox/state lists them by key."),
        ("say", {"person": "A"}, "Say something: the text is empty."),
        ("say", {"person": "A", "photo": "%"}, "photo must be true or base64."),
        ("tap", {"person": "A", "data": "x"}, "message is missing: it must be a whole number."),
        ("tap", {"person": "A", "message": 9, "data": "x"}, "There is no message 9 of a bot in that chat."),
        ("tap", {"person": "A", "message": 9, "data": "x", "wait": "long"}, "wait is a number of seconds up to 60."),
        ("clock", {}, "Give either advance_seconds or to."),
        ("clock", {"to": "2030-01-01T09:00:00"}, 'to needs its time zone, such as "2026-12-01T09:00:00+00:00".'),
        ("clock", {"to": "soon"}, 'to is a moment such as "2026-12-01T09:00:00+00:00".'),
        ("faults", {"method": "*"}, "Say what goes wrong: code, retry_after, hang, drop, delay or duplicate."),
        ("kick", {"chat": 5}, "Say which group: chat is a group's id from /sandbox/state."),
        ("say", {"person": "A", "bot": "x_bot", "text": "x"}, "There is no bot 'x_bot'; /sandbox/state lists them."),
    ],
)
async def test_bad_requests_say_what_to_do_and_do_nothing(control, amina, path, asked, words):
    box = control.box
    assert box.bot
    if asked.get("person") == "A":
        asked = asked | {"person": amina.id}
    before = box.world.revision
    answer = await control.post(path, **asked)
    assert (answer["ok"], answer["error"]) == (False, words)
    assert box.world.revision - before <= 1  # at most the empty chat that the page would show anyway


async def test_a_reset_begins_anew_and_whoever_filled_the_world_fills_it_again(control, box, amina):
    async def refill():
        box.person("Janek", "pl")

    box.after_reset.append(refill)
    box.clock.advance(86400)
    box.fault("*", code=500, times=9)
    await control.post("reset")
    state = await control.get("state")
    assert [person["name"] for person in state["people"]] == ["Janek"]
    assert (state["chats"], box.api.faults.all, box.clock.ahead.total_seconds()) == ([], [], 0)


async def test_limits_by_json(control):
    assert (await control.post("limits", person_burst=3))["person_burst"] == 3
    assert (await control.post("limits", enabled=False))["enabled"] is False
    assert "Limits are" in (await control.post("limits", speed=3))["error"]


async def test_faults_by_json(control, bot, met):
    assert len((await control.post("faults", method="sendMessage", code=500, times=2))["faults"]) == 1
    await bot.no("sendMessage", chat_id=met.id, text="x")
    assert (await control.get("faults"))["faults"][0]["used"] == 1
    await control.post("faults", clear=True)
    assert await bot.ok("sendMessage", chat_id=met.id, text="x")


async def test_other_sites_and_other_names_are_turned_away(box, session):
    url = box.url + "/sandbox/state"
    for headers in (
        {"Host": "evil.example:80"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        async with session.get(url, headers=headers) as answer:
            assert answer.status == 403, headers
    async with session.get(url, headers={"Origin": box.url}) as answer:
        assert answer.status == 200
    async with session.get(f"{box.url}/page/../server.py") as answer:
        assert answer.status == 404


async def test_the_journal(control, box, bot, met):
    await bot.ok("sendMessage", chat_id=met.id, text="x")
    await bot.no("sendMessage", chat_id=met.id, text="")
    calls = (await control.get("calls?after=0"))["calls"]
    assert [(call["method"], call["code"]) for call in calls] == [("sendMessage", 200), ("sendMessage", 400)]
    assert (await control.get(f"calls?after={calls[0]['number']}"))["calls"] == calls[1:]


async def test_the_stream_of_events(box, session, bot, met):
    async with session.get(box.url + "/sandbox/events") as stream:
        await stream.content.readline()
        sent = await bot.ok("sendMessage", chat_id=met.id, text="hello")
        await bot.ok("editMessageText", chat_id=met.id, message_id=sent["message_id"], text="bye")
        await bot.ok("sendChatAction", chat_id=met.id, action="typing")
        await bot.ok("deleteMessage", chat_id=met.id, message_id=sent["message_id"])
        box.clock.advance(60)
        events = []
        while not events or events[-1]["type"] != "clock":
            line = await asyncio.wait_for(stream.content.readline(), 2)
            if line.startswith(b"data: "):
                events.append(json.loads(line[6:]))
    shown = [event for event in events if event["type"] != "call"]
    assert [event["type"] for event in shown] == ["message", "edited", "typing", "deleted", "clock"]
    assert (shown[0]["chat"], shown[0]["message"]["text"]) == (f"{box.bot.id}:{met.id}", "hello")
    assert (shown[1]["message"]["text"], shown[1]["message"]["edited"]) == ("bye", True)
    assert shown[3]["message"] == sent["message_id"]
    assert [e["call"]["method"] for e in events if e["type"] == "call"][:2] == ["sendMessage", "editMessageText"]


async def test_a_kept_world_is_there_again(tmp_path, session):
    path = str(tmp_path / "deep" / "world.json")
    async with Sandbox(keep=path) as box:
        amina = box.person("Amina", "ur")
        group = box.group("Steering", [amina])
        box.add_bot(group, admin=True)
        token, photo = box.token, box.say(amina, photo=True)
        async with session.post(
            f"{box.url}/bot{token}/setMyCommands",
            json={"commands": [{"command": "help", "description": "Help"}], "language_code": "pl"},
        ) as answer:
            assert answer.status == 200
        box.clock.advance(86400)
        before = await (await session.get(box.url + "/sandbox/state")).json()
        waiting = list(box.bot.waiting)
    async with Sandbox(keep=path) as box:
        after = await (await session.get(box.url + "/sandbox/state")).json()
        for name in ("bots", "people", "chats"):
            assert after[name] == before[name]
        assert after["now"] > before["now"]
        assert (box.token, list(box.bot.waiting)) == (token, waiting)
        assert (await session.get(box.url + f"/sandbox/files/{photo.content['photo'][0]['file_id']}")).status == 200
        assert box.say(box.world.people[amina.id], "again").id > photo.id


async def test_after_a_power_cut_no_update_has_a_number_that_was_given_out_before(tmp_path):
    """The bot would take it for one that it knows, and never answer: a crowd brings more than the clock allows for."""
    path = tmp_path / "world.json"
    async with Sandbox(keep=str(path)) as box:
        amina = box.person("Amina", "ur")
        for _ in range(300):
            box.say(amina, "hello")
        kept = path.with_name("kept.json")
        kept.write_text(json.dumps(keep.kept(box.world)), encoding="utf-8")
        for _ in range(300):
            box.say(amina, "said in the last seconds")
        last = box.bot.last_update_id
    async with Sandbox(keep=str(kept)) as box:
        assert box.bot.last_update_id >= last


async def test_two_power_cuts_right_after_each_other_give_no_number_out_twice(tmp_path):
    path = tmp_path / "world.json"
    async with Sandbox(keep=str(path)) as box:
        amina = box.person("Amina", "ur")
        box.say(amina, "hello")
    updates, messages = set(), set()
    for _ in range(2):  # each dies before anything was saved, but for what starting saves
        async with Sandbox(keep=str(path)) as box:
            saved = path.read_bytes()
            messages.add(box.say(box.world.people[amina.id], "hello again").id)
            updates.add(box.bot.last_update_id)
        path.write_bytes(saved)
    assert len(updates) == len(messages) == 2


async def test_it_closes_at_once_though_somebody_waits(session):
    async with Sandbox() as box:
        poll = asyncio.create_task(session.get(f"{box.url}/bot{box.token}/getUpdates", params={"timeout": "30"}))
        stream = await session.get(box.url + "/sandbox/events")
        await asyncio.sleep(0.1)
        began = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began < 2
    assert (await (await poll).json()) == {"ok": True, "result": []}
    stream.close()
