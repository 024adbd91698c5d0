"""What a database tells of its own state: for the doctor."""

from collections.abc import Mapping

from sqlalchemy import Engine, text

from bot.store.backup import is_sqlite

PROMISED: Mapping[str, object] = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
"""What every connection to SQLite must answer (DESIGN 3, rule 8)."""


def broken_promises(engine: Engine) -> dict[str, object]:
    """SQLite's settings that are not as they must be; none on PostgreSQL, whose answer alone is asked for."""
    with engine.connect() as connection:
        if not is_sqlite(engine):
            connection.execute(text("select 1"))
            return {}
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in PROMISED}
    return {name: value for name, value in found.items() if value != PROMISED[name]}
