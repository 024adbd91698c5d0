"""/start: the first step, the way back, and where every deep link arrives. It wins over any open question."""

import re
from datetime import datetime

from aiogram import Router
from aiogram.filters import CommandObject, CommandStart

from bot.community import drafts, invites, places, residents
from bot.community.residents import Person
from bot.handlers import polls, talks
from bot.handlers.filters import InPrivate
from bot.handlers.here import menu
from bot.replies import Reply, Say, Screen
from bot.screens.menu import good_to_see_you
from bot.screens.residents import after_role, role_given
from bot.store.engine import Session
from bot.store.tables import Resident

router = Router(name="start")
POLL = re.compile("p([0-9]{1,9})")


@router.message(CommandStart(), InPrivate())
def started(session: Session, person: Person, command: CommandObject, now: datetime) -> list[Reply]:
    """A newcomer joins; a resident comes back to the menu, or to what their link names."""
    payload = command.args or ""
    if person.resident is None:
        return [Say(_newcomer(session, person, payload, now))]
    drafts.drop(session, person.lookup)
    away = residents.come_back(session, person.resident)
    if payload.startswith(invites.PREFIX):
        return [Say(_invited(session, person.resident, payload, now)), Say(menu(session, person.resident, now))]
    if poll := POLL.fullmatch(payload):
        return [Say(polls.ballot(session, person.resident, int(poll[1]), now))]
    return [Say(menu(session, person.resident, now, notice=good_to_see_you() if away else ""))]


def _newcomer(session: Session, person: Person, payload: str, now: datetime) -> Screen:
    """The first question of joining, or the one they had come to; what the link was for is kept as luggage."""
    luggage = {}
    if payload.startswith(invites.PREFIX):
        luggage["_invite"] = payload.removeprefix(invites.PREFIX)
        place = invites.place_of(session, luggage["_invite"]) or places.place_for_newcomer(session, None)
    else:
        is_slug = payload and payload != "menu" and not POLL.fullmatch(payload)
        place = places.place_for_newcomer(session, payload if is_slug else None)
    luggage["_place"] = place.slug
    under_way = drafts.draft_of(session, person.lookup, now)
    if under_way is not None and under_way.flow == "join":
        drafts.keep(
            session, person.lookup, drafts.Draft("join", {**under_way.answers, **luggage}, under_way.token), now
        )
        shown = talks.shown_again(session, person, now)
        if shown is not None:
            return shown
    return talks.begin(session, person, "join", luggage, now)


def _invited(session: Session, resident: Resident, payload: str, now: datetime) -> Screen:
    given = invites.redeem(session, resident, payload.removeprefix(invites.PREFIX), now)
    return Screen(role_given(given), after_role(given))
