"""Instruments are data: questions that statistics ask, with scale, bands, source and licence, each a TOML file.

Those that come with the house lie in `instruments/` beside this file (facts/instruments.md says where each wording is
from, and what may not be shipped); a steering group may bring its own. A wave keeps a copy of what it asks.

Longer than the guide: what a question is, and the reading that checks each of its fields, stand together.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

from bot.community.toml_lines import FileWrong, TomlFile, read_toml

FOLDER = Path(__file__).with_suffix("")
KEYS = (
    "key", "version", "source", "licence", "official", "own", "notes", "name", "intro", "translation", "scales", "items",
)  # fmt: skip
ITEM_KEYS = {"key", "scale", "better", "bottom", "tags", "benchmark", "unverified", "text"}
KEY = re.compile("[a-z][a-z0-9-]{1,30}")
MOST_ITEMS = 10
TEXT_AT_MOST = 400
WORD_AT_MOST = 60
"""Characters of an answer: longer ones are cut on a telephone's button."""
TRANSLATIONS = ("official", "reviewed", "community")
ECHO = "ring-true"
"""The instrument of the tiny round after a playback; nobody plans a wave of it."""


@dataclass(frozen=True)
class Benchmark:
    """What a national survey found: the share (per cent) of people in these bands."""

    bands: tuple[str, ...]
    share: float
    area: str
    year: str
    source: str
    unverified: bool = False


@dataclass(frozen=True)
class Question:
    """One question as it is asked: its words by language, its answers, and what evaluators need to know of it.

    `words`: by language, one for each value of the scale, or for its two ends where `ends` is true. `bands`: first and
    last value of each band, in the scale's order. `better` tells which end of the scale is the better one.
    """

    instrument: str
    version: str
    key: str
    source: str
    licence: str
    own: bool
    official: str
    translation: Mapping[str, str]
    intro: Mapping[str, str]
    text: Mapping[str, str]
    first: int
    last: int
    ends: bool
    words: Mapping[str, Sequence[str]]
    bands: Mapping[str, tuple[int, int]]
    coarse: Mapping[str, str]
    better: str
    bottom: tuple[int, ...]
    tags: tuple[str, ...]
    benchmark: Benchmark | None
    unverified: bool

    @property
    def name(self) -> str:
        """What the question is called in releases and exports."""
        return f"{self.instrument}.{self.key}"

    @property
    def values(self) -> range:
        """The answers that can be given."""
        return range(self.first, self.last + 1)

    def band_of(self, value: int) -> str:
        """The band that an answer falls into."""
        return next(band for band, (low, high) in self.bands.items() if low <= value <= high)

    def said_in(self, language: str) -> str:
        """The question for a reader: theirs, else the official wording."""
        return self.text.get(language) or self.text[self.official]

    def spoken(self, language: str) -> str:
        """The language that a reader gets it in: theirs where question and answers are worded, else the official one."""
        return language if language in self.text and language in self.words else self.official

    def as_facts(self) -> dict[str, Any]:
        """The question as JSON would hold it."""
        return asdict(self)

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Self:
        """The question that as_facts() told of, also after a way through JSON."""
        mark = facts["benchmark"]
        return cls(**{
            **facts,
            "bands": {band: tuple(values) for band, values in facts["bands"].items()},
            "bottom": tuple(facts["bottom"]),
            "tags": tuple(facts["tags"]),
            "benchmark": mark and Benchmark(**{**mark, "bands": tuple(mark["bands"])}),
        })  # fmt: skip


@dataclass(frozen=True)
class Instrument:
    """A set of questions that belong together."""

    key: str
    version: str
    source: str
    licence: str
    official: str
    own: bool
    notes: str
    name: Mapping[str, str]
    questions: tuple[Question, ...]


@cache
def shipped() -> dict[str, Instrument]:
    """The instruments that come with the house, by key."""
    read = [read_instrument(path) for path in sorted(FOLDER.glob("*.toml"))]
    return {instrument.key: instrument for instrument in read}


def echo() -> Question:
    """The one question of the tiny round after a playback."""
    return shipped()[ECHO].questions[0]


