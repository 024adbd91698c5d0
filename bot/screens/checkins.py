"""Check-ins in words: the invitation, one question a screen with its scale, and the thank-you."""

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.community.alerts import Line
from bot.community.checkin_answers import COVER, NOT_ANSWERED, Sheet
from bot.community.checkins import Invitation
from bot.community.instruments import Question
from bot.replies import Button, Rows, Screen
from bot.screens.alerts import need_button, numbers
from bot.screens.language import Html, _, clean, current, is_rtl, label, lines, n_, named, paragraphs, when
from bot.screens.menu import menu_button
from bot.taps import CheckinAnswerTap, CheckinTap, CompareTap, NeverAskTap, SnoozeTap, Tap

HALF = 6
"""Buttons in the upper row of a scale from 0 to 10; five in the lower."""
WORST, MIDDLE, BEST = "😟", "😐", "🙂"


def invitation(told: Invitation) -> Screen:
    """Asked at a decent hour, once: how long it takes, what leaves, and two ways to say no."""
    text = paragraphs(
        _("How are things? Here is a short check-in."),
        _how_it_works(told.questions),
        _("You can answer until {when}.", when=when(told.closes_at, told.timezone)),
    )
    return Screen(text, _cover_rows(told.round_id))


def _how_it_works(questions: int) -> Html:
    return lines(
        n_("It takes 1 minute and has {n} question.", "It takes 1 minute and has {n} questions.", questions),
        _("Only counts leave, in which nobody can be found. Skip anything you like."),
        _("You can change your answers until it closes. Then they are deleted."),
    )


def _cover_rows(round_id: int) -> Rows:
    return (
        (Button(label("Start"), CheckinTap(round_id, 1, 0)),),
        (Button(label("Next week"), SnoozeTap(round_id)), Button(label("Never again"), NeverAskTap(0))),
        (need_button(),),
    )


def sheet_screen(sheet: Sheet, faces: int, helplines: Sequence[Line]) -> Screen:
    """Somebody's check-in at one of its places."""
    if sheet.at == COVER:
        told = Invitation(sheet.round_id, len(sheet.questions), sheet.closes_at, sheet.timezone)
        screen = invitation(told)
        return Screen(screen.text, (*screen.rows, (menu_button(),)))
    question = sheet.question
    if question is None:
        return _end(sheet, faces, helplines)
    return _asked(sheet, question, faces, helplines)


def _asked(sheet: Sheet, question: Question, faces: int, helplines: Sequence[Line]) -> Screen:
    given = sheet.answers.get(sheet.at)
    text = paragraphs(
        offer_of_help(helplines) if sheet.low else "",
        _("{n} of {total}", n=sheet.at, total=len(sheet.questions)),
        question_text(question, given),
    )

    def tap_of(value: int) -> Tap:
        return CheckinAnswerTap(sheet.round_id, sheet.at, value, faces)

    rows = (*scale(question, given, faces, tap_of), *_moves(sheet, faces, given), (need_button(),))
    return Screen(text, rows)


def question_text(question: Question, given: int | None) -> Html:
    """A question as it is asked, with the answer that is kept."""
    return paragraphs(
        _said(question.intro.get(current()) or question.intro.get(question.official, "")),
        _("<b>{question}</b>", question=question.said_in(current())),
        _ends(question),
        _("Your answer: {answer}", answer=_answer_words(question, given)) if given is not None else "",
        _untranslated(question),
    )


def _said(text: str) -> Html | str:
    return _("<i>{text}</i>", text=text) if text else ""


def offer_of_help(helplines: Sequence[Line]) -> Html:
    """Said to whoever gave the lowest answer: an offer, not a judgement."""
    return paragraphs(_("If things are hard at the moment, you can talk to somebody:"), numbers(helplines))


def _ends(question: Question) -> Html | str:
    """What the two ends of a scale of numbers mean: words always, faces or not."""
    if not question.ends:
        return ""
    least, most = question.words[question.spoken(current())]
    return lines(
        _("{n} – {words}", n=question.first, words=least),
        _("{n} – {words}", n=question.last, words=most),
    )


def _answer_words(question: Question, value: int) -> Html | str:
    return str(value) if question.ends else clean(_word(question, value))


def _word(question: Question, value: int) -> str:
    return question.words[question.spoken(current())][value - question.first]


def _untranslated(question: Question) -> Html | str:
    if question.spoken(current()) == current():
        return ""
    return _("<i>This question has not been translated into your language yet.</i>")


