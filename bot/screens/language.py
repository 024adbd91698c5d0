"""Languages: which there are, and the only gettext in the house.

Catalogues are read from .po at start. `_` makes HTML for messages, `label` plain text for buttons and toasts; both fill
`{placeholders}` only, strip what could turn a line round, and wrap what people wrote in bidi isolates, which Telegram
keeps (facts/languages.md 1.5 and 2). The language in force is set by whoever speaks: `with speaking("ur"): ...`.

A few lines over the guide's 300: the table of languages stands with the functions that read it.
"""

import html
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from gettext import c2py  # the standard library's own compiler of plural rules
from pathlib import Path
from string import Formatter
from zoneinfo import ZoneInfo

from bot.screens import days
from bot.screens.catalogues import read_catalogue

_COMMAND = re.compile(r"(?<![\w/<\u2066])/[a-z]+")
_GROUPED = re.compile(
    r"(?<![\w:.,/+=&#%?\"\u2066-])(?:\+|\([0-9]{1,6}\) )?\d(?:[ \u00a0-]?\d){5,14}(?![ \u00a0-]?\d|[:/])"
)
"""A number of six digits or more, such as a telephone's, in groups."""
LRI, FSI, PDI, RLM = "\u2066", "\u2068", "\u2069", "\u200f"
_TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f]")


@dataclass(frozen=True)
class Language:
    """A language people can choose: its own name for itself, its direction, its CLDR plural rule."""

    tag: str
    autonym: str
    plural: str
    rtl: bool = False

    @property
    def forms(self) -> int:
        """How many plural forms it has."""
        return int(self.plural.split(";")[0].partition("=")[2])


_ONE_OTHER = "nplurals=2; plural=(n != 1);"
_ZERO_IS_ONE = "nplurals=2; plural=(n > 1);"
LANGUAGES: dict[str, Language] = {
    lang.tag: lang
    for lang in (
        # Plural rules from CLDR, as facts/languages.md 1.2 compared them; Babel's own differ for cy, bn and pa.
        Language("en", "English", _ONE_OTHER),
        Language(
            "cy", "Cymraeg", "nplurals=6; plural=((n==0) ? 0 : (n==1) ? 1 : (n==2) ? 2 : (n==3) ? 3 : (n==6) ? 4 : 5);"
        ),
        Language(
            "pl",
            "Polski",
            "nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);",
        ),
        Language("ro", "Română", "nplurals=3; plural=(n==1 ? 0 : (n==0 || (n%100>0 && n%100<20)) ? 1 : 2);"),
        Language(
            "uk",
            "Українська",
            "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);",
        ),
        Language(
            "ar",
            "العربية",
            "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);",
            rtl=True,
        ),
        Language("ur", "اردو", _ONE_OTHER, rtl=True),
        Language("bn", "বাংলা", _ZERO_IS_ONE),
        Language("pa", "ਪੰਜਾਬੀ", _ZERO_IS_ONE),
        Language("so", "Soomaali", _ONE_OTHER),
        Language("pt", "Português", _ZERO_IS_ONE),
        Language("es", "Español", _ONE_OTHER),
    )
}
_ALIASES = {"pa-arab": "ur", "pa-pk": "ur", "mo": "ro", "in": "en"}
"""What negotiation by prefix gets wrong: Punjabi from Pakistan is not written in Gurmukhi (facts/languages.md 2)."""

PSEUDO = "xx"
"""A made-up language that shows every string that went through here: tests find the ones that did not."""

_current: ContextVar[str] = ContextVar("language", default="en")


class Html(str):
    """Text that is HTML already: filled in as it is."""

    __slots__ = ()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak a language for a while."""
    token = _current.set(language if language in LANGUAGES or language == PSEUDO else "en")
    try:
        yield
    finally:
        _current.reset(token)


def switch(language: str) -> None:
    """Go on in another language, until whoever began to speak has finished."""
    _current.set(language if language in LANGUAGES or language == PSEUDO else "en")


def current() -> str:
    """The tag of the language in force."""
    return _current.get()


def is_rtl() -> bool:
    """Whether the language in force runs from right to left."""
    return current() in LANGUAGES and LANGUAGES[current()].rtl


def _(message: str, /, **params: object) -> Html:
    """The message in the language in force, as HTML; strings are escaped and isolated."""
    return Html(_headed(_fill(_found(message), message, params, _as_html)))


def n_(one: str, many: str, n: int, /, **params: object) -> Html:
    """As `_`, in the plural form that n takes; `{n}` is filled in."""
    return Html(_headed(_fill(_found_plural(one, many, n), many, {"n": n, **params}, _as_html)))


def label(message: str, /, **params: object) -> str:
    """The message as plain text, for a button or a toast."""
    return _headed(_fill(_found(message), message, params, _as_plain))


def n_label(one: str, many: str, n: int, /, **params: object) -> str:
    """As `label`, in the plural form that n takes."""
    return _headed(_fill(_found_plural(one, many, n), many, {"n": n, **params}, _as_plain))


def named(text: str) -> str:
    """What people wrote, on a button of its own."""
    return _headed(_as_plain(text))


def clean(text: str) -> str:
    """What people wrote, without characters that could turn or break the line it stands in."""
    return _TURNING.sub("", text)


def says_something(text: str) -> bool:
    """Whether there is anything to see: Telegram refuses a button of spaces and invisible signs alone."""
    return any(unicodedata.category(character)[0] not in "CZ" for character in text)


def written(text: str) -> Html:
    """What people wrote, as a line of its own in a message."""
    return Html(_headed(_as_html(text)))


def beside(*parts: Html | str) -> Html:
    """Short texts in one line: where it runs from right to left one mark at its head is enough."""
    return Html(" · ".join(part.removeprefix(RLM) if at else part for at, part in enumerate(parts)))


def lines(*parts: str) -> Html:
    """Parts of a message, each on a line of its own; empty ones are left out."""
    return Html("\n".join(part for part in parts if part))


def paragraphs(*parts: str) -> Html:
    """Parts of a message with an empty line between; empty ones are left out."""
    return Html("\n\n".join(part for part in parts if part))


def when(moment: datetime, timezone: str) -> str:
    """A moment as people say it: weekday, day, month by name, hour; never numbers alone (facts/languages.md 2)."""
    local = moment.astimezone(ZoneInfo(timezone))
    return f"{day_in_words(local.date())}{'،' if is_rtl() else ','} {local:%H:%M}"


def day_in_words(day: date) -> str:
    """A day with its weekday and month by name, in the language in force."""
    return days.in_words(day, current() if current() in LANGUAGES else "en")


def english_name(tag: str) -> str:
    """A language's name in English, for the command line."""
    from babel import Locale

    return str(Locale.parse(tag).get_display_name("en"))


