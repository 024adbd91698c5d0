"""Concerns, in words: whom to call first, telling one, and the card of its two sides, who have no names."""

from collections.abc import Sequence
from itertools import chain

from bot.community.alerts import Line
from bot.community.concern_seen import REPORTER, ConcernSeen, Counted, Said
from bot.replies import Button, Rows, Screen
from bot.screens.aid_words import kind_name
from bot.screens.alerts import need_button, numbers
from bot.screens.language import Html, _, label, lines, n_, n_label, paragraphs, when, written
from bot.screens.menu import menu_button
from bot.taps import AskTap, ConcernTap, TellTap

SHOWN = 5


def tell_button(ask_id: int = 0) -> Button:
    """On every card, in the menu and in help."""
    return Button(label("Tell a concern"), TellTap(ask_id, "look"))


def about_name(about: str) -> str:
    """What a concern is about."""
    match about:
        case "safety":
            return label("I worry about somebody's safety")
        case "racism":
            return label("Racism or discrimination")
        case "harassment":
            return label("Harassment or threats")
        case "money":
            return label("Money or things")
        case "private":
            return label("Something private was told")
        case "organisers":
            return label("Something about the organisers")
        case _:
            return label("Something else")


def first(known: Sequence[Line], leads: Sequence[str], contact: str, mine: int, waiting: int, ask_id: int) -> Screen:
    """Whom to call, before anything else; then who receives a concern. `waiting`: what waits with the one who looks."""
    text = paragraphs(
        lines(_("<b>If somebody is in danger now, call:</b>"), numbers(known)),
        _("Does something worry you, or was somebody treated badly? You can tell it here."),
        *(_who_hears(leads) if leads else _nobody_hears(contact)),
    )
    return Screen(text, (*_ways(leads, ask_id), *_mine(mine, waiting), (need_button(),), (menu_button(),)))


def _who_hears(leads: Sequence[str]) -> tuple[Html, ...]:
    names = ", ".join(leads)
    return (
        n_(
            "It goes to the safeguarding lead: {names}. Whoever it is about never gets it.",
            "It goes to one of the safeguarding leads: {names}. Whoever it is about never gets it.",
            len(leads),
            names=names,
        ),
        _("No coordinator reads it, and nobody learns your name. You get a receipt number, and their answer here."),
    )


def _nobody_hears(contact: str) -> tuple[Html, ...]:
    return (
        _("But nobody is named here yet who receives concerns."),
        *((_("You can also ask here: {contact}", contact=contact),) if contact else ()),
    )


def _ways(leads: Sequence[str], ask_id: int) -> Rows:
    return ((Button(label("Go on and tell it"), TellTap(ask_id, "go")),),) if leads else ()


def _mine(mine: int, waiting: int) -> Rows:
    told = n_label("What I told: {n}", "What I told: {n}", mine)
    waits = n_label("What waits for me: {n}", "What waits for me: {n}", waiting)
    return (((Button(told, TellTap(0, "mine")),),) if mine else ()) + (
        ((Button(waits, TellTap(0, "waiting")),),) if waiting else ()
    )


def in_short(about: str, against: str, words: str, *, voice: bool, shows_ask: bool) -> Html:
    """A concern before it is told."""
    return paragraphs(
        _("Shall I pass this on?"),
        lines(
            _("<b>{about}</b>", about=about_name(about)),
            against_said(against),
            _("The lead sees which ask it was.") if shows_ask else "",
        ),
        written(words) if words else "",
        _("There is a voice note.") if voice else "",
        _("The lead may have to tell others where somebody is in danger. They tell you so."),
    )


def against_said(against: str) -> Html:
    """Whom it is about, as far as that was asked."""
    match against:
        case "neighbour":
            return _("It is about the neighbour of this ask.")
        case "lead":
            return _("It is about the safeguarding lead. They do not get it.")
        case "organisers":
            return _("It is about the organisers. None of them gets it.")
        case _:
            return Html("")


def nobody_may(known: Sequence[Line], contact: str) -> Screen:
    """Everybody who could receive it is whom it is about; `contact` only where it is not about the organisers."""
    text = paragraphs(
        _("Nobody here may receive this: it is about them, or nobody is named yet. I am sorry. Please call:"),
        numbers(known),
        _("You can also ask here: {contact}", contact=contact) if contact else "",
    )
    return Screen(text, ((need_button(),), (menu_button(),)))


def told(shown: ConcernSeen, ask_id: int | None) -> Screen:
    """After telling: the receipt."""
    text = paragraphs(
        _("Thank you for telling. It is passed on."),
        _("Your receipt: <b>{receipt}</b>", receipt=shown.receipt),
        standing(shown),
        _("You hear from me. You find it again with /concern."),
    )
    apart = ((Button(label("Do not match us again"), AskTap(ask_id, "apart")),),) if ask_id else ()
    return Screen(text, ((_do(shown, label("Look at it"), "show"),), *apart, (need_button(),), (menu_button(),)))


def listed(concerns: Sequence[ConcernSeen]) -> Screen:
    """What I told, or what waits for me as a lead."""
    if not concerns:
        return Screen(_("There is nothing here at the moment."), ((tell_button(), menu_button()),))
    rows: Rows = tuple((_do(one, _line(one), "show"),) for one in concerns[:SHOWN])
    head = _("<b>What you told</b>") if concerns[0].side == REPORTER else _("<b>Concerns that wait for you</b>")
    return Screen(head, (*rows, (menu_button(),)))


def _line(shown: ConcernSeen) -> str:
    state = label("closed") if shown.state == "closed" else _whose_turn(shown)
    return label("{receipt}: {state}", receipt=shown.receipt, state=state)


