"""Check-ins: when they are asked, what a wave asks, and the pictures that are told of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables.base import BIG, Table, place_key


class CheckinPlan(Table):
    """A check-in that comes again: what, of whom, and when next. `every` is a cron line in the place's time zone."""

    __tablename__ = "checkin_plan"
    __table_args__ = (CheckConstraint("state in ('active', 'ended')", name="checkin_plan_state"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[int] = place_key()
    audience: Mapped[str] = mapped_column(String(16))
    questions: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    breakdowns: Mapped[list[str]]
    compare: Mapped[bool]
    every: Mapped[str] = mapped_column(String(64))
    open_days: Mapped[int]
    next_at: Mapped[datetime | None] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(String(8), default="active")
    made_at: Mapped[datetime]


class Checkin(Table):
    """What a round needs to be a check-in: a copy of its questions, the declared groups, who has been written to so far.

    `by` lists, for each question, the breakdowns it is told apart by. `inviting` and `telling` are the last resident
    to whom the invitation, or the result, is owed already; none once all are. `carried_until`: answers of the wave
    before are kept under this wave's seal, for the change between them.
    """

    __tablename__ = "checkin"
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), primary_key=True)
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("checkin_plan.id", ondelete="SET NULL"), index=True)
    echo_of: Mapped[int | None] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), index=True)
    wave: Mapped[int]
    questions: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    groups: Mapped[dict[str, Any]]
    by: Mapped[dict[str, Any]]
    compare: Mapped[bool]
    invited: Mapped[int | None]
    inviting: Mapped[int | None] = mapped_column(BIG)
    telling: Mapped[int | None] = mapped_column(BIG)
    carried_until: Mapped[datetime | None]


class Chart(Table):
    """A closed check-in's picture in a language, drawn once; Telegram's file id once it has been there."""

    __tablename__ = "chart"
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(12), primary_key=True)
    png: Mapped[bytes | None] = mapped_column(LargeBinary)
    file_id: Mapped[str | None] = mapped_column(String(200))
