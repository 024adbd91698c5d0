"""The databases of the benchmark: SQLite in a folder, PostgreSQL where one answers; made for the run and dropped after."""

import os
import uuid
from pathlib import Path

from bot.store.engine import open_engine

SERVER = os.environ.get("KITH_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
NO_POSTGRES = "no PostgreSQL answers at KITH_TEST_POSTGRES: its rows are left out"


def _address(name: str | None = None) -> str:
    base = SERVER.replace("postgresql://", "postgresql+psycopg://", 1)
    return base if name is None else f"{base.rpartition('/')[0]}/{name}"


def _on_server(statement: str) -> object:
    engine = open_engine(_address())
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            result = connection.exec_driver_sql(statement)
            return result.scalar() if result.returns_rows else None
    finally:
        engine.dispose()


def postgres_facts() -> str | None:
    """PostgreSQL's version and whether it syncs, or None where none answers."""
    try:
        return f"{_on_server('show server_version')}, fsync {_on_server('show fsync')}"
    except Exception:  # noqa: BLE001 - whatever the reason is: there is none to measure
        return None


class Databases:
    """Makes databases by kind, and drops those that are not in the folder."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def make(self, kind: str, folder: Path) -> str:
        """A new database's address."""
        if kind == "SQLite":
            return f"sqlite:///{folder / 'kith.db'}"
        name = f"kith_bench_{uuid.uuid4().hex[:10]}"
        _on_server(f"create database {name}")
        self.made.append(name)
        return _address(name)

    def drop(self) -> None:
        """Leave nothing on the server."""
        for name in self.made:
            _on_server(f"drop database if exists {name} with (force)")
