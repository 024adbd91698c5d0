"""People stand in line: each person's updates are applied in order and answered in order, persons side by side.

Applying and answering are two queues: a slow answer holds up neither the commit of the next update nor its
acknowledgement. What waits to be said is bounded: beyond the bound no more updates are asked for.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from bot.log import error_at, log
from bot.replies import Again, Reply, Toast
from bot.telegram import Telegram, Whereto

Raw = dict[str, Any]
"""An update as Telegram sends it."""
UNSAID_AT_MOST = 500


class Down(Exception):
    """The database cannot take updates now: they stay with Telegram."""


@dataclass
class Turn:
    """An update that waits for its turn; `committed` is done when it is applied, with what is to be said."""

    raw: Raw
    committed: "asyncio.Future[list[Reply]]"
    by_webhook: bool


class Lines:
    """Applies updates in each person's order, and says the answers in that order."""

    def __init__(self, apply: Callable[[Raw], Awaitable[list[Reply]]], telegram: Telegram, at_once: int) -> None:
        self._apply = apply
        self._telegram = telegram
        self._room = asyncio.Semaphore(at_once)
        self._mouths = asyncio.Semaphore(at_once)
        self._waiting: dict[int, deque[Turn]] = {}
        self._unsaid: dict[int, deque[tuple[Turn, list[Reply]]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._said = asyncio.Event()

    def put(self, raw: Raw, *, by_webhook: bool = False) -> "asyncio.Future[list[Reply]]":
        """Let an update stand in its person's line; the future is done when it is committed. It may raise Down."""
        turn = Turn(raw, asyncio.get_running_loop().create_future(), by_webhook)
        who = sender_of(raw)
        if who in self._waiting:
            self._waiting[who].append(turn)
        else:
            self._waiting[who] = deque([turn])
            self.spawn(self._serve(who, self._waiting[who]))
        return turn.committed

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something beside, and hold it: a task that nobody holds may be collected mid-way."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def idle(self) -> bool:
        """Whether nothing waits, neither to be applied nor to be said."""
        return not self._tasks

    @property
    def full(self) -> bool:
        """Whether so much waits to be said that no more updates should be taken."""
        return sum(map(len, self._unsaid.values())) > UNSAID_AT_MOST

    async def has_room(self) -> None:
        """Wait until some of what is owed in answers has been said."""
        while self.full:
            self._said.clear()
            await self._said.wait()

    async def drain(self, seconds: float) -> None:
        """Let what is under way finish: applying, and then saying what came of it."""
        until = time.monotonic() + seconds
        while self._tasks and (left := until - time.monotonic()) > 0:
            await asyncio.wait(set(self._tasks), timeout=left)

    async def _serve(self, who: int, line: deque[Turn]) -> None:
        """Apply one person's updates in order, until there are none."""
        async with self._room:
            try:
                while line:
                    await self._serve_one(who, line.popleft(), line)
            finally:
                self._waiting.pop(who, None)

    async def _serve_one(self, who: int, turn: Turn, rest: deque[Turn]) -> None:
        try:
            replies = await self._apply(turn.raw)
        except Down as down:
            # Whatever else this person sent comes again too: applied before this one, it would be out of order.
            for failed in (turn, *rest):
                if not failed.committed.done():
                    failed.committed.set_exception(down)
            rest.clear()
            return
        if not turn.committed.done():  # nobody waits any more when the house is stopping
            turn.committed.set_result(replies)
        self._owe(who, turn, replies)

    def _owe(self, who: int, turn: Turn, replies: list[Reply]) -> None:
        """Have the answers said after the person's earlier ones."""
        if who not in self._unsaid:
            self._unsaid[who] = deque()
            self.spawn(self._say_all(who, self._unsaid[who]))
        unsaid = self._unsaid[who]
        if unsaid and _only_again(unsaid[-1][1]) and _only_again(replies):
            unsaid.pop()
        unsaid.append((turn, replies))

    async def _say_all(self, who: int, unsaid: deque[tuple[Turn, list[Reply]]]) -> None:
        async with self._mouths:
            try:
                while unsaid:
                    turn, replies = unsaid.popleft()
                    await self._say(turn, replies)
                    self._said.set()
            finally:
                self._unsaid.pop(who, None)

    async def _say(self, turn: Turn, replies: list[Reply]) -> None:
        to = whereto(turn.raw)
        if to is None:
            return
        if turn.by_webhook and to.query_id is not None:
            # The toast rode in the HTTP answer.
            to = Whereto(to.chat_id, to.message_id)
            replies = [reply for reply in replies if not isinstance(reply, Toast)]
        await self.speak(replies, to)

    async def speak(self, replies: list[Reply], to: Whereto) -> None:
        """Say something. What fails is logged, not raised: the work is committed, its person sees it at the next step."""
        try:
            await self._telegram.speak(replies, to)
        except Exception as error:  # noqa: BLE001 - see above
            log.error("reply lost", **error_at(error))


def _only_again(replies: list[Reply]) -> bool:
    return bool(replies) and all(isinstance(reply, Again) for reply in replies)


@dataclass
class Bucket:
    """How much a person may still send; in memory, since it only has to outlast a flood."""

    left: float
    at: float
    warned: bool = False


class Floods:
    """A bucket a person that refills; one warning, then silence (facts/failures.md A8)."""

    def __init__(self, burst: int, rate: float) -> None:
        self.burst = burst
        self.rate = rate
        self._buckets: dict[int, Bucket] = {}

    def admits(self, who: int) -> tuple[bool, bool]:
        """Whether a person may go on; and, if not, whether they must be warned now."""
        now = time.monotonic()
        if len(self._buckets) > 50_000:  # noqa: PLR2004 - a bound on memory, not a rule
            self._buckets.clear()
        bucket = self._buckets.setdefault(who, Bucket(self.burst, now))
        bucket.left = min(self.burst, bucket.left + (now - bucket.at) * self.rate)
        bucket.at = now
        if bucket.left >= 1:
            bucket.left -= 1
            bucket.warned = bucket.warned and bucket.left < self.burst / 2
            return True, False
        must_warn, bucket.warned = not bucket.warned, True
        return False, must_warn


def sender_of(raw: Raw) -> int:
    """Whose line an update stands in: the person's, else the chat's; 0 for kinds that the bot does not use."""
    for kind in ("callback_query", "message", "edited_message", "my_chat_member"):
        if part := inner(raw, kind):
            return _id_of(inner(part, "sender_chat") or inner(part, "from") or inner(part, "chat"))
    return 0


def whereto(raw: Raw) -> Whereto | None:
    """Where the answers to an update go."""
    if query := inner(raw, "callback_query"):
        message = inner(query, "message")
        chat = inner(message, "chat") or inner(query, "from")
        return Whereto(_id_of(chat), message.get("message_id"), str(query.get("id", "")))
    for kind in ("message", "edited_message", "my_chat_member"):
        if chat := inner(inner(raw, kind), "chat"):
            return Whereto(_id_of(chat))
    return None


def inner(part: Raw, name: str) -> Raw:
    """A part of an update; empty where it is missing or no part at all: whoever knows the secret can send anything."""
    found = part.get(name)
    return found if isinstance(found, dict) else {}


def _id_of(part: Raw) -> int:
    found = part.get("id")
    return found if isinstance(found, int) else 0
