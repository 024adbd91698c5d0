"""What a control request names: people, chats, bots, messages; and its plain values, each checked."""

import base64
import binascii
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sandbox.refusals import Json, Misdirected
from sandbox.state import message_state
from sandbox.world import Bot, Chat, Message, Person

if TYPE_CHECKING:
    from sandbox.server import Sandbox


class Named:
    """Finds what a request names, or says in one sentence what to do."""

    def __init__(self, box: "Sandbox") -> None:
        self.box = box
        self.world = box.world

    def who(self, asked: Json) -> Person:
        """The person that acts."""
        if "person" not in asked:
            raise Misdirected("Say who: person is an id from /sandbox/state.")
        return self.person(asked["person"])

    def person(self, wanted: Any) -> Person:
        """A person by id."""
        person = self.world.people.get(wanted) if isinstance(wanted, int) else None
        if person is None:
            raise Misdirected(f"There is no person {wanted!r}; /sandbox/state lists them.")
        return person

    def which(self, asked: Json) -> Bot | None:
        """The bot that is meant: by id or username, or the only one."""
        if asked.get("bot") is not None:
            return self.bot_named(str(asked["bot"]))
        if len(self.world.bots) > 1 and asked.get("chat") is None:
            raise Misdirected("There are several bots: say which one in bot (id or username).")
        if not self.world.bots:
            raise Misdirected("There is no bot yet: start one against this sandbox first.")
        return None

    def bot_named(self, wanted: str) -> Bot:
        """A bot by id or username."""
        name = wanted.removeprefix("@").lower()
        bot = next((bot for bot in self.world.bots.values() if name in (str(bot.id), bot.username.lower())), None)
        if bot is None:
            raise Misdirected(f"There is no bot {wanted!r}; /sandbox/state lists them.")
        return bot

    def where(self, asked: Json) -> Chat | None:
        """The chat that is meant, by its key or a group's id; None for the private one."""
        wanted = asked.get("chat")
        if wanted is None or wanted == asked.get("person"):
            return None
        chat = self.world.chats.get(str(wanted))
        if chat is None:
            raise Misdirected(f"There is no chat {wanted!r}; /sandbox/state lists them by key.")
        if chat.private and chat.id != asked.get("person"):
            raise Misdirected("That private chat is somebody else's.")
        return chat

    def group(self, asked: Json) -> Chat:
        """The group that is meant."""
        chat = self.world.chats.get(str(asked.get("chat")))
        if chat is None or chat.private:
            raise Misdirected("Say which group: chat is a group's id from /sandbox/state.")
        return chat

    def message(self, person: Person, asked: Json) -> tuple[Chat, Message]:
        """The message that is meant, with its chat."""
        chat = self.box.place(person, self.where(asked), self.which(asked))
        message = chat.messages.get(whole(asked, "message"))
        if message is None:
            raise Misdirected(f"There is no message {asked['message']} in that chat.")
        return chat, message

    def shown(self, chat: Chat, message: Message) -> Json:
        """A message as an answer."""
        return {"message": message_state(self.world, chat, message)}


def text(asked: Json, name: str) -> str:
    """A text that must be there."""
    if not isinstance(asked.get(name), str):
        raise Misdirected(f"{name} is missing: it must be text.")
    return str(asked[name])


def whole(asked: Json, name: str) -> int:
    """A whole number that must be there."""
    if not isinstance(asked.get(name), int):
        raise Misdirected(f"{name} is missing: it must be a whole number.")
    return int(asked[name])


def optional(asked: Json, name: str, kind: type[Any]) -> Any:
    """A value that may be missing, but not be of another kind."""
    value = asked.get(name)
    if value is not None and not isinstance(value, kind):
        raise Misdirected(f"{name} must be {'text' if kind is str else 'a whole number'}.")
    return value


def listed(asked: Json, name: str) -> list[Any]:
    """A list, empty when it is missing."""
    value = asked.get(name, [])
    if not isinstance(value, list):
        raise Misdirected(f"{name} must be a list of people's ids.")
    return value


def payload(kind: str, value: Any) -> Any:
    """What somebody sends: true for a sample, or base64; of a sticker, its emoji."""
    if value is True or (kind in ("sticker", "contact") and isinstance(value, str)):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise Misdirected(f"{kind} must be true or base64.") from None


def moment_of(written: Any) -> datetime:
    """A moment with its time zone."""
    try:
        moment = datetime.fromisoformat(written)
    except (TypeError, ValueError):
        raise Misdirected('to is a moment such as "2026-12-01T09:00:00+00:00".') from None
    if moment.tzinfo is None:
        raise Misdirected('to needs its time zone, such as "2026-12-01T09:00:00+00:00".')
    return moment
