"""The only place where the parts meet. Main, sandbox and tests all use `assemble`."""

import asyncio
import contextlib
import errno
import gc
import signal
import sys
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import uvloop
from aiogram import Bot, Dispatcher
from aiogram.types import User
from sqlalchemy import Engine

from bot import metrics, systemd
from bot.clock import Clock, Ticker
from bot.community import residents
from bot.delivery.cards import redraw_cards
from bot.delivery.charts import Illustrator
from bot.delivery.letters import Delivery
from bot.delivery.menus import Menus, introduce
from bot.delivery.translator import Translator
from bot.delivery.wordings import Drafter
from bot.handlers import all_routers
from bot.log import log
from bot.log import set_up as set_up_log
from bot.middleware import Transact
from bot.screens import language
from bot.settings import Settings, read_settings
from bot.store import opening, places, schema
from bot.store.engine import open_engine
from bot.store.lock import AlreadyRunning, one_house
from bot.store.schema import SchemaWrong
from bot.store.vault import KeysWrong, Vault
from bot.store.writer import Writer
from bot.telegram import Telegram, TelegramSaid
from bot.updates import Updates

CARDS_EVERY = timedelta(seconds=5)
DRAFTS_EVERY = timedelta(seconds=20)
MENUS_EVERY = timedelta(seconds=30)
DELIVERY = "delivery"
GRACE = 7.0
"""Seconds in which a house that is told to stop finishes what is under way: with the store's own, under ten."""

__all__ = ["Clock", "House", "Settings", "assemble", "read_settings", "run", "run_until_stopped", "set_up_log", "start"]


def start(settings: Settings, serving: Coroutine[None, None, None]) -> None:
    """Run the house to its end; a reason not to start is said in one line that says what to do, with exit code 2.

    On SQLite one house runs at a time; PostgreSQL serves several.
    """
    one = settings.database.startswith("sqlite")
    try:
        alone = one_house(settings.data, settings.database) if one else contextlib.nullcontext()
        with alone, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serving)
    except AlreadyRunning:
        serving.close()
        _stop("another Kith runs on this database: stop it first (SQLite serves one; PostgreSQL serves several)")
    except opening.KeysMissing:
        _stop(f"the key file {settings.data / 'keys'} is missing: put it back, or set KITH_KEYS")
    except opening.PeopleKeysMissing:
        _stop(f"the folder {settings.data / 'people'} is missing or empty: put it back, or nobody can be reached")
    except KeysWrong:
        _stop("the keys do not fit: set KITH_KEYS, or put the right key file back into the data folder")
    except SchemaWrong as wrong:
        _stop(f"the database has schema {wrong.found}, this program {wrong.wanted}: install the newer program")
    except OSError as failed:
        if failed.errno != errno.EADDRINUSE:
            raise
        _stop("a port is taken: stop what uses it, or set KITH_WEB_PORT (or KITH_WEBHOOK_PORT) to another")
    except TelegramSaid as refused:
        _stop(f"Telegram refused the token ({refused.code}): check KITH_BOT_TOKEN, or ask @BotFather for a new one")


def _stop(reason: str) -> None:
    sys.stderr.write(reason + "\n")
    raise SystemExit(2)


@dataclass
class House:
    """A running house: what the edges need."""

    settings: Settings
    vault: Vault
    writer: Writer
    clock: Clock
    telegram: Telegram
    updates: Updates
    delivery: Delivery
    ticker: Ticker
    illustrator: Illustrator

    async def look(self) -> None:
        """See to everything that is due now: what the clock does by itself, at once (the sandbox moved it, or a test)."""
        await self.ticker.run_all()
        await self.illustrator.look()
        while await self.delivery.deliver():
            pass
        await self.redraw()

    async def redraw(self) -> int:
        """Bring the cards in groups up to date."""
        return await redraw_cards(self.telegram, self.writer, self.clock, self.delivery.pace)


def open_house_vault(settings: Settings, engine: Engine) -> Vault:
    """The keys and secrets of this install; made at the first start, with a word about backing them up."""
    keys = settings.keys.get_secret_value() if settings.keys else None
    vault, made = opening.vault_for(engine, settings.data, keys)
    opening.check(engine, vault)
    if made:
        log.warning(
            "a new key file was made", path=str(settings.data / "keys"), advice="back it up, apart from the database"
        )
    return vault


@asynccontextmanager
async def assemble(settings: Settings, token: str, api_url: str, clock: Clock | None = None) -> AsyncIterator[House]:
    """Open the store, connect to Telegram and wire the rooms together; nothing is heard or said before `run`."""
    settings.data.mkdir(parents=True, exist_ok=True)
    schema.bring_up(open_engine(settings.database))
    engine = open_engine(settings.database, serving=True)
    try:
        writer = Writer(engine, open_house_vault(settings, engine))
        writer.took = metrics.commits.note
    except BaseException:
        engine.dispose()
        raise
    language.load(list(language.LANGUAGES))
    clock = clock or Clock()
    telegram = Telegram(token, api_url)
    try:
        await telegram.open()
        yield _wire(settings, writer, clock, telegram, token)
    finally:
        await telegram.close()
        writer.close()


