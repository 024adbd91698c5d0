"""What can be checked of a wording without knowing its language: numbers, times, telephone numbers, links, script, length.

Facts must survive translation (facts/languages.md 3.4): each is looked for after digits of all scripts have been folded
to one. A check is a hint: what a human may know better they may confirm, but a `Remark` that `must` be put right is
refused. Pure: two texts in, remarks out. A little inexact, for simplicity: numbers in words are not read.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from bot.community.lint import CAPTION_LIMIT, ROOM, TEXT_LIMIT, units

TITLE_AT_MOST = 300
"""As the table has it; the one who writes the source is held to less."""
SHARE = 0.8
"""So much of a wording's letters must be of its language's script: names and trade marks stay as they are."""
FEW_LETTERS = 4
"""With fewer letters than these nothing can be said of the script."""
SCRIPTS = {
    "en": "LATIN", "cy": "LATIN", "pl": "LATIN", "ro": "LATIN", "uk": "CYRILLIC", "ar": "ARABIC", "ur": "ARABIC",
    "bn": "BENGALI", "pa": "GURMUKHI", "so": "LATIN", "pt": "LATIN", "es": "LATIN",
}  # fmt: skip
NOON, HOURS = 12, 24


@dataclass(frozen=True)
class Remark:
    """Something to look at: which check, what it is about, and whether it must be put right before going on."""

    check: str
    about: tuple[str, ...] = ()
    must: bool = False


@dataclass(frozen=True)
class Time:
    """An hour and a minute. `open`: said without am or pm, so that it may mean the afternoon."""

    hour: int
    minute: int
    open: bool = False

    def may_say(self, other: "Time") -> bool:
        """Whether a wording that says this may stand for a source that says the other: 3:00 for 15:00, not 03:00."""
        if self.minute != other.minute:
            return False
        return self.hour == other.hour or (self.open and self.hour % NOON == other.hour % NOON)

    @property
    def hours(self) -> set[str]:
        """How its hour may stand among the numbers: 15, or 3."""
        return {str(self.hour), str((self.hour - 1) % NOON + 1)}

    def __str__(self) -> str:
        return f"{self.hour}:{self.minute:02}"


@dataclass(frozen=True)
class Facts:
    """What stands in a text that a translation must not lose."""

    links: frozenset[str]
    phones: frozenset[str]
    times: frozenset[Time]
    numbers: frozenset[str]
    blanks: frozenset[str]


_END = ".,;:!?)]}»”’\"'۔،؛؟।"
_LINK = re.compile(
    r"(?:https?://|www\.|t\.me/)[^\s<>«»“”]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?<![\w@])@\w{4,}", re.IGNORECASE
)
_BLANK = re.compile(r"\{\w*\}")
_HALF_DAY = re.compile(r"(?<!\d)(\d{1,2})(?:[:.](\d{2}))?\s*([ap])\.?m\b\.?", re.IGNORECASE)
_CLOCK = re.compile(r"(?<![\d:])(\d{1,2})(?::(\d{2})(?!:?\d)|h(\d{2})?(?![^\W_]))", re.IGNORECASE)
_PHONE = re.compile(r"(?<!\w)(?:\+|00|\(?0)[\d()\s./-]{5,}\d")
_THOUSANDS = re.compile(r"(?<!\d)\d{1,3}(?:(?:,\d{2})*,\d{3}|(?:[.'’٬\u00a0\u202f ]\d{3})+)(?!\d)")
_NUMBER = re.compile(r"\d+")
_PHONE_DIGITS = range(7, 16)


def remarks(source: str, words: str, language: str, *, at_most: int) -> list[Remark]:
    """What is odd about a wording (title or body), the gravest first; `at_most` in UTF-16 units. Empty: nothing."""
    there, here = facts_of(source), facts_of(words)
    found = [
        _length(words, at_most),
        _set("blanks_missing", there.blanks - here.blanks, must=True),
        _set("blanks_added", here.blanks - there.blanks, must=True),
        _set("links_missing", there.links - here.links),
        _set("links_added", here.links - there.links),
        _set("phones_missing", there.phones - here.phones),
        _set("phones_added", here.phones - there.phones),
        _set("times_missing", (time for time in there.times if not _said(time, here))),
        _set("times_added", (time for time in here.times if not _sayable(time, there))),
        _set("numbers_missing", there.numbers - here.numbers - _in_times(here)),
        _set("numbers_added", here.numbers - there.numbers - _in_times(there)),
        _script(words, language),
        Remark("same") if _folded(source) == _folded(words) and _letters(words) else None,
    ]
    return sorted((one for one in found if one is not None), key=lambda one: not one.must)


def facts_of(text: str) -> Facts:
    """The facts in a text; each kind is looked for in what the kinds before it have left."""
    blanks, left = _taken(_BLANK, text)
    links, left = _taken(_LINK, left)
    left = folded(left)
    half_days, left = _taken_times(_HALF_DAY, left)
    phones, left = _taken_phones(left)
    clocks, left = _taken_times(_CLOCK, left)
    large, left = _taken(_THOUSANDS, left)
    numbers = chain((re.sub(r"\D", "", one) for one in large), _NUMBER.findall(left))
    return Facts(
        frozenset(_link(one) for one in links),
        frozenset(phones),
        frozenset([*half_days, *clocks]),
        frozenset(one.lstrip("0") or "0" for one in numbers),
        frozenset(blanks),
    )


def folded(text: str) -> str:
    """A text with the digits of every script as 0 to 9, and without invisible marks that turn a line."""
    return "".join(_plain_digit(character) for character in text if unicodedata.category(character) != "Cf")


def _plain_digit(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)


def _taken(pattern: re.Pattern[str], text: str) -> tuple[list[str], str]:
    return pattern.findall(text), pattern.sub(" ", text)


def _taken_times(pattern: re.Pattern[str], text: str) -> tuple[list[Time], str]:
    """Times that a clock can show; what merely looks like one is left where it is."""
    found = []

    def take(match: re.Match[str]) -> str:
        time = _time(match)
        if time is None:
            return match[0]
        found.append(time)
        return " "

    return found, pattern.sub(take, text)


def _time(match: re.Match[str]) -> Time | None:
    first, *others = match.groups()
    hour, minute = int(first), int(next((one for one in others if one and one.isdigit()), "0"))
    half = next((one.lower() for one in others if one and one.lower() in "ap"), None)
    if hour > (HOURS if half is None else NOON) or minute >= 60 or (half and hour == 0):  # noqa: PLR2004
        return None
    if half is not None:
        return Time(hour % NOON + (NOON if half == "p" else 0), minute)
    return Time(hour % HOURS, minute, open=1 <= hour <= NOON and not first.startswith("0"))


def _taken_phones(text: str) -> tuple[list[str], str]:
    """Telephone numbers by their digits alone: how they are spaced is everybody's own."""
    found = []

    def take(match: re.Match[str]) -> str:
        digits = re.sub(r"\D", "", match[0])
        if len(digits) not in _PHONE_DIGITS or _CLOCK.search(match[0]):
            return match[0]
        found.append(("+" if match[0].startswith("+") else "") + digits)
        return " "

    return found, _PHONE.sub(take, text)


