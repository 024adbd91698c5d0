"""A table of answers as CSV, counted as it is read: one row a person, one column a question or breakdown.

Commas, semicolons or tabs; UTF-8, with or without a byte order mark. Columns that the plan does not name are not looked
at. An empty cell is no answer. What a question does not know stops everything; in a breakdown it is the catch-all.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Protocol, Self

from bot.community.people_counts import Counts, UnknownAnswer, count
from bot.community.tally_plan import Plan
from bot.community.toml_lines import FileWrong


class _Rows(Protocol):
    """What csv.reader makes."""

    line_num: int

    def __iter__(self) -> Self: ...
    def __next__(self) -> list[str]: ...


def count_file(path: Path, plan: Plan) -> Counts:
    """Count a file in one pass; memory does not grow with it.

    Raises:
        FileWrong: naming file, line and reason.
        OSError: it cannot be read.
    """
    try:
        return count(plan, _people(path, plan.columns))
    except UnknownAnswer as wrong:
        raise _wrong(path, _line_of(path, plan, wrong), str(wrong)) from None
    except UnicodeDecodeError:
        raise _wrong(path, _line_not_utf8(path), "this is not UTF-8 text: save the file as UTF-8") from None


def _wrong(path: Path, line: int, reason: str) -> FileWrong:
    return FileWrong(f"{path.name}, line {line}: {reason}")


def _people(path: Path, columns: Sequence[str]) -> Iterator[Sequence[str]]:
    """The rows that hold something, cut down to the plan's columns."""
    for _, row in _numbered(path, columns):
        yield row


def _numbered(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = _reader(file)
        try:
            header = [cell.strip() for cell in next(rows, [])]
            while header and not header[-1]:
                header.pop()
            chosen, width = _chosen(path, header, columns), len(header)
            for row in rows:
                if len(row) == width or (len(row) > width and not any(row[width:])):
                    yield rows.line_num, chosen(row)
                elif any(row):
                    raise _wrong(path, rows.line_num, f"the row has {len(row)} cells, the header {width}")
        except csv.Error as error:
            raise _wrong(path, rows.line_num, f"this is not CSV: {error}") from None


def _reader(lines: Iterable[str]) -> _Rows:
    lines = iter(lines)
    first = next(lines, "")
    delimiter = max(",;\t", key=re.sub('"[^"]*"', "", first).count)
    return csv.reader(chain([first], lines), delimiter=delimiter, strict=True)


def _chosen(path: Path, header: list[str], columns: Sequence[str]) -> Callable[[list[str]], Sequence[str]]:
    """What cuts a row down to the columns."""
    for column in columns:
        if column not in header:
            there = ", ".join(header)[:200] or "none"
            raise _wrong(path, 1, f"there is no column {column!r}: the file has {there}")
        if header.count(column) > 1:
            raise _wrong(path, 1, f"there are two columns {column!r}")
    places = [header.index(column) for column in columns]
    return itemgetter(*places) if len(places) > 1 else lambda row: (row[places[0]],)


def _line_of(path: Path, plan: Plan, wrong: UnknownAnswer) -> int:
    """Where the first such cell is. The count looks at batches, in which like rows are one; this looks once more."""
    place = plan.columns.index(wrong.column)
    return next(line for line, row in _numbered(path, plan.columns) if row[place].strip() == wrong.answer)


def _line_not_utf8(path: Path) -> int:
    with path.open("rb") as file:
        return next((number for number, line in enumerate(file, 1) if not _is_utf8(line)), 1)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def lines_of_strange_groups(path: Path, plan: Plan, counts: Counts) -> Iterator[tuple[str, str, int]]:
    """Each breakdown's names that the plan does not have, with the first line: for whoever holds the answers.

    They were counted as the catch-all, which may be meant so, or a slip of the pen.
    """
    left = {(at, name) for at, breakdown in enumerate(plan.breakdowns) for name in counts.strange(breakdown)}
    asked, names = len(plan.questions), list(plan.breakdowns)
    for line, row in _numbered(path, plan.columns) if left else ():
        for found in [(at, cell.strip()) for at, cell in enumerate(row[asked:]) if (at, cell.strip()) in left]:
            left.discard(found)
            yield names[found[0]], found[1], line
        if not left:
            return
