"""What follows from a quarter's published numbers: middle bands, shares within a day, and messages by language.

Nothing is counted here, and no number is read that was not published: what is added up are shares of one table.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from bot.community.quarter_figures import BY_NAME, WITHIN_A_DAY
from bot.community.tallies import Published
from bot.community.tally_release import Flag, Row

TIMES = ("wave", "question", "breakdown", "group", "middle_band", "within_a_day_pct", "group_total")
TIMES_KEY = TIMES[:4]
MESSAGES = ("wave", "language", "messages", "in_language")
MESSAGES_KEY = MESSAGES[:2]
_TEXT, _WHOLE = {"type": "string"}, {"type": "integer"}
FIELDS: Mapping[str, Mapping[str, object]] = {
    "middle_band": {**_TEXT, "description": "The band that holds the median, by the published shares."},
    "within_a_day_pct": {
        **_WHOLE,
        "description": "Published shares of the bands up to a day added up, in per cent; a lower bound where one band "
        "is nearly all.",
    },
    "language": {**_TEXT, "description": "A language of the place, as a BCP 47 tag."},
    "messages": {**_WHOLE, "description": "Public messages that were sent in the quarter; exact, they are public."},
    "in_language": {
        **_WHOLE,
        "description": "Of them, those that are there in this language, as the quarter was counted.",
    },
}


@dataclass(frozen=True)
class Time:
    """How long something took in a group of people, as far as it was published."""

    question: str
    breakdown: str
    group: str
    middle: str | None
    within_a_day: int | None
    total: int


def times(wave: Published) -> Iterator[Time]:
    """What a quarter says of how long it took, group by group; nothing for a check-in."""
    for table in wave.release.tables:
        figure = BY_NAME.get(table.question)
        if wave.kind != "quarter" or figure is None or not figure.ordered:
            continue
        for group, some in groupby(table.rows, key=lambda row: row.group):
            told = list(some)
            yield Time(table.question, table.breakdown, group, _middle(told), _soon(told), told[0].group_total)


def _middle(told: Sequence[Row]) -> str | None:
    """The band in which half is reached; where one band is nearly all, that one."""
    nearly = next((row.band for row in told if row.flag is Flag.NEARLY_ALL), None)
    shares = [row.share_pct or 0 for row in told]
    if nearly is not None or not sum(shares):
        return nearly
    return next(row.band for at, row in enumerate(told, 1) if 2 * sum(shares[:at]) >= sum(shares))


def _soon(told: Sequence[Row]) -> int | None:
    known = [row.share_pct for row in told if row.band in WITHIN_A_DAY and row.share_pct is not None]
    return min(100, sum(known)) if known else None


def time_rows(waves: Sequence[Published]) -> Iterator[Sequence[object]]:
    """The same as table rows."""
    for wave in waves:
        for one in times(wave):
            yield (
                wave.release.wave, one.question, one.breakdown, one.group, one.middle, one.within_a_day, one.total,
            )  # fmt: skip


def message_rows(waves: Sequence[Published]) -> Iterator[Sequence[object]]:
    """Public messages of each quarter by language."""
    for wave in waves:
        for language, many in wave.messages.worded if wave.messages else ():
            assert wave.messages is not None
            yield wave.release.wave, language, wave.messages.sent, many
