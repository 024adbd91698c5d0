"""Kith itself, started as `python -m bot` starts it; on request it counts its statements or is profiled."""

import time

_began = time.monotonic()
import aiogram  # noqa: E402, F401

from bench.child import say, say_started  # noqa: E402

say_started(_began)

import cProfile  # noqa: E402
import os  # noqa: E402
from collections import Counter  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

from sqlalchemy import Engine, event  # noqa: E402

from bot.app import assemble, read_settings, run_until_stopped, set_up_log, start  # noqa: E402
from bot.settings import Settings  # noqa: E402
from bot.store import prepared  # noqa: E402
from bot.store.engine import Session  # noqa: E402
from bot.store.writer import Writer  # noqa: E402

FRAME = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN")
statements: Counter[str] = Counter()


def count(engine: Engine) -> None:
    """Count each statement, whether the engine runs it or the driver itself; savepoints and BEGIN left out."""
    run = prepared._run

    @event.listens_for(engine, "before_cursor_execute")
    def _counted(_connection: Any, _cursor: Any, text: str, *_rest: Any) -> None:
        if not text.startswith(FRAME):
            statements[" ".join(text.split())] += 1

    def _counted_too(session: Session, said: Any, **how: Any) -> Any:
        statements.update({" ".join(text.split()) for text, _values in said})  # for several rows it is still one
        return run(session, said, **how)

    prepared._run = _counted_too


def profile_writers(folder: Path) -> None:
    """Have each of the writer's threads profiled."""
    guarded = Writer._guarded

    def profiled(self: Writer, run: Any) -> None:
        profile = cProfile.Profile()
        profile.runcall(guarded, self, run)
        profile.dump_stats(folder / f"writer-{id(profile)}.prof")

    Writer._guarded = profiled  # type: ignore[method-assign]


async def serve(settings: Settings) -> None:
    """Run until SIGTERM; say what was counted."""
    counting = "BENCH_COUNT" in os.environ
    token = settings.bot_token.get_secret_value()
    async with assemble(settings, token, settings.api_url) as house:
        if counting:
            count(house.writer.engine)
        await run_until_stopped(house, work=not counting)
    if counting:
        say(statements=statements)


def main() -> None:
    """Run the house."""
    settings = read_settings()
    set_up_log(settings.log)
    folder = os.environ.get("BENCH_PROFILE")
    if folder is None:
        start(settings, serve(settings))
        return
    profile_writers(Path(folder))
    profile = cProfile.Profile()
    profile.runcall(start, settings, serve(settings))
    profile.dump_stats(Path(folder) / "loop.prof")


if __name__ == "__main__":
    main()
