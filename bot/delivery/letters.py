"""Letters go out: take what is due, word it, pace it, say it, settle it. Each round says whether there was work."""

import asyncio
import random
from datetime import timedelta
from typing import Any

from bot import metrics
from bot.clock import Clock
from bot.community import post
from bot.community.post import Parcel
from bot.delivery.pace import Pace
from bot.log import error_at, log
from bot.screens.letters import word
from bot.store.writer import Session, Writer
from bot.telegram import Fate, Silence, Telegram, TelegramSaid, fate_of

AT_ONCE = 8
BATCH = 40
IDLE = 0.5
"""Seconds between looks when nothing is due: the table is the truth, a wake-up only makes it quicker."""
WORTH_WAITING = 2.0
"""Seconds; a letter whose chat is not ready for longer is put back."""
MEMBERS = {"member", "administrator", "creator", "restricted"}


class Delivery:
    """One bot's sender."""

    def __init__(self, telegram: Telegram, writer: Writer, clock: Clock) -> None:
        self.telegram = telegram
        self.writer = writer
        self.clock = clock
        self.pace = Pace()
        self.stopping = False
        self._woken = asyncio.Event()
        self._room = asyncio.Semaphore(AT_ONCE)

    def wake(self) -> None:
        """There may be something to say."""
        self._woken.set()

    def stop(self) -> None:
        """Send nothing more: `run` ends when what is on its way has been settled, and the rest put back."""
        self.stopping = True
        self.wake()

    async def run(self) -> None:
        """Deliver until told to stop; a database that fails for a while is waited out."""
        while not self.stopping:
            try:
                worked = await self.deliver()
            except Exception as error:  # noqa: BLE001 - whatever failed, letters are rows: the next look finds them
                log.error("delivery stumbled", error=type(error).__name__)
                await asyncio.sleep(2)
                continue
            if not worked:
                await self._rest()

    async def _rest(self) -> None:
        self._woken.clear()
        try:
            await asyncio.wait_for(self._woken.wait(), IDLE)
        except TimeoutError:
            return

    async def deliver(self) -> int:
        """One round: how many letters were taken."""
        now = self.clock.now()
        parcels = await self.writer.transact(lambda session: post.take(session, now, BATCH))
        await asyncio.gather(*(self._carry(parcel) for parcel in parcels))
        return len(parcels)

    async def _carry(self, parcel: Parcel) -> None:
        async with self._room:
            if await self._sees_it_anyway(parcel):
                return await self.writer.transact(lambda session: post.unneeded(session, parcel))
        wait = self.pace.wait(parcel.chat_id)
        if wait > WORTH_WAITING:
            # One busy chat holds up nobody else's letters, nor its own lease.
            later = self.clock.now() + timedelta(seconds=wait)
            return await self.writer.transact(lambda session: post.later(session, parcel, later, counts=False))
        await self.pace.turn(parcel.chat_id, to_group=parcel.to_group)
        async with self._room:
            if self.stopping:
                now = self.clock.now()
                return await self.writer.transact(lambda session: post.later(session, parcel, now, counts=False))
            try:
                message = await self._send(parcel)
            except (TelegramSaid, Silence) as answer:
                settle = self._settling(parcel, answer)
            except asyncio.CancelledError:
                # The house stops, and Telegram has not answered in time: perhaps it arrived.
                await self.writer.transact(self._settling(parcel, Silence(perhaps=True)))
                raise
            except Exception as fault:  # noqa: BLE001 - a letter that cannot be worded is dead, and stops no other
                log.error("letter not worded", letter=parcel.letter_id, kind=parcel.kind, **error_at(fault))
                settle = _settling_unworded(parcel)
            else:
                metrics.count(metrics.SENDS, "sent")
                settle = _settling_sent(parcel, int(message["message_id"]))
        return await self.writer.transact(settle)

    async def _send(self, parcel: Parcel) -> Any:
        screen = word(parcel.kind, parcel.matter.content, parcel.language, to_group=parcel.to_group)
        return await self.telegram.call("sendMessage", {"chat_id": parcel.chat_id, **self.telegram.message(screen)})

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

    def _settling(self, parcel: Parcel, answer: TelegramSaid | Silence) -> Any:
        """What a refusal makes of the letter."""
        now, fate = self.clock.now(), fate_of(answer)
        wait = answer.retry_after + 0.1 if isinstance(answer, TelegramSaid) else 0.0
        if fate is Fate.WAIT:
            self.pace.hold(parcel.chat_id, wait)
        metrics.count(metrics.SENDS, fate.name.lower())
        log.info("letter not taken", letter=parcel.letter_id, kind=parcel.kind, fate=fate.name)

        def settle(session: Session) -> None:
            match fate:
                case Fate.GONE:
                    post.unreachable(session, parcel)
                case Fate.MOVED:
                    assert isinstance(answer, TelegramSaid)
                    assert answer.moved_to is not None
                    post.moved(session, parcel, answer.moved_to, now)
                case Fate.WAIT:
                    post.later(session, parcel, now + timedelta(seconds=wait), counts=False)
                case Fate.AGAIN | Fate.UNAUTHORISED:
                    post.later(session, parcel, now + _growing(), counts=True)
                case Fate.UNSURE:
                    post.unsure(session, parcel, now + _growing())
                case _:
                    assert isinstance(answer, TelegramSaid)
                    post.refused(session, parcel, answer.description)

        return settle


def _settling_unworded(parcel: Parcel) -> Any:
    return lambda session: post.refused(session, parcel, "it could not be worded")


def _settling_sent(parcel: Parcel, message_id: int) -> Any:
    return lambda session: post.sent(session, parcel, message_id)


def _growing() -> timedelta:
    """A jittered wait, so that a stumble is not answered by a stampede."""
    return timedelta(seconds=random.uniform(2, 8))  # noqa: S311 - spreads load, guards nothing
