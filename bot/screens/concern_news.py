"""Letters about concerns, in words: that one waits, that there is an answer; never what it says."""

from bot.community.concern_letters import ConcernNews
from bot.replies import Button, Screen
from bot.screens.concerns import about_name
from bot.screens.language import Html, _, label, paragraphs, when
from bot.taps import ConcernTap


def news(heard: ConcernNews) -> Screen:
    """A letter about a concern: that it waits, or is answered. What it says is read by pressing."""
    text = paragraphs(_said_of(heard), _by_when(heard))
    return Screen(text, ((Button(label("Look at it"), ConcernTap(heard.id, "show")),),))


def _by_when(heard: ConcernNews) -> Html:
    if heard.due_at is None or heard.what in {"seen", "passed_on", "nobody"}:
        return Html("")
    return _("Please by {when}.", when=when(heard.due_at, heard.timezone))


def _said_of(heard: ConcernNews) -> Html:
    number = heard.receipt
    match heard.what:
        case "new":
            return _(
                "<b>A concern waits for you</b>, {receipt}: {about}.", receipt=number, about=about_name(heard.about)
            )
        case "passed":
            return _("<b>A concern is with you now</b>, {receipt}: {about}.",
                     receipt=number, about=about_name(heard.about))  # fmt: skip
        case "more":
            return _("There is something new about concern {receipt}.", receipt=number)
        case "reminder":
            return _("Concern {receipt} still waits for you.", receipt=number)
        case "not_content":
            return _("Whoever told concern {receipt} asks for it to be looked at again.", receipt=number)
        case "erased":
            return _("Whoever told concern {receipt} has erased themselves.", receipt=number)
        case "silent":
            return _("No answer has come about concern {receipt}. Write again, or close it.", receipt=number)
        case _:
            return _to_reporter(heard.what, number)


def _to_reporter(what: str, number: str) -> Html:
    match what:
        case "seen":
            return _("The safeguarding lead has seen {receipt}, and will answer.", receipt=number)
        case "answer":
            return _("There is an answer about {receipt}.", receipt=number)
        case "passed_on":
            return _("Another safeguarding lead looks after {receipt} now.", receipt=number)
        case "nobody":
            return _("Nobody may receive {receipt} at the moment. A new lead gets it as soon as there is one.",
                     receipt=number)  # fmt: skip
        case _:
            return _("{receipt} is closed. You can look at it, and say if you are not content.", receipt=number)
