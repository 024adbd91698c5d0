"""The store's reader: a second way to the database, by which nothing can be changed. For what only looks: the web port.

Synchronous, as the writer's works are, so that one query serves the port, the doctor and the CLI (docs/decisions.md).
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.pool import NullPool

from bot.store.engine import Session, session_in
from bot.store.vault import Vault

T = TypeVar("T")
PATIENCE = 10.0
"""Seconds that a look may take before it counts as no answer."""


def open_reading(url: str) -> Engine:
    """An engine whose connections refuse every change, and see nothing half done."""
    if not url.startswith("sqlite"):
        from bot.store.postgres import postgres_engine  # psycopg: 8 MB that SQLite does not need

        only_look = {"postgresql_readonly": True}
        return postgres_engine(url, serving=True, pool_size=1, pool_pre_ping=True, execution_options=only_look)
    path = make_url(url).database
    # A connection each time: one that stays open would keep a file that a restore has replaced.
    engine = create_engine(
        f"sqlite:///file:{path}?mode=ro&uri=true", poolclass=NullPool, connect_args={"check_same_thread": False}
    )
    event.listen(engine, "connect", _only_look)
    engine.dialect.do_begin = lambda connection: connection.execute("BEGIN")  # type: ignore[assignment, method-assign]
    return engine


def _only_look(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in ("busy_timeout=5000", "query_only=ON"):
        connection.execute("PRAGMA " + pragma)


class Reader:
    """Runs looks one after another in a thread of its own."""

    def __init__(self, url: str, vault: Vault) -> None:
        self.engine = open_reading(url)
        self.vault = vault
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reader")

    async def read(self, look: Callable[[Session], T]) -> T:
        """What a look finds. Raises TimeoutError, or what the database says where it does not answer."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(PATIENCE):
            return await loop.run_in_executor(self._thread, self._look, look)

    def _look(self, look: Callable[[Session], T]) -> T:
        with self.engine.begin() as connection, session_in(connection, self.vault) as session:
            return look(session)

    def close(self) -> None:
        """Look no more."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        self.engine.dispose()
