"""Who sends a bot's letters (a lease with a term), and where Telegram wants nothing for a while (429).

Times here are the database's own, never the house's clock: that one may be moved, and a lease must not move with it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import bindparam, delete, func, or_, select, update

from bot.store.dialects import dialect_of
from bot.store.engine import Session
from bot.store.prepared import Prepared
from bot.store.tables import Bot, Gate, Place, Sender

LEASE = timedelta(seconds=15)
"""Seconds that a sender's lease lasts; renewed every five, so that another process takes over within twenty."""


@dataclass(frozen=True)
class Held:
    """A lease that was taken: its term, and for how many seconds the bot's stream still has to pause, or be slow."""

    term: int
    paused: float
    slow: float


def clock(session: Session) -> datetime:
    """What time it is for the database. SQLite runs inside this process: its clock is this machine's."""
    if session.get_bind().dialect.name == "sqlite":
        return datetime.now(UTC)
    now: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    return now.astimezone(UTC)


def take(session: Session, bot_id: int, holder: str, *, anyway: bool) -> Held | None:
    """Take the lease, unless somebody else holds it (`anyway`: whoever did is known to be dead); a new term begins."""
    now = clock(session)
    dialect = dialect_of(session)
    fresh = dialect.insert(Sender).values(bot_id=bot_id, holder=holder, term=1, until=now + LEASE)
    taken = fresh.on_conflict_do_update(
        index_elements=["bot_id"],
        set_={"holder": holder, "term": Sender.term + 1, "until": now + LEASE},
        where=None if anyway else Sender.until <= now,
    ).returning(Sender.term, Sender.paused_until, Sender.slow_until)
    row = session.execute(taken).first()
    return None if row is None else Held(row.term, _left(row.paused_until, now), _left(row.slow_until, now))


def _left(until: datetime | None, now: datetime) -> float:
    return max(0.0, (until - now).total_seconds()) if until else 0.0


def renew(session: Session, bot_id: int, term: int) -> bool:
    """Hold the lease for longer; says whether its term was still this one."""
    until = clock(session) + LEASE
    mine = update(Sender).where(Sender.bot_id == bot_id, Sender.term == term).values(until=until)
    return session.execute(mine.returning(Sender.term)).first() is not None


def resign(session: Session, bot_id: int, term: int) -> None:
    """Let the next process take the lease at once."""
    now = clock(session)
    session.execute(update(Sender).where(Sender.bot_id == bot_id, Sender.term == term).values(until=now))


_MINE = select(Sender.term).where(Sender.bot_id == bindparam("bot"), Sender.term == bindparam("term"))
_STILL = Prepared(_MINE, _MINE.add_columns(func.clock_timestamp()).with_for_update(read=True))


def still(session: Session, bot_id: int, term: int) -> datetime | None:
    """The database's time if the lease's term is this one, and it stays so until the commit; else None."""
    row = _STILL.first(session, bot=bot_id, term=term)
    if row is None:
        return None
    return datetime.now(UTC) if len(row) == 1 else row[1].astimezone(UTC)


def holder_of(session: Session, bot_id: int) -> str | None:
    """Who holds, or last held, the lease of a bot's letters."""
    return session.scalar(select(Sender.holder).where(Sender.bot_id == bot_id))


def adopt_places(session: Session, bot_id: int) -> None:
    """Places that no bot speaks for yet are this one's, once it has introduced itself."""
    known = select(Bot.id).where(Bot.id == bot_id).exists()
    session.execute(update(Place).where(Place.bot_id.is_(None), known).values(bot_id=bot_id))


def close_gate(session: Session, bot_id: int, lookup: bytes, seconds: float) -> None:
    """Telegram wants nothing in this chat for so long; a longer wait that is known already stands."""
    until = clock(session) + timedelta(seconds=seconds)
    dialect = dialect_of(session)
    closed = dialect.insert(Gate).values(bot_id=bot_id, lookup=lookup, until=until)
    session.execute(
        closed.on_conflict_do_update(
            index_elements=["bot_id", "lookup"], set_={"until": until}, where=Gate.until < until
        )
    )


def open_gates(session: Session, bot_id: int) -> None:
    """Forget the gates whose time is over."""
    session.execute(delete(Gate).where(Gate.bot_id == bot_id, Gate.until <= clock(session)))


def pause(session: Session, bot_id: int, seconds: float, slow: float) -> None:
    """The whole bot is over its limit: it pauses, and is slow for a while after."""
    now = clock(session)
    until, slow_until = now + timedelta(seconds=seconds), now + timedelta(seconds=seconds + slow)
    mine = update(Sender).where(Sender.bot_id == bot_id)
    session.execute(
        mine.where(or_(Sender.paused_until.is_(None), Sender.paused_until < until)).values(paused_until=until)
    )
    session.execute(
        mine.where(or_(Sender.slow_until.is_(None), Sender.slow_until < slow_until)).values(slow_until=slow_until)
    )


@dataclass(frozen=True)
class SenderSeen:
    """A bot's sender as others see it: whether its lease is alive, and for how many seconds it pauses."""

    bot_id: int
    alive: bool
    paused: float
    slow: float
    gates: int


def seen(session: Session) -> list[SenderSeen]:
    """Every bot's sender."""
    now = clock(session)
    gates = dict(session.execute(select(Gate.bot_id, func.count()).where(Gate.until > now).group_by(Gate.bot_id)).all())
    return [
        SenderSeen(
            one.bot_id,
            one.until > now,
            _left(one.paused_until, now),
            _left(one.slow_until, now),
            gates.get(one.bot_id, 0),
        )
        for one in session.scalars(select(Sender).order_by(Sender.bot_id))
    ]
