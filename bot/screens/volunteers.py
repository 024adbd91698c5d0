"""Offering help, in words: what one offers, what one is asked, pauses."""

from collections.abc import Sequence

from bot.community.aid_seen import AskSeen
from bot.community.offers import Answered
from bot.community.volunteers import VolunteerSeen
from bot.replies import Button, Rows, Screen
from bot.screens.aid_cards import card, help_button
from bot.screens.aid_words import by_when, kind_name, languages_named, times_named, what_is_needed
from bot.screens.concerns import tell_button
from bot.screens.language import Html, _, day_in_words, label, lines, n_, paragraphs, when
from bot.screens.menu import menu_button
from bot.taps import AidTap, OfferTap, VolunteerTap


def offer(ask: AskSeen) -> Screen:
    """To a volunteer: would you help? Nothing that only the two sides may see."""
    text = paragraphs(
        _("<b>Can you help a neighbour?</b>"),
        what_is_needed(ask),
        _("Please answer until {when}. A no costs nothing.", when=when(ask.answer_by, ask.timezone))
        if ask.answer_by is not None
        else "",
    )
    yes = Button(label("Yes, I can"), OfferTap(ask.id, "yes"))
    return Screen(
        text, ((yes, Button(label("No, not this time"), OfferTap(ask.id, "no"))), (help_button(), tell_button(ask.id)))
    )


def waiting(asks: Sequence[AskSeen]) -> Screen:
    """What I am asked and have not answered: each with a button."""
    if not asks:
        return Screen(_("Nobody is asking for you at the moment."), ((help_button(), menu_button()),))
    rows: Rows = tuple((Button(_line(ask), OfferTap(ask.id, "show")),) for ask in asks)
    return Screen(_("<b>Can you help a neighbour?</b>"), (*rows, (help_button(), menu_button())))


def _line(ask: AskSeen) -> str:
    return label("{kind}: {when}", kind=kind_name(ask.kind), when=by_when(ask))


def answered(answer: Answered) -> Screen:
    """After a yes or a no."""
    if answer.won is None:
        text = paragraphs(_("Thank you for answering."), _("Somebody else is asked. It costs you nothing."))
        return Screen(text, ((help_button(), menu_button()),))
    if not answer.won:
        return taken("taken")
    shown = card(answer.ask)
    return Screen(paragraphs(_("<b>Thank you! The neighbour is told.</b>"), shown.text), shown.rows)


def taken(state: str) -> Screen:
    """Somebody was quicker, or it is not needed any more: thanks at once."""
    why = (
        _("A neighbour was quicker. Thank you: you keep your place in the queue.")
        if state == "taken"
        else _("This is no longer needed. Thank you for being there.")
    )
    return Screen(why, ((help_button(), menu_button()),))


def pause_asked(_silences: int) -> Screen:
    """After two offers without an answer."""
    text = _("You did not answer the last times, which is quite all right. Shall I ask you nothing for a while?")
    return Screen(text, (*_pauses(), (Button(label("No, go on asking me"), VolunteerTap("resume")),)))


def _pauses() -> Rows:
    week = Button(label("Pause for a week"), VolunteerTap("week"))
    return ((week, Button(label("Pause for a month"), VolunteerTap("month"))),)


def what_i_offer(shown: VolunteerSeen) -> Screen:
    """What I offer, and how to change it."""
    offering = shown.offering
    text = paragraphs(
        _("<b>What you offer</b>"),
        lines(
            _("Parts of the neighbourhood: {patches}", patches=", ".join(shown.patches)),
            _("Languages: {languages}", languages=languages_named(offering.languages)),
            _("Times: {times}", times=times_named(offering.slots)),
            n_("At most {n} ask a week", "At most {n} asks a week", offering.per_week),
            n_("This week you have taken on {n}.", "This week you have taken on {n}.", shown.taken),
        ),
        _checked(shown),
        _away(shown),
    )
    back = label("No, I am here then") if shown.paused_from else label("I am back")
    holidays = Button(label("Holidays …"), VolunteerTap("away"))
    pauses = ((Button(back, VolunteerTap("resume")),),) if shown.paused_until else (*_pauses(), (holidays,))
    return Screen(
        text,
        (
            (Button(label("Change what I offer"), VolunteerTap("change")),),
            *pauses,
            (Button(label("Offer nothing any more"), VolunteerTap("leave")),),
            (help_button(), menu_button()),
        ),
    )


def _away(shown: VolunteerSeen) -> Html:
    if shown.paused_until is None:
        return Html("")
    until = when(shown.paused_until, shown.timezone)
    if shown.paused_from is not None:
        return _("You are away from {when} until {until}.", when=when(shown.paused_from, shown.timezone), until=until)
    return _("You pause until {when}.", when=until)


def _checked(shown: VolunteerSeen) -> Html:
    if shown.checked_until is None:
        return _("Some asks are only for checked volunteers: the coordinator can note your check.")
    return _("Your check holds until {day}.", day=day_in_words(shown.checked_until))


def sure_leave(promised: int) -> Screen:
    """Asked once."""
    told = n_(
        "What you have promised ({n} ask) is asked of others.",
        "What you have promised ({n} asks) is asked of others.",
        promised,
    )
    text = paragraphs(_("Shall I ask you for nothing any more?"), told if promised else "")
    yes = Button(label("Yes, offer nothing any more"), VolunteerTap("sure_leave"))
    return Screen(text, ((yes,), (Button(label("Back"), AidTap("offer")),)))


def left() -> Screen:
    """After it."""
    text = _("Thank you for all your help. You can offer again whenever you like.")
    return Screen(text, ((help_button(), menu_button()),))


def offering_kept(shown: VolunteerSeen) -> Screen:
    """After offering."""
    known = what_i_offer(shown)
    thanks = _("Thank you! You are asked only for what you offered.")
    return Screen(paragraphs(thanks, known.text), known.rows)
