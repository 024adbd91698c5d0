"""A community researcher fills a check-in in with somebody who has no account."""

from datetime import datetime

from bot.community import alerts, assisting
from bot.community.assisting import Visit
from bot.community.checkin_answers import NOT_ANSWERED
from bot.handlers.road import tapped
from bot.replies import Edit, Reply, Screen, Toast
from bot.screens import assisting as screens
from bot.screens.checkins import answer_noted, taken_back
from bot.store.engine import Session
from bot.store.tables import Resident
from bot.taps import AssistAnswerTap, AssistTap


@tapped(AssistTap)
def form_tapped(tap: AssistTap, session: Session, resident: Resident, now: datetime) -> list[Reply]:
    """A form at one of its places; or none, for somebody who answers on their own telephone."""
    if tap.at == screens.HAS_ACCOUNT:
        return [Edit(screens.they_answer_themselves())]
    return [Edit(_form(session, resident, assisting.show(session, resident, tap.round, tap.at, tap.visit, now)))]


@tapped(AssistAnswerTap)
def answer_tapped(tap: AssistAnswerTap, session: Session, resident: Resident, now: datetime) -> list[Reply]:
    """One answer of theirs, kept at once; then the next place."""
    form = assisting.answer(session, resident, tap.round, tap.at, tap.value, tap.visit, now)
    return [
        Toast(taken_back() if tap.value == NOT_ANSWERED else answer_noted()),
        Edit(_form(session, resident, form)),
    ]


def _form(session: Session, resident: Resident, form: Visit) -> Screen:
    return screens.form_screen(form, alerts.helplines(session, form.place_id, resident.language))
