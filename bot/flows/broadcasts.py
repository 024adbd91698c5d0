"""Announcing in the chat: own words or a phrase template, to whom, when; then a look at it before anything goes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.community import broadcasts, outlook, places, templates
from bot.community.broadcasts import EVERYONE, TITLE_AT_MOST, Plan
from bot.community.residents import ROLES
from bot.community.templates import TEMPLATES, Blank
from bot.flows.talk import SKIPPED, Choice, Talk, thing_in
from bot.refusals import BroadcastInvalid, NotYours
from bot.replies import Screen
from bot.screens import announcing as screens
from bot.screens.broadcasts import calendar
from bot.screens.language import LANGUAGES, _, day_in_words, label, lines, when
from bot.screens.residents import role_name
from bot.screens.templates import blank_name, template_name
from bot.store.tables import Resident

OWN = "own"
BODY_AT_MOST = 3500
DAYS_AHEAD = 15
EVENING, MORNING = 18, 9
"""Hours of the place's day: after work, and when nearly everybody is up."""


def announce(talk: Talk) -> Screen:
    """Somebody with the right drafts a public message. Nothing goes: what it will come to is shown first."""
    maker = _maker(talk)
    what = talk.choose("what", _("What do you want to tell people?"), _phrases())
    said = _said_in_own_words(talk, maker.language) if what == OWN else _said_by(talk, what)
    plan = replace(said, audience=_audience(talk), send_at=_send_at(talk))
    drafted = broadcasts.draft(talk.session, talk.place, plan, talk.now, by=maker)
    seen = outlook.look(talk.session, drafted, maker.language, talk.now)
    found = outlook.remarks(talk.session, drafted, {maker.language: calendar(maker.language)})
    return screens.looked_at(seen, found, may_send=broadcasts.may_send(talk.session, maker))


def correct_message(talk: Talk) -> Screen:
    """A coordinator says it anew: messages that have arrived change in place; a new place or time is told again."""
    maker = _maker(talk)
    message = broadcasts.message_of(talk.session, maker, int(talk.answers["_message"]))
    if not broadcasts.may_send(talk.session, maker) or message.state == "cancelled":
        raise NotYours
    if message.template:
        plan = Plan(message.kind, template=message.template, blanks=_blanks(talk, message.template))
    else:
        source = broadcasts.source_of(talk.session, message)
        plan = Plan(message.kind, source=source, words={source: _own_words(talk)})
    again = talk.choose("again", _("Shall people also get it as a new message? A change makes no sound."), _again())
    told = broadcasts.correct(talk.session, message, plan, talk.now, again=again == "yes", by=maker)
    return screens.corrected(message.id, again=told)


def _maker(talk: Talk) -> Resident:
    resident = talk.person.resident
    if resident is None or not broadcasts.may_draft(talk.session, resident):
        raise NotYours
    return resident


def _phrases() -> list[Choice]:
    return [Choice(OWN, label("My own words")), *(Choice(name, template_name(name)) for name in TEMPLATES)]


def _said_in_own_words(talk: Talk, language: str) -> Plan:
    words = {language: _own_words(talk)}
    return Plan(_kind(talk), source=language, words=words, photo_file_id=_photo(talk))


def _said_by(talk: Talk, template: str) -> Plan:
    return Plan(TEMPLATES[template].kind, template=template, blanks=_blanks(talk, template))


def _own_words(talk: Talk) -> tuple[str | None, str]:
    question = _("A short title, on one line. For example: Water off on Mill Road. You can skip it.")
    title = talk.write("title", question, at_most=TITLE_AT_MOST, may_skip=True)
    body = talk.write(
        "body",
        _("Now the message. Short sentences; the day with its date, the hour and the place, if there are any."),
        at_most=BODY_AT_MOST,
    )
    return " ".join(title.split()) or None, body


