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
            "state in ('queued', 'sending', 'sent', 'unneeded', 'unknown', 'dead', 'expired', 'cancelled', 'held')",
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
    broadcast_id: Mapped[int | None] = mapped_column(ForeignKey("broadcast.id", ondelete="CASCADE"), index=True)
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
    settled_at: Mapped[datetime | None]
    said_in: Mapped[str | None] = mapped_column(String(12))
    said_revision: Mapped[int | None]


class Sender(Table):
    """Who sends a bot's letters: a lease with a term, taken by one process at a time (facts/failures.md 2.9).

    `paused_until`: Telegram wants nothing from this bot until then; `slow_until`: its pace is lowered until then.
    """

    __tablename__ = "sender"
    bot_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    holder: Mapped[str] = mapped_column(String(64))
    term: Mapped[int]
    until: Mapped[datetime]
    paused_until: Mapped[datetime | None]
    slow_until: Mapped[datetime | None]


class Gate(Table):
    """A chat in which Telegram wants nothing for a while (429), found by the chat's lookup hash; it survives restarts."""

    __tablename__ = "gate"
    bot_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    lookup: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    until: Mapped[datetime] = mapped_column(index=True)


class Quarantine(Table):
    """A backup was restored: what it has under way waits until somebody lets it go on. One row at most."""

    __tablename__ = "quarantine"
    __table_args__ = (CheckConstraint("id = 1", name="quarantine_one"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    since: Mapped[datetime]
