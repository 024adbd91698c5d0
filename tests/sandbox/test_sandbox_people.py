"""What people do, and what bots get to hear of it."""

import pytest

from sandbox.refusals import Misdirected
from sandbox.world import ANONYMOUS_ADMIN


async def test_a_deep_link_opens_the_chat_and_says_start(box, bot, amina):
    box.open(amina, "https://t.me/kith_bot?start=place-millbrook")
    assert await bot.heard() == ["/start place-millbrook"]
    assert box.open(amina, "https://t.me/kith_bot") is None
    box.open(amina, "tg://resolve?domain=kith_bot&start=again")
    assert await bot.heard() == ["/start again"]


@pytest.mark.parametrize(
    "link",
    ["https://t.me/nobody_bot?start=x", "https://example.org/kith_bot", "https://t.me/kith_bot?start=a%20b", "x" * 9],
)
async def test_links_that_lead_nowhere(box, amina, link):
    assert box.bot
    with pytest.raises(Misdirected):
        box.open(amina, link)
    assert box.world.chats == {}


async def test_a_bot_may_not_write_first(bot, amina, another_bot):
    refusal = await bot.no("sendMessage", chat_id=amina.id, text="Hi")
    assert refusal == "403 Forbidden: bot can't initiate conversation with a user"
    other = await another_bot("77:other").ok("getMe")
    assert "bots can't send messages to bots" in await bot.no("sendMessage", chat_id=other["id"], text="Hi")


