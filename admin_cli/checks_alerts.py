"""The doctor's look at what must never fail: numbers to call, alerts that somebody sees, concerns that somebody has."""

from typing import TYPE_CHECKING

from admin_cli.finding import Finding

if TYPE_CHECKING:
    from admin_cli.door import Store


def helplines(store: "Store") -> Finding:
    """Whether every enabled language of every place has somebody to call (facts/failures.md 3.7)."""
    from bot.community.alerts import without_helplines
    from bot.store.places import all_places

    with store.transaction() as session:
        lacking = {
            place.slug: missing for place in all_places(session) if (missing := without_helplines(session, place))
        }
    if lacking:
        told = "; ".join(f"{slug} has none in {', '.join(missing)}" for slug, missing in lacking.items())
        cure = "kith place helpline add PLACE NUMBER --name NAME --language TAG; check each number by calling it"
        return Finding("helplines", "wrong", told, cure)
    return Finding("helplines", "ok", "every language has somebody to call")


def unseen_alerts(store: "Store") -> Finding:
    """Whether somebody has waited too long for anybody to see that they need someone."""
    from admin_cli.door import now
    from bot.community.alerts import UNSEEN_AT_MOST
    from bot.store.alerts import oldest_open

    with store.transaction() as session:
        since = oldest_open(session)
    if since is not None and now() - since > UNSEEN_AT_MOST:
        minutes = int((now() - since).total_seconds() // 60)
        cure = "call a coordinator now: somebody pressed 'I need someone today' and nobody has taken it"
        return Finding("alerts", "wrong", f"the oldest has waited {minutes} minutes", cure)
    return Finding("alerts", "ok", "none waits unseen" if since is None else "one waits, since less than 15 minutes")


def safeguarding(store: "Store") -> Finding:
    """Whether every place has somebody who receives concerns, and nobody lets one lie."""
    from bot.community.concern_seen import counted, who_receives
    from bot.store.places import all_places

    with store.transaction() as session:
        known = all_places(session)
        late = {place.slug: many for place in known if (many := counted(session, place.id).late)}
        without = [place.slug for place in known if not who_receives(session, place.id)]
    if late:
        told = "; ".join(f"{slug}: {many}" for slug, many in late.items())
        cure = "call the safeguarding leads; 'kith invite safeguarding' or 'second_lead' names another"
        return Finding("safeguarding", "wrong", f"concerns that nobody has seen to in time: {told}", cure)
    if without:
        cure = (
            "kith invite safeguarding --place PLACE; and second_lead, for concerns about the first, or the organisers"
        )
        return Finding("safeguarding", "look", f"nobody receives concerns at {', '.join(without)}", cure)
    return Finding("safeguarding", "ok", "every place has somebody, and none lies too long")
