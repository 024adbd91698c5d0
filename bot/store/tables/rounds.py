"""What is asked of many: rounds, polls, their rolls, answers and releases."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables.base import Table, place_key


class Round(Table):
    """A poll or a check-in: asked of an audience, answered privately, closed at a set time, counted, reported back."""

    __tablename__ = "round"
    __table_args__ = (
        CheckConstraint("state in ('draft', 'open', 'closed', 'cancelled')", name="round_state"),
        CheckConstraint("secrecy in ('private', 'open')", name="round_secrecy"),
        Index("round_due", "state", "closes_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[int] = place_key()
    kind: Mapped[str] = mapped_column(String(10))
    audience: Mapped[str] = mapped_column(String(16))
    secrecy: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(10), default="draft")
    title_id: Mapped[int] = mapped_column(ForeignKey("text.id"))
    opened_at: Mapped[datetime | None]
    closes_at: Mapped[datetime]
    remind_at: Mapped[datetime | None]
    breakdowns: Mapped[list[str]]


class Poll(Table):
    """What a round needs to be a poll: how it is counted, and the lot's seed, published before the vote."""

    __tablename__ = "poll"
    __table_args__ = (CheckConstraint("method in ('yesno', 'choose', 'approve', 'rank')", name="poll_method"),)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), primary_key=True)
    method: Mapped[str] = mapped_column(String(8))
    quorum: Mapped[int]
    lot_seed: Mapped[str] = mapped_column(String(64))


class Option(Table):
    """Something to vote for, known by its position in the poll: taps, answers and the lot all say it so."""

    __tablename__ = "option"
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text_id: Mapped[int | None] = mapped_column(ForeignKey("text.id"))


class Roll(Table):
    """Who may answer a round: fixed when it opens. Says nothing of who did."""

    __tablename__ = "roll"
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), primary_key=True)
    resident_id: Mapped[int] = mapped_column(
        ForeignKey("resident.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Answer(Table):
    """An answer under its mark. No row id, no time, no order but the mark's (facts/disclosure.md 2.2)."""

    __tablename__ = "answer"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), primary_key=True)
    mark: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    question: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    value: Mapped[int]


class OpenVote(Table):
    """Who voted what in an open poll, written when it closes: an open poll says so before the vote."""

    __tablename__ = "open_vote"
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), primary_key=True)
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id", ondelete="CASCADE"), primary_key=True)
    option: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rank: Mapped[int]


class Release(Table):
    """What a closed round says, once and for good, with its hash."""

    __tablename__ = "round_release"
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), primary_key=True)
    body: Mapped[str] = mapped_column(String)
    sha256: Mapped[str] = mapped_column(String(64))
    released_at: Mapped[datetime]


class Card(Table):
    """A round's card in a group chat: which letter brought it, and the last state that it shows."""

    __tablename__ = "card"
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("group_chat.id", ondelete="CASCADE"), primary_key=True)
    letter_id: Mapped[int] = mapped_column(ForeignKey("letter.id", ondelete="CASCADE"))
    shows: Mapped[str] = mapped_column(String(64))
