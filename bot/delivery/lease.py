"""One process at a time sends for a bot: a lease with a term, and how long it may be trusted without asking.

Trust runs from before the question was asked, by a clock that nobody moves, and ends before the lease does: a process
that was stopped and goes on finds itself distrusted before it has said anything (River's design, facts/failures.md 2.9).
"""

import os
import socket
import time

from bot.clock import Clock
from bot.community import post
from bot.community.parcels import Desk
from bot.log import log
from bot.store import senders
from bot.store.engine import Session
from bot.store.senders import Held
from bot.store.writer import Writer

RENEW = 5.0
"""Seconds between renewals, and at most between looks at somebody else's lease."""
LOOK = 2.0
MARGIN = 3.0
"""Seconds before the lease's end at which nothing is sent any more."""


class Lease:
    """This process's right to send a bot's letters."""

    def __init__(self, writer: Writer, clock: Clock, desk: Desk) -> None:
        self.writer, self.clock, self.desk = writer, clock, desk
        self.holder = f"{socket.gethostname()[:40]}/{os.getpid()}"
        self._on_sqlite = writer.engine.dialect.name == "sqlite"
        self._next = 0.0
        self._trusted_until = 0.0

    @property
    def trusted(self) -> bool:
        """Whether this process may begin to send something now, without asking anybody."""
        return time.monotonic() < self._trusted_until

    async def held(self) -> Held | bool:
        """Whether this process is the sender; renewed or taken when it is time. What was taken, when it was just now."""
        now = time.monotonic()
        if now < self._next and (self.desk.term == 0 or self.trusted):
            return self.desk.term != 0
        if self.desk.term:
            return await self._renew(now)
        return await self._take(now)

    async def _renew(self, asked_at: float) -> bool:
        moment = self.clock.now()
        if await self.writer.transact(lambda session: post.look_after(session, self.desk, moment)):
            self._trust(asked_at)
            return True
        self.lose()
        return False

    async def _take(self, asked_at: float) -> Held | bool:
        moment = self.clock.now()
        held = await self.writer.transact(self._taken)
        if held is None:
            self._next = asked_at + LOOK
            return False
        self.desk.term = held.term
        self._trust(asked_at)
        uncertain = await self.writer.transact(lambda session: post.begin(session, self.desk, moment))
        log.info("letters are sent from here", bot=self.desk.bot_id, count=uncertain)
        return held

    def _taken(self, session: Session) -> Held | None:
        holder = senders.holder_of(session, self.desk.bot_id)
        return senders.take(session, self.desk.bot_id, self.holder, anyway=holder is not None and self._is_dead(holder))

    def _is_dead(self, holder: str) -> bool:
        """Whether that process cannot be alive: SQLite's other houses are locked out, and this machine knows its own."""
        host, _, pid = holder.rpartition("/")
        if self._on_sqlite and self._next == 0.0:
            return True
        mine, _, own = self.holder.rpartition("/")
        return host == mine and pid != own and pid.isdecimal() and not _lives(int(pid))

    def _trust(self, asked_at: float) -> None:
        self._next = asked_at + RENEW
        self._trusted_until = asked_at + senders.LEASE.total_seconds() - MARGIN

    def lose(self) -> None:
        """Another process sends now."""
        log.warning("letters are sent by another process now", bot=self.desk.bot_id)
        self.desk.term, self._trusted_until, self._next = 0, 0.0, time.monotonic() + LOOK

    async def resign(self) -> None:
        """Let another process take over at once."""
        if self.desk.term:
            bot_id, term = self.desk.bot_id, self.desk.term
            await self.writer.transact(lambda session: senders.resign(session, bot_id, term))
            self.desk.term, self._trusted_until = 0, 0.0


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
