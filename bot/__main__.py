"""python -m bot: settings, assemble, run. With a token against Telegram; `--only updates | work` splits the house."""

import argparse
import asyncio
import contextlib
import signal
import sys

from bot.log import log, set_up
from bot.settings import Settings, read_settings
from bot.store.lock import AlreadyRunning, RunLock
from bot.store.schema import SchemaWrong
from bot.store.vault import KeysWrong


def main() -> None:
    """Run the house until it is told to stop; a reason not to start is said in one line, exit code 2."""
    parser = argparse.ArgumentParser(prog="python -m bot", description="Run Kith against Telegram.")
    parser.add_argument("--only", choices=["updates", "work"], help="only hear updates, or only do the clock's work")
    chosen = parser.parse_args()
    settings = read_settings()
    set_up(settings.log)
    if settings.bot_token is None:
        _stop("KITH_BOT_TOKEN: ask @BotFather for a token and set it; 'make run' without one starts the sandbox")
    try:
        with _alone(settings):
            asyncio.run(_serve(settings, chosen.only))
    except AlreadyRunning:
        _stop(f"another Kith runs on {settings.database}: stop it first (SQLite serves one; PostgreSQL serves several)")
    except KeysWrong:
        _stop("the keys do not fit this database: set KITH_KEYS, or put the right key file back into the data folder")
    except SchemaWrong as wrong:
        _stop(f"the database has schema {wrong.found}, this program {wrong.wanted}: install the newer program")


def _alone(settings: Settings) -> contextlib.AbstractContextManager[object]:
    if settings.database.startswith("sqlite"):
        return RunLock(settings.data / "run.lock")
    return contextlib.nullcontext()


async def _serve(settings: Settings, only: str | None) -> None:
    from bot.app import assemble, run

    assert settings.bot_token is not None
    stop = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    async with assemble(settings, settings.bot_token.get_secret_value(), settings.api_url) as house:
        running = asyncio.create_task(run(house, hear=only != "work", work=only != "updates"))
        waiting = asyncio.create_task(stop.wait())
        await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
        running.cancel()
        waiting.cancel()
        for task in (running, waiting):
            with contextlib.suppress(asyncio.CancelledError):
                await task
    log.info("stopped")


def _stop(reason: str) -> None:
    sys.stderr.write(reason + "\n")
    raise SystemExit(2)


if __name__ == "__main__":
    main()
