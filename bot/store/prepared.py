"""Statements of the hot path: written in SQLAlchemy's language, compiled once, run by the driver itself.

SQLite answers a vote's statements in 4 us each; executing them through SQLAlchemy takes 15 to 50 us. Here SQLAlchemy
only compiles, once a dialect, and tells how each column's values are turned for the driver and back.
"""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import Dialect, Executable, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from bot.store.dialects import dialect_named
from bot.store.engine import Session
from bot.store.tables.base import Table

E = TypeVar("E", bound=Table)
Making = Callable[[Any], Executable]
Turn = Callable[[Any], Any]
Row = tuple[Any, ...]


class Prepared:
    """A statement with named parameters; another one for PostgreSQL where the two say it differently.

    It may be a function that makes it from the dialect's own words (dialects.py).
    """

    def __init__(self, statement: Executable | Making, postgresql: Executable | None = None) -> None:
        self._statements = {"sqlite": statement, "postgresql": statement if postgresql is None else postgresql}
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, session: Session, **values: Any) -> list[Row]:
        """Run it; its rows as plain tuples."""
        made = self._for(session)
        found: list[Row] = _run(session, made.text, made.given(values)).fetchall()
        return [made.turned(row) for row in found] if made.back else found

    def first(self, session: Session, **values: Any) -> Row | None:
        """Run it; its first row, if there is one."""
        return next(iter(self.rows(session, **values)), None)

    def change(self, session: Session, **values: Any) -> int:
        """Run it; how many rows it wrote or deleted."""
        made = self._for(session)
        return int(_run(session, made.text, made.given(values)).rowcount)

    def change_many(self, session: Session, rows: Iterable[dict[str, Any]]) -> None:
        """Run it once for each row of values."""
        made = self._for(session)
        given = [made.given(row) for row in rows]
        many = len(given) != 1  # psycopg prepares for more than one at some length
        _run(session, made.text, given if many else given[0], many=many)

    def _for(self, session: Session) -> "_Compiled":
        dialect = session.get_bind().dialect
        made = self._compiled.get(dialect.name)
        if made is None:
            said = self._statements[dialect.name]
            statement = said if isinstance(said, Executable) else said(dialect_named(dialect.name))
            made = self._compiled[dialect.name] = _Compiled(statement, dialect)
        return made


class _Compiled:
    """A statement in one dialect's words, with what turns values for its driver and back."""

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        assert isinstance(compiled, SQLCompiler)
        self.text = str(compiled)
        self.order = compiled.positiontup
        self.fixed = {name: value for name, value in compiled.params.items() if value is not None}
        self.turns = {name: turn for name, bind in compiled.binds.items() if (turn := _to_driver(bind.type, dialect))}
        columns = statement.selected_columns if isinstance(statement, Select) else ()
        found = ((place, _from_driver(column.type, dialect)) for place, column in enumerate(columns))
        self.back = [(place, turn) for place, turn in found if turn is not None]

    def given(self, values: dict[str, Any]) -> Any:
        """Parameters as the driver takes them: by name, or in order."""
        values = values | self.fixed
        for name, turn in self.turns.items():
            values[name] = turn(values[name])
        return values if self.order is None else [values[name] for name in self.order]

    def turned(self, row: Row) -> Row:
        """A row with its values as the tables have them in Python."""
        values = list(row)
        for place, turn in self.back:
            values[place] = turn(values[place])
        return tuple(values)


def _to_driver(kind: TypeEngine[Any], dialect: Dialect) -> Turn | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _from_driver(kind: TypeEngine[Any], dialect: Dialect) -> Turn | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)


def _run(session: Session, text: str, values: Any, *, many: bool = False) -> Any:
    """Run a statement on the session's own connection; errors are SQLAlchemy's, as everywhere in the house."""
    connection = session.connection()
    driver: Any = connection.connection.driver_connection
    try:
        return driver.cursor().executemany(text, values) if many else driver.execute(text, values)
    except driver_errors(connection.dialect) as error:
        raise DBAPIError.instance(
            text, None, error, driver_errors(connection.dialect), hide_parameters=True, dialect=connection.dialect
        ) from error


def entity(session: Session, kind: type[E], row: Row | None) -> E | None:
    """A row of a table, its key first, as the session's own object: what is changed in it is written, as ever."""
    if row is None:
        return None
    mapper = kind.__mapper__
    known = session.identity_map.get(mapper.identity_key_from_primary_key(row[:1]))
    if known is None:
        known = mapper.class_manager.new_instance()
        known.__dict__.update(zip(_names(kind), row, strict=True))
        make_transient_to_detached(known)
        session.add(known)
    return cast("E", known)


@cache
def _names(kind: type[Table]) -> tuple[str, ...]:
    """What a table's columns are called in Python, in the table's order."""
    return tuple(kind.__mapper__.get_property_by_column(column).key for column in kind.__table__.columns)


def driver_errors(dialect: Dialect) -> type[Exception]:
    """The class of all errors of a dialect's driver."""
    errors: type[Exception] = dialect.loaded_dbapi.Error
    return errors
