"""Invitations: a link that gives a role, single-use or n uses, expiring, stored hashed (facts/failures.md 3.2)."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from bot.community.letters import FOLLOW_UP, KINDS, Kind, Matter, Reading, owe
from bot.community.residents import ROLES
from bot.store import invites as store
from bot.store import residents
from bot.store.engine import Session
from bot.store.tables import Place, Resident

PREFIX = "i_"
WRONG_TRIES = 5
"""Wrong links a person may try in an hour; after that none is looked up (facts/failures.md 3.2)."""
WINDOW = timedelta(hours=1)


@dataclass(frozen=True)
class Redemption:
    """What a link gave: a role, or nothing; `silenced` after too many wrong ones."""

    role: str | None
    silenced: bool = False


def invite(session: Session, place: Place, role: str, uses: int, lasts: timedelta, now: datetime) -> str:
    """Make an invitation; gives the start payload of its link, which is kept nowhere."""
    if role not in ROLES:
        msg = f"{role!r} is no role: use one of {', '.join(ROLES)}"
        raise ValueError(msg)
    token = secrets.token_urlsafe(32)
    store.add_invite(session, place.id, role, _hash(token), uses, now + lasts)
    return PREFIX + token


def redeem(session: Session, resident: Resident, token: str, now: datetime) -> Redemption:
    """Take a use of an invitation for a resident. A wrong one is a strike; nobody learns why it was wrong.

    Whoever has the role already spends no use by opening the link again.
    """
    held = store.role_of(session, _hash(token), resident.place_id)
    if held is not None and held in residents.roles_of(session, resident.id):
        return Redemption(held)
    tries = store.strikes_against(session, resident.lookup, now - WINDOW)
    if tries >= WRONG_TRIES:
        return Redemption(None, silenced=True)
    role = store.use_invite(session, _hash(token), resident.place_id, now)
    if role is None:
        store.add_strike(session, resident.lookup, tries + 1, now)
        return Redemption(None)
    residents.give_role(session, resident, role)
    _tell_coordinators(session, resident, role, now)
    return Redemption(role)


def _tell_coordinators(session: Session, resident: Resident, role: str, now: datetime) -> None:
    """Coordinators hear that a link was used, so that a leaked one is noticed; not by whom."""
    for coordinator in residents.residents_with(session, resident.place_id, "coordinator"):
        if coordinator.id != resident.id:
            owe(
                session,
                resident.place_id,
                "invite_used",
                {"role": role},
                f"invite_used:{secrets.token_hex(8)}",
                now,
                resident_id=coordinator.id,
            )


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()


def place_of(session: Session, token: str) -> Place | None:
    """The place that an invitation leads to, or None; takes no use of it."""
    return store.place_invited_to(session, _hash(token))


def _was_used(session: Session, letter: Reading) -> Matter:
    return Matter(str(letter.facts(session)["role"]))


KINDS["invite_used"] = Kind(FOLLOW_UP, timedelta(days=7), _was_used)
