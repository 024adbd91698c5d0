"""Language helpers: who writes which language, who was asked for what, and who wishes for which wording."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update

from bot.store.tables import Broadcast, Helper, Resident, Role, Wording, WordingAsk, WordingWish
from bot.store.writer import Session


def languages_of(session: Session, resident_id: int) -> list[str]:
    """The languages that a helper said they write."""
    query = select(Helper.language).where(Helper.resident_id == resident_id).order_by(Helper.language)
    return list(session.scalars(query))


def set_languages(session: Session, resident: Resident, languages: Iterable[str]) -> None:
    """A helper writes these languages, and no others; when they were last asked is kept."""
    wanted, known = set(languages), set(languages_of(session, resident.id))
    gone = (Helper.resident_id == resident.id) & Helper.language.not_in(wanted)
    session.execute(delete(Helper).where(gone))
    session.add_all(
        Helper(resident_id=resident.id, language=tag, place_id=resident.place_id) for tag in sorted(wanted - known)
    )
    session.flush()


def helpers_for(session: Session, place_id: int, language: str) -> Sequence[Helper]:
    """A place's helpers for a language who are here and still have the role; those asked least recently first."""
    query = (
        select(Helper)
        .join(Resident, Resident.id == Helper.resident_id)
        .join(Role, (Role.resident_id == Helper.resident_id) & (Role.role == "helper"))
        .where(Helper.place_id == place_id, Helper.language == language, Resident.state == "here")
        .order_by(Helper.last_asked_at.is_not(None), Helper.last_asked_at, Helper.resident_id)
    )
    return session.scalars(query).all()


def note_asked(
    session: Session, text_id: int, language: str, resident_id: int, task: str, revision: int, now: datetime
) -> None:
    """A helper was asked for a text at a revision; asking anew takes the place of an older asking."""
    key = {"text_id": text_id, "language": language, "resident_id": resident_id, "task": task}
    session.merge(WordingAsk(**key, revision=revision, state="asked", asked_at=now))
    helping = (Helper.resident_id == resident_id) & (Helper.language == language)
    session.execute(update(Helper).where(helping).values(last_asked_at=now))
    session.flush()


def asks_for(
    session: Session, text_id: int, revision: int, language: str | None = None, task: str | None = None
) -> Sequence[WordingAsk]:
    """Who was asked for a text at a revision, of all languages and tasks or of one; the first asked first."""
    query = select(WordingAsk).where(WordingAsk.text_id == text_id, WordingAsk.revision == revision)
    if language is not None:
        query = query.where(WordingAsk.language == language)
    if task is not None:
        query = query.where(WordingAsk.task == task)
    return session.scalars(query.order_by(WordingAsk.asked_at, WordingAsk.resident_id)).all()


def ask_of(session: Session, text_id: int, language: str, resident_id: int, task: str) -> WordingAsk | None:
    """What a helper was asked about a text in a language, or None."""
    return session.get(WordingAsk, (text_id, language, resident_id, task))


def open_asks_of(session: Session, resident_id: int) -> Sequence[WordingAsk]:
    """What waits for a helper, the oldest first."""
    waiting = (WordingAsk.resident_id == resident_id) & (WordingAsk.state == "asked")
    return session.scalars(select(WordingAsk).where(waiting).order_by(WordingAsk.asked_at)).all()


def close_asks(session: Session, text_id: int, language: str, task: str) -> None:
    """Whatever was asked of anybody for this task is done."""
    asked = (WordingAsk.text_id == text_id) & (WordingAsk.language == language) & (WordingAsk.task == task)
    session.execute(update(WordingAsk).where(asked, WordingAsk.state == "asked").values(state="done"))


def add_wish(session: Session, text_id: int, language: str, resident_id: int) -> bool:
    """Note that somebody would like to read a text in a language; says whether that is new."""
    if session.get(WordingWish, (text_id, language, resident_id)) is not None:
        return False
    session.add(WordingWish(text_id=text_id, language=language, resident_id=resident_id))
    session.flush()
    return True


def take_wishes(session: Session, text_id: int, language: str) -> list[int]:
    """Whoever wished for a text in a language; their wishes are granted, and forgotten."""
    wished = (WordingWish.text_id == text_id) & (WordingWish.language == language)
    return sorted(session.scalars(delete(WordingWish).where(wished).returning(WordingWish.resident_id)))


def wishes_for(session: Session, text_id: int) -> dict[str, int]:
    """How many would like to read a text in which language."""
    query = select(WordingWish.language, func.count()).where(WordingWish.text_id == text_id)
    return dict(session.execute(query.group_by(WordingWish.language)).all())


def broadcast_saying(session: Session, text_id: int) -> Broadcast | None:
    """The newest public message that says a text, or None."""
    query = select(Broadcast).where(Broadcast.text_id == text_id).order_by(Broadcast.id.desc()).limit(1)
    return session.scalar(query)


def wordings_in(session: Session, place_texts: Iterable[int], *states: str) -> Sequence[Wording]:
    """The wordings of these texts that are in one of these states."""
    query = select(Wording).where(Wording.text_id.in_(list(place_texts)), Wording.state.in_(states))
    return session.scalars(query.order_by(Wording.text_id, Wording.language)).all()
