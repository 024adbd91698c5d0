"""Rounds: asked of an audience, answered privately, closed at a set time, counted, reported back.

Sealed: an answer is kept under `mark = HMAC-SHA256(seal, resident id)`. The seal is a file outside the database and
outside every backup; destroying it after the close severs every copy of the answers at once (facts/disclosure.md 2.2).
"""

import hmac
from collections.abc import Sequence
from datetime import datetime

from bot.refusals import RoundClosed
from bot.store import rounds as store
from bot.store.engine import Session
from bot.store.residents import residents_with
from bot.store.tables import Resident, Round

AUDIENCES: dict[str, str | None] = {"steering": "steering", "everyone": None, "volunteers": "volunteer"}
"""Who can be asked, and the role that makes them so."""


def audience(session: Session, place_id: int, name: str) -> Sequence[Resident]:
    """The residents whom an audience means, those who stopped left out."""
    return residents_with(session, place_id, AUDIENCES[name])


def seal_of(session: Session, round_id: int) -> bytes:
    """An open round's seal. Raises RoundClosed where it is lost: without it nobody's answer can be found again."""
    seal = session.vault.seals.read(str(round_id))
    if seal is None:
        raise RoundClosed
    return seal


def mark_of(seal: bytes, resident_id: int) -> bytes:
    """What stands for a resident in this round, and in no other."""
    return hmac.new(seal, b"answer:%d" % resident_id, "sha256").digest()[:16]


def mark_of_visit(seal: bytes, visit: str) -> bytes:
    """What stands for somebody without an account whom a researcher helps: of a word that is only in that chat."""
    return hmac.new(seal, b"assisted:" + visit.encode(), "sha256").digest()[:16]


def open_round(session: Session, round_: Round, now: datetime) -> int:
    """Fix the roll and make the seal (on disk before the round is committed); says how many may answer."""
    people = audience(session, round_.place_id, round_.audience)
    return open_to(session, round_, [person.id for person in people], now)


def open_to(session: Session, round_: Round, people: Sequence[int], now: datetime, *, sealed: bool = False) -> int:
    """As `open_round`, for these residents; `sealed`: the seal was made before, and things are kept under it."""
    if not sealed or session.vault.seals.read(str(round_.id)) is None:
        session.vault.seals.make(str(round_.id))
    round_.state, round_.opened_at = "open", now
    return store.put_on_roll(session, round_.id, people)


def has_answered(session: Session, round_id: int, resident_id: int) -> bool:
    """Whether the resident has answered an open round: known only through its seal, kept nowhere."""
    seal = session.vault.seals.read(str(round_id))
    if seal is None:
        return False
    return any(question >= 0 for question in store.answers_under(session, round_id, mark_of(seal, resident_id)))


def waiting_for(session: Session, resident: Resident, now: datetime) -> list[Round]:
    """The open polls and check-ins that this resident has not answered yet."""
    due = [round_ for round_ in store.open_rounds_for(session, resident.id, now) if round_.kind in {"poll", "checkin"}]
    return [round_ for round_ in due if not has_answered(session, round_.id, resident.id)]


def not_answered(session: Session, round_: Round) -> list[Resident]:
    """Those on the roll who have not answered."""
    seal = seal_of(session, round_.id)
    marks = {mark for mark, kept in store.all_answers(session, round_.id).items() if max(kept) >= 0}
    return [person for person in store.roll_of(session, round_.id) if mark_of(seal, person.id) not in marks]


def withdraw_everywhere(session: Session, resident: Resident) -> None:
    """Take back every answer of a resident in rounds that are still open, and what waits under a coming one's seal."""
    for round_ in store.unfinished_rounds(session):
        seal = session.vault.seals.read(str(round_.id))
        if seal is not None:
            store.drop_answers(session, round_.id, mark_of(seal, resident.id))


def seals_to_destroy(session: Session) -> list[str]:
    """Names of seals whose round has closed or was called off: a crash may have left them."""
    dead = []
    for name in session.vault.seals.names():
        round_ = store.round_by_id(session, int(name)) if name.isdigit() else None
        if round_ is not None and round_.state in {"closed", "cancelled"}:
            dead.append(name)
    return dead
