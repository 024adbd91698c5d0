"""Whatever nothing else understood: a kind answer, never silence."""

from datetime import datetime

from aiogram import Router
from aiogram.types import Message

from bot.community.residents import Person
from bot.handlers import relay, talks
from bot.handlers.filters import Forwarded, HasPhoto, HasText, HasVoice, InPrivate, in_group
from bot.handlers.here import here
from bot.replies import Reply
from bot.screens.language import clean, says_something
from bot.screens.refusals import edited, not_understood, only_words
from bot.store.engine import Session

router = Router(name="anything")
first = Router(name="forwarded")


@first.message(Forwarded())
def forwarded(session: Session, person: Person, event: Message, now: datetime) -> list[Reply]:
    """Somebody else's words: they command nothing, and answer no question (facts/failures.md B2)."""
    return [] if in_group(event) else here(session, person, now, not_understood())


@router.message(InPrivate(), HasText())
def words(session: Session, person: Person, event: Message, now: datetime) -> list[Reply]:
    """Words: an answer where a question is open, else where the person stands. An unknown command ends no conversation."""
    text = clean(event.text or "").strip()
    if says_something(text) and not text.startswith("/"):
        passed = relay.words_said(session, person, text, now)
        if passed is not None:
            return passed
    draft = talks.under_way(session, person, now)
    if draft is not None and says_something(text) and not text.startswith("/"):
        return talks.written(session, person, draft, text, now)
    return here(session, person, now, not_understood())


@router.message(InPrivate(), HasVoice())
def voices(session: Session, person: Person, event: Message, now: datetime) -> list[Reply]:
    """A voice note: to the other side of a talk, or an answer where the open question takes one."""
    assert event.voice is not None
    file_id = event.voice.file_id
    passed = relay.voice_sent(session, person, file_id, now)
    if passed is not None:
        return passed
    draft = talks.under_way(session, person, now)
    kept = talks.thing_sent(session, person, draft, "voice", file_id, now) if draft is not None else None
    return things(session, person, now) if kept is None else kept


@router.message(InPrivate(), HasPhoto())
def photos(session: Session, person: Person, event: Message, now: datetime) -> list[Reply]:
    """A photo: an answer where the open question takes one. Telegram sends every size, the largest last."""
    assert event.photo
    draft = talks.under_way(session, person, now)
    file_id = event.photo[-1].file_id
    kept = talks.thing_sent(session, person, draft, "photo", file_id, now) if draft is not None else None
    return list(things(session, person, now)) if kept is None else kept


@router.message(InPrivate())
def things(session: Session, person: Person, now: datetime) -> list[Reply]:
    """A sticker, a photo, a voice message, a contact: said kindly, and the open question once more."""
    return here(session, person, now, only_words())


@router.edited_message(InPrivate())
def changed_words(session: Session, person: Person, now: datetime) -> list[Reply]:
    """An edited message changes nothing that was done with it; the open question is put once more."""
    return here(session, person, now, edited())


@router.message()
def elsewhere() -> list[Reply]:
    """Channels: nobody is spoken to."""
    return []
