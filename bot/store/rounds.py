"""Rounds: what is asked of many, the roll, and answers under marks."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, delete, func, insert, select

from bot.store.engine import Session
from bot.store.prepared import Prepared
from bot.store.tables import Answer, Release, Resident, Roll, Round


def round_by_id(session: Session, round_id: int) -> Round | None:
    """The round, or None."""
    return session.get(Round, round_id)


def hold(session: Session, round_: Round) -> None:
    """Read a round anew and keep others from changing it, or voting in it, until this transaction ends."""
    session.refresh(round_, with_for_update=True)


def rounds_of(session: Session, place_id: int, kind: str) -> Sequence[Round]:
    """A place's rounds of a kind, the newest first."""
    query = select(Round).where(Round.place_id == place_id, Round.kind == kind).order_by(Round.id.desc())
    return session.scalars(query).all()


def open_rounds(session: Session) -> Sequence[Round]:
    """All rounds that take answers."""
    return session.scalars(select(Round).where(Round.state == "open").order_by(Round.id)).all()


def unfinished_rounds(session: Session) -> Sequence[Round]:
    """Rounds under whose seal something may be kept: open ones and drafts."""
    return session.scalars(select(Round).where(Round.state.in_(("draft", "open"))).order_by(Round.id)).all()


def due_to_close(session: Session, now: datetime) -> Sequence[Round]:
    """Open rounds whose time is over."""
    return session.scalars(select(Round).where(Round.state == "open", Round.closes_at <= now).order_by(Round.id)).all()


def due_to_remind(session: Session, now: datetime) -> Sequence[Round]:
    """Open rounds whose reminder is due."""
    return session.scalars(select(Round).where(Round.state == "open", Round.remind_at <= now).order_by(Round.id)).all()


def put_on_roll(session: Session, round_id: int, residents: Iterable[int]) -> int:
    """Write who may answer; says how many."""
    rows = [{"round_id": round_id, "resident_id": resident} for resident in residents]
    if rows:
        session.execute(insert(Roll), rows)
    return len(rows)


def roll_of(session: Session, round_id: int) -> Sequence[Resident]:
    """Who may answer."""
    query = select(Resident).join(Roll, Roll.resident_id == Resident.id).where(Roll.round_id == round_id)
    return session.scalars(query.order_by(Resident.id)).all()


def clear_roll(session: Session, round_id: int) -> None:
    """Let nobody be on a roll, so that it can be fixed anew."""
    session.execute(delete(Roll).where(Roll.round_id == round_id))


def ids_on_roll(session: Session, round_id: int) -> Sequence[int]:
    """Who may answer, by their ids alone."""
    return session.scalars(select(Roll.resident_id).where(Roll.round_id == round_id).order_by(Roll.resident_id)).all()


def count_roll(session: Session, round_id: int) -> int:
    """How many may answer."""
    return session.scalar(select(func.count()).where(Roll.round_id == round_id)) or 0


def is_on_roll(session: Session, round_id: int, resident_id: int) -> bool:
    """Whether the resident may answer."""
    return session.get(Roll, (round_id, resident_id)) is not None


def open_rounds_for(session: Session, resident_id: int, now: datetime) -> Sequence[Round]:
    """The open rounds that this resident may answer, the first to close first."""
    query = (
        select(Round)
        .join(Roll, Roll.round_id == Round.id)
        .where(Roll.resident_id == resident_id, Round.state == "open", Round.closes_at > now)
        .order_by(Round.closes_at, Round.id)
    )
    return session.scalars(query).all()


_ANSWERS = Answer.__table__
_MINE = and_(_ANSWERS.c.round_id == bindparam("round_id"), _ANSWERS.c.mark == bindparam("mark"))
UNDER = Prepared(select(_ANSWERS.c.question, _ANSWERS.c.value).where(_MINE))


def _keeping(dialect: Any) -> Any:
    statement = dialect.insert(_ANSWERS)
    return statement.on_conflict_do_update(
        index_elements=["round_id", "mark", "question"], set_={"value": statement.excluded.value}
    )


_KEEP = Prepared(_keeping)
_DROP_ALL = Prepared(delete(Answer).where(_MINE))
_DROP_ONE = Prepared(delete(Answer).where(_MINE, _ANSWERS.c.question == bindparam("question")))


def answers_under(session: Session, round_id: int, mark: bytes) -> dict[int, int]:
    """What was answered under a mark: value by question."""
    return dict(UNDER.rows(session, round_id=round_id, mark=mark))


def keep_answers(session: Session, round_id: int, mark: bytes, values: Mapping[int, int]) -> None:
    """Write answers (at least one), value by question, in place of earlier ones to the same questions."""
    rows = (
        {"round_id": round_id, "mark": mark, "question": question, "value": value} for question, value in values.items()
    )
    _KEEP.change_many(session, rows)


def drop_answers(session: Session, round_id: int, mark: bytes, questions: Iterable[int] | None = None) -> None:
    """Take back what was answered under a mark: all of it, or some questions."""
    if questions is None:
        _DROP_ALL.change(session, round_id=round_id, mark=mark)
    else:
        _DROP_ONE.change_many(session, ({"round_id": round_id, "mark": mark, "question": one} for one in questions))


def drop_marks(session: Session, round_id: int, marks: Iterable[bytes]) -> None:
    """Delete everything under these marks."""
    for mark in marks:
        session.execute(delete(Answer).where(Answer.round_id == round_id, Answer.mark == mark))


def count_marks(session: Session, round_id: int) -> int:
    """How many people have answered. What is kept beside answers has numbers below zero."""
    answered = Answer.round_id == round_id, Answer.question >= 0
    return session.scalar(select(func.count(Answer.mark.distinct())).where(*answered)) or 0


def all_answers(session: Session, round_id: int) -> dict[bytes, dict[int, int]]:
    """Every answer of a round: by mark, value by question."""
    found: dict[bytes, dict[int, int]] = {}
    query = select(Answer.mark, Answer.question, Answer.value).where(Answer.round_id == round_id)
    for mark, question, value in session.execute(query):
        found.setdefault(mark, {})[question] = value
    return found


def delete_answers(session: Session, round_id: int) -> None:
    """Delete every answer of a round."""
    session.execute(delete(Answer).where(Answer.round_id == round_id))


def keep_release(session: Session, round_id: int, body: str, sha256: str, now: datetime) -> None:
    """Write what the round says, once: a second release of the same round breaks the key."""
    session.add(Release(round_id=round_id, body=body, sha256=sha256, released_at=now))
    session.flush()


def release_of(session: Session, round_id: int) -> Release | None:
    """What the round said when it closed, or None."""
    return session.get(Release, round_id)
