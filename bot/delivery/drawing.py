"""Draws pictures: a program of its own, `python -m bot.delivery.drawing`, so that the bot never holds matplotlib.

Pictures come in as JSON and leave as PNG, in base64, one a line; an empty line for one that cannot be drawn, such as
for a letter that no font has. matplotlib shapes and joins every script and turns what runs from the right by itself
from 3.11 on (facts/languages.md 4). Coordinates are pixels, counted downwards from where reading begins.
"""

import base64
import json
import sys
import warnings
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from matplotlib import font_manager, rcParams
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

DPI = 100
WIDTH, MARGIN, GAP = 780, 30, 30
"""A column's, as wide as a telephone shows in full sharpness."""
TALLEST = 1700
"""More than this, and there are two columns: Telegram makes the longer side of a photo 1280, or 2560 at a touch."""
HEAD, BOLD, PLAIN, SMALL = 38, 30, 27, 23
"""Heights of letters."""
LEADING = 1.42
"""From line to line, in heights of letters: Urdu and Bengali need more than Latin."""
BAR, THIN = 30, 14
SPACE = 0.3
"""A gap between words, in heights of letters: 0.26 in Noto Sans, and a little to spare."""
LABELS, NUMBER = 0.46, 104
"""The share of a column that answers may take, and the room behind a bar for its number."""
INK, HEADING, MUTED, OURS, THEIRS, TRACK = "#1b1b1b", "#12395c", "#4a4a4a", "#1f5f99", "#b35900", "#e9edf2"
"""Each at least 4.5 : 1 on white, but the track, which tells nothing."""
LRM, RLM = "\u200e", "\u200f"
FAMILIES = {"ar": "Noto Sans Arabic", "ur": "Noto Sans Arabic", "bn": "Noto Sans Bengali", "pa": "Noto Sans Gurmukhi"}
EVERYBODY = (
    "Noto Sans", "Noto Sans Arabic", "Noto Sans Bengali", "Noto Sans Gurmukhi", "Noto Sans Devanagari",
    "Noto Sans Symbols", "Noto Emoji", "DejaVu Sans",
)  # fmt: skip
"""Families that a name may need, in the order in which they are asked for a letter; a language's own comes first."""


def main() -> None:
    """Draw what comes in."""
    work = json.load(sys.stdin)
    for file in Path(work["fonts"]).glob("*.ttf"):
        font_manager.fontManager.addfont(file)
    rcParams["text.parse_math"] = False  # else a dollar in somebody's words is a formula
    warnings.filterwarnings("error", message="Glyph .* missing")
    for picture in work["pictures"]:
        print(_tried(picture), flush=True)  # noqa: T201 - the answer


def _tried(picture: dict[str, Any]) -> str:
    try:
        return base64.b64encode(png_of(picture)).decode()
    except Exception as fault:  # noqa: BLE001 - words alone are sent then
        sys.stderr.write(f"{type(fault).__name__}\n")
        return ""


def png_of(picture: dict[str, Any]) -> bytes:
    """The picture as PNG. Its facts are those of `bot.replies.Picture`."""
    own = FAMILIES.get(picture["language"])
    rcParams["font.family"] = [*([own] if own else []), *EVERYBODY]
    return _Sheet(picture["rtl"]).drawn(picture)


