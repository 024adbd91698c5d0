"""What happens to a concern when its time has come: the lead is reminded, another lead has it, nobody forgets it."""

from datetime import datetime

from bot.community.concern_letters import tell_lead, tell_reporter
from bot.community.concern_rules import (
    ANSWERS,
    COUNTED,
    FIRST,
    KEPT,
    LEAD,
    LOOKED_FOR,
    ORGANISERS,
    REMINDERS,
    SECOND,
    patience,
)
from bot.community.concern_seen import receivers_now
from bot.community.concerns import act
from bot.store import concerns as store
from bot.store.engine import Session
from bot.store.tables import Concern


def see_to_concerns(session: Session, now: datetime) -> int:
    """Take the next step of every open concern that is due, or whose lead has gone; says how many."""
    moved = 0
    for concern_id in store.to_be_seen_to(session, now, (FIRST, SECOND), (LEAD, ORGANISERS)):
        concern = store.concern_held(session, concern_id)
        if concern is not None and concern.state == "open":
            moved += _see_to(session, concern, now)
            session.flush()
    return moved


def _see_to(session: Session, concern: Concern, now: datetime) -> bool:
    found = receivers_now(session, concern)
    assert concern.due_at is not None
    if concern.lead_id not in found:
        if concern.next_actor == "place" and not found and concern.due_at > now:
            return False
        _hand_on(session, concern, found[0] if found else None, now)
    elif concern.reporter_id is None and concern.next_actor == "reporter":
        act(concern, "lead", now + ANSWERS)  # whoever told it has erased themselves: the lead closes it
        tell_lead(session, concern, "erased", now)
    elif concern.due_at > now:
        return False
    elif concern.next_actor == "reporter":
        act(concern, "lead", now + ANSWERS)
        tell_lead(session, concern, "silent", now)
    elif concern.reminded >= REMINDERS:
        _escalate(session, concern, [one for one in found if one != concern.lead_id], now)
    else:
        _remind(session, concern, now)
    return True


def _remind(session: Session, concern: Concern, now: datetime) -> None:
    concern.reminded += 1
    concern.due_at = now + patience(concern.about).again
    tell_lead(session, concern, "reminder", now)


def _escalate(session: Session, concern: Concern, others: list[int], now: datetime) -> None:
    """Two reminders in vain: another lead has it from now on, once; where there is none the reminders go on."""
    if not others or concern.escalated_at is not None:
        _remind(session, concern, now)
        return
    concern.escalated_at = now
    _hand_on(session, concern, others[0], now)


def _hand_on(session: Session, concern: Concern, to: int | None, now: datetime) -> None:
    """It is another lead's; nobody's at all where the place has none who may, and then it is looked for one each day."""
    store.drop_queued_letters(session, concern.id)
    was = concern.next_actor
    concern.lead_id = to
    if to is None:
        act(concern, "place", now + LOOKED_FOR)
        if was != "place":
            tell_reporter(session, concern, "nobody", now)
        return
    concern.acknowledged_at = None
    act(concern, "lead", now + patience(concern.about).seen)
    tell_lead(session, concern, "passed", now)
    tell_reporter(session, concern, "passed_on", now)


def forget_old(session: Session, now: datetime) -> int:
    """Erase what was written in concerns that closed a while ago, and later that there was one."""
    return store.forget_closed(session, now - KEPT) + store.drop_closed(session, now - COUNTED)
