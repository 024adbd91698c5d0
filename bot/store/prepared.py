"""Statements of the hot path: written in SQLAlchemy's language, compiled once, run by the driver itself.

SQLite answers a vote's statements in 4 us each; executing them through SQLAlchemy takes 15 to 50 us. Here SQLAlchemy
only compiles, once a dialect, and tells how each column's values are turned for the driver and back. On PostgreSQL
each word with the server costs more than what is said in it: `together` asks several statements in one breath.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
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
Said = tuple[str, list[Any]]
"""A statement in the database's words, and its values in order."""


class Prepared:
    """A statement with named parameters; another one for PostgreSQL where the two say it differently.

    It may be a function that makes it from the dialect's own words (dialects.py).
    """

    def __init__(self, statement: Executable | Making, postgresql: Executable | None = None) -> None:
        self._statements = {"sqlite": statement, "postgresql": statement if postgresql is None else postgresql}
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, session: Session, **values: Any) -> list[Row]:
        """Run it; its rows as plain tuples."""
        return together(session, self.asked(**values))[0].rows

    def first(self, session: Session, **values: Any) -> Row | None:
        """Run it; its first row, if there is one."""
        return together(session, self.asked(**values))[0].first

    def change(self, session: Session, **values: Any) -> int:
        """Run it; how many rows it wrote or deleted."""
        return together(session, self.asked(**values))[0].count

    def change_many(self, session: Session, rows: Iterable[dict[str, Any]]) -> None:
        """Run it once for each row of values, on PostgreSQL in the same word as whatever comes next.

        What it breaks is raised there, or by the commit; then the transaction is lost.
        """
        made = self.compiled(session)
        _run(session, [(made.text, made.given(row)) for row in rows], later=True)

    def asked(self, **values: Any) -> "Asked":
        """It with its values, to be run `together` with others."""
        return Asked(self, values)

    def compiled(self, session: Session) -> "_Compiled":
        """It in the words of the session's database."""
        dialect = session.get_bind().dialect
        made = self._compiled.get(dialect.name)
        if made is None:
            said = self._statements[dialect.name]
            statement = said if isinstance(said, Executable) else said(dialect_named(dialect.name))
            made = self._compiled[dialect.name] = _Compiled(statement, dialect)
        return made


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement with its values, not yet run."""

    prepared: Prepared
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """What a statement brought: its rows as plain tuples, and how many it wrote or deleted."""

    rows: list[Row]
    count: int

    @property
    def first(self) -> Row | None:
        """The first row, if there is one."""
        return self.rows[0] if self.rows else None


def together(session: Session, *asked: Asked) -> list[Found]:
    """Run statements, none of which needs another's rows; on PostgreSQL in one word with the server.

    Each sees what those before it did. Raises as SQLAlchemy does; then those after the one that failed are not done.
    """
    made = [one.prepared.compiled(session) for one in asked]
    said = [(how.text, how.given(one.values)) for how, one in zip(made, asked, strict=True)]
    found = _run(session, said)
    return [Found(how.turned(rows), count) for how, (rows, count) in zip(made, found, strict=True)]


class _Compiled:
    """A statement in one dialect's words, with what turns values for its driver and back."""

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=_numbering(dialect))  # type: ignore[attr-defined]
        assert isinstance(compiled, SQLCompiler)
        assert compiled.positiontup is not None
        self.text = str(compiled)
        self.order = compiled.positiontup
        self.fixed = {name: value for name, value in compiled.params.items() if value is not None}
        self.turns = {name: turn for name, bind in compiled.binds.items() if (turn := _to_driver(bind.type, dialect))}
        columns = statement.selected_columns if isinstance(statement, Select) else ()
        found = ((place, _from_driver(column.type, dialect)) for place, column in enumerate(columns))
        self.back = [(place, turn) for place, turn in found if turn is not None]

    def given(self, values: dict[str, Any]) -> list[Any]:
        """Values as the driver takes them, in order."""
        values = values | self.fixed
        for name, turn in self.turns.items():
            values[name] = turn(values[name])
        return [values[name] for name in self.order]

    def turned(self, rows: list[Row]) -> list[Row]:
        """Rows with their values as the tables have them in Python."""
        return [self._turned(row) for row in rows] if self.back else rows

    def _turned(self, row: Row) -> Row:
        values = list(row)
        for place, turn in self.back:
            values[place] = turn(values[place])
        return tuple(values)


@cache
def _numbering(dialect: Dialect) -> Dialect:
    """The same dialect with values in order: ? on SQLite, and $1, as the server itself has it, on PostgreSQL."""
    if dialect.name == "sqlite":
        return dialect
    kind: Any = type(dialect)
    return cast("Dialect", kind(paramstyle="numeric_dollar"))


def _to_driver(kind: TypeEngine[Any], dialect: Dialect) -> Turn | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _from_driver(kind: TypeEngine[Any], dialect: Dialect) -> Turn | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)


def _run(session: Session, said: Sequence[Said], *, later: bool = False) -> Sequence[tuple[list[Row], int]]:
    """Run statements on the session's own connection; errors are SQLAlchemy's, as everywhere in the house.

    `later`: they bring nothing back, and PostgreSQL hears them together with whatever is said next.
    """
    connection = session.connection()  # asked each time: that is when the session makes a savepoint it was told to
    driver, dialect = cast("Any", connection.connection.driver_connection), connection.dialect
    try:
        if dialect.name == "postgresql" and later:
            driver.later(said)
            return []
        if dialect.name == "postgresql":
            return cast("list[tuple[list[Row], int]]", driver.ask(said))
        return [(cursor.fetchall(), cursor.rowcount) for cursor in (driver.execute(*one) for one in said)]
    except driver_errors(dialect) as error:
        text, errors = "; ".join(text for text, _values in said), driver_errors(dialect)
        raise DBAPIError.instance(text, None, error, errors, hide_parameters=True, dialect=dialect) from error


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
