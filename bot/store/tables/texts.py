"""What people wrote, in one or several languages, and who helps to put it into them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables.base import BIG, Table, place_key


class Text(Table):
    """Something people wrote. Its revision goes up when its source changes; wordings of an older one are outdated."""

    __tablename__ = "text"
    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    place_id: Mapped[int] = place_key()
    source_language: Mapped[str] = mapped_column(String(12))
    revision: Mapped[int] = mapped_column(default=1, server_default="1")


class Wording(Table):
    """A text in one language: a body, and a title where it has one; made for one revision of the source."""

    __tablename__ = "wording"
    __table_args__ = (
        CheckConstraint(
            "state in ('draft', 'needs_review', 'reviewed', 'approved', 'outdated')",
            name="wording_state",
        ),
        CheckConstraint("origin in ('human', 'machine', 'import', 'source')", name="wording_origin"),
    )
    text_id: Mapped[int] = mapped_column(ForeignKey("text.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(12), primary_key=True)
    title: Mapped[str | None] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(String(4096))
    state: Mapped[str] = mapped_column(String(12), default="approved")
    revision: Mapped[int] = mapped_column(default=1, server_default="1")
    origin: Mapped[str] = mapped_column(String(10), default="human", server_default="human")
    writer_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id", ondelete="SET NULL"), index=True)
    checker_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id", ondelete="SET NULL"), index=True)
    note: Mapped[str | None] = mapped_column(String(500))


class Helper(Table):
    """A language that a language helper can write, and when they were last asked to."""

    __tablename__ = "helper"
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(12), primary_key=True)
    place_id: Mapped[int] = place_key()
    last_asked_at: Mapped[datetime | None]


class WordingAsk(Table):
    """A language helper was asked to put a text into a language, or to check somebody else's wording of it."""

    __tablename__ = "wording_ask"
    __table_args__ = (
        CheckConstraint("task in ('translate', 'check')", name="wording_ask_task"),
        CheckConstraint("state in ('asked', 'done', 'passed')", name="wording_ask_state"),
    )
    text_id: Mapped[int] = mapped_column(ForeignKey("text.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(12), primary_key=True)
    resident_id: Mapped[int] = mapped_column(
        ForeignKey("resident.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    task: Mapped[str] = mapped_column(String(10), primary_key=True)
    revision: Mapped[int]
    state: Mapped[str] = mapped_column(String(8), default="asked")
    asked_at: Mapped[datetime]


class WordingWish(Table):
    """Somebody would like to read a text in a language that it does not have yet."""

    __tablename__ = "wording_wish"
    text_id: Mapped[int] = mapped_column(ForeignKey("text.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(12), primary_key=True)
    resident_id: Mapped[int] = mapped_column(
        ForeignKey("resident.id", ondelete="CASCADE"), primary_key=True, index=True
    )
