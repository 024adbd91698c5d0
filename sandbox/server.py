"""A Telegram on this machine: in process for tests and benchmarks, or on its own (`python -m sandbox`)."""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Self

from aiohttp import web

from sandbox import control, events, groups, people
from sandbox.botapi import BotApi, Called, Effect
from sandbox.clock import Clock
from sandbox.faults import Fault
from sandbox.keep import Keeper
from sandbox.limits import Limits
from sandbox.methods import media, polling
from sandbox.refusals import Json, Misdirected
from sandbox.request import Upload
from sandbox.webhook import Courier
from sandbox.world import Bot, Chat, Message, Person, Tap, World

HOST = "127.0.0.1"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
SILENCE = b"OggS" + bytes(60)


class Sandbox:
    """The server, and what people do as methods. `async with Sandbox() as box:` and talk to `box.url`."""

    def __init__(
        self,
        port: int = 0,
        *,
        any_token: bool = True,
        keep: str | None = None,
        webhook_wait: float = 1.0,
        webhook_patience: float = 60.0,
    ) -> None:
        self.port = port
        self.world = World()
        self.api = BotApi(self.world, any_token=any_token)
        self.courier = Courier(self.api, webhook_wait, webhook_patience)
        self.keeper = Keeper(self.world, keep) if keep else None
        self.clock.on_move(lambda now: self.world.changed("clock", now=now.isoformat()))
        self.after_reset: list[Callable[[], Awaitable[None]]] = []
        self.runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Open the door."""
        self.world.onlookers.append(self.courier.look)
        if self.keeper:
            self.keeper.load()
            self.keeper.start()
        self.courier.look({"type": "reset"})
        self.runner = web.AppRunner(control.application(self), access_log=None, shutdown_timeout=1.0)
        await self.runner.setup()
        site = web.TCPSite(self.runner, HOST, self.port)
        await site.start()
        self.port = self.runner.addresses[0][1]

    async def stop(self) -> None:
        """Close it: pollers and onlookers are sent home, what is kept is saved."""
        self.api.closing.set()
        for bot in self.world.bots.values():
            polling.end_poll(bot, "")
        events.wake(self.world)
        await self.courier.close()
        if self.runner:
            await self.runner.cleanup()
        if self.keeper:
            await self.keeper.stop()

    @property
    def url(self) -> str:
        """Where bots and browsers find it; a bot's calls go to url + "/bot<token>/<method>"."""
        return f"http://{HOST}:{self.port}"

    @property
    def clock(self) -> Clock:
        """The world's time."""
        return self.world.clock

    @property
    def limits(self) -> Limits:
        """How fast bots may write."""
        return self.api.limits

    @property
    def calls(self) -> Any:
        """Every call of every bot, the newest last; `.clear()` forgets them."""
        return self.api.calls

    @property
    def effects(self) -> Any:
        """Every message truly sent or edited, whatever its bot was told."""
        return self.api.effects

    @property
    def bot(self) -> Bot:
        """The first bot; made if there is none yet."""
        return next(iter(self.world.bots.values()), None) or self.new_bot()

    @property
    def token(self) -> str:
        """The first bot's token."""
        return self.bot.token

    def new_bot(self, name: str = "Kith", username: str | None = None, token: str | None = None) -> Bot:
        """Another bot."""
        return self.world.new_bot(name, username, token)

    def person(
        self,
        name: str,
        language: str | None = None,
        username: str | None = None,
        id: int | None = None,  # noqa: A002 - what it is called everywhere
    ) -> Person:
        """Somebody new."""
        return self.world.new_person(name, language, username, id)

    def group(
        self, title: str, members: Iterable[Person], admins: Iterable[Person] = (), *, supergroup: bool = True
    ) -> Chat:
        """A group of people, without bots as yet."""
        return groups.new_group(self.world, title, members, admins, supergroup=supergroup)

    def add_bot(self, chat: Chat, bot: Bot | None = None, by: Person | None = None, *, admin: bool = False) -> None:
        """Somebody, or else who made the group, adds a bot to it."""
        adder = by or self.world.people[groups.creator_of(chat)]
        groups.add_bot(self.world, chat, bot or self.bot, adder, admin=admin)

    def kick(self, chat: Chat, bot: Bot | None = None, by: Person | None = None) -> None:
        """The bot is thrown out."""
        groups.kick_bot(self.world, chat, bot or self.bot, by)

    def upgrade(self, chat: Chat) -> Chat:
        """A small group becomes a supergroup, which is returned."""
        return groups.upgrade(self.world, chat)

    def say(
        self, person: Person, text: str | None = None, chat: Chat | None = None, bot: Bot | None = None, **extra: Any
    ) -> Message:
        """A person writes, or sends a photo, voice, sticker, contact or document (True, or the bytes)."""
        place = self.place(person, chat, bot)
        reply_to, anonymous = extra.pop("reply_to", None), bool(extra.pop("anonymous", False))
        content = self.content(person, text, extra)
        if isinstance(reply_to, Message):
            reply_to = reply_to.id
        return people.write(self.world, person, place, content, reply_to=reply_to, anonymous=anonymous)

    def content(self, person: Person, text: str | None, extra: Json) -> Json:
        """What a person's message holds."""
        given = {kind: value for kind, value in extra.items() if value}
        if not given:
            return people.text_content(text or "")
        kind, value = given.popitem()
        if given or kind not in CONTENTS:
            raise Misdirected(f"A message is one thing at a time: a text or one of {', '.join(CONTENTS)}.")
        content = CONTENTS[kind](self.world, person, value)
        typed = people.text_content(text) if text else {}
        return content | ({"caption": typed["text"]} if typed and kind in ("photo", "voice", "document") else {})

    def place(self, person: Person, chat: Chat | None, bot: Bot | None) -> Chat:
        """The chat that is meant: without one, the person's own with the bot."""
        if chat is not None and not chat.private:
            return chat
        if bot is None and chat is not None and chat.bot:
            bot = self.world.bots[chat.bot]
        return people.private_chat(self.world, bot or self.bot, person)

    def tap(
        self, person: Person, message: Message | int, data: str, chat: Chat | None = None, bot: Bot | None = None
    ) -> Tap:
        """A person presses a button; `await box.answered(tap)` tells what the bot said."""
        if isinstance(message, Message):
            chat = chat or self.world.group(message.chat)
            message = message.id
        return people.tap(self.world, person, self.place(person, chat, bot), message, data)

    async def answered(self, tap: Tap, timeout: float = 5.0) -> Json:  # noqa: ASYNC109 - read in one breath
        """What the bot answered to a tap; TimeoutError when it does not."""
        async with asyncio.timeout(timeout):
            await tap.answered.wait()
        assert tap.answer is not None
        return tap.answer

    def open(self, person: Person, link: str) -> Message | None:
        """A person follows a link."""
        return people.open_link(self.world, person, link)

    def edit(self, person: Person, message: Message, text: str, chat: Chat | None = None) -> Message:
        """A person corrects their message."""
        return people.edit(
            self.world, person, self.place(person, chat or self.world.group(message.chat), None), message, text
        )

    def block(self, person: Person, bot: Bot | None = None) -> None:
        """A person blocks the bot."""
        people.block(self.world, person, bot or self.bot)

    def unblock(self, person: Person, bot: Bot | None = None) -> None:
        """A person lets the bot in again."""
        people.unblock(self.world, person, bot or self.bot)

    def delete_account(self, person: Person) -> None:
        """A person leaves Telegram."""
        people.delete_account(self.world, person)

    def fault(self, method: str = "*", **what: Any) -> Fault:
        """Plan something to go wrong; see Fault for what there is."""
        return self.api.faults.add(method=method, **what)

    def reset(self) -> None:
        """Begin anew, now: no people, no chats, no faults. The bots stay, with their commands, webhooks and polls."""
        self.world.clear()
        self.clock.go_with_the_world()
        self.api.faults.clear()
        self.api.limits.buckets.clear()
        self.world.changed("reset")

    async def begin_anew(self) -> None:
        """Reset, and then do what `after_reset` holds: whoever filled the world fills it again."""
        self.reset()
        for refill in self.after_reset:
            await refill()

    def messages(self, chat: Chat | Person, bot: Bot | None = None) -> list[Message]:
        """The messages of a chat, or of a person's chat with the bot."""
        place = self.place(chat, None, bot) if isinstance(chat, Person) else chat
        return list(place.messages.values())


