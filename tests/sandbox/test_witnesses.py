"""The same script through aiogram and python-telegram-bot, over real HTTP: both must understand every answer."""

import asyncio
from dataclasses import dataclass
from typing import Any

import aiogram
import aiogram.exceptions
import pytest
import telegram
import telegram.error
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiohttp import web
from telegram.request import HTTPXRequest

from sandbox.server import PIXEL

TRICKY = ["5", "true", "null", "[1]", "Zażółć 👩‍👩‍👧 مرحبا", "a\u0301"]


class AiogramWitness:
    """aiogram, with the names that python-telegram-bot shares."""

    name = "aiogram"

    async def open(self, url, token):
        session = AiohttpSession(api=TelegramAPIServer.from_base(url))
        self.bot = aiogram.Bot(token, session=session)
        return self.bot

    async def close(self):
        await self.bot.session.close()

    def keyboard(self, rows):
        button = aiogram.types.InlineKeyboardButton
        return aiogram.types.InlineKeyboardMarkup(
            inline_keyboard=[[button(text=text, callback_data=data) for text, data in row] for row in rows]
        )

    def file(self, data, name):
        return aiogram.types.BufferedInputFile(data, name)

    async def download(self, file_id):
        return (await self.bot.download(file_id)).read()

    async def refusal(self, awaitable):
        try:
            await awaitable
        except aiogram.exceptions.TelegramAPIError as error:
            return Refusal(
                error.message, getattr(error, "retry_after", None), getattr(error, "migrate_to_chat_id", None)
            )
        pytest.fail("it was not refused")


class PtbWitness:
    """python-telegram-bot."""

    name = "ptb"

    async def open(self, url, token):
        request, polls = HTTPXRequest(connection_pool_size=8), HTTPXRequest(connection_pool_size=2)
        self.bot = telegram.Bot(token, f"{url}/bot", f"{url}/file/bot", request=request, get_updates_request=polls)
        await self.bot.initialize()
        return self.bot

    async def close(self):
        await self.bot.shutdown()

    def keyboard(self, rows):
        button = telegram.InlineKeyboardButton
        return telegram.InlineKeyboardMarkup([[button(text, callback_data=data) for text, data in row] for row in rows])

    def file(self, data, name):
        return telegram.InputFile(data, name)

    async def download(self, file_id):
        return bytes(await (await self.bot.get_file(file_id)).download_as_bytearray())

    async def refusal(self, awaitable):
        try:
            await awaitable
        except telegram.error.TelegramError as error:
            wait = getattr(error, "retry_after", None)
            return Refusal(error.message, wait and wait.total_seconds(), getattr(error, "new_chat_id", None))
        pytest.fail("it was not refused")


@dataclass
class Refusal:
    words: str
    retry_after: Any = None
    migrated_to: Any = None


@pytest.fixture(params=[AiogramWitness, PtbWitness], ids=["aiogram", "ptb"])
async def witness(request, box, monkeypatch):
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # its way to ask for retry_after without a deprecation warning
    witness = request.param()
    await witness.open(box.url, box.token)
    yield witness
    await witness.close()


async def test_start_buttons_and_edits(box, witness, amina):
    bot = witness.bot
    assert (await bot.get_me()).username == "kith_bot"
    box.open(amina, "https://t.me/kith_bot?start=millbrook")
    (update,) = await bot.get_updates(timeout=1)
    assert (update.message.text, update.message.from_user.language_code) == ("/start millbrook", "ur")

    keyboard = witness.keyboard([[("Yes", "yes"), ("No", "no")]])
    sent = await bot.send_message(amina.id, "<b>Agree?</b> & tell", parse_mode="HTML", reply_markup=keyboard)
    assert (sent.text, sent.entities[0].type) == ("Agree? & tell", "bold")

    tap = box.tap(amina, sent.message_id, "yes")
    (update,) = await bot.get_updates(offset=update.update_id + 1, timeout=1)
    assert (update.callback_query.data, update.callback_query.message.message_id) == ("yes", sent.message_id)
    assert await bot.answer_callback_query(update.callback_query.id, text="Noted", show_alert=True)
    assert await box.answered(tap, 1) == {"text": "Noted", "alert": True, "url": None}

    edited = await bot.edit_message_text("Thank you", chat_id=amina.id, message_id=sent.message_id)
    assert (edited.text, edited.reply_markup) == ("Thank you", None)
    again = await bot.edit_message_reply_markup(chat_id=amina.id, message_id=sent.message_id, reply_markup=keyboard)
    assert again.reply_markup.inline_keyboard[0][1].callback_data == "no"
    assert await bot.delete_message(amina.id, sent.message_id)


