"""How the house talks with PostgreSQL: the hot path straight through libpq, and nobody waits for a silent server.

psycopg's own execution of a vote's statement takes 90 us and hands Python's lock over at each step; libpq, given a
statement that the server has prepared, takes 45, and three of them asked in one breath (libpq's pipeline) 52.

A server that dies is noticed by the network; one behind a cut wire, or behind a box that swallows everything, is not:
psycopg would wait for ever, and with it the update, the tick or the letter that it was asked for (facts/failures.md F19).
"""

import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from itertools import count
from select import POLLIN, POLLOUT, poll
from typing import Any, TypeVar

import psycopg
from psycopg import errors, pq
from psycopg.adapt import PyFormat, Transformer
from sqlalchemy import Engine, create_engine

T = TypeVar("T")
Statement = tuple[str, Sequence[Any]]
"""A statement, and its values for $1, $2 and so on."""
Brought = tuple[list[tuple[Any, ...]], int]
"""A statement's rows, and how many rows it wrote."""
SECONDS = 5.0
"""Long enough for any statement of ours (DESIGN 3: 50 ms); with a new connection's seconds it stays under ten."""
SERVING: Mapping[str, Any] = {
    "connect_timeout": 4,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 5000,
}
PATIENT: Mapping[str, Any] = {"connect_timeout": 8}
AS_TEXT = [PyFormat.TEXT] * 100
"""The server infers each value's kind from its column or cast; what psycopg writes as text fits any size of number."""
FORGOTTEN = frozenset({"26000", "0A000"})
"""What the server says of a statement that it has forgotten, or whose tables have changed: prepared anew it is right."""
IDLE = "-c idle_in_transaction_session_timeout=10s"
"""A process that was stopped midway lets go of what it had locked: others wait for it."""


