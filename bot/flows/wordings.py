"""Language helpers' conversations: writing a text in a language, changing another's words, the languages one writes."""

from bot.community import helpers, wording_tasks
from bot.community.helpers import CHECK, TRANSLATE
from bot.community.lint import TEXT_LIMIT, units
from bot.community.residents import has_role
from bot.community.wording_checks import TITLE_AT_MOST, remarks, spare
from bot.community.wording_seen import Task
from bot.flows.talk import Choice, Talk
from bot.refusals import NotYours
from bot.replies import Screen
from bot.screens import wording_hints as hints
from bot.screens import wordings as screens
from bot.screens.language import LANGUAGES, label
from bot.screens.wordings import ROOM
from bot.store.tables import Resident

STAYS = "="
"""The key of the button that keeps the words there are."""
ENOUGH = "-"
REWRITE, NOTE = "rewrite", "note"


def write_wording(talk: Talk) -> Screen:
    """A helper puts a text into a language: title, message, what the checks noticed, and a last look."""
    helper = _resident(talk)
    task = _task(talk, helper, TRANSLATE)
    if task is None:
        return screens.nothing_to_do()
    title, body = _words(talk, task)
    talk.confirm("sure", screens.sure_to_hand_in(task, title, body), label("Yes, hand it in"))
    wording_tasks.hand_in(talk.session, helper, task, title, body, talk.now)
    return screens.handed_in()


def change_wording(talk: Talk) -> Screen:
    """A checker finds that something must change: they write it better, or say what should."""
    checker = _resident(talk)
    task = _task(talk, checker, CHECK)
    if task is None:
        return screens.nothing_to_do()
    if task.so_far is None or task.so_far.stamp != talk.answers.get("_stamp"):
        return screens.asked(task)  # somebody else has changed it meanwhile: these are other words
    how = talk.choose("how", screens.how_to_change(task), _ways())
    note = talk.write("note", screens.note_question(), at_most=wording_tasks.NOTE_AT_MOST) if how == NOTE else ""
    title, body = _words(talk, task) if how == REWRITE else (None, "")
    sure = screens.sure_to_send_back(note, task.language) if note else screens.sure_to_hand_in(task, title, body)
    talk.confirm("sure", sure, label("Yes, send it"))
    if note:
        wording_tasks.send_back(talk.session, checker, task, note, talk.now)
        return screens.sent_back()
    wording_tasks.correct(talk.session, checker, task, title, body, talk.now)
    return screens.handed_in()


def return_wording(talk: Talk) -> Screen:
    """A coordinator does not let words go: what should change is told to whoever wrote them."""
    coordinator = _resident(talk)
    task = _task(talk, coordinator, "approve")
    if task is None:
        return screens.nothing_to_do()
    if task.so_far is None or task.so_far.stamp != talk.answers.get("_stamp"):
        return screens.to_let_go(task)
    note = talk.write("note", screens.note_question(), at_most=wording_tasks.NOTE_AT_MOST)
    talk.confirm("sure", screens.sure_to_send_back(note, task.language), label("Yes, send it"))
    wording_tasks.send_back(talk.session, coordinator, task, note, talk.now)
    return screens.sent_back()


def written_languages(talk: Talk) -> Screen:
    """A helper says which languages they write: one after the other, by their own names."""
    helper = _resident(talk)
    if not has_role(talk.session, helper, "helper"):
        raise NotYours
    left = [tag for tag in talk.place.languages if tag in LANGUAGES]
    chosen = [talk.choose("language1", screens.which_to_write(), _named(left), across=2)]
    while remaining := [tag for tag in left if tag not in chosen]:
        choices = [Choice(ENOUGH, label("No, that is all")), *_named(remaining)]
        more = talk.choose(f"language{len(chosen) + 1}", screens.which_besides(chosen), choices, across=2)
        if more == ENOUGH:
            break
        chosen.append(more)
    helpers.set_languages(talk.session, helper, chosen)
    return screens.languages_noted(chosen)


def _resident(talk: Talk) -> Resident:
    if talk.person.resident is None:
        raise NotYours
    return talk.person.resident


def _task(talk: Talk, resident: Resident, task: str) -> Task | None:
    """The task that this conversation is about, as it stands now. Raises NotYours when the right to it is lost."""
    text, language = int(talk.answers["_text"]), talk.answers["_language"]
    return wording_tasks.my_task(talk.session, resident, text, language, task, talk.now)


def _named(tags: list[str]) -> list[Choice]:
    return [Choice(tag, LANGUAGES[tag].autonym) for tag in tags]


def _ways() -> list[Choice]:
    return [
        Choice(REWRITE, label("I write it better")),
        Choice(NOTE, label("I say what should change")),
    ]


def _words(talk: Talk, task: Task) -> tuple[str | None, str]:
    """Title (where the source has one) and body, each looked through by the checks."""
    title = None
    if task.title is not None:
        title = " ".join(_field(talk, task, "title", task.title, TITLE_AT_MOST).split())
    return title, _field(talk, task, "body", task.body, spare(title, photo=task.photo))


def _field(talk: Talk, task: Task, field: str, source: str, at_most: int) -> str:
    """One of them: written, or kept as it is; again for as long as the checks notice something nobody has confirmed.

    Its questions are named after the source's revision: when that changes they are asked anew, the old words at hand.
    """
    words = _first_words(talk, task, field)
    turn = 1
    while found := remarks(source, words, task.language, at_most=at_most):
        stays = [] if any(one.must for one in found) else [Choice(STAYS, hints.it_is_right_so())]
        name = f"{field}{task.revision}.{turn}"
        answer = talk.write_or_choose(name, hints.hints(found, task.language), stays, at_most=TEXT_LIMIT)
        if answer == STAYS:
            break
        words, turn = answer, turn + 1
    return words


def _first_words(talk: Talk, task: Task, field: str) -> str:
    name = f"{field}{task.revision}"
    known, origin = _known_words(talk, task, field)
    if known is None or units(known) > ROOM:  # nobody says that words can stay which they were not shown
        return talk.write(name, hints.question(task, field), at_most=TEXT_LIMIT)
    stays = [Choice(STAYS, hints.they_can_stay())]
    question = hints.with_words_so_far(task, field, known, origin)
    answer = talk.write_or_choose(name, question, stays, at_most=TEXT_LIMIT)
    return known if answer == STAYS else answer


def _known_words(talk: Talk, task: Task, field: str) -> tuple[str | None, str]:
    """Words that need not be written again, and where they come from: one's own for an older source come first."""
    for revision in range(task.revision - 1, 0, -1):
        names = [f"{field}{revision}", *(f"{field}{revision}.{turn}" for turn in range(1, len(talk.answers)))]
        own = [talk.answers[name] for name in names if talk.answers.get(name, STAYS) != STAYS]
        if own:
            return own[-1], "own"
    if task.so_far is None:
        return None, ""
    words = task.so_far.title if field == "title" else task.so_far.body
    return words, "outdated" if task.so_far.state == "outdated" else task.so_far.origin
