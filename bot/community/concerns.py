"""Concerns: something that worries somebody, told to a safeguarding lead who is not named in it, answered without names.

An open concern always has somebody who acts next, and by when (community/concern_steps.py is the clock's part). Nobody's
words are judged by a machine: what a concern is about, and against whom, is said with buttons.
"""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.community import aid_place
from bot.community.aid_place import Kind
from bot.community.concern_letters import tell_lead, tell_reporter
from bot.community.concern_rules import (
    ANSWERS,
    DESK_CODE,
    FIRST,
    LEAD,
    MESSAGES_AT_MOST,
    NEIGHBOUR,
    OPEN_AT_MOST,
    ORGANISERS,
    RUN_THINGS,
    SECOND,
    WRITTEN_AGAIN,
    Lead,
    patience,
    receivers,
)
from bot.community.residents import has_role
from bot.refusals import ConcernsTooMany, NobodyReceives, OldButton
from bot.store import aid as aid_store
from bot.store import concerns as store
from bot.store import places
from bot.store import residents as residents_store
from bot.store.tables import Concern, Resident
from bot.store.writer import Session

RECEIPT_SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""What is hard to mistake on the telephone."""
VOICE, WORDS = "v", "t"
"""In front of a message: whether it is Telegram's id of a voice note, or words."""
REPORTER, RECEIVER = "reporter", "lead"


@dataclass(frozen=True)
class Telling:
    """What somebody tells. `ask`: the ask from whose card it is told; `shows_ask`: the lead may see which one."""

    about: str
    against: str
    words: str = ""
    voice: str = ""
    ask: int | None = None
    shows_ask: bool = False


@dataclass(frozen=True)
class Said:
    """A message; `voice`: Telegram's id of a voice note."""

    by_lead: bool
    words: str
    voice: str
    at: datetime


@dataclass(frozen=True)
class AskMeant:
    """Which ask a concern came from, where its reporter lets the lead see it."""

    id: int
    kind: Kind
    patch: str


@dataclass(frozen=True)
class ConcernSeen:
    """A concern as one side sees it now: nobody's name. `erased`: its reporter has erased what they had written."""

    id: int
    receipt: str
    side: str
    about: str
    against: str
    state: str
    next_actor: str | None
    due_at: datetime | None
    made_at: datetime
    timezone: str
    acknowledged: bool
    appealed: bool
    erased: bool
    ask: AskMeant | None
    messages: tuple[Said, ...]
    last_look: datetime | None


@dataclass(frozen=True)
class Counted:
    """How many concerns of a place are open, and how many of them nobody has seen to in time."""

    open: int
    late: int


# --- telling one


def who_receives(session: Session, place_id: int) -> list[str]:
    """The first names of a place's safeguarding leads, the first lead first."""
    known = store.with_roles(session, place_id, (FIRST, SECOND), here=True)
    order = sorted(known, key=lambda one: (FIRST not in known[one], one))
    people = [residents_store.resident_by_id(session, one) for one in order]
    return [residents_store.name_of(session, person) for person in people if person is not None]


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


def leads_of(session: Session, place_id: int) -> list[Lead]:
    """Everybody at a place who may receive concerns at all."""
    known = store.with_roles(session, place_id, (FIRST, SECOND), here=True)
    return [Lead(one, frozenset(roles)) for one, roles in known.items()]


def receivers_now(session: Session, concern: Concern) -> Sequence[int]:
    """Who may receive a concern as roles are now, the first in line first."""
    named = store.named_in(session, concern.id)
    return receivers(leads_of(session, concern.place_id), concern.reporter_id, named, concern.against)


def _receipt() -> str:
    signs = "".join(secrets.choice(RECEIPT_SIGNS) for _ in range(8))
    return f"{signs[:4]}-{signs[4:]}"


def _body(words: str, voice: str) -> str:
    return VOICE + voice if voice else WORDS + words


# --- looking


def my_concerns(session: Session, resident: Resident) -> list[ConcernSeen]:
    """What a resident told, the newest first."""
    return [seen(session, one, REPORTER) for one in store.told_by(session, resident.id)]


def is_lead(session: Session, resident: Resident) -> bool:
    """Whether a resident may receive concerns at all."""
    return has_role(session, resident, FIRST, SECOND)


def waiting_for(session: Session, resident: Resident) -> list[ConcernSeen]:
    """What waits with a lead, what is due first at the top; nothing that they may not receive any more."""
    held = store.received_by(session, resident.id)
    return [seen(session, one, RECEIVER) for one in held if resident.id in receivers_now(session, one)]


