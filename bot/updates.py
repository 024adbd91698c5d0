"""Updates come in, by polling or webhook: each applied once, a person's in order, persons side by side under a bound.

Stock polling acknowledges a batch before it has been handled (931 of 6,000 updates lost over 12 kills,
facts/failures.md 0.1). Here the next batch is asked for only when every update of this one is committed.
"""

import asyncio
import hmac
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from aiogram import Bot, Dispatcher
from aiogram.types import Update
from aiohttp import web

from bot.clock import Clock
from bot.log import error_at, log
from bot.replies import Again, Reply, Say, Screen, Toast
from bot.screens.language import LANGUAGES, negotiate, speaking
from bot.screens.refusals import slow_down, went_wrong
from bot.store import inbox
from bot.store.writer import Writer, is_down
from bot.telegram import Silence, Telegram, TelegramSaid, Whereto

TRIES = 3
"""An update that fails so often is set aside, apologised for and acknowledged: it must not block the others."""
POLL_SECONDS = 25
ALLOWED = ["message", "edited_message", "callback_query", "my_chat_member"]
CONFLICT = 409
BODY_LIMIT = 1_000_000


class Down(Exception):
    """The database cannot take updates now: they stay with Telegram."""


@dataclass
class Bucket:
    """How much a person may still send; in memory, since it only has to outlast a flood."""

    left: float
    at: float
    warned: bool = False


Raw = dict[str, Any]
"""An update as Telegram sends it."""


@dataclass
class Turn:
    """An update that waits for its turn: done when it is committed; its replies are said before the person's next."""

    raw: Raw
    committed: "asyncio.Future[list[Reply]]"
    by_webhook: bool


