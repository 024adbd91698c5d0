"""How the house opens its database, and what a transaction is; who changes what in one is the writer's affair."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, orm
from sqlalchemy.exc import DBAPIError, OperationalError

from bot.store.vault import Vault

POOL = 4
"""Connections to PostgreSQL that are kept: the writer's, and some for whoever looks."""


class Session(orm.Session):
    """A transaction's session. It carries the vault, so that plain functions need nothing besides it."""

    vault: Vault


def open_engine(url: str, *, serving: bool = False) -> Engine:
    """An engine whose connections keep the house's promises on SQLite (DESIGN 3, rule 8).

    One that serves people gives a silent PostgreSQL up; commands and migrations may take their time.
    """
    if not url.startswith("sqlite"):
        from bot.store.postgres import postgres_engine  # psycopg: 8 MB that SQLite does not need

        # One that serves asks no connection whether it lives: `begun` notices.
        return postgres_engine(url, serving=serving, pool_size=POOL, pool_pre_ping=not serving)
    engine = create_engine(url, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _pragmas)
    # Not by SQLAlchemy's "begin" event: an engine with events pays for them at every statement.
    engine.dialect.do_begin = _begin_immediate  # type: ignore[assignment, method-assign]
    return engine


def _begin_immediate(connection: Any) -> None:
    connection.execute("BEGIN IMMEDIATE")


def _pragmas(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: sqlite3 would begin too late, and not IMMEDIATE
    for pragma in ("busy_timeout=5000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute("PRAGMA " + pragma)


def session_in(connection: Connection, vault: Vault) -> Session:
    """A session inside a transaction that somebody else commits."""
    session = Session(bind=connection, join_transaction_mode="rollback_only", expire_on_commit=False)
    session.vault = vault
    return session


@contextmanager
def transaction(engine: Engine, vault: Vault) -> Iterator[Session]:
    """One transaction of the caller's own thread: for the CLI and for tests."""
    with begun(engine) as connection, session_in(connection, vault) as session:
        yield session
        session.flush()
        connection.commit()


def begun(engine: Engine) -> Connection:
    """A connection whose transaction has begun; one that died while it lay idle is replaced, once.

    Closed without a commit, it is rolled back. (SQLAlchemy's own way, a ping before each transaction, costs
    PostgreSQL three round trips.)
    """
    try:
        return _begun_once(engine)
    except DBAPIError as died:
        if not died.connection_invalidated:
            raise
    return _begun_once(engine)  # the whole pool was thrown away with it: this one is new


def _begun_once(engine: Engine) -> Connection:
    connection = engine.connect()
    try:
        connection.begin()
    except BaseException:
        connection.close()
        raise
    return connection


def say(connection: Connection, *words: str) -> None:
    """Say words without values, as SAVEPOINT, to the driver itself: by SQLAlchemy they cost more than a vote."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        driver.ask([(word, ()) for word in words])
    else:
        for word in words:
            driver.execute(word)


def say_later(connection: Connection, *words: str) -> None:
    """As `say`, but on PostgreSQL in the same word as whatever is said next."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        driver.later((word, ()) for word in words)
    else:
        say(connection, *words)


def checkpoint(engine: Engine) -> None:
    """Empty SQLite's write-ahead log into the file and cut it off (facts/disclosure.md 2.3).

    A reader may keep it busy: each try waits for `busy_timeout`; after three the next close, or the end, does it.
    """
    raw = engine.raw_connection()
    try:
        for _ in range(3):
            row = raw.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()  # type: ignore[union-attr]
            if not row[0]:
                return
    finally:
        raw.close()


def is_down(error: BaseException) -> bool:
    """Whether the database itself failed (locked, full, gone), so that the update must be tried again later."""
    return is_gone(error) or isinstance(error, OperationalError)


def is_gone(error: BaseException) -> bool:
    """Whether the connection to the database was lost."""
    return isinstance(error, DBAPIError) and error.connection_invalidated
