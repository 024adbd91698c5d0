"""Whether the house is fit for work, and what is wrong if not (facts/failures.md 5)."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from bot.clock import Clock
from bot.store import figures, schema, ticks
from bot.store.engine import Session
from bot.store.reader import Reader
from bot.store.writer import Writer

POLL_WITHIN = 120.0
WRITE_WITHIN = 10.0
DUE_WITHIN = timedelta(minutes=5)
TICK_WITHIN = timedelta(minutes=2)


@dataclass(frozen=True)
class Watched:
    """The running house, as far as its watchers see it."""

    reader: Reader
    writer: Writer
    clock: Clock
    data: Path
    last_poll: Callable[[], float] | None
    """By the monotonic clock, 0 before the first; None where this process does not poll."""
    refused: Callable[[], bool]
    """Whether Telegram has just refused the token to this process's letters."""
    opened: float


async def wrongs(watched: Watched) -> list[str]:
    """What is wrong, in a few words each; empty where the house is ready."""
    return [*_in_this_process(watched), *await _in_the_database(watched)]


def _in_this_process(watched: Watched) -> Iterator[str]:
    if watched.last_poll is not None:
        # A first poll with nothing to bring returns after 25 seconds: until then the start counts.
        silent = time.monotonic() - max(watched.last_poll(), watched.opened)
        if silent > POLL_WITHIN:
            yield f"Telegram has not answered for {silent:.0f} seconds"
    if watched.refused():
        yield "Telegram refuses the token"
    if watched.writer.trouble is not None:
        yield f"the database takes nothing: {watched.writer.trouble}"
    if (held := watched.writer.stuck()) > WRITE_WITHIN:
        yield f"the database has held up a change for {held:.0f} seconds"


async def _in_the_database(watched: Watched) -> list[str]:
    now = watched.clock.now()
    try:
        return await watched.reader.read(lambda session: list(_seen(session, now)))
    except (SQLAlchemyError, TimeoutError) as error:
        return [f"the database does not answer: {type(error).__name__}"]


def _seen(session: Session, now: datetime) -> Iterator[str]:
    try:
        schema.check_in(session.connection())
    except schema.SchemaWrong as wrong:
        yield f"the database has schema {wrong.found}, this program {wrong.wanted}"
        return
    waits = figures.oldest_due(session, now)
    if waits > DUE_WITHIN and not figures.settled_since(session, now - DUE_WITHIN):
        yield f"a letter has been due for {waits.total_seconds():.0f} seconds, and none goes out"
    went_well = [run.went_well for run in ticks.last_runs(session) if run.went_well is not None]
    if not went_well or now - max(went_well) > TICK_WITHIN:
        yield "no tick has gone through for two minutes"
