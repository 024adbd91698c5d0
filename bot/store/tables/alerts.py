"""Whom to call, and who asked for somebody today."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables.base import Table, place_key


class Helpline(Table):
    """A number that people of a place can call, in a language they speak."""

    __tablename__ = "helpline"
    __table_args__ = (UniqueConstraint("place_id", "language", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[int] = place_key()
    language: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(80))
    number: Mapped[str] = mapped_column(String(40))
    hours: Mapped[str] = mapped_column(String(80), default="")


class Alert(Table):
    """Somebody needs someone today. `next_at`: when it is told to the coordinators again; none once one has taken it."""

    __tablename__ = "alert"
    __table_args__ = (CheckConstraint("state in ('open', 'taken', 'closed')", name="alert_state"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[int] = place_key()
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(String(8), default="open")
    raised_at: Mapped[datetime]
    next_at: Mapped[datetime | None] = mapped_column(index=True)
    told: Mapped[int] = mapped_column(default=0)
    escalated_at: Mapped[datetime | None]
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id", ondelete="SET NULL"), index=True)
    taken_at: Mapped[datetime | None]
