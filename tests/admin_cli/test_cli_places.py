"""An operator founds places, divides them into patches and hands out roles, at a command line that explains itself."""

import json
import re

import pytest

PLACE = """\
slug = "millbrook"
name = "Millbrook"
run_by = "Millbrook Association"
languages = ["en", "pl", "ur"]
timezone = "Europe/London"
quiet_from = "22:30"
steering_polls = false
patches = ["Mill Road", "Station Street"]
"""


def test_before_anything_else_the_operator_is_told_how_to_begin(empty_house):
    assert "'kith db upgrade' makes it" in empty_house.refuses("place", "list")
    assert not empty_house.data.exists()


def test_a_place_is_founded_shown_listed_and_changed(house):
    house.says("patch", "add", "Mill Road", "Station Street", "--place", "millbrook")
    house.says(
        "place", "set", "millbrook", "quiet_from=22:00", "languages=en,pl,cy", "steering_polls=off", "name=Mill Brook"
    )
    shown = json.loads(house.says("place", "show", "millbrook", "--json"))
    assert shown["name"] == "Mill Brook"
    assert (shown["quiet_from"], shown["languages"], shown["steering_polls"]) == ("22:00", ["en", "pl", "cy"], False)
    assert shown["patches"] == ["Mill Road", "Station Street"]
    assert "Mill Brook" in house.says("place", "list")
    assert [one["slug"] for one in json.loads(house.says("place", "list", "--json"))] == ["millbrook"]
    assert [one["name"] for one in json.loads(house.says("patch", "list", "--place", "millbrook", "--json"))] == shown[
        "patches"
    ]


def test_a_whole_place_comes_from_a_file(empty_house, tmp_path):
    empty_house.says("db", "upgrade")
    (tmp_path / "place.toml").write_text(PLACE)
    empty_house.says("place", "add", "--file", tmp_path / "place.toml")
    shown = json.loads(empty_house.says("place", "show", "millbrook", "--json"))
    assert (shown["quiet_from"], shown["steering_polls"]) == ("22:30", False)
    assert shown["patches"] == ["Mill Road", "Station Street"]


@pytest.mark.parametrize(
    ("right", "wrong", "line", "reason"),
    [
        ('"millbrook"', '"Mill brook"', 1, "a short name has"),
        ("run_by =", "runby =", 3, "did you mean run_by?"),
        ('"ur"]', '"tlh"]', 4, "there is no 'tlh'"),
        ("Europe/London", "Europe/Lundon", 5, "no time zone"),
        ("22:30", "half ten", 6, "an hour looks like 21:00"),
        ("= false", '= "no"', 7, "true or false"),
        ('"Station Street"', '"Mill Road"', 8, "a patch 'Mill Road' already"),
        ("patches = [", "patches = ", 8, "Expected newline"),
    ],
)
def test_a_mistake_in_the_file_is_named_by_its_line_and_founds_nothing(
    empty_house, tmp_path, right, wrong, line, reason
):
    empty_house.says("db", "upgrade")
    (tmp_path / "place.toml").write_text(PLACE.replace(right, wrong))
    said = empty_house.refuses("place", "add", "--file", tmp_path / "place.toml")
    assert said.startswith(f"place.toml, line {line}: ")
    assert reason in said
    assert json.loads(empty_house.says("place", "list", "--json")) == []


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("place", "add", "millbrook", "--name", "M", "--run-by", "M"), "exists already"),
        (("place", "add", "oakham", "--name", "O"), "--run-by"),
        (("place", "add", "oakham", "--name", "O" * 81, "--run-by", "O"), "name must have 1 to 80 characters"),
        (("place", "add", "oakham", "--name", "O", "--run-by", "O", "--timezone", "Mars"), "no time zone"),
        (("place", "add", "oakham", "--name", "O", "--run-by", "O", "--language", "tlh"), "there is no 'tlh'"),
        (("place", "show", "oakham"), "there is no place 'oakham': 'kith place list' shows them"),
        (("place", "set", "millbrook", "quiet_from=25:00"), "an hour looks like 21:00"),
        (("place", "set", "millbrook", "slug=oakham"), "write NAME=VALUE"),
        (("place", "set", "millbrook", "languages="), "at least one language"),
        (("place", "set", "millbrook", "steering_polls=perhaps"), "on or off"),
        (("patch", "list", "--place", "oakham"), "no place 'oakham'"),
        (("patch", "add", " ", "--place", "millbrook"), "patch must have 1 to 60"),
        (("place",), "kith place: Missing command. See 'kith place --help'."),
        (("place", "burn"), "No such command 'burn'."),
        (("poll", "show", "seven"), "should be a valid integer"),
        (("poll", "show", "7"), "there is no poll 7: 'kith poll list' shows them"),
    ],
)
def test_whatever_cannot_be_done_is_said_in_one_line(house, words, reason):
    assert reason in house.refuses(*words)


