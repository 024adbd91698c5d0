"""A check-in filled in with somebody, in words: the form that a community researcher holds in their hands."""

from collections.abc import Callable, Sequence

from bot.community.alerts import Line
from bot.community.assisting import Visit
from bot.community.checkin_answers import COVER, NOT_ANSWERED
from bot.replies import Button, Rows, Screen
from bot.screens.alerts import numbers
from bot.screens.checkins import offer_of_help, question_text, scale
from bot.screens.language import LANGUAGES, Html, _, label, n_, named, paragraphs, when
from bot.screens.menu import back_to_menu, menu_button
from bot.taps import AssistAnswerTap, AssistTap, Tap

HAS_ACCOUNT = -1
"""Where a form goes for somebody who has an account: nowhere."""
ACROSS = 2


def form_screen(form: Visit, helplines: Sequence[Line]) -> Screen:
    """Somebody's form at one of its places."""
    if form.at == COVER:
        return _cover(form)
    if form.at > form.steps:
        return _end(form, helplines)
    question = form.question
    if question is not None:
        body = question_text(question, form.given.get(form.at))
        answers = scale(question, form.given.get(form.at), 0, _tap_of(form))
    else:
        body, answers = _of_the_person(form)
    text = paragraphs(
        offer_of_help(helplines) if form.low else "", _("{n} of {total}", n=form.at, total=form.steps), body
    )
    return Screen(text, (*answers, *_moves(form)))


def _tap_of(form: Visit) -> Callable[[int], Tap]:
    """The button of each answer at this place of a form."""
    return lambda value: AssistAnswerTap(form.round_id, form.at, value, form.visit)


def _cover(form: Visit) -> Screen:
    """First of all: whoever has an account answers there, or would be counted twice."""
    text = paragraphs(
        _("<b>A check-in with somebody who has no telephone or account</b>"),
        n_("{n} question. Ask it as it stands, and enter what they say.",
           "{n} questions. Ask them as they stand, and enter what they say.", len(form.questions)),
        _("Nothing is kept of who they are, nor that you asked them. Tell them so, and that only counts leave."),
        _("Has this person an account here? Then they answer on their own telephone, or they would be counted twice."),
        _("You can answer until {when}.", when=when(form.closes_at, form.timezone)),
    )  # fmt: skip
    begin = Button(label("No account: begin"), AssistTap(form.round_id, 1, form.visit))
    has = Button(label("They have an account"), AssistTap(form.round_id, HAS_ACCOUNT, form.visit))
    return Screen(text, ((begin,), (has,), (menu_button(),)))


def they_answer_themselves() -> Screen:
    """After "they have an account"."""
    return back_to_menu(
        label(
            "Then they answer themselves, with /menu on their own telephone. You can read it out to them. Nothing was kept."
        )
    )


def _of_the_person(form: Visit) -> tuple[Html, Rows]:
    """What is told apart in this check-in: one of a few groups, or rather not."""
    assert form.group is not None
    breakdown, known = form.group
    tap_of, given = _tap_of(form), form.given.get(form.at)
    words = [_group_words(breakdown, key, name) for key, name in known]
    buttons = [
        Button(label("✓ {option}", option=word) if number == given else word, tap_of(number))
        for number, word in enumerate(words)
    ]
    return _asked_of(breakdown), tuple(tuple(buttons[at : at + ACROSS]) for at in range(0, len(buttons), ACROSS))


def _asked_of(breakdown: str) -> Html:
    match breakdown:
        case "patch":
            return _("<b>Where do they live?</b>")
        case "language":
            return _("<b>Which language do they like to read or hear?</b>")
        case _:
            return _("<b>How old are they?</b>")


def _group_words(breakdown: str, key: str, name: str) -> str:
    if not key:
        return label("Other, or rather not say")
    return LANGUAGES[key].autonym if breakdown == "language" and key in LANGUAGES else named(name)


def _moves(form: Visit) -> Rows:
    back = Button(label("Back"), AssistTap(form.round_id, form.at - 1, form.visit))
    given = form.at in form.given
    on = Button(label("Next") if given else label("Skip"), AssistTap(form.round_id, form.at + 1, form.visit))
    take_back = Button(label("✗ Take back"), _tap_of(form)(NOT_ANSWERED))
    first = (on,) if form.at == 1 else (back, on)
    return (first, (take_back,)) if given else (first,)


def _end(form: Visit, helplines: Sequence[Line]) -> Screen:
    text = paragraphs(
        _("Thank you. That is all."),
        n_("{n} answer is kept.", "{n} answers are kept.", form.answered)
        if form.answered
        else _("No question was answered, so nothing is counted."),
        _("Once you leave this form you cannot find it again: nothing says whose it was."),
        _("If they ever want to talk to somebody:"),
        numbers(helplines),
    )
    look = Button(label("Look at the answers"), AssistTap(form.round_id, 1, form.visit))
    another = Button(label("Somebody else"), AssistTap(form.round_id, COVER, "-"))
    return Screen(text, ((look,), (another,), (menu_button(),)))
