"""Joining and coming back, in words."""

from bot.community.invites import Redemption
from bot.replies import Screen
from bot.screens.language import Html, _, paragraphs
from bot.screens.menu import menu_button
from bot.screens.residents import after_role, role_given


def which_language(place: str) -> Html:
    """The first question of all; the buttons carry the languages' own names."""
    return paragraphs(_("Welcome to {place}.", place=place), _("Which language do you want to read?"))


def about(place: str, run_by: str) -> Html:
    """Four short lines: what this is, who runs it, what is kept and for how long."""
    return paragraphs(
        _("This is {place}'s own bot. Neighbours vote, help each other and hear news here.", place=place),
        _("It is run by {run_by}. Telegram can see what you write here, as with any bot.", run_by=run_by),
        _("It keeps your first name, your language and what you agree to. Votes are counted, then deleted."),
        _("It keeps this until you send /forget. Then everything about you is erased."),
    )


def consent_question(purpose: str) -> Html:
    """One question a purpose; "no" closes nothing else."""
    match purpose:
        case "messages":
            return _("May the bot send you news of your neighbourhood? At most a few times a week, never at night.")
        case "checkins":
            return _(
                "May it ask you now and then how things are? One minute, any question can be skipped. "
                "Answers about wellbeing are only ever counted together with others'."
            )
        case "alerts":
            return _(
                "There will be a button: I need someone today. If you ever press it, may coordinators be told, "
                "so that one of them writes to you? Whoever takes it on sees your first name."
            )
        case _:
            return _(
                "May it match you with neighbours, when you ask for help or offer it? "
                "Nobody gets your name or number unless you share it."
            )


def which_patch(place: str) -> Html:
    """Where in the place."""
    return _("Which part of {place} do you live in?", place=place)


def joined(place: str, given: Redemption | None) -> Screen:
    """Done: what happens next."""
    return Screen(
        paragraphs(
            _("You are part of {place} now. Welcome!", place=place),
            role_given(given) if given else "",
            _("Press the button or send /menu at any time. /stop ends all messages."),
        ),
        after_role(given) if given else ((menu_button(),),),
    )
