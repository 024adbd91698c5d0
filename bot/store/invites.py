"""Links that give a role, and wrong tries at them."""

from datetime import datetime

from sqlalchemy import delete, select, update

from bot.store.engine import Session
from bot.store.tables import Invite, Place, Strike


def add_invite(
    session: Session, place_id: int, role: str, token_hash: bytes, uses: int, expires_at: datetime
) -> Invite:
    """Write an invitation; the link itself is never kept."""
    invite = Invite(place_id=place_id, role=role, token_hash=token_hash, uses_left=uses, expires_at=expires_at)
    session.add(invite)
    session.flush()
    return invite


def use_invite(session: Session, token_hash: bytes, place_id: int, now: datetime) -> str | None:
    """Take one use of an invitation, in one conditional statement; the role it gives, or None."""
    return session.scalar(
        update(Invite)
        .where(
            Invite.token_hash == token_hash,
            Invite.place_id == place_id,
            Invite.uses_left > 0,
            Invite.expires_at > now,
        )
        .values(uses_left=Invite.uses_left - 1)
        .returning(Invite.role)
    )


def strikes_against(session: Session, lookup: bytes, since: datetime) -> int:
    """Wrong tries of a person since a moment."""
    strike = session.get(Strike, lookup)
    return strike.tries if strike is not None and strike.since > since else 0


def add_strike(session: Session, lookup: bytes, tries: int, now: datetime) -> None:
    """Note a person's wrong tries so far."""
    session.merge(Strike(lookup=lookup, tries=tries, since=now))


def drop_strikes(session: Session, lookup: bytes) -> None:
    """Forget a person's wrong tries."""
    session.execute(delete(Strike).where(Strike.lookup == lookup))


def drop_old(session: Session, before: datetime) -> int:
    """Forget invitations that have expired and strikes of long ago; says how many."""
    gone = session.execute(delete(Invite).where(Invite.expires_at < before).returning(Invite.id)).all()
    session.execute(delete(Strike).where(Strike.since < before))
    return len(gone)


def place_invited_to(session: Session, token_hash: bytes) -> Place | None:
    """The place of an invitation, or None."""
    return session.scalar(
        select(Place).join(Invite, Invite.place_id == Place.id).where(Invite.token_hash == token_hash)
    )


def role_of(session: Session, token_hash: bytes, place_id: int) -> str | None:
    """The role that an invitation gives or gave, used up or not; None where there never was one."""
    return session.scalar(select(Invite.role).where(Invite.token_hash == token_hash, Invite.place_id == place_id))