def show(session: Session, resident: Resident, concern_id: int, now: datetime, *, at_desk: bool = False) -> ConcernSeen:
    """A concern, for one of its sides; that its lead has read it is written down. Raises OldButton for all others."""
    concern, side = _side(session, resident, concern_id)
    shown = seen(session, concern, side)
    if side == RECEIVER:
        store.add_look(session, concern.id, resident.id, now, at_desk=at_desk)
    return shown


def seen(session: Session, concern: Concern, side: str) -> ConcernSeen:
    """A concern as one side sees it."""
    looks = store.looks_at(session, concern.id)
    said = [_said(store.body_of(session, one), one.by_lead, one.made_at)
            for one in store.messages_of(session, concern.id)]  # fmt: skip
    return ConcernSeen(
        id=concern.id,
        receipt=concern.receipt,
        side=side,
        about=concern.about,
        against=concern.against,
        state=concern.state,
        next_actor=concern.next_actor,
        due_at=concern.due_at,
        made_at=concern.made_at,
        timezone=places.place_by_id(session, concern.place_id).timezone,
        acknowledged=concern.acknowledged_at is not None,
        appealed=concern.appealed_at is not None,
        erased=concern.reporter_id is None,
        ask=_ask_meant(session, concern),
        messages=tuple(said),
        last_look=looks[-1].at if looks else None,
    )


def _said(body: str | None, by_lead: bool, at: datetime) -> Said:  # noqa: FBT001
    text = body or WORDS
    return Said(by_lead, text[1:] if text[0] == WORDS else "", text[1:] if text[0] == VOICE else "", at)


def _ask_meant(session: Session, concern: Concern) -> AskMeant | None:
    ask = aid_store.ask_by_id(session, concern.ask_id) if concern.ask_id is not None else None
    if ask is None:
        return None
    patch = places.patch_by_id(session, ask.patch_id)
    return AskMeant(ask.id, aid_place.kind_named(session, ask.place_id, ask.kind), patch.name if patch else "")


def counted(session: Session, place_id: int, reader: Resident | None = None) -> Counted:
    """How many concerns are open, and how many are late; those about the one who reads are not among them."""
    hidden = store.naming(session, reader.id) if reader is not None else set()
    live = [one for one in store.concerns_of(session, place_id) if one.state == "open" and one.id not in hidden]
    return Counted(len(live), sum(one.next_actor == "place" or one.reminded > 0 for one in live))


# --- going on


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
    concern, side = _side(session, lead, concern_id, held=True)
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
    concern, side = _side(session, reporter, concern_id, held=True)
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
    concern, side = _side(session, resident, concern_id, held=True)
    if concern.state != "open":
        raise OldButton
    return concern, side


def _side(session: Session, resident: Resident, concern_id: int, *, held: bool = False) -> tuple[Concern, str]:
    concern = store.concern_held(session, concern_id) if held else store.concern_by_id(session, concern_id)
    if concern is None:
        raise OldButton
    if concern.reporter_id == resident.id:
        return concern, REPORTER
    if concern.lead_id == resident.id and resident.id in receivers_now(session, concern):
        return concern, RECEIVER
    raise OldButton


# --- at the desk


def desk_code(session: Session, lead: Resident, concern_id: int, now: datetime) -> str:
    """What the lead reads in the chat and types at the desk, where `kith concerns show` asks for it. Raises OldButton."""
    concern, side = _side(session, lead, concern_id)
    if side != RECEIVER:
        raise OldButton
    return _code(session, concern, now)


def at_desk(session: Session, receipt: str, code: str, now: datetime) -> tuple[Concern, Resident] | None:
    """The concern and its lead, where the code is theirs and not too old."""
    concern = store.concern_by_receipt(session, receipt.strip().upper())
    lead = residents_store.resident_by_id(session, concern.lead_id or 0) if concern is not None else None
    if concern is None or lead is None or lead.id not in receivers_now(session, concern):
        return None
    earlier = now - timedelta(seconds=DESK_CODE)
    fits = [hmac.compare_digest(_code(session, concern, at), code.strip().upper()) for at in (now, earlier)]
    return (concern, lead) if any(fits) else None


def _code(session: Session, concern: Concern, at: datetime) -> str:
    slot = int(at.timestamp()) // DESK_CODE
    return session.vault.keys.code(f"concern:{concern.id}:{concern.lead_id}:{slot}")
