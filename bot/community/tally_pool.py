"""Several places put together: published numbers are added, nothing else; and the error that adds up is said.

Of each place the newest wave that published the question counts, so that nobody is in a sum twice. Where one place
told all bands and another two, all are told in two. A published number stands for the true one plus noise; the noises
are independent, so their variances add: m numbers of standard error s make a sum of standard error s * sqrt(m).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt

from bot.community.instruments import Question
from bot.community.tallies import Published
from bot.community.tally_release import Flag, Table

COLUMNS = ("question", "version", "band", "places", "waves", "count", "group_total", "share_pct", "count_error")
KEY = ("question", "version", "band")
_TEXT = {"type": "string"}
FIELDS = {
    "version": {**_TEXT, "description": "The instrument's version."},
    "band": {**_TEXT, "description": "The answer; in two bands where a place told only two."},
    "places": {"type": "integer", "description": "How many places are in the sum."},
    "waves": {**_TEXT, "description": "The wave of each place: its newest one with the question published."},
    "count": {"type": "integer", "description": "Published counts added up."},
    "group_total": {"type": "integer", "description": "Published totals added up."},
    "share_pct": {"type": "integer", "description": "Published shares, weighted by the totals, in per cent."},
    "count_error": {"type": "number", "description": "Standard error of the sum, from noise and rounding alone."},
}
LEAST_PLACES = 2


@dataclass(frozen=True)
class Pooled:
    """A band of a question over several places; `adds` is how many published numbers its count is the sum of."""

    question: Question
    band: str
    waves: tuple[str, ...]
    count: int
    total: int
    share_pct: int | None
    error: float


def pooled(waves: Sequence[Published]) -> list[Pooled]:
    """Every question that at least two places have published over all, band by band."""
    return [band for question, told in _by_question(waves) for band in _bands(question, told)]


def rows(waves: Sequence[Published]) -> Iterator[Sequence[object]]:
    """The same as table rows."""
    for one in pooled(waves):
        yield (
            one.question.name, one.question.version, one.band, len(one.waves), " | ".join(one.waves),
            one.count, one.total, one.share_pct, round(one.error, 1),
        )  # fmt: skip


_Told = tuple[Published, Table]


def _by_question(waves: Sequence[Published]) -> Iterator[tuple[Question, list[_Told]]]:
    newest: dict[tuple[str, str], dict[str, _Told]] = {}
    questions: dict[tuple[str, str], Question] = {}
    for wave in sorted(waves, key=lambda one: one.closed):
        for question in wave.questions:
            table = wave.over_all(question.name)
            if table is not None and all(row.flag is not Flag.HIDDEN for row in table.rows):
                newest.setdefault((question.name, question.version), {})[wave.place] = (wave, table)
                questions[question.name, question.version] = question
    for name, told in newest.items():
        if len(told) >= LEAST_PLACES and all(_fits(questions[name], table) for _wave, table in told.values()):
            yield questions[name], [told[place] for place in sorted(told)]


def _fits(question: Question, table: Table) -> bool:
    """Whether the table has this question's bands: a place may have brought another instrument of the same name."""
    return table.bands in (tuple(question.bands), tuple(dict.fromkeys(question.coarse.values())))


def _bands(question: Question, told: Sequence[_Told]) -> Iterator[Pooled]:
    fine = all(table.bands == tuple(question.bands) for _wave, table in told)
    names = list(question.bands) if fine else list(dict.fromkeys(question.coarse.values()))
    total = sum(table.rows[0].group_total for _wave, table in told)
    for band in names:
        parts = [
            (wave, row)
            for wave, table in told
            for row in table.rows
            if band == (row.band if table.bands == tuple(names) else question.coarse[row.band])
        ]
        shares = sum((row.share_pct or 0) * row.group_total for _wave, row in parts)
        error = sqrt(sum(wave.release.policy.count_error**2 for wave, _row in parts))
        names_of_waves = tuple(wave.release.wave for wave, _table in told)
        count = sum(row.count or 0 for _wave, row in parts)
        yield Pooled(question, band, names_of_waves, count, total, round(shares / total) if total else None, error)
