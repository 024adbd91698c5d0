"""Whom to call, and what becomes of "I need someone today", in words."""

from collections.abc import Sequence

from bot.community.alerts import AlertNews, Line, Need
from bot.replies import Button, Rows, Screen
from bot.screens.language import Html, _, label, lines, n_, paragraphs, when
from bot.taps import AlertTap, MenuTap, NeedSomeoneTap, TakeAlertTap


def need_button() -> Button:
    """On every check-in, in the menu and in help."""
    return Button(label("I am not safe / I need someone today"), NeedSomeoneTap())


def numbers(known: Sequence[Line]) -> Html:
    """The place's helplines: numbers, not advice to search for them."""
    return lines(
        *(
            _("☎ {number} – {name} ({hours})", number=one.number, name=one.name, hours=one.hours)
            if one.hours
            else _("☎ {number} – {name}", number=one.number, name=one.name)
            for one in known
        ),
        _("This is not an emergency service."),
    )


def need_screen(need: Need) -> Screen:
    """The numbers first; then how things stand with the coordinators, as it truly is."""
    text = paragraphs(
        _("If you are in danger now, please call:"),
        numbers(need.lines),
        *_standing(need),
    )
    return Screen(text, (*_rows(need), (Button(label("Menu"), MenuTap("menu")),)))


def _standing(need: Need) -> tuple[Html, ...]:
    match need.state:
        case "open":
            return (_reached(need), _("Nobody has seen it yet. They are told again every ten minutes."), *_hours(need))
        case "taken":
            return (_("A coordinator has seen it and will write to you."),)
        case _:
            offer = _(
                "Shall I also tell the coordinators that you need someone today? "
                "Whoever takes it on sees your first name and can write to you here on Telegram. They are neighbours, "
                "not an emergency service."
            )
            return (offer, *_hours(need))


def _reached(need: Need) -> Html:
    if need.reach == 0:
        return _("There is no coordinator at the moment; your steering group is told.")
    return n_("{n} coordinator has been told.", "{n} coordinators have been told.", need.reach)


def _hours(need: Need) -> tuple[Html, ...]:
    if need.on_duty:
        return ()
    start, end = need.duty
    hours = _("Coordinators are on duty Monday to Friday, {start} to {end}.", start=start, end=end)
    return (lines(_("It is outside their hours now: perhaps nobody sees it before then. Please call."), hours),)


def _rows(need: Need) -> Rows:
    if need.state is None:
        wish = label("Yes, tell the coordinators") if need.consent else label("I agree: tell the coordinators")
        return ((Button(wish, AlertTap("tell")),),)
    return (
        (Button(label("Has anybody seen it?"), AlertTap("seen")),),
        (Button(label("I am well, thank you"), AlertTap("well")),),
    )


def alert(told: AlertNews) -> Screen:
    """To a coordinator: somebody needs someone. Nobody's name before it is taken."""
    text = paragraphs(
        _("<b>A neighbour needs someone today.</b>"),
        _("They pressed the button: {when}.", when=when(told.raised_at, told.timezone)),
        _("Nobody has taken this yet. Whoever takes it sees who it is, and writes to them."),
    )
    return Screen(text, ((Button(label("I am taking this"), TakeAlertTap(told.id, 1)),),))


def alert_taken(told: AlertNews) -> Screen:
    """To the one who took it: who it is, and what to do first (facts/failures.md 3.7)."""
    text = paragraphs(
        _("You have taken this on. It is {name}.", name=told.name),
        _(
            "If they are in immediate danger, call the emergency number first. Do not act alone: tell your "
            "safeguarding lead, promise no secrecy, and write down only what happened."
        ),
    )
    write = Button(label("Write to them"), url=f"tg://user?id={told.telegram_id}")
    return Screen(text, ((write,), (Button(label("It is settled"), TakeAlertTap(told.id, 0)),)))


def alert_seen(_told: AlertNews) -> Screen:
    """To whoever needs someone: it has been seen."""
    text = _("A coordinator has seen that you need someone, and will write to you.")
    return Screen(text, ((Button(label("I am well, thank you"), AlertTap("well")),),))


def alert_off(_told: AlertNews) -> Screen:
    """To the coordinator who took it: called off."""
    return Screen(_("The neighbour who needed someone says that they are well."))


def settled() -> Screen:
    """To the coordinator, after it is settled."""
    return Screen(_("Thank you. It is settled."), ((Button(label("Menu"), MenuTap("menu")),),))
