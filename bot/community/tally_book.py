"""Tables as a workbook, laid out as the UK Analysis Function asks (facts/disclosure.md 4.1).

A cover, notes, one table a sheet; one header row, no filters, frozen panes or hidden rows; blanks and symbols
explained. The same tables make the same bytes.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

MADE = datetime(2026, 1, 1)  # noqa: DTZ001 - the format has no zone; a fixed day, so that two builds are alike
WIDEST = 60
TOP = 3
"""Rows above a table: its title, what the sheet holds, and the header after a blank."""


@dataclass(frozen=True)
class Sheet:
    """One table: its sheet's name (under 31 characters), title, columns and rows."""

    name: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]


def workbook(title: str, cover: Sequence[str], notes: Sequence[str], sheets: Sequence[Sheet]) -> bytes:
    """An XLSX file of a cover sheet, notes, and a sheet a table."""
    import xlsxwriter  # tens of milliseconds that no other command needs

    out = io.BytesIO()
    plain = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, plain) as book:
        book.set_properties({"title": title, "created": MADE})
        _page(book, "cover", title, cover)
        _page(book, "notes", "Notes", notes)
        for sheet in sheets:
            _table(book, sheet)
    return out.getvalue()


def _page(book: Any, name: str, title: str, lines: Sequence[str]) -> None:
    page = book.add_worksheet(name)
    page.set_column(0, 0, 100, book.add_format({"text_wrap": True, "valign": "top"}))
    page.write_string(0, 0, title, book.add_format({"bold": True, "font_size": 14}))
    for row, line in enumerate(lines, 1):
        page.write_string(row, 0, line)


def _table(book: Any, sheet: Sheet) -> None:
    page = book.add_worksheet(sheet.name)
    page.write_string(0, 0, sheet.title, book.add_format({"bold": True, "font_size": 14}))
    many = f"{len(sheet.rows)} rows." if sheet.rows else "No rows: nothing was published."
    page.write_string(1, 0, f"This sheet holds one table. {many} Empty cells: not told, or there is none.")
    bold = book.add_format({"bold": True})
    for column, name in enumerate(sheet.columns):
        page.write_string(TOP, column, name, bold)
        cells = [str(row[column]) for row in sheet.rows if row[column] is not None]
        page.set_column(column, column, min(WIDEST, max(map(len, [name, *cells])) + 2))
    for number, row in enumerate(sheet.rows, TOP + 1):
        for column, value in enumerate(row):
            _cell(page, number, column, value)


def _cell(page: Any, row: int, column: int, value: object) -> None:
    match value:
        case int() | float():
            page.write_number(row, column, value)
        case str() if value:
            page.write_string(row, column, value)
        case _:
            page.write_blank(row, column, None)
