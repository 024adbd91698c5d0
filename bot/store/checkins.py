"""Check-ins: their plans and waves, whom to write to next, and what is carried from one wave to the next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, delete, distinct, exists, func, insert, select

from bot.store.engine import Session
from bot.store.tables import Answer, Chart, Checkin, CheckinPlan, Consent, Letter, Place, Resident, Role, Roll, Round

INVITATION = "checkin_invitation"


@dataclass(frozen=True, slots=True)
class CheckinFacts:
    """A check-in with what a tap must be checked against; `on_roll`: the resident's id where they may answer."""

    id: int
    place_id: int
    kind: str
    state: str
    closes_at: datetime
    timezone: str
    wave: int
    echo_of: int | None
    compare: bool
    questions: Sequence[Mapping[str, Any]]
    groups: Mapping[str, Any]
    on_roll: int | None


_CHECKIN = (
    select(
        Round.id,
        Round.place_id,
        Round.kind,
        Round.state,
        Round.closes_at,
        Place.timezone,
        Checkin.wave,
        Checkin.echo_of,
        Checkin.compare,
        Checkin.questions,
        Checkin.groups,
        Roll.resident_id,
    )
    .join(Checkin, Checkin.round_id == Round.id)
    .join(Place, Place.id == Round.place_id)
    .outerjoin(Roll, and_(Roll.round_id == Round.id, Roll.resident_id == bindparam("resident_id")))
    .where(Round.id == bindparam("round_id"))
)
_CHECKIN_TO_ANSWER = _CHECKIN.with_for_update(read=True, of=Round)


def checkin_for(
    session: Session, round_id: int, resident_id: int | None, *, to_answer: bool = False
) -> CheckinFacts | None:
    """A check-in for a resident. `to_answer` keeps the round as it is until this transaction ends (store/polls.py)."""
    statement = _CHECKIN_TO_ANSWER if to_answer else _CHECKIN
    row = session.connection().execute(statement, {"round_id": round_id, "resident_id": resident_id}).first()
    return None if row is None else CheckinFacts(*tuple(row))


def checkin_of(session: Session, round_id: int) -> Checkin | None:
    """What makes a round a check-in, or None."""
    return session.get(Checkin, round_id)


def add_checkin(session: Session, round_: Round, checkin: Mapping[str, Any]) -> None:
    """Write a round and what makes it a check-in."""
    session.add(round_)
    session.flush()
    session.add(Checkin(round_id=round_.id, **checkin))
    session.flush()


def add_plan(session: Session, plan: CheckinPlan) -> None:
    """Write a plan."""
    session.add(plan)
    session.flush()


def plan_by_id(session: Session, plan_id: int) -> CheckinPlan | None:
    """The plan, or None."""
    return session.get(CheckinPlan, plan_id)


def plans_of(session: Session, place_id: int) -> Sequence[CheckinPlan]:
    """A place's plans, the newest first."""
    query = select(CheckinPlan).where(CheckinPlan.place_id == place_id).order_by(CheckinPlan.id.desc())
    return session.scalars(query).all()


def due_plans(session: Session, now: datetime) -> Sequence[CheckinPlan]:
    """Plans whose next wave is due, held against other processes."""
    due = CheckinPlan.state == "active", CheckinPlan.next_at <= now
    return session.scalars(select(CheckinPlan).where(*due).order_by(CheckinPlan.id).with_for_update()).all()


def waves_of(session: Session, plan_id: int) -> Sequence[Round]:
    """The rounds of a plan, the newest first."""
    query = select(Round).join(Checkin, Checkin.round_id == Round.id).where(Checkin.plan_id == plan_id)
    return session.scalars(query.order_by(Checkin.wave.desc())).all()