async def test_blocking_and_coming_back(box, bot, met):
    box.block(met)
    (update,) = await bot.updates()
    assert update["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    assert await bot.no("sendMessage", chat_id=met.id, text="x") == "403 Forbidden: bot was blocked by the user"
    with pytest.raises(Misdirected):
        box.say(met, "hello?")
    box.open(met, "https://t.me/kith_bot?start=back")
    back, start = await bot.updates()
    assert back["my_chat_member"]["new_chat_member"]["status"] == "member"
    assert start["message"]["text"] == "/start back"


async def test_a_deleted_account(box, bot, met):
    box.delete_account(met)
    assert await bot.no("sendMessage", chat_id=met.id, text="x") == "403 Forbidden: user is deactivated"
    assert await bot.updates() == []


async def test_being_kicked_from_a_group(box, bot, steering):
    box.kick(steering)
    left, member = await bot.updates()
    assert left["message"]["left_chat_member"]["id"] == box.bot.id
    assert member["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    refusal = await bot.no("sendMessage", chat_id=steering.id, text="x")
    assert refusal == "403 Forbidden: bot was kicked from the supergroup chat"


async def test_privacy_mode(box, bot, amina, steering):
    card = await bot.ok("sendMessage", chat_id=steering.id, text="A poll")
    for text in ("hello all", "/here", "/here@kith_bot", "/here@other_bot", "hey @kith_bot"):
        box.say(amina, text, steering)
    box.say(amina, "yes", steering, reply_to=card["message_id"])
    assert await bot.heard() == ["/here", "/here@kith_bot", "hey @kith_bot", "yes"]


async def test_an_administrator_hears_everything(box, bot, amina, steering):
    box.add_bot(steering, admin=True)
    box.say(amina, "hello all", steering)
    assert (await bot.heard())[-1] == "hello all"


async def test_a_bare_command_is_for_the_bot_that_spoke_last(box, bot, another_bot, amina, steering):
    other = another_bot("77:other")
    await other.ok("getMe")
    box.add_bot(steering, box.world.bots[77])
    await other.ok("sendMessage", chat_id=steering.id, text="me")
    await bot.updates()
    await other.updates()
    box.say(amina, "/help", steering)
    assert (await bot.heard(), await other.heard()) == ([], ["/help"])


async def test_who_comes_and_goes(box, control, bot, steering):
    carys = box.person("Carys", "cy")
    await control.post("join", chat=steering.id, person=carys.id)
    await control.post("leave", chat=steering.id, person=carys.id)
    joined, left = await bot.updates()
    assert joined["message"]["new_chat_members"][0]["first_name"] == "Carys"
    assert left["message"]["left_chat_member"]["first_name"] == "Carys"


async def test_an_upgraded_group(box, bot, amina):
    small = box.group("Neighbours", [amina], supergroup=False)
    box.add_bot(small)
    await bot.updates()
    large = box.upgrade(small)
    to, since = [update["message"] for update in await bot.updates()]
    assert (to["chat"]["id"], to["migrate_to_chat_id"]) == (small.id, large.id)
    assert (since["chat"]["id"], since["migrate_from_chat_id"]) == (large.id, small.id)
    body = await bot.call("sendMessage", chat_id=small.id, text="x")
    assert body["description"] == "Bad Request: group chat was upgraded to a supergroup chat"
    assert body["parameters"] == {"migrate_to_chat_id": large.id}
    assert await bot.ok("sendMessage", chat_id=large.id, text="x")


async def test_an_anonymous_administrator_hides_in_messages_but_not_in_taps(box, bot, amina, steering):
    box.say(amina, "/here", steering, anonymous=True)
    card = await bot.ok("sendMessage", chat_id=steering.id, text="A poll")
    box.tap(amina, card["message_id"], "yes", steering)
    message, tap = await bot.updates()
    assert message["message"]["from"]["id"] == ANONYMOUS_ADMIN
    assert message["message"]["sender_chat"]["id"] == steering.id
    assert tap["callback_query"]["from"]["id"] == amina.id


async def test_a_tap_goes_stale(box, bot, met):
    card = await bot.ok("sendMessage", chat_id=met.id, text="A poll")
    box.tap(met, card["message_id"], "yes")
    (update,) = await bot.updates()
    box.clock.advance(16)
    refusal = await bot.no("answerCallbackQuery", callback_query_id=update["callback_query"]["id"])
    assert refusal == "400 Bad Request: query is too old and response timeout expired or query ID is invalid"


async def test_an_answer_has_200_characters_and_counts_once(box, bot, met):
    card = await bot.ok("sendMessage", chat_id=met.id, text="A poll")
    tap = box.tap(met, card["message_id"], "yes")
    assert await bot.no("answerCallbackQuery", callback_query_id=tap.id, text="x" * 201) == (
        "400 Bad Request: MESSAGE_TOO_LONG"
    )
    await bot.ok("answerCallbackQuery", callback_query_id=tap.id, text="first")
    await bot.ok("answerCallbackQuery", callback_query_id=tap.id, text="second")
    assert (await box.answered(tap))["text"] == "first"
    assert [toast["text"] for toast in box.world.toasts] == ["first"]


async def test_a_tap_on_a_message_that_is_gone(box, bot, met):
    card = await bot.ok("sendMessage", chat_id=met.id, text="A poll")
    await bot.ok("deleteMessage", chat_id=met.id, message_id=card["message_id"])
    box.tap(met, card["message_id"], "yes")
    (update,) = await bot.updates()
    assert update["callback_query"]["message"]["date"] == 0
    with pytest.raises(Misdirected):
        box.tap(met, 999, "yes")


async def test_reactions(box, control, bot, met):
    sent = await bot.ok("sendMessage", chat_id=met.id, text="x")
    await bot.updates(allowed_updates=["message_reaction"])
    await control.post("react", person=met.id, message=sent["message_id"], emoji="👍")
    (update,) = await bot.updates()
    assert update["message_reaction"]["new_reaction"] == [{"type": "emoji", "emoji": "👍"}]


async def test_a_card_can_be_pinned_by_administrators_only(box, bot, steering):
    card = await bot.ok("sendMessage", chat_id=steering.id, text="x")
    where = {"chat_id": steering.id, "message_id": card["message_id"]}
    assert "not enough rights" in await bot.no("pinChatMessage", **where)
    box.add_bot(steering, admin=True)
    await bot.ok("pinChatMessage", **where)
    assert steering.pinned == card["message_id"]
    await bot.ok("unpinChatMessage", chat_id=steering.id)
    assert steering.pinned is None


async def test_people_cannot_do_what_apps_would_not_let_them(box, met, janek, steering):
    assert box.bot
    outsider = box.person("Carys")
    theirs = box.say(met, "hello")
    for act in (
        lambda: box.say(outsider, "hello", steering),
        lambda: box.say(met, "   "),
        lambda: box.say(met, "x", reply_to=999),
        lambda: box.say(met, photo=True, voice=True),
        lambda: box.edit(janek, theirs, "not mine", steering),
        lambda: box.person("  "),
        lambda: box.group("Empty", []),
        lambda: box.upgrade(steering),
        lambda: box.tap(met, theirs, "x"),
    ):
        with pytest.raises(Misdirected):
            act()
