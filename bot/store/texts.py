"""Texts that people wrote, in the languages they exist in."""

from collections.abc import Iterable, Mapping

from sqlalchemy import or_, select

from bot.store.tables import Text, Wording
from bot.store.writer import Session


def write_text(session: Session, place_id: int, source: str, wordings: Mapping[str, str]) -> int:
    """Write a text with its wordings; `source` is the language that the others were made from."""
    text = Text(place_id=place_id, source_language=source)
    session.add(text)
    session.flush()
    session.add_all(Wording(text_id=text.id, language=tag, body=body) for tag, body in wordings.items())
    session.flush()
    return text.id


def words_of(session: Session, ids: Iterable[int], language: str | None = None) -> list[tuple[int, str, str, str]]:
    """Approved wordings of texts: id, source language, language, wording; in one language and the source's, or all."""
    query = (
        select(Text.id, Text.source_language, Wording.language, Wording.body)
        .join(Wording, Wording.text_id == Text.id)
        .where(Text.id.in_(list(ids)), Wording.state == "approved")
    )
    if language is not None:
        query = query.where(or_(Wording.language == language, Wording.language == Text.source_language))
    return [(text_id, source, tag, body) for text_id, source, tag, body in session.execute(query)]
