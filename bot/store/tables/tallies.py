"""What lets evaluators pull counts, and the quarters that are counted for them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables.base import Table, place_key


class EvaluatorToken(Table):
    """What an evaluator of a place pulls releases with: only its hash is kept. `label` says for whom it was made."""

    __tablename__ = "evaluator_token"
    id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[int] = place_key()
    label: Mapped[str] = mapped_column(String(80))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class QuarterEnd(Table):
    """The calendar quarter (2026-Q4) that runs at a place, and when it is over: then it is counted, and the next runs."""

    __tablename__ = "quarter_end"
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id", ondelete="CASCADE"), primary_key=True)
    quarter: Mapped[str] = mapped_column(String(7))
    ends_at: Mapped[datetime] = mapped_column(index=True)


class QuarterRelease(Table):
    """What is said of what people did in a quarter, once and for good, with its hash."""

    __tablename__ = "quarter_release"
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id", ondelete="CASCADE"), primary_key=True)
    quarter: Mapped[str] = mapped_column(String(7), primary_key=True)
    body: Mapped[str] = mapped_column(String)
    sha256: Mapped[str] = mapped_column(String(64))
    released_at: Mapped[datetime]


class Reached(Table):
    """A public message reached a resident in a quarter: kept when its letter is forgotten, until the quarter is counted.

    `level`: 2 in the resident's own language, 1 in another.
    """

    __tablename__ = "reached"
    __table_args__ = (CheckConstraint("level in (1, 2)", name="reached_level"),)
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id", ondelete="CASCADE"), primary_key=True)
    quarter: Mapped[str] = mapped_column(String(7), primary_key=True)
    place_id: Mapped[int] = place_key()
    level: Mapped[int]
