"""Texts in the languages of their readers: who reads which wording, which are missing, what a new source does to them.

A wording is *draft* (begun, or sent back with a note), *needs_review* (written), *reviewed* (somebody else found it
right), *approved* (it may be sent), *outdated* (its source has changed since). Only approved ones are ever read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.community import helpers
from bot.community.letters import FOLLOW_UP, KINDS, Kind, Matter, owe
from bot.community.letters import Reading as LetterReading
from bot.community.residents import has_role
from bot.refusals import NotYours, WordingUnchecked
from bot.store import helpers as helpers_store
from bot.store import places
from bot.store import texts as store
from bot.store.engine import Session
from bot.store.tables import Resident, Text, Wording

MISSING = "missing"
UNDER_WAY = {"needs_review", "reviewed", "approved"}
"""States in which nobody needs to be asked to write any more."""


@dataclass(frozen=True)
class Reading:
    """What somebody reads of a text; `wished` is their own language where another stands in for it."""

    title: str | None
    body: str
    language: str
    revision: int
    wished: str | None


@dataclass(frozen=True)
class Wordings:
    """A text's approved wordings at its current revision, by language: title and body. The source's is among them."""

    source: str
    revision: int
    by: Mapping[str, tuple[str | None, str]]

    def read_by(self, languages: Sequence[str | None]) -> Reading:
        """The first of the reader's languages (their own first) that there is, else the source. Never blank."""
        known = [tag for tag in languages if tag]
        language = next((tag for tag in known if tag in self.by), self.source)
        title, body = self.by[language]
        own = known[0] if known else self.source
        return Reading(title, body, language, self.revision, own if own != language else None)


def write_source(
    session: Session, place_id: int, language: str, title: str | None, body: str, author_id: int | None = None
) -> int:
    """Keep a text in the language it was written in, approved; its id. Its author checks no wording of it."""
    return store.write_source(session, place_id, language, title, body, author_id)


def revise_source(session: Session, text_id: int, title: str | None, body: str, now: datetime) -> int:
    """Change a text: a new revision, for which all wordings are outdated; the revision's number.

    Those who were asked for the older one have nothing to do any more; `ask_for_wordings` asks anew.
    """
    del now  # the revision's number says what came after what
    text = store.text_locked(session, text_id) or text_of(session, text_id)
    source = store.wording_of(session, text_id, text.source_language)
    assert source is not None
    text.revision += 1
    source.title, source.body, source.revision = title, body, text.revision
    session.flush()
    store.outdate(session, text_id, text.source_language)
    return text.revision


def readings(session: Session, text_ids: Iterable[int]) -> dict[int, Wordings]:
    """The approved wordings of texts, from one query: thousands of letters are worded from it."""
    found: dict[int, Wordings] = {}
    for text_id, source, revision, language, title, body in store.approved(session, text_ids):
        by = found.setdefault(text_id, Wordings(source, revision, {})).by
        assert isinstance(by, dict)
        by[language] = (title, body)
    return found


def reading(session: Session, text_id: int, languages: Sequence[str | None]) -> Reading:
    """What a reader with these languages (their own, their second) reads of a text."""
    return readings(session, [text_id])[text_id].read_by(languages)


def coverage(session: Session, text_id: int, languages: Iterable[str]) -> dict[str, str]:
    """How a text stands in each of these languages: a wording's state, or 'missing'."""
    states = {wording.language: wording.state for wording in store.wordings_of(session, text_id)}
    return {language: states.get(language, MISSING) for language in languages}


@dataclass(frozen=True)
class Work:
    """How a text stands in a language, and who is at it: numbers, never names. `state` as `coverage` gives it."""

    state: str
    origin: str | None
    helpers: int
    """How many write this language at all."""
    asked_to_write: int
    asked_to_check: int
    """How many have been asked, and have neither done it nor passed."""
    wished_by: int
    """How many readers asked for it by a button."""


