"""The Bot API over HTTP: reads a request, lets faults and limits have their say, calls the method, keeps a journal."""

import asyncio
import inspect
import re
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web

from sandbox import methods
from sandbox.call import METHODS, Call
from sandbox.faults import AFTER, BEFORE, Fault, Faults
from sandbox.limits import Limits
from sandbox.refusals import Json, Refused
from sandbox.request import BY_LOWER_NAME, Parameters, read_request, typed, unknown
from sandbox.world import Bot, World

TOKEN = re.compile(r"[0-9]{1,15}:[A-Za-z0-9_-]+")
JOURNAL_KEPT = 5000
EFFECTS_KEPT = 20000

assert methods.__all__  # imported so that the methods register


@dataclass
class Called:
    """One line of the journal. `outcome` is "ok", Telegram's refusal, or what was done to the connection."""

    number: int
    at: datetime
    bot: int
    method: str
    parameters: Json
    unknown: list[str] = field(default_factory=list)
    outcome: str = "open"
    code: int = 0
    seconds: float = 0.0
    result: Any = None

    def as_json(self) -> Json:
        """The line as the control API shows it."""
        return {
            "number": self.number,
            "at": self.at.isoformat(),
            "bot": self.bot,
            "method": self.method,
            "parameters": self.parameters,
            "unknown": self.unknown,
            "outcome": self.outcome,
            "code": self.code,
            "ms": round(self.seconds * 1000, 1),
        }


@dataclass
class Effect:
    """A message that truly was sent or edited, whatever its bot was told."""

    at: datetime
    method: str
    bot: int
    chat: int
    message: int
    text: str


class Cut(Exception):
    """The connection is to be cut instead of answered."""


class BotApi:
    """Answers bots."""

    def __init__(self, world: World, *, any_token: bool) -> None:
        self.world = world
        self.any_token = any_token
        self.limits = Limits()
        self.faults = Faults()
        self.calls: deque[Called] = deque(maxlen=JOURNAL_KEPT)
        self.effects: deque[Effect] = deque(maxlen=EFFECTS_KEPT)
        self.closing = asyncio.Event()
        self.numbers = 0
        world.duplicates = self.faults.copies

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One request of a bot."""
        try:
            bot = self.bot_of(request.match_info["token"])
            name = BY_LOWER_NAME.get(request.match_info["method"].lower())
            if name is None:
                return refusal(Refused(404, "Not Found"))
            result = await self.perform(bot, name, await read_request(request))
        except Refused as refused:
            return refusal(refused)
        except Cut:
            return cut(request)
        return web.json_response({"ok": True, "result": result})

    async def file(self, request: web.Request) -> web.Response:
        """A file's bytes."""
        try:
            self.bot_of(request.match_info["token"])
        except Refused as refused:
            return refusal(refused)
        path = request.match_info["path"]
        stored = next((one for one in self.world.files.values() if one.path == path), None)
        if stored is None:
            return refusal(Refused(404, "Not Found"))
        return web.Response(body=stored.data, content_type="application/octet-stream")

    def bot_of(self, token: str) -> Bot:
        """The bot whose token this is; in a world open to all, a new one is born."""
        bot = next((bot for bot in self.world.bots.values() if bot.token == token), None)
        free = TOKEN.fullmatch(token) and int(token.partition(":")[0]) not in self.world.bots
        if bot is None and self.any_token and free:
            return self.world.new_bot(token=token)
        if bot is None:
            raise Refused(401, "Unauthorized" if TOKEN.fullmatch(token) else "Unauthorized: invalid token specified")
        return bot

    async def perform(self, bot: Bot, name: str, asked: Parameters) -> Any:
        """Do what a bot asks, as far as faults and limits allow; and write it down."""
        entry = self.open_entry(bot, name, asked)
        began = time.monotonic()
        try:
            entry.result = await self.attempt(Call(self.world, bot, name, entry.parameters, asked.uploads))
            entry.outcome, entry.code = "ok", 200
        except Refused as refused:
            entry.outcome, entry.code = refused.description, refused.code
            raise
        except Cut as how:
            entry.outcome = str(how)
            raise
        finally:
            entry.seconds = time.monotonic() - began
            self.world.changed("call", call=entry.as_json())
        return entry.result

    def open_entry(self, bot: Bot, name: str, asked: Parameters) -> Called:
        """Begin a line of the journal."""
        self.numbers += 1
        parameters, strange = typed(name, asked.values), unknown(name, asked.values)
        entry = Called(self.numbers, self.world.clock.now(), bot.id, name, parameters, strange)
        self.calls.append(entry)
        return entry

    async def attempt(self, call: Call) -> Any:
        """One call with all that may befall it."""
        faults = self.faults.meeting(call.bot.id, call.method, call.values)
        for fault in faults:
            await self.befall(fault)
        self.limits.spend(call.bot.id, call.method, call.text("chat_id"))
        try:
            result = await self.run(call)
        finally:
            self.note_effects(call)
        for fault in faults:
            if fault.drop == AFTER:
                await self.pause(fault.hang or 0)
                raise Cut("cut after the effect")
        return result

    async def befall(self, fault: Fault) -> None:
        """What happens before a call takes effect."""
        await self.pause(fault.seconds(self.faults.dice))
        if fault.drop == AFTER:
            return
        if fault.hang:
            await self.pause(fault.hang)
            raise Cut("timed out")
        if fault.drop == BEFORE:
            raise Cut("cut before the effect")
        if fault.code:
            raise fault.refusal()

    async def run(self, call: Call) -> Any:
        """Call the method."""
        function = METHODS.get(call.method)
        if function is None:
            raise Refused(501, f"Not Implemented: the sandbox knows {call.method} but does not model it")
        result = function(call)
        return await result if inspect.isawaitable(result) else result

    async def pause(self, seconds: float) -> None:
        """Wait, but not longer than the server lives."""
        if seconds <= 0:
            return
        try:
            async with asyncio.timeout(seconds):
                await self.closing.wait()
        except TimeoutError:
            return
        raise Cut("the sandbox closed")

    def note_effects(self, call: Call) -> None:
        """Write down what truly reached a chat."""
        for chat, message in call.effects:
            text = str(message.content.get("text", message.content.get("caption", "")))
            now = self.world.clock.now()
            self.effects.append(Effect(now, call.method, call.bot.id, chat.id, message.id, text))


def refusal(refused: Refused) -> web.Response:
    """A refusal as an answer, with the header that goes with "too many"."""
    seconds = refused.parameters.get("retry_after")
    headers = {} if seconds is None else {"Retry-After": str(seconds)}
    return web.json_response(refused.body(), status=refused.code, headers=headers)


def cut(request: web.Request) -> web.Response:
    """Break the connection off; what is returned reaches nobody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
