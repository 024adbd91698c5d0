"""A town for tests: Millbrook, its people in a sandbox, and the real house answering over HTTP. Only time is moved."""

import asyncio
import re
from contextlib import asynccontextmanager
from datetime import timedelta

from bot.app import assemble, run
from bot.community import groups, places, polls, residents
from bot.community.residents import Person
from bot.delivery.pace import Pace
from bot.screens.language import LANGUAGES
from bot.settings import Settings
from bot.store import residents as residents_store
from bot.store.residents import resident_found_by
from bot.store.tables import Letter
from sandbox.server import Sandbox
from sandbox.world import Update

INVISIBLE = re.compile("[\u2066-\u2069\u200e\u200f]")


def plain(text):
    """A text as a reader sees it: without isolates and direction marks."""
    return INVISIBLE.sub("", text)


async def until(holds, patience=20):
    """Wait for something to become true."""
    async with asyncio.timeout(patience):
        while not holds():
            await asyncio.sleep(0.005)


class Neighbour:
    """Somebody in Millbrook with a telephone."""

    def __init__(self, town, person):
        self.town, self.person = town, person

    @property
    def messages(self):
        return self.town.box.messages(self.person)

    @property
    def screen(self):
        """The bot's latest message."""
        said = [message for message in self.messages if message.sender != self.person.id]
        assert said, f"the bot has said nothing to {self.person.name}"
        return said[-1]

    @property
    def reads(self):
        return plain(text_of(self.screen))

    @property
    def buttons(self):
        rows = (self.screen.markup or {}).get("inline_keyboard", [])
        return [plain(button["text"]) for row in rows for button in row]

    def button(self, label):
        rows = (self.screen.markup or {}).get("inline_keyboard", [])
        for row in rows:
            for button in row:
                if plain(button["text"]) == label:
                    return button
        raise AssertionError(f"no button {label!r} among {self.buttons}: {self.reads}")

    async def says(self, text=None, chat=None, **extra):
        """Write, and read what the bot says to it."""
        self.town.box.say(self.person, text, chat, **extra)
        await self.town.settles()
        return self.reads if chat is None else None

    async def taps(self, label, message=None):
        """Press a button by its words; the toast."""
        button = self.button(label)
        if "url" in button:
            return await self.opens(button["url"])
        return await self.sends_tap(button["callback_data"], message or self.screen)

    async def sends_tap(self, data, message=None, chat=None):
        """Press a button by its data, genuine or not; the toast."""
        tap = self.town.box.tap(self.person, message or self.screen, data, chat)
        answer = await self.town.box.answered(tap)
        await self.town.settles()
        return plain(answer.get("text") or "")

    async def opens(self, link):
        self.town.box.open(self.person, link)
        await self.town.settles()
        return self.reads

    async def starts(self, payload=""):
        return await self.says(f"/start {payload}".strip())

    async def joins(self, language="English", patch="Mill Road", yes=True):
        """Walk through joining, by the buttons of whatever language."""
        await self.starts()
        await self.taps(language)
        await self.sends_tap(self.first_tap())
        for _purpose in residents.PURPOSES:
            await self.sends_tap(self.first_tap() if yes else self.first_tap(1))
        await self.taps(patch)

    def first_tap(self, nth=0):
        return [button["callback_data"] for row in self.screen.markup["inline_keyboard"] for button in row][nth]


def text_of(message):
    return message.content.get("text") or message.content.get("caption") or ""


