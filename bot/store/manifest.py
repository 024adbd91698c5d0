"""What a backup says of itself, in a small file beside it: enough to prove later that it is whole (facts/failures.md 5)."""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, func, inspect, select, table

from bot.store.schema import revision_in


@dataclass(frozen=True)
class Manifest:
    """A backup's schema, the names of the keys it was written with, its rows by table, and the file's SHA-256."""

    made_at: datetime
    engine: str
    schema: str | None
    keys: tuple[str, ...]
    rows: dict[str, int]
    size: int
    sha256: str


def beside(backup: Path) -> Path:
    """Where a backup's manifest lies."""
    return backup.with_name(backup.name + ".json")


def count_rows(connection: Connection) -> dict[str, int]:
    """How many rows each table has."""
    names = sorted(inspect(connection).get_table_names())
    return {name: connection.scalar(select(func.count()).select_from(table(name))) or 0 for name in names}


def write(backup: Path, connection: Connection, keys: Sequence[str], now: datetime) -> Manifest:
    """Write a finished backup's manifest; the connection sees exactly what the backup holds."""
    rows, schema, engine = count_rows(connection), revision_in(connection), connection.dialect.name
    made = Manifest(now, engine, schema, tuple(keys), rows, backup.stat().st_size, digest(backup))
    path = beside(backup)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(handle, "w", encoding="utf-8") as file:  # noqa: PTH123 - by its handle: never readable by others
        json.dump(asdict(made), file, default=datetime.isoformat, indent=1)
    return made


def read(backup: Path) -> Manifest | None:
    """A backup's manifest; None where it has none, or one that cannot be read."""
    try:
        told = json.loads(beside(backup).read_text(encoding="utf-8"))
        when = datetime.fromisoformat(told["made_at"])
        return Manifest(**{**told, "made_at": when, "keys": tuple(told["keys"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def digest(backup: Path) -> str:
    """The file's SHA-256."""
    with backup.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
