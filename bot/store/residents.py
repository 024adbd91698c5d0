"""Residents, what they agreed to, and their roles. The only place that turns encrypted columns of a person into words."""

import secrets
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, LargeBinary, bindparam, delete, func, or_, select, update

from bot.store.engine import Session
from bot.store.prepared import Prepared, entity
from bot.store.tables import Consent, Doomed, Resident, Role, Table

FOUND_BY = Prepared(select(Resident.__table__).where(Resident.lookup == bindparam("lookup")))


def resident_found_by(session: Session, lookup: bytes) -> Resident | None:
    """The resident whom this lookup hash means."""
    return entity(session, Resident, FOUND_BY.first(session, lookup=lookup))


def resident_by_id(session: Session, resident_id: int) -> Resident | None:
    """The resident, or None."""
    return session.get(Resident, resident_id)


def add_resident(
    session: Session, place_id: int, telegram_id: int, name: str, language: str, patch_id: int | None, today: date
) -> Resident:
    """Write a resident, with a key of their own made first (on disk before the row is committed)."""
    key_name = secrets.token_hex(16)
    own = session.vault.people.make(key_name)
    keys = session.vault.keys
    resident = Resident(
        place_id=place_id,
        lookup=keys.lookup(telegram_id),
        key_name=key_name,
        telegram_id=keys.encrypt(f"resident:telegram_id:{key_name}", str(telegram_id).encode(), own),
        name=keys.encrypt(f"resident:name:{key_name}", name.encode(), own),
        language=language,
        patch_id=patch_id,
        joined_on=today,
    )
    session.add(resident)
    session.flush()
    return resident


def telegram_id_of(session: Session, resident: Resident) -> int | None:
    """A resident's Telegram id; None where their key is gone (erased, then restored from a backup)."""
    return opened_id(session, resident.key_name, resident.telegram_id)


def opened_id(session: Session, key_name: str, sealed: bytes) -> int | None:
    """The Telegram id in a resident's column; None where their key is gone."""
    own = session.vault.people.read(key_name)
    if own is None:
        return None
    return int(session.vault.keys.decrypt(f"resident:telegram_id:{key_name}", sealed, own))


def name_of(session: Session, resident: Resident) -> str:
    """A resident's first name as Telegram told it when they joined."""
    own = session.vault.people.read(resident.key_name)
    if own is None:
        return ""
    return session.vault.keys.decrypt(f"resident:name:{resident.key_name}", resident.name, own).decode()


def rows_about(session: Session, resident: Resident) -> dict[str, list[dict[str, Any]]]:
    """Every row that names a resident, by table; encrypted columns are left out, since others read those."""
    found = {}
    for table in Table.metadata.sorted_tables:
        naming = [
            column == (resident.lookup if column.name == "lookup" else resident.id)
            for column in table.columns
            if column.name == "lookup" or _means_resident(column)
        ]
        if naming:
            shown = [column for column in table.columns if not isinstance(column.type, LargeBinary)]
            rows = session.execute(select(*shown).where(or_(*naming))).mappings().all()
            found[table.name] = [dict(row) for row in rows]
    return found


def _means_resident(column: Column[Any]) -> bool:
    """Whether a column names a resident; whom somebody else does not want to meet is not shown to that person."""
    return not column.info.get("secret") and any(key.column is Resident.__table__.c.id for key in column.foreign_keys)


def erase_resident(session: Session, resident: Resident) -> None:
    """Delete the resident and all rows that hang on them, and doom their key."""
    session.execute(delete(Resident).where(Resident.id == resident.id))
    session.expunge(resident)
    session.add(Doomed(key_name=resident.key_name))
    session.flush()


def doomed_keys(session: Session) -> list[str]:
    """Keys of erased people that may still be there."""
    return list(session.scalars(select(Doomed.key_name)))


def key_is_gone(session: Session, names: Sequence[str]) -> None:
    """These keys have been destroyed."""
    session.execute(delete(Doomed).where(Doomed.key_name.in_(names)))


def key_names(session: Session) -> set[str]:
    """The names of all keys of people that the database still needs."""
    return set(session.scalars(select(Resident.key_name)))


def set_language(session: Session, resident_id: int, language: str) -> None:
    """Speak this language to the resident from now on."""
    session.execute(update(Resident).where(Resident.id == resident_id).values(language=language))


def set_second_language(session: Session, resident_id: int, language: str | None) -> None:
    """What the resident reads where their own language is missing."""
    session.execute(update(Resident).where(Resident.id == resident_id).values(second_language=language))


def set_state(session: Session, resident_id: int, state: str) -> None:
    """here, stopped or unreachable."""
    session.execute(update(Resident).where(Resident.id == resident_id).values(state=state))


def consents_of(session: Session, resident_id: int) -> Sequence[Consent]:
    """What the resident was asked to agree to, and how it stands."""
    return session.scalars(select(Consent).where(Consent.resident_id == resident_id).order_by(Consent.purpose)).all()


def keep_consent(
    session: Session, resident: Resident, purpose: str, version: int, now: datetime, *, given: bool
) -> None:
    """Write how a consent stands now: when given, in which language and version; when withdrawn."""
    kept = session.get(Consent, (resident.id, purpose))
    if kept is None:
        kept = Consent(resident_id=resident.id, purpose=purpose, place_id=resident.place_id, given_at=now)
        session.add(kept)
    if given:
        kept.given_at, kept.withdrawn_at = now, None
        kept.version, kept.language = version, resident.language
    elif kept.withdrawn_at is None:
        kept.version = kept.version or version
        kept.language = kept.language or resident.language
        kept.withdrawn_at = now


def roles_of(session: Session, resident_id: int) -> set[str]:
    """The resident's roles."""
    return set(session.scalars(select(Role.role).where(Role.resident_id == resident_id)))


def give_role(session: Session, resident: Resident, role: str) -> None:
    """Give a role; twice is once."""
    session.merge(Role(resident_id=resident.id, role=role, place_id=resident.place_id))


def take_role(session: Session, resident_id: int, role: str) -> bool:
    """Take a role away; says whether there was one."""
    gone = session.execute(delete(Role).where(Role.resident_id == resident_id, Role.role == role).returning(Role.role))
    return gone.first() is not None


def residents_with(session: Session, place_id: int, role: str | None) -> Sequence[Resident]:
    """A place's residents who are here, all or those with a role."""
    query = select(Resident).where(Resident.place_id == place_id, Resident.state != "stopped").order_by(Resident.id)
    if role is not None:
        query = query.join(Role, Role.resident_id == Resident.id).where(Role.role == role)
    return session.scalars(query).all()


def count_residents(session: Session, place_id: int) -> int:
    """How many residents a place has, whatever their state."""
    return session.scalar(select(func.count()).where(Resident.place_id == place_id)) or 0


def erase_keyless(session: Session, key_names_gone: Sequence[str]) -> int:
    """Delete residents by the names of their lost keys; says how many."""
    gone = delete(Resident).where(Resident.key_name.in_(key_names_gone)).returning(Resident.id)
    return len(session.execute(gone).all())


def doom(session: Session, names: Sequence[str]) -> None:
    """Have these keys destroyed after the commit."""
    for name in names:
        session.merge(Doomed(key_name=name))
