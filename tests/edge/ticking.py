"""A process that ticks: 200 slots of one job, each using one use of an invitation up. Run by the tests."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import update

from bot.clock import Clock, Job, Ticker
from bot.store.engine import open_engine
from bot.store.tables import Invite
from bot.store.vault import open_vault
from bot.store.writer import Writer

SLOTS = 200
START = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)


class Given(Clock):
    """A clock that says what it was told."""

    def __init__(self):
        super().__init__()
        self.at = START

    def now(self):
        return self.at


def spend(session, _now):
    session.execute(update(Invite).values(uses_left=Invite.uses_left - 1))
    return 1


async def nothing():
    pass


async def main(database, folder):
    writer = Writer(open_engine(database), open_vault(Path(folder), None)[0])
    clock = Given()
    ticker = Ticker(writer, clock, nothing)
    sys.stdin.readline()
    for n in range(SLOTS):
        clock.at = START + timedelta(seconds=10 * n)
        await ticker.run(Job("spend", spend, timedelta(seconds=10)))
    writer.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
