"""Files that coordinators write: read so that a mistake is named by its line."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

_PART = r"""(?:[\w-]+|"[^"]*"|'[^']*')"""
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_PART}(?:\s*\.\s*{_PART})*)\s*\]")
_KEY = re.compile(rf"\s*({_PART})(?:\s*\.\s*({_PART}))?\s*=")


class FileWrong(Exception):
    """A file cannot be used; the message names it, the line and the reason."""


@dataclass(frozen=True)
class TomlFile:
    """A file's contents, and where each of them stands: `lines` maps paths such as `options.2.pl` to line numbers."""

    name: str
    data: Mapping[str, Any]
    lines: Mapping[str, int]

    def wrong(self, path: str, reason: str) -> FileWrong:
        """The mistake at a path, or at the nearest thing above it that stands in the file."""
        while path and path not in self.lines:
            path = path.rpartition(".")[0]
        return FileWrong(f"{self.name}, line {self.lines.get(path, 1)}: {reason}")

    def only(self, known: tuple[str, ...]) -> None:
        """Refuse a key that means nothing: a slip of the pen must not be silently left out."""
        for key in self.data:
            if key not in known:
                near = get_close_matches(key, known, 1)
                hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
                raise self.wrong(key, f"{key} is not known here: {hint}")

    def text(self, key: str, default: str | None = None) -> str:
        """A key's text; a key without a default must be there."""
        value = self.data.get(key, default)
        if value is None:
            raise self.wrong(key, f"{key} is missing")
        if not isinstance(value, str):
            raise self.wrong(key, f'{key} must be text in quotes, such as {key} = "..."')
        return value

    def texts(self, key: str) -> list[str]:
        """A key's list of texts; empty where the key is missing."""
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.wrong(key, f'{key} must be a list of texts, such as {key} = ["...", "..."]')
        return value

    def number(self, key: str, default: int) -> int:
        """A key's whole number."""
        value = self.data.get(key, default)
        if type(value) is not int:
            raise self.wrong(key, f"{key} must be a whole number, without quotes")
        return value


def read_toml(path: Path) -> TomlFile:
    """Read a file. Raises FileWrong where it is missing, or is no TOML."""
    try:
        text = path.read_bytes().decode("utf-8-sig")  # an editor on Windows may put a mark in front
    except OSError as error:
        raise FileWrong(f"{path}: cannot be read ({error.strerror}): check the path") from None
    except UnicodeDecodeError:
        raise FileWrong(f"{path}: must be saved as UTF-8") from None
    return parse_toml(path.name, text)


def parse_toml(name: str, text: str) -> TomlFile:
    """A file's text, wherever it came from; `name` names it in a mistake. Raises FileWrong."""
    try:
        return TomlFile(name, tomllib.loads(text), _line_numbers(text))
    except tomllib.TOMLDecodeError as wrong:
        raise FileWrong(f"{name}, {_place_of(str(wrong), text)}") from None


def _place_of(error: str, text: str) -> str:
    """Tomllib's "Reason (at line 5, column 3)" as "line 5: Reason"."""
    found = re.search(r" \(at (?:line (\d+).*|end of document)\)$", error)
    line = found[1] if found and found[1] else str(len(text.splitlines()))
    return f"line {line}: {error[: found.start()] if found else error}"


def _line_numbers(text: str) -> dict[str, int]:
    """Where each key stands. tomllib does not tell; the file is known to be good TOML here."""
    lines: dict[str, int] = {}
    table, count = "", 0
    for number, line in _outside_long_texts(text):
        if header := _HEADER.match(line):
            parts = [_bare(part) for part in re.findall(_PART, header[2])]
            table = ".".join(parts)
            for depth in range(1, len(parts)):
                lines.setdefault(".".join(parts[:depth]), number)
            if header[1] == "[[":
                lines.setdefault(table, number)
                count = sum(1 for path in lines if re.fullmatch(re.escape(table) + r"\.\d+", path)) + 1
                table = f"{table}.{count}"
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            first, second = (_bare(part or "") for part in key.groups())
            for path in (first, f"{first}.{second}" if second else ""):
                if path:
                    lines.setdefault(f"{table}.{path}" if table else path, number)
    return lines


def _bare(part: str) -> str:
    """A key without its quotes."""
    return part.strip("\"'")


def _outside_long_texts(text: str) -> Iterator[tuple[int, str]]:
    """Numbered lines, those within a text of several lines left out."""
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if not inside:
            yield number, line
        if (line.count('"""') + line.count("'''")) % 2:
            inside = not inside
