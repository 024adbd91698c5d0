"""Each database's own words: an INSERT that knows ON CONFLICT. Imported when needed: PostgreSQL's cost SQLite 2 MB."""

from importlib import import_module
from typing import Any

from bot.store.writer import Session


def dialect_of(session: Session) -> Any:
    """The module that holds the words of the session's database."""
    return dialect_named(session.get_bind().dialect.name)


def dialect_named(name: str) -> Any:
    """The module that holds a dialect's words: sqlite or postgresql."""
    return import_module(f"sqlalchemy.dialects.{name}")
