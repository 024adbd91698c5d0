"""A restored backup: nothing it holds is said, or goes on, before somebody has said so (facts/failures.md F28).

Its letters are held, and so is what a tick would do about things that were under way: asks, alerts that nobody has taken,
what language helpers are asked. What people begin or do from the restore on goes its way.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, delete, func, select, update

from bot.store.aid import OVER
from bot.store.engine import Session
from bot.store.tables import Alert, Ask, Letter, Quarantine, WordingAsk

RESTORED = "held since a backup was restored"


@dataclass(frozen=True)
class Held:
    """What waits to be released: letters that may have been sent already, and those that were not due yet.

    `asks`, `alerts`, `wordings`: what was under way when the backup was made and has not ended since.
    """

    perhaps_sent: int
    not_yet_due: int
    asks: int = 0
    alerts: int = 0
    wordings: int = 0

    @property
    def letters(self) -> int:
        """How many letters."""
        return self.perhaps_sent + self.not_yet_due

    @property
    def all(self) -> int:
        """How many of everything."""
        return self.letters + self.asks + self.alerts + self.wordings


def begin(session: Session, now: datetime) -> None:
    """From now on what was under way before waits."""
    session.merge(Quarantine(id=1, since=now))
    session.flush()


def since(session: Session) -> datetime | None:
    """Since when it stands; what began before waits. None where nothing does."""
    return session.scalar(select(Quarantine.since))


def end(session: Session) -> None:
    """Let all go on."""
    session.execute(delete(Quarantine))


def lapse(session: Session) -> None:
    """It ends by itself once nothing waits any more."""
    if since(session) is not None and held(session).all == 0:
        end(session)


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
    return Held(int(uncertain or 0), int(count) - int(uncertain or 0), *_under_way(session))


def _under_way(session: Session) -> tuple[int, int, int]:
    """Asks, alerts and what helpers were asked: those that wait."""
    begun = since(session)
    if begun is None:
        return 0, 0, 0
    waiting = (
        select(func.count()).select_from(Ask).where(Ask.state.not_in(OVER), Ask.made_at < begun),
        select(func.count()).select_from(Alert).where(Alert.state == "open", Alert.raised_at < begun),
        select(func.count()).select_from(WordingAsk).where(WordingAsk.state == "asked", WordingAsk.asked_at < begun),
    )
    asks, alerts, wordings = (session.scalar(query) or 0 for query in waiting)
    return asks, alerts, wordings


def release(session: Session, *, certain: bool) -> int:
    """Let held letters go out and all go on, or only those letters that cannot have been sent. How many letters."""
    if not certain:
        end(session)
    return _settle(session, "queued", None, certain=certain)


def drop(session: Session) -> int:
    """Give held letters up; all else goes on. How many."""
    end(session)
    return _settle(session, "cancelled", "given up after a restore", certain=False)


def _settle(session: Session, state: str, reason: str | None, *, certain: bool) -> int:
    chosen = update(Letter).where(Letter.state == "held")
    if certain:
        chosen = chosen.where(Letter.uncertain == 0)
    return len(session.execute(chosen.values(state=state, reason=reason).returning(Letter.id)).all())
