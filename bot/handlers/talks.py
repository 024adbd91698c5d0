"""Conversations: an answer comes in, the flow runs again from the top, the next question goes out."""

from datetime import datetime

from aiogram import Router

from bot.community import drafts, places
from bot.community.drafts import Draft
from bot.community.residents import Person
from bot.flows import FLOWS
from bot.flows.talk import SKIPPED, Asked, Talk
from bot.handlers.filters import Tapped
from bot.refusals import OldButton
from bot.replies import Edit, Reply, Say, Screen, Toast
from bot.screens.menu import back_to_menu
from bot.screens.refusals import press_a_button, question_behind, talk_ended, too_long
from bot.store.tables import Place
from bot.store.writer import Session
from bot.taps import AnswerTap, MoveTap

router = Router(name="talks")


def begin(session: Session, person: Person, flow: str, luggage: dict[str, str], now: datetime) -> Screen:
    """Start a conversation, in place of any other; its first question."""
    draft = drafts.begin(flow, luggage)
    drafts.keep(session, person.lookup, draft, now)
    return _screen(run(session, person, draft, now))


def run(
    session: Session, person: Person, draft: Draft, now: datetime, *, page: int = 0, notice: str = ""
) -> Asked | Screen:
    """Run a conversation with the answers it has: the question it stops at, or the screen it ends with."""
    flow = FLOWS[draft.flow]
    talk = Talk(
        session, person, _place(session, person, draft), now, draft.token, draft.answers, flow.questions, page, notice
    )
    try:
        screen = flow.ask(talk)
    except Asked as asked:
        return asked
    drafts.drop(session, person.lookup)
    return screen


def _place(session: Session, person: Person, draft: Draft) -> Place:
    if person.resident is not None:
        return places.place_of(session, person.resident)
    return places.place_for_newcomer(session, draft.answers.get("_place"))


def _screen(outcome: Asked | Screen) -> Screen:
    return outcome.screen if isinstance(outcome, Asked) else outcome


def _asked_now(session: Session, person: Person, turn: str, now: datetime) -> tuple[Draft, Asked, bool]:
    """The conversation under way, its open question, and whether a button of this turn belongs to it."""
    draft = drafts.draft_of(session, person.lookup, now)
    if draft is None or draft.flow not in FLOWS:
        raise OldButton
    asked = run(session, person, draft, now)
    if isinstance(asked, Screen):
        raise OldButton
    return draft, asked, turn == f"{draft.token}.{asked.name}"


@router.callback_query(Tapped(AnswerTap))
def answered(tap: AnswerTap, session: Session, person: Person, now: datetime) -> list[Reply]:
    """A button was pressed: kept if it answers the open question, answered kindly if it is an older one's."""
    draft, asked, fits = _asked_now(session, person, tap.turn, now)
    if not fits:
        return [Toast(question_behind()), Say(asked.screen)]
    return [Edit(_next(session, person, draft.answered(asked.name, tap.value), now))]


@router.callback_query(Tapped(MoveTap))
def moved(tap: MoveTap, session: Session, person: Person, now: datetime) -> list[Reply]:
    """Back, skip, cancel, or another page."""
    draft, asked, fits = _asked_now(session, person, tap.turn, now)
    if not fits:
        return [Toast(question_behind()), Say(asked.screen)]
    if tap.move == "cancel":
        drafts.drop(session, person.lookup)
        return [Toast(talk_ended()), Edit(back_to_menu(talk_ended()))]
    if tap.move.startswith("page") and tap.move[4:].isdecimal():
        return [Edit(_screen(run(session, person, draft, now, page=int(tap.move[4:]))))]
    after = draft.answered(asked.name, SKIPPED) if tap.move == "skip" else draft.without_last()
    return [Edit(_next(session, person, after, now))]


def written(session: Session, person: Person, draft: Draft, text: str, now: datetime) -> list[Reply]:
    """Words were sent while a conversation is open: kept if its question takes words."""
    asked = run(session, person, draft, now)
    if isinstance(asked, Screen):
        return [Say(asked)]
    if asked.at_most == 0:
        return [Say(_screen(run(session, person, draft, now, notice=press_a_button())))]
    if len(text) > asked.at_most:
        return [Say(_screen(run(session, person, draft, now, notice=too_long(asked.at_most))))]
    return [Say(_next(session, person, draft.answered(asked.name, text), now))]


def _next(session: Session, person: Person, draft: Draft, now: datetime) -> Screen:
    drafts.keep(session, person.lookup, draft, now)
    return _screen(run(session, person, draft, now))


def shown_again(session: Session, person: Person, now: datetime, notice: str = "") -> Screen | None:
    """The open question of the person's conversation, or None where there is none."""
    draft = drafts.draft_of(session, person.lookup, now)
    if draft is None or draft.flow not in FLOWS:
        return None
    return _screen(run(session, person, draft, now, notice=notice))
