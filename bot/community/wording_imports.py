"""Wordings that come from outside: an office's translators by file, or a machine's draft. Neither is sent unreviewed."""

from dataclasses import dataclass
from datetime import datetime

from bot.community import wording_tasks, wordings
from bot.community.helpers import still_of_use
from bot.community.wording_checks import Remark, all_remarks
from bot.community.wording_seen import Task, task_of
from bot.refusals import WordingMoved
from bot.store import helpers as store
from bot.store import places, texts
from bot.store.engine import Session


@dataclass(frozen=True)
class Wanted:
    """A text that a machine may draft in a language, at a revision."""

    text_id: int
    revision: int
    source: str
    language: str
    title: str | None
    body: str


def take_in(
    session: Session, text_id: int, revision: int, language: str, title: str | None, body: str, now: datetime
) -> list[tuple[str, Remark]]:
    """A wording from a file: it needs a review by a helper. The checks' remarks, each with the field it is about.

    Where one of them must be put right nothing is kept. Raises WordingMoved where the source has changed since the file
    was made, or where an approved wording stands already; LookupError for a text that does not exist.
    """
    text = texts.text_locked(session, text_id) or wordings.text_of(session, text_id)
    kept = texts.wording_of(session, text_id, language)
    if revision != text.revision or language == text.source_language or (kept and kept.state == "approved"):
        raise WordingMoved
    source = texts.wording_of(session, text_id, text.source_language)
    assert source is not None
    photo = _has_photo(session, text_id)
    found = list(all_remarks((source.title, source.body), (title, body), language, photo=photo))
    if not any(remark.must for _field, remark in found):
        wording_tasks.take_over(session, text, language, title, body, now)
    return found


def _has_photo(session: Session, text_id: int) -> bool:
    broadcast = store.broadcast_saying(session, text_id)
    return broadcast is not None and (broadcast.photo is not None or broadcast.photo_file_id is not None)


def drafts_wanted(session: Session, now: datetime) -> list[Wanted]:
    """What a machine may draft: texts of public messages that are of use, in languages in which nobody has begun."""
    found = []
    for text_id in store.texts_going_out(session, now):
        languages = places.place_by_id(session, wordings.text_of(session, text_id).place_id).languages
        begun = {wording.language for wording in texts.wordings_of(session, text_id)}
        tasks = (task_of(session, text_id, tag, "translate") for tag in languages if tag not in begun)
        found += [_wanted(task) for task in tasks if task is not None]
    return found


def _wanted(task: Task) -> Wanted:
    return Wanted(task.text_id, task.revision, task.source_language, task.language, task.title, task.body)


def keep_draft(session: Session, wanted: Wanted, title: str | None, body: str, now: datetime) -> bool:
    """A machine's draft, for a helper to correct; says whether it was kept.

    It is dropped where a check notices anything, where a human was quicker, and where the source has changed since.
    """
    text = texts.text_locked(session, wanted.text_id)
    if text is None or text.revision != wanted.revision:
        return False
    if texts.wording_of(session, wanted.text_id, wanted.language) is not None:
        return False
    if not still_of_use(store.broadcast_saying(session, wanted.text_id), now):
        return False
    photo = _has_photo(session, wanted.text_id)
    source, words = (wanted.title, wanted.body), (title, body)
    if (title is None) is not (wanted.title is None) or not body.strip():
        return False
    if any(all_remarks(source, words, wanted.language, photo=photo)):
        return False
    values = {"title": title, "body": body, "state": "draft", "origin": "machine", "revision": text.revision}
    texts.add_wording(session, wanted.text_id, wanted.language, values)
    return True