def _link(text: str) -> str:
    """A link without what a sentence puts behind it; the host's case says nothing, the path's does."""
    bare = text.rstrip(_END)
    scheme, slashes, rest = bare.rpartition("://")
    host, slash, path = rest.partition("/")
    return scheme.lower() + slashes + host.lower() + slash + path


def _said(time: Time, here: Facts) -> bool:
    """Whether a wording says the source's time: as a time, or as bare numbers (3 in the afternoon)."""
    return any(one.may_say(time) for one in here.times) or _in_numbers(time, here)


def _sayable(time: Time, there: Facts) -> bool:
    """Whether a wording's time comes from the source: from one of its times, or from its bare numbers."""
    return any(time.may_say(one) for one in there.times) or _in_numbers(time, there)


def _in_numbers(time: Time, facts: Facts) -> bool:
    return bool(time.hours & facts.numbers) and (time.minute == 0 or str(time.minute) in facts.numbers)


def _in_times(facts: Facts) -> set[str]:
    """The numbers that a text's times are made of."""
    return set(chain.from_iterable({*time.hours, str(time.minute)} for time in facts.times))


def _length(words: str, at_most: int) -> Remark | None:
    over = units(words) - at_most
    return Remark("too_long", (str(over),), must=True) if over > 0 else None


def _set(check: str, missing: Iterable[object], *, must: bool = False) -> Remark | None:
    named = tuple(sorted(str(one) for one in missing))
    return Remark(check, named, must) if named else None


def _script(words: str, language: str) -> Remark | None:
    script, letters = SCRIPTS.get(language), _letters(words)
    if script is None or len(letters) < FEW_LETTERS:
        return None
    share = sum(_is_of(script, letter) for letter in letters) / len(letters)
    return Remark("script", (f"{round(share * 100)} %",)) if share < SHARE else None


def _letters(words: str) -> Sequence[str]:
    """The letters of a text; links are written in Latin everywhere, and are left out."""
    return [one for one in _LINK.sub(" ", _BLANK.sub(" ", words)) if one.isalpha()]


def _is_of(script: str, letter: str) -> bool:
    return unicodedata.name(letter, "").startswith(script)


def _folded(text: str) -> str:
    return " ".join(folded(text).casefold().split())


def spare(title: str | None, *, photo: bool) -> int:
    """How many UTF-16 units are left for a body below a title, in a message or in a photo's caption."""
    return (CAPTION_LIMIT if photo else TEXT_LIMIT) - ROOM - (units(title) + 2 if title else 0)


def all_remarks(
    source: tuple[str | None, str], words: tuple[str | None, str], language: str, *, photo: bool
) -> Iterator[tuple[str, Remark]]:
    """The remarks about a wording's title and body, each with which of them it is about."""
    if source[0] is not None and words[0] is not None:
        yield from (("title", one) for one in remarks(source[0], words[0], language, at_most=TITLE_AT_MOST))
    body = remarks(source[1], words[1], language, at_most=spare(words[0], photo=photo))
    yield from (("body", one) for one in body)