class Connection(psycopg.Connection[Any]):
    """A connection that can be asked several things at once, and hangs up when its server says nothing for too long."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.serves = False
        self._known: dict[str, bytes] = {}
        self._numbers = count()
        self._turns = Transformer(self)
        self._poll = poll()
        self._owed: list[Statement] = []
        self._lost: Exception | None = None

    def begin(self) -> None:
        """Say BEGIN at once, for what this connection is set to; one that died idle is known by it, before any work.

        psycopg would say it with the first statement.
        """
        if not self.autocommit:
            level = f" ISOLATION LEVEL {self.isolation_level.name.replace('_', ' ')}" if self.isolation_level else ""
            self.ask([(f"BEGIN{level}{' READ ONLY' if self.read_only else ''}", ())])

    def later(self, statements: Iterable[Statement]) -> None:
        """Say these before whatever is said next, in the same breath: for what brings nothing back.

        Raises nothing. Where one fails, so does all that is asked from then on, the commit as well: whose fault it was
        cannot be told, and only a rollback of the whole transaction mends it.
        """
        self._owed += statements

    def ask(self, statements: Sequence[Statement]) -> list[Brought]:
        """Ask several statements in one breath, and hear all of them out: each sees what those before it did.

        Raises what the first that failed raises; those after it are not done.
        """
        if self._lost is not None:
            raise self._lost
        owed, self._owed = self._owed, []
        try:
            return [self._brought(result) for result in self._breath([*owed, *statements])[len(owed) :]]
        except Exception as error:
            # A value that cannot be written fails before anything is said: what was owed is lost by that as well.
            self._lost = error if owed else None
            if isinstance(error, psycopg.Error) and error.sqlstate in FORGOTTEN:
                self._known.clear()
            raise

    def commit(self) -> None:
        """Commit, with what was still to be said. Raises psycopg.Error, and then nothing of it is kept."""
        if self._owed or self._lost or self.pgconn.transaction_status != pq.TransactionStatus.IDLE:
            self.ask([("COMMIT", ())])

    def rollback(self) -> None:
        """Keep nothing, neither of what was said nor of what was to be."""
        self._owed, self._lost = [], None
        super().rollback()

    def _breath(self, statements: Sequence[Statement]) -> list[pq.abc.PGresult]:
        """Say statements in one breath, and hear one result for each."""
        named = [
            (self._known.get(text) or self._prepare(text), self._turns.dump_sequence(values, AS_TEXT[: len(values)]))
            for text, values in statements
        ]
        line = self.pgconn
        line.enter_pipeline_mode()
        for name, values in named:
            line.send_query_prepared(name, values)
        line.pipeline_sync()
        heard = self._heard(lambda result: result is not None and result.status == pq.ExecStatus.PIPELINE_SYNC)
        line.exit_pipeline_mode()
        return self._all_right(heard)

    def _prepare(self, text: str) -> bytes:
        """Have the server prepare a statement, once a connection."""
        name = b"kith_%d" % next(self._numbers)
        self.pgconn.send_prepare(name, text.encode())
        self._all_right(self._heard(lambda result: result is None))
        self._known[text] = name
        return name

    def _heard(self, is_last: Any) -> list[pq.abc.PGresult]:
        """All results up to the last; between those of two statements libpq says None. Raises where the server goes."""
        line, heard = self.pgconn, list[pq.abc.PGresult]()
        until = time.monotonic() + SECONDS if self.serves else None
        while line.flush():
            self._wait(POLLIN | POLLOUT, until)
            line.consume_input()
        while True:
            while line.is_busy():
                self._wait(POLLIN, until)
                line.consume_input()
            result = line.get_result()
            if is_last(result):
                return heard
            if result is not None:
                heard.append(result)
            elif line.status != pq.ConnStatus.OK:
                self._all_right(heard)
                raise psycopg.OperationalError("the database has hung up")

    def _wait(self, what: int, until: float | None) -> None:
        """Wait for the server, within bounds. Raises OperationalError, and the connection is closed."""
        self._poll.register(self.pgconn.socket, what)
        left = None if until is None else max(0.0, until - time.monotonic()) * 1000
        if not self._poll.poll(left):
            self._hang_up()

    def _hang_up(self) -> None:
        self.pgconn.finish()
        raise psycopg.OperationalError("the database has gone silent")

    def _all_right(self, heard: list[pq.abc.PGresult]) -> list[pq.abc.PGresult]:
        for result in heard:
            if result.status == pq.ExecStatus.FATAL_ERROR:
                raise errors.error_from_result(result, self.info.encoding)
        return heard

    def _brought(self, result: pq.abc.PGresult) -> Brought:
        self._turns.set_pgresult(result)
        return self._turns.load_rows(0, result.ntuples, tuple), result.command_tuples or 0

    def wait(self, gen: Generator[Any, Any, T], *args: Any, **named: Any) -> T:
        """Wait for the server as psycopg does, but within bounds. Raises OperationalError, and hangs up."""
        if self._owed:
            self.ask([])
        return super().wait(self._bounded(gen) if self.serves else gen, *args, **named)

    def _bounded(self, gen: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
        """The same conversation with the server; psycopg says every tenth of a second that nothing has come."""
        until = time.monotonic() + SECONDS
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if not ready and time.monotonic() > until:
                    self._hang_up()
                wanted = gen.send(ready)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]


def postgres_engine(url: str, *, serving: bool, **pool: Any) -> Engine:
    """An engine of such connections; where it serves people, no statement is waited for longer than SECONDS."""

    def connect() -> Connection:
        words, named = engine.dialect.create_connect_args(engine.url)
        settings = {**(SERVING if serving else PATIENT), **named}
        if serving:
            settings["options"] = f"{IDLE} {named.get('options', '')}".strip()
        # psycopg prepares nothing itself: after a rollback it would have the server forget all, ours among them.
        connection = Connection.connect(*words, prepare_threshold=None, **settings)
        connection.serves = serving
        return connection

    engine = create_engine(url, creator=connect, **pool)
    # Not by SQLAlchemy's "begin" event: an engine with events pays for them at every statement.
    engine.dialect.do_begin = _begin  # type: ignore[assignment, method-assign]
    return engine


def _begin(connection: Any) -> None:
    connection.driver_connection.begin()
