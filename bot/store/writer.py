"""The store's writer: the only door through which anything is changed.

`await writer.transact(work)` runs a plain synchronous function with a session, and commits in groups: all works that
wait run one after another, each in a savepoint of its own, then one COMMIT with fsync, and only then are their callers
answered. One thread with one connection, on PostgreSQL too: several get in each other's way, since each word with the
server hands over Python's lock, and make smaller groups (docs/performance.md).
"""

import asyncio
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError, OperationalError

from bot.store.engine import Session, begun, checkpoint, is_down, is_gone, say, say_later, session_in, transaction
from bot.store.vault import Vault

T = TypeVar("T")
GROUP = 64
"""Works in one commit at most: bounds how long the first of a group waits for the last."""
ENOUGH_SECONDS = 2.0
"""A database that fails for so long is not asked again for each work of a group."""
NEXT = ("RELEASE work", "SAVEPOINT work")
"""From one work of a group to the next."""
LAST_SECONDS = 2.5
"""How long the end waits for works that the database holds up; they are rolled back."""


@dataclass
class Job:
    """A work that waits, and who waits for it."""

    work: Callable[[Session], Any]
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop
    result: Any = None
    error: BaseException | None = None

    def settle(self) -> None:
        """Tell whoever waits, unless they have gone."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class Writer:
    """Runs works in a thread of its own; nobody ever waits in vain for one that has died."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self.engine = engine
        self.vault = vault
        self.took: Callable[[float], None] = lambda _seconds: None
        self.trouble: str | None = None
        """What the database last refused a whole commit with; None again after the next that went through."""
        self._since: float | None = None
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._guarded, args=(self._commit_groups,), name="writer", daemon=True)
        self._thread.start()

    async def transact(self, work: Callable[[Session], T]) -> T:
        """Run a work; returns after its commit. What the work raises is raised here, and nothing of it is kept."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._queue.put(Job(work, future, loop))
        return await future

    def stuck(self) -> float:
        """For how many seconds a work has been under way: more than a few mean that the database holds it up."""
        since = self._since
        return 0.0 if since is None else time.monotonic() - since

    async def scrub(self) -> None:
        """Move what was deleted out of SQLite's log into the file, where deleted bytes are zeroed."""
        if self.engine.dialect.name == "sqlite":
            await asyncio.to_thread(checkpoint, self.engine)

    def close(self) -> None:
        """Finish what waits, then stop."""
        self._queue.put(None)
        self._thread.join(timeout=LAST_SECONDS)
        self.engine.dispose()

    def _guarded(self, run: Callable[[], None]) -> None:
        try:
            run()
        except BaseException as death:  # noqa: BLE001 - whatever it was: a house without a writer must not look alive
            sys.stderr.write(f"the store's writer has died ({type(death).__name__}); stopping so that nobody waits\n")
            os._exit(70)

    def _commit_groups(self) -> None:
        while (first := self._queue.get()) is not None:
            group, last = self._waiting(first)
            with self._timed():
                self._commit_group(group)
            _settle(group)
            if last:
                return

    def _waiting(self, first: Job) -> tuple[list[Job], bool]:
        group = [first]
        while len(group) < GROUP:
            try:
                job = self._queue.get_nowait()
            except queue.Empty:
                break
            if job is None:
                return group, True
            group.append(job)
        return group, False

    def _commit_group(self, group: list[Job]) -> None:
        """One COMMIT for all of them. What failed in it is tried once more, alone: a lost race is won then."""
        if len(group) == 1:
            self._alone(group[0])
            return
        committing = False
        try:
            # One session for all of them: what a work leaves in it is put out before the next.
            with begun(self.engine) as connection, session_in(connection, self.vault) as session:
                for place, job in enumerate(group):
                    say_later(connection, *NEXT[0 if place else 1 :])
                    self._in_savepoint(connection, session, job)
                committing = True
                connection.commit()
            self.trouble = None
        except Exception as failed:  # noqa: BLE001 - each has its own fate alone, or it is handed to whoever waits
            if committing and is_gone(failed):
                self._leave_open(group, failed)
            else:
                self._each_alone(group)
            return
        self._each_alone([job for job in group if _is_race(job.error)])

    def _in_savepoint(self, connection: Connection, session: Session, job: Job) -> None:
        """One work of a group; what it refuses rolls back it alone. Raises where that cannot be done."""
        try:
            job.result = job.work(session)
            session.flush()
        except Exception as refused:  # noqa: BLE001 - it is handed to whoever waits
            say(connection, "ROLLBACK TO work")  # raises where the whole group is lost: a failed flush, or a full disk
            job.error = refused
        finally:
            session.expunge_all()

    def _leave_open(self, group: list[Job], lost: Exception) -> None:
        """Nobody knows whether this COMMIT was heard: doing the works again is for those who know how to ask."""
        self.trouble = type(lost).__name__
        for job in group:
            job.error = job.error or lost

    def _each_alone(self, jobs: list[Job]) -> None:
        """Each in a transaction of its own. A database that stays silent is not waited for once a work."""
        begun = time.monotonic()
        down: BaseException | None = None
        for job in jobs:
            if down is not None and time.monotonic() - begun > ENOUGH_SECONDS:
                job.error = down
                continue
            self._alone(job)
            down = job.error if job.error is not None and is_down(job.error) else None

    @contextmanager
    def _timed(self) -> Iterator[None]:
        """How long works take, commit included: what is under way now is seen by `stuck`."""
        self._since = begun = time.monotonic()
        yield
        self._since = None
        self.took(time.monotonic() - begun)

    def _alone(self, job: Job) -> None:
        """A work in a transaction of its own; after a lost race once more (DESIGN 3, rule 7)."""
        for last in (False, True):
            job.error = None
            try:
                with transaction(self.engine, self.vault) as session:
                    job.result = job.work(session)
                self.trouble = None
            except Exception as error:  # noqa: BLE001 - it is handed to whoever waits
                job.error = error
                if is_down(error):
                    self.trouble = type(error).__name__
            if last or not _is_race(job.error):
                return


def _is_race(error: BaseException | None) -> bool:
    """Whether another transaction was quicker: a broken key, or PostgreSQL's deadlock or serialization failure."""
    if isinstance(error, OperationalError):
        return getattr(error.orig, "sqlstate", None) in {"40P01", "40001"}
    return isinstance(error, IntegrityError)


def _settle(group: list[Job]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[Job]] = {}
    for job in group:
        by_loop.setdefault(job.loop, []).append(job)
    for loop, jobs in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_tell, jobs)


def _tell(jobs: list[Job]) -> None:
    for job in jobs:
        job.settle()
