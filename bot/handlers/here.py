"""Where a person stands: their open question, or the menu, or the first question of joining."""

from datetime import datetime

from bot.community import places, polls, rounds
from bot.community.residents import Person
from bot.handlers import talks
from bot.replies import Reply, Say, Screen
from bot.screens import menu as screens
from bot.store.tables import Resident
from bot.store.writer import Session


def here(session: Session, person: Person | None, now: datetime, notice: str = "") -> list[Reply]:
    """Show the person where they are; what an update that came twice, or was not understood, is answered with."""
    if person is None:
        return []
    return [Say(where(session, person, now, notice))]


def where(session: Session, person: Person, now: datetime, notice: str = "") -> Screen:
    """The screen for it."""
    question = talks.shown_again(session, person, now, notice)
    if question is not None:
        return question
    if person.resident is not None:
        return menu(session, person.resident, now, notice=notice)
    return talks.begin(session, person, "join", {}, now)


def menu(session: Session, resident: Resident, now: datetime, *, notice: str = "") -> Screen:
    """The resident's menu, with what waits for them."""
    open_ones = rounds.waiting_for(session, resident, now)
    views = [polls.poll_view(session, round_.id, resident.language) for round_ in open_ones[: screens.SHOWN]]
    return screens.menu(
        places.place_of(session, resident).name,
        [view for view in views if view is not None],
        len(open_ones),
        may_poll=polls.steering_may_poll(session, resident),
        notice=notice,
    )
