"""What residents do about themselves: language, consents, help, /stop, /mydata, /forget."""

from datetime import datetime

from aiogram import Router
from aiogram.filters import Command

from bot.community import alerts, drafts, places, residents
from bot.community.residents import Person
from bot.handlers import relay
from bot.handlers.filters import InPrivate, SaysStop
from bot.handlers.here import menu
from bot.handlers.road import tapped
from bot.refusals import OldButton
from bot.replies import Edit, Reply, Say, Screen, Toast
from bot.screens import residents as screens
from bot.screens.language import switch
from bot.store.engine import Session
from bot.store.tables import Resident
from bot.taps import ConsentTap, ForgetTap, LanguageTap, MenuTap, SecondLanguageTap

router = Router(name="residents")
router.message.filter(InPrivate())


@router.message(SaysStop())
def stopped(session: Session, person: Person) -> list[Reply]:
    """No more messages: wins over any question, in every language."""
    if person.resident is None:
        drafts.drop(session, person.lookup)
    else:
        residents.stop(session, person.resident)
    return [Say(screens.stopped())]


@router.message(Command("menu"))
def menu_asked(session: Session, resident: Resident, now: datetime) -> list[Reply]:
    """What waits for me."""
    drafts.drop(session, resident.lookup)
    return [Say(menu(session, resident, now))]


@router.message(Command("language"))
def language_asked(session: Session, resident: Resident) -> list[Reply]:
    """Choose another language."""
    return [Say(screens.languages(places.place_of(session, resident).languages))]


@router.message(Command("mydata"))
def my_data_asked(session: Session, resident: Resident, now: datetime) -> list[Reply]:
    """What is kept about me, shown and as a file."""
    kept = residents.what_is_kept(session, resident, now)
    return [Say(screens.what_is_kept(kept)), screens.kept_as_file(kept)]


@router.message(Command("help"))
def help_asked(session: Session, resident: Resident) -> list[Reply]:
    """What can be done here."""
    return [Say(_help(session, resident))]


@router.message(Command("forget"))
def forget_asked(resident: Resident) -> list[Reply]:
    """Asked once before erasing."""
    del resident  # only residents have anything to erase
    return [Say(screens.sure_to_forget())]


@tapped(ForgetTap)
def forget_tapped(session: Session, resident: Resident) -> list[Reply]:
    """Erase everything about me. The key goes once this is committed (clock.sweep)."""
    residents.forget(session, resident)
    return [Edit(screens.forgotten())]


@tapped(LanguageTap)
def language_tapped(tap: LanguageTap, session: Session, resident: Resident, now: datetime) -> list[Reply]:
    """Speak this language from now on."""
    if tap.language not in places.place_of(session, resident).languages:
        raise OldButton
    residents.change_language(session, resident, tap.language)
    switch(tap.language)
    return [Toast(screens.language_changed()), Edit(menu(session, resident, now))]


@tapped(SecondLanguageTap)
def second_language_tapped(tap: SecondLanguageTap, session: Session, resident: Resident) -> list[Reply]:
    """What is missing in my language I would rather read in this one."""
    offered = places.place_of(session, resident).languages
    chosen = None if tap.language == "-" else tap.language
    if chosen is not None and (chosen not in offered or chosen == resident.language):
        raise OldButton
    residents.change_second_language(session, resident, chosen)
    noted = screens.second_language_changed() if chosen else screens.no_second_language()
    return [Toast(noted), Edit(screens.second_languages(offered, chosen))]


@tapped(ConsentTap)
def consent_tapped(tap: ConsentTap, session: Session, resident: Resident, now: datetime) -> list[Reply]:
    """Give or withdraw one consent."""
    residents.change_consent(session, resident, tap.purpose, now, given=bool(tap.given))
    noted = screens.consent_changed(given=bool(tap.given))
    return [Toast(noted), Edit(screens.consents(residents.consents(session, resident)))]


@tapped(MenuTap)
def menu_tapped(tap: MenuTap, session: Session, person: Person, resident: Resident, now: datetime) -> list[Reply]:
    """One of the menu's places."""
    relay.gone_elsewhere(session, person, now)
    match tap.place:
        case "menu":
            return [Edit(menu(session, resident, now))]
        case "language":
            return [Edit(screens.languages(places.place_of(session, resident).languages))]
        case "second_language":
            offered = places.place_of(session, resident).languages
            return [Edit(screens.second_languages(offered, resident.second_language))]
        case "consents":
            return [Edit(screens.consents(residents.consents(session, resident)))]
        case "help":
            return [Edit(_help(session, resident))]
        case "mydata":
            kept = residents.what_is_kept(session, resident, now)
            return [Edit(screens.what_is_kept(kept)), screens.kept_as_file(kept)]
        case _:
            raise OldButton


def _help(session: Session, resident: Resident) -> Screen:
    place = places.place_of(session, resident)
    return screens.help_text(place.run_by, place.contact, alerts.helplines(session, place.id, resident.language))
