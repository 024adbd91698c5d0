"""Language helpers: which languages they write, and whose turn it is to be asked."""

from collections.abc import Iterable
from datetime import datetime

from bot.community.hours import decent
from bot.community.letters import owe
from bot.store import helpers as store
from bot.store.tables import Place, Resident, Text
from bot.store.writer import Session

AT_ONCE, AT_ONCE_URGENT = 2, 3
"""How many are asked to write at once: the first who does is enough, and another of them can check."""
TRANSLATE, CHECK = "translate", "check"


def languages_of(session: Session, resident: Resident) -> list[str]:
    """The languages that a helper said they write."""
    return store.languages_of(session, resident.id)


def set_languages(session: Session, resident: Resident, languages: Iterable[str]) -> None:
    """A helper writes these languages, and no others."""
    store.set_languages(session, resident, languages)


def is_urgent(session: Session, text_id: int) -> bool:
    """Whether a text is said by an urgent public message."""
    broadcast = store.broadcast_saying(session, text_id)
    return broadcast is not None and broadcast.kind == "urgent"


def ask_first(session: Session, text: Text, place: Place, language: str, now: datetime) -> int:
    """Ask the first helpers to write a text in a language; 0 where some were asked already, or there is none."""
    if store.asks_for(session, text.id, text.revision, language, TRANSLATE):
        return 0
    many = AT_ONCE_URGENT if is_urgent(session, text.id) else AT_ONCE
    return ask(session, text, place, language, TRANSLATE, now, many=many)


def ask(
    session: Session,
    text: Text,
    place: Place,
    language: str,
    task: str,
    now: datetime,
    *,
    many: int = 1,
    never: Iterable[int | None] = (),
) -> int:
    """Ask so many more helpers of a language, those asked least recently first; how many were found.

    Whoever was asked the same already is not asked again, nor are those named by `never`.
    """
    known = {one.resident_id for one in store.asks_for(session, text.id, text.revision, language, task)}
    known |= {one for one in never if one is not None}
    free = [one.resident_id for one in store.helpers_for(session, place.id, language) if one.resident_id not in known]
    for resident_id in free[:many]:
        ask_one(session, text, place, language, task, resident_id, now)
    return len(free[:many])


def ask_one(
    session: Session,
    text: Text,
    place: Place,
    language: str,
    task: str,
    resident_id: int,
    now: datetime,
    stamp: str = "",
) -> None:
    """Ask one helper, by letter, at a decent hour unless it is urgent. `stamp` tells one wording from the next."""
    store.note_asked(session, text.id, language, resident_id, task, text.revision, now)
    facts = {"text": text.id, "language": language, "revision": text.revision, "task": task}
    dedupe = f"wording_{task}:{text.id}.{text.revision}.{language}.{stamp}:{resident_id}"
    start = now if is_urgent(session, text.id) else decent(place, now)
    owe(session, place.id, "wording_ask", facts, dedupe, now, resident_id=resident_id, not_before=start)
