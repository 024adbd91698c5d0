"""Rounds: asked of an audience, answered privately, closed at a set time, counted, reported back.

Sealed: an answer is kept under `mark = HMAC-SHA256(seal, resident id)`. The seal is a file outside the database and
outside every backup; destroying it after the close severs every copy of the answers at once (facts/disclosure.md 2.2).
"""

import hmac
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from bot.refusals import RoundClosed
from bot.store import rounds as store
from bot.store.residents import residents_with
from bot.store.tables import Resident, Round
from bot.store.writer import Session

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
    return hmac.digest(seal, b"answer:%d" % resident_id, sha256)[:16]


def open_round(session: Session, round_: Round, now: datetime) -> int:
    """Fix the roll and make the seal (on disk before the round is committed); says how many may answer."""
    session.vault.seals.make(str(round_.id))
    round_.state, round_.opened_at = "open", now
    people = audience(session, round_.place_id, round_.audience)
    return store.put_on_roll(session, round_.id, [person.id for person in people])


def has_answered(session: Session, round_id: int, resident_id: int) -> bool:
    """Whether the resident has answered an open round: known only through its seal, kept nowhere."""
    seal = session.vault.seals.read(str(round_id))
    return seal is not None and bool(store.answers_under(session, round_id, mark_of(seal, resident_id)))


def waiting_for(session: Session, resident: Resident, now: datetime) -> list[Round]:
    """The open rounds that this resident has not answered yet."""
    due = store.open_rounds_for(session, resident.id, now)
    return [round_ for round_ in due if not has_answered(session, round_.id, resident.id)]


def not_answered(session: Session, round_: Round) -> list[Resident]:
    """Those on the roll who have not answered."""
    seal = seal_of(session, round_.id)
    marks = set(store.all_answers(session, round_.id))
    return [person for person in store.roll_of(session, round_.id) if mark_of(seal, person.id) not in marks]


def withdraw_everywhere(session: Session, resident: Resident) -> None:
    """Take back every answer of a resident in rounds that are still open."""
    for round_ in store.open_rounds(session):
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
