"""How many residents a place has, by what is plainly known of them. Counts only: no row leaves this file."""

from collections.abc import Mapping

from sqlalchemy import func, select

from bot.store.engine import Session
from bot.store.tables import Patch, Resident, Role


def by_language(session: Session, place_id: int) -> Mapping[str, int]:
    """Residents by the language they read."""
    query = select(Resident.language, func.count()).where(Resident.place_id == place_id).group_by(Resident.language)
    return dict(session.execute(query).all())


def by_patch(session: Session, place_id: int) -> Mapping[str | None, int]:
    """Residents by patch; None for those who named none."""
    query = (
        select(Patch.name, func.count())
        .select_from(Resident)
        .outerjoin(Patch, Patch.id == Resident.patch_id)
        .where(Resident.place_id == place_id)
        .group_by(Patch.name)
    )
    return dict(session.execute(query).all())


def by_state(session: Session, place_id: int) -> Mapping[str, int]:
    """Residents by whether they are here, have stopped, or cannot be reached."""
    query = select(Resident.state, func.count()).where(Resident.place_id == place_id).group_by(Resident.state)
    return dict(session.execute(query).all())


def by_role(session: Session, place_id: int) -> Mapping[str, int]:
    """Residents by role; somebody with two counts twice, without one not at all."""
    query = select(Role.role, func.count()).where(Role.place_id == place_id).group_by(Role.role)
    return dict(session.execute(query).all())
