"""A check-in in the browser: three neighbours answer in three languages, the crowd does too, and the picture arrives."""

import sqlite3
from contextlib import closing

import pytest

from bot.community.instruments import shipped
from tests.browser.millbrook import buttons, expect, opened, plain
from tests.chromium import needs_chromium

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    needs_chromium,
]

CROWD = 60
"""Silent neighbours: enough for a wave worth publishing."""
READERS = (("Janek", "pl", "ltr"), ("Amina", "ur", "rtl"), ("Gwen", "cy", "ltr"))
ENOUGH = 40
"""Surely 30 with the noise too, and fewer than four fifths of the crowd."""
HAPPY = 2
"""The question on happiness, which has a national figure beside it."""


def question(at, language):
    return shipped()["ons4"].questions[at].text[language]


def who_answered(town, number):
    """How many have come to the last question; read from the database, since the house itself says it to nobody."""
    query = "select count(*) from answer where round_id = ? and question = 4"
    with closing(sqlite3.connect(f"file:{town.folder}/data/kith.db?mode=ro", uri=True)) as base:
        return base.execute(query, (number,)).fetchone()[0]


def place_of_key(person, message, carries):
    return person.bubble(message).locator(f'[data-carries="{carries}"]').bounding_box()


def side_of(person, message):
    return person.bubble(message).locator(".bubble").get_attribute("dir")


def told_to(person, language, shares):
    """The message that tells these numbers, and the picture above it; None while it has not come."""
    said = person.town.said_to(person.number)
    for before, message in zip([None, *said], said, strict=False):
        told = plain(message["text"]).partition(question(HAPPY, language))[2]
        if "8.9" in told and all(share in told for share in shares):  # 8.9: the national figure stands beside
            return message, message if message["photo"] else before
    return None


def answers(town, page, number, name, language, direction):
    """Four taps, on a scale that runs as the language does; nobody but this neighbour sees them."""
    person = opened(town, page, name)
    person.private_chat()
    person.writes("/menu")  # the invitation may have other news below it by now
    person.presses(f"k:{number}:0:0")
    first = person.presses(f"k:{number}:1:0")
    assert question(0, language) in plain(first["text"])
    assert side_of(person, first) == direction
    nought, five = (place_of_key(person, first, f"ka:{number}:1:{value}:0") for value in (0, 5))
    assert nought["y"] == five["y"]
    assert (nought["x"] > five["x"]) == (direction == "rtl")
    for at, value in ((1, 8), (2, 7), (3, 9)):
        person.presses(f"ka:{number}:{at}:{value}:0")
    assert "116 123" in plain(person.presses(f"ka:{number}:4:2:0")["text"])


def reads_what_came(town, page, name, language, direction, shares):
    """The picture, its numbers in words, and the question whether it rings true; says which picture."""
    person = opened(town, page, name)
    person.private_chat()
    words, picture = town.wait(lambda: told_to(person, language, shares), 180)
    image = person.bubble(picture).locator(".photo img")
    image.scroll_into_view_if_needed()
    town.wait(lambda: image.evaluate("image => image.complete && image.naturalWidth") == 780)
    assert side_of(person, words) == direction
    heard = len(town.toasts(person.number))
    person.bubble(words).locator(f'[data-carries="{buttons(words)[0]["data"]}"]').click()
    assert town.wait(lambda: town.toasts(person.number)[heard:])[0]["text"]
    expect(image).to_be_attached()
    return picture["photo"]


def test_what_three_neighbours_and_a_crowd_answered_comes_back_as_a_picture_in_their_script(town, page):
    town.wait(lambda: town.kith("checkin", "list")["checkins"], 240)  # everybody has moved in
    town.types("checkin", "open", "--place", "millbrook", "--instrument", "ons4", "--open-days", "3")
    number = town.kith("checkin", "list")["checkins"][0]["id"]
    page.locator("#clock-morning").click()  # it is asked at a decent hour
    for reader in READERS:
        answers(town, page, number, *reader)
    town.wait(lambda: who_answered(town, number) >= ENOUGH, 240)
    page.locator("#clock-week").click()
    town.wait(lambda: town.kith("checkin", "show", str(number))["release"])
    released = town.kith("checkin", "show", str(number))["release"]
    assert released["came"]["answered"] >= 30
    happy = [row for table in released["tables"] if table["question"] == "ons4.happy" for row in table["rows"]]
    shares = [str(row["share_pct"]) for row in happy if not row["flag"]]
    assert shares
    pictures = {reads_what_came(town, page, *reader, shares) for reader in READERS}
    assert len(pictures) == len(READERS), "one picture a language"