class Updates:
    """Hears updates for one bot."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        bot: Bot,
        telegram: Telegram,
        writer: Writer,
        clock: Clock,
        *,
        at_once: int,
        flood_burst: int,
        flood_rate: float,
    ) -> None:
        self.dispatcher = dispatcher
        self.bot = bot
        self.telegram = telegram
        self.writer = writer
        self.clock = clock
        self.flood_burst = flood_burst
        self.flood_rate = flood_rate
        self.last_poll = 0.0
        self._room = asyncio.Semaphore(at_once)
        self._lines: dict[int, deque[Turn]] = {}
        self._buckets: dict[int, Bucket] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    # --- polling

    async def poll(self) -> None:
        """Ask for updates until cancelled; outages are waited out, another poller is named and waited for."""
        offset, pause = 0, 1.0
        while True:
            try:
                batch = await self._ask(offset)
                await self.take(batch)
            except (TelegramSaid, Silence, Down) as failed:
                pause = await self._wait_out(failed, pause)
                continue
            pause = 1.0
            if batch:
                offset = max(int(update["update_id"]) for update in batch) + 1

    async def _ask(self, offset: int) -> list[Raw]:
        params = {"offset": offset, "timeout": POLL_SECONDS, "limit": 100, "allowed_updates": ALLOWED}
        batch = await self.telegram.call("getUpdates", params, timeout=POLL_SECONDS + 10)
        self.last_poll = time.monotonic()
        return list(batch)

    async def _wait_out(self, failed: Exception, pause: float) -> float:
        if isinstance(failed, TelegramSaid) and failed.code == CONFLICT:
            log.warning("another program polls with this token", advice="stop the other one; this one waits")
            pause = 5.0
        elif not (isinstance(failed, Silence) and failed.perhaps):
            log.warning("no updates for now", error=type(failed).__name__, seconds=pause)
        await asyncio.sleep(getattr(failed, "retry_after", 0) or pause)
        return min(pause * 2, 30.0)

    async def take(self, batch: Sequence[Raw]) -> None:
        """Apply a batch: returns when all of it is committed, while the last replies may still be on their way."""
        done = [self._put(raw) for raw in batch if self._admits(raw)]
        results = await asyncio.gather(*done, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    # --- one person's line

    def _put(self, raw: Raw, *, by_webhook: bool = False) -> "asyncio.Future[list[Reply]]":
        turn = Turn(raw, asyncio.get_running_loop().create_future(), by_webhook)
        who = sender_of(raw)
        if who in self._lines:
            self._lines[who].append(turn)
        else:
            self._lines[who] = deque([turn])
            self._spawn(self._serve(who, self._lines[who]))
        return turn.committed

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)  # a task that nobody holds may be collected mid-way (facts/telegram.md A2.6)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, who: int, line: deque[Turn]) -> None:
        """Serve one person's updates in order, until there are none."""
        async with self._room:
            try:
                while line:
                    await self._serve_one(line.popleft(), line)
            finally:
                self._lines.pop(who, None)

    async def _serve_one(self, turn: Turn, rest: deque[Turn]) -> None:
        try:
            replies = await self._apply(turn.raw)
        except Down as down:
            turn.committed.set_exception(down)
            return
        turn.committed.set_result(replies)
        if rest and replies and all(isinstance(reply, Again) for reply in replies):
            return  # more of theirs follow: showing where they are once is enough
        if turn.by_webhook and "callback_query" in turn.raw:
            await self._speak(_without_toast(replies), turn.raw, answer_tap=False)
        else:
            await self._speak(replies, turn.raw)

    async def _apply(self, raw: Raw) -> list[Reply]:
        """Apply one update; tried three times, then set aside. Raises Down where the database failed."""
        for left in reversed(range(TRIES)):
            try:
                update = Update.model_validate(raw, context={"bot": self.bot})
                replies = await self.dispatcher.feed_update(self.bot, update)
                return list(replies) if isinstance(replies, list) else []
            except Exception as error:
                if is_down(error):
                    log.error("the database does not answer", **error_at(error))
                    raise Down from error
                if left == 0:
                    return await self._set_aside(raw, error)
        return []

    async def _set_aside(self, raw: Raw, error: Exception) -> list[Reply]:
        kind = next((key for key in raw if key != "update_id"), "?")[:32]
        log.error("update set aside", update=raw.get("update_id"), kind=kind, **error_at(error))
        today: date = self.clock.now().date()
        update_id, name = int(raw.get("update_id", 0)), type(error).__name__
        await self.writer.transact(
            lambda session: inbox.set_aside(session, self.telegram.bot_id, update_id, kind, name, today)
        )
        with speaking(_language_guess(raw)):
            words = went_wrong()
        return [Toast(words, alert=True)] if "callback_query" in raw else [Say(Screen(words))]

    async def _speak(self, replies: list[Reply], raw: Raw, *, answer_tap: bool = True) -> None:
        to = whereto(raw)
        if to is None:
            return
        if not answer_tap:
            to = Whereto(to.chat_id, to.message_id)
        try:
            await self.telegram.speak(replies, to)
        except Exception as error:  # noqa: BLE001 - the work is committed; its person sees it at their next step
            log.error("reply lost", update=raw.get("update_id"), **error_at(error))

    # --- floods

    def _admits(self, raw: Raw) -> bool:
        """Whether a person may go on: a bucket that refills; one warning, then silence (facts/failures.md A8)."""
        who, now = sender_of(raw), time.monotonic()
        if len(self._buckets) > 50_000:  # noqa: PLR2004 - a bound on memory, not a rule
            self._buckets.clear()
        bucket = self._buckets.setdefault(who, Bucket(self.flood_burst, now))
        bucket.left = min(self.flood_burst, bucket.left + (now - bucket.at) * self.flood_rate)
        bucket.at = now
        if bucket.left >= 1:
            bucket.left -= 1
            bucket.warned = bucket.warned and bucket.left < self.flood_burst / 2
            return True
        if not bucket.warned:
            bucket.warned = True
            with speaking(_language_guess(raw)):
                warning: list[Reply] = [Toast(slow_down(), alert=True)]
            self._spawn(self._speak(warning, raw))
        return False

    # --- webhook

    def webhook(self, path: str, secret: str) -> web.Application:
        """An aiohttp application: 200 after the commit, the toast in the answer; 503 when it cannot."""

        async def hear(request: web.Request) -> web.StreamResponse:
            given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
            if not hmac.compare_digest(given.encode(), secret.encode()):
                return web.Response(status=401)
            try:
                raw = await request.json()
            except (ValueError, UnicodeDecodeError):
                return web.Response(status=400)
            if not isinstance(raw, dict) or not isinstance(raw.get("update_id"), int):
                return web.Response(status=400)
            return await self._hear_one(raw)

        app = web.Application(client_max_size=BODY_LIMIT)
        app.router.add_post(path, hear)
        return app

    async def _hear_one(self, raw: Raw) -> web.StreamResponse:
        if not self._admits(raw):
            return web.Response(status=200)
        try:
            replies = await self._put(raw, by_webhook=True)
        except Down:
            return web.Response(status=503, headers={"Retry-After": "5"})
        to = whereto(raw)
        if to is None or to.query_id is None:
            return web.Response(status=200)
        toast = next((reply for reply in replies if isinstance(reply, Toast)), None)
        params = self.telegram.toast(toast, to.query_id) if toast else {"callback_query_id": to.query_id}
        return web.json_response({"method": "answerCallbackQuery", **params})

    async def drain(self, seconds: float) -> None:
        """Let what is under way finish."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=seconds)


def _without_toast(replies: list[Reply]) -> list[Reply]:
    """What is left to say when a tap's toast rides in the HTTP answer."""
    return [reply for reply in replies if not isinstance(reply, Toast)]


def sender_of(raw: Raw) -> int:
    """Whose line an update stands in: the person's, else the chat's; 0 for kinds that the bot does not use."""
    for kind in ("message", "callback_query", "edited_message", "my_chat_member"):
        part = raw.get(kind)
        if isinstance(part, dict):
            source = part.get("from") or part.get("chat") or {}
            return int(source.get("id", 0))
    return 0


def whereto(raw: Raw) -> Whereto | None:
    """Where the answers to an update go."""
    query = raw.get("callback_query")
    if isinstance(query, dict):
        message = query.get("message") or {}
        chat = message.get("chat") or query.get("from") or {}
        return Whereto(int(chat.get("id", 0)), message.get("message_id"), str(query.get("id", "")))
    for kind in ("message", "edited_message", "my_chat_member"):
        part = raw.get(kind)
        if isinstance(part, dict) and isinstance(part.get("chat"), dict):
            return Whereto(int(part["chat"]["id"]))
    return None


def _language_guess(raw: Raw) -> str:
    part = raw.get("message") or raw.get("callback_query") or {}
    code = (part.get("from") or {}).get("language_code") if isinstance(part, dict) else None
    return negotiate(code if isinstance(code, str) else None, list(LANGUAGES)) or "en"