def consenting(session: Session, place_id: int, role: str | None, purpose: str) -> Sequence[int]:
    """A place's residents who are here and agreed to a purpose, all or those with a role; by id."""
    agreed = and_(Consent.resident_id == Resident.id, Consent.purpose == purpose, Consent.withdrawn_at.is_(None))
    query = select(Resident.id).join(Consent, agreed).where(Resident.place_id == place_id, Resident.state != "stopped")
    if role is not None:
        query = query.join(Role, and_(Role.resident_id == Resident.id, Role.role == role))
    return session.scalars(query.order_by(Resident.id)).all()


def to_invite(session: Session) -> Sequence[tuple[Round, Checkin]]:
    """Open check-ins of which not everybody has an invitation yet."""
    query = (
        select(Round, Checkin)
        .join(Checkin, Checkin.round_id == Round.id)
        .where(Round.state == "open", Checkin.inviting.is_not(None))
        .order_by(Round.id)
    )
    return [(round_, checkin) for round_, checkin in session.execute(query)]


def to_tell(session: Session) -> Sequence[tuple[Round, Checkin]]:
    """Closed check-ins of which not everybody has been told yet, and whose pictures are drawn, or given up."""
    drawing = exists().where(Chart.round_id == Round.id, Chart.png.is_(None))
    query = (
        select(Round, Checkin)
        .join(Checkin, Checkin.round_id == Round.id)
        .where(Round.state == "closed", Checkin.telling.is_not(None), ~drawing)
        .order_by(Round.id)
    )
    return [(round_, checkin) for round_, checkin in session.execute(query)]


def on_roll_after(session: Session, round_id: int, after: int, most: int) -> Sequence[Resident]:
    """The next residents of a round's roll, in the order of their ids."""
    query = select(Resident).join(Roll, Roll.resident_id == Resident.id)
    query = query.where(Roll.round_id == round_id, Resident.id > after)
    return session.scalars(query.order_by(Resident.id).limit(most)).all()


def residents_with_role(session: Session, place_id: int, role: str) -> set[int]:
    """The ids of those who have a role at a place."""
    return set(session.scalars(select(Role.resident_id).where(Role.place_id == place_id, Role.role == role)))


def count_reached(session: Session, round_id: int) -> int:
    """How many people an invitation has reached, each once."""
    reached = select(func.count(distinct(Letter.resident_id)))
    reached = reached.where(Letter.round_id == round_id, Letter.kind == INVITATION, Letter.state == "sent")
    return session.scalar(reached) or 0


def carried_and_late(session: Session, now: datetime) -> Sequence[Checkin]:
    """Waves that hold what was carried from the one before, for longer than was promised."""
    return session.scalars(select(Checkin).where(Checkin.carried_until <= now)).all()


def take_off_roll(session: Session, resident_id: int) -> None:
    """Let a resident be asked nothing more by check-ins that are open or wait to open."""
    rounds = select(Round.id).where(Round.kind.in_(("checkin", "echo")), Round.state.in_(("draft", "open")))
    session.execute(delete(Roll).where(Roll.resident_id == resident_id, Roll.round_id.in_(rounds)))
    waiting = Letter.resident_id == resident_id, Letter.round_id.in_(rounds), Letter.state == "queued"
    session.execute(delete(Letter).where(*waiting))


def rounds_that_people_left(session: Session) -> Sequence[int]:
    """Check-ins, open or holding what was carried, whose roll is shorter than it was: somebody withdrew."""
    on_roll = select(func.count()).where(Roll.round_id == Round.id).correlate(Round).scalar_subquery()
    query = select(Round.id).join(Checkin, Checkin.round_id == Round.id)
    return session.scalars(
        query.where(Round.state.in_(("draft", "open")), Checkin.invited > on_roll).order_by(Round.id)
    ).all()


def keep_carried(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write what is carried to the next wave: rows of answers under its marks."""
    if rows:
        session.execute(insert(Answer), [dict(row) for row in rows])


def echo_of(session: Session, round_id: int) -> int | None:
    """The number of the tiny round that asks whether a result rings true, or None."""
    return session.scalar(select(Checkin.round_id).where(Checkin.echo_of == round_id))
