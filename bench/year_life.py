"""A stretch of Millbrook's life, lived through the real house on a moved clock.

People press the buttons that they are shown, and write; each of them has habits (bench/year_plan.py). Between two moments
at which somebody does something or something falls due nothing happens, so the clock goes from one to the next, a minute
at least. Twice something is down for a day: the house itself, and Telegram.
"""

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from bench.year_habits import Habits
from bench.year_phones import FIRST, Phones, Raw, name_of, question
from bench.year_plan import COORDINATORS, NEXT_TO, PATCHES, ZONE, Helper, Plan, Wanted, dice
from bench.year_watch import Watch
from bot.app import House, assemble
from bot.clock import JOBS, Clock
from bot.community import aid_place, drafts, places, residents, volunteers
from bot.community.residents import Person
from bot.delivery.pace import Pace
from bot.flows.talk import SKIPPED
from bot.settings import Settings
from bot.store import residents as residents_store
from bot.store.engine import Session
from bot.store.writer import GROUP, Job, Writer

TOKEN = "4242:year"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
AGAIN = timedelta(minutes=10)
"""After what could not be sent, when Telegram is tried again."""
LONGER = timedelta(days=45)
"""For what was asked in the last days to come to its end."""
SEE_TO_ASKS = next(job for job in JOBS if job.name == "see_to_asks")
QUESTIONS, SPELT_OUT = 20, 10
Act = Callable[[], Raw | Awaitable[None] | None]


class MovedClock(Clock):
    """A clock that stands until it is moved."""

    def __init__(self, moment: datetime) -> None:
        super().__init__()
        self.moment = moment

    def now(self) -> datetime:
        """The moment it stands at."""
        return self.moment


class InLine:
    """The house's writer without its thread: what waits is committed in one group, by the same code, between two turns.

    Of the time that a step takes on a busy machine nine tenths were waiting for the one thread to wake the other.
    """

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.waiting: list[Job] = []

    async def transact(self, work: Callable[[Session], Any]) -> Any:
        """As the writer's own."""
        loop = asyncio.get_running_loop()
        if not self.waiting:
            loop.call_soon(self._commit)
        job = Job(work, loop.create_future(), loop)
        self.waiting.append(job)
        return await job.future

    def _commit(self) -> None:
        group, self.waiting = self.waiting[:GROUP], self.waiting[GROUP:]
        if self.waiting:
            asyncio.get_running_loop().call_soon(self._commit)
        self.writer._commit_group(group)
        for job in group:
            job.settle()


