"""Phrase templates: typed blanks, in every language, right to left where it belongs."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.community.notices import Notice
from bot.community.templates import TEMPLATES, changes_where_or_when, filled
from bot.refusals import BroadcastInvalid
from bot.screens.broadcasts import notice
from bot.screens.language import LANGUAGES, RLM, speaking
from bot.screens.templates import blank_name, template_name
from sandbox.parse_html import parse_html
from tests.town import plain

GIVEN = {
    "place": "Mill Road & <Station>",
    "date": "2026-12-01",
    "start": "09:00",
    "end": "15:00",
    "until": "2026-12-03",
    "instead_of": "2026-11-30",
    "phone": "+44 161 496 0000",
    "link": "https://example.org/?a=1&b=2",
}


def blanks_for(name):
    return {blank.name: GIVEN[blank.name] for blank in TEMPLATES[name].blanks}


def said(name, tag, blanks=None):
    kept = filled(name, blanks or blanks_for(name))
    with speaking(tag):
        return notice(
            Notice(1, "Millbrook", TEMPLATES[name].kind, "Europe/London", template=name, blanks=kept, language=tag)
        )


@pytest.mark.parametrize("tag", sorted(LANGUAGES))
@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_is_a_message_in_every_language(name, tag):
    screen = said(name, tag)
    shown = plain(parse_html(screen.text).text)
    assert screen.rows == ()
    assert "{" not in shown
    for blank, value in blanks_for(name).items():
        if blank in {"date", "until", "instead_of"}:
            assert re.search(rf"(?<!\d){int(value[8:])}(?!\d)", shown), blank
            assert value not in shown
        else:
            assert value in shown, blank
    if LANGUAGES[tag].rtl:
        lines = [line for line in parse_html(screen.text).text.split("\n") if line]
        assert all(line[0] == RLM or "\u0590" < line[0] < "\u08ff" for line in lines), lines


def test_days_are_written_as_each_reader_writes_them():
    assert "wtorek, 1 grudnia 2026" in plain(said("water_off", "pl").text)
    assert "Tuesday, 1 December 2026" in plain(said("water_off", "en").text)
    assert "الثلاثاء" in plain(said("water_off", "ar").text)


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_may_be_left_out_may_be_left_out(name):
    needed = {blank.name: GIVEN[blank.name] for blank in TEMPLATES[name].blanks if not blank.optional}
    shown = plain(said(name, "en", needed).text)
    assert "Call" not in shown
    assert "More:" not in shown


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_is_needed_is_needed_and_what_is_unknown_is_refused(name):
    for blank in TEMPLATES[name].blanks:
        given = {key: value for key, value in blanks_for(name).items() if key != blank.name}
        if not blank.optional:
            with pytest.raises(BroadcastInvalid) as refused:
                filled(name, given)
            assert refused.value.field == f"blanks.{blank.name}"
    with pytest.raises(BroadcastInvalid):
        filled(name, {**blanks_for(name), "colour": "red"})


@pytest.mark.parametrize(
    ("blank", "wrong"),
    [
        ("date", "tomorrow"), ("date", "01.12.2026"), ("date", "2026-02-30"), ("start", "9 am"), ("start", "25:00"),
        ("end", "08:59"), ("end", "09:00"), ("phone", "call me"), ("phone", "1; drop table"),
        ("link", "javascript:alert(1)"),
        ("link", "example.org"), ("link", "https://a b.org"), ("place", " "), ("place", "x" * 101), ("place", "a\nb"),
        ("place", "🏡"),
    ],
)  # fmt: skip
def test_a_blank_of_the_wrong_type_is_refused_by_name(blank, wrong):
    with pytest.raises(BroadcastInvalid) as refused:
        filled("water_off", {**blanks_for("water_off"), blank: wrong})
    assert refused.value.field == f"blanks.{blank}"


def test_nothing_ends_before_it_begins():
    with pytest.raises(BroadcastInvalid):
        filled("heat_warning", {"date": "2026-07-02", "until": "2026-07-01"})
    one_day = said("heat_warning", "en", {"date": "2026-07-02", "until": "2026-07-02"})
    assert "When: Thursday, 2 July 2026\n" in plain(one_day.text)


def test_an_unknown_template_is_refused():
    with pytest.raises(BroadcastInvalid):
        filled("water_of", {})


@given(words=st.text(max_size=100), name=st.sampled_from(sorted(TEMPLATES)), tag=st.sampled_from(sorted(LANGUAGES)))
def test_whatever_is_filled_in_is_refused_or_shown_and_breaks_nothing(words, name, tag):
    blanks = {**blanks_for(name), "place": words} if "place" in blanks_for(name) else blanks_for(name)
    try:
        screen = said(name, tag, blanks)
    except BroadcastInvalid:
        return
    parse_html(screen.text)  # refuses what Telegram would refuse


def test_only_a_changed_place_or_time_is_told_again():
    old = filled("water_off", blanks_for("water_off"))
    assert changes_where_or_when("water_off", old, {**old, "date": "2026-12-02"})
    assert changes_where_or_when("water_off", old, {**old, "place": "Station"})
    assert not changes_where_or_when("water_off", old, {**old, "phone": "0161 496 0001"})


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates_and_blanks_have_names_for_people(name):
    with speaking("en"):
        assert plain(template_name(name))
        names = [plain(blank_name(blank.name)) for blank in TEMPLATES[name].blanks]
    assert len(set(names)) == len(names)
