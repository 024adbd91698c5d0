"""What is owed to be said."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables.base import BIG, Table, place_key


class Letter(Table):
    """Something owed to be said: to whom, which kind, which facts; never the words."""

    __tablename__ = "letter"
    __table_args__ = (
        CheckConstraint(
            "state in ('queued', 'sending', 'sent', 'unneeded', 'unknown', 'dead', 'expired', 'cancelled')",
            name="letter_state",
        ),
        CheckConstraint("(resident_id is null) <> (group_id is null)", name="letter_to_one"),
        Index("letter_due", "state", "priority", "not_before"),
    )
    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    place_id: Mapped[int] = place_key()
    resident_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id", ondelete="CASCADE"), index=True)
    group_id: Mapped[int | None] = mapped_column(ForeignKey("group_chat.id", ondelete="CASCADE"), index=True)
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(24))
    facts: Mapped[bytes] = mapped_column(LargeBinary)
    priority: Mapped[int]
    dedupe: Mapped[str] = mapped_column(String(80), unique=True)
    state: Mapped[str] = mapped_column(String(10), default="queued")
    not_before: Mapped[datetime]
    expires_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    uncertain: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None]
    claim: Mapped[str | None] = mapped_column(String(16))
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str | None] = mapped_column(String(80))
