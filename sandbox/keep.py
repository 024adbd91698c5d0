"""Keeps a world in a file, so that the next run picks up where this one was. Memory stays the truth."""

import asyncio
import base64
import json
from collections import deque
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sandbox.refusals import Json
from sandbox.world import Bot, Chat, Message, Person, StoredFile, Tap, Update, Webhook, World, first_update_id

EVERY = 5.0
GIVEN_SINCE = 10_000
"""More updates or messages than a crowd brings between two savings."""
PAIRS = ("members", "bots", "commands", "reactions")
NOT_KEPT = ("poller", "last_polled", "poller_ended", "stirred", "answered")


class Keeper:
    """Loads at the start, saves every few seconds when something has changed, and at the end."""

    def __init__(self, world: World, path: str) -> None:
        self.world = world
        self.path = Path(path)
        self.saved = -1
        self.task: asyncio.Task[None] | None = None

    def load(self) -> None:
        """Take up the kept world, if there is one; its new numbers are kept before any of them is given out."""
        if self.path.exists():
            restore(self.world, json.loads(self.path.read_text(encoding="utf-8")))
            self.save()
        self.saved = self.world.revision

    def start(self) -> None:
        """Begin to save."""
        self.task = asyncio.create_task(self.run())

    async def run(self) -> None:
        """Save now and then."""
        while True:
            await asyncio.sleep(EVERY)
            self.save()

    def save(self) -> None:
        """Write the whole and put it in place at once: a crash leaves the old file or the new one."""
        if self.saved == self.world.revision:
            return
        self.saved = self.world.revision
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_name(self.path.name + ".part")
        draft.write_text(json.dumps(kept(self.world)), encoding="utf-8")
        draft.replace(self.path)

    async def stop(self) -> None:
        """Save for the last time."""
        if self.task:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)
        self.save()


def kept(world: World) -> Json:
    """The world as plain values."""
    return {
        "ahead": world.clock.ahead.total_seconds(),
        "last_message_id": world.last_message_id,
        "people": [plain(person) for person in world.people.values()],
        "bots": [plain(bot) for bot in world.bots.values()],
        "chats": [plain(chat) for chat in world.chats.values()],
        "taps": [plain(tap) for tap in world.taps.values()],
        "files": [plain(stored) for stored in world.files.values()],
        "toasts": list(world.toasts),
    }


def plain(thing: Any) -> Json:
    """A dataclass as JSON can hold it; where keys are not text, pairs."""
    values = {name: value for name, value in vars(thing).items() if name not in NOT_KEPT}
    return {name: plain_value(name, value) for name, value in values.items()}


def plain_value(name: str, value: Any) -> Any:
    """One field."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, set):
        return sorted(value)
    if isinstance(value, Webhook):
        return asdict(value)
    if isinstance(value, deque):
        return [asdict(update) for update in value]
    if name == "messages":
        return [plain(message) for message in value.values()]
    return list(value.items()) if name in PAIRS else value


def restore(world: World, values: Json) -> None:
    """Fill a world with what was kept."""
    world.clock.advance(values["ahead"])
    world.last_message_id = values["last_message_id"] + GIVEN_SINCE
    world.people = {one["id"]: Person(**one | {"blocked": set(one["blocked"])}) for one in values["people"]}
    world.bots = {one["id"]: bot_from(one) for one in values["bots"]}
    chats = [chat_from(one) for one in values["chats"]]
    world.chats = {chat.key: chat for chat in chats}
    world.taps = {one["id"]: Tap(**one) for one in values["taps"]}
    world.files = {one["id"]: StoredFile(**one | {"data": base64.b64decode(one["data"])}) for one in values["files"]}
    world.toasts.extend(values["toasts"])
    for tap in world.taps.values():
        if tap.answer is not None:
            tap.answered.set()


def bot_from(values: Json) -> Bot:
    """A bot as it was."""
    values["commands"] = {(place[0], place[1]): commands for place, commands in values["commands"]}
    values["waiting"] = deque(Update(**update) for update in values["waiting"])
    values["webhook"] = Webhook(**values["webhook"]) if values["webhook"] else None
    # A crash loses the last seconds; ids given out in them must not come again, the bot would take them for known
    # (and edit another message for the one it means).
    values["last_update_id"] = max(values["last_update_id"] + GIVEN_SINCE, first_update_id())
    return Bot(**values)


def chat_from(values: Json) -> Chat:
    """A chat as it was."""
    values["members"], values["bots"] = dict(values["members"]), dict(values["bots"])
    values["anonymous"], values["deleted"] = set(values["anonymous"]), set(values["deleted"])
    messages = [Message(**one | {"reactions": dict(one["reactions"])}) for one in values["messages"]]
    values["messages"] = {message.id: message for message in messages}
    return Chat(**values)
