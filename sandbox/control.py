"""The JSON paths by which the page, scripts and trainers drive the world; and the doorkeeper of the whole server."""

import asyncio
import base64
import binascii
import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aiohttp import web

from sandbox import groups, people
from sandbox.events import stream_events
from sandbox.methods.polling import is_loopback
from sandbox.refusals import Json, Misdirected
from sandbox.state import message_state, state_json
from sandbox.world import Bot, Chat, Message, Person

if TYPE_CHECKING:
    from sandbox.server import Sandbox

PAGE = Path(__file__).parent / "page"
BODY_LIMIT = 60 * 1024 * 1024
LONGEST_WAIT = 60.0
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def doorkeeper(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Only this machine, and no page of another site: a browser would carry its calls in here."""
    host = urlsplit(f"//{request.host}").hostname or ""
    origin = request.headers.get("Origin")
    if not is_loopback(host):
        return sorry("The sandbox answers only to 127.0.0.1 or localhost.", 403)
    if origin is not None and urlsplit(origin).netloc != request.host:
        return sorry("The sandbox does not answer the pages of other sites.", 403)
    return await handler(request)


def sorry(words: str, status: int = 400) -> web.Response:
    """What was wrong with a request, in one sentence."""
    return web.json_response({"ok": False, "error": words}, status=status)


def application(box: "Sandbox") -> web.Application:
    """All the paths of the server."""
    app = web.Application(middlewares=[doorkeeper], client_max_size=BODY_LIMIT)
    control = Control(box)
    app.router.add_route("*", "/bot{token:[^/]+}/{method:[^/]+}", box.api.handle)
    app.router.add_get("/file/bot{token:[^/]+}/{path:.+}", box.api.file)
    app.router.add_get("/sandbox/state", control.state)
    app.router.add_get("/sandbox/events", control.events)
    app.router.add_get("/sandbox/calls", control.calls)
    app.router.add_get("/sandbox/faults", control.faults)
    app.router.add_get("/sandbox/files/{id}", control.file)
    app.router.add_post("/sandbox/{act}", control.act)
    app.router.add_get("/", page)
    app.router.add_get("/page/{path:.+}", page)
    return app


async def page(request: web.Request) -> web.StreamResponse:
    """The chat page and what belongs to it."""
    wanted = (PAGE / request.match_info.get("path", "index.html")).resolve()
    if not wanted.is_relative_to(PAGE.resolve()) or not wanted.is_file():
        return sorry("There is no such page.", 404)
    return web.FileResponse(wanted, headers={"Cache-Control": "no-cache"})


class Control:
    """The acts. Each reads a request's JSON, does one thing and returns what the answer shall hold."""

    def __init__(self, box: "Sandbox") -> None:
        self.box = box
        self.world = box.world
        self.acts: dict[str, Callable[[Json], Json | Awaitable[Json]]] = {
            name.removeprefix("do_"): getattr(self, name) for name in dir(self) if name.startswith("do_")
        }

    async def state(self, _request: web.Request) -> web.Response:
        """Everything there is."""
        return web.json_response(state_json(self.world))

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Everything that happens."""
        return await stream_events(request, self.world, self.box.api.closing)

    async def calls(self, request: web.Request) -> web.Response:
        """The journal, from a line on."""
        after = request.query.get("after", "0")
        if not after.isdigit():
            return sorry("after is the number of the last call you have seen.")
        return web.json_response({"calls": [c.as_json() for c in self.box.calls if c.number > int(after)]})

    async def faults(self, _request: web.Request) -> web.Response:
        """The faults that are planned."""
        return web.json_response({"faults": self.box.api.faults.listed()})

    async def file(self, request: web.Request) -> web.Response:
        """A file that somebody sent; shown as a picture or sound only if it is one."""
        stored = self.world.files.get(request.match_info["id"])
        if stored is None:
            return sorry("There is no such file.", 404)
        safe = stored.mime.split("/")[0] in ("image", "audio") and "svg" not in stored.mime
        headers = {"X-Content-Type-Options": "nosniff"} | ({} if safe else {"Content-Disposition": "attachment"})
        return web.Response(
            body=stored.data, content_type=stored.mime if safe else "application/octet-stream", headers=headers
        )

    async def act(self, request: web.Request) -> web.Response:
        """Do what is asked, or say in one sentence why not."""
        act = self.acts.get(request.match_info["act"])
        if act is None:
            return sorry(f"There is no such act; there are {', '.join(sorted(self.acts))}.", 404)
        try:
            asked = json.loads(await request.read() or b"{}")
            if not isinstance(asked, dict):
                raise Misdirected("Send one JSON object.")
            done = act(asked)
            return web.json_response({"ok": True} | (done if isinstance(done, dict) else await done))
        except Misdirected as why:
            return sorry(str(why))
        except json.JSONDecodeError as why:
            return sorry(f"That is not JSON: {why}.")

    def do_people(self, asked: Json) -> Json:
        """Somebody moves in."""
        person = self.box.person(
            text(asked, "name"), optional(asked, "language", str), optional(asked, "username", str),
            optional(asked, "id", int),
        )
        return {"id": person.id}

    def do_say(self, asked: Json) -> Json:
        """Somebody writes."""
        person, chat, bot = self.who(asked), self.where(asked), self.which(asked)
        kinds = ("photo", "voice", "document", "sticker", "contact")
        extra: Json = {kind: payload(kind, asked[kind]) for kind in kinds if asked.get(kind)}
        extra["anonymous"] = asked.get("anonymous", False)
        message = self.box.say(
            person, optional(asked, "text", str), chat, bot, reply_to=optional(asked, "reply_to", int), **extra
        )
        return self.shown(self.box.place(person, chat, bot), message)

    do_press = do_say

    def do_edit(self, asked: Json) -> Json:
        """Somebody corrects a message of theirs."""
        person = self.who(asked)
        chat, message = self.message(person, asked)
        return self.shown(chat, people.edit(self.world, person, chat, message, text(asked, "text")))

    def do_react(self, asked: Json) -> Json:
        """Somebody reacts to a message."""
        person = self.who(asked)
        chat, message = self.message(person, asked)
        people.react(self.world, person, chat, message, optional(asked, "emoji", str))
        return {}

    async def do_tap(self, asked: Json) -> Json:
        """Somebody presses a button; with `wait`, until the bot has answered."""
        person, wait = self.who(asked), asked.get("wait", 0)
        if not isinstance(wait, int | float) or not 0 <= wait <= LONGEST_WAIT:
            raise Misdirected(f"wait is a number of seconds up to {LONGEST_WAIT:.0f}.")
        tap = self.box.tap(person, whole(asked, "message"), text(asked, "data"), self.where(asked), self.which(asked))
        if not wait:
            return {"tap": tap.id}
        try:
            return {"tap": tap.id, "answer": await self.box.answered(tap, wait)}
        except TimeoutError:
            return {"tap": tap.id, "answer": None}

    def do_open(self, asked: Json) -> Json:
        """Somebody follows a link; a startgroup link wants the group in `chat`."""
        person, link, chat = self.who(asked), text(asked, "link"), self.where(asked)
        if chat is not None:
            name, _, payload_ = link.partition("?startgroup=")
            bot = self.bot_named(name.rpartition("/")[2])
            return self.shown(chat, people.open_in_group(self.world, person, bot, chat, payload_))
        message = people.open_link(self.world, person, link)
        return {"message": message.id if message else None}

    def do_groups(self, asked: Json) -> Json:
        """A group is made."""
        members = [self.person(one) for one in listed(asked, "members")]
        admins = [self.person(one) for one in listed(asked, "admins")]
        supergroup = asked.get("supergroup", True) is not False
        return {"id": self.box.group(text(asked, "title"), members, admins, supergroup=supergroup).id}

    def do_add_bot(self, asked: Json) -> Json:
        """A bot is added to a group."""
        by = self.person(asked["by"]) if "by" in asked else None
        self.box.add_bot(self.group(asked), self.which(asked), by, admin=asked.get("admin") is True)
        return {}

    def do_kick(self, asked: Json) -> Json:
        """A bot, or a person, is thrown out of a group."""
        chat, by = self.group(asked), self.person(asked["by"]) if "by" in asked else None
        if "person" in asked:
            groups.leave(self.world, chat, self.who(asked), by or self.world.people[groups.creator_of(chat)])
        else:
            self.box.kick(chat, self.which(asked), by)
        return {}

    def do_join(self, asked: Json) -> Json:
        """A person joins a group."""
        groups.join(self.world, self.group(asked), self.who(asked))
        return {}

    def do_leave(self, asked: Json) -> Json:
        """A person leaves a group."""
        groups.leave(self.world, self.group(asked), self.who(asked))
        return {}

    def do_admin(self, asked: Json) -> Json:
        """A person becomes an administrator, or ("admin": false) is one no longer."""
        admin, anonymous = asked.get("admin", True) is True, asked.get("anonymous") is True
        groups.make_admin(self.world, self.group(asked), self.who(asked), admin=admin, anonymous=anonymous)
        return {}

    def do_upgrade(self, asked: Json) -> Json:
        """A small group becomes a supergroup."""
        return {"id": self.box.upgrade(self.group(asked)).id}

    def do_block(self, asked: Json) -> Json:
        """A person blocks the bot."""
        self.box.block(self.who(asked), self.which(asked))
        return {}

    def do_unblock(self, asked: Json) -> Json:
        """A person lets the bot in again."""
        self.box.unblock(self.who(asked), self.which(asked))
        return {}

    def do_delete_account(self, asked: Json) -> Json:
        """A person leaves Telegram."""
        self.box.delete_account(self.who(asked))
        return {}

    async def do_clock(self, asked: Json) -> Json:
        """Time passes; what was said before is first given a moment to reach the bots that listen."""
        if ("advance_seconds" in asked) == ("to" in asked):
            raise Misdirected("Give either advance_seconds or to.")
        moment = moment_of(asked["to"]) if "to" in asked else None
        seconds = asked.get("advance_seconds", 0)
        if not isinstance(seconds, int | float) or abs(seconds) > 10 * 366 * 86400:
            raise Misdirected("advance_seconds is a number of seconds, ten years at most.")
        await self.settle()
        if moment:
            self.box.clock.move_to(moment)
        else:
            self.box.clock.advance(seconds)
        return {"now": self.box.clock.now().isoformat()}

    async def settle(self, patience: float = 1.0) -> None:
        """Wait a little while updates are on their way to bots that fetch them."""
        loop = asyncio.get_running_loop()
        until = loop.time() + patience
        while loop.time() < until and any(b.waiting and (b.poller or b.webhook) for b in self.world.bots.values()):
            await asyncio.sleep(0.02)

    def do_faults(self, asked: Json) -> Json:
        """Something shall go wrong; {"clear": true} ends all faults."""
        if asked.get("clear"):
            self.box.api.faults.clear()
            return {}
        try:
            self.box.api.faults.add(**asked)
        except TypeError:
            raise Misdirected("Numbers are numbers and names are text; see docs/sandbox.md.") from None
        return {"faults": self.box.api.faults.listed()}

    def do_limits(self, asked: Json) -> Json:
        """Other limits, or none: {"enabled": false}."""
        known = ("enabled", "bot_per_second", "person_per_second", "person_burst", "group_per_minute")
        strange = [name for name, value in asked.items() if name not in known or not isinstance(value, int | float)]
        if strange or any(asked[name] <= 0 for name in asked if name != "enabled"):
            raise Misdirected(f"Limits are {', '.join(known)}: numbers above 0, and enabled true or false.")
        self.box.limits.change(**asked)
        return {name: getattr(self.box.limits, name) for name in known}

    def do_reset(self, _asked: Json) -> Json:
        """Begin anew."""
        self.box.reset()
        return {}

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
