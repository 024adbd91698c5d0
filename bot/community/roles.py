"""Roles: which have a command menu of their own, and taking them away. They are given by invitations only."""

from datetime import datetime

from bot.store import residents as store
from bot.store import roles as roles_store
from bot.store.engine import Session
from bot.store.tables import Place

MENUS = ("coordinator", "writer")
"""Roles with commands of their own."""


def menus(session: Session, bot_id: int) -> dict[int, tuple[str, frozenset[str]]]:
    """Whose command menu has more than everybody's, by their chat with this bot: their language, and these roles."""
    return {
        chat: (language, roles)
        for resident, language, roles in roles_store.with_menus(session, bot_id, MENUS)
        if (chat := store.telegram_id_of(session, resident)) is not None
    }


def revoke(session: Session, place: Place, role: str, telegram_id: int) -> bool:
    """Take a role from the resident with this Telegram id; says whether they had it at this place."""
    resident = store.resident_found_by(session, session.vault.keys.lookup(telegram_id))
    return resident is not None and resident.place_id == place.id and store.take_role(session, resident.id, role)


def revoke_all(session: Session, place: Place, role: str) -> int:
    """Take a role from all who have it at a place; says from how many."""
    return roles_store.take_from_all(session, place.id, role)


def end_invitations(session: Session, place: Place, role: str, now: datetime) -> int:
    """End a role's open invitations: whoever lost it could have used one again. Says how many."""
    return roles_store.drop_invites(session, place.id, role, now)
