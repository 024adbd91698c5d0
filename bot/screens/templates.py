"""Phrase templates in words: each exists in every shipped language, so that it goes out in all of them at once.

Where and when stand on lines of their own, which need no grammar: a day keeps its form in every language.
"""

import html
from collections.abc import Mapping
from datetime import date

from bot.screens.language import Html, _, day_in_words, label, lines


def template_name(name: str) -> str:
    """What a template says, in a few words: its title, and its button."""
    match name:
        case "water_off":
            return label("The water will be off")
        case "power_off":
            return label("The electricity will be off")
        case "meeting_moved":
            return label("The meeting has moved")
        case "food_table":
            return label("Free food")
        case "bin_day":
            return label("The bin day has changed")
        case "clinic_open":
            return label("The clinic is open")
        case "heat_warning":
            return label("Heat warning")
        case _:
            return label("Flood warning")


def blank_name(name: str) -> str:
    """What a blank asks for."""
    match name:
        case "place":
            return label("Where?")
        case "date":
            return label("Which day?")
        case "start":
            return label("From what time?")
        case "end":
            return label("Until what time?")
        case "until":
            return label("Until which day?")
        case "instead_of":
            return label("Which day was it to be?")
        case "phone":
            return label("Which phone number can people call?")
        case _:
            return label("Where can people read more? A link.")


def template_body(name: str, blanks: Mapping[str, str]) -> Html:
    """A template's message below its title, in the language in force."""
    return lines(_where(blanks), _when(blanks), _instead_of(blanks), _advice(name), _call(blanks), _more(blanks))


def _where(blanks: Mapping[str, str]) -> str:
    return _("Where: {place}", place=blanks["place"]) if "place" in blanks else ""


def _when(blanks: Mapping[str, str]) -> str:
    if "date" not in blanks:
        return ""
    day = _day(blanks["date"])
    if blanks.get("until", blanks["date"]) != blanks["date"]:
        return _("When: {date} to {until}", date=day, until=_day(blanks["until"]))
    if "end" in blanks:
        return _("When: {date}, {start} to {end}", date=day, start=blanks["start"], end=blanks["end"])
    if "start" in blanks:
        return _("When: {date}, {start}", date=day, start=blanks["start"])
    return _("When: {date}", date=day)


def _instead_of(blanks: Mapping[str, str]) -> str:
    return _("Not on: {date}", date=_day(blanks["instead_of"])) if "instead_of" in blanks else ""


def _day(iso: str) -> str:
    return day_in_words(date.fromisoformat(iso))


def _advice(name: str) -> Html:
    """What to do: short, and true anywhere."""
    match name:
        case "water_off":
            return _("Please keep some water for drinking and for the toilet.")
        case "power_off":
            return _("Charge your phone before. If somebody at home needs electricity for their health, plan ahead.")
        case "meeting_moved":
            return _("Please tell others who would have come.")
        case "food_table":
            return _("Everybody may come. Bring a bag.")
        case "bin_day":
            return _("Please put your bins out that morning.")
        case "clinic_open":
            return _("Everybody may come and ask.")
        case "heat_warning":
            return _("Drink water often. Stay in the shade at midday. Look in on neighbours who live alone.")
        case _:
            return _(
                "Stay away from the water. Take medicine, papers and your phone upstairs. When told to leave, leave."
            )


def _call(blanks: Mapping[str, str]) -> str:
    return _("Questions? Call {phone}", phone=blanks["phone"]) if "phone" in blanks else ""


def _more(blanks: Mapping[str, str]) -> str:
    """The link without isolates: a mark at its end would become part of it."""
    return _("More: {link}", link=Html(html.escape(blanks["link"]))) if "link" in blanks else ""
