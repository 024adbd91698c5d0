"""Reading ballot files, so that anybody can recount a poll: PrefLib's rankings and a plain CSV.

PrefLib (.soc .soi .toc .toi; github PrefLib/PrefLib-Data, FORMAT_SPECIFICATION.md): ``# KEY: value`` lines, among
them ``# ALTERNATIVE NAME 1: ...``, then ``count: 1,2,{3,4}`` with level options in braces. An option's key is its
number.

CSV: a header row, then one row a ballot, and an option's key is the place of its column, from 1.

* one column an option, named in the header. rank: 1 for the best, equal numbers stand level, empty is left off.
  approve, choose, yesno: 1, x or yes for a tick; empty, 0, - or no for none. All cells empty: a blank ballot.
* choose and yesno may instead have the one column ``choice`` with the chosen name. Keys follow the names' alphabet, so
  that the order of the rows cannot change a lot. An empty row is no ballot.
* yesno: the options are agree, against and abstain; yes, for and no are understood.

Commas, or the semicolons and tabs that spreadsheets write in much of Europe. UTF-8, with or without a byte order mark.
"""

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from bot.community.counting import Ballot, Method, marked, ranked

PREFLIB = frozenset({".soc", ".soi", ".toc", ".toi"})
YESNO = (AGREE, AGAINST, ABSTAIN) = ("agree", "against", "abstain")

_TIER = r"(?:[0-9]{1,9}|\{\s*[0-9]{1,9}(?:\s*,\s*[0-9]{1,9})*\s*\})"
_ORDER = re.compile(rf"\s*(?:{_TIER}(?:\s*,\s*{_TIER})*)?\s*")
_TIERS = re.compile(_TIER)
_NAME = re.compile(r"ALTERNATIVE NAME ([0-9]{1,9})")
_MOST_OPTIONS = 1000  # a table of all their duels has a million cells
_TICKS = {"1": True, "x": True, "yes": True, "": False, "0": False, "-": False, "no": False}
_ANSWERS = {"yes": AGREE, "for": AGREE, "no": AGAINST}


class BallotFileWrong(ValueError):
    """The file cannot be counted: at which line, and what is wrong there."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


@dataclass(frozen=True)
class BallotFile:
    """What a file holds: the options' names by key, in count()'s order, and how often each ballot was cast."""

    options: dict[int, str]
    ballots: Counter[Ballot]


def read_ballots(path: Path, method: Method) -> BallotFile:
    """The ballots of a file, read line by line.

    Raises:
        BallotFileWrong: at the first line that cannot be right.
        OSError: if the file cannot be opened.
    """
    if path.suffix.lower() not in PREFLIB:
        return _read_csv(path, method)
    if method is not Method.RANK:
        raise BallotFileWrong(1, f"a {path.suffix} file holds rankings: count it with the method rank")
    return _read_preflib(path)


def _lines(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            try:
                yield raw.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError:
                raise BallotFileWrong(number, "this is not UTF-8 text: save the file as UTF-8") from None


def _read_preflib(path: Path) -> BallotFile:
    kind, facts, names, pile = path.suffix.lower(), dict[str, str](), dict[int, str](), Counter[Ballot]()
    number = 1
    for number, line in enumerate(_lines(path), 1):
        if line.startswith("#"):
            key, _, value = line[1:].partition(":")
            _note(number, key.strip().upper(), value.strip(), facts, names)
        elif line.strip():
            times, ballot = _order(number, line, names, kind)
            pile[ballot] += times
    _check_totals(number, facts, names, pile)
    return BallotFile(names, pile)


def _note(line: int, key: str, value: str, facts: dict[str, str], names: dict[int, str]) -> None:
    """Keep what a metadata line says."""
    if not (found := _NAME.fullmatch(key)):
        facts[key] = value
        return
    if (option := int(found[1])) in names:
        raise BallotFileWrong(line, f"option {option} is named twice")
    names[option] = _name(line, value, names.values())


def _name(line: int, value: str, others: Collection[str]) -> str:
    name = value.strip()
    if not name:
        raise BallotFileWrong(line, "an option has no name")
    if any(unicodedata.category(letter) == "Cc" for letter in name):
        raise BallotFileWrong(line, "an option's name holds a control character")
    if len(others) >= _MOST_OPTIONS:
        raise BallotFileWrong(line, f"there are more than {_MOST_OPTIONS} options")
    if name in others:
        raise BallotFileWrong(line, f"two options are called {name}")
    return name


def _order(line: int, text: str, names: dict[int, str], kind: str) -> tuple[int, Ballot]:
    times, colon, order = text.partition(":")
    if not names:
        raise BallotFileWrong(
            line, "expected '# ALTERNATIVE NAME 1: ...' before the ballots (PrefLib's format since 2022)"
        )
    if not colon or not re.fullmatch(r"\s*[0-9]{1,9}\s*", times) or not _ORDER.fullmatch(order):
        raise BallotFileWrong(line, "expected a ballot such as '3: 2,{1,4}', how many cast it and the option numbers")
    ballot = ranked(*([int(option) for option in re.findall("[0-9]+", tier)] for tier in _TIERS.findall(order)))
    named = [int(option) for option in re.findall("[0-9]+", order)]
    if unknown := set(named) - names.keys():
        raise BallotFileWrong(line, f"there is no option {min(unknown)}")
    if len(set(named)) != len(named):
        raise BallotFileWrong(line, "a ballot names an option twice")
    if kind in (".soc", ".soi") and len(ballot) != len(named):
        raise BallotFileWrong(line, f"a {kind} file has no level options: name it {kind.replace('s', 't')}")
    if kind in (".soc", ".toc") and len(named) != len(names):
        raise BallotFileWrong(line, f"a {kind} file ranks all options: name it {kind[:-1]}i")
    return int(times), ballot


def _check_totals(line: int, facts: dict[str, str], names: dict[int, str], pile: Counter[Ballot]) -> None:
    """A file cut short on its way is noticed, not counted."""
    if not names:
        raise BallotFileWrong(line, "the file names no options ('# ALTERNATIVE NAME 1: ...')")
    for key, found in (("NUMBER ALTERNATIVES", len(names)), ("NUMBER VOTERS", pile.total())):
        if facts.get(key, str(found)) != str(found):
            raise BallotFileWrong(line, f"the file says {key}: {facts[key]}, but holds {found}; is it complete?")


def _read_csv(path: Path, method: Method) -> BallotFile:
    rows = _rows(path)
    line, header = next(rows, (1, []))
    if not header:
        raise BallotFileWrong(1, "the file is empty: expected a header row with the options' names")
    if [cell.strip().casefold() for cell in header] == ["choice"] and method in (Method.CHOOSE, Method.YESNO):
        return _choices(rows, method)
    names: dict[int, str] = {}
    for key, cell in enumerate(header, 1):
        names[key] = _name(line, cell, names.values())
    pile = Counter(_ballot(number, row, names, method) for number, row in rows)
    return BallotFile(_yesno_columns(line, names) if method is Method.YESNO else names, pile)


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, each with its line number; empty cells past the header's are cut off."""
    lines = _lines(path)
    first = next(lines, "")
    delimiter = max(",;\t", key=re.sub('"[^"]*"', "", first).count)
    reader = csv.reader(chain([first], lines), delimiter=delimiter, strict=True)
    width = 0
    try:
        for row in reader:
            width = width or len(row)
            if any(cell.strip() for cell in row[width:]):
                raise BallotFileWrong(reader.line_num, f"the row has {len(row)} cells, the header {width}")
            if len(row) > 1 or (row and row[0].strip()):
                yield reader.line_num, row[:width]
    except csv.Error as error:
        raise BallotFileWrong(reader.line_num, f"this is not CSV: {error}") from None