def negotiate(code: str | None, offered: list[str]) -> str | None:
    """The offered language that Telegram's `language_code` means; any text may come, None where nothing fits."""
    if not code:
        return None
    parts = code.lower().replace("_", "-").split("-")
    for most in range(len(parts), 0, -1):
        tag = "-".join(parts[:most])
        for wanted in (_ALIASES.get(tag), tag):
            if wanted in offered:
                return wanted
    return None


def _fill(template: str, source: str, params: Mapping[str, object], show: Callable[[object], str]) -> str:
    if not params:
        return template
    shown = {name: show(value) for name, value in params.items()}
    try:
        return "".join(_pieces(template, shown))
    except (KeyError, ValueError):
        # One broken line of a translation must not stop a message: English, which CI has proved, is said instead.
        return "".join(_pieces(source, shown))


def _pieces(template: str, shown: Mapping[str, str]) -> Iterator[str]:
    for text, name in _parsed(template):
        yield text
        if name is not None:
            yield shown[name]


@cache
def _parsed(template: str) -> tuple[tuple[str, str | None], ...]:
    """Only `{name}`: attributes, indexes, conversions and widths are refused (facts/languages.md 1.5)."""
    parts = []
    for text, name, spec, conversion in Formatter().parse(template):
        if name is not None and (not name.isidentifier() or spec or conversion):
            raise ValueError(template)
        parts.append((text, name))
    return tuple(parts)


def _as_html(value: object) -> str:
    if isinstance(value, Html):
        return value
    if isinstance(value, int):
        return str(value)
    return FSI + html.escape(clean(str(value)), quote=False) + PDI


def _as_plain(value: object) -> str:
    return str(value) if isinstance(value, int) else FSI + clean(str(value)) + PDI


def _headed(text: str) -> str:
    """Right-to-left lines that begin with something neutral or left-to-right get one mark at their head."""
    if not is_rtl():
        return text
    # The slash stays on the left of its command. No LRM: beside the mark at the head Telegram would drop one of the two.
    text = _COMMAND.sub(rf"{LRI}\g<0>{PDI}", text)
    # Else each group is a number of its own, the first one on the right: people would dial the last one first.
    text = _GROUPED.sub(lambda found: f"{LRI}{found[0]}{PDI}" if " " in found[0] else found[0], text)
    return "\n".join(RLM + line if _begins_otherwise(line) else line for line in text.split("\n"))


def _begins_otherwise(line: str) -> bool:
    bare = re.sub(r"^(<[^>]*>)+", "", line)
    return bool(bare) and unicodedata.bidirectional(bare[0]) not in {"R", "AL"}


@dataclass(frozen=True)
class Catalogue:
    """One language's strings: message -> forms, and which form a number takes."""

    strings: Mapping[str, tuple[str, ...]]
    form_of: Callable[[int], int]


def locales_folder() -> Path:
    """Where the catalogues are: beside the rooms in a checkout, inside the package in a wheel."""
    here = Path(__file__).parents[2] / "locales"
    return here if here.exists() else Path(__file__).parents[1] / "locales"


@cache
def catalogue(tag: str) -> Catalogue:
    """A language's catalogue; entries that are empty or marked unsure are not in it."""
    path = locales_folder() / tag / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return Catalogue({}, lambda _n: 0)
    plural = LANGUAGES[tag].plural.partition("plural=")[2].rstrip(";")
    return Catalogue(read_catalogue(path), c2py(plural))


def _found(message: str) -> str:
    tag = current()
    if tag == "en":
        return message
    if tag == PSEUDO:
        return pseudo(message)
    forms = catalogue(tag).strings.get(message)
    return forms[0] if forms else message


def _found_plural(one: str, many: str, n: int) -> str:
    tag = current()
    if tag == PSEUDO:
        return pseudo(many)
    found = catalogue(tag) if tag != "en" else None
    forms = found.strings.get(one) if found else None
    if found is None or forms is None or len(forms) != LANGUAGES[tag].forms:
        return one if n == 1 else many
    return forms[found.form_of(n)]


def pseudo(message: str) -> str:
    """A message as the pseudo-language writes it: bracketed, accented, two fifths longer, tags and {names} kept."""
    accents = str.maketrans("aeiouAEIOUcnsyz", "áéíóúÁÉÍÓÚçñšýž")
    kept = re.split(r"(<[^>]+>|\{\w+\})", message)
    inner = "".join(part if i % 2 else part.translate(accents) for i, part in enumerate(kept))
    return f"⟦{inner}{'·' * (len(message) * 2 // 5)}⟧"


def load(tags: list[str]) -> None:
    """Read these catalogues now, so that no first reader waits."""
    for tag in tags:
        if tag != "en":
            catalogue(tag)
