"""Letters about help, in words: to the two sides, and that something waits to coordinators."""

from bot.community.aid_letters import News, Waits
from bot.community.aid_seen import ASKER, AskSeen
from bot.community.pairs import Urgency
from bot.replies import Button, Screen
from bot.screens import aid_cards as screens
from bot.screens.aid_words import time_needed, what_is_needed, why_nobody
from bot.screens.language import Html, _, label, n_, paragraphs, when
from bot.screens.menu import menu_button
from bot.taps import DeskTap


def news(told: News) -> Screen:
    """A piece of news for one side of an ask, above its card."""
    head = _head(told.what, told.ask)
    if told.what in {"called_off", "thanks"}:
        return Screen(paragraphs(head, what_is_needed(told.ask)), ((screens.help_button(), menu_button()),))
    card = screens.card(told.ask)
    return Screen(paragraphs(head, card.text), card.rows)


def _head(what: str, ask: AskSeen) -> Html:
    match what:
        case "asking":
            return _("Nobody has said yes so far. I go on asking.")
        case "matched":
            return _("<b>A neighbour will help you.</b> You can talk with them through me.")
        case "released":
            return _("The neighbour cannot after all. I am asking others.")
        case "coordinator":
            return _("I have asked everybody I could. The coordinator looks into it now.")
        case "still":
            return _("Nobody was found in time; I am sorry. Do you still need it?")
        case "reminder":
            return _("A reminder: today you help a neighbour.")
        case "shared":
            return _("The neighbour you help has shared the exact place.")
        case "changed":
            return _("The neighbour you help has changed something.")
        case _:
            return _more(what, ask)


def _more(what: str, ask: AskSeen) -> Html:
    match what:
        case "worked":
            return _("Did it work out?")
        case "nudge":
            return _("You have not said yet: did it work out?")
        case "confirm":
            return _("The neighbour says that it is done. Is it so?")
        case "expired":
            return _("I have closed this, since I did not hear from you. You can ask again at any time.")
        case "called_off":
            return _("This is no longer needed. Thank you for being ready to help.")
        case "thanks":
            return _("The neighbour you helped says: <b>thank you!</b>")
        case _:
            return _("The coordinator has closed this.") if ask.side == ASKER else _("Something has changed.")


def waits(told: Waits) -> Screen:
    """To a coordinator: an ask waits, and why; not what it says."""
    head = (
        _("<b>An urgent ask waits.</b> Number {n}.", n=told.id)
        if told.urgency == Urgency.URGENT
        else _("<b>An ask waits for you.</b> Number {n}.", n=told.id)
    )
    asked = n_("{n} neighbour has been asked.", "{n} neighbours have been asked.", told.asked)
    until = _("It is needed until {when}.", when=when(told.due_at, told.timezone))
    look = Button(label("Look at it"), DeskTap(told.id, "show"))
    return Screen(paragraphs(head, _why(told), asked, until), ((look, menu_button()),))


def _why(told: Waits) -> Html:
    match told.what:
        case "urgent":
            return _("Neighbours are being asked now.")
        case "alert":
            return _("Nobody has said yes yet.")
        case "silent":
            return _("Neither side has said whether it worked out.")
        case _:
            return why_nobody(told.gap, time_needed(told.urgency, told.due_at, told.slots, told.timezone))
