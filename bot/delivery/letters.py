"""Letters go out: settle what came back, take what is due, word it, pace it, say it; one process at a time for a bot.

A letter is taken only when it can be sent at once or in a moment: whatever is under way when a process dies may have
arrived, so there are never more of these than are said at once.
"""

import asyncio
import contextlib
import random
from datetime import timedelta
from functools import partial
from typing import Any

from bot import metrics
from bot.clock import Clock
from bot.community import outcomes, post
from bot.community.parcels import Desk, Parcel
from bot.delivery.lease import Lease
from bot.delivery.pace import Pace
from bot.delivery.pages import page_of, said
from bot.log import error_at, log
from bot.store.senders import Held
from bot.store.writer import Writer
from bot.telegram import TIMEOUT, Fate, Silence, Telegram, TelegramSaid, fate_of

AT_ONCE = 16
IDLE = 0.5
"""Seconds between looks when nothing is due: the table is the truth, a wake-up only makes it quicker."""
AHEAD = 0.25
"""Seconds before its moment at which a letter is taken: longer, and letters that wait would fill all places."""
OPENED = 256
"""Letters that are opened at once, before they are claimed piece by piece; at the free pace those of one second."""
HURRY = 0.01
"""Below this gap between letters, in seconds, what comes back within as many is settled in one transaction."""
WORTH_WAITING = 2.0
"""Seconds; a letter whose chat is not ready for longer is put back."""
SLOW = 60.0
"""Seconds of a lowered pace after the whole bot was over its limit."""
SILENCES = 3
"""So many calls in a row without an answer, and Telegram is asked whether it is there before a letter is risked."""
UNAUTHORISED_PAUSE = 60.0
MEMBERS = {"member", "administrator", "creator", "restricted"}


