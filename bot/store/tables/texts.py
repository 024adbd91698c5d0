"""What people wrote, in one or several languages."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables.base import BIG, Table, place_key


class Text(Table):
    """Something people wrote, in one or several languages."""

    __tablename__ = "text"
    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    place_id: Mapped[int] = place_key()
    source_language: Mapped[str] = mapped_column(String(12))


class Wording(Table):
    """A text in one language."""

    __tablename__ = "wording"
    text_id: Mapped[int] = mapped_column(ForeignKey("text.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(12), primary_key=True)
    body: Mapped[str] = mapped_column(String(4096))
    state: Mapped[str] = mapped_column(String(12), default="approved")