def scale(question: Question, given: int | None, faces: int, tap_of: Callable[[int], Tap]) -> Rows:
    """The answers as buttons. A scale of numbers runs as its language does: from the right in a right-to-left one."""
    buttons = [_value(question, value, given, faces, tap_of) for value in question.values]
    if not question.ends:
        return tuple((button,) for button in buttons)
    rows = [tuple(buttons[:HALF]), tuple(buttons[HALF:])]
    return tuple(row[::-1] if is_rtl() else row for row in rows if row)


def _value(question: Question, value: int, given: int | None, faces: int, tap_of: Callable[[int], Tap]) -> Button:
    text = str(value) if question.ends else clean(_word(question, value))
    if faces and (face := _face(question, value)):
        text = f"{face} {text}"
    if given == value:
        return Button(label("✓ {option}", option=text), tap_of(value))
    return Button(text if question.ends else named(text), tap_of(value))


def _face(question: Question, value: int) -> str:
    """A face for the two ends and the middle, looking as the answer is meant."""
    worst, best = (question.first, question.last) if question.better == "high" else (question.last, question.first)
    middle = (question.first + question.last) // 2 if (question.last - question.first) % 2 == 0 else None
    return {worst: WORST, best: BEST, middle: MIDDLE}.get(value, "")


def _moves(sheet: Sheet, faces: int, given: int | None) -> Rows:
    back = Button(label("Back"), CheckinTap(sheet.round_id, sheet.at - 1, faces))
    on = Button(label("Skip") if given is None else label("Next"), CheckinTap(sheet.round_id, sheet.at + 1, faces))
    take_back = Button(label("✗ Take back"), CheckinAnswerTap(sheet.round_id, sheet.at, NOT_ANSWERED, faces))
    look = Button(
        label("Without faces") if faces else label("With faces"), CheckinTap(sheet.round_id, sheet.at, int(not faces))
    )
    return ((back, on), (take_back, look) if given is not None else (look,))


def _end(sheet: Sheet, faces: int, helplines: Sequence[Line]) -> Screen:
    """Thank-you, with the same signposts for everyone, whatever they answered."""
    text = paragraphs(
        _("Thank you. That is all."),
        n_("{n} answer is kept.", "{n} answers are kept.", sheet.answered),
        _(
            "You can change your answers until {when}. Then they are counted and deleted, and you hear what came of it.",
            when=when(sheet.closes_at, sheet.timezone),
        ),
        _("If you ever want to talk to somebody:"),
        numbers(helplines),
        _comparison(sheet.compare),
    )
    return Screen(text, (*_compare_row(sheet), *_end_rows(sheet, faces)))


def _comparison(wished: bool | None) -> Html | str:  # noqa: FBT001
    if wished is None:
        return ""
    if wished:
        return _("Your answers will be compared with your next check-in. Only better, same or worse is counted.")
    return _(
        "May your answers be compared with your next check-in? Only better, same or worse is counted. "
        "Until then one rough value stays connected with you, for 120 days at most."
    )


def _compare_row(sheet: Sheet) -> Rows:
    if sheet.compare is None or not sheet.answered:
        return ()
    wish = label("Do not compare") if sheet.compare else label("Yes, compare")
    return ((Button(wish, CompareTap(sheet.round_id, int(not sheet.compare))),),)


def _end_rows(sheet: Sheet, faces: int) -> Rows:
    again = Button(label("Look at my answers"), CheckinTap(sheet.round_id, 1, faces))
    return ((again,), (need_button(),), (menu_button(),))


def noted(sheet: Sheet) -> str:
    """Toast after an answer."""
    return label("Thank you. You can change this for a week.") if sheet.echo else answer_noted()


def answer_noted() -> str:
    """Toast after an answer to a check-in."""
    return label("Thank you. Noted.")


def taken_back() -> str:
    """Toast after an answer was taken back."""
    return label("Taken back.")


def snoozed(again: datetime | None, timezone: str) -> Screen:
    """After "next week"."""
    if again is None:
        return Screen(
            _("All right. This one closes before next week is over, so the next one comes instead."),
            ((menu_button(),),),
        )
    return Screen(_("All right. I will ask again: {when}.", when=when(again, timezone)), ((menu_button(),),))


def sure_never() -> Screen:
    """Asked once before the consent is withdrawn."""
    text = paragraphs(
        _("Shall I never ask you check-ins again? What you answered in one that is open now is deleted, uncounted."),
        _("You can change your mind at any time: Menu, My choices."),
    )
    return Screen(text, ((Button(label("Yes, never again"), NeverAskTap(1)),), (menu_button(),)))


def never_again() -> Screen:
    """After "never again"."""
    return Screen(
        _("All right, no more check-ins. Menu, My choices, if you ever change your mind."), ((menu_button(),),)
    )