async def test_texts_survive_as_they_are(box, witness, amina):
    box.limits.change(enabled=False)
    box.open(amina, "https://t.me/kith_bot")
    for text in TRICKY:
        assert (await witness.bot.send_message(amina.id, text)).text == text
        box.say(amina, text)
    updates = await witness.bot.get_updates(timeout=1)
    assert [update.message.text for update in updates[1:]] == TRICKY


async def test_photos_documents_voices_and_downloads(box, witness, amina):
    bot = witness.bot
    box.open(amina, "https://t.me/kith_bot")
    photo = await bot.send_photo(amina.id, witness.file(PIXEL, "dot.png"), caption="<i>A dot</i>", parse_mode="HTML")
    assert (photo.photo[-1].width, photo.caption, photo.caption_entities[0].type) == (1, "A dot", "italic")
    again = await bot.send_photo(amina.id, photo.photo[-1].file_id)
    assert again.photo[-1].file_unique_id == photo.photo[-1].file_unique_id
    edited = await bot.edit_message_caption(chat_id=amina.id, message_id=photo.message_id, caption="Still a dot")
    assert edited.caption == "Still a dot"
    document = await bot.send_document(amina.id, witness.file(b'{"name": "Amina"}', "my data.json"))
    assert document.document.file_name == "my data.json"
    assert await witness.download(document.document.file_id) == b'{"name": "Amina"}'
    voice = await bot.send_voice(amina.id, witness.file(b"OggS and more", "v.ogg"))
    assert voice.voice.file_size == 13
    box.say(amina, voice=b"OggS from Amina")
    (*_, update) = await bot.get_updates(timeout=1)
    assert await witness.download(update.message.voice.file_id) == b"OggS from Amina"


async def test_what_people_send(box, witness, amina):
    for extra in ({"photo": True}, {"sticker": "🎉"}, {"contact": True}, {"document": True}, {"text": "hello"}):
        box.say(amina, **extra)
    first = box.say(amina, "Fist")
    box.edit(amina, first, "First")
    updates = await witness.bot.get_updates(timeout=1)
    photo, sticker, contact, document, *_ = [update.message for update in updates]
    assert (photo.photo[0].width, sticker.sticker.emoji, contact.contact.user_id) == (1, "🎉", amina.id)
    assert document.document.mime_type == "text/plain"
    assert updates[-1].edited_message.text == "First"
    assert updates[-1].edited_message.edit_date


async def test_a_group(box, witness, amina, janek):
    bot = witness.bot
    group = box.group("Steering group", [amina, janek], admins=[amina])
    box.add_bot(group, admin=True)
    box.say(janek, "/here", group)
    joined, service, command = await bot.get_updates(timeout=1)
    assert joined.my_chat_member.new_chat_member.status == "administrator"
    assert service.message.new_chat_members[0].id == box.bot.id
    assert (command.message.chat.type, command.message.chat.id) == ("supergroup", group.id)

    card = await bot.send_message(group.id, "A poll")
    assert await bot.pin_chat_message(group.id, card.message_id)
    chat = await bot.get_chat(group.id)
    assert (chat.title, chat.pinned_message.message_id) == ("Steering group", card.message_id)
    assert await bot.get_chat_member_count(group.id) == 3
    statuses = {member.user.id: member.status for member in await bot.get_chat_administrators(group.id)}
    assert statuses == {amina.id: "creator", box.bot.id: "administrator"}
    assert (await bot.get_chat_member(group.id, janek.id)).status == "member"
    copy = await bot.copy_message(group.id, group.id, card.message_id)
    forwarded = await bot.forward_message(group.id, group.id, card.message_id)
    assert copy.message_id < forwarded.message_id
    assert forwarded.forward_origin.sender_user.id == box.bot.id
    assert await bot.send_chat_action(group.id, "typing")
    assert await bot.leave_chat(group.id)
    assert "not a member of the supergroup chat" in (await witness.refusal(bot.send_message(group.id, "Still?"))).words


