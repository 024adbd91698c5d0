"""What came in, which ticks were taken, and what was looked at."""

from datetime import date, datetime

from sqlalchemy import JSON, BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables.base import BIG, Table, place_key


class Inbox(Table):
    """An update that has been applied. A day, not a time: nothing here may pair with an answer (facts/failures.md 0.8)."""

    __tablename__ = "inbox"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012
    bot_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    update_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(index=True)


class SetAside(Table):
    """An update that failed three times: its type and the error's class, no text."""

    __tablename__ = "set_aside"
    bot_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    update_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(32))
    error: Mapped[str] = mapped_column(String(80))
    day: Mapped[date]


class TickRun(Table):
    """A tick that some process has taken: nobody else runs this job for this slot."""

    __tablename__ = "tick_run"
    job: Mapped[str] = mapped_column(String(32), primary_key=True)
    slot: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(80))


class Revealed(Table):
    """Somebody at the desk looked at names, or at what was told: when, which login, numbers of rows; never the words."""

    __tablename__ = "revealed"
    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    place_id: Mapped[int] = place_key()
    at: Mapped[datetime] = mapped_column(index=True)
    login: Mapped[str] = mapped_column(String(64))
    what: Mapped[str] = mapped_column(String(16))
    rows: Mapped[list[int]] = mapped_column(JSON)
