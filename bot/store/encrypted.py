"""Every encrypted column of the database: which they are, whether the keys fit them, and turning them to a new key."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, inspect, or_, select, update

from bot.store.engine import Session
from bot.store.tables import Ask, ConcernMessage, Draft, GroupChat, Letter, Resident, Table
from bot.store.vault import KeysWrong


@dataclass(frozen=True)
class Sealed:
    """A table's encrypted columns: bound to `table:column:name`; people's and concerns' also with a key of their own."""

    table: type[Table]
    columns: tuple[str, ...]
    named_by: str
    own: bool = False

    @property
    def key(self) -> ColumnElement[Any]:
        """The table's primary key: rows are gone through in its order."""
        return inspect(self.table).primary_key[0]

    def where(self, column: str, row: Row[Any]) -> str:
        """What a row's ciphertext is bound to, as the store's other files write it."""
        name = getattr(row, self.named_by)
        return f"{self.table.__tablename__}:{column}:{name.hex() if isinstance(name, bytes) else name}"


ENCRYPTED = (
    Sealed(Resident, ("telegram_id", "name"), "key_name", own=True),
    Sealed(GroupChat, ("chat_id",), "lookup"),
    Sealed(Draft, ("answers",), "lookup"),
    Sealed(Letter, ("facts",), "dedupe"),
    Sealed(Ask, ("need", "voice", "exact_place", "note"), "key_name"),
    Sealed(ConcernMessage, ("body",), "key_name", own=True),
)


@dataclass(frozen=True)
class Batch:
    """What came of a batch: how many rows were turned, how many could not be, and where to go on; None at the end."""

    turned: int
    keyless: int
    after: Any


def turn_batch(session: Session, sealed: Sealed, after: Any, most: int) -> Batch:
    """Encrypt rows that an old key still guards with the new one. A row whose own key is gone is left out."""
    query = _rows(sealed).where(_needs_another_key(session, sealed)).order_by(sealed.key).limit(most)
    rows = session.execute(query if after is None else query.where(sealed.key > after)).all()
    turned = sum(_turn(session, sealed, row) for row in rows)
    return Batch(turned, len(rows) - turned, rows[-1].row_key if rows else None)


def count_old(session: Session) -> int:
    """How many rows are still guarded by another key than the one in front."""
    queries = (
        select(func.count()).select_from(sealed.table).where(_needs_another_key(session, sealed))
        for sealed in ENCRYPTED
    )
    return sum(session.scalar(query) or 0 for query in queries)


def holds_any(session: Session) -> bool:
    """Whether anything here is encrypted."""
    return any(session.execute(_rows(sealed).limit(1)).first() is not None for sealed in ENCRYPTED)


def check_keys(session: Session) -> None:
    """Read the newest row of each table, and find a person by their hash. Raises KeysWrong where that fails."""
    for sealed in ENCRYPTED:
        row = _newest_readable(session, sealed)
        if row is None:
            continue
        plain = _opened(session, sealed, row)
        if sealed.table is Resident and session.vault.keys.lookup(int(plain["telegram_id"])) != row.lookup:
            raise KeysWrong


def _newest_readable(session: Session, sealed: Sealed) -> Row[Any] | None:
    """The newest row, those without their own key left out: they were erased, and a restore brought them back."""
    rows = session.execute(_rows(sealed).order_by(sealed.key.desc()).limit(50))
    return next((row for row in rows if not sealed.own or session.vault.people.read(row.key_name) is not None), None)


def _rows(sealed: Sealed) -> Select[Any]:
    needed = dict.fromkeys([sealed.named_by, *sealed.columns, *(["lookup"] if sealed.table is Resident else [])])
    return select(sealed.key.label("row_key"), *(getattr(sealed.table, name) for name in needed))


def _needs_another_key(session: Session, sealed: Sealed) -> ColumnElement[bool]:
    front = session.vault.keys.current.encode() + b":"
    return or_(*(func.substr(getattr(sealed.table, name), 1, len(front)) != front for name in sealed.columns))


def _opened(session: Session, sealed: Sealed, row: Row[Any]) -> dict[str, bytes]:
    own = (session.vault.people.read(row.key_name) or b"") if sealed.own else b""
    keys = session.vault.keys
    kept = [(name, getattr(row, name)) for name in sealed.columns]
    return {name: keys.decrypt(sealed.where(name, row), value, own) for name, value in kept if value is not None}


def _turn(session: Session, sealed: Sealed, row: Row[Any]) -> bool:
    own = session.vault.people.read(row.key_name) if sealed.own else b""
    if own is None:
        return False
    plain: Sequence[tuple[str, bytes]] = list(_opened(session, sealed, row).items())
    turned = {name: session.vault.keys.encrypt(sealed.where(name, row), value, own) for name, value in plain}
    session.execute(update(sealed.table).where(sealed.key == row.row_key).values(turned))
    return True