async def test_commands_and_descriptions(box, witness, amina):
    bot = witness.bot
    kinds = aiogram.types if witness.name == "aiogram" else telegram
    menu = [kinds.BotCommand(command="help", description="Help")]
    private = kinds.BotCommandScopeAllPrivateChats()
    assert await bot.set_my_commands(menu, scope=private, language_code="pl")
    assert (await bot.get_my_commands(scope=private, language_code="pl"))[0].command == "help"
    assert list(await bot.get_my_commands()) == []
    assert await bot.delete_my_commands(scope=private, language_code="pl")
    assert list(await bot.get_my_commands(scope=private, language_code="pl")) == []
    assert await bot.set_my_name("Sąsiad", language_code="pl")
    assert await bot.set_my_description("Neighbours")
    assert await bot.set_my_short_description("Kith")
    assert (await bot.get_my_name(language_code="pl")).name == "Sąsiad"
    assert (await bot.get_my_description()).description == "Neighbours"
    assert await bot.set_message_reaction(amina.id, box.say(amina, "hi").id, [kinds.ReactionTypeEmoji(emoji="👍")])


async def test_a_webhook(box, witness, amina):
    bot, came = witness.bot, asyncio.Queue()

    async def take(request):
        came.put_nowait((request.headers["X-Telegram-Bot-Api-Secret-Token"], await request.json()))
        return web.json_response({"method": "sendMessage", "chat_id": amina.id, "text": "from the answer"})

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    assert await bot.set_webhook(url, secret_token="s3cret", allowed_updates=["message"])
    assert (await bot.get_webhook_info()).url == url
    box.say(amina, "hello")
    secret, update = await asyncio.wait_for(came.get(), 2)
    assert (secret, update["message"]["text"]) == ("s3cret", "hello")
    refusal = await witness.refusal(bot.get_updates())
    assert "can't use getUpdates method while webhook is active" in refusal.words
    assert await bot.delete_webhook(drop_pending_updates=True)
    assert [message.content["text"] for message in box.messages(amina)] == ["hello", "from the answer"]
    await runner.cleanup()


async def test_both_see_the_same_errors(box, witness, amina, janek):
    bot = witness.bot
    box.open(amina, "https://t.me/kith_bot")
    sent = await bot.send_message(amina.id, "Hi")

    async def words(awaitable):
        return (await witness.refusal(awaitable)).words.lower()

    assert "message text is empty" in await words(bot.send_message(amina.id, " "))
    assert "can't parse entities" in await words(bot.send_message(amina.id, "<b>x", parse_mode="HTML"))
    assert "message is not modified" in await words(
        bot.edit_message_text("Hi", chat_id=amina.id, message_id=sent.message_id)
    )
    assert "chat not found" in await words(bot.send_message(12345, "Hi"))
    assert "query is too old" in await words(bot.answer_callback_query("99"))
    assert "can't initiate conversation" in await words(bot.send_message(janek.id, "Hi"))
    box.block(amina)
    assert "bot was blocked by the user" in await words(bot.send_message(amina.id, "Hi"))
    box.fault("sendMessage", retry_after=7)
    assert (await witness.refusal(bot.send_message(amina.id, "Hi"))).retry_after == 7
    box.fault("getMe", code=502)
    assert "bad gateway" in await words(bot.get_me())


async def test_an_upgraded_group_tells_its_new_id(box, witness, amina):
    small = box.group("Neighbours", [amina], supergroup=False)
    box.add_bot(small)
    large = box.upgrade(small)
    refusal = await witness.refusal(witness.bot.send_message(small.id, "Hi"))
    assert refusal.migrated_to == large.id
    updates = await witness.bot.get_updates(timeout=1)
    assert [update.message.migrate_to_chat_id for update in updates if update.message][-2] == large.id
    assert updates[-1].message.migrate_from_chat_id == small.id


async def test_a_second_poller_ends_the_first(box, witness):
    first = asyncio.create_task(witness.refusal(witness.bot.get_updates(timeout=5)))
    await asyncio.sleep(0.2)
    assert list(await witness.bot.get_updates(timeout=0)) == []
    assert "terminated by other getupdates request" in (await first).words.lower()
