"""Answering a check-in: every tap is one wish, kept at once under the round's mark, and can be changed until it closes.

No transaction here that writes an answer writes anything that names the person (DESIGN 3, rule 11).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.community import checkins, rounds
from bot.community.checkin_tables import COMPARE, OPENED, group_values
from bot.community.instruments import Question
from bot.community.letters import owe
from bot.refusals import CheckinClosed, NotAsked, OldButton
from bot.store import checkins as store
from bot.store import rounds as rounds_store
from bot.store.checkins import INVITATION, CheckinFacts
from bot.store.engine import Session
from bot.store.tables import Resident

COVER = 0
NOT_ANSWERED = -1
"""Where a value stands: take this answer back."""


@dataclass(frozen=True)
class Sheet:
    """Somebody's own check-in, at one of its places: 0 the cover, then the questions, then the end.

    `compare`: whether they wish it compared with their next one; None where that is not offered. `low`: they just gave
    an answer at the bottom of a scale, so help is offered; nothing else is made of it.
    """

    round_id: int
    place_id: int
    questions: Sequence[Question]
    answers: Mapping[int, int]
    at: int
    closes_at: datetime
    timezone: str
    compare: bool | None
    echo: bool = False
    low: bool = False

    @property
    def question(self) -> Question | None:
        """The question at this place."""
        return self.questions[self.at - 1] if 1 <= self.at <= len(self.questions) else None

    @property
    def answered(self) -> int:
        """How many questions have an answer."""
        return sum(question > 0 for question in self.answers)


def show(session: Session, resident: Resident, round_id: int, at: int, now: datetime) -> Sheet:
    """The resident's own check-in, at a place. To see a question counts as having opened it."""
    facts, mark = _mine(session, resident, round_id, now)
    kept = rounds_store.answers_under(session, round_id, mark)
    if at > COVER and OPENED not in kept:
        rounds_store.keep_answers(session, round_id, mark, {OPENED: 1})
    return _sheet(facts, kept, at)


def answer(session: Session, resident: Resident, round_id: int, at: int, value: int, now: datetime) -> Sheet:
    """Give one answer, or take it back with NOT_ANSWERED; the same wish twice changes nothing. Then the next question."""
    facts, mark = _mine(session, resident, round_id, now)
    question = question_at(facts, at)
    kept = rounds_store.answers_under(session, round_id, mark)
    if value == NOT_ANSWERED:
        rounds_store.drop_answers(session, round_id, mark, [at])
        return _sheet(facts, {known: given for known, given in kept.items() if known != at}, at)
    if value not in question.values:
        raise OldButton
    beside = {OPENED: 1, **group_values(facts.groups, checkins.traits(session, resident.id))}
    rounds_store.keep_answers(session, round_id, mark, {at: value, **beside})
    return _sheet(facts, {**kept, at: value}, at + 1, low=value in question.bottom)


def wish_comparison(session: Session, resident: Resident, round_id: int, now: datetime, *, wished: bool) -> Sheet:
    """Whether one's answers are compared with the next check-in's."""
    facts, mark = _mine(session, resident, round_id, now)
    if not facts.compare:
        raise OldButton
    rounds_store.keep_answers(session, round_id, mark, {COMPARE: int(wished)})
    kept = rounds_store.answers_under(session, round_id, mark)
    return _sheet(facts, kept, len(facts.questions) + 1)


def snooze(session: Session, resident: Resident, round_id: int, now: datetime) -> datetime | None:
    """Ask me again in a week; None where the check-in is closed by then, and the next one comes instead."""
    facts, _mark = _mine(session, resident, round_id, now)
    again = now + checkins.SNOOZE
    if again + timedelta(hours=1) > facts.closes_at:
        return None
    dedupe = f"{INVITATION}:{round_id}:{resident.id}:{again:%Y-%m-%d}"
    owe(
        session, facts.place_id, INVITATION, {}, dedupe, now,
        resident_id=resident.id, round_id=round_id, not_before=again,
    )  # fmt: skip
    return again


def _mine(session: Session, resident: Resident, round_id: int, now: datetime) -> tuple[CheckinFacts, bytes]:
    """The check-in and the resident's mark in it, or the refusal that fits."""
    facts = store.checkin_for(session, round_id, resident.id, to_answer=True)
    if facts is None:
        raise OldButton
    check_open(facts, now)
    if facts.on_roll is None:
        raise NotAsked
    seal = session.vault.seals.read(str(round_id))
    if seal is None:
        raise CheckinClosed  # lost: the next tick closes it
    return facts, rounds.mark_of(seal, resident.id)


def check_open(facts: CheckinFacts, now: datetime) -> None:
    """Raises CheckinClosed."""
    if facts.state != "open" or facts.closes_at <= now:
        raise CheckinClosed


def question_at(facts: CheckinFacts, at: int) -> Question:
    """The question at a place. Raises OldButton."""
    if not 1 <= at <= len(facts.questions):
        raise OldButton
    return Question.from_facts(facts.questions[at - 1])


def _sheet(facts: CheckinFacts, kept: Mapping[int, int], at: int, *, low: bool = False) -> Sheet:
    if not COVER <= at <= len(facts.questions) + 1:
        raise OldButton
    return Sheet(
        facts.id,
        facts.place_id,
        checkins.questions_of(facts.questions),
        {question: value for question, value in kept.items() if question > 0},
        at,
        facts.closes_at,
        facts.timezone,
        bool(kept.get(COMPARE)) if facts.compare else None,
        echo=facts.kind == "echo",
        low=low,
    )