def _wire(settings: Settings, writer: Writer, clock: Clock, telegram: Telegram, token: str) -> House:
    dispatcher = Dispatcher(disable_fsm=True, username=telegram.username)
    transact = Transact(writer, clock, telegram.bot_id)
    for observer in (dispatcher.message, dispatcher.edited_message, dispatcher.my_chat_member):
        observer.middleware(transact)
    for router in all_routers():
        router._parent_router = None  # noqa: SLF001 - routers are module-level; tests and sandbox assemble several houses
        dispatcher.include_router(router)
    bot = Bot(token)
    # aiogram compares /command@name with this, and would ask Telegram by a client of its own.
    bot._me = User(id=telegram.bot_id, is_bot=True, first_name=telegram.username, username=telegram.username)  # noqa: SLF001
    updates = Updates(
        dispatcher,
        bot,
        telegram,
        transact,
        writer,
        clock,
        at_once=settings.at_once,
        flood_burst=settings.flood_burst,
        flood_rate=settings.flood_rate,
    )
    delivery = Delivery(telegram, writer, clock, paid=settings.paid_broadcasts)

    async def wake() -> None:
        await redraw_cards(telegram, writer, clock, delivery.pace)  # a closed card before its result
        delivery.wake()

    ticker, illustrator = Ticker(writer, clock, wake), Illustrator(writer, clock, settings.data)
    return House(settings, writer.vault, writer, clock, telegram, updates, delivery, ticker, illustrator)


async def run(house: House, *, hear: bool = True, work: bool = True) -> None:
    """Hear updates and do the work until cancelled; then finish what is under way."""
    if house.settings.web_port is None:
        await _run(house, hear=hear, work=work)
        return
    from bot.web.port import watch  # aiohttp's server again

    polls = hear and house.settings.webhook_url is None
    last_poll = (lambda: house.updates.last_poll) if polls else None
    async with watch(house.settings, house.writer, house.clock, last_poll, lambda: house.delivery.unauthorised):
        await _run(house, hear=hear, work=work)


async def _run(house: House, *, hear: bool, work: bool) -> None:
    username, bot_id = house.telegram.username, house.telegram.bot_id
    await house.writer.transact(lambda session: places.remember_bot(session, bot_id, username))
    # Whoever was erased, and came back with an old copy of the database, goes before anybody is heard.
    await house.writer.transact(lambda session: residents.sweep_keys(session, house.clock.now()))
    tasks = [asyncio.create_task(_hear(house), name="updates")] if hear else []
    try:
        if work:
            await house.ticker.run_all()
            house.ticker.also(house.redraw, CARDS_EVERY)
            house.ticker.also(Menus(house.telegram, house.writer).look, MENUS_EVERY)
            _draft_by_machine(house)
            house.ticker.start()
            await introduce(house.telegram)
            tasks.append(asyncio.create_task(house.delivery.run(), name=DELIVERY))
            tasks.append(asyncio.create_task(house.illustrator.run(), name="pictures"))
        tasks.append(asyncio.create_task(systemd.keep_alive(), name="watchdog"))
        _settle_memory()
        log.info("ready", bot=username)
        systemd.tell("READY=1")
        # Not gather: told to stop, it would cut off what is to be finished first.
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
    finally:
        await _finish(house, tasks)


def _draft_by_machine(house: House) -> None:
    """Ask a translator for drafts now and then, where this install has one."""
    url, key = house.settings.translator_url, house.settings.translator_key
    if url is not None:
        translator = Translator(str(url), key.get_secret_value() if key else None)
        house.ticker.also(Drafter(translator, house.writer, house.clock).look, DRAFTS_EVERY)


async def _finish(house: House, tasks: Sequence[asyncio.Task[None]]) -> None:
    """Take on nothing more; whatever is under way has a few seconds to be done (facts/failures.md F30)."""
    house.delivery.stop()
    for task in tasks:
        if task.get_name() != DELIVERY:
            task.cancel()
    await asyncio.gather(house.ticker.stop(GRACE), house.updates.finish(GRACE), _wait(tasks, GRACE))
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _wait(tasks: Sequence[asyncio.Task[None]], seconds: float) -> None:
    if tasks:
        await asyncio.wait(tasks, timeout=seconds)


def _settle_memory() -> None:
    """What was built by now stays: looking through aiogram's classes at each collection costs a tenth of all time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


async def run_until_stopped(house: House, *, hear: bool = True, work: bool = True) -> None:
    """Run until Ctrl-C or SIGTERM, or until a part fails; then stop cleanly."""
    stop = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    running = asyncio.create_task(run(house, hear=hear, work=work))
    waiting = asyncio.create_task(stop.wait())
    await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
    systemd.tell("STOPPING=1")
    running.cancel()
    waiting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    log.info("stopped")


async def _hear(house: House) -> None:
    """Poll, or listen on a loopback port where a webhook is set."""
    settings = house.settings
    if settings.webhook_url is None or settings.webhook_secret is None:
        await house.telegram.call("deleteWebhook", {"drop_pending_updates": False})
        await house.updates.poll()
        return
    from bot import webhook  # aiohttp's server: a megabyte that polling does without

    secret = settings.webhook_secret.get_secret_value()
    await webhook.listen(house.updates, str(settings.webhook_url), settings.webhook_port, secret, GRACE)