def _yesno_columns(line: int, names: dict[int, str]) -> dict[int, str]:
    """The columns put in the order agree, against, abstain; the last may be missing."""
    place = {_ANSWERS.get(name.casefold(), name.casefold()): key for key, name in names.items()}
    place.setdefault(ABSTAIN, len(names) + 1)
    if set(place) != set(YESNO):
        raise BallotFileWrong(line, "expected the columns agree, against and abstain, or the one column choice")
    return {place[word]: word for word in YESNO}


def _ballot(line: int, row: list[str], names: dict[int, str], method: Method) -> Ballot:
    if len(row) != len(names):
        raise BallotFileWrong(line, f"the row has {len(row)} cells, the header {len(names)}")
    cells = [(key, cell.strip()) for key, cell in enumerate(row, 1)]
    if method is Method.RANK:
        return _tiers(line, cells, names)
    ticks = [key for key, cell in cells if _ticked(line, cell, names[key])]
    if method is not Method.APPROVE and len(ticks) > 1:
        raise BallotFileWrong(line, "the row ticks several options, where one may be chosen")
    return marked(*ticks)


def _ticked(line: int, cell: str, name: str) -> bool:
    if (tick := _TICKS.get(cell.casefold())) is None:
        raise BallotFileWrong(line, f"the cell of {name} is {cell[:20]!r}: expected 1 or x for a tick, or nothing")
    return tick


def _tiers(line: int, cells: list[tuple[int, str]], names: dict[int, str]) -> Ballot:
    places: dict[int, set[int]] = {}
    for key, cell in cells:
        if cell and not re.fullmatch("0*[1-9][0-9]{0,8}", cell):
            raise BallotFileWrong(
                line, f"the cell of {names[key]} is {cell[:20]!r}: expected a place from 1, or nothing"
            )
        if cell:
            places.setdefault(int(cell), set()).add(key)
    return ranked(*(places[place] for place in sorted(places)))


def _choices(rows: Iterator[tuple[int, list[str]]], method: Method) -> BallotFile:
    found, spelled = Counter[str](), dict[str, int]()
    for line, [cell] in rows:
        word = cell.strip()
        if method is Method.YESNO:
            word = _ANSWERS.get(word.casefold(), word.casefold())
            if word not in YESNO:
                raise BallotFileWrong(line, f"{cell[:20]!r} is none of agree, against and abstain")
        elif word not in spelled:
            spelled[word] = line
            _name(line, word, ())
        found[word] += 1
    names = YESNO if method is Method.YESNO else sorted(found)
    keys = {name: key for key, name in enumerate(names, 1)}
    return BallotFile(dict(enumerate(names, 1)), Counter({marked(keys[name]): found[name] for name in found}))
