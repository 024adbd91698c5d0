"""What a check-in's picture says: the same words and published numbers as the message that it goes with."""

import html
import re
import unicodedata
from collections.abc import Iterator

from bot.community.instruments import Question
from bot.community.playback import Playback
from bot.community.tally_release import Table
from bot.replies import Bar, Block, Picture
from bot.screens.language import LRI, PDI, current, is_rtl
from bot.screens.playback import band_words, comparison, head, rounded, who
from bot.screens.tally_charts import share


def picture_of(told: Playback) -> Picture | None:
    """A wave's picture in the language in force; None where no table was published."""
    found = [(one, table) for one in told.questions if (table := told.over_all(one.name)) is not None]
    blocks = tuple(Block(question.said_in(current()), tuple(_bars(question, table))) for question, table in found)
    if not told.release.is_published or not blocks:
        return None
    return Picture(current(), is_rtl(), _plain(head(told)), _plain(who(told)), blocks, _plain(rounded()))


def _bars(question: Question, table: Table) -> Iterator[Bar]:
    for row in table.rows:
        percent = None if row.count is None or row.share_pct is None else float(row.share_pct)
        yield Bar(_upright(band_words(question, row.band)), percent, _upright(share(row)))
    if question.benchmark:
        yield Bar(_plain(comparison(question, question.benchmark)), question.benchmark.share, "", theirs=True)


def _plain(text: str) -> str:
    return html.unescape(re.sub("<[^>]*>", "", text))


def _upright(words: str) -> str:
    """Numbers and signs keep their order where all else runs from right to left: 0–6 would become 6–0."""
    runs = any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in words)
    return words if runs or not is_rtl() else f"{LRI}{words}{PDI}"
