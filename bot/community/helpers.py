"""Language helpers: which languages they write, and whose turn it is to be asked."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.community.hours import decent
from bot.community.letters import owe
from bot.community.residents import has_role
from bot.store import helpers as store
from bot.store.engine import Session
from bot.store.tables import Broadcast, Place, Resident, Text, WordingAsk

AT_ONCE, AT_ONCE_URGENT = 2, 3
"""How many are asked to write at once: the first who does is enough, and another of them can check."""
PATIENCE, PATIENCE_URGENT = timedelta(hours=6), timedelta(minutes=30)
"""After so long without a word the next helper is asked too."""
TRANSLATE, CHECK = "translate", "check"


def languages_of(session: Session, resident: Resident) -> list[str]:
    """The languages that a helper said they write."""
    return store.languages_of(session, resident.id)


def set_languages(session: Session, resident: Resident, languages: Iterable[str]) -> None:
    """A helper writes these languages, and no others."""
    store.set_languages(session, resident, languages)


def is_helper(session: Session, resident: Resident, language: str) -> bool:
    """Whether somebody is a language helper now, and writes this language."""
    return has_role(session, resident, "helper") and language in store.languages_of(session, resident.id)


def is_urgent(session: Session, text_id: int) -> bool:
    """Whether a text is said by an urgent public message."""
    broadcast = store.broadcast_saying(session, text_id)
    return broadcast is not None and broadcast.kind == "urgent"


def still_of_use(broadcast: Broadcast | None, now: datetime) -> bool:
    """Whether there is a point in wording what a public message says: not once it is called off, or past."""
    return broadcast is None or (broadcast.state != "cancelled" and broadcast.expires_at > now)


def ask_first(session: Session, text: Text, place: Place, language: str, now: datetime, last: int | None = None) -> int:
    """Ask the first helpers to write a text in a language; 0 where some were asked already, or there is none.

    `last` wrote it for the revision before, and knows it best.
    """
    if store.asks_for(session, text.id, text.revision, language, TRANSLATE):
        return 0
    many = AT_ONCE_URGENT if is_urgent(session, text.id) else AT_ONCE
    return ask(session, text, place, language, TRANSLATE, now, many=many, rather=last)


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
    rather: int | None = None,
    stamp: str = "",
) -> int:
    """Ask so many more helpers of a language, those asked least recently first; how many were found.

    Whoever was asked the same and has not answered, or has passed, is not asked again, nor are those named by `never`;
    `rather` is asked first, whatever came before. `stamp` tells one wording from the next.
    """
    if not still_of_use(store.broadcast_saying(session, text.id), now):
        return 0
    asks = store.asks_for(session, text.id, text.revision, language, task)
    known = {one.resident_id for one in asks if one.state != "done"}
    out = {one for one in never if one is not None}
    able = [one.resident_id for one in store.helpers_for(session, place.id, language) if one.resident_id not in out]
    free = [one for one in able if one == rather] + [one for one in able if one != rather and one not in known]
    for resident_id in free[:many]:
        _ask_one(session, text, place, language, task, resident_id, now, stamp)
    return len(free[:many])


def _ask_one(
    session: Session, text: Text, place: Place, language: str, task: str, resident_id: int, now: datetime, stamp: str
) -> None:
    """Ask one helper, by letter: at a decent hour, unless it is urgent."""
    urgent = is_urgent(session, text.id)
    at = now if urgent else decent(place, now)
    store.note_asked(session, text.id, language, resident_id, task, text.revision, at)
    facts = {"text": text.id, "language": language, "revision": text.revision, "task": task}
    dedupe = _dedupe(text, language, task, resident_id, stamp)
    kind = "wording_ask_urgent" if urgent else "wording_ask"
    owe(session, place.id, kind, facts, dedupe, now, resident_id=resident_id)


def _dedupe(text: Text, language: str, task: str, resident_id: int, stamp: str) -> str:
    return f"wording_{task}:{text.id}.{text.revision}.{language}.{stamp}:{resident_id}"


def thank_the_others(session: Session, text: Text, language: str, now: datetime, *, but: Iterable[int | None]) -> None:
    """Whoever was asked to write, and heard of it, is told that it is done; what was asked of them is closed."""
    done = set(but)
    for one in store.asks_for(session, text.id, text.revision, language, TRANSLATE):
        told = store.was_told(session, _dedupe(text, language, TRANSLATE, one.resident_id, ""))
        if one.state == "asked" and one.resident_id not in done and told:
            facts = {"text": text.id, "language": language, "revision": text.revision}
            dedupe = f"wording_done:{text.id}.{text.revision}.{language}:{one.resident_id}"
            owe(session, text.place_id, "wording_done", facts, dedupe, now, resident_id=one.resident_id)
    store.close_asks(session, text.id, language, TRANSLATE)


def is_due(session: Session, asked: WordingAsk, now: datetime) -> bool:
    """Whether a helper who was asked has been silent for long enough to ask the next one."""
    patience = PATIENCE_URGENT if is_urgent(session, asked.text_id) else PATIENCE
    return asked.asked_at + patience <= now