def named(spec: str, files: Sequence[Instrument] = ()) -> list[Question]:
    """The questions that `ons4`, or `ons4.happy` for one of them, means. Raises FileWrong where there is none."""
    known = shipped() | {instrument.key: instrument for instrument in files}
    key, _, item = spec.partition(".")
    if key not in known or key == ECHO:
        raise FileWrong(f"there is no instrument {key!r}: 'kith instrument list' shows them")
    questions = [question for question in known[key].questions if item in {"", question.key}]
    if not questions:
        items = ", ".join(question.key for question in known[key].questions)
        raise FileWrong(f"{key} has no question {item!r}; it has {items}")
    return questions


def read_instrument(path: Path) -> Instrument:
    """Read an instrument's file. Raises FileWrong, which names the line, at the first thing that cannot be right."""
    file = read_toml(path)
    file.only(KEYS)
    for needed in ("key", "version", "source", "licence"):
        if not file.text(needed).strip():
            raise file.wrong(needed, f"{needed} must say something")
    if not KEY.fullmatch(file.text("key")):
        raise file.wrong("key", "key must have 2 to 31 small letters, digits and hyphens")
    official = file.text("official", "en")
    own = file.data.get("own", False)
    if not isinstance(own, bool):
        raise file.wrong("own", "own must be true or false")
    return Instrument(
        file.text("key"),
        file.text("version"),
        file.text("source"),
        file.text("licence"),
        official,
        own,
        file.text("notes", ""),
        _words(file, "name", file.data.get("name"), official),
        tuple(_questions(file, official, own=own)),
    )


def _questions(file: TomlFile, official: str, *, own: bool) -> Iterator[Question]:
    given = file.data.get("items")
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_ITEMS:
        raise file.wrong("items", f"items must be written as [[items]], 1 to {MOST_ITEMS} of them")
    translation = _translation(file, official)
    intro = _words(file, "intro", file.data["intro"], official) if "intro" in file.data else {}
    seen: set[str] = set()
    for number, item in enumerate(given, 1):
        path = f"items.{number}"
        key = item.get("key")
        if not isinstance(key, str) or not KEY.fullmatch(key) or key in seen:
            raise file.wrong(f"{path}.key", "each item needs a key of its own, of small letters, digits and hyphens")
        seen.add(key)
        if strange := set(item) - ITEM_KEYS:
            raise file.wrong(f"{path}.{min(strange)}", f"{min(strange)} is not known in an item")
        text = _words(file, f"{path}.text", item.get("text"), official)
        scale = _scale(file, path, item, official)
        _check_languages(file, path, {*text, *scale["words"]}, translation)
        yield Question(
            instrument=file.text("key"),
            version=file.text("version"),
            key=key,
            source=file.text("source"),
            licence=file.text("licence"),
            own=own,
            official=official,
            translation=translation,
            intro=intro if number == 1 else {},
            text=text,
            better=_one_of(file, f"{path}.better", item.get("better"), ("high", "low")),
            bottom=_bottom(file, path, item, scale),
            tags=tuple(item.get("tags", [])),
            benchmark=_benchmark(file, path, item.get("benchmark"), scale["bands"]),
            **{**scale, "unverified": bool(item.get("unverified", False)) or scale["unverified"]},
        )


def _translation(file: TomlFile, official: str) -> dict[str, str]:
    """How each language's wording came to be: official, reviewed by a second speaker, or the community's draft."""
    given = file.data.get("translation", {})
    return {official: "official"} | {
        tag: _one_of(file, f"translation.{tag}", kind, TRANSLATIONS) for tag, kind in given.items()
    }


def _check_languages(file: TomlFile, path: str, tags: set[str], translation: Mapping[str, str]) -> None:
    for tag in sorted(tags - set(translation)):
        kinds = ", ".join(TRANSLATIONS)
        raise file.wrong(f"{path}.text.{tag}", f"say under [translation] how {tag} came to be: {kinds}")


def _one_of(file: TomlFile, path: str, value: Any, known: tuple[str, ...]) -> str:
    if value not in known:
        raise file.wrong(path, f"{path.rpartition('.')[2]} must be {' or '.join(known)}")
    return str(value)


def _words(file: TomlFile, path: str, given: Any, official: str) -> dict[str, str]:
    if not isinstance(given, Mapping) or official not in given:
        raise file.wrong(path, f"{path.rpartition('.')[2]} needs words in {official}, the official language")
    for tag, text in given.items():
        if not isinstance(text, str) or not 0 < len(text.strip()) <= TEXT_AT_MOST:
            raise file.wrong(f"{path}.{tag}", f"must be text of 1 to {TEXT_AT_MOST} characters")
    return dict(given)


