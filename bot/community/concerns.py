"""Concerns: something that worries somebody, told to a safeguarding lead who is not named in it, answered without names.

An open concern always has somebody who acts next, and by when (community/concern_steps.py is the clock's part). Nobody's
words are judged by a machine: what a concern is about, and against whom, is said with buttons.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from bot.community.concern_letters import tell_lead, tell_reporter
from bot.community.concern_rules import (
    ANSWERS,
    FIRST,
    LEAD,
    MESSAGES_AT_MOST,
    NEIGHBOUR,
    OPEN_AT_MOST,
    ORGANISERS,
    RUN_THINGS,
    WRITTEN_AGAIN,
    patience,
    receivers,
)
from bot.community.concern_seen import RECEIVER, REPORTER, VOICE, WORDS, ConcernSeen, leads_of, receivers_now, seen
from bot.refusals import ConcernsTooMany, NobodyReceives, OldButton
from bot.store import concerns as store
from bot.store.engine import Session
from bot.store.tables import Concern, Resident

RECEIPT_SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""What is hard to mistake on the telephone."""


@dataclass(frozen=True)
class Telling:
    """What somebody tells. `ask`: the ask from whose card it is told; `shows_ask`: the lead may see which one."""

    about: str
    against: str
    words: str = ""
    voice: str = ""
    ask: int | None = None
    shows_ask: bool = False


def somebody_may(session: Session, reporter: Resident, against: str, ask_id: int | None) -> bool:
    """Whether anybody may receive such a concern: asked before somebody writes it in vain."""
    named = _meant_by(session, reporter, against, ask_id)
    return bool(receivers(leads_of(session, reporter.place_id), reporter.id, named, against))


def report(session: Session, reporter: Resident, telling: Telling, now: datetime) -> ConcernSeen:
    """Tell a concern; a lead hears at once that one waits. Raises NobodyReceives, ConcernsTooMany, OldButton."""
    if store.open_by(session, reporter.id) >= OPEN_AT_MOST:
        raise ConcernsTooMany
    named = _meant_by(session, reporter, telling.against, telling.ask)
    if telling.against == NEIGHBOUR and not named:
        raise OldButton
    found = receivers(leads_of(session, reporter.place_id), reporter.id, named, telling.against)
    if not found:
        raise NobodyReceives
    concern = Concern(
        place_id=reporter.place_id,
        receipt=_receipt(),
        about=telling.about,
        against=telling.against,
        ask_id=telling.ask if telling.shows_ask else None,
        reporter_id=reporter.id,
        lead_id=found[0],
        state="open",
        next_actor="lead",
        due_at=now + patience(telling.about).seen,
        reminded=0,
        made_at=now,
    )
    store.add_concern(session, concern, named)
    store.add_message(session, concern.id, _body(telling.words, telling.voice), now, by_lead=False)
    tell_lead(session, concern, "new", now)
    return seen(session, concern, REPORTER)


def _meant_by(session: Session, reporter: Resident, against: str, ask_id: int | None) -> set[int]:
    """Whom a concern is about, as far as buttons say it. From an ask's card the other side never receives it."""
    named = set()
    other = store.other_side(session, ask_id, reporter.id) if ask_id is not None else None
    if other is not None:
        named.add(other)
    if against == LEAD:
        named |= set(store.with_roles(session, reporter.place_id, [FIRST]))
    if against == ORGANISERS:
        named |= set(store.with_roles(session, reporter.place_id, sorted(RUN_THINGS)))
    return named - {reporter.id}


def _receipt() -> str:
    signs = "".join(secrets.choice(RECEIPT_SIGNS) for _ in range(8))
    return f"{signs[:4]}-{signs[4:]}"


def _body(words: str, voice: str) -> str:
    return VOICE + voice if voice else WORDS + words


def show(session: Session, resident: Resident, concern_id: int, now: datetime, *, at_desk: bool = False) -> ConcernSeen:
    """A concern, for one of its sides; that its lead has read it is written down. Raises OldButton for all others."""
    concern, side = side_of(session, resident, concern_id)
    shown = seen(session, concern, side)
    if side == RECEIVER:
        store.add_look(session, concern.id, resident.id, now, at_desk=at_desk)
    return shown


