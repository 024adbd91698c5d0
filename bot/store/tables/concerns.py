"""Concerns: what worries somebody, told to a safeguarding lead who is not named in it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables.base import BIG, Table, place_key

_SECRET = {"secret": True}
"""What a person does not see among what is kept about them: it would tell who reported whom."""


def _resident(on_delete: str = "SET NULL") -> ForeignKey:
    return ForeignKey("resident.id", ondelete=on_delete)


class Concern(Table):
    """Something that worries somebody. While it is open somebody acts next, and by a time: the database keeps that promise.

    `against`: whether it is about a neighbour, the first lead, or the organisers; `ask_id` only where its reporter lets
    the lead see which ask it was; `reminded`: how often its lead let the time pass. Names nobody once it was closed for
    some months.
    """

    __tablename__ = "concern"
    __table_args__ = (
        CheckConstraint("state in ('open', 'closed')", name="concern_state"),
        CheckConstraint("next_actor in ('lead', 'reporter', 'place')", name="concern_next_actor"),
        CheckConstraint("(state = 'closed') = (due_at is null)", name="concern_has_a_next_time"),
        CheckConstraint("(due_at is null) = (next_actor is null)", name="concern_has_a_next_actor"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[int] = place_key()
    receipt: Mapped[str] = mapped_column(String(12), unique=True)
    about: Mapped[str] = mapped_column(String(16))
    against: Mapped[str] = mapped_column(String(12), default="other", server_default="other")
    ask_id: Mapped[int | None] = mapped_column(ForeignKey("ask.id", ondelete="SET NULL"), index=True)
    reporter_id: Mapped[int | None] = mapped_column(_resident(), index=True)
    lead_id: Mapped[int | None] = mapped_column(_resident(), index=True, info=_SECRET)
    state: Mapped[str] = mapped_column(String(8), default="open")
    next_actor: Mapped[str | None] = mapped_column(String(8))
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    reminded: Mapped[int] = mapped_column(default=0, server_default="0")
    made_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    appealed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class ConcernMessage(Table):
    """A message about a concern, by its reporter or its lead; encrypted with a key of its own, a file named `key_name`."""

    __tablename__ = "concern_message"
    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    concern_id: Mapped[int] = mapped_column(ForeignKey("concern.id", ondelete="CASCADE"), index=True)
    key_name: Mapped[str] = mapped_column(String(32), unique=True)
    by_lead: Mapped[bool]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]


class ConcernNamed(Table):
    """Whom a concern is about, as far as buttons said it, when it was told: they never receive it."""

    __tablename__ = "concern_named"
    concern_id: Mapped[int] = mapped_column(
        ForeignKey("concern.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    resident_id: Mapped[int] = mapped_column(
        _resident("CASCADE"), primary_key=True, autoincrement=False, index=True, info=_SECRET
    )


class ConcernLook(Table):
    """A lead has read a concern, in the chat or at the desk (`kith concerns show`)."""

    __tablename__ = "concern_look"
    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    concern_id: Mapped[int] = mapped_column(ForeignKey("concern.id", ondelete="CASCADE"), index=True)
    resident_id: Mapped[int | None] = mapped_column(_resident(), index=True, info=_SECRET)
    at_desk: Mapped[bool]
    at: Mapped[datetime]
