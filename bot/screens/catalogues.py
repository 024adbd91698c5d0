"""Reading a catalogue: the messages of a .po file, compactly.

Not by Babel, which at every start takes three times as long and keeps 2 MB of its own besides. `tools/catalogues.py`
writes and checks catalogues by Babel, and a test proves that both read the same.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from sys import intern

_LINE = re.compile(r'(?:(msgctxt|msgid|msgid_plural|msgstr)(?:\[\d+\])?\s+)?"(.*)"\s*')
_ESCAPED = re.compile(r"\\(.)")
_MEANT = {"n": "\n", "t": "\t", "r": "\r"}


def read_catalogue(path: Path) -> dict[str, tuple[str, ...]]:
    """Forms by message. Entries that are empty, marked unsure or obsolete are left out."""
    with path.open(encoding="utf-8") as file:
        # Eleven catalogues have the same messages: each is held once.
        return {intern(message): forms for message, forms in _entries(file) if message and forms and all(forms)}


def _entries(lines: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each entry's message (the singular) and its forms; none where it is unsure."""
    unsure, said = False, list[tuple[str, list[str]]]()
    for line in lines:
        if line.startswith("#,"):
            yield _entry(said, unsure=unsure)
            said, unsure = [], "fuzzy" in line
        elif found := _LINE.fullmatch(line):
            keyword, text = found.groups()
            if keyword == "msgid" and said:
                yield _entry(said, unsure=unsure)
                said, unsure = [], False
            if keyword:
                said.append((keyword, []))
            if said:
                said[-1][1].append(_ESCAPED.sub(lambda escaped: _MEANT.get(escaped[1], escaped[1]), text))
    yield _entry(said, unsure=unsure)


def _entry(said: list[tuple[str, list[str]]], *, unsure: bool) -> tuple[str, tuple[str, ...]]:
    message = next(("".join(parts) for keyword, parts in said if keyword == "msgid"), "")
    forms = tuple("".join(parts) for keyword, parts in said if keyword == "msgstr")
    return message, () if unsure else forms
