"""Language helpers, heard: a task opened, passed or judged; a coordinator's yes; which languages one writes."""

from datetime import datetime

from bot.community import helpers, wording_tasks
from bot.community.helpers import CHECK, TRANSLATE
from bot.community.residents import Person, has_role
from bot.community.wording_seen import Task
from bot.handlers import talks
from bot.handlers.road import tapped
from bot.refusals import NotYours, OldButton, Refusal, WordingMoved, WordingUnchecked
from bot.replies import Edit, Reply, Say, Screen, Toast
from bot.screens import wordings as screens
from bot.screens.refusals import explain
from bot.store.engine import Session
from bot.store.tables import Resident
from bot.taps import HelperTap, LetGoTap, RightTap, TaskTap

TASKS = {
    "write": TRANSLATE,
    "show": TRANSLATE,
    "check": CHECK,
    "change": CHECK,
    "ready": "approve",
    "return": "approve",
}
"""What each act of a TaskTap is about."""
FLOWS = {"write": "wording", "change": "wording_change", "return": "wording_return"}


@tapped(TaskTap)
def task_tapped(tap: TaskTap, session: Session, person: Person, resident: Resident, now: datetime) -> list[Reply]:
    """Something about a task: look at it, begin with it, pass it on."""
    match tap.act:
        case "pass_write" | "pass_check":
            task = TRANSLATE if tap.act == "pass_write" else CHECK
            wording_tasks.pass_on(session, resident, tap.text, tap.language, task, now)
            return [Edit(screens.passed())]
        case "source" | "words":
            return [Say(_read(session, resident, tap, now))]
        case act if act in TASKS:
            task_ = wording_tasks.my_task(session, resident, tap.text, tap.language, TASKS[act], now)
            return _opened(session, person, task_, tap, now)
        case _:
            raise OldButton


def _opened(session: Session, person: Person, task: Task | None, tap: TaskTap, now: datetime) -> list[Reply]:
    if task is None:
        return [Edit(screens.nothing_to_do())]
    if tap.act not in FLOWS:
        return [Edit(_shown(task))]
    luggage = {"_text": str(tap.text), "_language": tap.language, "_stamp": task.so_far.stamp if task.so_far else ""}
    # A new message: the one with the source stays to be read while its words are written.
    return [Say(talks.begin(session, person, FLOWS[tap.act], luggage, now))]


def _shown(task: Task) -> Screen:
    return screens.to_let_go(task) if task.task == "approve" else screens.asked(task)


def _read(session: Session, resident: Resident, tap: TaskTap, now: datetime) -> Screen:
    """The source alone, or the words alone, for whoever has a task about them."""
    tasks = (
        wording_tasks.my_task_or_none(session, resident, tap.text, tap.language, task, now)
        for task in (CHECK, "approve", TRANSLATE)
    )
    found = next((task for task in tasks if task is not None), None)
    if found is None:
        return screens.nothing_to_do()
    wanted = tap.act == "words" and found.so_far is not None
    return screens.words_alone(found) if wanted else screens.source_alone(found)


@tapped(RightTap)
def found_right(tap: RightTap, session: Session, resident: Resident, now: datetime) -> list[Reply]:
    """A checker finds these very words right; where they have changed, the new ones are shown."""
    try:
        found = wording_tasks.find_right(session, resident, tap.text, tap.language, tap.stamp, now)
    except WordingMoved as moved:
        return _others(session, resident, tap, CHECK, now, moved)
    return [Edit(screens.found_right(released=found.state == "approved"))]


@tapped(LetGoTap)
def let_go(tap: LetGoTap, session: Session, resident: Resident, now: datetime) -> list[Reply]:
    """A coordinator lets these very words be sent; where they have changed, the new ones are shown."""
    try:
        wording_tasks.let_go(session, resident, tap.text, tap.language, tap.stamp, now)
    except (WordingMoved, WordingUnchecked) as moved:
        return _others(session, resident, tap, "approve", now, moved)
    return [Edit(screens.let_go())]


def _others(
    session: Session, resident: Resident, tap: RightTap | LetGoTap, task: str, now: datetime, moved: Refusal
) -> list[Reply]:
    found = wording_tasks.my_task(session, resident, tap.text, tap.language, task, now)
    return [Toast(explain(moved)), Edit(screens.nothing_to_do() if found is None else _shown(found))]


@tapped(HelperTap)
def corner_opened(tap: HelperTap, session: Session, person: Person, resident: Resident, now: datetime) -> list[Reply]:
    """A helper's own corner, or the question which languages they write."""
    match tap.what:
        case "tasks":
            return [Edit(corner(session, resident, now))]
        case "languages":
            return [Edit(talks.begin(session, person, "written_languages", {}, now))]
        case _:
            raise OldButton


def corner(session: Session, resident: Resident, now: datetime) -> Screen:
    """What waits for a helper or a coordinator."""
    helper = has_role(session, resident, "helper")
    if not helper and not has_role(session, resident, "coordinator"):
        raise NotYours
    tasks = wording_tasks.waiting_for(session, resident, now)
    return screens.corner(tasks, helpers.languages_of(session, resident), helper=helper)
