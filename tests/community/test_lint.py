"""What a careful friend says of a notice: each finding where it is, and none where it is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.community.lint import RELATIVE, Calendar, looked_over
from bot.screens.broadcasts import calendar, remark_in_words
from bot.screens.language import LANGUAGES, speaking
from tests.town import plain

GOOD = "We eat together on Tuesday 1 December at 18:00, in the Corner House on Mill Road. Bring a plate."


def found(body, language="en", kind="info", title="Supper", *, photo=False, places=("Mill Road",)):
    remarks = looked_over(title, body, language, kind, calendar(language), places, photo=photo)
    return {one.what: one for one in remarks}


def test_a_good_notice_is_left_in_peace():
    assert found(GOOD, kind="event") == {}
    assert found("The water is back. Thank you for waiting.") == {}


@pytest.mark.parametrize(
    ("body", "what", "about"),
    [
        (" ".join(["word"] * 21) + ". Short.", "long_sentence", "word word word word word…"),
        ("Come tomorrow!", "relative_day", "tomorrow"),
        ("It is Next Week, at ten.", "relative_day", "next week"),
        ("On 3/12/2026 there is a supper.", "numeric_date", ""),
        ("On 3.12.2026 there is a supper.", "numeric_date", ""),
        ("PLEASE COME SOON, all of you.", "shouting", "PLEASE COME SOON"),
        ("See https://bit.ly/abc", "short_link", ""),
        ("See http://example.org/supper", "open_link", ""),
        (
            "Administrative responsibilities: interdepartmental communication.",
            "long_words",
            "Administrative, communication, interdepartmental, responsibilities",
        ),
    ],
)
def test_each_finding_names_what_it_is_about(body, what, about):
    assert found(body)[what].about == about


def test_a_sentence_of_twenty_words_is_no_long_one():
    assert "long_sentence" not in found(" ".join(["word"] * 20) + ".")


@pytest.mark.parametrize(
    "body", ["At 18.30 or 18:30, 24/7.", "NHS and BBC", "https://example.org/a/b", "Room 3, House 12"]
)
def test_hours_names_and_links_are_no_findings(body):
    assert set(found(body)) <= {"open_link"}


@pytest.mark.parametrize(
    ("left_out", "what"),
    [("Tuesday ", "no_weekday"), (" 1 December", "no_date"), (" at 18:00", "no_hour")],
)
def test_an_event_says_its_day_its_date_and_its_hour(left_out, what):
    assert set(found(GOOD.replace(left_out, ""), kind="event")) == {what}
    assert found(GOOD.replace(left_out, "")) == {}


def test_an_event_says_its_place():
    body = "We eat together on Tuesday 1 December, from 18:00. Bring a plate."
    assert set(found(body, kind="event")) == {"no_place"}
    assert found(body + " You know where: Mill Road.", kind="event") == {}


EVENTS = {
    "cy": "Dydd Mawrth 1 Rhagfyr, 18:00", "pl": "w środę 2 grudnia o 18:00",
    "ro": "marți, 1 decembrie, 18:00",
    "uk": "у середу, 2 грудня, о 18:00", "ar": "يوم الثلاثاء 1 ديسمبر 18:00", "ur": "منگل 1 دسمبر 18:00",
    "bn": "মঙ্গলবার 1 ডিসেম্বর 18:00", "pa": "ਮੰਗਲਵਾਰ 1 ਦਸੰਬਰ 18:00", "so": "Talaado 1 Diseembar 18:00",
    "pt": "terça-feira, 1 de dezembro, 18:00", "es": "martes 1 de diciembre, 18:00",
}  # fmt: skip


@pytest.mark.parametrize("tag", EVENTS)
def test_days_and_months_are_known_in_every_language_as_texts_bend_them(tag):
    assert found(EVENTS[tag], tag, "event") == {}


@pytest.mark.parametrize("tag", sorted(LANGUAGES))
def test_every_shipped_language_knows_its_words_for_tomorrow(tag):
    for word in RELATIVE[tag]:
        assert "relative_day" in found(f"— {word}.", tag), word
    assert "relative_day" not in found("Mill Road 12", tag)


def test_the_spanish_morning_is_not_tomorrow():
    assert found("El martes por la mañana", "es") == {}
    assert "relative_day" in found("Venga mañana", "es")


def test_only_what_telegram_refuses_is_an_error():
    assert found("word. " * 600) == {}
    assert found("x" * 4000)["too_long"].error
    assert found("🏡" * 2000)["too_long"].error
    assert not found("x" * 1000, photo=True)["photo_apart"].error
    assert not any(one.error for one in found("COME TOMORROW NIGHT ALL http://bit.ly/x", kind="event").values())


@given(
    title=st.text(max_size=60), body=st.text(max_size=400), tag=st.sampled_from(sorted(LANGUAGES)), event=st.booleans()
)
def test_anything_that_people_write_is_looked_over_and_said_in_words(title, body, tag, event):
    kind = "event" if event else "info"
    for one in looked_over(title, body, tag, kind, Calendar((), ()), (), photo=True):
        with speaking("en"):
            assert plain(remark_in_words(one)).strip()
