"""Public messages, heard: /announce, a look at one, sending and stopping it; a reader asks for their own language."""

from datetime import datetime

from aiogram import Router
from aiogram.filters import Command

from bot.community import broadcasts, outlook, places, sending
from bot.community.residents import Person
from bot.handlers import talks
from bot.handlers.filters import InPrivate
from bot.handlers.road import tapped
from bot.refusals import BroadcastInvalid, NotYours, OldButton
from bot.replies import Edit, Reply, Say, Screen, Toast
from bot.screens import announcing as desk
from bot.screens import broadcasts as screens
from bot.store.engine import Session
from bot.store.tables import Broadcast, Resident
from bot.taps import AnnounceTap, MessageLookTap, MessageTap, WishTap

router = Router(name="broadcasts")
router.message.filter(InPrivate())
SHOWN = 5


@router.message(Command("announce"))
def announcing(session: Session, person: Person, resident: Resident, now: datetime) -> list[Reply]:
    """Write a public message."""
    if not broadcasts.may_draft(session, resident):
        raise NotYours
    return [Say(talks.begin(session, person, "announce", {}, now))]


@tapped(AnnounceTap)
def corner_opened(tap: AnnounceTap, session: Session, person: Person, resident: Resident, now: datetime) -> list[Reply]:
    """All messages, or a new one."""
    if not broadcasts.may_draft(session, resident):
        raise NotYours
    if tap.what == "new":
        return [Edit(talks.begin(session, person, "announce", {}, now))]
    newest = broadcasts.messages_for(session, resident, SHOWN)
    titles = [(one.id, *outlook.title_for(session, one, resident.language), one.state) for one in newest]
    return [Edit(desk.corner(titles))]


@tapped(MessageTap)
def message_tapped(tap: MessageTap, session: Session, person: Person, resident: Resident, now: datetime) -> list[Reply]:
    """Something about one message: rights and state are read now, whatever the button was made for."""
    message = broadcasts.message_of(session, resident, tap.message)
    match tap.act:
        case "show":
            return [Edit(shown(session, resident, message, now))]
        case "languages":
            tags = places.place_of(session, resident).languages
            return [Edit(desk.languages(outlook.look(session, message, resident.language, now), tags))]
        case "helpers":
            asked = broadcasts.ask_for_wordings(session, message, now)
            return [Toast(desk.helpers_asked(asked)), Edit(shown(session, resident, message, now))]
        case "test":
            return [Toast(desk.tested(sending.owe_test(session, message, now)))]
    if not broadcasts.may_send(session, resident):
        raise NotYours
    return _sent_or_stopped(tap, session, person, resident, message, now)


def _sent_or_stopped(
    tap: MessageTap, session: Session, person: Person, resident: Resident, message: Broadcast, now: datetime
) -> list[Reply]:
    match tap.act:
        case "send" if message.state == "draft":
            return [Edit(desk.sure_to_send(outlook.look(session, message, resident.language, now)))]
        case "sure":
            _send_once(session, resident, message, now)
            return [Edit(shown(session, resident, message, now))]
        case "stop" if message.state in {"draft", "scheduled", "sending"}:
            return [Edit(desk.sure_to_stop(outlook.look(session, message, resident.language, now)))]
        case "off":
            if message.state in {"sent", "cancelled"}:
                return [Edit(shown(session, resident, message, now))]
            stopped = broadcasts.cancel(session, message, by=resident)
            return [Toast(desk.called_off(stopped)), Edit(shown(session, resident, message, now))]
        case "correct" if message.state != "cancelled":
            return [Edit(talks.begin(session, person, "correct_message", {"_message": str(message.id)}, now))]
        case "send" | "stop" | "correct":
            return [Edit(shown(session, resident, message, now))]
        case _:
            raise OldButton


def _send_once(session: Session, resident: Resident, message: Broadcast, now: datetime) -> None:
    """Let it go, unless it has gone; whoever pressed at the same moment as another sees how it is going."""
    if message.state != "draft":
        return
    try:
        broadcasts.send(session, message, now, by=resident)
    except BroadcastInvalid:
        if message.state == "draft":
            raise


def shown(session: Session, resident: Resident, message: Broadcast, now: datetime) -> Screen:
    """A message as it stands, for one who may write or send it."""
    look = outlook.look(session, message, resident.language, now)
    tag = resident.language
    found = outlook.remarks(session, message, {tag: screens.calendar(tag)}) if message.state == "draft" else []
    return desk.looked_at(look, found, may_send=broadcasts.may_send(session, resident))


@tapped(MessageLookTap)
def seen_in(tap: MessageLookTap, session: Session, resident: Resident, now: datetime) -> list[Reply]:
    """The message as readers of a language get it."""
    message = broadcasts.message_of(session, resident, tap.message)
    if tap.language not in places.place_of(session, resident).languages:
        raise OldButton
    return [Edit(desk.seen_in(outlook.look(session, message, tap.language, now), tap.language))]


@tapped(WishTap)
def wish_tapped(tap: WishTap, session: Session, resident: Resident) -> list[Reply]:
    """A reader would like a text in their language: helpers are asked, and it comes once it is there."""
    return [Toast(screens.wish_noted(new=broadcasts.wish(session, resident, tap.text, tap.language)))]