def _whose_turn(shown: ConcernSeen) -> str:
    match shown.next_actor:
        case "lead":
            return label("the lead's turn") if shown.side == REPORTER else label("your turn")
        case "reporter":
            return label("your turn") if shown.side == REPORTER else label("their turn")
        case _:
            return label("nobody has it yet")


def card(shown: ConcernSeen, page: int = -1) -> Screen:
    """A concern, for one of its sides, with one message at a time: the newest unless another is asked for."""
    at = len(shown.messages) - 1 if page < 0 else min(page, len(shown.messages) - 1)
    text = paragraphs(
        _head(shown),
        _message(shown, shown.messages[at]) if shown.messages else "",
        _("What was written has been erased.") if not shown.messages else "",
        standing(shown),
    )
    rows = _reporter_acts(shown) if shown.side == REPORTER else _lead_acts(shown)
    voice = ((_do(shown, label("Hear the voice note"), f"voice{at}"),),) if _voice_at(shown, at) else ()
    return Screen(text, (*voice, *_turning(shown, at), *rows, (need_button(),), (menu_button(),)))


def _voice_at(shown: ConcernSeen, at: int) -> bool:
    return bool(shown.messages) and bool(shown.messages[at].voice)


def _head(shown: ConcernSeen) -> Html:
    meant = shown.ask
    return lines(
        _("<b>Concern {receipt}</b>", receipt=shown.receipt),
        written(about_name(shown.about)),
        against_said(shown.against),
        _("About ask {n}: {kind}, {patch}", n=meant.id, kind=kind_name(meant.kind), patch=meant.patch) if meant else "",
        _("Told: {when}", when=when(shown.made_at, shown.timezone)),
    )


def _message(shown: ConcernSeen, said: Said) -> Html:
    mine = said.by_lead == (shown.side != REPORTER)
    who = _who_wrote(said, mine=mine)
    return lines(
        _("{who}, {when}:", who=who, when=when(said.at, shown.timezone)),
        written(said.words) if said.words else _("A voice note."),
    )


def _who_wrote(said: Said, *, mine: bool) -> str:
    if mine:
        return label("You")
    return label("The safeguarding lead") if said.by_lead else label("Whoever told it")


def standing(shown: ConcernSeen) -> Html:
    """How it stands and who acts next, as it truly is."""
    if shown.state == "closed":
        return _("It is closed.")
    if shown.side != REPORTER and shown.erased:
        return _("Whoever told it has erased themselves. You can only close it.")
    assert shown.due_at is not None
    until = when(shown.due_at, shown.timezone)
    match shown.next_actor, shown.side:
        case "place", _:
            return _("Nobody may receive it at the moment. A new lead gets it as soon as there is one.")
        case ("lead", "reporter"):
            return lines(_seen_so_far(shown), _("The lead acts next, by {when}.", when=until))
        case ("lead", _) | ("reporter", "reporter"):
            return _("You act next, by {when}.", when=until)
        case _:
            return _("They are asked to answer by {when}.", when=until)


def _seen_so_far(shown: ConcernSeen) -> Html:
    if shown.last_look is not None:
        return _("It was read last: {when}.", when=when(shown.last_look, shown.timezone))
    return _("Nobody has read it yet.")


def _reporter_acts(shown: ConcernSeen) -> Rows:
    if shown.state == "open":
        return ((_do(shown, label("Write to the lead"), "write"),),)
    return () if shown.appealed else ((_do(shown, label("I am not content with this"), "not_content"),),)


def _lead_acts(shown: ConcernSeen) -> Rows:
    if shown.state == "closed":
        return ()
    have = ((_do(shown, label("I have it"), "have"),),) if not shown.acknowledged else ()
    answer = ((_do(shown, label("Answer"), "write"),),) if not shown.erased else ()
    desk = (_do(shown, label("Close it"), "close"), _do(shown, label("Code for the desk"), "code"))
    return (*have, *answer, desk)


def _turning(shown: ConcernSeen, at: int) -> Rows:
    earlier = [_do(shown, label("Earlier"), f"page{at - 1}")] if at > 0 else []
    later = [_do(shown, label("Later"), f"page{at + 1}")] if at + 1 < len(shown.messages) else []
    row = tuple(chain(earlier, later))
    return (row,) if row else ()


def _do(shown: ConcernSeen, words: str, act: str) -> Button:
    return Button(words, ConcernTap(shown.id, act))


def sure_to_close(shown: ConcernSeen) -> Screen:
    """Asked once, so that whoever told it has heard what came of it."""
    text = paragraphs(
        _("Shall I close {receipt}?", receipt=shown.receipt),
        _("Whoever told it hears that it is closed. Have you written to them what came of it?"),
    )
    return Screen(text, ((_do(shown, label("Yes, close it"), "sure"),), (_do(shown, label("Back"), "show"),)))


def code(shown: ConcernSeen, sign: str) -> Screen:
    """What `kith concerns show` asks for."""
    text = paragraphs(
        _("For <code>kith concerns</code>, ten minutes long:"),
        lines(_("Concern: {receipt}", receipt=shown.receipt), _("Code: <code>{code}</code>", code=sign)),
        _("Only you can see it. Give it to nobody."),
    )
    return Screen(text, ((_do(shown, label("Back"), "show"),),))


def voice_note() -> str:
    """Above a voice note."""
    return label("The voice note")


def counted(counts: Counted) -> Html:
    """For coordinators: how many, and no more."""
    if counts.open == 0:
        return Html("")
    late = n_("{n} of them has waited too long.", "{n} of them have waited too long.", counts.late)
    return lines(
        n_("{n} concern is with the safeguarding leads.", "{n} concerns are with the safeguarding leads.", counts.open),
        late if counts.late else "",
    )