def write_to(
    session: Session, resident: Resident, concern_id: int, words: str, voice: str, now: datetime
) -> ConcernSeen:
    """One side writes to the other, without names. A lead's first answer says that they have it. Raises OldButton."""
    concern, side = _held(session, resident, concern_id)
    if len(store.messages_of(session, concern.id)) >= MESSAGES_AT_MOST:
        raise ConcernsTooMany
    if side == RECEIVER and concern.reporter_id is None:
        raise OldButton
    store.add_message(session, concern.id, _body(words, voice), now, by_lead=side == RECEIVER)
    if side == RECEIVER:
        _have_it(concern, now)
        act(concern, "reporter", now + ANSWERS)
        tell_reporter(session, concern, "answer", now)
    elif concern.next_actor != "place":
        act(concern, "lead", _sooner(concern, now + WRITTEN_AGAIN))
        tell_lead(session, concern, "more", now)
    session.flush()
    return seen(session, concern, side)


def _sooner(concern: Concern, at: datetime) -> datetime:
    """What a lead owes already is not put off by more words."""
    return min(at, concern.due_at) if concern.next_actor == "lead" and concern.due_at is not None else at


def acknowledge(session: Session, lead: Resident, concern_id: int, now: datetime) -> ConcernSeen:
    """The lead has it: the reporter is told, and has an answer to expect. Twice is once. Raises OldButton."""
    concern, side = _held(session, lead, concern_id)
    if side != RECEIVER:
        raise OldButton
    if concern.acknowledged_at is None:
        _have_it(concern, now)
        act(concern, "lead", now + ANSWERS)
        tell_reporter(session, concern, "seen", now)
        session.flush()
    return seen(session, concern, side)


def _have_it(concern: Concern, now: datetime) -> None:
    concern.acknowledged_at = concern.acknowledged_at or now


def act(concern: Concern, actor: str, until: datetime) -> None:
    """Somebody acts next, until then."""
    concern.next_actor, concern.due_at, concern.reminded = actor, until, 0


def close(session: Session, lead: Resident, concern_id: int, now: datetime) -> ConcernSeen:
    """The lead closes it; its reporter is told, and may say once that they are not content. Raises OldButton."""
    concern, side = side_of(session, lead, concern_id, held=True)
    if side != RECEIVER:
        raise OldButton
    if concern.state == "open":
        concern.state, concern.next_actor, concern.due_at, concern.closed_at = "closed", None, None, now
        store.drop_queued_letters(session, concern.id)
        session.flush()
        tell_reporter(session, concern, "closed", now)
    return seen(session, concern, side)


def not_content(session: Session, reporter: Resident, concern_id: int, now: datetime) -> ConcernSeen:
    """Once, the reporter has it looked at again: by another lead where there is one. Raises OldButton."""
    concern, side = side_of(session, reporter, concern_id, held=True)
    if side != REPORTER or (concern.state == "closed" and concern.appealed_at is not None):
        raise OldButton
    if concern.state == "open":
        return seen(session, concern, side)
    found = receivers_now(session, concern)
    others = [one for one in found if one != concern.lead_id]
    if not found:
        raise NobodyReceives
    concern.state, concern.closed_at, concern.appealed_at, concern.acknowledged_at = "open", None, now, None
    concern.lead_id = (others or list(found))[0]
    act(concern, "lead", now + patience(concern.about).seen)
    session.flush()
    tell_lead(session, concern, "not_content", now)
    return seen(session, concern, side)


def _held(session: Session, resident: Resident, concern_id: int) -> tuple[Concern, str]:
    concern, side = side_of(session, resident, concern_id, held=True)
    if concern.state != "open":
        raise OldButton
    return concern, side


def side_of(session: Session, resident: Resident, concern_id: int, *, held: bool = False) -> tuple[Concern, str]:
    """A concern and the side of it that a resident is on; `held`: against everybody else. Raises OldButton."""
    concern = store.concern_held(session, concern_id) if held else store.concern_by_id(session, concern_id)
    if concern is None:
        raise OldButton
    if concern.reporter_id == resident.id:
        return concern, REPORTER
    if concern.lead_id == resident.id and resident.id in receivers_now(session, concern):
        return concern, RECEIVER
    raise OldButton
