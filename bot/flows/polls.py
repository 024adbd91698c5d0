"""Making a poll in the chat: three questions, and defaults for the rest."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.community import polls
from bot.community.counting import Method
from bot.flows.talk import Choice, Talk
from bot.refusals import NotYours
from bot.replies import Screen
from bot.screens import polls as screens
from bot.screens.language import _, label, lines, says_something, when, written

DAYS = (1, 2, 3, 5, 7, 14)
CLOSING_HOUR = 18
OPTIONS_TEXT = 1500


def new_poll(talk: Talk) -> Screen:
    """A steering member asks the group: what, which answers, until when. Several answers can be approved; private."""
    maker = talk.person.resident
    if maker is None or not polls.steering_may_poll(talk.session, maker):
        raise NotYours
    title = talk.write("title", _("What do you want to ask the group?"), at_most=polls.TITLE_AT_MOST)
    options = _options(talk)
    days = [Choice(day.isoformat(), when(day, talk.place.timezone)) for day in _closings(talk)]
    closes = datetime.fromisoformat(talk.choose("closes", _("Until when can people vote?"), days))
    plan = polls.Plan(
        audience="steering",
        method=Method.APPROVE if options else Method.YESNO,
        secrecy="private",
        closes_at=closes,
        quorum=0,
        source=maker.language,
        title={maker.language: title},
        options=[{maker.language: option} for option in options],
    )
    talk.confirm("open", screens.plan_in_short(plan, talk.place.timezone), label("Start the vote"))
    return screens.opened(polls.make_and_open(talk.session, maker, plan, talk.now))


def _options(talk: Talk) -> list[str]:
    """Two or more options, one a line; none asked for yes or no."""
    question = _("Which answers can people choose? Write each on a line of its own. Skip this to ask for yes or no.")
    text = talk.write("options", question, at_most=OPTIONS_TEXT, may_skip=True)
    options = [line.strip() for line in text.splitlines() if says_something(line)]
    named = {option.casefold() for option in options}
    if options and not (polls.OPTIONS_AT_LEAST <= len(options) <= polls.OPTIONS_AT_MOST and len(named) == len(options)):
        why = _("Please write 2 to 20 different answers, each on a line of its own.")
        raise talk.ask_again("options", lines(why, written(text)), OPTIONS_TEXT)
    if any(len(option) > polls.OPTION_AT_MOST for option in options):
        raise talk.ask_again("options", _("An answer can have 100 characters. Please make them shorter."), OPTIONS_TEXT)
    return options


def _closings(talk: Talk) -> list[datetime]:
    """Some evenings from tomorrow on, at the place's own time."""
    zone = ZoneInfo(talk.place.timezone)
    today = talk.now.astimezone(zone).replace(hour=CLOSING_HOUR, minute=0, second=0, microsecond=0)
    return [today + timedelta(days=days) for days in DAYS]
