"""Volunteers: yes or no to an ask, pauses, changing and ending what one offers."""

from datetime import datetime, timedelta

from bot.community import aid, offers, volunteers
from bot.community.residents import Person
from bot.handlers import talks
from bot.handlers.road import tapped
from bot.refusals import OldButton
from bot.replies import Edit, Reply
from bot.screens import volunteers as screens
from bot.store.engine import Session
from bot.store.tables import Resident
from bot.taps import OfferTap, VolunteerTap

PAUSES = {"week": timedelta(days=7), "month": timedelta(days=30)}


@tapped(OfferTap)
def offer_tapped(tap: OfferTap, session: Session, resident: Resident, now: datetime) -> list[Reply]:
    """Yes, no, or what it is about."""
    match tap.answer:
        case "yes":
            return [Edit(screens.answered(offers.say_yes(session, resident, tap.ask, now)))]
        case "no":
            return [Edit(screens.answered(offers.say_no(session, resident, tap.ask, now)))]
        case "show":
            waiting = volunteers.waiting_offers(session, resident)
            found = next((ask for ask in waiting if ask.id == tap.ask), None)
            return [Edit(screens.waiting(waiting) if found is None else screens.offer(found))]
        case _:
            raise OldButton


@tapped(VolunteerTap)
def volunteer_tapped(
    tap: VolunteerTap, session: Session, person: Person, resident: Resident, now: datetime
) -> list[Reply]:
    """Something about what I offer."""
    match tap.act:
        case "change":
            return [Edit(talks.begin(session, person, "aid_offer", {}, now))]
        case "away":
            return [Edit(talks.begin(session, person, "aid_away", {}, now))]
        case "week" | "month":
            return [Edit(screens.what_i_offer(volunteers.pause(session, resident, PAUSES[tap.act], now)))]
        case "resume":
            return [Edit(screens.what_i_offer(volunteers.resume(session, resident, now)))]
        case "leave":
            return [Edit(screens.sure_leave(len(aid.my_tasks(session, resident))))]
        case "sure_leave":
            volunteers.leave(session, resident, now)
            return [Edit(screens.left())]
        case _:
            raise OldButton
