"""A lead's code: read in the chat, typed at the desk, where `kith concerns show` asks for it."""

import hmac
from datetime import datetime, timedelta

from bot.community.concern_rules import DESK_CODE
from bot.community.concern_seen import RECEIVER, receivers_now
from bot.community.concerns import side_of
from bot.refusals import OldButton
from bot.store import concerns as store
from bot.store import residents as residents_store
from bot.store.engine import Session
from bot.store.tables import Concern, Resident


def desk_code(session: Session, lead: Resident, concern_id: int, now: datetime) -> str:
    """What the lead reads in the chat and types at the desk, where `kith concerns show` asks for it. Raises OldButton."""
    concern, side = side_of(session, lead, concern_id)
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
    typed = code.strip().upper().encode()
    fits = [hmac.compare_digest(_code(session, concern, at).encode(), typed) for at in (now, earlier)]
    return (concern, lead) if any(fits) else None


def _code(session: Session, concern: Concern, at: datetime) -> str:
    slot = int(at.timestamp()) // DESK_CODE
    return session.vault.keys.code(f"concern:{concern.id}:{concern.lead_id}:{slot}")
