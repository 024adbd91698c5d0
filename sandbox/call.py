"""One call of one bot: what it asked for, and look-ups with Telegram's refusals."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.refusals import Json, bad_request, forbidden
from sandbox.request import Upload
from sandbox.world import Bot, Chat, Message, World

Method = Callable[["Call"], Any]
METHODS: dict[str, Method] = {}


@dataclass
class Call:
    """A method with its parameters. `effects` collects the messages it truly put into chats."""

    world: World
    bot: Bot
    method: str
    values: Json
    uploads: dict[str, Upload] = field(default_factory=dict)
    effects: list[tuple[Chat, Message]] = field(default_factory=list)

    def text(self, name: str) -> str:
        """A text, empty when it was not given."""
        return str(self.values.get(name) or "")

    def number(self, name: str, default: int = 0) -> int:
        """A whole number."""
        value = self.values.get(name)
        return default if value is None else int(value)

    def flag(self, name: str) -> bool:
        """A yes or no."""
        return bool(self.values.get(name))

    def json(self, name: str) -> Any:
        """An object or a list."""
        return self.values.get(name)

    def chat(self, name: str = "chat_id") -> Chat:
        """The chat that is meant, if this bot may know of it."""
        return known_chat(self.world, self.bot, self.text(name))

    def open_chat(self) -> Chat:
        """The chat that is meant, if this bot may speak there."""
        chat = self.chat()
        refuse_if_shut(self.world, self.bot, chat)
        return chat

    def message(self, chat: Chat, purpose: str, name: str = "message_id") -> Message:
        """The message that is meant; `purpose` completes Telegram's "message to ... not found"."""
        if not self.number(name):
            raise bad_request("message identifier is not specified")
        message = chat.messages.get(self.number(name))
        if message is None:
            raise bad_request(f"message to {purpose} not found")
        return message


def method(name: str) -> Callable[[Method], Method]:
    """Register the function that is this Bot API method."""

    def register(function: Method) -> Method:
        METHODS[name] = function
        return function

    return register


def known_chat(world: World, bot: Bot, wanted: str) -> Chat:
    """A chat by its id as Telegram would look it up for this bot."""
    if not wanted:
        raise bad_request("chat_id is empty")
    try:
        chat_id = int(wanted)
    except ValueError:
        raise bad_request("chat not found") from None
    chat = world.private_chat(bot.id, chat_id) if chat_id > 0 else world.group(chat_id)
    if chat is None and chat_id in world.people:
        raise forbidden("bot can't initiate conversation with a user")
    if chat is None and chat_id in world.bots:
        raise forbidden("bots can't send messages to bots")
    if chat is None or (not chat.private and bot.id not in chat.bots):
        raise bad_request("chat not found")
    if chat.migrated_to:
        words = "group chat was upgraded to a supergroup chat"
        raise bad_request(words, migrate_to_chat_id=chat.migrated_to)
    return chat


def refuse_if_shut(world: World, bot: Bot, chat: Chat) -> None:
    """Blocked, deleted, kicked or gone: then the bot may not speak."""
    if chat.private:
        if world.people[chat.id].deleted:
            raise forbidden("user is deactivated")
        if bot.id in world.people[chat.id].blocked:
            raise forbidden("bot was blocked by the user")
        return
    kind = "supergroup chat" if chat.type == "supergroup" else "group chat"
    if chat.bots[bot.id] == "kicked":
        raise forbidden(f"bot was kicked from the {kind}")
    if chat.bots[bot.id] == "left":
        raise forbidden(f"bot is not a member of the {kind}")