def photo(world: World, _person: Person, value: Any) -> Json:
    """A picture from a person."""
    upload = Upload("photo.png", "image/png", PIXEL if value is True else value)
    return media.photo_content(media.keep_upload(world, "photo", upload, media.PHOTO_LIMIT))


def voice(world: World, _person: Person, value: Any) -> Json:
    """A voice message from a person."""
    upload = Upload("voice.ogg", "audio/ogg", SILENCE if value is True else value)
    return media.voice_content(media.store_file(world, "voice", upload))


def document(world: World, _person: Person, value: Any) -> Json:
    """A file from a person."""
    upload = Upload("notes.txt", "text/plain", b"notes" if value is True else value)
    return media.document_content(media.store_file(world, "document", upload))


def sticker(world: World, _person: Person, value: Any) -> Json:
    """A sticker; the value is its emoji."""
    stored = media.store_file(world, "sticker", Upload("sticker.webp", "image/webp", PIXEL))
    emoji = value if isinstance(value, str) else "👍"
    kind = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False, "emoji": emoji}
    return {"sticker": {"file_id": stored.id, "file_unique_id": stored.unique_id, **kind}}


def contact(_world: World, person: Person, _value: Any) -> Json:
    """The person's own contact card."""
    return people.contact_content(person)


CONTENTS = {"photo": photo, "voice": voice, "document": document, "sticker": sticker, "contact": contact}

__all__ = ["Called", "Effect", "Sandbox"]
