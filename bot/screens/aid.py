"""Asking a neighbour for help, in words: the hub, my asks, and the cards of the two sides."""

from collections.abc import Sequence

from bot.community.aid_seen import ASKER, AskSeen
from bot.community.alerts import Line
from bot.community.pairs import Urgency
from bot.replies import Button, Rows, Screen
from bot.screens.aid_words import details, kind_name, what_is_needed, why_nobody
from bot.screens.alerts import need_button, numbers
from bot.screens.language import Html, _, label, lines, n_, n_label, paragraphs, when
from bot.screens.menu import menu_button
from bot.taps import AidTap, AskTap

SHOWN = 5
ASKED_HOW = frozenset({"worked", "nudge", "silent", "confirm"})
"""Steps in which both sides are asked how it went."""


def help_button() -> Button:
    """To the hub, from anywhere."""
    return Button(label("Help between neighbours"), AidTap("home"))


def hub(asks: int, tasks: int, waiting: int, *, offers: bool) -> Screen:
    """Ask or offer, in one place."""
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
        (need_button(),),
        (menu_button(),),
    )
    return Screen(text, tuple(row for row in rows if row))


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


def ask_opened(ask: AskSeen) -> Screen:
    """After asking: honestly how it stands."""
    return Screen(paragraphs(_("Thank you for asking."), standing(ask)), _asker_rows(ask))


def card(ask: AskSeen) -> Screen:
    """An ask, for one of its sides."""
    head = _("You have promised to help:") if ask.side != ASKER else ""
    rows = _asker_rows(ask) if ask.side == ASKER else _helper_rows(ask)
    return Screen(paragraphs(head, what_is_needed(ask), details(ask), standing(ask)), rows)


def standing(ask: AskSeen) -> Html:
    """How an ask stands and who acts next, as it truly is."""
    if ask.state in {"done", "ended"}:
        return _over(ask)
    if ask.state == "matched" or ask.step == "silent":
        return _matched(ask)
    if ask.step == "still":
        return _("The time has passed. Tell me whether you still need it.")
    if ask.state == "coordinator":
        return lines(_asked_so_far(ask), why_nobody(ask.gap), _("It is with the coordinator now."))
    return lines(_asked_so_far(ask), _you_will_hear(ask))


def _asked_so_far(ask: AskSeen) -> Html:
    if ask.asked:
        return n_("{n} neighbour has been asked so far.", "{n} neighbours have been asked so far.", ask.asked)
    return _("Nobody has been asked yet.")


def _you_will_hear(ask: AskSeen) -> Html:
    if ask.waiting == 0 and ask.next_at is not None and ask.next_actor == "bot":
        return _("Neighbours are asked from {when}.", when=when(ask.next_at, ask.timezone))
    if ask.promised_at is None:
        return _("The first who says yes helps you.")
    return _("You hear from me by {when} at the latest.", when=when(ask.promised_at, ask.timezone))


def _matched(ask: AskSeen) -> Html:
    if ask.side == ASKER:
        found = _("A neighbour has said yes.")
        match ask.step:
            case "worked" | "nudge" | "silent":
                return lines(found, _("Did it work out?"))
            case "confirm":
                return lines(found, _("They say that it is done."))
            case _:
                return lines(found, _("They act next, until {when}.", when=when(ask.due_at, ask.timezone)))
    match ask.step:
        case "worked" | "nudge" | "silent":
            return _("Did it work out?")
        case "confirm":
            return _("Thank you. The other side is asked whether all went well.")
        case _:
            return _("You act next, until {when}.", when=when(ask.due_at, ask.timezone))


def _over(ask: AskSeen) -> Html:
    if ask.state == "done":
        return _("It is done.")
    match ask.ended_as:
        case "not_needed":
            return _("It is no longer needed.")
        case "expired":
            return _("Its time has passed.")
        case _:
            return _("It is over.")


def _asker_rows(ask: AskSeen) -> Rows:
    urgent = ((need_button(),),) if ask.urgency == Urgency.URGENT and ask.state not in {"done", "ended"} else ()
    return (*_asker_acts(ask), *urgent, _back())


def _asker_acts(ask: AskSeen) -> Rows:
    again = (_act(ask, label("Ask again"), "again"),)
    match ask.state, ask.step:
        case "done", _:
            return ((_act(ask, label("Pass on my thanks"), "thanks"),), again)
        case "ended", _:
            return (again,)
        case ("matched", _) | (_, "silent"):
            return _asker_matched(ask)
        case _, "still":
            return ((_act(ask, label("Yes, I still need it"), "still"),), (_no_longer(ask),))
        case _:
            return ((_act(ask, label("Change"), "change"),), (_no_longer(ask),))


def _asker_matched(ask: AskSeen) -> Rows:
    """Before its time: sharing, changing; after it: how it went. Talking and "done" always."""
    talk = _talk_row(ask)
    done = _act(ask, label("It is done"), "done")
    if ask.step in ASKED_HOW:
        failed = _act(ask, label("It did not happen"), "failed")
        again = _act(ask, label("Done, and I need it again"), "need_again")
        return ((done,), (_act(ask, label("Not yet"), "not_yet"), failed), (again,), *talk)
    share = ((_act(ask, label("Share the exact place"), "share"),),) if ask.exact_place and not ask.place_shared else ()
    return (*share, *talk, (done,), (_act(ask, label("Change"), "change"), _no_longer(ask)))


def _talk_row(ask: AskSeen) -> Rows:
    return () if ask.talk_ended else ((_act(ask, label("Talk with them"), "talk"),),)


def _helper_rows(ask: AskSeen) -> Rows:
    if ask.state in {"done", "ended"}:
        return ((_act(ask, label("Do not match us again"), "apart"),), _back())
    voice = ((_act(ask, label("Hear the voice note"), "voice"),),) if ask.voice else ()
    done = (_act(ask, label("It is done"), "done"),)
    if ask.step in ASKED_HOW:
        failed = _act(ask, label("It did not happen"), "failed")
        return (done, (_act(ask, label("Not yet"), "not_yet"), failed), *_talk_row(ask), _back())
    return (*voice, *_talk_row(ask), done, (_act(ask, label("I cannot after all"), "give_back"),), _back())


def _act(ask: AskSeen, words: str, act: str) -> Button:
    return Button(words, AskTap(ask.id, act))


def _no_longer(ask: AskSeen) -> Button:
    return _act(ask, label("No longer needed"), "cancel")


def _back() -> tuple[Button, ...]:
    return (help_button(), menu_button())


def my_asks(asks: Sequence[AskSeen]) -> Screen:
    """What I asked for, each with a button."""
    if not asks:
        return Screen(
            _("You have not asked for anything lately."), ((Button(label("Ask for help"), AidTap("ask")),), _back())
        )
    return Screen(_("<b>What you asked for</b>"), (*_listed(asks), _back()))


def my_tasks(asks: Sequence[AskSeen]) -> Screen:
    """What I promised, each with a button."""
    if not asks:
        return Screen(_("You have promised nothing at the moment."), (_back(),))
    return Screen(_("<b>What you promised</b>"), (*_listed(asks), _back()))


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
    return Screen(_("Thank you for saying so. Other neighbours are asked now."), (_back(),))


def called_off(ask: AskSeen) -> Screen:
    """After the asker called it off."""
    again = Button(label("Ask again"), AskTap(ask.id, "again"))
    return Screen(_("Called off. Whoever was asked is told."), ((again,), _back()))


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