class Town:
    """Millbrook: the sandbox, the house, and shortcuts to set a scene."""

    def __init__(self, box, house):
        self.box, self.house = box, house
        self.place_id = None
        self.people = {}

    async def store(self, work):
        """Run a work in the house's writer, as an update would."""
        return await self.house.writer.transact(work)

    def person(self, name, language=None):
        neighbour = Neighbour(self, self.box.person(name, language))
        self.people[name] = neighbour
        return neighbour

    async def resident(self, name, language="en", *roles):
        """Somebody who has joined already, with roles; the bot may write to them."""
        neighbour = self.person(name, language)

        def join(session):
            place = places.place_for_newcomer(session, "millbrook")
            lookup = session.vault.keys.lookup(neighbour.person.id)
            newcomer = Person(neighbour.person.id, lookup, name, language, None)
            consents = dict.fromkeys(residents.PURPOSES, True)
            made = residents.join(session, newcomer, place, language, consents, None, self.now)
            for role in roles:
                residents_store.give_role(session, made, role)
            return made.id

        neighbour.id = await self.store(join)
        await neighbour.starts()
        return neighbour

    async def steering(self, *names_and_languages):
        return [await self.resident(name, language, "steering") for name, language in names_and_languages]

    def brings(self, kind, body):
        """Let Telegram bring an update such as nobody in the sandbox can send."""
        bot = self.box.bot
        bot.last_update_id += 1
        expires = self.box.clock.now().timestamp() + 3600
        bot.waiting.append(Update(bot.last_update_id, kind, body, f"odd:{bot.last_update_id}", expires))
        bot.stirred.set()
        return bot.last_update_id

    @property
    def now(self):
        return self.house.clock.now()

    async def settles(self):
        """Wait until every update is applied and answered."""
        bot, updates = self.box.bot, self.house.updates
        async with asyncio.timeout(15):
            while bot.waiting or not updates.lines.idle:
                await asyncio.sleep(0.002)

    async def looks(self):
        """Let everything that is due happen."""
        await self.house.look()
        async with asyncio.timeout(15):
            while await self.store(self._letters_under_way):
                await asyncio.sleep(0.005)
        await self.house.redraw()
        await self.settles()

    async def stops(self):
        """Stop the house, as Ctrl-C does: what is under way is finished."""
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)

    def _letters_under_way(self, session):
        due = (Letter.state == "queued") & (Letter.not_before <= self.now)
        return session.query(Letter).filter(due | (Letter.state == "sending")).count()

    async def passes(self, **time):
        """Let time pass."""
        self.box.clock.advance(timedelta(**time).total_seconds())
        self.house.clock.offset = self.box.clock.ahead
        await self.looks()

    async def poll(self, title="What first?", options=("Crossing", "Garden"), *, method="approve", **more):
        """A poll of the steering group, opened; its number."""
        plan = polls.Plan(
            audience=more.pop("audience", "steering"),
            method=method,
            secrecy=more.pop("secrecy", "private"),
            closes_at=more.pop("closes_at", None) or self.now + timedelta(days=3),
            quorum=more.pop("quorum", 0),
            source="en",
            title={"en": title, **more.pop("titles", {})},
            options=[] if method == "yesno" else [one if isinstance(one, dict) else {"en": one} for one in options],
        )
        assert not more, more

        def make(session):
            place = places.place_for_newcomer(session, "millbrook")
            round_ = polls.make_poll(session, place, plan, self.now)
            polls.open_poll(session, round_, self.now)
            return round_.id

        number = await self.store(make)
        await self.looks()
        return number

    async def group(self, *members, title="Millbrook steering"):
        """A group chat with the bot in it, linked to the place."""
        people = [member.person for member in members]
        chat = self.box.group(title, people, admins=people[:1])
        self.box.add_bot(chat)
        await self.settles()

        def link(session):
            lookup = session.vault.keys.lookup(people[0].id)
            by = resident_found_by(session, lookup)
            residents_store.give_role(session, by, "coordinator")
            groups.link(session, by, chat.id, "en", self.now)

        await self.store(link)
        return chat

    def said_in(self, chat):
        """What the bot has said in a group."""
        return [plain(text_of(message)) for message in chat.messages.values() if message.sender == self.box.bot.id]


@asynccontextmanager
async def millbrook(database, folder, **settings):
    """The town, running: two patches, all languages."""
    async with Sandbox(port=0) as box:
        chosen = Settings(_env_file=None, data=folder, database_url=database, **{"flood_burst": 10_000, **settings})
        async with assemble(chosen, box.token, box.url) as house:
            box.limits.enabled = False
            house.delivery.pace = Pace(0, 0, 0)
            town = Town(box, house)
            town.place_id = await town.store(_found)
            town.running = asyncio.create_task(run(house))
            try:
                yield town
            finally:
                await town.stops()


def _found(session):
    place = places.add_place(
        session, "millbrook", "Millbrook", "Millbrook Community Trust", list(LANGUAGES), "Europe/London"
    )
    places.change_place(session, place, {"quiet_from": "03:00", "quiet_to": "03:01"})
    for name in ("Mill Road", "Station"):
        places.add_patch(session, place, name)
    return place.id
