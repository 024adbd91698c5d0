"""Concerns: written, found by their sides, and erased. The words of each message have a key of their own, a file."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, func, or_, select, update

from bot.store.engine import Session
from bot.store.residents import doom
from bot.store.tables import Ask, Concern, ConcernLook, ConcernMessage, ConcernNamed, Letter, Offer, Resident, Role

QUIET = {"synchronize_session": False}


def _about(key_name: str) -> str:
    return f"concern_message:body:{key_name}"


def add_concern(session: Session, concern: Concern, named: Iterable[int]) -> None:
    """Write a concern, and whom it is about."""
    session.add(concern)
    session.flush()
    session.add_all(ConcernNamed(concern_id=concern.id, resident_id=one) for one in sorted(set(named)))
    session.flush()


def add_message(session: Session, concern_id: int, body: str, now: datetime, *, by_lead: bool) -> None:
    """Write a message, encrypted with a key made for it (on disk before the row is committed)."""
    key_name = secrets.token_hex(16)
    own = session.vault.people.make(key_name)
    sealed = session.vault.keys.encrypt(_about(key_name), body.encode(), own)
    session.add(ConcernMessage(concern_id=concern_id, key_name=key_name, by_lead=by_lead, body=sealed, made_at=now))
    session.flush()


def messages_of(session: Session, concern_id: int) -> Sequence[ConcernMessage]:
    """A concern's messages in their order."""
    query = select(ConcernMessage).where(ConcernMessage.concern_id == concern_id)
    return session.scalars(query.order_by(ConcernMessage.id)).all()


def body_of(session: Session, message: ConcernMessage) -> str | None:
    """What a message says; None where its key is gone (erased, then restored from a backup). Raises KeysWrong."""
    own = session.vault.people.read(message.key_name)
    return None if own is None else session.vault.keys.decrypt(_about(message.key_name), message.body, own).decode()


def concern_by_id(session: Session, concern_id: int) -> Concern | None:
    """The concern, or None."""
    return session.get(Concern, concern_id)


def concern_by_receipt(session: Session, receipt: str) -> Concern | None:
    """The concern with this receipt, or None."""
    return session.scalar(select(Concern).where(Concern.receipt == receipt))


def concern_held(session: Session, concern_id: int) -> Concern | None:
    """The concern as it is now, held until this transaction ends; None where there is none."""
    query = select(Concern).where(Concern.id == concern_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).first()


def to_be_seen_to(session: Session, now: datetime, roles: Sequence[str], against: Sequence[str]) -> Sequence[int]:
    """Open concerns that are due, or whose lead may have changed; none that another process is busy with.

    A lead who has gone or lost the role is found here; one who may not have it for another reason can only be where a
    concern is `against` some role.
    """
    has_role = select(Role.resident_id).join(Resident, Resident.id == Role.resident_id)
    has_role = has_role.where(Role.role.in_(roles), Resident.state == "here")
    gone = or_(Concern.lead_id.is_(None), Concern.lead_id.not_in(has_role), Concern.against.in_(against))
    left = Concern.reporter_id.is_(None) & (Concern.next_actor == "reporter")
    query = select(Concern.id).where(Concern.state == "open", or_(Concern.due_at <= now, gone, left))
    return session.scalars(query.order_by(Concern.id).with_for_update(skip_locked=True)).all()


def concerns_of(session: Session, place_id: int) -> Sequence[Concern]:
    """All concerns of a place, the open ones first, then the newest."""
    query = select(Concern).where(Concern.place_id == place_id)
    return session.scalars(query.order_by(Concern.state.desc(), Concern.id.desc())).all()


def told_by(session: Session, resident_id: int) -> Sequence[Concern]:
    """What a resident told, the newest first."""
    return session.scalars(select(Concern).where(Concern.reporter_id == resident_id).order_by(Concern.id.desc())).all()


def received_by(session: Session, resident_id: int) -> Sequence[Concern]:
    """What waits with a lead, what is due first at the top."""
    query = select(Concern).where(Concern.lead_id == resident_id, Concern.state == "open")
    return session.scalars(query.order_by(Concern.due_at, Concern.id)).all()


def open_by(session: Session, resident_id: int) -> int:
    """How many concerns of a reporter are open."""
    query = select(func.count()).select_from(Concern)
    return session.scalar(query.where(Concern.reporter_id == resident_id, Concern.state == "open")) or 0


