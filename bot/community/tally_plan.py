"""What a wave asks, and by what its answers may be told apart: declared before it opens, and fixed from then on.

Only what is declared is ever counted: each question over all answers, and one way by each of its breakdowns. There are
no cross-breakdowns and no later ones, since every further table tells a little more of everybody in it. So a ledger
allows a person's answers 12 tables a wave (facts/disclosure.md 0.3), the one of who took part among them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

MOST_TABLES = 12
ALL = "all"
COMBINED = "other groups combined"
WIDE = 2
"""So many bands where few answered."""


class PlanWrong(ValueError):
    """A plan cannot be; `path` says where (as in plan.toml), the message what is wrong."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(reason)
        self.path = path
        self.reason = reason


@dataclass(frozen=True)
class Question:
    """One question.

    Attributes:
        bands: what can be answered, in the scale's order.
        coarse: for each band the one of two wider bands it belongs to; used where few answered. Without them the
            question is published only where so many answered that all its bands can be shown.
        by: the breakdowns it is told apart by.
        ordinary: a band that may be nearly everybody's, because it tells nothing of anybody: not having asked for help.
    """

    name: str
    bands: tuple[str, ...]
    coarse: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    ordinary: str = ""

    @property
    def wide(self) -> tuple[str, ...]:
        """The two wider bands, in order; those of a question with two bands are its own; none if there are none."""
        return tuple(dict.fromkeys(self.coarse)) or (self.bands if len(self.bands) == WIDE else ())

    def to_wide(self, band: int) -> int:
        """The wider band's position, by the band's."""
        return self.wide.index(self.coarse[band]) if self.coarse else band


@dataclass(frozen=True)
class Plan:
    """What a wave declares.

    Attributes:
        questions: in the order they are asked.
        breakdowns: groups by breakdown. The last is the catch-all: for whoever said nothing, or something else.

    Raises:
        PlanWrong: if it contradicts itself, or needs more tables than a person's answers may enter.
    """

    wave: str
    questions: tuple[Question, ...]
    breakdowns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_name("wave", "the wave's name", self.wave)
        if not self.questions:
            raise PlanWrong("questions", "a plan needs at least one question: write [questions.NAME]")
        for name, groups in self.breakdowns.items():
            _check_breakdown(f"breakdowns.{name}", name, groups)
        for question in self.questions:
            _check_question(f"questions.{question.name}", question, self.breakdowns)
        _check_columns(self)
        if self.cost > MOST_TABLES:
            raise PlanWrong("questions", _too_dear(self.cost))

    @property
    def columns(self) -> tuple[str, ...]:
        """What a person's row holds, in this order: the answers, then the groups."""
        return (*(question.name for question in self.questions), *self.breakdowns)

    @property
    def tables(self) -> Iterator[tuple[Question, str]]:
        """Every table: a question over all, then by each of its breakdowns."""
        for question in self.questions:
            yield question, ALL
            yield from ((question, breakdown) for breakdown in question.by)

    def groups(self, breakdown: str) -> tuple[str, ...]:
        """The groups of a breakdown; all are one group."""
        return (ALL,) if breakdown == ALL else self.breakdowns[breakdown]

    @property
    def cost(self) -> int:
        """How many tables a person's answers enter at most; taking part is one."""
        return 1 + sum(1 + len(question.by) for question in self.questions)


def _too_dear(cost: int) -> str:
    return (
        f"the plan has {cost} tables, one person's answers may enter {MOST_TABLES}: taking part is one, and each "
        "question one, and one more for each breakdown; give some questions fewer, such as by = []"
    )


def _check_columns(plan: Plan) -> None:
    names = [question.name for question in plan.questions]
    if twice := _twice(names):
        raise PlanWrong(f"questions.{twice}", f"there are two questions {twice!r}")
    if both := set(names) & set(plan.breakdowns):
        name = min(both)
        raise PlanWrong(f"breakdowns.{name}", f"{name!r} is a question already: a breakdown needs another name")


def _check_breakdown(path: str, name: str, groups: Sequence[str]) -> None:
    _check_name(path, "a breakdown's name", name)
    if name == ALL:
        raise PlanWrong(path, f"a breakdown cannot be called {ALL!r}: that is what the table over all is called")
    if len(groups) <= 1:
        raise PlanWrong(f"{path}.groups", "a breakdown needs at least two groups, the catch-all last")
    _check_names(f"{path}.groups", "group", groups)
    if COMBINED in groups:
        raise PlanWrong(f"{path}.groups", f"no group can be called {COMBINED!r}: small groups are published so")


def _check_question(path: str, question: Question, breakdowns: Mapping[str, object]) -> None:
    _check_name(path, "a question's name", question.name)
    if len(question.bands) <= 1:
        raise PlanWrong(f"{path}.bands", "a question needs at least two bands")
    _check_names(f"{path}.bands", "band", question.bands)
    if question.coarse:
        _check_names(f"{path}.coarse", "coarse band", question.wide)
        if len(question.coarse) != len(question.bands) or len(question.wide) != WIDE:
            raise PlanWrong(f"{path}.coarse", "coarse must make two bands of all: one name for each band")
    if twice := _twice(question.by):
        raise PlanWrong(f"{path}.by", f"{twice!r} is there twice")
    for name in question.by:
        if name not in breakdowns:
            hint = near(name, breakdowns) or "write [breakdowns.NAME] first"
            raise PlanWrong(f"{path}.by", f"there is no breakdown {name!r}: {hint}")


def _check_names(path: str, what: str, names: Sequence[str]) -> None:
    for name in names:
        _check_name(path, f"a {what}", name)
    if twice := _twice(names):
        raise PlanWrong(path, f"the {what} {twice!r} is there twice")


def _check_name(path: str, what: str, name: str) -> None:
    if not name or name != name.strip() or not name.isprintable():
        raise PlanWrong(path, f"{what} must be a word or more, without space around them: {name!r} is not")


def _twice(names: Iterable[str]) -> str | None:
    return next((name for name, times in Counter(names).items() if times > 1), None)


def near(name: str, known: Iterable[str]) -> str:
    """A word on what may have been meant, or nothing."""
    found = get_close_matches(name, list(known), 1)
    return f"did you mean {found[0]!r}?" if found else ""


# what else goes through the rule, as rows of one person each


CHANGES = ("better", "same", "worse")


def change_of(question: str) -> Question:
    """The question of change since the last wave: one table over all, told as better or not where few answered both."""
    return Question(f"{question}, change", CHANGES, ("better", "not better", "not better"))


def changed(bands_from_worst: Sequence[str], before: str, after: str) -> str:
    """How somebody's published band has moved. Raw answers are not compared: they are not kept (facts 2.4)."""
    moved = bands_from_worst.index(after) - bands_from_worst.index(before)
    return CHANGES[1] if not moved else CHANGES[0] if moved > 0 else CHANGES[2]