class Life:
    """One stretch of life; `run` lives it and says what came of it."""

    def __init__(self, plan: Plan, folder: Path, tell: Callable[[float], None] = lambda _share: None) -> None:
        self.plan, self.folder, self.tell = plan, folder, tell
        self.clock = MovedClock(plan.begins)
        self.phones = Phones()
        self.file = folder / "kith.db"
        self.acts: list[tuple[datetime, int, bool, Act]] = []
        self._order = itertools.count()
        self.held: list[Raw] = []
        self.house: House
        self.watch: Watch
        self.habits: Habits
        self.without_house = plan.begins + plan.days * DAY * 0.4
        self.without_telegram = plan.begins + plan.days * DAY * 0.7
        self.cut_off = False
        self.not_asked = 0

    async def run(self) -> dict[str, Any]:
        """Live it. The house is closed and opened again in between, on the same database."""
        await self.phones.open()
        try:
            async with self._open_house():
                await self._found()
                self.watch = Watch(
                    self.plan, self.file, {one.number: one.offering.per_week for one in self.plan.helpers}
                )
                self.habits = Habits(self)
                self._plan_acts()
                await self._live(self.without_house)
            self._hold_what_comes(self.without_house + DAY)
            async with self._open_house():
                await self._come_back()
                await self._live(self.plan.ends + LONGER)
        finally:
            self.phones.close()
        found = self.watch.figures([one.number for one in self.plan.helpers])
        self.watch.close()
        return {**found, **self.habits.figures(), "not_asked": self.not_asked}

    @asynccontextmanager
    async def _open_house(self) -> AsyncIterator[None]:
        settings = Settings(
            _env_file=None, data=self.folder / "data", database_url=f"sqlite:///{self.file}", flood_burst=10_000
        )
        async with assemble(settings, TOKEN, self.phones.url, self.clock) as self.house:
            self.house.delivery.pace = Pace(0, 0, 0)
            self.house.writer.transact = InLine(self.house.writer).transact  # type: ignore[method-assign]
            yield

    # --- the beginning

    async def _found(self) -> None:
        await self._store(self._found_place)
        for start in range(0, len(self.plan.languages), 250):
            await self._store(lambda session, start=start: self._join(session, start, start + 250))
        for one in self.plan.helpers:
            if one.begins == self.plan.begins:
                await self._offer(one)

    def _found_place(self, session: Session) -> None:
        place = places.add_place(
            session,
            "millbrook",
            "Millbrook",
            "Millbrook Community Trust",
            [*dict.fromkeys(self.plan.languages)],
            ZONE.key,
        )
        for name in PATCHES:
            places.add_patch(session, place, name)
        for home, name in enumerate(PATCHES):
            beside = [*NEXT_TO.get(home, ()), *(patch for patch, others in NEXT_TO.items() if home in others)]
            aid_place.set_neighbours(session, place, name, [PATCHES[other] for other in beside])

    def _join(self, session: Session, first: int, end: int) -> None:
        place = places.place_for_newcomer(session, "millbrook")
        for who, language in enumerate(self.plan.languages[first:end], first):
            lookup = session.vault.keys.lookup(FIRST + who)
            person = Person(FIRST + who, lookup, name_of(who), language, None)
            consents = dict.fromkeys(residents.PURPOSES, True)
            made = residents.join(
                session, person, place, language, consents, self.plan.homes[who] + 1, self.clock.now()
            )
            assert made.id == who + 1
            if who < COORDINATORS:
                residents_store.give_role(session, made, "coordinator")

    async def _offer(self, one: Helper) -> None:
        """Somebody begins to offer help, as the conversation about it ends; a coordinator has seen their check."""

        def work(session: Session) -> None:
            resident, now = residents_store.resident_by_id(session, one.number + 1), self.clock.now()
            if resident is None:
                return  # they have asked to be forgotten meanwhile
            volunteers.offer_help(session, resident, one.offering, now)
            if one.checked:
                volunteers.set_checked(session, resident, now.date() + timedelta(days=730), now)

        await self._store(work)

    async def _store(self, work: Callable[[Session], Any]) -> Any:
        return await self.house.writer.transact(work)

    def _plan_acts(self) -> None:
        for wanted in self.plan.wanted:
            self.walks(wanted.at, lambda wanted=wanted: self._ask(wanted))
        for one in self.plan.helpers:
            if one.begins > self.plan.begins:
                self.walks(one.begins, lambda one=one: self._offer(one))
            if one.leaves is not None:
                self.later(one.leaves, lambda one=one: self.phones.taps(one.number, "av:sure_leave"))
        self.habits.begin()

    # --- time passes

    def later(self, at: datetime, act: Act) -> None:
        """Something that somebody will send."""
        heapq.heappush(self.acts, (max(at, self.clock.moment), next(self._order), False, act))

    def walks(self, at: datetime, act: Act) -> None:
        """A conversation that somebody will begin: it needs the bot's answers."""
        heapq.heappush(self.acts, (max(at, self.clock.moment), next(self._order), True, act))

    async def _live(self, until: datetime) -> None:
        while (moment := self._next_moment()) < until:
            self.clock.moment = moment
            await self._weather()
            await self._step(moment)
            span = self.plan.ends + LONGER - self.plan.begins
            self.tell((moment - self.plan.begins) / span)
            if moment > self.plan.ends and not self.watch.live:
                break

    def _next_moment(self) -> datetime:
        """The next minute in which anything happens."""
        now = self.clock.moment
        ask, letter = self.watch.next_due()
        if letter is not None and letter <= now:
            letter = now + AGAIN
        morning = datetime.combine(now.astimezone(ZONE).date() + DAY, time(4), ZONE).astimezone(UTC)
        moments = [one for one in (ask, letter, morning, self.acts[0][0] if self.acts else None) if one is not None]
        moment = max(min(moments), now + MINUTE)
        minute = moment.replace(second=0, microsecond=0)
        return minute if minute == moment else minute + MINUTE

    async def _step(self, now: datetime) -> None:
        """A minute: what people send, what falls due, what is said; then everybody looks at their telephone."""
        await self._hear(now)
        said = self.phones.take()
        ask, _letter = self.watch.next_due()
        if now.astimezone(ZONE).time() == time(4):
            await self.house.ticker.run_all()
        elif ask is not None and ask <= now:
            await self.house.ticker.run(SEE_TO_ASKS)
        _ask, letter = self.watch.next_due()
        if letter is not None and letter <= now:
            if self.cut_off:
                self.house.delivery.pace = Pace(0, 0, 0)  # its pauses are of the real clock
            await self.house.delivery.deliver()
        letters = self.phones.take()
        for ask in self.watch.look(now):
            self.habits.came_again(ask)
        self.watch.hear(said, now, letters=False)
        self.watch.hear(letters, now, letters=True)
        for shown in (*said, *letters):
            self.habits.sees(shown)

    async def _hear(self, now: datetime) -> None:
        raws, walks = [], []
        while self.acts and self.acts[0][0] <= now:
            _at, number, walk, act = heapq.heappop(self.acts)
            if self.cut_off:
                back = self.without_telegram + DAY + dice(self.plan.seed, "back", number).uniform(0, 3) * 60 * MINUTE
                heapq.heappush(self.acts, (back, number, walk, act))
            elif walk:
                walks.append(act)
            elif isinstance(raw := act(), dict):
                raws.append(raw)
        await self._send(raws)
        for act in walks:
            work = act()
            assert isinstance(work, Awaitable)
            await work

    async def _send(self, raws: list[Raw]) -> None:
        """Updates as polling brings them: side by side, and one person's in order."""
        for start in range(0, len(raws), 100):
            await self.house.updates.take(raws[start : start + 100])
        await self.house.updates.lines.drain(60)
        assert self.house.updates.lines.idle

    # --- the two bad days

    def _hold_what_comes(self, until: datetime) -> None:
        """The house is down: Telegram keeps what people send, for a day; who begins a conversation tries again later."""
        while self.acts and self.acts[0][0] < until:
            at, number, walk, act = heapq.heappop(self.acts)
            if walk:
                back = until + dice(self.plan.seed, "back", number).uniform(0, 3) * 60 * MINUTE
                heapq.heappush(self.acts, (back, number, walk, act))
                continue
            self.clock.moment = at
            if isinstance(raw := act(), dict):
                self.held.append(raw)
        self.clock.moment = until.replace(second=0, microsecond=0)

    async def _come_back(self) -> None:
        """The house is there again: what Telegram kept comes at once."""
        await self._send(self.held)
        self.held = []
        await self._step(self.clock.moment)

    async def _weather(self) -> None:
        """Telegram goes, and comes back."""
        down = self.without_telegram <= self.clock.moment < self.without_telegram + DAY
        if down and not self.cut_off:
            self.phones.close()
        if self.cut_off and not down:
            await self.phones.open()
            self.house.delivery.pace = Pace(0, 0, 0)
        self.cut_off = down

    # --- conversations

    async def _ask(self, wanted: Wanted) -> None:
        """Ask in the chat: every tenth question by question, the others with the answers given and the last one left."""
        when = wanted.when
        if when == "day":
            when = (self.clock.now().astimezone(ZONE).date() + wanted.days * DAY).isoformat()
        answers = {
            "whom": "yes" if wanted.for_another else "no",
            "kind": wanted.kind,
            "when": when,
            "part": wanted.part,
            "patch": str(wanted.patch + 1),
            "need": f"Ring twice, I am slow; zq{wanted.number}n",
            "language": "any" if wanted.any_language else "own",
            "weekly": "yes" if wanted.series else "no",
            **({"place": f"{wanted.number % 90 + 1} Mill Lane zq{wanted.number}p"} if wanted.with_place else {}),
        }
        begun = self.phones.says(wanted.by, "/ask")
        if wanted.number % SPELT_OUT:
            begun = self.phones.taps(
                wanted.by, f"a:{await self._store(partial(_draft, wanted, answers, self.clock.now()))}.sure:yes"
            )
        await self.talk(wanted.by, begun, answers)
        ask = self.watch.opened(wanted.number, wanted.by)
        if ask is None:
            self.not_asked += 1
        else:
            self.habits.asked(ask, wanted)

    async def talk(self, who: int, first: Raw, answers: dict[str, str]) -> None:
        """A conversation: each question is answered by its name, skipped, or its first button pressed."""
        await self._send([first])
        for _ in range(QUESTIONS):
            asked = question(self.phones.latest.get(who))
            if asked is None:
                return
            turn, name = asked
            await self._send([self._answer(who, turn, name, answers)])
        raise AssertionError(f"a conversation that never ends: {name}")

    def _answer(self, who: int, turn: str, name: str, answers: dict[str, str]) -> Raw:
        """What is known is said; anything else is skipped where it may be, or the first button pressed."""
        if name in {"need", "place"} and name in answers:
            return self.phones.says(who, answers[name])
        offered = self.phones.latest[who].taps
        wished = f"a:{turn}:{answers[name]}" if name in answers else f"m:{turn}:skip"
        if wished not in offered:
            wished = next((tap for tap in offered if tap.startswith("a:")), wished)
        return self.phones.taps(who, wished)


def _draft(wanted: Wanted, answers: dict[str, str], now: datetime, session: Session) -> str:
    """A conversation of somebody who has answered all but the last question; the token that its buttons carry."""
    begun = drafts.begin("aid_ask", {"place": SKIPPED, "numbers": "yes", **answers})
    drafts.keep(session, session.vault.keys.lookup(FIRST + wanted.by), begun, now)
    return begun.token
