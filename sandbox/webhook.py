"""Brings updates to bots: one at a time a queue, in order, again and again until the bot has taken them."""

import asyncio
import json
from collections.abc import Coroutine
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

import aiohttp

from sandbox.botapi import BotApi, Cut
from sandbox.refusals import Json, Refused
from sandbox.render import update_json
from sandbox.request import BY_LOWER_NAME, Parameters, read_multipart
from sandbox.updates import confirm_one, drop_expired
from sandbox.world import Bot, Update, Webhook

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name
LONGEST_WAIT = 60.0
LONGEST_RETRY_AFTER = 3600


class Courier:
    """Brings the updates of all bots that have a webhook. `first_wait` doubles with every failure."""

    def __init__(self, api: BotApi, first_wait: float = 1.0, patience: float = 60.0) -> None:
        self.api = api
        self.first_wait = first_wait
        self.patience = patience
        self.session: aiohttp.ClientSession | None = None
        self.rounds: dict[int, asyncio.Task[None]] = {}
        self.tasks: set[asyncio.Task[None]] = set()  # kept: a task nobody holds may be collected while it runs

    def look(self, event: Json) -> None:
        """A webhook came or went: begin or end a bot's round."""
        if event["type"] not in ("webhook", "reset"):
            return
        for bot_id in [*self.rounds, *self.api.world.bots]:
            bot = self.api.world.bots.get(bot_id)
            if bot_id in self.rounds and (bot is None or bot.webhook is None):
                self.rounds.pop(bot_id).cancel()
            elif bot and bot.webhook and bot_id not in self.rounds:
                self.rounds[bot_id] = self.keep(self.go_round(bot))

    def keep(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start a task and hold on to it until it is done."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def close(self) -> None:
        """Stop everything."""
        for task in list(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        if self.session:
            await self.session.close()

    async def go_round(self, bot: Bot) -> None:
        """Start a delivery for every queue that has something and is not being delivered."""
        busy: dict[str, asyncio.Task[None]] = {}
        lines = asyncio.Semaphore(bot.webhook.max_connections if bot.webhook else 1)
        try:
            while bot.webhook:
                bot.stirred.clear()
                drop_expired(self.api.world, bot)
                for queue in {update.queue for update in bot.waiting} - set(busy):
                    busy[queue] = self.keep(self.deliver(bot, queue, lines))
                    busy[queue].add_done_callback(partial(done, bot, busy, queue))
                await bot.stirred.wait()
        finally:
            for task in list(busy.values()):
                task.cancel()

    async def deliver(self, bot: Bot, queue: str, lines: asyncio.Semaphore) -> None:
        """Bring one queue's updates in their order until none is left; a refused one is brought again."""
        wait = self.first_wait
        while bot.webhook:
            drop_expired(self.api.world, bot)
            update = next((update for update in bot.waiting if update.queue == queue), None)
            if update is None:
                return
            async with lines:
                asked = await self.bring(bot, bot.webhook, update)
            if asked is None:
                confirm_one(bot, update)
                wait = self.first_wait
            else:
                await asyncio.sleep(asked or wait)
                wait = min(wait * 2, LONGEST_WAIT)

    async def bring(self, bot: Bot, webhook: Webhook, update: Update) -> float | None:
        """Bring one update: None when it was taken, else how long the bot asks to wait (0: it does not say)."""
        self.session = self.session or aiohttp.ClientSession()
        headers = {SECRET_HEADER: webhook.secret} if webhook.secret else {}
        timeout = aiohttp.ClientTimeout(total=self.patience)
        try:
            async with self.session.post(
                webhook.url, json=update_json(update), headers=headers, timeout=timeout, allow_redirects=False
            ) as answer:
                if answer.ok and answer.status < HTTPStatus.MULTIPLE_CHOICES:
                    await self.obey(bot, answer)
                    return None
                words = f"Wrong response from the webhook: {answer.status} {answer.reason}"
                self.note(webhook, words)
                return retry_after(answer.headers.get("Retry-After", ""))
        except TimeoutError:
            self.note(webhook, "Read timeout expired")
        except aiohttp.ClientError as error:
            self.note(webhook, f"Connection failed: {type(error).__name__}")
        return 0.0

    def note(self, webhook: Webhook, words: str) -> None:
        """What getWebhookInfo will say."""
        webhook.last_error, webhook.last_error_at = words, self.api.world.clock.stamp()

    async def obey(self, bot: Bot, answer: aiohttp.ClientResponse) -> None:
        """Call the method that the bot put into its answer, if it did; whether that works it is not told."""
        asked = await read_answer(answer)
        name = BY_LOWER_NAME.get(str(asked.values.get("method", "")).lower())
        if name is None:
            return
        try:
            await self.api.perform(bot, name, asked)
        except (Refused, Cut):
            return  # the journal has it


def done(bot: Bot, busy: dict[str, asyncio.Task[None]], queue: str, _task: asyncio.Task[None]) -> None:
    """A queue is empty for now; look whether something came meanwhile."""
    busy.pop(queue, None)
    bot.stirred.set()


def retry_after(header: str) -> float:
    """The bot's own wish, up to an hour."""
    return float(min(int(header), LONGEST_RETRY_AFTER)) if header.isdigit() else 0.0


async def read_answer(answer: aiohttp.ClientResponse) -> Parameters:
    """A method in a bot's answer, as JSON, form or multipart; anything else is no method."""
    found = Parameters()
    try:
        if answer.content_type == "multipart/form-data":
            await read_multipart(aiohttp.MultipartReader.from_response(answer).stream, found)
        elif answer.content_type == "application/x-www-form-urlencoded":
            found.values = dict(parse_qsl(await answer.text(), keep_blank_values=True))
        else:
            body = json.loads(await answer.read() or b"{}")
            found.values = body if isinstance(body, dict) else {}
    except (ValueError, Refused):
        return Parameters()
    return found
