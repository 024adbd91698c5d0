"""A community researcher fills a check-in in with somebody who has no account here: a form like the check-in itself.

Each answer is kept at once under a mark of its own, made with the round's seal of a word (`visit`) that stands in the
buttons of that form and nowhere else. So nothing says who was asked, nor by whom; when the seal goes, not even the
buttons in the researcher's chat lead to an answer. No transaction here writes anything that names the researcher.

Whoever has an account here is on the roll, or may be: they answer for themselves. The form asks that first, since nobody
can find out later that somebody was counted twice.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.community import checkins, rounds
from bot.community.checkin_answers import COVER, NOT_ANSWERED, check_open, question_at
from bot.community.checkin_tables import ASSISTED, FIRST_GROUP, OPENED, group_values
from bot.community.instruments import Question
from bot.community.residents import has_role
from bot.refusals import CheckinClosed, NotYours, OldButton
from bot.store import checkins as store
from bot.store import rounds as rounds_store
from bot.store.checkins import CheckinFacts
from bot.store.engine import Session
from bot.store.tables import Resident

ROLE = "researcher"
VISIT = 12
"""Letters of the word that stands for a person in a form: 72 random bits."""


@dataclass(frozen=True)
class Visit:
    """Somebody's form at one of its places: 0 the cover, then what is told of them, then the questions, then the end.

    `groups`: the declared breakdowns, each with what a resident may have and its label, the catch-all last. `given`: what
    is kept, by place. `low`: they just gave an answer at the bottom of a scale.
    """

    round_id: int
    place_id: int
    visit: str
    groups: Sequence[tuple[str, Sequence[Sequence[str]]]]
    questions: Sequence[Question]
    given: Mapping[int, int]
    at: int
    closes_at: datetime
    timezone: str
    low: bool = False

    @property
    def steps(self) -> int:
        """How many places there are between the cover and the end."""
        return len(self.groups) + len(self.questions)

    @property
    def group(self) -> tuple[str, Sequence[Sequence[str]]] | None:
        """What is asked of the person at this place, if it is no question of the check-in."""
        return self.groups[self.at - 1] if 1 <= self.at <= len(self.groups) else None

    @property
    def question(self) -> Question | None:
        """The question at this place."""
        number = self.at - len(self.groups)
        return self.questions[number - 1] if 1 <= number <= len(self.questions) else None

    @property
    def answered(self) -> int:
        """How many questions have an answer."""
        return sum(at > len(self.groups) for at in self.given)


def open_for(session: Session, resident: Resident, now: datetime) -> int | None:
    """The check-in that this resident can fill in with somebody: the first to close. None without the role, or one."""
    if not has_role(session, resident, ROLE):
        return None
    due = [
        one
        for one in rounds_store.open_rounds(session)
        if one.kind == "checkin" and one.place_id == resident.place_id and one.closes_at > now
    ]
    return min(due, key=lambda one: (one.closes_at, one.id)).id if due else None


def show(session: Session, researcher: Resident, round_id: int, at: int, visit: str, now: datetime) -> Visit:
    """A form at one of its places; the cover begins a new one. Raises NotYours, CheckinClosed, OldButton."""
    facts, seal = _open(session, researcher, round_id, now)
    if at == COVER:
        return _form(facts, secrets.token_urlsafe(VISIT * 3 // 4), {}, COVER)
    kept = rounds_store.answers_under(session, round_id, rounds.mark_of_visit(seal, _known(visit)))
    return _form(facts, visit, kept, at)


def answer(
    session: Session, researcher: Resident, round_id: int, at: int, value: int, visit: str, now: datetime
) -> Visit:
    """Keep one answer, or take it back with NOT_ANSWERED; the same wish twice changes nothing. Then the next place.

    Raises NotYours without the role, CheckinClosed, OldButton.
    """
    facts, seal = _open(session, researcher, round_id, now)
    mark = rounds.mark_of_visit(seal, _known(visit))
    key, known, bottom = _place(facts, at)
    kept = rounds_store.answers_under(session, round_id, mark)
    if value == NOT_ANSWERED:
        rounds_store.drop_answers(session, round_id, mark, [key])
        return _form(facts, visit, {one: given for one, given in kept.items() if one != key}, at)
    if value not in known:
        raise OldButton
    rounds_store.keep_answers(session, round_id, mark, {key: value, ASSISTED: 1, OPENED: 1})
    return _form(facts, visit, {**kept, key: value}, at + 1, low=value in bottom)


def enter(
    session: Session,
    researcher: Resident,
    round_id: int,
    given: Mapping[int, int],
    groups: Mapping[str, str],
    now: datetime,
) -> None:
    """Keep a whole form at once: answers by question, from 1, and what the declared breakdowns know of the person.

    Raises NotYours without the role, CheckinClosed, OldButton for answers that cannot be, or for none.
    """
    facts, seal = _open(session, researcher, round_id, now)
    if not given or any(value not in question_at(facts, at).values for at, value in given.items()):
        raise OldButton
    mark = rounds.mark_of_visit(seal, secrets.token_urlsafe(VISIT))
    beside = {ASSISTED: 1, OPENED: 1, **group_values(facts.groups, groups)}
    rounds_store.keep_answers(session, round_id, mark, {**given, **beside})


def _open(session: Session, researcher: Resident, round_id: int, now: datetime) -> tuple[CheckinFacts, bytes]:
    if not has_role(session, researcher, ROLE):
        raise NotYours
    facts = store.checkin_for(session, round_id, None, to_answer=True)
    if facts is None or facts.place_id != researcher.place_id or facts.kind != "checkin":
        raise OldButton
    check_open(facts, now)
    seal = session.vault.seals.read(str(round_id))
    if seal is None:
        raise CheckinClosed  # lost: the next tick closes it
    return facts, seal


def _known(visit: str) -> str:
    if len(visit) != VISIT:
        raise OldButton
    return visit


def _place(facts: CheckinFacts, at: int) -> tuple[int, range, Sequence[int]]:
    """Under which number a place's answer is kept, which there are, and at which of them help is offered."""
    groups = list(facts.groups.values())
    if 1 <= at <= len(groups):
        return FIRST_GROUP - (at - 1), range(len(groups[at - 1])), ()
    question = question_at(facts, at - len(groups))
    return at - len(groups), question.values, question.bottom


def _form(facts: CheckinFacts, visit: str, kept: Mapping[int, int], at: int, *, low: bool = False) -> Visit:
    groups = list(facts.groups.items())
    told = {FIRST_GROUP - n: n + 1 for n in range(len(groups))}
    given = {told.get(key, key + len(groups)): value for key, value in kept.items() if key in told or key > 0}
    made = Visit(
        facts.id, facts.place_id, visit, groups, checkins.questions_of(facts.questions), given, at, facts.closes_at,
        facts.timezone, low=low,
    )  # fmt: skip
    if not COVER <= at <= made.steps + 1:
        raise OldButton
    return made
