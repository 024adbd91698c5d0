"""A place's quarter is counted once it is over, and what people did in it is released: once, and for good.

What a figure would need at the end, and is forgotten before, is kept until then: whom a public message reached, when its
letter goes. A house that was off at the quarter's end counts it late, with what is there then; nobody who has left
meanwhile is in it.
"""

import json
from datetime import date, datetime, timedelta
from hashlib import sha256

from bot.community.aid_seen import asker_id
from bot.community.disclosure import publish_tallies
from bot.community.people_counts import count
from bot.community.quarter_days import bounds, first_day, following, quarter_of
from bot.community.quarter_figures import FIGURES, Deeds, Ended, plan_of, rows
from bot.store import places
from bot.store import quarters as store
from bot.store.engine import Session
from bot.store.tables import Ask, Place, QuarterEnd


def close_due(session: Session, now: datetime) -> int:
    """Count and release one quarter that is over, of one place; says whether there was one."""
    _keep_calendar(session, now)
    ended = store.over(session, now)
    if ended is None:
        return 0
    _close(session, places.place_by_id(session, ended.place_id), ended, now)
    return 1


def _keep_calendar(session: Session, now: datetime) -> None:
    """Let a quarter run at every place, and end when its day does by the place's own clock."""
    for place, end in store.running(session):
        quarter = end.quarter if end is not None else quarter_of(now, place.timezone)
        ends_at = bounds(quarter, place.timezone)[1]
        if end is None:
            store.begin(session, place.id, quarter, ends_at)
        elif end.ends_at != ends_at:  # the place has moved to another time zone
            store.run_until(session, place.id, quarter, quarter, ends_at)
    session.expire_all()


def _close(session: Session, place: Place, ended: QuarterEnd, now: datetime) -> None:
    quarter = ended.quarter
    begins, ends = bounds(quarter, place.timezone)
    plan = plan_of(place.slug, quarter, place.languages)
    release = publish_tallies(count(plan, rows(_deeds(session, place, quarter, begins, ends))))
    worded = store.worded(session, place.id, begins, ends, place.languages)
    facts = {
        "figures": [figure.as_question().as_facts() for figure in FIGURES],
        "messages": {"sent": store.messages(session, place.id, begins, ends), "worded": dict(worded)},
        "tallies": release.as_facts(),
    }
    body = json.dumps(facts, ensure_ascii=False)  # not sorted: bands have an order
    store.keep_release(session, place.id, quarter, body, sha256(body.encode()).hexdigest(), now)
    _go_on(session, place, quarter, following(quarter))


def _go_on(session: Session, place: Place, was: str, quarter: str) -> None:
    store.forget_reached(session, place.id, was)
    store.run_until(session, place.id, was, quarter, bounds(quarter, place.timezone)[1])
    session.expire_all()


def _deeds(session: Session, place: Place, quarter: str, begins: datetime, ends: datetime) -> Deeds:
    first, end = _days(quarter)
    sent = store.messages(session, place.id, begins, ends)
    return Deeds(
        store.residents(session, place.id, end),
        store.asks_made(session, place.id, begins, ends),
        [_ended(ask) for ask in store.asks_ended(session, place.id, begins, ends)],
        store.helpers(session, place.id, begins, ends),
        store.offering(session, place.id, begins, ends),
        store.met(session, place.id, first, end),
        store.reached(session, place.id, quarter, begins, ends) if sent else None,
    )


def _days(quarter: str) -> tuple[date, date]:
    return first_day(quarter), first_day(following(quarter))


def _ended(ask: Ask) -> Ended:
    asker = asker_id(ask)
    assert asker is not None, "asks of nobody are not read"
    language = ask.languages[0] if ask.languages else ""
    return Ended(asker, ask.kind, language, ask.made_at, ask.matched_at, ask.done_at, ask.ended_as)


def keep_reached(session: Session, before: datetime, now: datetime) -> None:
    """Keep whom public messages reached, of letters that are about to be forgotten: those that expired before then."""
    for place, end in store.running(session):
        quarter, last = (end.quarter if end else quarter_of(now, place.timezone)), quarter_of(now, place.timezone)
        while quarter <= last:
            store.keep_reached(session, place.id, quarter, *bounds(quarter, place.timezone), before)
            quarter = following(quarter)


def pass_over(session: Session, now: datetime) -> list[str]:
    """Leave quarters uncounted that were over when a backup was restored; says which.

    They may have been released since the backup: a second release, with other noise, would undo the first.
    """
    passed = []
    for ended in store.all_over(session, now):
        place = places.place_by_id(session, ended.place_id)
        passed.append(f"{place.slug} {ended.quarter}")
        _go_on(session, place, ended.quarter, quarter_of(now, place.timezone))
    return passed


EVERY = timedelta(minutes=5)
"""How often somebody looks whether a quarter is over."""
