"""Help between neighbours: asks, promises, and what came of them. Every tap is checked against its ask's two sides."""

from collections.abc import Callable
from datetime import datetime

from aiogram import Router
from aiogram.filters import Command

from bot.community import aid, aid_desk, aid_steps, volunteers
from bot.community.residents import Person
from bot.handlers import relay, talks
from bot.handlers.filters import InPrivate
from bot.handlers.road import tapped
from bot.refusals import OldButton
from bot.replies import Edit, Reply, Say, Screen, Toast, Voice
from bot.screens import aid as screens
from bot.screens import aid_cards as cards
from bot.screens import relay as relay_screens
from bot.screens import volunteers as volunteer_screens
from bot.store.engine import Session
from bot.store.tables import Resident
from bot.taps import AidTap, AskTap

router = Router(name="aid")
router.message.filter(InPrivate())


@router.message(Command("ask"))
def help_wanted(session: Session, person: Person, resident: Resident, now: datetime) -> list[Reply]:
    """Ask a neighbour for help."""
    del resident  # for residents only
    return [Say(talks.begin(session, person, "aid_ask", {}, now))]


@router.message(Command("offer"))
def help_offered(session: Session, person: Person, resident: Resident, now: datetime) -> list[Reply]:
    """Offer help, or see what one offers."""
    return [Say(offering(session, person, resident, now))]


def offering(session: Session, person: Person, resident: Resident, now: datetime) -> Screen:
    """What a resident offers; the first question where they offer nothing yet."""
    shown = volunteers.what_i_offer(session, resident, now)
    return (
        talks.begin(session, person, "aid_offer", {}, now) if shown is None else volunteer_screens.what_i_offer(shown)
    )


@tapped(AidTap)
def aid_tapped(tap: AidTap, session: Session, person: Person, resident: Resident, now: datetime) -> list[Reply]:
    """One of the places of neighbours' help."""
    relay.gone_elsewhere(session, person, now)
    match tap.place:
        case "home":
            return [Edit(hub(session, resident, now))]
        case "ask":
            return [Edit(talks.begin(session, person, "aid_ask", {}, now))]
        case "mine":
            return [Edit(screens.my_asks(aid.my_asks(session, resident, now)))]
        case "tasks":
            return [Edit(screens.my_tasks(aid.my_tasks(session, resident)))]
        case "waiting":
            return [Edit(volunteer_screens.waiting(volunteers.waiting_offers(session, resident)))]
        case "offer":
            return [Edit(offering(session, person, resident, now))]
        case _:
            raise OldButton


def hub(session: Session, resident: Resident, now: datetime) -> Screen:
    """Ask or offer."""
    live = [ask for ask in aid.my_asks(session, resident, now) if ask.state not in {"done", "ended"}]
    tasks, waiting = aid.my_tasks(session, resident), volunteers.waiting_offers(session, resident)
    offers = volunteers.what_i_offer(session, resident, now) is not None
    board = aid_desk.sees_board(session, resident)
    return screens.hub(len(live), len(tasks), len(waiting), offers=offers, board=board)


@tapped(AskTap)
def ask_tapped(tap: AskTap, session: Session, person: Person, resident: Resident, now: datetime) -> list[Reply]:
    """Something about an ask, by one of its sides."""
    if tap.act in FLOWS:
        aid.show(session, resident, tap.ask)
        return [Edit(talks.begin(session, person, FLOWS[tap.act], {"_ask": str(tap.ask)}, now))]
    if tap.act in SHOWN:
        return [Edit(SHOWN[tap.act](aid.show(session, resident, tap.ask)))]
    match tap.act:
        case "talk":
            return relay.begun(session, person, resident, tap.ask, now)
        case "end_talk":
            return relay.ended(session, person, resident, tap.ask)
        case "enough":
            return _enough(session, person, resident, tap.ask)
        case "done" | "not_yet" | "failed":
            return _went(session, resident, tap, now)
        case "need_again":
            aid_steps.it_went(session, resident, tap.ask, "done", now)
            return [Edit(talks.begin(session, person, "aid_again", {"_ask": str(tap.ask)}, now))]
        case _:
            return _more(tap, session, resident, now)


FLOWS = {"again": "aid_again", "change": "aid_change"}
SHOWN: dict[str, Callable[..., Screen]] = {
    "show": cards.card,
    "cancel": screens.sure_no_longer,
    "give_back": screens.sure_give_back,
}
"""Acts that only show something."""


def _more(tap: AskTap, session: Session, resident: Resident, now: datetime) -> list[Reply]:
    match tap.act:
        case "sure":
            return [Edit(screens.called_off(aid.cancel(session, resident, tap.ask, now)))]
        case "sure_back":
            aid.give_back(session, resident, tap.ask, now)
            return [Edit(screens.given_back())]
        case "still":
            return [Edit(cards.card(aid.still_needed(session, resident, tap.ask, now)))]
        case "share":
            return [Toast(screens.shared()), Edit(cards.card(aid.share_place(session, resident, tap.ask, now)))]
        case "voice":
            return [Voice(aid.voice_of(session, resident, tap.ask), Screen(relay_screens.voice_note()))]
        case "thanks":
            aid_steps.say_thanks(session, resident, tap.ask, now)
            return [Toast(screens.thanked())]
        case "apart":
            aid.keep_apart(session, resident, tap.ask)
            return [Toast(screens.kept_apart())]
        case _:
            raise OldButton


def _enough(session: Session, person: Person, resident: Resident, ask: int) -> list[Reply]:
    shown = aid.show(session, resident, ask)
    relay.left(session, person)
    return [Edit(cards.card(shown))]


def _went(session: Session, resident: Resident, tap: AskTap, now: datetime) -> list[Reply]:
    ask = aid_steps.it_went(session, resident, tap.ask, tap.act, now)
    if ask.side == "helper" and tap.act == "failed":
        return [Edit(screens.given_back())]
    return [Toast(screens.noted(ask)), Edit(cards.card(ask))]
