"""Who and what there is: people, bots, chats, messages, taps and files. Values and look-ups; no rules, no HTTP."""

import asyncio
import math
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.clock import Clock
from sandbox.refusals import Json, Misdirected

FIRST_PERSON = 7_000_000_001  # as at Telegram today, ids do not fit into 32 bits
FIRST_SUPERGROUP = -1_002_000_000_001
FIRST_GROUP = -400_000_001
ANONYMOUS_ADMIN = 1087968824  # "GroupAnonymousBot": whom an anonymous administrator's message seems to come from
ONLY_ONE_POLLER = "terminated by other getUpdates request; make sure that only one bot instance is running"


@dataclass
class Person:
    """Somebody with a telephone. `blocked` holds the ids of bots."""

    id: int
    name: str
    language: str | None = None
    username: str | None = None
    last_name: str | None = None
    blocked: set[int] = field(default_factory=set)
    deleted: bool = False
    silent: bool = False
    """One of a crowd: lives as all others do, and is not shown on the page."""


@dataclass
class Update:
    """One update that waits for its bot. `copies`: how many times more it comes although it was confirmed."""

    id: int
    kind: str
    body: Json
    queue: str
    expires: float
    copies: int = 0


@dataclass
class Webhook:
    """Where a bot wants its updates, and how the last delivery went."""

    url: str
    secret: str | None = None
    max_connections: int = 40
    ip_address: str = "127.0.0.1"
    last_error_at: int | None = None
    last_error: str | None = None


@dataclass
class Bot:
    """A bot. `commands` is keyed by scope and language, the texts by language."""

    id: int
    token: str
    username: str
    names: dict[str, str]
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    privacy: bool = True
    allowed_updates: list[str] = field(default_factory=list)
    webhook: Webhook | None = None
    last_update_id: int = 0
    waiting: deque[Update] = field(default_factory=deque)
    poller: object | None = field(default=None, compare=False, repr=False)
    last_polled: float = field(default=-math.inf, compare=False, repr=False)
    poller_ended: str = field(default=ONLY_ONE_POLLER, compare=False, repr=False)
    stirred: asyncio.Event = field(default_factory=asyncio.Event, compare=False, repr=False)

    @property
    def name(self) -> str:
        """The name for those whose language has none of its own."""
        return self.names.get("", self.username)


@dataclass
class Message:
    """A message. `content` holds its Bot API fields (text, entities, photo ...), `sender` a person's or bot's id."""

    id: int
    chat: int
    sender: int
    date: int
    content: Json
    markup: Json | None = None
    edited: int | None = None
    reply_to: int | None = None
    as_chat: bool = False
    reactions: dict[int, list[Json]] = field(default_factory=dict)


@dataclass
class Chat:
    """A private chat of one person with one bot, or a group. `members` and `bots` hold a status by id."""

    id: int
    type: str
    title: str
    bot: int | None = None
    members: dict[int, str] = field(default_factory=dict)
    bots: dict[int, str] = field(default_factory=dict)
    anonymous: set[int] = field(default_factory=set)
    messages: dict[int, Message] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)
    pinned: int | None = None
    last_message_id: int = 0
    migrated_to: int | None = None
    description: str | None = None

    @property
    def private(self) -> bool:
        """Whether this is one person's chat with one bot."""
        return self.type == "private"

    @property
    def key(self) -> str:
        """The page's name for the chat: a person's id alone would not say with which bot."""
        return f"{self.bot}:{self.id}" if self.private else str(self.id)


@dataclass
class Tap:
    """A press on an inline button. `answer` is what the bot's answerCallbackQuery said."""

    id: str
    person: int
    bot: int
    chat: int
    message: int
    data: str
    at: float
    answer: Json | None = None
    answered: asyncio.Event = field(default_factory=asyncio.Event, compare=False, repr=False)


@dataclass
class StoredFile:
    """A file that a bot or a person sent; `facts` has its kind and, for a photo, its size."""

    id: str
    unique_id: str
    path: str
    name: str
    mime: str
    data: bytes
    facts: Json = field(default_factory=dict)


