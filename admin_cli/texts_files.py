"""Texts for translators outside: PO files, which their tools know, and CSV. Out with the source, in with the wordings."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path

from admin_cli.door import Stop

COLUMNS = ("text", "revision", "field", "source", "wording", "state")
_KEY = re.compile(r"([0-9]{1,9})\.([0-9]{1,9})\.(title|body)")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet calculate: such a cell is given an apostrophe, and freed of it again."""


@dataclass(frozen=True)
class Entry:
    """One field of a text: `title` or `body`, its source's words, and those in the file's language so far."""

    text: int
    revision: int
    field: str
    source: str
    wording: str
    state: str


def written(entries: Iterable[Entry], language: str, format_: str) -> bytes:
    """The entries as a file: po or csv."""
    return _as_po(entries, language) if format_ == "po" else _as_csv(entries)


def read(path: Path) -> tuple[str | None, list[Entry]]:
    """A file that came back: its language where it says one, and what it has words for. Raises Stop for a broken one."""
    content = path.read_bytes()
    match path.suffix.lower():
        case ".po":
            return _from_po(path.name, content)
        case ".csv":
            return None, list(_from_csv(path.name, content))
        case _:
            raise Stop(f"{path.name}: the name must end in .po or .csv")


def _as_po(entries: Iterable[Entry], language: str) -> bytes:
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    catalogue = Catalog(project="Kith", charset="utf-8", fuzzy=False)
    for one in entries:
        key = f"{one.text}.{one.revision}.{one.field}"
        catalogue.add(
            one.source, one.wording, context=key, auto_comments=[f"text {one.text}, {one.field}: {one.state}"]
        )
    out = BytesIO()
    write_po(out, catalogue, width=0, omit_header=True)
    head = f'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"MIME-Version: 1.0\\n"\n'
    return (
        head + '"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n\n'
    ).encode() + (out.getvalue())


def _from_po(name: str, content: bytes) -> tuple[str | None, list[Entry]]:
    from babel.messages.pofile import PoFileError, read_po

    try:
        catalogue = read_po(BytesIO(content), abort_invalid=True, ignore_obsolete=True)
    except (PoFileError, ValueError) as wrong:
        raise Stop(f"{name}: this is no PO file that can be read ({wrong})") from None
    language = re.search(r'^"Language: *([\w-]+) *\\n"$', content.decode(errors="replace"), re.MULTILINE)
    entries = [
        _entry(name, str(one.context or ""), str(one.id), "" if one.fuzzy else str(one.string or ""))
        for one in catalogue
        if one.id
    ]
    return (language[1] if language else None), [one for one in entries if one.wording.strip()]


def _entry(name: str, key: str, source: str, wording: str) -> Entry:
    found = _KEY.fullmatch(key)
    if found is None:
        raise Stop(f"{name}: the entry {key!r} is none of ours: keep each msgctxt as it was exported")
    return Entry(int(found[1]), int(found[2]), found[3], source, wording, "")


def _as_csv(entries: Iterable[Entry]) -> bytes:
    out = StringIO()
    lines = csv.writer(out, lineterminator="\r\n")
    lines.writerow(COLUMNS)
    for one in entries:
        lines.writerow([one.text, one.revision, one.field, _safe(one.source), _safe(one.wording), one.state])
    return b"\xef\xbb\xbf" + out.getvalue().encode()  # without the mark, spreadsheets take it for Latin


def _safe(cell: str) -> str:
    return "'" + cell if cell.startswith(_FORMULA) else cell


def _freed(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def _from_csv(name: str, content: bytes) -> Iterator[Entry]:
    try:
        rows = csv.DictReader(StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        missing = [column for column in COLUMNS[:5] if column not in (rows.fieldnames or ())]
        if missing:
            raise Stop(f"{name}: column {missing[0]!r} is missing")
        for row in rows:
            key = f"{row['text']}.{row['revision']}.{row['field']}"
            entry = _entry(f"{name}, line {rows.line_num}", key, _freed(row["source"]), _freed(row["wording"] or ""))
            if entry.wording.strip():
                yield entry
    except (UnicodeDecodeError, csv.Error) as wrong:
        raise Stop(f"{name}: this is no CSV file in UTF-8 ({wrong})") from None
