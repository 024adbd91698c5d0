"""Public messages: what a place says to everybody, or to some."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables.base import Table, place_key


class Broadcast(Table):
    """A public message: either a text with wordings, or a phrase template with its blanks.

    `audience` is {"roles": [...], "patches": [ids], "languages": [...]}, an empty list meaning all; `expected` is how
    many letters it came to when it was sent. The ledger is its letters, never a counter.
    """

    __tablename__ = "broadcast"
    __table_args__ = (
        CheckConstraint("kind in ('info', 'event', 'urgent')", name="broadcast_kind"),
        CheckConstraint("state in ('draft', 'scheduled', 'sending', 'sent', 'cancelled')", name="broadcast_state"),
        CheckConstraint("(text_id is null) <> (template is null)", name="broadcast_says_one"),
        Index("broadcast_due", "state", "send_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[int] = place_key()
    kind: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(10), default="draft")
    text_id: Mapped[int | None] = mapped_column(ForeignKey("text.id"))
    template: Mapped[str | None] = mapped_column(String(32))
    blanks: Mapped[dict[str, Any]]
    revision: Mapped[int] = mapped_column(default=1)
    audience: Mapped[dict[str, Any]]
    send_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    photo: Mapped[bytes | None] = mapped_column(LargeBinary)
    photo_file_id: Mapped[str | None] = mapped_column(String(200))
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id", ondelete="SET NULL"), index=True)
    made_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    corrected_at: Mapped[datetime | None]
    expected: Mapped[int | None]
