"""Lives of a bot that is killed again and again: run as a process of its own by the crash tests.

It imports everything once, then forks a child for each life: importing aiogram for every one of forty lives would take
minutes (facts/failures.md 2.8). `house` is ours; `stock` is an aiogram bot as its tutorial writes it.
"""

import asyncio
import os
import random
import signal
import sqlite3
import sys
import time
from pathlib import Path

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import CallbackQuery, Message

from bot.app import assemble, run
from bot.screens import language
from bot.settings import Settings


async def house(url, token, folder, database):
    settings = Settings(_env_file=None, data=folder, database_url=database, flood_burst=100_000)
    async with assemble(settings, token, url) as made:
        await run(made)


async def stock(url, token, folder, _database):
    """Note each update in a database, then answer: what a careful newcomer would write."""
    kept = sqlite3.connect(folder / "stock.db", timeout=30)
    kept.execute("create table if not exists heard (update_id integer)")
    dispatcher = Dispatcher()

    def note(update):
        kept.execute("insert into heard values (?)", (update.update_id,))
        kept.commit()

    @dispatcher.message()
    async def heard(message: Message, event_update):
        await asyncio.sleep(0.01)  # some work, such as any real bot has
        note(event_update)
        await message.answer("ok")

    @dispatcher.callback_query()
    async def tapped(query: CallbackQuery, event_update):
        await asyncio.sleep(0.01)
        note(event_update)
        await query.answer("ok")

    bot = Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(url)))
    await dispatcher.start_polling(bot, handle_signals=False)


def one_life(kind, url, token, folder, database):
    child = os.fork()
    if child:
        return child
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    try:
        asyncio.run({"house": house, "stock": stock}[kind](url, token, Path(folder), database))
    finally:
        os._exit(0)


def main():
    kind, url, token, folder, database, lives, seed = sys.argv[1:]
    chance = random.Random(int(seed))
    language.load(list(language.LANGUAGES))
    for _ in range(int(lives)):
        child = one_life(kind, url, token, folder, database)
        time.sleep(chance.uniform(0.4, 2.0))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    one_life(kind, url, token, folder, database)
    print("last life", flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    main()
