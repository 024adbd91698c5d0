"""Roles of a whole place, and the invitations to them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, or_, select

from bot.store.engine import Session
from bot.store.tables import Invite, Place, Resident, Role


def with_menus(session: Session, bot_id: int, roles: Sequence[str]) -> list[tuple[Resident, str, frozenset[str]]]:
    """Those with one of these roles who are here, at places that this bot serves: their language and these roles."""
    query = (
        select(Resident, Role.role)
        .join(Role, Role.resident_id == Resident.id)
        .join(Place, Place.id == Resident.place_id)
        .where(Role.role.in_(roles), Resident.state == "here", or_(Place.bot_id == bot_id, Place.bot_id.is_(None)))
    )
    found: dict[Resident, set[str]] = {}
    for resident, role in session.execute(query).all():
        found.setdefault(resident, set()).add(role)
    return [(resident, resident.language, frozenset(some)) for resident, some in found.items()]


def take_from_all(session: Session, place_id: int, role: str) -> int:
    """Take a role from all who have it; says from how many."""
    gone = delete(Role).where(Role.place_id == place_id, Role.role == role).returning(Role.resident_id)
    return len(session.execute(gone).all())


def drop_invites(session: Session, place_id: int, role: str, now: datetime) -> int:
    """Forget a role's invitations that still work; says how many."""
    works = (Invite.uses_left > 0) & (Invite.expires_at > now)
    gone = delete(Invite).where(Invite.place_id == place_id, Invite.role == role, works)
    return len(session.execute(gone.returning(Invite.id)).all())
