"""Roles of a whole place, and the invitations to them."""

from datetime import datetime

from sqlalchemy import delete

from bot.store.tables import Invite, Role
from bot.store.writer import Session


def take_from_all(session: Session, place_id: int, role: str) -> int:
    """Take a role from all who have it; says from how many."""
    gone = delete(Role).where(Role.place_id == place_id, Role.role == role).returning(Role.resident_id)
    return len(session.execute(gone).all())


def drop_invites(session: Session, place_id: int, role: str, now: datetime) -> int:
    """Forget a role's invitations that still work; says how many."""
    works = (Invite.uses_left > 0) & (Invite.expires_at > now)
    gone = delete(Invite).where(Invite.place_id == place_id, Invite.role == role, works)
    return len(session.execute(gone.returning(Invite.id)).all())
