"""Asking a neighbour for help, in words: the hub, my asks, and what is said around them (cards: aid_cards.py)."""

from collections.abc import Sequence

from bot.community.aid_seen import AskSeen
from bot.community.alerts import Line
from bot.replies import Button, Rows, Screen
from bot.screens.aid_cards import back, standing
from bot.screens.aid_words import by_when, kind_name, what_is_needed
from bot.screens.alerts import need_button, numbers
from bot.screens.concerns import tell_button
from bot.screens.language import Html, _, label, lines, n_, n_label, paragraphs
from bot.screens.menu import menu_button
from bot.taps import AidTap, AskTap, BoardTap

SHOWN = 5


def hub(asks: int, tasks: int, waiting: int, *, offers: bool, board: bool = False) -> Screen:
    """Ask or offer, in one place; `board`: for whoever coordinates."""
    text = paragraphs(
        _("<b>Help between neighbours</b>"),
        _("Ask today, offer tomorrow. Nobody sees a name, a number or an address unless you give it."),
        n_("You are asked for help with {n} thing.", "You are asked for help with {n} things.", waiting)
        if waiting
        else "",
    )
    waits = label("Who is asking for me: {n}", n=waiting)
    mine = n_label("My asks: {n}", "My asks: {n}", asks) if asks else label("My asks")
    rows: Rows = (((Button(waits, AidTap("waiting")),),) if waiting else ()) + (
        (Button(label("Ask for help"), AidTap("ask")),),
        (Button(mine, AidTap("mine")),),
        ((Button(label("What I promised: {n}", n=tasks), AidTap("tasks")),) if tasks else ()),
        (Button(label("What I offer") if offers else label("Offer help"), AidTap("offer")),),
        ((Button(label("The board: what needs somebody"), BoardTap(0)),) if board else ()),
        (need_button(),),
        (tell_button(),),
        (menu_button(),),
    )
    return Screen(text, tuple(row for row in rows if row))


def repeat_row(last: AskSeen) -> Rows:
    """The last ask once more: this, then by when."""
    return ((Button(label("As last time: {kind}", kind=kind_name(last.kind)), AskTap(last.id, "again")),),)


def urgent_first(lines_known: Sequence[Line]) -> Html:
    """Before an urgent ask: whom to call. The bot asks neighbours, and neighbours are no emergency service."""
    return paragraphs(
        _("<b>If somebody is in danger, call now.</b>"),
        numbers(lines_known),
        _(
            "Neighbours are asked at once, at any hour; the coordinator hears that an urgent ask waits, not what it says."
        ),
    )


def consent_asked() -> Html:
    """Once, before the first ask or offer."""
    return paragraphs(
        _("<b>Help between neighbours</b>"),
        _(
            "What you write is kept encrypted and erased two weeks after it is over. Only the neighbour who says yes reads "
            "it, and nobody learns your name or number from the bot. You can change your mind under “My choices”."
        ),
    )


def in_short(kind: str, when_needed: str, patch: str, words: str, *, voice: bool, place: str, weekly: bool) -> Html:
    """An ask before it is sent."""
    return paragraphs(
        _("Shall I ask neighbours for this?"),
        lines(
            _("<b>{kind}</b>", kind=kind),
            _("When: {when}", when=when_needed),
            _("Where: {patch}", patch=patch),
            _("Every week") if weekly else "",
            _("To know: {words}", words=words) if words else "",
            _("There is a voice note.") if voice else "",
            _("Exact place: {place}", place=place) if place else "",
        ),
        _(
            "Neighbours see what, where and when. The rest is for the one who says yes; the exact place if you share it."
        ),
    )


def my_asks(asks: Sequence[AskSeen]) -> Screen:
    """What I asked for: how each stands and who acts next, and a button."""
    if not asks:
        return Screen(
            _("You have not asked for anything lately."), ((Button(label("Ask for help"), AidTap("ask")),), back())
        )
    return Screen(paragraphs(_("<b>What you asked for</b>"), *_how_they_stand(asks)), (*_listed(asks), back()))


def my_tasks(asks: Sequence[AskSeen]) -> Screen:
    """What I promised, each with a button."""
    if not asks:
        return Screen(_("You have promised nothing at the moment."), (back(),))
    return Screen(paragraphs(_("<b>What you promised</b>"), *_how_they_stand(asks)), (*_listed(asks), back()))


def _how_they_stand(asks: Sequence[AskSeen]) -> list[Html]:
    return [
        lines(_("<b>{kind}</b>: {when}", kind=kind_name(ask.kind), when=by_when(ask)), standing(ask))
        for ask in asks[:SHOWN]
    ]


def _listed(asks: Sequence[AskSeen]) -> Rows:
    return tuple((Button(_line(ask), AskTap(ask.id, "show")),) for ask in asks[:SHOWN])


def _line(ask: AskSeen) -> str:
    return label("{kind}: {state}", kind=kind_name(ask.kind), state=_state(ask))


def _state(ask: AskSeen) -> str:
    match ask.state:
        case "done":
            return label("done")
        case "ended":
            return label("over")
        case "matched":
            return label("somebody helps")
        case "coordinator":
            return label("with the coordinator")
        case _:
            return label("neighbours are asked")


def sure_no_longer(ask: AskSeen) -> Screen:
    """Asked once before an ask is called off."""
    told = _("The neighbour who said yes is told.") if ask.state == "matched" else ""
    text = paragraphs(_("Shall I call it off?"), what_is_needed(ask), told)
    yes = Button(label("Yes, it is no longer needed"), AskTap(ask.id, "sure"))
    return Screen(text, ((yes,), (Button(label("Back"), AskTap(ask.id, "show")),)))


def sure_give_back(ask: AskSeen) -> Screen:
    """Asked once before a promise is given back."""
    text = paragraphs(
        _("Shall I ask other neighbours instead?"), _("That is all right. The sooner they know, the better.")
    )
    yes = Button(label("Yes, I cannot"), AskTap(ask.id, "sure_back"))
    return Screen(text, ((yes,), (Button(label("Back"), AskTap(ask.id, "show")),)))


def given_back() -> Screen:
    """After it."""
    return Screen(_("Thank you for saying so. Other neighbours are asked now."), (back(),))


def called_off(ask: AskSeen) -> Screen:
    """After the asker called it off."""
    again = Button(label("Ask again"), AskTap(ask.id, "again"))
    return Screen(_("Called off. Whoever was asked is told."), ((again,), back()))


def shared() -> str:
    """Toast."""
    return label("The neighbour who helps you sees the exact place now.")


def thanked() -> str:
    """Toast."""
    return label("Your thanks are passed on.")


def noted(ask: AskSeen) -> str:
    """Toast after saying how it went."""
    return label("Thank you. I ask again tomorrow.") if ask.step == "follow" else label("Thank you. Noted.")


def kept_apart() -> str:
    """Toast."""
    return label("Noted. You two are not matched again. Nobody is told.")
