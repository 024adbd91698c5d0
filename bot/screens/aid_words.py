"""The words that neighbours' help is made of: kinds, times, languages, reasons."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.community.aid_place import Kind
from bot.community.aid_rules import PARTS, slots_of, spells_in
from bot.community.aid_seen import AskSeen
from bot.community.pairs import Reason, Urgency
from bot.screens.language import LANGUAGES, Html, _, current, day_in_words, label, lines, when


def kind_name(kind: Kind) -> str:  # noqa: PLR0912 - one case a kind
    """What is asked for, in a few words; a place's own kinds in its own words."""
    if kind.words is not None:
        return kind.words.said_in(current())
    match kind.key:
        case "food":
            return label("food")
        case "prescription":
            return label("fetching a prescription")
        case "shopping":
            return label("shopping")
        case "lift":
            return label("a lift")
        case "company":
            return label("company or a call")
        case "children":
            return label("something with children")
        case "form":
            return label("a form or a benefit")
        case "interpreting":
            return label("interpreting")
        case "phone_computer":
            return label("phone or computer")
        case "repairs":
            return label("a small repair")
        case "meeting":
            return label("getting to a meeting")
        case _:
            return label("something else")


def spell_name(spell: str) -> str:
    """One of the simple times a volunteer chooses from."""
    match spell:
        case "weekday_morning":
            return label("Weekday mornings")
        case "weekday_afternoon":
            return label("Weekday afternoons")
        case "weekday_evening":
            return label("Weekday evenings")
        case "weekend_morning":
            return label("Weekend mornings")
        case "weekend_afternoon":
            return label("Weekend afternoons")
        case "weekend_evening":
            return label("Weekend evenings")
        case _:
            return label("Nights")


def part_name(part: str) -> str:
    """A part of a day."""
    match part:
        case "morning":
            return label("In the morning")
        case "afternoon":
            return label("In the afternoon")
        case "evening":
            return label("In the evening")
        case _:
            return label("Any time of the day")


def by_when(ask: AskSeen) -> str:
    """By when help is needed, as one says it."""
    return time_needed(ask.urgency, ask.due_at, ask.slots, ask.timezone)


def time_needed(urgency: int, due_at: datetime, slots: int, timezone: str) -> str:
    """A time, and where it is one part of a day that part: "Thursday, in the evening"."""
    if urgency == Urgency.URGENT:
        return label("As soon as possible, until {when}", when=when(due_at, timezone))
    local = due_at.astimezone(ZoneInfo(timezone))
    parts = [part for part in PARTS[:3] if slots_of([local.weekday()], [part]) & slots]
    if urgency == Urgency.THIS_WEEK and len(parts) == 1:
        return label("{day}, {part}", day=day_in_words(local.date()), part=part_name(parts[0]))
    return label("Until {when}", when=when(due_at, timezone))


def languages_named(tags: Sequence[str]) -> str:
    """Languages by their own names."""
    return ", ".join(LANGUAGES[tag].autonym for tag in tags if tag in LANGUAGES)


def times_named(slots: int) -> str:
    """The simple times that a mask holds."""
    return ", ".join(spell_name(spell) for spell in spells_in(slots))


def what_is_needed(ask: AskSeen) -> Html:
    """An ask without any detail: what, where about, by when, in which language."""
    return lines(
        _("<b>{kind}</b>", kind=kind_name(ask.kind)),
        _("Where: {patch}", patch=ask.patch),
        _("When: {when}", when=by_when(ask)),
        _("Every week") if ask.weekly else "",
        _("Language: {languages}", languages=languages_named(ask.languages)) if len(ask.languages) <= 2 else "",  # noqa: PLR2004
        _("Only for checked volunteers") if ask.needs_checked else "",
    )


def details(ask: AskSeen) -> Html:
    """What only the two sides see."""
    place = _("Exact place: {place}", place=ask.exact_place) if ask.exact_place else ""
    return lines(
        _("To know: {words}", words=ask.need) if ask.need else "",
        _("There is a voice note.") if ask.voice else "",
        place,
    )


def why_nobody(gap: str | None, time: str = "") -> Html:
    """Why nobody could be asked, and for which time; who does not want to meet whom is never to be read from it."""
    match gap:
        case Reason.NO_KIND:
            return _("Nobody offers this kind of help yet.")
        case Reason.NO_PATCH:
            return _("Nobody who offers this comes to that part of the neighbourhood.")
        case Reason.NO_LANGUAGE:
            return _("Nobody who offers this speaks the language.")
        case Reason.NO_CHECKED:
            return _("No checked volunteer offers this there.")
        case Reason.NO_TIME if time:
            return _("Nobody who offers this is free then: {when}.", when=time)
        case Reason.NO_TIME:
            return _("Nobody who offers this is free at that time.")
        case Reason.NO_CAPACITY:
            return _("Everybody who offers this has taken on all they can that week.")
        case _:
            return _("Everybody who could help has been asked.")
