"""Each database's own words: an INSERT that knows ON CONFLICT. Imported when needed: PostgreSQL's cost SQLite 2 MB."""

import json
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Dialect, Text, TypeDecorator, bindparam, case, false, true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from bot.store.engine import Session


def dialect_of(session: Session) -> Any:
    """The module that holds the words of the session's database."""
    return dialect_named(session.get_bind().dialect.name)


def dialect_named(name: str) -> Any:
    """The module that holds a dialect's words: sqlite or postgresql."""
    return import_module(f"sqlalchemy.dialects.{name}")


class Many(TypeDecorator[Sequence[Any]]):
    """A list as one value: JSON for SQLite, an array for PostgreSQL."""

    impl = Text
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """What the database takes it for."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(self.item))

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> Any:
        """Turn it for the driver."""
        values = list(value or ())
        return json.dumps(values) if dialect.name == "sqlite" else values


class among(FunctionElement[bool]):  # noqa: N801 - it is said like a function
    """Whether a column's value is in the list given under a name.

    One parameter however long the list: `in_` writes the statement anew, with a parameter for each value, at every call.
    """

    inherit_cache = True

    def __init__(self, column: Any, name: str) -> None:
        super().__init__(column, bindparam(name, type_=Many(column.type)))


def unindexed(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """A condition by which no rows are looked up, only checked.

    SQLite knows nothing of how many rows are in a state: it takes that for narrower than a list, and reads all that wait.
    """
    return case((condition, true()), else_=false())


@compiles(among, "sqlite")
def _among_json(element: among, compiler: Any, **words: Any) -> str:
    column, values = (compiler.process(clause, **words) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - the compiler's own words


@compiles(among, "postgresql")
def _among_array(element: among, compiler: Any, **words: Any) -> str:
    column, values = (compiler.process(clause, **words) for clause in element.clauses)
    return f"{column} = ANY({values})"
