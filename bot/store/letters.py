"""Letters: rows of what is owed to be said, claimed and settled. Facts are encrypted; words are never kept.

What delivery asks for every few letters is Core, compiled once: a letter may cost it some 40 microseconds here.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, case, delete, func, null, or_, select, update

from bot.store.dialects import among, dialect_of, unindexed
from bot.store.engine import Session
from bot.store.prepared import Prepared
from bot.store.tables import Gate, GroupChat, Letter, Place, Resident

WAITING = ("queued", "sending", "held")
FAILED = ("dead", "unknown")


def add_letter(session: Session, values: dict[str, Any], facts: dict[str, Any]) -> int | None:
    """Write a letter unless one with the same dedupe key exists; its id, or None."""
    blob = session.vault.keys.encrypt(f"letter:facts:{values['dedupe']}", json.dumps(facts).encode())
    dialect = dialect_of(session)
    statement = dialect.insert(Letter).on_conflict_do_nothing(index_elements=["dedupe"]).returning(Letter.id)
    row = {**values, "facts": blob, "state": "queued", "attempts": 0, "uncertain": 0}
    written: int | None = session.scalar(statement, row)
    return written


def facts_in(session: Session, dedupe: str, sealed: bytes) -> dict[str, Any]:
    """What a letter is about. Raises KeysWrong."""
    return dict(json.loads(session.vault.keys.decrypt(f"letter:facts:{dedupe}", sealed)))


# --- claiming and settling

_LETTER = (
    Letter.id, Letter.kind, Letter.place_id, Letter.facts, Letter.dedupe, Letter.not_before, Letter.expires_at,
    Letter.attempts, Letter.uncertain, Letter.resident_id, Letter.group_id, Letter.round_id, Letter.broadcast_id,
)  # fmt: skip
_READER = (
    Resident.state.label("resident_state"), Resident.key_name, Resident.telegram_id, Resident.second_language,
    Resident.language.label("resident_language"), Resident.lookup.label("resident_lookup"),
    GroupChat.lookup.label("group_lookup"), GroupChat.chat_id, GroupChat.language.label("group_language"),
    GroupChat.lost, Place.weekly_letters,
)  # fmt: skip


def _of_bot() -> ColumnElement[bool]:
    return or_(Place.bot_id.is_(None), Place.bot_id == bindparam("bot"))


def _due(*, quiet: bool) -> Select[*tuple[Any, ...]]:
    """Letters that may be sent now, with their readers: the most urgent first, then as they fell due."""
    gated = select(Gate.lookup).where(
        Gate.bot_id == bindparam("bot"),
        Gate.until > bindparam("real_now"),
        Gate.lookup == func.coalesce(Resident.lookup, GroupChat.lookup),
    )
    query = (
        select(*_LETTER, *_READER)
        .join(Place, Place.id == Letter.place_id)
        .outerjoin(Resident, Resident.id == Letter.resident_id)
        .outerjoin(GroupChat, GroupChat.id == Letter.group_id)
        .where(Letter.state == "queued", Letter.not_before <= bindparam("now"), ~Place.letters_paused, _of_bot())
        .where(~gated.exists())
        .order_by(Letter.priority, Letter.not_before, Letter.id)
        .limit(bindparam("most"))
        .with_for_update(of=Letter, skip_locked=True)
    )
    if not quiet:
        return query
    loud = Letter.kind.in_(bindparam("loud", expanding=True))
    return query.where(or_(loud, Letter.place_id.not_in(bindparam("quiet", expanding=True))))


_DUE = {quiet: _due(quiet=quiet) for quiet in (False, True)}
_TABLE: Any = Letter.__table__
_CLAIM = Prepared(
    update(_TABLE)
    .where(among(_TABLE.c.id, "ids"), unindexed(_TABLE.c.state == "queued"))
    .values(state="sending", claim=bindparam("token"), claimed_until=bindparam("until"), attempts=_TABLE.c.attempts + 1)
    .returning(_TABLE.c.id)
)
_SETTLE = Prepared(
    update(_TABLE)
    .where(
        _TABLE.c.id == bindparam("letter"),
        _TABLE.c.claim == bindparam("held"),
        _TABLE.c.state == "sending",
    )
    .values(
        claim=null(),
        claimed_until=null(),
        not_before=func.coalesce(bindparam("not_before"), _TABLE.c.not_before),
        **{
            name: bindparam(name)
            for name in (
                "state", "attempts", "uncertain", "message_id", "reason", "settled_at", "said_in", "said_revision",
            )
        },
    )
)  # fmt: skip


def due(
    session: Session,
    bot_id: int,
    now: datetime,
    real_now: datetime,
    most: int,
    quiet: Sequence[int],
    loud: Sequence[str],
) -> Sequence[Row[Any]]:
    """Letters that may be sent now; in places where it is quiet only the loud kinds. Two senders never get the same."""
    facts: dict[str, Any] = {"bot": bot_id, "now": now, "real_now": real_now, "most": most}
    if quiet:
        facts |= {"quiet": quiet, "loud": loud}
    return session.connection().execute(_DUE[bool(quiet)], facts).all()


def claim(session: Session, ids: Sequence[int], token: str, until: datetime) -> set[int]:
    """Those of these letters that still wait are being sent now, under this token, until then at most."""
    return {row[0] for row in _CLAIM.rows(session, ids=ids, token=token, until=until)}


def settle(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Write what came of letters that are still held under their token; `not_before` None: as it was."""
    _SETTLE.change_many(session, rows)


