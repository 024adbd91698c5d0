"""Language helpers: who writes which language, who was asked for what, and who wishes for which wording."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Select, delete, func, select, update

from bot.store.engine import Session
from bot.store.tables import Broadcast, Helper, Letter, Resident, Role, Text, Wording, WordingAsk, WordingWish


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
    """What waits for a helper, the oldest first; what was asked of an older revision waits no more."""
    return session.scalars(_waiting().where(WordingAsk.resident_id == resident_id)).all()


def open_asks(session: Session) -> Sequence[WordingAsk]:
    """What waits for any helper, the oldest first."""
    return session.scalars(_waiting()).all()


def _waiting() -> Select[WordingAsk]:
    current = select(WordingAsk).join(Text, (Text.id == WordingAsk.text_id) & (Text.revision == WordingAsk.revision))
    return current.where(WordingAsk.state == "asked").order_by(WordingAsk.asked_at, WordingAsk.resident_id)


def was_told(session: Session, dedupe: str) -> bool:
    """Whether a letter has gone out, or may have."""
    told = Letter.state.in_(("sent", "sending", "unknown"))
    return session.scalar(select(Letter.id).where(Letter.dedupe == dedupe, told)) is not None


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


def wished(session: Session) -> list[tuple[int, str]]:
    """Each text and language that somebody would like to read."""
    query = select(WordingWish.text_id, WordingWish.language).distinct()
    return [(text_id, language) for text_id, language in session.execute(query.order_by(WordingWish.text_id))]


def broadcast_saying(session: Session, text_id: int) -> Broadcast | None:
    """The newest public message that says a text, or None."""
    query = select(Broadcast).where(Broadcast.text_id == text_id).order_by(Broadcast.id.desc()).limit(1)
    return session.scalar(query)


def texts_going_out(session: Session, now: datetime) -> list[int]:
    """The texts of public messages that are meant to be read now or soon."""
    going = Broadcast.state.in_(("scheduled", "sending", "sent")) & (Broadcast.expires_at > now)
    found = session.scalars(select(Broadcast.text_id).where(going, Broadcast.text_id.is_not(None)).distinct())
    return sorted(text_id for text_id in found if text_id is not None)


def texts_to_word(session: Session, place_id: int, now: datetime) -> list[int]:
    """The texts of a place's public messages that may still be read, drafts among them; the newest first."""
    useful = (Broadcast.place_id == place_id) & (Broadcast.state != "cancelled") & (Broadcast.expires_at > now)
    found = session.scalars(select(Broadcast.text_id).where(useful, Broadcast.text_id.is_not(None)).distinct())
    return sorted((text_id for text_id in found if text_id is not None), reverse=True)


def wordings_in(session: Session, place_id: int, *states: str) -> Sequence[Wording]:
    """The wordings of a place's texts that are in one of these states."""
    query = select(Wording).join(Text, Text.id == Wording.text_id).where(Text.place_id == place_id)
    return session.scalars(query.where(Wording.state.in_(states)).order_by(Wording.text_id, Wording.language)).all()


def without_check(session: Session) -> Sequence[Wording]:
    """Wordings that wait to be checked, and nobody has been asked to: there was no second helper."""
    asked = select(WordingAsk.text_id).where(
        WordingAsk.text_id == Wording.text_id,
        WordingAsk.language == Wording.language,
        WordingAsk.revision == Wording.revision,
        WordingAsk.task == "check",
    )
    return session.scalars(select(Wording).where(Wording.state == "needs_review", ~asked.exists())).all()
