"""Where a person stands: their open question, or the menu, or the first question of joining."""

from datetime import datetime

from bot.community import assisting, broadcasts, checkins, concern_seen, places, polls, rounds, wording_tasks
from bot.community.residents import Person, has_role
from bot.handlers import relay, talks
from bot.replies import Reply, Say, Screen
from bot.screens import menu as screens
from bot.store.engine import Session
from bot.store.tables import Resident


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
    talk = relay.shown_again(session, person, now, notice)
    if talk is not None:
        return talk
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
        checkins=[told for round_ in open_ones if (told := checkins.announced(session, round_))],
        wordings=_wordings(session, resident, now),
        may_announce=broadcasts.may_draft(session, resident),
        to_assist=assisting.open_for(session, resident, now),
        concerns=len(concern_seen.waiting_for(session, resident)) if concern_seen.is_lead(session, resident) else 0,
        notice=notice,
    )


def _wordings(session: Session, resident: Resident, now: datetime) -> int | None:
    """How many wordings wait for a helper or a coordinator; None for everybody else."""
    if not has_role(session, resident, "helper", "coordinator"):
        return None
    waiting = len(wording_tasks.waiting_for(session, resident, now))
    return waiting if waiting or has_role(session, resident, "helper") else None