def _scale(file: TomlFile, item_path: str, item: Mapping[str, Any], official: str) -> dict[str, Any]:
    """A scale's values, words and bands, as the fields of a Question."""
    name = item.get("scale")
    given = file.data.get("scales", {}).get(name)
    if not isinstance(given, Mapping):
        raise file.wrong(f"{item_path}.scale", f"there is no [scales.{name}]")
    path = f"scales.{name}"
    words = {tag: value for tag, value in given.items() if isinstance(value, list)}
    if official not in words:
        raise file.wrong(path, f"a scale needs its answers in {official}")
    ends = "from" in given
    first, last = (given["from"], given.get("to")) if ends else (1, len(words[official]))
    if type(first) is not int or type(last) is not int or not 1 <= last - first <= 10:  # noqa: PLR2004 - eleven buttons
        raise file.wrong(path, "a scale has 2 to 11 answers")
    for tag, said in words.items():
        if len(said) != (2 if ends else last) or not all(isinstance(one, str) and one.strip() for one in said):
            raise file.wrong(f"{path}.{tag}", "must have words for both ends" if ends else f"must have {last} answers")
        if any(len(one) > WORD_AT_MOST for one in said):
            raise file.wrong(f"{path}.{tag}", f"an answer has {WORD_AT_MOST} characters at most: it must fit a button")
    bands = _bands(file, path, given, first, last)
    return {
        "first": first,
        "last": last,
        "ends": ends,
        "words": words,
        "bands": bands,
        "coarse": _coarse(file, path, given, list(bands)),
        "unverified": bool(given.get("unverified", False)),
    }


def _bands(file: TomlFile, path: str, given: Mapping[str, Any], first: int, last: int) -> dict[str, tuple[int, int]]:
    bands: dict[str, tuple[int, int]] = {}
    expected = first
    for band, span in dict(given.get("bands", {})).items():
        found = re.fullmatch(r"(\d{1,2})(?:-(\d{1,2}))?", str(span))
        if found is None or int(found[1]) != expected or int(found[2] or found[1]) < expected:
            raise file.wrong(f"{path}.bands", f'band {band!r} must begin at {expected}, such as "{expected}-{last}"')
        bands[band] = (expected, int(found[2] or found[1]))
        expected = bands[band][1] + 1
    if expected != last + 1 or len(bands) < 2:  # noqa: PLR2004 - one band says nothing
        raise file.wrong(f"{path}.bands", f"at least two bands must cover {first} to {last}, each value once")
    return bands


def _coarse(file: TomlFile, path: str, given: Mapping[str, Any], bands: list[str]) -> dict[str, str]:
    """Which of two coarse bands each band belongs to: small waves are told in two."""
    coarse = dict(given.get("coarse", {}))
    if list(coarse) != bands or len(set(coarse.values())) != 2:  # noqa: PLR2004
        raise file.wrong(f"{path}.coarse", "each band, in order, must belong to one of two coarse bands")
    return coarse


def _bottom(file: TomlFile, path: str, item: Mapping[str, Any], scale: Mapping[str, Any]) -> tuple[int, ...]:
    """The answers at which help is offered (facts/failures.md 3.7); nothing else is made of them."""
    given = item.get("bottom", [])
    if not isinstance(given, list) or any(value not in range(scale["first"], scale["last"] + 1) for value in given):
        raise file.wrong(f"{path}.bottom", "bottom must list values of the scale")
    return tuple(given)


def _benchmark(file: TomlFile, path: str, given: Any, bands: Mapping[str, Any]) -> Benchmark | None:
    if given is None:
        return None
    try:
        mark = Benchmark(**{**given, "bands": tuple(given["bands"])})
    except (TypeError, KeyError):
        raise file.wrong(f"{path}.benchmark", "a benchmark has bands, share, area, year and source") from None
    if not set(mark.bands) <= set(bands) or not 0 <= mark.share <= 100:  # noqa: PLR2004 - per cent
        raise file.wrong(f"{path}.benchmark", "a benchmark names bands of the scale, and a share in per cent")
    return mark