def put_off(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Let letters that nobody has begun to send wait, or end them."""
    session.connection().execute(_PUT_OFF, list(rows))


_PLAIN = {"synchronize_session": False}
_PUT_OFF = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("letter"), _TABLE.c.state == "queued")
    .values(**{name: bindparam(name) for name in ("state", "not_before", "reason", "settled_at")})
)


def recover(
    session: Session,
    bot_id: int,
    now: datetime,
    expired_at: datetime | None,
    at_most_once: Sequence[str],
    uncertain_at_most: int,
) -> int:
    """Letters whose sender was lost: perhaps sent, so never again for some kinds, and not for ever for the others.

    `expired_at`: those alone whose claim was over by then; None: all, since whoever claimed them holds no lease any more.
    """
    lost = Letter.state == "sending"
    if expired_at is not None:
        lost = lost & (Letter.claimed_until <= expired_at)
    over = or_(Letter.kind.in_(at_most_once), Letter.uncertain + 1 >= uncertain_at_most)
    places = select(Place.id).where(_of_bot())
    found = session.execute(
        update(Letter)
        .where(lost, Letter.place_id.in_(places))
        .values(
            state=case((over, "unknown"), else_="queued"),
            reason=case((over, "may not have arrived"), else_=None),
            settled_at=case((over, now), else_=None),
            uncertain=Letter.uncertain + 1,
            claim=None,
            claimed_until=None,
        )
        .returning(Letter.id),
        {"bot": bot_id},
        execution_options=_PLAIN,
    )
    return len(found.all())


_UNASKED = (
    among(_TABLE.c.resident_id, "people"),
    among(_TABLE.c.kind, "kinds"),
    unindexed(
        or_(
            or_(_TABLE.c.state == "sent", _TABLE.c.state == "unknown") & (_TABLE.c.settled_at > bindparam("since")),
            _TABLE.c.state == "sending",
        )
    ),
)
_HOW_MANY = Prepared(select(_TABLE.c.resident_id, func.count()).where(*_UNASKED).group_by(_TABLE.c.resident_id))
_WHEN = Prepared(select(_TABLE.c.settled_at).where(*_UNASKED))


def unasked_counts(
    session: Session, resident_ids: Sequence[int], kinds: Sequence[str], since: datetime
) -> dict[int, int]:
    """How many unasked letters each of these people was sent since then; those under way count."""
    return dict(_HOW_MANY.rows(session, people=resident_ids, kinds=kinds, since=since))


def unasked_times(
    session: Session, resident_id: int, kinds: Sequence[str], since: datetime, now: datetime
) -> list[datetime]:
    """When somebody was sent unasked letters since then, the oldest first; what is under way counts as now."""
    return sorted(at or now for (at,) in _WHEN.rows(session, people=[resident_id], kinds=kinds, since=since))


# --- what else happens to letters


def drop_queued_to(session: Session, resident_id: int) -> None:
    """Nothing that waits is sent to somebody who stopped."""
    waits = Letter.state.in_(("queued", "held"))
    session.execute(update(Letter).where(Letter.resident_id == resident_id, waits).values(state="cancelled"))


def prune(session: Session, before: datetime) -> int:
    """Delete letters that were settled and are past their time; says how many."""
    gone = delete(Letter).where(Letter.expires_at < before, Letter.state.not_in(WAITING))
    return len(session.execute(gone.returning(Letter.id)).all())


def counts(session: Session) -> dict[str, int]:
    """How many letters are in each state."""
    return dict(session.execute(select(Letter.state, func.count()).group_by(Letter.state)).all())


def failed_since(session: Session, place_id: int, since: datetime, never: str) -> int:
    """How many letters of a place ended undelivered since then; those whose reader is gone (`never`) are no failure."""
    query = select(func.count()).where(
        Letter.place_id == place_id, Letter.state.in_(FAILED), Letter.settled_at > since, Letter.reason != never
    )
    return session.scalar(query) or 0
