"""What a helper is asked while they write, and what the checks noticed: kind, and never the last word."""

from collections.abc import Sequence

from bot.community.lint import units
from bot.community.wording_checks import Remark
from bot.community.wording_seen import Task
from bot.screens.language import Html, _, label, n_, paragraphs
from bot.screens.wordings import ROOM, language_name, quoted, what_must_stay


def question(task: Task, field: str, beside: str = "") -> Html:
    """Please write the title, or the message; with the source, unless that and what stands beside it are too long."""
    source = (task.title or "") if field == "title" else task.body
    name = language_name(task.language)
    return paragraphs(
        _("Please write the title in {language}.", language=name)
        if field == "title"
        else _("Please write the message in {language}.", language=name),
        quoted(None, source, task.source_language) if units(source + beside) <= ROOM else "",
        what_must_stay(),
    )


def with_words_so_far(task: Task, field: str, words: str, origin: str) -> Html:
    """There are words already: by a machine, by oneself or others for an older source, or by somebody else."""
    match origin:
        case "machine":
            said = _("Here is a machine draft. Machines make mistakes: please correct it.")
        case "own":
            said = _("The original has changed while you were writing. Here is what you wrote; does it still fit?")
        case "outdated":
            said = _("Here are the words for the original as it was before. It has changed since.")
        case _:
            said = _("Here are the words that there are so far.")
    return paragraphs(
        question(task, field, words),
        said,
        quoted(None, words, task.language),
        _("Press the button, or write it anew."),
    )


def they_can_stay() -> str:
    """Button: the words that there are will do."""
    return label("These words can stay")


def hints(found: Sequence[Remark], language: str) -> Html:
    """What the checks noticed; where a human may know better, they say so."""
    must = any(one.must for one in found)
    last = _("Please write it once more.") if must else _("Write it once more, or say that it is right so.")
    return paragraphs(_("Please have a look:"), Html("\n".join(hint(one, language) for one in found)), last)


def it_is_right_so() -> str:
    """Button: the human knows better."""
    return label("It is right so")


def hint(remark: Remark, language: str) -> Html:
    """One thing that a check noticed."""
    match remark.check:
        case "too_long":
            return n_("It is {n} character too long.", "It is {n} characters too long.", int(remark.about[0]))
        case "script":
            return _("Most of it is not in the letters of {language}.", language=language_name(language))
        case "same":
            return _("It is the same as the original.")
        case check if check.endswith("missing"):
            return _missing(check, " · ".join(remark.about))
        case check:
            return _added(check, " · ".join(remark.about))


def _missing(check: str, what: str) -> Html:
    match check:
        case "links_missing":
            return _("Links of the original that are missing: {what}", what=what)
        case "phones_missing":
            return _("Phone numbers of the original that are missing: {what}", what=what)
        case "times_missing":
            return _("Times of the original that are missing: {what}", what=what)
        case "numbers_missing":
            return _("Numbers of the original that are missing: {what}", what=what)
        case _:
            return _("Words in curly brackets that must stay as they are: {what}", what=what)


def _added(check: str, what: str) -> Html:
    match check:
        case "links_added":
            return _("Links that the original does not have: {what}", what=what)
        case "phones_added":
            return _("Phone numbers that the original does not have: {what}", what=what)
        case "times_added":
            return _("Times that the original does not have: {what}", what=what)
        case "numbers_added":
            return _("Numbers that the original does not have: {what}", what=what)
        case _:
            return _("Words in curly brackets that the original does not have: {what}", what=what)
