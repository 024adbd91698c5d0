"""`kith instrument`: looking at questions, and checking one's own."""

import json

from tests.community.test_instruments import SOUND


def test_the_list_says_what_is_our_own_and_leaves_the_house_s_tiny_question_out(empty_house):
    listed = empty_house.says("instrument", "list")
    assert "ons4" in listed
    assert "our own, not validated" in listed
    assert "ring-true" not in listed


def test_an_instrument_is_shown_with_source_licence_and_what_is_not_verified(empty_house):
    shown = empty_house.says("instrument", "show", "community-life", "--language", "pl")
    assert "Open Government Licence" in shown
    assert "Zdecydowanie się zgadzam" in shown
    assert "not verified against the source" in shown
    assert "61 % very strongly or fairly strongly, England 2023/24" in shown
    assert json.loads(empty_house.says("instrument", "show", "ons4", "--json"))["items"][0]["last"] == 10


def test_an_unknown_instrument_is_one_line(empty_house):
    assert "instrument list" in empty_house.refuses("instrument", "show", "wemwbs")


def test_a_file_of_ones_own_is_checked(empty_house, tmp_path):
    path = tmp_path / "ours.toml"
    path.write_text(SOUND)
    assert "The file is sound" in empty_house.says("instrument", "check", path)
    path.write_text(SOUND.replace('better = "high"', 'better = "best"'))
    assert "line 14" in empty_house.refuses("instrument", "check", path)
