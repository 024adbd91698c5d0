"""Updates that have been applied, and those set aside."""

from datetime import date

from sqlalchemy import Date, bindparam, delete, select, text

from bot.store.engine import Session
from bot.store.prepared import Prepared, entity, together
from bot.store.residents import FOUND_BY
from bot.store.tables import Inbox, Resident, SetAside

_TAKE = Prepared(
    lambda sqlite: sqlite.insert(Inbox.__table__).on_conflict_do_nothing(),
    postgresql=text(
        # The lock orders one person's updates across processes; a row lock would stamp the person's row with this
        # transaction's id, and pair it with the answer written beside it (facts/failures.md 0.8).
        "insert into inbox (bot_id, update_id, day) select :bot_id, :update_id, :day "
        "from (select pg_advisory_xact_lock(:person)) as turn on conflict do nothing"
    ).bindparams(bindparam("day", type_=Date)),
)


def take(session: Session, bot_id: int, update_id: int, day: date, person: bytes) -> tuple[bool, Resident | None]:
    """Take an update, and look up the resident whom the person's hash means.

    True once, False ever after. On PostgreSQL waits for the person's earlier updates, and sees what they did.
    """
    key = int.from_bytes(person[:8], signed=True)
    taken = _TAKE.asked(bot_id=bot_id, update_id=update_id, day=day, person=key)
    new, found = together(session, taken, FOUND_BY.asked(lookup=person))
    return bool(new.count), entity(session, Resident, found.first)


def set_aside(session: Session, bot_id: int, update_id: int, kind: str, error: str, day: date) -> None:
    """Note an update that failed three times; no words of it are kept."""
    session.merge(SetAside(bot_id=bot_id, update_id=update_id, kind=kind, error=error, day=day))


def count_set_aside(session: Session) -> int:
    """How many updates are set aside."""
    return len(session.scalars(select(SetAside.update_id)).all())


def prune(session: Session, before: date) -> int:
    """Drop the inbox's rows of earlier days; Telegram redelivers nothing after 24 hours."""
    return len(session.execute(delete(Inbox).where(Inbox.day < before).returning(Inbox.update_id)).all())
