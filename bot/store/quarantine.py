"""Letters of a restored backup: none goes out before somebody has said so (facts/failures.md F28)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select, update

from bot.store.tables import Letter
from bot.store.writer import Session

RESTORED = "held since a backup was restored"


@dataclass(frozen=True)
class Held:
    """Letters that wait to be released: those that may have been sent already, and those that were not due yet."""

    perhaps_sent: int
    not_yet_due: int

    @property
    def all(self) -> int:
        """How many."""
        return self.perhaps_sent + self.not_yet_due


def newest_letter(session: Session) -> int:
    """The number of the newest letter; 0 where there is none."""
    return session.scalar(select(func.max(Letter.id))) or 0


def hold(session: Session, now: datetime, newest: int) -> int:
    """Hold every letter that is still to be sent. How many.

    One that was due, or was written only now (its number is above `newest`), may have been sent since the backup. Its
    uncertainty is counted as a lost sender's is: once released, what must never come twice becomes `unknown`.
    """
    waiting = Letter.state.in_(("queued", "sending"))
    since = (Letter.state == "sending") | (Letter.not_before <= now) | (Letter.id > newest)
    perhaps = case((since, 1), else_=0)
    done = update(Letter).where(waiting).values(uncertain=Letter.uncertain + perhaps)
    done = done.values(state="held", reason=RESTORED, claim=None, claimed_until=None)
    return len(session.execute(done.returning(Letter.id)).all())


def held(session: Session) -> Held:
    """What waits to be released."""
    perhaps = func.sum(case((Letter.uncertain > 0, 1), else_=0))
    count, uncertain = session.execute(select(func.count(), perhaps).where(Letter.state == "held")).one()
    return Held(int(uncertain or 0), int(count) - int(uncertain or 0))


def release(session: Session, *, certain: bool) -> int:
    """Let held letters go out: all, or those alone that cannot have been sent. How many."""
    return _settle(session, "queued", None, certain=certain)


def drop(session: Session) -> int:
    """Give held letters up. How many."""
    return _settle(session, "cancelled", "given up after a restore", certain=False)


def _settle(session: Session, state: str, reason: str | None, *, certain: bool) -> int:
    chosen = update(Letter).where(Letter.state == "held")
    if certain:
        chosen = chosen.where(Letter.uncertain == 0)
    return len(session.execute(chosen.values(state=state, reason=reason).returning(Letter.id)).all())
