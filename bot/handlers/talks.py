"""Conversations: an answer comes in, the flow runs again from the top, the next question goes out."""

from datetime import datetime

from bot.community import drafts, places
from bot.community.drafts import Draft
from bot.community.residents import Person
from bot.flows import FLOWS
from bot.flows.talk import SKIPPED, Asked, Talk, sent
from bot.handlers.road import tapped
from bot.refusals import NotYours, OldButton
from bot.replies import Edit, Reply, Say, Screen, Toast
from bot.screens.menu import back_to_menu
from bot.screens.refusals import explain, press_a_button, question_behind, talk_ended, too_long
from bot.store.engine import Session
from bot.store.tables import Place
from bot.taps import AnswerTap, MoveTap


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


def under_way(session: Session, person: Person, now: datetime) -> Draft | None:
    """The person's conversation, if this version still knows it."""
    draft = drafts.draft_of(session, person.lookup, now)
    return draft if draft is not None and draft.flow in FLOWS else None


def _asked_now(session: Session, person: Person, now: datetime) -> tuple[Draft, Asked | Screen]:
    """The conversation under way and its open question; or its end, where a new version asks nothing more."""
    draft = under_way(session, person, now)
    if draft is None:
        raise OldButton
    return draft, run(session, person, draft, now)


def _let_go(session: Session, person: Person, lost: NotYours) -> list[Reply]:
    """The right to a conversation was lost on the way, before anything was written: it ends, and its person hears why."""
    drafts.drop(session, person.lookup)
    return [Toast(explain(lost)), Edit(back_to_menu(explain(lost)))]


def _fits(turn: str, draft: Draft, asked: Asked) -> bool:
    """Whether a button belongs to the open question."""
    return turn == f"{draft.token}.{asked.name}"


@tapped(AnswerTap)
def answered(tap: AnswerTap, session: Session, person: Person, now: datetime) -> list[Reply]:
    """A button was pressed: kept if it answers the open question, answered kindly if it is an older one's."""
    try:
        return _answered(tap, session, person, now)
    except NotYours as lost:
        return _let_go(session, person, lost)


def _answered(tap: AnswerTap, session: Session, person: Person, now: datetime) -> list[Reply]:
    draft, asked = _asked_now(session, person, now)
    if isinstance(asked, Screen):
        return [Edit(asked)]
    if not _fits(tap.turn, draft, asked):
        return [Toast(question_behind()), Say(asked.screen)]
    return [Edit(_next(session, person, draft.answered(asked.name, asked.put(tap.value)), now))]


@tapped(MoveTap)
def moved(tap: MoveTap, session: Session, person: Person, now: datetime) -> list[Reply]:
    """Back, skip, cancel, or another page."""
    try:
        return _moved(tap, session, person, now)
    except NotYours as lost:
        return _let_go(session, person, lost)


def _moved(tap: MoveTap, session: Session, person: Person, now: datetime) -> list[Reply]:
    draft, asked = _asked_now(session, person, now)
    if isinstance(asked, Screen):
        return [Edit(asked)]
    if not _fits(tap.turn, draft, asked):
        return [Toast(question_behind()), Say(asked.screen)]
    if tap.move == "cancel":
        drafts.drop(session, person.lookup)
        return [Toast(talk_ended()), Edit(back_to_menu(talk_ended()))]
    if tap.move.startswith("page") and tap.move[4:].isdecimal():
        return [Edit(_screen(run(session, person, draft, now, page=int(tap.move[4:]))))]
    if tap.move == "skip":
        return [Edit(_next(session, person, draft.answered(asked.name, SKIPPED), now))]
    if tap.move == "back" and asked.before is not None:
        return [Edit(_next(session, person, draft.without(asked.before), now))]
    raise OldButton


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


def thing_sent(
    session: Session, person: Person, draft: Draft, kind: str, file_id: str, now: datetime
) -> list[Reply] | None:
    """Something was sent while a conversation is open: kept if its question takes such things, None if it does not."""
    asked = run(session, person, draft, now)
    if isinstance(asked, Screen):
        return [Say(asked)]
    if kind not in asked.takes:
        return None
    return [Say(_next(session, person, draft.answered(asked.name, sent(kind, file_id)), now))]


def _next(session: Session, person: Person, draft: Draft, now: datetime) -> Screen:
    drafts.keep(session, person.lookup, draft, now)
    return _screen(run(session, person, draft, now))


def shown_again(session: Session, person: Person, now: datetime, notice: str = "") -> Screen | None:
    """The open question of the person's conversation, or None where there is none."""
    draft = under_way(session, person, now)
    return None if draft is None else _screen(run(session, person, draft, now, notice=notice))