def work_on(session: Session, text_id: int, languages: Iterable[str]) -> dict[str, Work]:
    """Who still works on what, by language."""
    text = text_of(session, text_id)
    kept = {wording.language: wording for wording in store.wordings_of(session, text_id)}
    asked = [one for one in helpers_store.asks_for(session, text_id, text.revision) if one.state == "asked"]
    wishes = helpers_store.wishes_for(session, text_id)
    return {
        tag: Work(
            state=kept[tag].state if tag in kept else MISSING,
            origin=kept[tag].origin if tag in kept else None,
            helpers=len(helpers_store.helpers_for(session, text.place_id, tag)),
            asked_to_write=sum(one.language == tag and one.task == helpers.TRANSLATE for one in asked),
            asked_to_check=sum(one.language == tag and one.task == helpers.CHECK for one in asked),
            wished_by=wishes.get(tag, 0),
        )
        for tag in languages
    }


def approve(
    session: Session,
    text_id: int,
    language: str,
    by: Resident | None,
    now: datetime,
    *,
    checked_elsewhere: bool = False,
) -> Wording:
    """A coordinator (`by`; None at the command line) lets a wording be sent. Approving twice changes nothing.

    Somebody other than its writer has found it right, or `checked_elsewhere` says that a person outside has. Raises
    WordingUnchecked where nobody has, where there is none, or where its source has changed since; NotYours for others.
    """
    text = store.text_locked(session, text_id) or text_of(session, text_id)
    if by is not None and (text.place_id != by.place_id or not has_role(session, by, "coordinator")):
        raise NotYours
    wording = store.wording_of(session, text_id, language)
    enough = {"reviewed", "needs_review"} if checked_elsewhere else {"reviewed"}
    if wording is not None and wording.state == "approved":
        return wording
    if wording is None or wording.state not in enough:
        raise WordingUnchecked
    release(session, wording, now)
    return wording


def release(session: Session, wording: Wording, now: datetime) -> None:
    """A wording may be sent from now on; it comes to those who wished for it."""
    text = text_of(session, wording.text_id)
    wording.state, wording.note = "approved", None
    for task in (helpers.TRANSLATE, helpers.CHECK):
        helpers_store.close_asks(session, text.id, wording.language, task)
    session.flush()
    for resident_id in helpers_store.take_wishes(session, text.id, wording.language):
        facts = {"text": text.id, "language": wording.language}
        dedupe = f"wording_here:{text.id}.{text.revision}.{wording.language}:{resident_id}"
        owe(session, text.place_id, "wording_here", facts, dedupe, now, resident_id=resident_id)


def ask_for_wordings(session: Session, text_id: int, now: datetime, languages: Iterable[str] | None = None) -> int:
    """Ask helpers to write what is missing; how many people were asked.

    In these languages; without any, in those that the public message is meant for, else in all of the place. Two of a
    language are asked (three where it is urgent), those asked least recently first. Whoever was asked for this revision
    already is not asked again.
    """
    text = text_of(session, text_id)
    place = places.place_by_id(session, text.place_id)
    broadcast = helpers_store.broadcast_saying(session, text_id)
    meant = (broadcast.audience.get("languages") if broadcast is not None else None) or place.languages
    kept = {wording.language: wording for wording in store.wordings_of(session, text_id)}
    missing = [
        tag
        for tag in (languages or meant)
        if tag != text.source_language and (tag not in kept or kept[tag].state not in UNDER_WAY)
    ]
    return sum(
        helpers.ask_first(session, text, place, tag, now, kept[tag].writer_id if tag in kept else None)
        for tag in missing
    )


def wish(session: Session, resident: Resident, text_id: int, language: str) -> bool:
    """A reader would like a text in a language; says whether that is new. A tick asks helpers for it.

    Once such a wording is approved, it comes to those who wished for it.
    """
    if reading(session, text_id, [language]).wished is None:
        return False
    return helpers_store.add_wish(session, text_id, language, resident.id)


def text_of(session: Session, text_id: int) -> Text:
    """The text. Raises LookupError where there is none."""
    text = store.text_by_id(session, text_id)
    if text is None:
        raise LookupError(text_id)
    return text


def _here(session: Session, letter: LetterReading) -> Matter | None:
    """What a reader wished for; nothing where it has been changed again since."""
    facts = letter.facts(session)
    found = reading(session, facts["text"], [facts["language"]])
    return None if found.wished else Matter(found, said_in=found.language, revision=found.revision)


KINDS["wording_here"] = Kind(FOLLOW_UP, timedelta(days=2), _here)
