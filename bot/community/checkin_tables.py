"""What is counted of a check-in: which tables, what each answer enters, and who came how far. Pure; no session.

Answers are kept by the question's place in the wave, from 1. Numbers below zero are reserved: what the disclosure rule
needs to know of an answer beside it, under the same mark, and nothing of the person.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.community import tally_plan
from bot.community.instruments import Question
from bot.community.people_counts import Counts, count
from bot.community.residents import AGE_BANDS
from bot.community.tally_plan import MOST_TABLES, Plan, change_of, changed

OPENED, ASSISTED, COMPARE = -1, -2, -3
FIRST_GROUP = -11
"""The group in the first declared breakdown; the next ones follow downwards."""
CARRIED = -100
"""The band of question n in the wave before is kept at CARRIED - n."""

BREAKDOWNS = ("patch", "language", "age")
OTHER = "other or not said"

Groups = Mapping[str, Sequence[Sequence[str]]]
"""By breakdown: what a resident has, and how the group is called in a release; the catch-all last."""
Answers = Mapping[int, int]


@dataclass(frozen=True)
class Spread:
    """Which breakdowns each question is told apart by, and whether change is told: as much as the budget allows."""

    by: Mapping[str, Sequence[str]]
    compare: bool
    cost: int
    """Tables a person's answers enter."""
    left_out: int
    """Tables that were wished for and do not fit."""


def spread(questions: Sequence[Question], breakdowns: Sequence[str], *, compare: bool) -> Spread:
    """Share out the budget of tables: every question over all, then change for all, then one breakdown after the other."""
    left = MOST_TABLES - 1 - len(questions)
    compare_all = compare and left >= len(questions)
    left -= len(questions) if compare_all else 0
    by: dict[str, list[str]] = {question.name: [] for question in questions}
    wished = [(question.name, breakdown) for breakdown in breakdowns for question in questions]
    for name, breakdown in wished[: max(0, left)]:
        by[name].append(breakdown)
    missing = max(0, len(wished) - max(0, left)) + (len(questions) if compare and not compare_all else 0)
    return Spread(by, compare_all, MOST_TABLES - max(0, left - len(wished)), missing)


def declared_groups(
    breakdowns: Sequence[str], patches: Sequence[tuple[int, str]], languages: Sequence[str]
) -> dict[str, list[list[str]]]:
    """The groups of each breakdown, fixed when a wave opens."""
    known = {
        "patch": [[str(number), name] for number, name in patches if name != OTHER],
        "language": [[tag, tag] for tag in languages],
        "age": [[band, band] for band in AGE_BANDS],
    }
    return {breakdown: [*known[breakdown], ["", OTHER]] for breakdown in breakdowns if known[breakdown]}


def group_values(groups: Groups, traits: Mapping[str, str]) -> dict[int, int]:
    """What is written beside an answer: for each declared breakdown the number of the resident's group."""
    found = {}
    for number, (breakdown, known) in enumerate(groups.items()):
        keys = [key for key, _label in known]
        trait = traits.get(breakdown, "")
        found[FIRST_GROUP - number] = keys.index(trait) if trait in keys else len(keys) - 1
    return found


def has_answered(answers: Answers) -> bool:
    """Whether any question was answered: to open a check-in is no answer."""
    return any(question > 0 for question in answers)


def plan_of(
    wave: str, questions: Sequence[Question], groups: Groups, by: Mapping[str, Sequence[str]], *, compare: bool
) -> Plan:
    """The declaration that the disclosure rule works by. Raises PlanWrong."""
    asked = [_as_counted(question, by) for question in questions]
    changes = [change_of(question.name) for question in questions] if compare else []
    return Plan(
        wave, (*asked, *changes), {name: tuple(label for _key, label in known) for name, known in groups.items()}
    )


def _as_counted(question: Question, by: Mapping[str, Sequence[str]]) -> tally_plan.Question:
    coarse = tuple(question.coarse[band] for band in question.bands)
    return tally_plan.Question(question.name, tuple(question.bands), coarse, tuple(by.get(question.name, ())))


def counted(
    plan: Plan, questions: Sequence[Question], groups: Groups, answers: Mapping[bytes, Answers],
    invited: int, reached: int, *, compare: bool,
) -> Counts:  # fmt: skip
    """The counts of a wave: everybody once, at the furthest they came; those who were assisted beside them.

    `invited`: how many the roll had when the wave opened; `reached`: how many of them an invitation arrived at.
    """
    asked, helped = (
        [kept for kept in answers.values() if (ASSISTED in kept) == with_help] for with_help in (False, True)
    )
    rows, assisted = (
        (_row(questions, groups, kept, compare=compare) for kept in some if has_answered(kept))
        for some in (asked, helped)
    )
    came = sum(map(has_answered, asked))
    opened = sum(OPENED in kept and not has_answered(kept) for kept in asked)
    only_reached = max(0, reached - came - opened)
    silent = {"opened": opened, "reached": only_reached, "invited": max(0, invited - came - opened - only_reached)}
    return count(plan, rows, silent, assisted)


def _row(questions: Sequence[Question], groups: Groups, kept: Answers, *, compare: bool) -> tuple[str, ...]:
    answered = tuple(_band(question, kept.get(n)) for n, question in enumerate(questions, 1))
    changes = tuple(_change(question, n, kept) for n, question in enumerate(questions, 1)) if compare else ()
    return (*answered, *changes, *(_group(known, kept.get(FIRST_GROUP - n)) for n, known in enumerate(groups.values())))


def _band(question: Question, value: int | None) -> str:
    return "" if value is None else question.band_of(value)


def _group(known: Sequence[Sequence[str]], number: int | None) -> str:
    return known[number if number is not None and number < len(known) else -1][1]


def _change(question: Question, number: int, kept: Answers) -> str:
    """How the published band has moved since the last wave, for whoever answered both and wished it compared."""
    before, now = kept.get(CARRIED - number), kept.get(number)
    bands = list(question.bands)
    if before is None or now is None or before >= len(bands):
        return ""
    from_worst = bands if question.better == "high" else bands[::-1]
    return changed(from_worst, bands[before], question.band_of(now))


def to_carry(questions: Sequence[Question], kept: Answers) -> Iterator[tuple[int, int]]:
    """What goes to the next wave of somebody who wished it: the published band of each answer, never the answer."""
    if not kept.get(COMPARE):
        return
    for number, question in enumerate(questions, 1):
        if number in kept:
            yield CARRIED - number, list(question.bands).index(question.band_of(kept[number]))
