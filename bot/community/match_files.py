"""Asks and volunteers from CSV files, matched without the bot: for a programme that plans on paper, and for checking ours.

A comma separates cells, a `;` the entries of a list. Columns are found by their names; others are left alone. Whatever
cannot be right is refused with the file, the line and the reason, and nothing is matched.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.community.pairs import SLOTS, Ask, Neighbours, Pairing, Patch, Urgency, Volunteer
from bot.community.toml_lines import FileWrong

ASK_COLUMNS = ("id", "kind", "patch", "languages", "slots", "urgency", "days_waiting", "needs_checked")
VOLUNTEER_COLUMNS = (
    "id",
    "kinds",
    "patches",
    "languages",
    "slots",
    "capacity",
    "checked",
    "days_since_asked",
    "load_30_days",
    "acceptance",
)
NEIGHBOUR_COLUMNS = ("patch", "neighbour")

_YES_NO = {"1": True, "yes": True, "true": True, "0": False, "no": False, "false": False}


@dataclass(frozen=True)
class Row:
    """One line of a file; its cells by column."""

    file: str
    line: int
    cells: Mapping[str, str]

    def wrong(self, reason: str) -> FileWrong:
        """The mistake on this line."""
        return FileWrong(f"{self.file}, line {self.line}: {reason}")

    def text(self, column: str) -> str:
        """A cell that must not be empty."""
        if not (text := self.cells[column]):
            raise self.wrong(f"{column} is empty")
        return text

    def texts(self, column: str) -> tuple[str, ...]:
        """A list, in its order; it may be empty."""
        return _entries(self.cells[column])

    def number(self, column: str, at_most: int = 10**9) -> int:
        """A whole number from 0; of a decimal one the whole part."""
        text = self.cells[column]
        if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]*)?", text) or int(float(text)) > at_most:
            limit = f"from 0 to {at_most}" if at_most < 10**9 else "from 0"
            raise self.wrong(f"{column} is {text[:20]!r}: expected a number {limit}")
        return int(float(text))

    def yes(self, column: str) -> bool:
        """A yes or a no."""
        if (found := _YES_NO.get(self.cells[column].casefold())) is None:
            raise self.wrong(f"{column} is {self.cells[column][:20]!r}: expected 1 or 0 (or yes or no)")
        return found

    def slots(self) -> int:
        """A week's slots as a mask: the first character is bit 0."""
        text = self.cells["slots"]
        if not re.fullmatch(rf"[01]{{{SLOTS}}}", text):
            raise self.wrong(f"slots is {text[:40]!r}: expected {SLOTS} characters 0 or 1")
        return int(text[::-1], 2)

    def share(self, column: str) -> int | None:
        """A share from 0 to 1, of 100; None where the cell is empty."""
        if not (text := self.cells[column]):
            return None
        if not re.fullmatch(r"[01]|[01]?\.[0-9]{1,9}|1\.", text) or float(text) > 1:
            raise self.wrong(f"{column} is {text[:20]!r}: expected a share from 0 to 1, such as 0.4")
        return round(100 * float(text))


@dataclass(frozen=True)
class Asked:
    """What two files say, with ids as numbers, and how the files call them."""

    asks: list[Ask]
    volunteers: list[Volunteer]
    ask_names: tuple[str, ...]
    volunteer_names: tuple[str, ...]

    def told(self, pairings: Iterable[Pairing]) -> list[tuple[str, str, int]]:
        """Pairings in the files' own names, by ask in the file's order."""
        place = {ask.id: number for number, ask in enumerate(self.asks)}
        ordered = sorted(pairings, key=lambda pairing: place[pairing.ask])
        return [(self.ask_names[one.ask], self.volunteer_names[one.volunteer], one.weight) for one in ordered]