class World:
    """Everything there is, in memory; and the events that tell onlookers what has changed."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.onlookers: list[Callable[[Json], None]] = []
        self.duplicates: Callable[[Bot, str], int] = lambda _bot, _kind: 0
        self.revision = 0
        self.zone: str | None = None  # the place's time zone; without one the page keeps its browser's time
        self.under_way: str | None = None  # a sentence on what the sandbox is busy with, for the page
        self.bots: dict[int, Bot] = {}
        self.clear()

    def clear(self) -> None:
        """Begin anew. The bots stay, and their update ids go on: a bot remembers the ones it has seen."""
        for bot in self.bots.values():
            bot.waiting.clear()
        self.people: dict[int, Person] = {}
        self.chats: dict[str, Chat] = {}
        self.taps: dict[str, Tap] = {}
        self.files: dict[str, StoredFile] = {}
        self.toasts: deque[Json] = deque(maxlen=50)
        self.last_message_id = 0

    def changed(self, kind: str, **facts: Any) -> None:
        """Something changed, or happened that changes nothing: tell whoever looks on."""
        self.revision += kind not in ("call", "typing")
        for onlooker in list(self.onlookers):
            onlooker({"type": kind, "revision": self.revision, **facts})

    def new_person(
        self, name: str, language: str | None = None, username: str | None = None, person_id: int | None = None
    ) -> Person:
        """Somebody moves in."""
        if not name.strip():
            raise Misdirected("Give the person a name.")
        if person_id is not None and (person_id in self.people or person_id in self.bots):
            raise Misdirected(f"The id {person_id} is taken; leave it out to get a free one.")
        chosen = person_id or max([FIRST_PERSON - 1, *self.people]) + 1
        person = Person(chosen, name.strip(), language or None, username)
        self.people[person.id] = person
        self.changed("people")
        return person

    def new_bot(self, name: str = "Kith", username: str | None = None, token: str | None = None) -> Bot:
        """A bot is born, as BotFather would do it; the digits of a token are the bot's id."""
        token = token or f"{4242 + len(self.bots)}:sandbox-{secrets.token_hex(8)}"
        bot_id = int(token.partition(":")[0])
        if bot_id in self.bots or bot_id in self.people:
            raise Misdirected(f"The id {bot_id} is taken; choose a token with other digits before the colon.")
        username = username or ("kith_bot" if not self.bots else f"kith_{len(self.bots) + 1}_bot")
        if any(bot.username.lower() == username.lower() for bot in self.bots.values()):
            raise Misdirected(f"There is a bot called {username} already; choose another username.")
        bot = Bot(bot_id, token, username, {"": name}, last_update_id=first_update_id())
        self.bots[bot.id] = bot
        self.changed("chats")
        return bot

    def private_chat(self, bot: int, person: int) -> Chat | None:
        """The chat of one person with one bot, once that person has opened it."""
        return self.chats.get(f"{bot}:{person}")

    def group(self, chat_id: int) -> Chat | None:
        """A group by its id."""
        return self.chats.get(str(chat_id))

    def chat_of(self, tap: Tap) -> Chat:
        """Where a tap happened."""
        return self.chats[f"{tap.bot}:{tap.chat}" if tap.chat > 0 else str(tap.chat)]

    def next_message_id(self, chat: Chat) -> int:
        """Supergroups count for themselves; private chats and small groups share one count, as at Telegram."""
        if chat.type == "supergroup":
            chat.last_message_id += 1
            return chat.last_message_id
        self.last_message_id += 1
        return self.last_message_id

    def keep_message(self, chat: Chat, sender: int, content: Json, **more: Any) -> Message:
        """Put a message into a chat, without telling any bot."""
        message = Message(self.next_message_id(chat), chat.id, sender, self.clock.stamp(), content, **more)
        chat.messages[message.id] = message
        self.changed("message", chat=chat, message=message)
        return message


def first_update_id() -> int:
    """Where a new bot's update ids begin: past all that an earlier run of the sandbox can have given out."""
    return (int(time.time()) - 1_750_000_000) * 10
