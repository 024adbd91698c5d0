"""Pictures of what check-ins said: which are still to be drawn, what they are, and what Telegram calls them."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select, update

from bot.store.dialects import dialect_of
from bot.store.engine import Session
from bot.store.tables import Chart, Resident, Roll

IN_VAIN = b""
"""What is kept of a picture that cannot be drawn: its letters go out with words alone."""


def languages_on_roll(session: Session, round_id: int) -> Sequence[str]:
    """The languages of those who may answer a round."""
    query = select(Resident.language).join(Roll, Roll.resident_id == Resident.id).where(Roll.round_id == round_id)
    return session.scalars(query.distinct().order_by(Resident.language)).all()


def want(session: Session, round_id: int, languages: Iterable[str]) -> None:
    """Have a picture drawn in these languages; one that is there, or asked for already, stays as it is."""
    rows = [{"round_id": round_id, "language": language, "png": None, "file_id": None} for language in languages]
    if rows:
        session.execute(dialect_of(session).insert(Chart).on_conflict_do_nothing(), rows)


def chart(session: Session, round_id: int, language: str) -> Chart | None:
    """The picture in a language, drawn or not; None where nobody has asked for it."""
    return session.get(Chart, (round_id, language), populate_existing=True)


def undrawn(session: Session, most: int) -> Sequence[tuple[int, str]]:
    """Round and language of pictures that are still to be drawn."""
    query = select(Chart.round_id, Chart.language).where(Chart.png.is_(None))
    return [(row[0], row[1]) for row in session.execute(query.order_by(Chart.round_id, Chart.language).limit(most))]


def keep_png(session: Session, round_id: int, language: str, png: bytes) -> None:
    """Keep a picture, drawn once: whoever comes second changes nothing."""
    mine = Chart.round_id == round_id, Chart.language == language, Chart.png.is_(None)
    session.execute(update(Chart).where(*mine).values(png=png))


def do_without(session: Session) -> None:
    """Give up whatever is still to be drawn."""
    session.execute(update(Chart).where(Chart.png.is_(None)).values(png=IN_VAIN))


def keep_file_id(session: Session, round_id: int, language: str, file_id: str) -> None:
    """Telegram has the picture: it need not be sent there again."""
    mine = Chart.round_id == round_id, Chart.language == language
    session.execute(update(Chart).where(*mine).values(file_id=file_id))