def read_asked(asks: Path, volunteers: Path) -> Asked:
    """The asks and volunteers of two files. Raises FileWrong.

    Ids become numbers by the alphabet, so that the order of the lines changes nothing.
    """
    ask_rows, volunteer_rows = list(_rows(asks, ASK_COLUMNS)), list(_rows(volunteers, VOLUNTEER_COLUMNS))
    ask_ids, volunteer_ids = _numbered(ask_rows), _numbered(volunteer_rows)
    same: Callable[[frozenset[str]], frozenset[str]] = cache(lambda texts: texts)  # equal sets are kept once
    return Asked(
        [_ask(row, ask_ids) for row in ask_rows],
        [_volunteer(row, volunteer_ids, same) for row in volunteer_rows],
        tuple(ask_ids),
        tuple(volunteer_ids),
    )


def read_neighbours(path: Path) -> Neighbours:
    """Which patches lie side by side; a line says so for both. Raises FileWrong."""
    found: dict[Patch, set[Patch]] = {}
    for row in _rows(path, NEIGHBOUR_COLUMNS):
        patch, other = row.text("patch"), row.text("neighbour")
        if patch == other:
            raise row.wrong(f"{patch} cannot be its own neighbour")
        found.setdefault(patch, set()).add(other)
        found.setdefault(other, set()).add(patch)
    return {patch: sorted(near, key=str) for patch, near in found.items()}


def _ask(row: Row, ids: Mapping[str, int]) -> Ask:
    return Ask(
        id=ids[row.text("id")],
        kind=row.text("kind"),
        patch=row.text("patch"),
        languages=row.texts("languages"),
        slots=row.slots(),
        urgency=row.number("urgency", max(Urgency)),
        days_waiting=row.number("days_waiting"),
        needs_checked=row.yes("needs_checked"),
    )


def _volunteer(row: Row, ids: Mapping[str, int], same: Callable[[frozenset[str]], frozenset[str]]) -> Volunteer:
    return Volunteer(
        id=ids[row.text("id")],
        kinds=same(frozenset(row.texts("kinds"))),
        patches=frozenset[Patch](same(frozenset(row.texts("patches")))),
        languages=same(frozenset(row.texts("languages"))),
        slots=row.slots(),
        capacity=row.number("capacity"),
        checked=row.yes("checked"),
        days_since_asked=row.number("days_since_asked") if row.cells["days_since_asked"] else None,
        load_30_days=row.number("load_30_days"),
        acceptance=row.share("acceptance"),
    )


@cache
def _entries(cell: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(entry for part in cell.split(";") if (entry := part.strip())))


def _numbered(rows: Iterable[Row]) -> dict[str, int]:
    """Numbers for ids, by the alphabet. Raises FileWrong where one is empty or there twice."""
    lines: dict[str, int] = {}
    for row in rows:
        name = row.text("id")
        if name in lines:
            raise row.wrong(f"id {name[:40]} is on line {lines[name]} already")
        lines[name] = row.line
    return {name: number for number, name in enumerate(sorted(lines))}


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    """The lines of a file that are not empty, under a header that has all columns."""
    lines = csv.reader(_text(path).splitlines(keepends=True), strict=True)
    try:
        header = [name.strip().casefold() for name in next(lines, [])]
        if missing := [name for name in columns if name not in header]:
            raise FileWrong(
                f"{path.name}, line 1: the header has no {', '.join(missing)}; needed: {', '.join(columns)}"
            )
        if twice := [name for name in columns if header.count(name) > 1]:
            raise FileWrong(f"{path.name}, line 1: the header has {twice[0]} twice")
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            row = Row(path.name, lines.line_num, dict(zip(header, map(str.strip, cells), strict=False)))
            if len(cells) != len(header):
                raise row.wrong(f"the line has {len(cells)} cells, the header {len(header)}")
            yield row
    except csv.Error as error:
        raise FileWrong(f"{path.name}, line {lines.line_num}: this is not CSV: {error}") from None


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise FileWrong(f"{path}: cannot be read ({error.strerror}): check the path") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise FileWrong(f"{path.name}, line {line}: this is not UTF-8 text: save the file as UTF-8") from None
