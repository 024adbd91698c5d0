"""Concerns, heard: /concern, telling one from any card, its two sides, and the lead's desk."""

import re
from datetime import datetime

from aiogram import Router
from aiogram.filters import Command

from bot.community import alerts, concern_desk, concern_seen, concerns, places
from bot.community.residents import Person
from bot.handlers import relay, talks
from bot.handlers.filters import InPrivate
from bot.handlers.road import tapped
from bot.refusals import OldButton
from bot.replies import Edit, Reply, Say, Screen, Voice
from bot.screens import concerns as screens
from bot.store.engine import Session
from bot.store.tables import Resident
from bot.taps import ConcernTap, TellTap

router = Router(name="concerns")
router.message.filter(InPrivate())
PAGE = re.compile("(page|voice)([0-9]{1,3})")


@router.message(Command("concern"))
def concern_asked(session: Session, resident: Resident) -> list[Reply]:
    """Whom to call first; then telling one."""
    return [Say(first(session, resident, 0))]


def first(session: Session, resident: Resident, ask: int) -> Screen:
    """The numbers at once, and who receives concerns here."""
    place = places.place_of(session, resident)
    return screens.first(
        alerts.helplines(session, place.id, resident.language),
        concern_seen.who_receives(session, place.id),
        place.contact,
        len(concern_seen.my_concerns(session, resident)),
        len(concern_seen.waiting_for(session, resident)),
        ask,
    )


@tapped(TellTap)
def tell_tapped(tap: TellTap, session: Session, person: Person, resident: Resident, now: datetime) -> list[Reply]:
    """Telling a concern: a message of its own, since whatever stands above stays."""
    match tap.act:
        case "look":
            return [Say(first(session, resident, tap.ask))]
        case "go":
            relay.gone_elsewhere(session, person, now)
            luggage = {"_ask": str(tap.ask)} if tap.ask else {}
            return [Edit(talks.begin(session, person, "concern", luggage, now))]
        case "mine":
            return [Edit(screens.listed(concern_seen.my_concerns(session, resident)))]
        case "waiting":
            return [Edit(screens.listed(concern_seen.waiting_for(session, resident)))]
        case _:
            raise OldButton


@tapped(ConcernTap)
def concern_tapped(tap: ConcernTap, session: Session, person: Person, resident: Resident, now: datetime) -> list[Reply]:
    """Something about a concern, by one of its sides."""
    if turned := PAGE.fullmatch(tap.act):
        return _turned(session, resident, tap.concern, turned[1], int(turned[2]), now)
    match tap.act:
        case "show":
            shown = concerns.show(session, resident, tap.concern, now)
        case "have":
            shown = concerns.acknowledge(session, resident, tap.concern, now)
        case "sure":
            shown = concerns.close(session, resident, tap.concern, now)
        case "not_content":
            shown = concerns.not_content(session, resident, tap.concern, now)
        case _:
            return _more(tap, session, person, resident, now)
    return [Edit(screens.card(shown))]


def _more(tap: ConcernTap, session: Session, person: Person, resident: Resident, now: datetime) -> list[Reply]:
    shown = concerns.show(session, resident, tap.concern, now)
    match tap.act:
        case "write" if shown.state == "open":
            relay.gone_elsewhere(session, person, now)
            return [Say(talks.begin(session, person, "concern_words", {"_concern": str(tap.concern)}, now))]
        case "close" if shown.side == concern_seen.RECEIVER:
            return [Edit(screens.sure_to_close(shown))]
        case "code":
            return [Edit(screens.code(shown, concern_desk.desk_code(session, resident, tap.concern, now)))]
        case _:
            raise OldButton


def _turned(session: Session, resident: Resident, concern: int, what: str, at: int, now: datetime) -> list[Reply]:
    """Another message of it, or its voice note."""
    shown = concerns.show(session, resident, concern, now)
    if what == "page":
        return [Edit(screens.card(shown, at))]
    if at >= len(shown.messages) or not shown.messages[at].voice:
        raise OldButton
    return [Voice(shown.messages[at].voice, Screen(screens.voice_note()))]
