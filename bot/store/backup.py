"""Copies of the database, and putting one back. Keys, seals and people's keys are files elsewhere: never in a copy."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, NullPool, create_engine, func, inspect, select, text

from bot.store import manifest
from bot.store.engine import Session, checkpoint
from bot.store.tables import Resident


class BackupImpossible(Exception):
    """A copy cannot be made or used; the message says why and what to do."""


def is_sqlite(engine: Engine) -> bool:
    """Whether the database is one file."""
    return engine.dialect.name == "sqlite"


def file_of(engine: Engine) -> Path:
    """The SQLite database's file."""
    return Path(engine.url.database or "")


def back_up(engine: Engine, target: Path, *, keys: Sequence[str] = ()) -> manifest.Manifest:
    """Write a copy and its manifest, readable by their owner only, while the house goes on. Raises BackupImpossible.

    `keys`: the names of those that the database is encrypted with, for whoever has to find them one day.
    """
    draft = target.with_name(target.name + ".new")
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    copy = _copy_file if is_sqlite(engine) else _copy_server
    try:
        with copy(engine, draft) as seen:
            _sync(draft)
            draft.replace(target)
            return manifest.write(target, seen, keys, datetime.now(UTC))
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _copy_file(engine: Engine, draft: Path) -> Iterator[Connection]:
    """Copy an SQLite database; a connection to the copy."""
    # A fresh file: what was deleted, and still stands in free pages, is not copied (facts/failures.md 3.4).
    _raw(engine, "VACUUM INTO ?", (str(draft),))
    copy = create_engine(f"sqlite:///file:{draft}?mode=ro&immutable=1&uri=true", poolclass=NullPool)
    with copy.connect() as connection:
        yield connection


@contextmanager
def _copy_server(engine: Engine, draft: Path) -> Iterator[Connection]:
    """Dump a PostgreSQL database; a connection that sees what the dump sees, and nothing later."""
    _program("pg_dump")
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        snapshot = connection.scalar(text("select pg_export_snapshot()"))
        options = ("--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={draft}")
        _postgres(engine, "pg_dump", *options)
        yield connection


def stage(backup: Path, beside: Path) -> Path:
    """A copy of an SQLite backup beside the database, whole and sound. Raises BackupImpossible."""
    staged = beside.with_name(beside.name + ".restoring")
    for path in _with_logs(staged):
        path.unlink(missing_ok=True)
    os.close(os.open(staged, os.O_WRONLY | os.O_CREAT, 0o600))
    shutil.copyfile(backup, staged)
    try:
        with sqlite3.connect(staged) as connection:
            sound = connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            known = connection.execute("select 1 from sqlite_master where name = 'alembic_version'").fetchone()
        connection.close()
    except sqlite3.DatabaseError:
        sound, known = False, None
    if not sound or known is None:
        staged.unlink()
        raise BackupImpossible(f"{backup} is no sound backup of a Kith database: use another one")
    return staged


def put_in_place(staged: Path, database: Path, *, keep: bool) -> Path | None:
    """Let a staged database take the place of the present one, which is set aside if it is worth keeping; where to."""
    aside = None
    for path in _with_logs(staged)[1:]:
        path.unlink(missing_ok=True)
    _sync(staged)
    if keep:
        aside = database.with_name(database.name + ".before-restore")
        database.replace(aside)
        aside.chmod(0o600)
    for path in _with_logs(database)[1:]:
        path.unlink(missing_ok=True)  # a log of the old file would be played into the new one
    staged.replace(database)
    return aside


def restore_postgres(engine: Engine, backup: Path) -> None:
    """Put a PostgreSQL backup in place of what is there, all of it or nothing. Raises BackupImpossible."""
    options = ("--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error")
    _postgres(engine, "pg_restore", *options, str(backup))


def settle_log(engine: Engine) -> None:
    """Bring an SQLite database's log into its file, and let go of both."""
    checkpoint(engine)
    engine.dispose()


def others_at_work(engine: Engine) -> int:
    """How many other connections a PostgreSQL database has: the bot, if it runs."""
    query = (
        "select count(*) from pg_stat_activity where datname = current_database() "
        "and pid <> pg_backend_pid() and backend_type = 'client backend'"
    )
    with engine.connect() as connection:
        return int(connection.scalar(text(query)) or 0)


def has_tables(engine: Engine) -> bool:
    """Whether the database has been set up."""
    return inspect(engine).has_table("place")


def count_people(session: Session) -> int:
    """How many residents the whole database holds."""
    return session.scalar(select(func.count()).select_from(Resident)) or 0


def _with_logs(database: Path) -> list[Path]:
    return [database, *(database.with_name(database.name + tail) for tail in ("-wal", "-shm"))]


def _raw(engine: Engine, statement: str, values: Sequence[str]) -> None:
    """Run a statement outside any transaction."""
    raw = engine.raw_connection()
    try:
        raw.driver_connection.execute(statement, values)  # type: ignore[union-attr]
    finally:
        raw.close()


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _postgres(engine: Engine, tool: str, *options: str) -> None:
    """Run one of PostgreSQL's own tools; the password goes by the environment, where `ps` does not show it."""
    program = _program(tool)
    url = engine.url.set(drivername="postgresql")
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    address = url.set(password=None).render_as_string(hide_password=False)
    command = [program, f"--dbname={address}", *options]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        first = (done.stderr.strip().splitlines() or ["no reason given"])[0]
        raise BackupImpossible(f"{tool} failed: {first}")


def _program(tool: str) -> str:
    program = shutil.which(tool)
    if program is None:
        raise BackupImpossible(f"{tool} is not installed here: install PostgreSQL's client tools and try again")
    return program
