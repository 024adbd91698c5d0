"""A question's published shares as a picture: SVG by hand, with a title, every number as text, nothing told by colour.

Question and answers are in the reader's language, from right to left where it runs so. The rest needs no words:
"≈ 0" a share too small to tell, "> 95 %" nearly all, "–" not told (facts/disclosure.md 4.3).
"""

import unicodedata
from collections.abc import Iterator
from html import escape
from textwrap import wrap

from bot.community.instruments import Question
from bot.community.tallies import Published
from bot.community.tally_plan import ALL
from bot.community.tally_release import Flag, Row, Table
from bot.screens.language import LANGUAGES, LRI, PDI, is_rtl, speaking
from bot.screens.playback import band_words

WIDTH, MARGIN, BAR, LINE = 360, 8, 270, 19
"""In user units: as wide as a telephone, so that text stays readable on one."""
LETTERS = 46
"""About so many fit on a line."""


def chart(wave: Published, question: Question, language: str) -> str:
    """The picture of a question in a wave, all its published tables below one another; it may be of none."""
    with speaking(language):
        page = _Page(is_rtl())
        text = question.said_in(language)
        page.text(text, "bold")
        tables = [table for table in wave.tables_of(question.name) if table.rows]
        for table in tables:
            _draw(page, question, table)
        if not tables:
            page.text("–")
        name = f"{text} ({wave.release.wave})"
        return page.drawn(name, "; ".join(_told(question, table) for table in tables))


def share(row: Row) -> str:
    """A row's share, as pictures and tables tell it."""
    if row.count is None or row.share_pct is None:
        return "–"
    if row.flag is Flag.NEARLY_ALL:
        return f"> {row.share_pct} %"
    return "≈ 0" if row.flag is Flag.LOW else f"{row.share_pct} %"


def group_words(breakdown: str, group: str) -> str:
    """A group's name: languages by their own."""
    return LANGUAGES[group].autonym if breakdown == "language" and group in LANGUAGES else group


def _draw(page: "_Page", question: Question, table: Table) -> None:
    for group in dict.fromkeys(row.group for row in table.rows):
        rows = [row for row in table.rows if row.group == group]
        name = "" if table.breakdown == ALL else f"{group_words(table.breakdown, group)} "
        page.gap()
        page.text(f"{name}(n ≈ {rows[0].group_total})", "bold" if name else "")
        for row in rows:
            page.text(band_words(question, row.band))
            page.bar(0 if row.count is None else row.share_pct or 0, share(row))


def _told(question: Question, table: Table) -> str:
    rows = (f"{row.group}: {band_words(question, row.band)}: {share(row)}" for row in table.rows)
    return ", ".join(rows)


class _Page:
    """A picture that grows downwards."""

    def __init__(self, rtl: bool) -> None:  # noqa: FBT001 - one of two directions
        self.rtl = rtl
        self.y = 0
        self.parts: list[str] = []

    def gap(self) -> None:
        self.y += LINE // 2

    def text(self, words: str, weight: str = "") -> None:
        """Write words from the side where reading begins, over as many lines as they need."""
        x = WIDTH - MARGIN if self.rtl else MARGIN
        style = f' font-weight="{weight}"' if weight else ""
        for line in wrap(words, LETTERS) or [""]:
            self.y += LINE
            self.parts.append(f'<text x="{x}" y="{self.y}"{style}>{escape(self._kept(line))}</text>')

    def bar(self, percent: int, words: str) -> None:
        """Draw a bar of its share, with the number behind its end."""
        long = BAR * percent / 100
        left = WIDTH - MARGIN - long if self.rtl else MARGIN
        behind = left - 6 if self.rtl else left + long + 6
        self.parts.append(
            f'<rect x="{left:.1f}" y="{self.y + 5}" width="{long:.1f}" height="13" fill="#2b5c8a"/>'
            f'<text x="{behind:.1f}" y="{self.y + 16}">{escape(self._kept(words))}</text>'
        )
        self.y += LINE

    def _kept(self, words: str) -> str:
        """Numbers and signs keep their order where all else runs from right to left: 0–6 would become 6–0."""
        runs = any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in words)
        return words if runs or not self.rtl else f"{LRI}{words}{PDI}"

    def drawn(self, title: str, told: str) -> str:
        """The whole picture."""
        return "\n".join(self._lines(title, told)) + "\n"

    def _lines(self, title: str, told: str) -> Iterator[str]:
        way = "rtl" if self.rtl else "ltr"
        height = self.y + LINE
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
            f'height="{height}" role="img" direction="{way}" font-family="sans-serif" font-size="14">'
        )
        yield f"<title>{escape(title)}</title>"
        yield f"<desc>{escape(told)}</desc>"
        yield f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>'
        yield from self.parts
        yield "</svg>"
