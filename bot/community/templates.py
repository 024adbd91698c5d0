"""Phrase templates: notices whose words every shipped language has already, with typed blanks to fill in.

They are sent at once in all languages: nobody has to translate them in a hurry (facts/languages.md 3.2). The words stand
in screens/templates.py. Pure: no database, no words.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time

from bot.refusals import BroadcastInvalid

TEXT_AT_MOST = 100
"""Characters of a text blank: the name of a street, a hall, a person to ask for."""
_PHONE = re.compile(r"\+?[0-9][0-9 ().-]{1,24}")
_LINK = re.compile(r"https?://[^\s<>\"]{3,200}")


@dataclass(frozen=True)
class Blank:
    """Something to fill in: text, date (2026-12-01), time (18:00), phone or link."""

    name: str
    type: str
    optional: bool = False


@dataclass(frozen=True)
class Template:
    """A phrase with blanks, and the kind of message that it makes."""

    name: str
    kind: str
    blanks: tuple[Blank, ...]


_PLACE, _DATE = Blank("place", "text"), Blank("date", "date")
_HOURS = (Blank("start", "time"), Blank("end", "time"))
_ASK = (Blank("phone", "phone", optional=True), Blank("link", "link", optional=True))
TEMPLATES: dict[str, Template] = {
    one.name: one
    for one in (
        Template("water_off", "info", (_PLACE, _DATE, *_HOURS, *_ASK)),
        Template("power_off", "info", (_PLACE, _DATE, *_HOURS, *_ASK)),
        Template("meeting_moved", "event", (_PLACE, _DATE, Blank("start", "time"), *_ASK)),
        Template("food_table", "event", (_PLACE, _DATE, *_HOURS, *_ASK)),
        Template("bin_day", "info", (Blank("instead_of", "date"), _DATE, *_ASK)),
        Template("clinic_open", "event", (_PLACE, _DATE, *_HOURS, *_ASK)),
        Template("heat_warning", "urgent", (_DATE, Blank("until", "date"), *_ASK)),
        Template("flood_warning", "urgent", (_PLACE, *_ASK)),
    )
}
WHERE_AND_WHEN = frozenset({"text", "date", "time"})
"""Types of blanks whose change is told in a new message: an edit makes no sound."""


def filled(template: str, given: Mapping[str, object]) -> dict[str, str]:
    """The blanks of a template as they are kept: dates and times in ISO form. Raises BroadcastInvalid."""
    form = TEMPLATES.get(template)
    if form is None:
        raise BroadcastInvalid("template", f"one of {', '.join(TEMPLATES)}")
    names = [blank.name for blank in form.blanks]
    for name in given:
        if name not in names:
            raise BroadcastInvalid(f"blanks.{name}", f"one of the blanks of {template}: {', '.join(names)}")
    kept = {}
    for blank in form.blanks:
        value = str(given.get(blank.name, "")).strip()
        if value or not blank.optional:
            kept[blank.name] = checked(blank, value)
    in_order(kept)
    return kept


def checked(blank: Blank, value: str) -> str:
    """A value as its blank's type has it. Raises BroadcastInvalid."""
    try:
        match blank.type:
            case "date":
                return date.fromisoformat(value).isoformat()
            case "time":
                return f"{time.fromisoformat(value):%H:%M}"
            case "phone":
                return _matching(_PHONE, value)
            case "link":
                return _matching(_LINK, value)
            case _:
                return _some_text(value)
    except ValueError:
        raise BroadcastInvalid(f"blanks.{blank.name}", _looks_like(blank)) from None


def _matching(pattern: re.Pattern[str], value: str) -> str:
    if not pattern.fullmatch(value):
        raise ValueError(value)
    return value


def _some_text(value: str) -> str:
    if not 0 < len(value) <= TEXT_AT_MOST or "\n" in value or not any(letter.isalnum() for letter in value):
        raise ValueError(value)
    return value


def _looks_like(blank: Blank) -> str:
    """What a blank's value must be, to whoever fills it in."""
    return {
        "date": "a date such as 2026-12-01",
        "time": "a time such as 18:00",
        "phone": "a phone number such as 0161 496 0000",
        "link": "a link such as https://example.org",
    }.get(blank.type, f"1 to {TEXT_AT_MOST} characters on one line")


def in_order(kept: Mapping[str, str]) -> None:
    """Nothing ends before it begins. Raises BroadcastInvalid."""
    if "end" in kept and kept["end"] <= kept["start"]:
        raise BroadcastInvalid("blanks.end", "later than start")
    if "until" in kept and kept["until"] < kept["date"]:
        raise BroadcastInvalid("blanks.until", "the same day as date, or later")


def changes_where_or_when(template: str, old: Mapping[str, str], new: Mapping[str, str]) -> bool:
    """Whether a correction moves what the message is about."""
    moving = [blank.name for blank in TEMPLATES[template].blanks if blank.type in WHERE_AND_WHEN]
    return any(old.get(name) != new.get(name) for name in moving)