def test_a_wrong_setting_is_named_in_one_line(house, monkeypatch):
    monkeypatch.setenv("KITH_DATABASE_URL", "mysql://nowhere")
    assert house.refuses("place", "list") == "KITH_DATABASE_URL: must start with sqlite:/// or postgresql://"
    monkeypatch.setenv("KITH_DATABASE_URL", "postgresql://nobody:geheim@127.0.0.1:9/kith")
    said = house.refuses("place", "list")
    assert "check KITH_DATABASE_URL" in said
    assert "geheim" not in said


def test_an_invitation_is_a_link_and_a_picture_kept_nowhere(house, tmp_path):
    assert "start the bot once, or give --bot" in house.refuses("invite", "steering", "--place", "millbrook")
    words = ("invite", "steering", "--place", "millbrook", "--bot", "@millbrook_bot", "--uses", "9")
    said = house.says(*words, "--png", tmp_path / "invite.png")
    link = re.search(r"https://t\.me/millbrook_bot\?start=i_[\w-]{43}\n", said)
    assert link
    assert "█" in said
    assert (tmp_path / "invite.png").read_bytes().startswith(b"\x89PNG")
    token = link[0].strip().partition("i_")[2]
    for path in house.data.rglob("*"):
        assert path.is_dir() or token.encode() not in path.read_bytes()
    told = json.loads(house.says(*words, "--json"))
    assert (told["role"], told["uses"]) == ("steering", 9)
    assert "there is no role 'king'" in house.refuses("invite", "king", "--place", "millbrook", "--bot", "b")


def test_residents_are_counted_so_that_nobody_can_be_found(house):
    for n in range(8):
        house.joins(500 + n, "Amina", "volunteer" if n < 4 else "steering", language="en" if n else "pl")
    told = json.loads(house.says("residents", "count", "--place", "millbrook", "--json"))
    assert told["total"] == 10
    assert told["by"]["language"] == {"en": 5, "pl": None}
    assert told["by"]["role"]["volunteer"] is None
    assert told["by"]["patch"] == {"(none)": 10}
    said = house.says("residents", "count", "--place", "millbrook")
    assert "about 10 residents" in said
    assert "under 5" in said
    assert "Amina" not in said
    assert "7" not in said.replace("(none)", "")


def test_a_language_that_was_taken_off_does_not_point_at_its_last_reader(house):
    house.joins(1, "Maria", language="pl")
    house.says("place", "set", "millbrook", "languages=en")
    assert "pl" not in json.loads(house.says("residents", "count", "--place", "millbrook", "--json"))["by"]["language"]


def test_a_role_is_taken_from_one_person_by_their_number_and_its_open_links_end(house):
    house.joins(123456789, "Janek", "steering")
    house.joins(987, "Amina", "steering")
    house.says("invite", "steering", "--place", "millbrook", "--bot", "b", "--uses", "3")
    revoke = ("role", "revoke", "steering", "--place", "millbrook")
    said = house.says(*revoke, "--telegram-id", "123456789")
    assert "They have lost the role steering." in said
    assert "Open invitations to it that were ended: 1." in said
    assert "nobody with this number has the role" in house.refuses(*revoke, "--telegram-id", "123456789")
    assert "say so with --yes" in house.refuses(*revoke, "--all")
    assert "All have lost" in house.says(*revoke, "--all", "--yes")
    assert "Nobody had" in house.says(*revoke, "--all", "--yes")
    assert "--telegram-id NUMBER, or --all" in house.refuses(*revoke)
    assert "Janek" not in said
