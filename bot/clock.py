"""What time it is, and the ticks: every few seconds somebody looks what is due.

Nobody else asks the machine for the time, so that tests and the sandbox can move it. Any number of processes may tick:
each slot is taken by one.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot import metrics
from bot.community import (
    aid_steps,
    alerts,
    checkins,
    concern_steps,
    housekeeping,
    playback,
    polls,
    quarters,
    residents,
    rounds,
    sending,
    wording_tasks,
)
from bot.log import error_at, log
from bot.store import residents as people_store
from bot.store import ticks as store
from bot.store.engine import Session
from bot.store.writer import Writer


class Clock:
    """The house's clock: real time plus an offset that only the sandbox and tests move."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self.offset = offset

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC) + self.offset


Due = Callable[[Session, datetime], int]


@dataclass(frozen=True)
class Job:
    """Something to look for, and how often. Where it did a full `slice`, there is more, and it goes on at once."""

    name: str
    due: Due
    every: timedelta
    slice: int = 0


JOBS = (
    Job("remind_non_voters", polls.remind_non_voters, timedelta(seconds=30)),
    Job("send_due_broadcasts", sending.send_due_broadcasts, timedelta(seconds=5), sending.SLICE),
    Job("mend_broadcasts", sending.mend_broadcasts, timedelta(seconds=30), sending.SLICE),
    Job("close_due_rounds", polls.close_due_rounds, timedelta(seconds=10)),
    Job("see_to_wordings", wording_tasks.see_to, timedelta(minutes=10)),
    Job("close_due_checkins", checkins.close_due, timedelta(seconds=10)),
    Job("sweep_withdrawn", checkins.sweep_withdrawn, timedelta(seconds=10)),
    Job("open_due_waves", checkins.open_due_waves, timedelta(seconds=30)),
    Job("invite_to_checkins", checkins.invite, timedelta(seconds=5)),
    Job("tell_of_checkins", playback.tell, timedelta(seconds=5)),
    Job("repeat_alerts", alerts.repeat, timedelta(seconds=30)),
    Job("see_to_asks", aid_steps.see_to_asks, timedelta(seconds=5), aid_steps.AT_ONCE),
    Job("close_quarters", quarters.close_due, quarters.EVERY, slice=1),
    Job("see_to_concerns", concern_steps.see_to_concerns, timedelta(seconds=30)),
    Job("forget_what_is_old", housekeeping.forget_what_is_old, timedelta(hours=1)),
    Job("sweep_keys", residents.sweep_keys, timedelta(hours=1)),
)


RETRY = timedelta(seconds=30)
"""A tick that failed is tried again after so long, where its next slot is later than that."""


class Ticker:
    """Runs the jobs, each in a transaction of its own that first takes its slot; destroys secrets after commits."""

    def __init__(self, writer: Writer, clock: Clock, then: Callable[[], Awaitable[None]]) -> None:
        self.writer = writer
        self.clock = clock
        self.then = then
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._under_way: set[asyncio.Task[Any]] = set()

    def start(self) -> None:
        """Tick from now on. Jobs live in memory: stored ones are pickles, and run twice (facts/failures.md 0.7)."""
        for job in JOBS:
            self.also(partial(self.run, job), job.every)
        self._scheduler.start()

    def also(self, work: Callable[[], Awaitable[Any]], every: timedelta) -> None:
        """Do something else as regularly, in this process alone."""
        self._scheduler.add_job(
            self._held,
            "interval",
            (work,),
            seconds=every.total_seconds(),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )

    async def _held(self, work: Callable[[], Awaitable[Any]]) -> None:
        """Do it so that `stop` can wait for it: the scheduler itself would cut it off."""
        task = asyncio.current_task()
        assert task is not None
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        await work()

    async def stop(self, seconds: float) -> None:
        """No more ticks; those under way may take so many seconds to finish."""
        if not self._scheduler.running:
            return
        self._scheduler.pause()
        await asyncio.sleep(0)  # what was handed out a moment ago begins, and is held
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=seconds)
        self._scheduler.shutdown(wait=False)

    async def run_all(self) -> int:
        """Look for everything now: at start, and when the clock was moved."""
        return sum([await self.run(job) for job in JOBS])

    async def run(self, job: Job) -> int:
        """One tick of one job; how many things were due. A tick that fails is remembered, and tried again."""
        now = self.clock.now()
        slot = _slot(now, job.every)
        try:
            count = last = await self.writer.transact(lambda session: _tick(session, job, slot, now))
            while job.slice and last >= job.slice:
                # Each slice is a transaction of its own, so that replies come between.
                last = await self.writer.transact(lambda session: job.due(session, now))
                count += last
            await sweep_secrets(self.writer)
        except Exception as error:  # noqa: BLE001 - one job's fault must not end the others
            metrics.count(metrics.TICKS, job.name, "failed")
            log.error("tick failed", job=job.name, **error_at(error))
            await self._failed(job, slot, type(error).__name__)
            return 0
        metrics.count(metrics.TICKS, job.name, "ok")
        if count:
            log.info("tick", job=job.name, count=count)
            await self.then()
        return count

    async def _failed(self, job: Job, slot: datetime, error: str) -> None:
        """Leave word for the doctor, and try again soon."""
        now = self.clock.now()
        with contextlib.suppress(Exception):  # a database that does not answer cannot be told so
            await self.writer.transact(lambda session: store.fail(session, job.name, slot, error, now))
        if self._scheduler.running and job.every > RETRY:
            again = datetime.now(UTC) + RETRY
            work = (partial(self.run, job),)
            self._scheduler.add_job(self._held, "date", work, run_date=again, id=job.name, replace_existing=True)


def _tick(session: Session, job: Job, slot: datetime, now: datetime) -> int:
    if not store.take(session, job.name, slot):
        return 0
    count = job.due(session, now)
    store.note(session, job.name, slot, count, now)
    return count


def _slot(now: datetime, every: timedelta) -> datetime:
    seconds = int(every.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)


async def sweep_secrets(writer: Writer) -> None:
    """Destroy the seals of closed rounds and the keys of erased people, once that is committed; twice is once.

    It also finishes a close or an erasure that a crash cut short.
    """
    seals, people = await writer.transact(
        lambda session: (rounds.seals_to_destroy(session), people_store.doomed_keys(session))
    )
    for name in seals:
        writer.vault.seals.destroy(name)
    for name in people:
        writer.vault.people.destroy(name)
    if people:
        await writer.transact(lambda session: people_store.key_is_gone(session, people))
    if seals or people:
        await writer.scrub()
