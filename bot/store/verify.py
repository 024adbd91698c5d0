"""Proving that a backup can be restored: by restoring it, to a place of its own, while the house goes on."""

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from bot.store import backup as copies
from bot.store import manifest as manifests
from bot.store.backup import BackupImpossible
from bot.store.encrypted import check_keys
from bot.store.engine import open_engine, transaction
from bot.store.schema import revision_in, revisions
from bot.store.vault import KeysWrong, Vault

SQLITE = b"SQLite format 3\0"


@dataclass(frozen=True)
class Proof:
    """What was found in a backup that is sound. `told`: whether it had a manifest to be compared with."""

    schema: str | None
    tables: int
    rows: int
    told: bool


def check_file(backup: Path) -> manifests.Manifest | None:
    """A backup's manifest, if it has one. Raises BackupImpossible where the file is not the one that was made."""
    known = manifests.read(backup)
    if known is None:
        if manifests.beside(backup).exists():
            raise BackupImpossible(f"{manifests.beside(backup)} cannot be read: use another backup")
        return None
    if manifests.digest(backup) != known.sha256:
        raise BackupImpossible(f"{backup} is not as it was made (its SHA-256 differs): use another backup")
    return known


def verify(engine: Engine, vault: Vault, backup: Path, folder: Path) -> Proof:
    """Restore a backup beside the house, look through it, and take it away again. Raises BackupImpossible.

    SQLite's into a temporary folder under `folder`; PostgreSQL's into a database of its own on the same server.
    """
    known = check_file(backup)
    with backup.open("rb") as file:
        is_file = file.read(len(SQLITE)) == SQLITE
    if not is_file and copies.is_sqlite(engine):
        raise BackupImpossible(f"{backup} is no SQLite backup: verify it where PostgreSQL is set, or use another one")
    with _restored_file(backup, folder) if is_file else _restored_dump(engine, backup) as restored:
        return _look_through(restored, vault, backup, known)


@contextmanager
def _restored_file(backup: Path, folder: Path) -> Iterator[Engine]:
    with tempfile.TemporaryDirectory(prefix="verify-", dir=folder) as place:
        engine = open_engine(f"sqlite:///{copies.stage(backup, Path(place) / 'kith.db')}")
        try:
            with engine.connect() as connection:
                if lost := connection.execute(text("PRAGMA foreign_key_check")).all():
                    raise BackupImpossible(f"{backup} holds {len(lost)} rows that hang on nothing: use another one")
            yield engine
        finally:
            engine.dispose()


@contextmanager
def _restored_dump(engine: Engine, backup: Path) -> Iterator[Engine]:
    name = f"kith_verify_{secrets.token_hex(6)}"
    _on_server(engine, f"create database {name}")
    restored = open_engine(engine.url.set(database=name).render_as_string(hide_password=False))
    try:
        copies.restore_postgres(restored, backup)
        yield restored
    finally:
        restored.dispose()
        _on_server(engine, f"drop database {name} with (force)")


def _on_server(engine: Engine, statement: str) -> None:
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(statement))
    except DBAPIError as refused:
        if getattr(refused.orig, "sqlstate", None) != "42501":  # insufficient_privilege
            raise
        who = engine.url.username or "its user"
        raise BackupImpossible(
            f"{who} may not create a database to try the backup in: as the server's superuser, 'alter role {who} createdb'"
        ) from None


def _look_through(restored: Engine, vault: Vault, backup: Path, known: manifests.Manifest | None) -> Proof:
    with restored.connect() as connection:
        schema, rows = revision_in(connection), manifests.count_rows(connection)
    if schema not in revisions():
        raise BackupImpossible(f"{backup} has schema {schema}, this program {revisions()[-1]}: verify it with its own")
    if known is not None and rows != known.rows:
        other = next(name for name in {**rows, **known.rows} if rows.get(name) != known.rows.get(name))
        found, told = rows.get(other, 0), known.rows.get(other, 0)
        raise BackupImpossible(f"{backup} gives {found} rows of {other}, not {told}: use another one")
    if schema == revisions()[-1]:
        try:
            with transaction(restored, vault) as session:
                check_keys(session)
        except KeysWrong:
            raise BackupImpossible(f"the keys here do not read {backup}: keep those it was made with") from None
    return Proof(schema, len(rows), sum(rows.values()), told=known is not None)
