"""What lets evaluators pull counts."""

from datetime import datetime

from sqlalchemy import LargeBinary, String
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
