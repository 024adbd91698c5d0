"""A helper's task as it stands: the source, the words there are so far, and what matters for them."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from bot.community.wordings import MISSING, UNDER_WAY
from bot.store import helpers as store
from bot.store import places, texts
from bot.store.engine import Session
from bot.store.tables import Wording


@dataclass(frozen=True)
class SoFar:
    """Words that there are already: a draft, somebody's wording, or one that was made for an older source."""

    title: str | None
    body: str
    state: str
    origin: str
    note: str | None
    stamp: str


@dataclass(frozen=True)
class Task:
    """A text to be put into a language ('translate'), to be checked in it ('check'), or to be let go ('approve')."""

    task: str
    text_id: int
    revision: int
    language: str
    source_language: str
    title: str | None
    body: str
    so_far: SoFar | None
    urgent: bool
    photo: bool
    expires_at: datetime | None
    timezone: str


def stamp_of(wording: Wording) -> str:
    """What tells these very words from any others: a button that was made for others is old."""
    words = f"{wording.revision}\0{wording.title}\0{wording.body}"
    return sha256(words.encode()).hexdigest()[:8]


def task_of(session: Session, text_id: int, language: str, task: str) -> Task | None:
    """A task, whoever it is for; None where there is nothing to do any more, or never was."""
    text = texts.text_by_id(session, text_id)
    if text is None or language == text.source_language:
        return None
    wording = texts.wording_of(session, text_id, language)
    broadcast = store.broadcast_saying(session, text_id)
    if not _is_open(wording, task) or (broadcast is not None and broadcast.state == "cancelled"):
        return None
    source = texts.wording_of(session, text_id, text.source_language)
    assert source is not None
    return Task(
        task=task,
        text_id=text.id,
        revision=text.revision,
        language=language,
        source_language=text.source_language,
        title=source.title,
        body=source.body,
        so_far=None if wording is None else _so_far(wording),
        urgent=broadcast is not None and broadcast.kind == "urgent",
        photo=broadcast is not None and (broadcast.photo is not None or broadcast.photo_file_id is not None),
        expires_at=None if broadcast is None else broadcast.expires_at,
        timezone=places.place_by_id(session, text.place_id).timezone,
    )


def _so_far(wording: Wording) -> SoFar:
    return SoFar(wording.title, wording.body, wording.state, wording.origin, wording.note, stamp_of(wording))


def _is_open(wording: Wording | None, task: str) -> bool:
    state = wording.state if wording is not None else MISSING
    match task:
        case "translate":
            return state not in UNDER_WAY
        case "check":
            return state == "needs_review"
        case _:
            return state == "reviewed"