def _kind(talk: Talk) -> str:
    kinds = [
        Choice("info", label("News")),
        Choice("event", label("An event: it has a day and a place")),
        Choice("urgent", label("Urgent: goes at any hour")),
    ]
    return talk.choose("kind", _("What kind of message is it?"), kinds)


def _photo(talk: Talk) -> str | None:
    question = _("Send a photo to go with it, or skip this.")
    thing = thing_in(talk.write("photo", question, at_most=0, may_skip=True, takes={"photo"}))
    return None if thing is None else thing[1]


def _blanks(talk: Talk, template: str) -> dict[str, object]:
    """A template's blanks, one by one; what does not fit its type is asked again, kindly."""
    given: dict[str, object] = {}
    for blank in TEMPLATES[template].blanks:
        value = _blank(talk, blank)
        try:
            given[blank.name] = templates.checked(blank, value) if value else value
            templates.in_order({name: str(kept) for name, kept in given.items() if kept})
        except BroadcastInvalid:
            why = lines(screens.does_not_fit(blank.type), blank_name(blank.name))
            raise talk.ask_again(blank.name, why, templates.TEXT_AT_MOST) from None
    return {name: value for name, value in given.items() if value != SKIPPED}


def _blank(talk: Talk, blank: Blank) -> str:
    question = screens.blank_question(blank)
    if blank.type == "date":
        return talk.choose(blank.name, question, _days(talk))
    return talk.write(blank.name, question, at_most=2 * templates.TEXT_AT_MOST, may_skip=blank.optional)


def _days(talk: Talk) -> list[Choice]:
    today = talk.now.astimezone(ZoneInfo(talk.place.timezone)).date()
    days = [today + timedelta(days=n) for n in range(DAYS_AHEAD)]
    return [Choice(day.isoformat(), day_in_words(day)) for day in days]


def _audience(talk: Talk) -> dict[str, list[object]]:
    """Everybody, or those with some roles, in some patches, or who read some languages."""
    patches = places.patches(talk.session, talk.place)
    ways = [
        Choice("everyone", label("Everybody")),
        Choice("roles", label("People with a role")),
        Choice("patches", label("Parts of the neighbourhood")),
        Choice("languages", label("Readers of some languages")),
    ]
    named = {
        "roles": [Choice(role, role_name(role)) for role in ROLES],
        "patches": [Choice(str(patch.id), patch.name) for patch in patches],
        "languages": [Choice(tag, LANGUAGES[tag].autonym) for tag in talk.place.languages if tag in LANGUAGES],
    }
    way = talk.choose("audience", _("Who is it for?"), [one for one in ways if named.get(one.key, one)])
    audience: dict[str, list[object]] = {name: [] for name in EVERYONE}
    if way != "everyone":
        keys = talk.choose_some(way, _("Which ones?"), named[way], across=2)
        audience[way] = [int(key) for key in keys] if way == "patches" else list(keys)
    return audience


def _send_at(talk: Talk) -> datetime | None:
    times = _times(talk)
    choices = [Choice("now", label("As soon as I press send")), *times]
    chosen = talk.choose("when", _("When shall it go?"), choices)
    return None if chosen == "now" else datetime.fromisoformat(chosen)


def _times(talk: Talk) -> Sequence[Choice]:
    """This evening, and the next mornings, at the place's own time."""
    local = talk.now.astimezone(ZoneInfo(talk.place.timezone)).replace(minute=0, second=0, microsecond=0)
    soon = local + timedelta(hours=1)
    evening = local.replace(hour=EVENING)
    # Just after midnight the next morning is the same day's.
    mornings = [local.replace(hour=MORNING) + timedelta(days=n) for n in range(4)]
    moments = sorted(moment for moment in (evening, *mornings) if moment > soon)[:4]
    return [Choice(moment.isoformat(), when(moment, talk.place.timezone)) for moment in moments]


def _again() -> list[Choice]:
    return [Choice("no", label("No, only change it")), Choice("yes", label("Yes, tell them again"))]