class Delivery:
    """One bot's sender. `paid`: letters a second that Telegram is paid for, 0 for none."""

    def __init__(self, telegram: Telegram, writer: Writer, clock: Clock, *, paid: int = 0) -> None:
        self.telegram = telegram
        self.writer = writer
        self.clock = clock
        self.pace = Pace(1 / paid) if paid else Pace()
        self.at_once = max(AT_ONCE, paid // 8)
        self.extra: dict[str, Any] = {"allow_paid_broadcast": True} if paid else {}
        self.desk = Desk(telegram.bot_id)
        self.lease = Lease(writer, clock, self.desk)
        self.unauthorised = False
        self.stopping = False
        self._stirred = asyncio.Event()
        self._turns = asyncio.Lock()
        self._outcomes: list[outcomes.Outcome] = []
        self._hurry: asyncio.TimerHandle | None = None
        self._under_way: set[asyncio.Task[None]] = set()
        self._silences = 0
        self._probe_wait = 1.0
        telegram.replied = self._give_way

    def _give_way(self, chat_id: int) -> None:
        self.pace.replied(chat_id)

    def wake(self) -> None:
        """There may be something to say."""
        self._stirred.set()

    def stop(self) -> None:
        """Send nothing more: `run` ends when what is on its way has been settled, and the rest put back."""
        self.stopping = True
        self.wake()

    async def run(self) -> None:
        """Deliver until told to stop; a database that fails for a while is waited out."""
        try:
            while not (self.stopping and self.idle):
                await self._go_on()
        finally:
            await self._end()

    async def _go_on(self) -> None:
        try:
            taken = await self.turn()
        except Exception as error:  # noqa: BLE001 - whatever failed, letters are rows: the next look finds them
            log.error("delivery stumbled", **error_at(error))
            await asyncio.sleep(2)
        else:
            if not taken or self._hurries:
                await self._rest()

    async def _end(self) -> None:
        """What is still on its way has perhaps arrived, and is settled so; another process may send at once."""
        self.stopping = True
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        with contextlib.suppress(Exception):  # a lease that cannot be given back is over in a moment
            await self.turn()
            await self.lease.resign()

    async def deliver(self) -> int:
        """Send what is due and may go now; how many letters were taken."""
        count = 0
        while True:
            was_idle = self.idle  # only a turn that had nothing to settle had room for whatever is due
            taken = await self.turn()
            count += taken
            if not taken and was_idle:
                return count
            if not self.idle and (not taken or self._hurries):
                await self._rest()

    @property
    def _hurries(self) -> bool:
        """Whether letters go so fast that those which come back within a moment are settled together."""
        return self.pace.gap < HURRY

    @property
    def idle(self) -> bool:
        """Whether everything that was taken is settled."""
        return not self._under_way and not self._outcomes

    async def _rest(self) -> None:
        """Until something comes back, somebody wakes us, or the next letter's moment is near."""
        full = self.pace.room(AHEAD) == 0
        wait = min(IDLE, max(0.01, self.pace.until_room() - AHEAD)) if full else IDLE
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stirred.wait(), wait)
        self._stirred.clear()

    async def turn(self) -> int:
        """Settle what came back and take what may go: one transaction. How many letters were taken."""
        async with self._turns:
            held = await self.lease.held()
            if not held:
                return self._drop_what_is_lost()
            if isinstance(held, Held):
                self.pace.pause(held.paused, max(0.0, held.slow - held.paused))
            most = await self._room()
            came_back, self._outcomes = self._outcomes, []
            if self._hurry is not None:
                self._hurry.cancel()  # else it would have the first of the next settled alone
            if not came_back and not most:
                return 0
            parcels = await self._turned(came_back, most)
            for parcel in parcels:
                task = asyncio.create_task(self._carry(parcel))
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)
            return len(parcels)

    async def _turned(self, came_back: list[outcomes.Outcome], most: int) -> list[Parcel]:
        now = self.clock.now()
        try:
            return await self.writer.transact(partial(self._turn, came_back=came_back, now=now, most=most))
        except post.TermLost:
            self.lease.lose()
            return []
        except Exception:
            self._outcomes = [*came_back, *self._outcomes]
            raise

    def _turn(self, session: Any, *, came_back: list[outcomes.Outcome], now: Any, most: int) -> list[Parcel]:
        paced = self.pace.room(1.0)
        ahead = OPENED if paced is None else min(OPENED, paced)
        return post.turn(session, self.desk, came_back, now, most, ahead, self._not_ready)

    def _not_ready(self, chat_id: int) -> float:
        wait = self.pace.wait(chat_id)
        return wait if wait > WORTH_WAITING else 0.0

    def _drop_what_is_lost(self) -> int:
        """What was sent in a term that is over is nobody's to settle: whoever sends now finds it uncertain."""
        self._outcomes.clear()
        return 0

    async def _room(self) -> int:
        """How many letters may be taken now."""
        free = self.at_once - len(self._under_way)
        paced = self.pace.room(AHEAD)
        most = free if paced is None else min(free, paced)
        if self.stopping or most <= 0 or not self.lease.trusted:
            return 0
        if self.unauthorised:
            return min(1, most)
        return most if self._silences < SILENCES or await self._answers() else 0

    async def _answers(self) -> bool:
        """Whether Telegram is there at all: asked by a call that costs nobody a second copy."""
        if self._under_way:
            return False
        try:
            await self.telegram.call("getMe", {}, timeout=TIMEOUT / 5)
        except (TelegramSaid, Silence) as answer:
            if isinstance(answer, Silence) or fate_of(answer) is Fate.AGAIN:
                log.warning("Telegram does not answer", seconds=self._probe_wait)
                self.pace.pause(self._probe_wait, 0)
                self._probe_wait = min(30.0, self._probe_wait * 2)
                return False
        self._silences, self._probe_wait = 0, 1.0
        return True

    # --- one letter

    async def _carry(self, parcel: Parcel) -> None:
        try:
            outcome = await self._said(parcel)
        except asyncio.CancelledError:  # the house stops before it was begun
            outcome = outcomes.not_yet(parcel, self.clock.now())
        except Exception as fault:  # noqa: BLE001 - a letter that cannot be worded is dead, and stops no other
            log.error("letter not worded", letter=parcel.reading.id, kind=parcel.reading.kind, **error_at(fault))
            outcome = outcomes.refused(parcel, "it could not be worded")
        self._under_way.discard(asyncio.current_task())  # its place is free by now
        self._outcomes.append(outcome)
        self._came_back()

    def _came_back(self) -> None:
        """Have it settled: at once, but where letters go by the hundred, together with what comes in the next moment."""
        if not self._under_way or not self._hurries:
            self._stirred.set()
        elif len(self._outcomes) == 1:
            self._hurry = asyncio.get_running_loop().call_later(HURRY, self._stirred.set)

    async def _said(self, parcel: Parcel) -> outcomes.Outcome:
        if parcel.unless_in and await self._sees_it_anyway(parcel):
            return outcomes.unneeded(parcel, "seen in the group")
        wait = self.pace.wait(parcel.chat_id)
        if wait <= WORTH_WAITING:
            await self.pace.turn(parcel.chat_id, to_group=parcel.to_group)
            wait = max(self.pace.paused, self.pace.refused(parcel.chat_id))
        if wait or self.stopping or not self.lease.trusted:
            return outcomes.not_yet(parcel, self.clock.now() + timedelta(seconds=wait))
        page = page_of(self.telegram, parcel, self.extra)
        try:
            message = await said(self.telegram, page, parcel.chat_id)
        except (TelegramSaid, Silence) as answer:
            return self._refused(parcel, answer)
        except asyncio.CancelledError:  # the house stops, and Telegram has not answered in time: perhaps it arrived
            return self._refused(parcel, Silence(perhaps=True))
        self._silences, self.unauthorised = 0, False
        metrics.count(metrics.SENDS, "sent")
        return outcomes.sent(parcel, message)

    async def _sees_it_anyway(self, parcel: Parcel) -> bool:
        """Whether the reader is in a group that is told the same; where Telegram will not say, the letter goes out."""
        for chat_id in parcel.unless_in:
            try:
                member = await self.telegram.call("getChatMember", {"chat_id": chat_id, "user_id": parcel.chat_id})
            except (TelegramSaid, Silence):
                continue
            if member.get("status") in MEMBERS:
                return True
        return False

    def _refused(self, parcel: Parcel, answer: TelegramSaid | Silence) -> outcomes.Outcome:
        """What a refusal makes of the letter (facts/failures.md 2.3)."""
        now, fate = self.clock.now(), fate_of(answer)
        log.info("letter not taken", letter=parcel.reading.id, kind=parcel.reading.kind, fate=fate.name)
        metrics.count(metrics.SENDS, fate.name.lower())
        self._silences = self._silences + 1 if isinstance(answer, Silence) else 0
        match fate:
            case Fate.GONE:
                return outcomes.unreachable(parcel)
            case Fate.AGAIN:
                return outcomes.again(parcel, now, _jitter())
            case Fate.UNSURE:
                return outcomes.unsure(parcel, now, _jitter())
            case Fate.UNAUTHORISED:
                return self._silenced(parcel)
        assert isinstance(answer, TelegramSaid)
        if fate is Fate.MOVED and answer.moved_to is not None:
            return outcomes.moved(parcel, answer.moved_to)
        if fate is Fate.WAIT:
            return self._gated(parcel, answer.retry_after + 0.1)
        if parcel.sheet.matter.edits is not None and fate in {Fate.DONE, Fate.LOST}:
            return outcomes.edited(parcel) if fate is Fate.DONE else outcomes.unneeded(parcel, "nothing left to edit")
        return outcomes.refused(parcel, answer.description)

    def _gated(self, parcel: Parcel, seconds: float) -> outcomes.Outcome:
        """Too fast: the chat is left alone; where another one is already, the whole bot pauses and goes slowly."""
        slow = SLOW if self.pace.hold(parcel.chat_id, seconds) else None
        if slow is not None:
            self.pace.pause(seconds, slow)
            log.warning("letters pause: the whole bot was too fast", seconds=seconds)
        return outcomes.gated(parcel, self.desk.bot_id, self.clock.now(), seconds, slow)

    def _silenced(self, parcel: Parcel) -> outcomes.Outcome:
        """The token is not valid: one letter tries again every minute, and the operator is told."""
        if not self.unauthorised:
            log.error("letters stop: Telegram refuses the token", advice="check KITH_BOT_TOKEN")
        self.unauthorised = True
        self.pace.pause(UNAUTHORISED_PAUSE, 0)
        return outcomes.not_yet(parcel, self.clock.now())


def _jitter() -> float:
    """A wait is a little shorter or longer, so that a stumble is not answered by a stampede."""
    return random.uniform(0.75, 1.25)  # noqa: S311 - spreads load, guards nothing
