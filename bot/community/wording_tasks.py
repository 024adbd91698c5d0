"""What language helpers do: write a wording, check somebody else's, send one back, pass.

Who is first wins. A wording is never checked by who wrote it last, nor by the author of its source. A normal message
takes three steps (written, found right by another helper, let go by a coordinator); of an urgent one the second helper's
word is enough, since a message that waits for a coordinator at night comes too late (facts/languages.md 3.2).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.community import helpers, wordings
from bot.community.helpers import CHECK, TRANSLATE
from bot.community.letters import FOLLOW_UP, KINDS, URGENT, Kind, Matter, Reading, owe
from bot.community.residents import has_role
from bot.community.wording_seen import Task, stamp_of, task_of
from bot.refusals import NotYours, WordingMoved
from bot.store import helpers as store
from bot.store import places, quarantine, texts
from bot.store import residents as residents_store
from bot.store.engine import Session
from bot.store.tables import Resident, Text, Wording

NOTE_AT_MOST = 500
CHECKERS, CHECKERS_URGENT = 1, 2


def my_task(session: Session, resident: Resident, text_id: int, language: str, task: str, now: datetime) -> Task | None:
    """A task as its helper sees it; None where there is nothing to do any more. Raises NotYours."""
    text = texts.text_by_id(session, text_id)
    if text is None or text.place_id != resident.place_id or not _may(session, resident, text, language, task):
        raise NotYours
    found = task_of(session, text_id, language, task)
    return found if helpers.still_of_use(store.broadcast_saying(session, text_id), now) else None


def _may(session: Session, resident: Resident, text: Text, language: str, task: str) -> bool:
    if task == "approve":
        return has_role(session, resident, "coordinator")
    if not helpers.is_helper(session, resident, language):
        return False
    return task == TRANSLATE or resident.id not in _never_check(session, text, language)


def _never_check(session: Session, text: Text, language: str) -> set[int | None]:
    """Who may not check a wording: whoever wrote it, and the author of its source."""
    written = [texts.wording_of(session, text.id, tag) for tag in (language, text.source_language)]
    broadcast = store.broadcast_saying(session, text.id)
    return {one.writer_id for one in written if one is not None} | {broadcast.made_by_id if broadcast else None}


def waiting_for(session: Session, resident: Resident, now: datetime) -> list[Task]:
    """What waits for a helper, and for a coordinator to let go; the oldest first."""
    wanted = [(one.text_id, one.language, one.task) for one in store.open_asks_of(session, resident.id)]
    if has_role(session, resident, "coordinator"):
        ready = store.wordings_in(session, resident.place_id, "reviewed")
        wanted += [(one.text_id, one.language, "approve") for one in ready]
    found = (my_task_or_none(session, resident, *one, now) for one in wanted)
    return [task for task in found if task is not None]


def my_task_or_none(
    session: Session, resident: Resident, text_id: int, language: str, task: str, now: datetime
) -> Task | None:
    """As `my_task`; None for those who may not, too."""
    try:
        return my_task(session, resident, text_id, language, task, now)
    except NotYours:
        return None


def hand_in(session: Session, writer: Resident, task: Task, title: str | None, body: str, now: datetime) -> None:
    """A helper has put a text into a language: another one is asked to check it. Raises WordingMoved, NotYours."""
    text = _held(session, task.text_id)
    now_so = my_task(session, writer, task.text_id, task.language, TRANSLATE, now)
    if now_so is None or now_so.revision != task.revision:
        raise WordingMoved
    kept = texts.wording_of(session, text.id, task.language)
    by_machine = kept is not None and kept.origin == "machine" and (kept.title, kept.body) == (title, body)
    earlier = kept.checker_id if kept is not None and kept.revision == text.revision else None
    wording = _written(session, text, task.language, writer, title, body, "machine" if by_machine else "human")
    _ask_to_check(session, text, wording, now, rather=earlier)


def correct(session: Session, checker: Resident, task: Task, title: str | None, body: str, now: datetime) -> None:
    """A helper who checked has written it better: now they are the writer, and whoever was is asked to check it.

    Where nothing was changed after all, it was found right. Raises WordingMoved where the wording is not the one that
    was looked at, NotYours.
    """
    if task.so_far is not None and (task.so_far.title, task.so_far.body) == (title, body):
        find_right(session, checker, task.text_id, task.language, _stamp(task), now)
        return
    text, wording = _looked_at(session, checker, task.text_id, task.language, _stamp(task), now)
    earlier = wording.writer_id
    wording = _written(session, text, task.language, checker, title, body, "human")
    _ask_to_check(session, text, wording, now, rather=earlier)


def take_over(session: Session, text: Text, language: str, title: str | None, body: str, now: datetime) -> None:
    """A wording that was written outside: a helper is asked to check it."""
    wording = _written(session, text, language, None, title, body, "import")
    _ask_to_check(session, text, wording, now, rather=None)


def _written(
    session: Session, text: Text, language: str, writer: Resident | None, title: str | None, body: str, origin: str
) -> Wording:
    values: Mapping[str, Any] = {
        "title": title,
        "body": body,
        "state": "needs_review",
        "revision": text.revision,
        "origin": origin,
        "writer_id": None if writer is None else writer.id,
        "checker_id": None,
        "note": None,
    }
    return texts.add_wording(session, text.id, language, values)


def _ask_to_check(session: Session, text: Text, wording: Wording, now: datetime, rather: int | None) -> None:
    """Ask somebody else to check; of those who had been asked to write, whoever is not asked this now is thanked."""
    store.close_asks(session, text.id, wording.language, CHECK)
    place = places.place_by_id(session, text.place_id)
    never = _never_check(session, text, wording.language)
    many = CHECKERS_URGENT if helpers.is_urgent(session, text.id) else CHECKERS
    stamp = stamp_of(wording)
    helpers.ask(session, text, place, wording.language, CHECK, now, many=many, never=never, rather=rather, stamp=stamp)
    checking = [one.resident_id for one in store.asks_for(session, text.id, text.revision, wording.language, CHECK)]
    helpers.thank_the_others(session, text, wording.language, now, but=[wording.writer_id, *checking])


def find_right(session: Session, checker: Resident, text_id: int, language: str, stamp: str, now: datetime) -> Wording:
    """A helper finds somebody else's wording right: a coordinator may let it go; an urgent one goes at once.

    Twice is once. Raises WordingMoved where it is not the one that was looked at, NotYours for its writer and author.
    """
    text = _held(session, text_id)
    kept = texts.wording_of(session, text_id, language)
    if kept is not None and kept.checker_id == checker.id and stamp_of(kept) == stamp and kept.state != "draft":
        return kept
    text, wording = _looked_at(session, checker, text_id, language, stamp, now)
    wording.state, wording.checker_id, wording.note = "reviewed", checker.id, None
    session.flush()
    store.close_asks(session, text_id, language, CHECK)
    if helpers.is_urgent(session, text_id):
        wordings.release(session, wording, now)
    else:
        _tell_coordinators(session, text, wording, now)
    return wording


def _tell_coordinators(session: Session, text: Text, wording: Wording, now: datetime) -> None:
    facts = {"text": text.id, "language": wording.language, "stamp": stamp_of(wording)}
    for coordinator in residents_store.residents_with(session, text.place_id, "coordinator"):
        dedupe = f"wording_ready:{text.id}.{wording.language}.{stamp_of(wording)}:{coordinator.id}"
        owe(session, text.place_id, "wording_ready", facts, dedupe, now, resident_id=coordinator.id)


def let_go(session: Session, by: Resident, text_id: int, language: str, stamp: str, now: datetime) -> Wording:
    """A coordinator lets these very words be sent. Twice is once. Raises WordingMoved for any others, NotYours."""
    _held(session, text_id)
    kept = texts.wording_of(session, text_id, language)
    if kept is None or stamp_of(kept) != stamp:
        raise WordingMoved
    return wordings.approve(session, text_id, language, by, now)


def send_back(session: Session, by: Resident, task: Task, note: str, now: datetime) -> None:
    """A wording needs a change: its writer is asked, with the note; where they are gone, the next helper.

    By whoever checks it, or by a coordinator who was to let it go. Raises WordingMoved, NotYours.
    """
    if task.task == "approve":
        text, wording = _to_let_go(session, by, task)
    else:
        text, wording = _looked_at(session, by, task.text_id, task.language, _stamp(task), now)
    wording.state, wording.note = "draft", note
    wording.checker_id = by.id if task.task == CHECK else wording.checker_id
    session.flush()
    store.close_asks(session, text.id, wording.language, CHECK)
    place = places.place_by_id(session, text.place_id)
    stamp = stamp_of(wording)
    helpers.ask(
        session, text, place, wording.language, TRANSLATE, now, rather=wording.writer_id, never=[by.id], stamp=stamp
    )


def _to_let_go(session: Session, by: Resident, task: Task) -> tuple[Text, Wording]:
    text = _held(session, task.text_id)
    wording = texts.wording_of(session, task.text_id, task.language)
    if not has_role(session, by, "coordinator") or text.place_id != by.place_id:
        raise NotYours
    if wording is None or wording.state != "reviewed" or stamp_of(wording) != _stamp(task):
        raise WordingMoved
    return text, wording


def pass_on(session: Session, resident: Resident, text_id: int, language: str, task: str, now: datetime) -> None:
    """A helper has no time: the next one is asked. Twice is once; whoever was not asked changes nothing."""
    asked = store.ask_of(session, text_id, language, resident.id, task)
    text = texts.text_by_id(session, text_id)
    if asked is None or text is None or asked.state != "asked":
        return
    asked.state = "passed"
    session.flush()
    if asked.revision == text.revision and task_of(session, text_id, language, task) is not None:
        _ask_next(session, text, language, task, now)


def _ask_next(session: Session, text: Text, language: str, task: str, now: datetime) -> int:
    place = places.place_by_id(session, text.place_id)
    never = _never_check(session, text, language) if task == CHECK else set()
    wording = texts.wording_of(session, text.id, language)
    stamp = "" if wording is None else stamp_of(wording)
    return helpers.ask(session, text, place, language, task, now, never=never, stamp=stamp)


def see_to(session: Session, now: datetime) -> int:
    """A tick: ask the next helper where one has been silent, and for what nobody was asked for; how many were asked.

    After a restore nobody is asked until all may go on: it may have been written since the backup.
    """
    if quarantine.since(session) is not None:
        return 0
    return _ask_for_the_silent(session, now) + _ask_for_the_unasked(session, now)


def _ask_for_the_silent(session: Session, now: datetime) -> int:
    latest = {(one.text_id, one.language, one.task): one for one in store.open_asks(session)}
    asked = 0
    for one in latest.values():
        if helpers.is_due(session, one, now) and task_of(session, one.text_id, one.language, one.task) is not None:
            asked += _ask_next(session, wordings.text_of(session, one.text_id), one.language, one.task, now)
    return asked


def _ask_for_the_unasked(session: Session, now: datetime) -> int:
    """Public messages that go out, what readers wished for, and wordings for which there was no second helper yet."""
    asked = sum(wordings.ask_for_wordings(session, text_id, now) for text_id in store.texts_going_out(session, now))
    asked += sum(wordings.ask_for_wordings(session, text_id, now, [tag]) for text_id, tag in store.wished(session))
    for wording in store.without_check(session):
        asked += _ask_next(session, wordings.text_of(session, wording.text_id), wording.language, CHECK, now)
    return asked


def _held(session: Session, text_id: int) -> Text:
    text = texts.text_locked(session, text_id)
    if text is None:
        raise WordingMoved
    return text


def _looked_at(
    session: Session, checker: Resident, text_id: int, language: str, stamp: str, now: datetime
) -> tuple[Text, Wording]:
    """The wording that somebody looked at, held, if it is still the same and waits to be checked."""
    text = _held(session, text_id)
    task = my_task(session, checker, text_id, language, CHECK, now)
    wording = texts.wording_of(session, text_id, language)
    if task is None or wording is None or stamp_of(wording) != stamp:
        raise WordingMoved
    return text, wording


def _stamp(task: Task) -> str:
    assert task.so_far is not None
    return task.so_far.stamp


def _asked(session: Session, reading: Reading) -> Matter | None:
    """Still to be done, at this revision, by whoever was asked."""
    facts = reading.facts(session)
    asked = store.ask_of(session, facts["text"], facts["language"], reading.resident_id or 0, facts["task"])
    task = task_of(session, facts["text"], facts["language"], facts["task"])
    if asked is None or asked.state != "asked" or task is None or task.revision != facts["revision"]:
        return None
    return Matter(task)


def _ready(session: Session, reading: Reading) -> Matter | None:
    facts = reading.facts(session)
    task = task_of(session, facts["text"], facts["language"], "approve")
    if task is None or task.so_far is None or task.so_far.stamp != facts["stamp"]:
        return None
    resident = residents_store.resident_by_id(session, reading.resident_id or 0)
    return Matter(task) if resident is not None and has_role(session, resident, "coordinator") else None


def _done(session: Session, reading: Reading) -> Matter | None:
    return Matter(str(reading.facts(session)["language"]))


KINDS["wording_ask"] = Kind(FOLLOW_UP, timedelta(days=3), _asked, unasked=True)
KINDS["wording_ask_urgent"] = Kind(URGENT, timedelta(hours=24), _asked, any_hour=True)
KINDS["wording_ready"] = Kind(FOLLOW_UP, timedelta(days=7), _ready)
KINDS["wording_done"] = Kind(FOLLOW_UP, timedelta(days=1), _done)