class _Sheet:
    """A picture under way: texts and bars, with how tall they have become in their column."""

    def __init__(self, rtl: bool) -> None:  # noqa: FBT001 - one of two directions
        self.rtl = rtl
        self.figure = Figure(dpi=DPI, facecolor="white")
        canvas: Any = FigureCanvasAgg(self.figure)
        self.renderer = canvas.get_renderer()
        self.left, self.width = MARGIN, WIDTH - 2 * MARGIN
        self.y = 0.0
        self.placed: list[tuple[Any, float, float]] = []
        self.widths: dict[tuple[str, int], float] = {}

    def drawn(self, picture: dict[str, Any]) -> bytes:
        """The whole: a head over both columns, the blocks, a foot."""
        tall = [self._height_of(block) for block in picture["blocks"]]
        columns = 1 if sum(tall) < TALLEST or len(tall) == 1 else 2
        whole = columns * (WIDTH - MARGIN) + MARGIN
        self.width = whole - 2 * MARGIN
        self.y = MARGIN / 2
        self.text(picture["title"], HEAD, HEADING)
        self.text(picture["line"], PLAIN, MUTED)
        bottom = self._blocks(picture["blocks"], tall, columns)
        self.left, self.width, self.y = MARGIN, whole - 2 * MARGIN, bottom + GAP / 2
        self.text(picture["foot"], SMALL, MUTED)
        height = int(self.y + MARGIN / 2)
        self._place(whole, height)
        return self._saved(whole, height)

    def _saved(self, width: int, height: int) -> bytes:
        """As PNG, in few colours: a fifth of the bytes, and nobody sees a difference."""
        self.figure.set_size_inches(width / DPI, height / DPI)
        canvas: Any = FigureCanvasAgg(self.figure)  # its own stubs leave it half untyped
        canvas.draw()
        file = BytesIO()
        picture = Image.frombuffer("RGBA", (width, height), bytes(canvas.buffer_rgba())).convert("RGB")
        picture.quantize(64, dither=Image.Dither.NONE).save(file, format="PNG", optimize=True)
        return file.getvalue()

    def _height_of(self, block: dict[str, Any]) -> float:
        """How tall a block will be: it is set once, and taken away."""
        kept, self.y = self.placed, 0.0
        self.placed = []
        self._block(block)
        self.placed, height = kept, self.y
        return height

    def _blocks(self, blocks: list[dict[str, Any]], tall: list[float], columns: int) -> float:
        """All blocks, in columns of about the same height; where the longest ends."""
        top, bottom, used = self.y, 0.0, 0.0
        column = 0
        self.width = WIDTH - 2 * MARGIN
        for block, height in zip(blocks, tall, strict=True):
            if column + 1 < columns and used and used + height / 2 > sum(tall) / columns:
                column, used, self.y = column + 1, 0.0, top
                self.left = MARGIN + column * (WIDTH - MARGIN)
            self._block(block)
            used += height
            bottom = max(bottom, self.y)
        return bottom

    def _block(self, block: dict[str, Any]) -> None:
        self.y += GAP
        self.text(block["heading"], BOLD, HEADING)
        self.y += 6
        ours = [bar for bar in block["bars"] if not bar["theirs"]]
        widest = max((self._width(bar["words"], PLAIN) for bar in ours), default=0.0)
        label = min(widest + 4, self.width * LABELS)
        for bar in block["bars"]:
            self._bar(bar, label)

    def _bar(self, bar: dict[str, Any], label: float) -> None:
        """A bar beside its words; one to compare with has its words above, since they say whose it is."""
        start = label + 16
        room = self.width - start - NUMBER
        if bar["theirs"]:
            self.y += 4
            self.text(bar["words"], SMALL, MUTED)
            self._boxes(start, self.y + 4, room, THIN, bar["percent"], THEIRS)
            self.y += THIN + 8
            return
        lines = list(self._wrapped(bar["words"], PLAIN, label))
        leading = PLAIN * LEADING
        high = max(len(lines) * leading, BAR + 12)
        for number, line in enumerate(lines):
            self._line(line, PLAIN, INK, self.y + (high - len(lines) * leading) / 2 + number * leading)
        if bar["percent"] is not None:
            self._boxes(start, self.y + (high - BAR) / 2, room, BAR, bar["percent"], OURS)
            start += room + 12
        self._line(bar["shown"], PLAIN, INK, self.y + (high - leading) / 2, start)
        self.y += high

    def text(self, words: str, size: int, colour: str) -> None:
        """Words over as many lines as they need."""
        for paragraph in words.split("\n") if words else ():
            for line in self._wrapped(paragraph, size, self.width):
                self._line(line, size, colour, self.y)
                self.y += size * LEADING

    def _wrapped(self, words: str, size: int, width: float) -> Iterator[str]:
        line = ""
        for word in words.split():
            longer = f"{line} {word}".strip()
            if line and self._width(longer, size) > width:
                yield line
                longer = word
            line = longer
        yield line

    def _line(self, words: str, size: int, colour: str, y: float, x: float = 0.0) -> None:
        """One line, from where reading begins."""
        if words:
            self.placed.append((self._text(words, size, colour), self.left + x, y + size * LEADING * 0.78))

    def _text(self, words: str, size: int, colour: str = INK) -> Any:
        from matplotlib.text import Text

        # Whatever it begins with, a line runs as its language does.
        head = RLM if self.rtl else LRM
        return Text(
            0, 0, head + words, fontsize=size * 72 / DPI, color=colour,
            horizontalalignment="right" if self.rtl else "left", verticalalignment="baseline", transform=None,
        )  # fmt: skip

    def _width(self, words: str, size: int) -> float:
        """As wide as its words and the gaps between them, each measured once: measuring is what takes longest."""
        each = words.split()
        return sum(self._measured(word, size) for word in each) + max(0, len(each) - 1) * size * SPACE

    def _measured(self, word: str, size: int) -> float:
        if (word, size) not in self.widths:
            text = self._text(word, size)
            text.set_figure(self.figure)
            self.widths[word, size] = float(text.get_window_extent(self.renderer).width)
        return self.widths[word, size]

    def _boxes(self, x: float, y: float, room: float, high: int, percent: float, colour: str) -> None:
        """A bar of its share, on a track that is the whole."""
        for width, fill in ((room, TRACK), (room * min(percent, 100) / 100, colour)):
            self.placed.append(
                (Rectangle((0, 0), width, high, facecolor=fill, linewidth=0, transform=None), self.left + x, y)
            )

    def _place(self, whole: float, height: float) -> None:
        """Put everything where it belongs; in a picture that runs from the right, on the other side."""
        for thing, x, y in self.placed:
            at = whole - x if self.rtl else x
            if isinstance(thing, Rectangle):
                thing.set_xy((at - thing.get_width() if self.rtl else at, height - y - thing.get_height()))
            else:
                thing.set_position((at, height - y))
            self.figure.add_artist(thing)


if __name__ == "__main__":
    main()
