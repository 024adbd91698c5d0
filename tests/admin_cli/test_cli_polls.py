"""A coordinator takes a poll from a file to its result, and sees everything but who voted what."""

import json
import re

import pytest

from bot.community import polls
from bot.store import rounds

POLL = """\
place = "millbrook"
audience = "steering"            # steering | everyone | volunteers
method = "approve"               # yesno | choose | approve | rank
secrecy = "private"              # private | open
closes = "2126-12-01T18:00"      # in the place's time zone
quorum = 5
[title]
en = "What should we do first?"
pl = "Od czego zaczniemy?"
[[options]]
en = "A safer crossing on Mill Road"
pl = "Bezpieczniejsze przejście na Mill Road"
[[options]]
en = "A community garden"
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "poll.toml"
    path.write_text(POLL, encoding="utf-8")
    return path


def test_a_draft_shows_what_will_be_shown_to_how_many_and_what_will_be_published(house, file):
    house.steering_group(6)
    said = house.says("poll", "new", "--file", file)
    assert "A safer crossing on Mill Road" in said
    assert "0 of 6 have voted." in said
    assert "6 can vote (steering)." in said
    assert "It needs 5 people in favour." in said
    assert "Under 5 votes nothing is told" in said
    assert "Open until Sunday, 1 December" in said
    assert "everybody gets a private invitation" in said
    assert "pl: 1 of 3 texts have no wording; readers see en there." in said
    assert "'kith poll open 1' opens it" in said
    lot = re.search(r"fixed already: (\w{16})\.", said)[1]
    assert house.do(lambda session: rounds.round_by_id(session, 1).state) == "draft"

    assert "Poll 1 is open until 2126-12-01 18:00; 6 can vote." in house.says("poll", "open", 1)
    facts = json.loads(house.says("poll", "show", 1, "--json"))
    assert (facts["roll"], facts["voted"], facts["lot_seed"]) == (6, 0, lot)
    assert house.do(lambda session: rounds.round_by_id(session, 1).closes_at.isoformat()) == "2126-12-01T18:00:00+00:00"
    assert "this poll is open" in house.refuses("poll", "open", 1)


def test_a_poll_can_be_opened_at_once(house, file):
    house.steering_group(6)
    assert "Poll 1 is open." in house.says("poll", "new", "--file", file, "--open")
    assert [one["state"] for one in json.loads(house.says("poll", "list", "--json"))] == ["open"]
    assert "What should we do first?" in house.says("poll", "list", "--place", "millbrook")


@pytest.mark.parametrize(
    ("right", "wrong", "line", "reason"),
    [
        ('"millbrook"', '"milbrook"', 1, "there is no place 'milbrook'"),
        ('"steering" ', '"streeting"', 2, "audience must be steering, everyone or volunteers"),
        ('"approve"', '"aprove"', 3, "method must be yesno, choose, approve or rank"),
        ("method", "methods", 3, "methods is not known here: did you mean method?"),
        ('"private"', '"secret"', 4, "secrecy must be private or open"),
        ('secrecy = "private"', "secrecy = true", 4, "secrecy must be text in quotes"),
        ("2126-12-01T18:00", "on Friday", 5, "closes must be a time such as 2026-12-01T18:00"),
        ("2126", "2016", 5, "closes must be at least five minutes from now"),
        ('closes = "2126-12-01T18:00"', "", 1, "closes is missing"),
        ("quorum = 5", "quorum = -5", 6, "quorum must be 0 or more"),
        ("quorum = 5", 'quorum = "5"', 6, "quorum must be a whole number, without quotes"),
        ("quorum = 5", "quorum = five", 6, "Invalid value"),
        ("[title]", "[name]", 7, "name is not known here"),
        ('"What should we do first?"', '""', 8, "title must be 1 to 300 characters"),
        ('pl = "Od', 'de = "Od', 9, "language must be one of en, pl, not de"),
        ('en = "A community garden"', 'pl = "Ogród"', 13, "options must be words in en for each"),
        ('"A community garden"', '"a safer CROSSING on mill road"', 13, "options must be each different"),
        ('"A community garden"', f'"{"x" * 101}"', 14, "options must be 1 to 100 characters each"),
        ('"A community garden"', "3", 14, "en must be text in quotes"),
        ('[[options]]\nen = "A community garden"\n', "", 10, "options must be 2 to 20 of them"),
        ('"approve"', '"yesno"', 10, "options must be none: a yesno poll brings its own"),
    ],
)
def test_a_mistake_names_line_and_reason_and_nothing_is_made(house, file, right, wrong, line, reason):
    house.steering_group(6)
    assert right in POLL
    file.write_text(POLL.replace(right, wrong, 1), encoding="utf-8")
    said = house.refuses("poll", "new", "--file", file, "--open")
    assert said.startswith(f"poll.toml, line {line}: "), said
    assert reason in said
    assert json.loads(house.says("poll", "list", "--json")) == []


def test_a_poll_that_nobody_could_answer_is_not_made_open(house, file):
    said = house.refuses("poll", "new", "--file", file, "--open")
    assert said.startswith("poll.toml, line 2: audience must be")
    assert json.loads(house.says("poll", "list", "--json")) == []


def test_a_file_that_is_not_there_or_not_text_says_so(house, tmp_path):
    assert "cannot be read" in house.refuses("poll", "new", "--file", tmp_path / "none.toml")
    (tmp_path / "utf16.toml").write_bytes("place".encode("utf-16"))
    assert "UTF-8" in house.refuses("poll", "new", "--file", tmp_path / "utf16.toml")


def test_mistakes_are_found_behind_long_texts_and_in_short_forms(house, file):
    file.write_text(
        'place = "millbrook"\ntitle.en = """\nmethod = no\n"""\ncloses = 2126-12-01T18:00:00\n'
        'options = [\n  {en = "A"},\n  {en = "A"},\n]\nmethod = "aprove"\n'
    )
    assert house.refuses("poll", "new", "--file", file).startswith("poll.toml, line 10: method must be")
    file.write_text(file.read_text().replace("aprove", "choose"))
    assert house.refuses("poll", "new", "--file", file).startswith("poll.toml, line 6: options must be each different")


def test_closing_tells_the_released_result_and_destroys_seal_and_ballots(either_house):
    house = either_house
    people = house.steering_group(7)
    poll = house.poll(people)
    for person in people:
        house.votes(poll, person, 2)
    house.votes(poll, people[0], 1)
    expected = house.do(
        lambda session: polls.publish_poll(
            polls.counted(polls.poll_view(session, poll), rounds.all_answers(session, poll)), 7, "private"
        ).as_facts()
    )
    assert "is open until" in house.refuses("poll", "results", poll)
    assert "Garden" in house.says("poll", "close", poll)
    assert json.loads(house.says("poll", "results", poll, "--json"))["release"] == expected
    assert "Decided: Garden." in house.says("poll", "results", poll)
    assert not (house.data / "seals" / str(poll)).exists()
    assert house.do(lambda session: rounds.all_answers(session, poll)) == {}
    assert "is closed: nothing was done" in house.refuses("poll", "close", poll)


def test_nothing_that_is_shown_of_an_open_poll_depends_on_what_was_voted(house):
    people = house.steering_group(6)
    first, second = house.poll(people), house.poll(people)
    for person in people[:4]:
        house.votes(first, person, 1)
        house.votes(second, person, 3)

    def shown(poll):
        said = house.says("poll", "show", poll) + house.says("poll", "show", poll, "--json")
        return (
            re.sub(r"[0-9a-f]{16}", "seed", said).replace(f'"id": {poll}', "").replace(f"id:              {poll}", "")
        )

    assert shown(first) == shown(second)
    assert '"voted": 4' in shown(first)
    assert not any(name in shown(first) for name in ("Amina", "Janek", "Carys"))


def test_an_open_poll_tells_who_voted_what_as_was_said_before(house):
    people = house.steering_group(3)
    poll = house.poll(people, secrecy="open")
    house.votes(poll, people[0], 2)
    house.says("poll", "close", poll, "--yes")
    assert "Garden: Amina" in house.says("poll", "results", poll)


def test_a_poll_that_is_called_off_keeps_no_vote(house):
    people = house.steering_group(5)
    poll = house.poll(people)
    house.votes(poll, people[0], 1)
    assert "no vote of it is kept" in house.says("poll", "cancel", poll)
    assert house.do(lambda session: rounds.all_answers(session, poll)) == {}
    assert not (house.data / "seals" / str(poll)).exists()
    assert "has no result: it is cancelled" in house.refuses("poll", "results", poll)
    assert "is cancelled: nothing was done" in house.refuses("poll", "cancel", poll)


def test_a_busy_database_asks_to_try_again(house, monkeypatch):
    import sqlite3

    from bot.store import engine

    monkeypatch.setattr(engine, "_pragmas", lambda connection, _record: setattr(connection, "isolation_level", None) or
                        connection.execute("PRAGMA busy_timeout=50"))  # fmt: skip
    other = sqlite3.connect(house.data / "kith.db", isolation_level=None)
    other.execute("begin immediate")
    assert (
        house.refuses("patch", "add", "Mill Road", "--place", "millbrook")
        == "the database is busy: try again in a moment"
    )
    other.close()
