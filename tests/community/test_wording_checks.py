"""What must survive translation: numbers, times, telephone numbers and links, whatever the digits and the clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.community.lint import units
from bot.community.wording_checks import SCRIPTS, all_remarks, facts_of, remarks, spare
from bot.screens.language import LANGUAGES

ROOM = 4000
NOTICE = "The water is off on 24 November 2026, 9am to 3:30pm. Call 01632 960123 or see https://mill.example/Water."
DIGITS = {"ar": "٠١٢٣٤٥٦٧٨٩", "ur": "۰۱۲۳۴۵۶۷۸۹", "bn": "০১২৩৪৫৬৭৮৯", "pa": "੦੧੨੩੪੫੬੭੮੯"}
PIECES = st.sampled_from(
    ["9am", "3:30 pm", "15:45", "00:10", "7", "24", "1,500", "2.5", "01632 960123", "+44 20 7946 0958", "12/11/2026",
     "https://mill.example/a?b=1", "www.mill.example", "help@mill.example", "@millbrook_bot", "{name}", "Mill Road", "£3"]
)  # fmt: skip


def checks(source, words, language="en", at_most=ROOM):
    return {remark.check: set(remark.about) for remark in remarks(source, words, language, at_most=at_most)}


def other_digits(text, digits):
    return text.translate({ord(str(n)): digit for n, digit in enumerate(digits)})


def test_every_shipped_language_has_its_script():
    assert set(SCRIPTS) == set(LANGUAGES)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("pl", "Wody nie będzie 24 listopada 2026, 9:00–15:30. Telefon 01632 960 123, https://mill.example/Water"),
        ("pt", "Sem água a 24 de novembro de 2026, das 9h às 15h30. Ligue 01632960123: https://mill.example/Water."),
        ("ur", "۲۴ نومبر ۲۰۲۶ کو صبح ۹ سے سہ پہر ۳:۳۰ تک پانی بند۔ فون ۰۱۶۳۲ ۹۶۰۱۲۳، https://mill.example/Water۔"),
        ("ar", "لا ماء يوم 24 نوفمبر 2026 من ٩:٠٠ إلى ١٥:٣٠. الهاتف 01632 960123، https://MILL.example/Water"),
        ("bn", "২৪ নভেম্বর ২০২৬ সকাল ৯টা থেকে বিকেল ৩:৩০ পর্যন্ত পানি বন্ধ। ০১৬৩২ ৯৬০১২৩, https://mill.example/Water।"),
    ],
)
def test_a_good_wording_raises_nothing(language, words):
    assert checks(NOTICE, words, language) == {}


@pytest.mark.parametrize(
    ("words", "noticed"),
    [
        (NOTICE.replace("24", "25"), {"numbers_missing": {"24"}, "numbers_added": {"25"}}),
        (NOTICE.replace("3:30pm", "3:45pm"), {"times_missing": {"15:30"}, "times_added": {"15:45"}}),
        (NOTICE.replace("960123", "960124"), {"phones_missing": {"01632960123"}, "phones_added": {"01632960124"}}),
        (NOTICE.replace("/Water", "/water"), {"links_missing": {"https://mill.example/Water"},
                                              "links_added": {"https://mill.example/water"}}),
    ],
)  # fmt: skip
def test_each_fact_that_was_changed_is_named(words, noticed):
    assert checks(NOTICE, "So: " + words) == noticed


@pytest.mark.parametrize(
    ("source", "words"), [("15:00", "03:00"), ("10:00", "22:00"), ("3pm", "3am"), ("9:15", "9:51")]
)
def test_a_time_that_another_clock_shows_at_another_hour_is_noticed(source, words):
    found = checks(f"Come at {source}", f"Come then: {words}")
    assert set(found) == {"times_missing", "times_added"}


@pytest.mark.parametrize(("source", "words"), [("15:00", "3:00"), ("3pm", "15:00"), ("12am", "0:00"), ("9am", "9")])
def test_the_same_time_may_be_said_otherwise(source, words):
    assert checks(f"Come at {source}", f"Come then: {words}") == {}


def test_thousands_are_grouped_as_each_language_does():
    for words in ("1 500", "1.500", "1500", "1\u202f500", "1’500", "١٬٥٠٠"):
        assert checks("We have 1,500 pounds", f"So many: {words}") == {}


@given(st.lists(PIECES, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_facts_says_nothing(pieces, random):
    source = " | ".join(pieces)
    random.shuffle(pieces)
    assert checks(source, "These: " + " | ".join(pieces)) == {}


@given(st.lists(PIECES, min_size=1, max_size=8), st.sampled_from(sorted(DIGITS)))
def test_the_digits_of_every_script_are_the_same(pieces, language):
    source = " | ".join(piece for piece in pieces if not piece.startswith(("http", "www", "help", "@")))
    assert facts_of(source) == facts_of(other_digits(source, DIGITS[language]))


APART = ("9am", "15:45", "24", "1,500", "01632 960123", "https://mill.example/a", "@millbrook_bot", "{name}")


@given(st.lists(st.sampled_from(APART), min_size=2, unique=True), st.data())
def test_a_fact_that_is_left_out_is_named_and_nothing_else(pieces, data):
    gone = data.draw(st.sampled_from(pieces))
    rest = [piece for piece in pieces if piece != gone]
    found = checks(" | ".join(pieces), "Only: " + " | ".join(rest))
    assert [check.rpartition("_")[2] for check in found] == ["missing"]
    assert [len(about) for about in found.values()] == [1]


@given(st.text(max_size=400), st.text(max_size=400), st.sampled_from(sorted(LANGUAGES)))
def test_any_two_texts_can_be_compared(source, words, language):
    for remark in remarks(source, words, language, at_most=200):
        assert all(isinstance(one, str) for one in remark.about)
    assert [one.must for one in remarks(source, words, language, at_most=200)] == sorted(
        (one.must for one in remarks(source, words, language, at_most=200)), reverse=True
    )


def test_the_wrong_letters_and_untouched_words_are_noticed():
    assert set(checks("The water is off.", "The water is off.", "ur")) == {"script", "same"}
    assert checks("Hello, neighbours!", "Привіт, дорогі сусіди! Mill", "uk") == {}
    assert set(checks("Hello, neighbours!", "Pryvit, susidy!", "uk")) == {"script"}
    assert checks("See https://mill.example/a", "ਵੇਖੋ ਜੀ: https://mill.example/a", "pa") == {}


def test_what_is_too_long_and_what_lost_its_blanks_must_be_put_right():
    found = remarks("Hello {name}", "Hej {nazwa}" + "🏡" * 100, "pl", at_most=200)
    assert {(one.check, one.must) for one in found} == {
        ("too_long", True),
        ("blanks_missing", True),
        ("blanks_added", True),
    }
    assert next(one for one in found if one.check == "too_long").about == (str(units("Hej {nazwa}") + 200 - 200),)


def test_a_photo_leaves_less_room_for_the_words_below_it():
    assert spare("Title", photo=False) - spare("Title", photo=True) == 4096 - 1024
    body = "słowo " * 200
    assert [one.check for _f, one in all_remarks((None, "word"), (None, body), "pl", photo=True) if one.must] == [
        "too_long"
    ]
    assert not [one for _f, one in all_remarks((None, "word"), (None, body), "pl", photo=False) if one.must]
