"""The acts of the control API: each reads what was asked, does one thing, and returns what the answer shall hold."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from sandbox import groups, people
from sandbox.asked import Named, listed, moment_of, optional, payload, text, whole
from sandbox.refusals import Json, Misdirected

if TYPE_CHECKING:
    from sandbox.server import Sandbox

LONGEST_WAIT = 60.0
STILL_LISTENING = 5.0
LONGEST_MOVE = 10 * 366 * 86400
Act = Callable[[Json], Json | Awaitable[Json]]


class Acts(Named):
    """POST /sandbox/<name> does `do_<name>`."""

    def __init__(self, box: "Sandbox") -> None:
        super().__init__(box)
        self.by_name: dict[str, Act] = {
            name.removeprefix("do_"): getattr(self, name) for name in dir(self) if name.startswith("do_")
        }

    def do_people(self, asked: Json) -> Json:
        """Somebody moves in."""
        person = self.box.person(
            text(asked, "name"),
            optional(asked, "language", str),
            optional(asked, "username", str),
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
        if not isinstance(seconds, int | float) or abs(seconds) > LONGEST_MOVE:
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
        while loop.time() < until and self.on_their_way():  # noqa: ASYNC110 - rare, and a second at most
            await asyncio.sleep(0.02)

    def on_their_way(self) -> bool:
        """Whether a bot that listens has updates it has not fetched, or not yet confirmed."""
        lately = time.monotonic() - STILL_LISTENING
        return any(b.waiting and (b.poller or b.webhook or b.last_polled > lately) for b in self.world.bots.values())

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

    async def do_reset(self, _asked: Json) -> Json:
        """Begin anew."""
        await self.box.begin_anew()
        return {}
