"""What is forgotten by the clock: each thing that is kept only for a while, and for how long."""

from datetime import datetime, timedelta

from bot.community import aid, alerts, checkins, concern_steps, quarters
from bot.store import drafts, inbox, invites, letters, quarantine, revealed, ticks
from bot.store.engine import Session

INBOX_DAYS = 3
"""Telegram redelivers for 24 hours; the inbox holds days, not times, so three of them are 48 hours at least."""
LETTERS_KEPT = timedelta(days=30)
LOOKS_KEPT = timedelta(days=365)
"""Who looked at names at the desk: as long as somebody may ask, and as a year's report needs it."""


def forget_what_is_old(session: Session, now: datetime) -> int:
    """Drop expired drafts, the inbox of days ago, settled letters, spent invitations, ticks of last month."""
    quarters.keep_reached(session, now - LETTERS_KEPT, now)
    quarantine.lapse(session)
    return (
        drafts.drop_expired(session, now)
        + inbox.prune(session, (now - timedelta(days=INBOX_DAYS)).date())
        + letters.prune(session, now - LETTERS_KEPT)
        + invites.drop_old(session, now - timedelta(days=7))
        + revealed.prune(session, now - LOOKS_KEPT)
        + ticks.prune(session, now - timedelta(days=7))
        + checkins.forget_carried(session, now)
        + alerts.forget_old(session, now)
        + aid.forget_old(session, now)
        + concern_steps.forget_old(session, now)
    )
