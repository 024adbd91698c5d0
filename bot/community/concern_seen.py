"""What somebody sees of a concern: each side what is theirs to see, nobody a name; and who may receive one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.community import aid_place
from bot.community.aid_place import Kind
from bot.community.concern_rules import FIRST, SECOND, Lead, receivers
from bot.community.residents import has_role
from bot.store import aid as aid_store
from bot.store import concerns as store
from bot.store import places
from bot.store import residents as residents_store
from bot.store.engine import Session
from bot.store.tables import Concern, Resident

VOICE, WORDS = "v", "t"
"""In front of a message: whether it is Telegram's id of a voice note, or words."""
REPORTER, RECEIVER = "reporter", "lead"


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


def who_receives(session: Session, place_id: int) -> list[str]:
    """The first names of a place's safeguarding leads, the first lead first."""
    known = store.with_roles(session, place_id, (FIRST, SECOND), here=True)
    order = sorted(known, key=lambda one: (FIRST not in known[one], one))
    people = [residents_store.resident_by_id(session, one) for one in order]
    return [residents_store.name_of(session, person) for person in people if person is not None]


def leads_of(session: Session, place_id: int) -> list[Lead]:
    """Everybody at a place who may receive concerns at all."""
    known = store.with_roles(session, place_id, (FIRST, SECOND), here=True)
    return [Lead(one, frozenset(roles)) for one, roles in known.items()]


def receivers_now(session: Session, concern: Concern) -> Sequence[int]:
    """Who may receive a concern as roles are now, the first in line first."""
    named = store.named_in(session, concern.id)
    return receivers(leads_of(session, concern.place_id), concern.reporter_id, named, concern.against)


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
