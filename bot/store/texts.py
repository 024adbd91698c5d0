"""Texts that people wrote, in the languages they exist in."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select, update

from bot.store.engine import Session
from bot.store.tables import Text, Wording


def write_text(session: Session, place_id: int, source: str, wordings: Mapping[str, str]) -> int:
    """Write a text with its wordings; `source` is the language that the others were made from."""
    text = Text(place_id=place_id, source_language=source)
    session.add(text)
    session.flush()
    session.add_all(
        Wording(text_id=text.id, language=tag, body=body, origin="source" if tag == source else "human")
        for tag, body in wordings.items()
    )
    session.flush()
    return text.id


def words_of(session: Session, ids: Iterable[int], language: str | None = None) -> list[tuple[int, str, str, str]]:
    """Approved wordings of texts: id, source language, language, wording; in one language and the source's, or all."""
    if not (wanted := list(ids)):
        return []
    query = (
        select(Text.id, Text.source_language, Wording.language, Wording.body)
        .join(Wording, Wording.text_id == Text.id)
        .where(Text.id.in_(wanted), Wording.state == "approved")
    )
    if language is not None:
        query = query.where(or_(Wording.language == language, Wording.language == Text.source_language))
    return [(text_id, source, tag, body) for text_id, source, tag, body in session.execute(query)]


def write_source(
    session: Session, place_id: int, language: str, title: str | None, body: str, author_id: int | None
) -> int:
    """Write a text that exists in the language it was written in only; its id."""
    text = Text(place_id=place_id, source_language=language, revision=1)
    session.add(text)
    session.flush()
    made = {"origin": "source", "state": "approved", "writer_id": author_id}
    session.add(Wording(text_id=text.id, language=language, title=title, body=body, revision=1, **made))
    session.flush()
    return text.id


def text_by_id(session: Session, text_id: int) -> Text | None:
    """The text, or None."""
    return session.get(Text, text_id)


def text_locked(session: Session, text_id: int) -> Text | None:
    """The text, held by this transaction: who wants to change its wordings too waits, and reads what came of it."""
    return session.get(Text, text_id, with_for_update=True, populate_existing=True)


def texts_of(session: Session, place_id: int) -> Sequence[Text]:
    """All texts of a place, the newest first."""
    return session.scalars(select(Text).where(Text.place_id == place_id).order_by(Text.id.desc())).all()


def outdate(session: Session, text_id: int, source: str) -> None:
    """Mark all wordings but the source's as made for an older revision."""
    others = (Wording.text_id == text_id) & (Wording.language != source)
    session.execute(update(Wording).where(others).values(state="outdated"))


def wording_of(session: Session, text_id: int, language: str) -> Wording | None:
    """A text's wording in a language as it is now, whatever its state; None where nobody has written one."""
    return session.get(Wording, (text_id, language), populate_existing=True)


def add_wording(session: Session, text_id: int, language: str, values: Mapping[str, Any]) -> Wording:
    """Write a text's wording in a language, in place of the one it has."""
    wording = wording_of(session, text_id, language)
    if wording is None:
        wording = Wording(text_id=text_id, language=language)
        session.add(wording)
    for name, value in values.items():
        setattr(wording, name, value)
    session.flush()
    return wording


def wordings_of(session: Session, text_id: int) -> Sequence[Wording]:
    """A text's wordings, whatever their state, by language."""
    return session.scalars(select(Wording).where(Wording.text_id == text_id).order_by(Wording.language)).all()


def approved(session: Session, ids: Iterable[int]) -> list[tuple[int, str, int, str, str | None, str]]:
    """What may be read of texts: id, source language, revision, language, title, body; in one query."""
    query = (
        select(Text.id, Text.source_language, Text.revision, Wording.language, Wording.title, Wording.body)
        .join(Wording, Wording.text_id == Text.id)
        .where(Text.id.in_(list(ids)), Wording.state == "approved", Wording.revision == Text.revision)
    )
    return [(key, source, now, tag, title, body) for key, source, now, tag, title, body in session.execute(query)]
