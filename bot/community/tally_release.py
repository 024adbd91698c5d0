"""What is published of a wave of questions: facts only, kept for ever, the same bytes for everybody who asks."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from fractions import Fraction
from hashlib import sha256
from math import sqrt
from typing import Any, Self

from bot.community.noise import HALF, variance


@dataclass(frozen=True)
class Policy:
    """The rule's numbers (facts/disclosure.md 1.3): `least_` are noisy counts of answers, `most_` are per cent.

    With alpha 3/4, for hostile surroundings, the noise's standard deviation is 4.9; least_group should then be about 115.
    """

    alpha: Fraction = HALF
    base: int = 5
    least_wave: int = 30
    least_all_bands: int = 100
    least_breakdown: int = 100
    least_fine_breakdown: int = 500
    least_group: int = 20
    least_rest: int = 10
    most_alike_group: int = 90
    most_alike: int = 95

    def rounded(self, number: int) -> int:
        """To the nearest multiple of the base, never below 0."""
        return max(0, self.base * ((number + self.base // 2) // self.base))

    @property
    def count_error(self) -> float:
        """The standard deviation of a published count around the true one, from noise and rounding."""
        return sqrt(variance(self.alpha) + Fraction(self.base**2 - 1, 12))

    def share_error(self, total: int, bands: int) -> float:
        """The standard deviation, in percentage points, of a share of `total` where bands are alike large."""
        return 100 * sqrt(variance(self.alpha) * (1 - Fraction(1, bands))) / total


POLICY = Policy()


class Status(StrEnum):
    """What became of a table."""

    PUBLISHED = "published"
    FEW = "too_few_answers"
    FEW_FOR_BANDS = "too_few_answers_for_its_bands"
    ONE_GROUP = "one_group_left"


class Flag(StrEnum):
    """What a number stands for, if not for itself."""

    NONE = ""
    LOW = "low"  # rounds to less than the base
    NEARLY_ALL = "nearly_all"  # count and share are lower bounds
    HIDDEN = "hidden"  # not told, because another band is nearly everybody's


@dataclass(frozen=True)
class Row:
    """A published count of people, and its share of its group; both None where hidden."""

    group: str
    band: str
    count: int | None
    flag: Flag
    group_total: int
    share_pct: int | None


@dataclass(frozen=True)
class Table:
    """A declared table, as published, or why it is not; which groups were put together, and which left out."""

    question: str
    breakdown: str
    status: Status
    bands: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    combined: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class TallyRelease:
    """All that is ever said of a wave. No number in it is a true count.

    Attributes:
        came: how many came how far, each stage counting all later ones; empty where too few answered for any table.
            `assisted`: of those who answered, those who did it with a researcher; they came through no stage before.
        seeded: made with a known seed, for tests: protects nobody.
    """

    wave: str
    came: Mapping[str, int]
    tables: tuple[Table, ...]
    policy: Policy = field(default=POLICY)
    seeded: bool = False

    @property
    def is_published(self) -> bool:
        """Whether enough answered for anything to be said."""
        return bool(self.came)

    def as_facts(self) -> dict[str, Any]:
        """The release as JSON holds it."""
        facts = asdict(self)
        facts["policy"]["alpha"] = str(self.policy.alpha)
        return facts

    def as_json(self) -> str:
        """The one text of this release: what is stored and hashed."""
        return json.dumps(self.as_facts(), ensure_ascii=False, sort_keys=True)

    @property
    def sha256(self) -> str:
        """The hash to cite it by."""
        return sha256(self.as_json().encode()).hexdigest()

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Self:
        """The release that as_facts() told of, also after a way through JSON."""
        policy = Policy(**{**facts["policy"], "alpha": Fraction(facts["policy"]["alpha"])})
        tables = tuple(_table(table) for table in facts["tables"])
        return cls(facts["wave"], dict(facts["came"]), tables, policy, facts["seeded"])


def _table(facts: Mapping[str, Any]) -> Table:
    rows = tuple(Row(**{**row, "flag": Flag(row["flag"])}) for row in facts["rows"])
    names = {key: tuple(facts[key]) for key in ("bands", "combined", "left_out")}
    return Table(facts["question"], facts["breakdown"], Status(facts["status"]), rows=rows, **names)
