"""A PostgreSQL that has gone silent is not waited for: a statement is given up after some seconds (facts/failures.md F19).

A server that dies is noticed by the network; one behind a cut wire, or behind a box that swallows everything, is not:
psycopg would wait for ever, and with it the update, the tick or the letter that it was asked for.
"""

import time
from collections.abc import Generator, Mapping
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Engine, create_engine

T = TypeVar("T")
SECONDS = 5.0
"""Long enough for any statement of ours (DESIGN 3: 50 ms); with a new connection's seconds it stays under ten."""
SETTINGS: Mapping[str, Any] = {
    "connect_timeout": 4,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 5000,
}
IDLE = "-c idle_in_transaction_session_timeout=10s"
"""A process that was stopped midway lets go of what it had locked: others wait for it."""


class Impatient(psycopg.Connection[Any]):
    """A connection that hangs up when its server says nothing for too long."""

    def wait(self, gen: Generator[Any, Any, T], *args: Any, **named: Any) -> T:
        """Wait for the server, within bounds. Raises OperationalError, and the connection is closed."""
        return super().wait(self._bounded(gen), *args, **named)

    def _bounded(self, gen: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
        """The same conversation with the server; psycopg says every tenth of a second that nothing has come."""
        until = time.monotonic() + SECONDS
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if not ready and time.monotonic() > until:
                    self.pgconn.finish()
                    raise psycopg.OperationalError("the database has gone silent")
                wanted = gen.send(ready)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]


def impatient_engine(url: str, **pool: Any) -> Engine:
    """An engine for a house that serves people: no statement is waited for longer than SECONDS."""

    def connect() -> Impatient:
        words, named = engine.dialect.create_connect_args(engine.url)
        options = f"{IDLE} {named.get('options', '')}".strip()
        return Impatient.connect(*words, **{**SETTINGS, **named, "options": options})

    engine = create_engine(url, creator=connect, **pool)
    return engine
