"""Every screen of check-ins, of what came of them, and of "I need someone today", in the language in force."""

import random
from dataclasses import replace
from datetime import UTC, datetime

from bot.community import disclosure, instruments, people_counts
from bot.community.alerts import AlertNews, Line, Need
from bot.community.assisting import Visit
from bot.community.checkin_answers import Sheet
from bot.community.checkin_tables import declared_groups
from bot.community.checkins import Invitation
from bot.community.playback import Playback
from bot.community.tally_plan import Plan
from bot.community.tally_plan import Question as Counted
from bot.replies import Screen
from bot.screens import alerts, assisting, checkins, playback
from bot.screens.language import current
from bot.screens.letters import word

CLOSES = datetime(2026, 12, 1, 18, tzinfo=UTC)
LINES = [Line("Samaritans & <co>", "116 123", ""), Line("Shout", "85258", "day & <night>")]
DUTY = ("09:00", "17:00")


def all_checkins(size="short"):
    place = "Millbrook & <Mill>" if size == "short" else "M<&" * 26
    for count in (1, 2, 3, 5, 11, 100):
        told = Invitation(7, count, CLOSES, "Europe/London")
        yield f"letter checkin_invitation {count}", word("checkin_invitation", told, current(), to_group=False)
    for name, instrument in instruments.shipped().items():
        yield from _sheets(name, instrument.questions)
        yield from _told(name, place, instrument.questions)
        yield from _assisted(name, place, instrument.questions)
    yield "they_answer_themselves", assisting.they_answer_themselves()
    yield "snoozed", checkins.snoozed(CLOSES, "Europe/London")
    yield "not snoozed", checkins.snoozed(None, "Europe/London")
    yield "sure_never", checkins.sure_never()
    yield "never_again", checkins.never_again()
    yield from _alerts()


def _sheets(name, questions):
    sheet = Sheet(7, 1, questions, {}, 0, CLOSES, "Europe/London", compare=None)
    yield f"sheet {name} noted", checkins.noted(sheet)
    for at in range(len(questions) + 2):
        yield f"sheet {name} {at}", checkins.sheet_screen(replace(sheet, at=at), 0, LINES)
    worst = {at: question.first for at, question in enumerate(questions, 1)}
    for at in range(1, len(questions) + 2):
        given = replace(sheet, at=at, answers=worst, low=True, compare=at % 2 == 0)
        yield f"sheet {name} given {at}", checkins.sheet_screen(given, 1, LINES)


def _assisted(name, place, questions):
    groups = declared_groups(
        ["patch", "language", "age"], [(n, f"{place[:56]} {n}") for n in range(4)], ["en", "ur", "pl"]
    )
    form = Visit(7, 1, "visitvisit12", list(groups.items()), questions, {}, 0, CLOSES, "Europe/London")
    given = dict.fromkeys(range(1, form.steps + 1), 1)
    for at in range(form.steps + 2):
        yield f"form {name} {at}", assisting.form_screen(replace(form, at=at), LINES)
        yield f"form {name} given {at}", assisting.form_screen(replace(form, at=at, given=given, low=True), LINES)


def _told(name, place, questions):
    """A wave of nobody, and one that is worth telling; the same in every language."""
    asked = [Counted(one.name, tuple(one.bands), tuple(one.coarse[band] for band in one.bands)) for one in questions]
    plan = Plan("2026", tuple(asked))
    chance = random.Random(7)
    many = [tuple(chance.choice(tuple(one.bands)) for one in asked) for _ in range(200)]
    for people in ([], many):
        counts = people_counts.count(plan, people, {"invited": 50})
        release = disclosure.publish_tallies(counts, seed_for_tests=7)
        ask = instruments.echo()
        for echo in (None, 8):
            told = Playback(7, place, CLOSES, "Europe/London", questions, release, echo, ask)
            yield f"letter checkin_result {name} {len(people)} {echo}", playback.result_screen(told)


def _alerts():
    for state in (None, "open", "taken"):
        for consent in (True, False):
            for reach in (0, 1, 2, 3, 5, 11, 100):
                need = Need(LINES, consent, state, consent, DUTY, reach)
                yield f"need {state} {consent} {reach}", alerts.need_screen(need)
    news = AlertNews(7, "open", CLOSES, "Europe/London", "<Amina> & co", 700)
    for kind in ("alert", "alert_seen", "alert_off"):
        yield f"letter {kind}", word(kind, news, current(), to_group=False)
    yield "alert taken", alerts.alert_taken(news)
    yield "alert settled", alerts.settled()
    yield "helplines", Screen(alerts.numbers(LINES))
