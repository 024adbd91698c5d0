"""Counting the people of a wave, once, over everything that was declared and nothing else.

The true counts live only here, between the answers and the noise: they show themselves to nobody, and are spent by the
one release that is made of them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from bot.community.tally_plan import ALL, Plan

Cells = list[list[int]]
"""Groups by bands, both in the plan's order."""
BATCH = 1 << 16
MOST_STRANGE = 100
ANSWERED = "answered"
STAGES = ("invited", "reached", "opened", ANSWERED)
"""How far somebody came. Everybody is counted at the furthest."""
ASSISTED = "assisted"
"""Answered with somebody's help, without having been invited: a stage beside the others."""


class UnknownAnswer(ValueError):
    """Somebody answered what the plan does not know: `answer`, to the question `column`."""

    def __init__(self, column: str, answer: str, known: Sequence[str]) -> None:
        super().__init__(f"{column} is {answer[:40]!r}: expected {_or(known)}, or nothing for no answer")
        self.column = column
        self.answer = answer


class Spent(RuntimeError):
    """These counts were released already. Fresh noise on the same counts averages out: 30 pulls tell 94 of 100 answers."""


def _or(known: Sequence[str]) -> str:
    *others, last = known
    return f"{', '.join(others)} or {last}"


class Counts:
    """The true counts of one wave. Made by count(); to be released once."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._cells: dict[tuple[str, str], Cells] | None = {
            (question.name, breakdown): [[0] * len(question.bands) for _ in plan.groups(breakdown)]
            for question, breakdown in plan.tables
        }
        self._stages = {ANSWERED: 0}
        self._strange: dict[str, set[str]] = {name: set() for name in plan.breakdowns}
        self._ways = [_Way(plan, number, self._cells) for number in range(len(plan.questions))]
        self._groups = [{name: n for n, name in enumerate(groups)} for groups in plan.breakdowns.values()]
        self._names = list(plan.breakdowns)

    def __repr__(self) -> str:
        """Nothing that a log or an exception might let out."""
        return f"<Counts of {self.plan.wave}>"

    def add(self, row: Sequence[str], times: int = 1, stage: str = ANSWERED) -> None:
        """Count people who gave the same row, at this stage. Raises UnknownAnswer, and then counts nothing of it."""
        asked = len(self._ways)
        answers = [way.band(cell) for way, cell in zip(self._ways, row[:asked], strict=True)]
        groups = [self._group(number, name) for number, name in enumerate(row[asked:])]
        for way, band in zip(self._ways, answers, strict=True):
            if band is not None:
                way.count(band, groups, times)
        if any(band is not None for band in answers):
            self._stages[stage] += times

    def _group(self, breakdown: int, name: str) -> int:
        """Which group; what is not in the plan, and nothing, is the catch-all."""
        known, name = self._groups[breakdown], name.strip()
        if name and name not in known and len(strange := self._strange[self._names[breakdown]]) < MOST_STRANGE:
            strange.add(name)
        return known.get(name, len(known) - 1)

    def silent(self, people: Mapping[str, int]) -> None:
        """Count people who did not answer, by the furthest stage they came to."""
        for stage, number in people.items():
            if stage not in STAGES[:-1]:
                raise ValueError(f"there is no stage {stage}")
            self._stages[stage] = self._stages.get(stage, 0) + number

    def assisted(self, rows: Iterable[Sequence[str]]) -> None:
        """Count people who answered with help. To be told even where there are none: then nothing is known from that."""
        self._stages[ASSISTED] = 0
        for row in rows:
            self.add(row, stage=ASSISTED)

    def strange(self, breakdown: str) -> frozenset[str]:
        """Names (some, if many) that are not in the plan and count as its catch-all: for whoever holds the answers."""
        return frozenset(self._strange[breakdown])

    def spend(self) -> tuple[dict[tuple[str, str], Cells], dict[str, int]]:
        """The counts by (question, breakdown), and the people by stage; once. For protect.release() alone."""
        if self._cells is None:
            raise Spent
        cells, stages = self._cells, self._stages
        self._cells, self._stages, self._ways = None, {}, []
        return cells, stages


class _Way:
    """Where the answers to one question are counted."""

    def __init__(self, plan: Plan, number: int, cells: Mapping[tuple[str, str], Cells]) -> None:
        question = plan.questions[number]
        self.name, self.known = question.name, question.bands
        self.bands: dict[str, int | None] = {"": None, **{band: n for n, band in enumerate(question.bands)}}
        self.over_all = cells[question.name, ALL][0]
        order = list(plan.breakdowns)
        self.by = [(order.index(name), cells[question.name, name]) for name in question.by]

    def band(self, cell: str) -> int | None:
        """The position of the band in a cell, None for no answer."""
        if (answer := cell.strip()) not in self.bands:
            raise UnknownAnswer(self.name, answer, self.known)
        return self.bands[answer]

    def count(self, band: int, groups: Sequence[int], times: int) -> None:
        """Count people into the table over all, and into one group of each breakdown."""
        self.over_all[band] += times
        for place, cells in self.by:
            cells[groups[place]][band] += times


def count(
    plan: Plan,
    people: Iterable[Sequence[str]],
    silent: Mapping[str, int] | None = None,
    assisted: Iterable[Sequence[str]] | None = None,
) -> Counts:
    """Count people in one pass; memory does not grow with them.

    Args:
        plan: what was declared.
        people: a row for each, in the order of plan.columns: the bands they answered, "" for no answer, and then their
            groups, "" where they said none. Each person once: that is what the guarantee rests on.
        silent: how many were invited and did not answer, by the furthest of STAGES they came to.
        assisted: rows of people who answered with help; None where there can be none.

    Raises:
        UnknownAnswer: an answer is none of its question's bands.
    """
    counts = Counts(plan)
    for pile in _piles(people):
        for row, times in pile.items():
            counts.add(row, times)
    counts.silent(silent or {})
    if assisted is not None:
        counts.assisted(assisted)
    return counts


def _piles(people: Iterable[Sequence[str]]) -> Iterator[Counter[tuple[str, ...]]]:
    """Like rows put together, a batch at a time: most rows of a batch are alike, and Counter is quick."""
    rows = map(tuple, people)
    while pile := Counter(islice(rows, BATCH)):
        yield pile
