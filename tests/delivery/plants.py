"""Faults that bots of this kind have really had, planted on purpose: a test that stays green with one in is no test."""

import secrets

from sqlalchemy import bindparam, func, null, update

from bot.community import letters as rules
from bot.community import outcomes, post
from bot.delivery.pace import Pace
from bot.store import letters as store
from bot.store import senders
from bot.store.dialects import among
from bot.store.prepared import Prepared
from bot.store.tables import Letter

_TABLE = Letter.__table__
_SETTLED = (
    "state", "attempts", "uncertain", "message_id", "reason", "settled_at", "said_in", "said_revision",
)  # fmt: skip


def no_lease_token(monkeypatch):
    """Whoever comes late settles the letter that somebody else is sending."""
    late = update(_TABLE).where(_TABLE.c.id == bindparam("letter"))
    late = late.values(
        claim=null(),
        not_before=func.coalesce(bindparam("not_before"), _TABLE.c.not_before),
        **{name: bindparam(name) for name in _SETTLED},
    )
    monkeypatch.setattr(store, "_SETTLE", Prepared(late))


def lease_shorter_than_the_send(monkeypatch):
    """A letter that is being sent is taken for lost."""
    monkeypatch.setattr(post, "LEASE", post.LEASE * 0)


def settled_before_it_is_sent(monkeypatch):
    """Acknowledged first, done afterwards: what fails in between is gone."""
    early = update(_TABLE).where(among(_TABLE.c.id, "ids"), _TABLE.c.state == "queued")
    early = early.values(state="sent", claim=bindparam("token"), claimed_until=bindparam("until"))
    monkeypatch.setattr(store, "_CLAIM", Prepared(early.returning(_TABLE.c.id)))


def gate_ignored(monkeypatch):
    """A 429 is an answer like any other."""
    monkeypatch.setattr(senders, "close_gate", lambda *_facts: None)
    monkeypatch.setattr(senders, "pause", lambda *_facts: None)
    monkeypatch.setattr(Pace, "hold", lambda *_facts: False)
    gated = outcomes.gated

    def at_once(parcel, bot_id, now, _seconds, slow):
        return gated(parcel, bot_id, now, 0, slow)

    monkeypatch.setattr(outcomes, "gated", at_once)


def cancel_unchecked(monkeypatch):
    """What was taken a moment ago goes, whatever was decided since."""
    blind = update(_TABLE).where(among(_TABLE.c.id, "ids"))
    blind = blind.values(state="sending", claim=bindparam("token"), claimed_until=bindparam("until"))
    monkeypatch.setattr(store, "_CLAIM", Prepared(blind.returning(_TABLE.c.id)))


def dedupe_key_dropped(monkeypatch):
    """Every owing is a letter of its own."""
    add = store.add_letter

    def anew(session, values, facts):
        return add(session, {**values, "dedupe": secrets.token_hex(8)}, facts)

    monkeypatch.setattr(rules.store, "add_letter", anew)


PLANTS = {
    plant.__name__: plant
    for plant in (
        no_lease_token,
        lease_shorter_than_the_send,
        settled_before_it_is_sent,
        gate_ignored,
        cancel_unchecked,
        dedupe_key_dropped,
    )
}