def named_in(session: Session, concern_id: int) -> set[int]:
    """Whom a concern is about."""
    return set(session.scalars(select(ConcernNamed.resident_id).where(ConcernNamed.concern_id == concern_id)))


def naming(session: Session, resident_id: int) -> set[int]:
    """The concerns that are about a resident."""
    return set(session.scalars(select(ConcernNamed.concern_id).where(ConcernNamed.resident_id == resident_id)))


def with_roles(session: Session, place_id: int, roles: Sequence[str], *, here: bool = False) -> dict[int, set[str]]:
    """Everybody at a place with one of these roles, with all the roles that they have."""
    some = select(Role.resident_id).where(Role.place_id == place_id, Role.role.in_(roles))
    query = select(Role.resident_id, Role.role).join(Resident, Resident.id == Role.resident_id)
    query = query.where(Role.resident_id.in_(some))
    found: dict[int, set[str]] = {}
    for resident_id, role in session.execute(query.where(Resident.state == "here") if here else query).all():
        found.setdefault(resident_id, set()).add(role)
    return found


def other_side(session: Session, ask_id: int, resident_id: int) -> int | None:
    """Whom a resident meets, or was asked to meet, through an ask; None where they have nothing to do with it."""
    ask = session.get(Ask, ask_id)
    if ask is None:
        return None
    asker = ask.asker_id if ask.asker_id is not None else ask.made_by_id
    if resident_id == asker:
        return ask.volunteer_id
    asked = select(Offer.id).where(Offer.ask_id == ask_id, Offer.resident_id == resident_id)
    return asker if resident_id == ask.volunteer_id or session.scalar(asked) is not None else None


def add_look(session: Session, concern_id: int, resident_id: int, now: datetime, *, at_desk: bool) -> None:
    """A lead has read it."""
    session.add(ConcernLook(concern_id=concern_id, resident_id=resident_id, at_desk=at_desk, at=now))
    session.flush()


def looks_at(session: Session, concern_id: int) -> Sequence[ConcernLook]:
    """When a concern was read, and by whom."""
    query = select(ConcernLook).where(ConcernLook.concern_id == concern_id)
    return session.scalars(query.order_by(ConcernLook.id)).all()


# --- erasing


def erase_messages(session: Session, concern_ids: Sequence[int]) -> int:
    """Delete what was written in these concerns, and doom the keys; says how many messages."""
    gone = delete(ConcernMessage).where(ConcernMessage.concern_id.in_(concern_ids)).returning(ConcernMessage.key_name)
    names = session.scalars(gone, execution_options=QUIET).all()
    doom(session, names)
    session.flush()
    return len(names)


def forget_closed(session: Session, before: datetime) -> int:
    """Of concerns closed before: erase what was written, and who they were of and about; says how many."""
    named = or_(Concern.reporter_id.is_not(None), Concern.lead_id.is_not(None), Concern.ask_id.is_not(None))
    nobody = dict.fromkeys(("reporter_id", "lead_id", "ask_id"))
    old = select(Concern.id).where(Concern.closed_at < before)
    found = session.scalars(old).all()
    erase_messages(session, found)
    for table in (ConcernNamed, ConcernLook):
        session.execute(delete(table).where(table.concern_id.in_(found)), execution_options=QUIET)
    gone = update(Concern).where(Concern.id.in_(found), named).values(nobody).returning(Concern.id)
    return len(session.execute(gone, execution_options=QUIET).all())


def drop_closed(session: Session, before: datetime) -> int:
    """Delete concerns closed before; says how many."""
    gone = delete(Concern).where(Concern.closed_at < before).returning(Concern.id)
    return len(session.execute(gone, execution_options=QUIET).all())


def drop_queued_letters(session: Session, concern_id: int) -> None:
    """Delete letters about a concern that wait."""
    waiting = Letter.dedupe.startswith(f"concern:{concern_id}:", autoescape=True), Letter.state == "queued"
    session.execute(delete(Letter).where(*waiting), execution_options=QUIET)


def key_names(session: Session) -> set[str]:
    """The names of all keys that messages still need."""
    return set(session.scalars(select(ConcernMessage.key_name)))


def erase_keyless(session: Session, key_names_gone: Sequence[str]) -> int:
    """Delete messages by the names of their lost keys: erased, and back with an old copy of the database; how many."""
    gone = delete(ConcernMessage).where(ConcernMessage.key_name.in_(key_names_gone)).returning(ConcernMessage.id)
    return len(session.execute(gone, execution_options=QUIET).all())
