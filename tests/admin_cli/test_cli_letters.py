"""An operator sees how letters go out, and mends what did not; nobody is named."""

import json
from datetime import timedelta

import pytest

from bot.community.letters import owe
from bot.store import places
from bot.store.tables import Letter
from tests.admin_cli.conftest import now


@pytest.fixture
def failed(house):
    """Two letters that failed, one that may have arrived, one that waits."""
    amina = house.joins(7, "Amina", "coordinator")
    states = (("dead", "Bad Request: can't parse"), ("dead", "blocked or gone"), ("unknown", "may not have arrived"))

    def work(session):
        place = places.place_named(session, "millbrook")
        for n, (state, reason) in enumerate([*states, ("queued", None)]):
            number = owe(session, place.id, "invite_used", {"role": "helper"}, f"x:{n}", now(), resident_id=amina)
            letter = session.get(Letter, number)
            letter.state, letter.reason, letter.attempts, letter.uncertain = state, reason, 3, n == 2
            letter.not_before = now() - timedelta(minutes=1)
            letter.settled_at = None if state == "queued" else now()

    house.do(work)
    return house


def states(house):
    return house.do(lambda session: [letter.state for letter in session.query(Letter).order_by(Letter.id)])


def test_dead_letters_are_listed_with_their_reason_and_nobody_is_named(failed):
    said = failed.says("letters", "dead", "list")
    assert "can't parse" in said
    assert "Amina" not in said
    listed = json.loads(failed.says("letters", "dead", "list", "--place", "millbrook", "--json"))
    assert sorted((one["id"], one["state"], one["tries"]) for one in listed) == [
        (1, "dead", 3), (2, "dead", 3), (3, "unknown", 3)]  # fmt: skip


def test_a_letter_that_is_tried_again_starts_afresh(failed):
    assert "1 letter: will be sent again." in failed.says("letters", "dead", "retry", 1, "--yes")
    assert states(failed) == ["queued", "dead", "unknown", "queued"]
    assert failed.do(lambda session: session.get(Letter, 1).attempts) == 0


def test_all_means_those_that_certainly_did_not_arrive(failed):
    assert "2 letters" in failed.says("letters", "dead", "retry", "--all", "--yes")
    assert states(failed) == ["queued", "queued", "unknown", "queued"]


def test_a_letter_too_old_to_make_sense_is_not_sent_late(failed):
    failed.do(lambda session: setattr(session.get(Letter, 1), "expires_at", now() - timedelta(hours=1)))
    assert "1 are too old" in failed.says("letters", "dead", "retry", 1)
    assert states(failed)[0] == "dead"


def test_dropped_letters_are_listed_no_more(failed):
    failed.says("letters", "dead", "drop", "--all", "--yes")
    assert states(failed) == ["cancelled", "cancelled", "cancelled", "queued"]
    assert "No letter has failed." in failed.says("letters", "dead", "list")


def test_whoever_names_no_letter_or_a_wrong_one_is_told(failed):
    assert "say which letters" in failed.refuses("letters", "dead", "retry")
    assert "no failed letter has the number 4" in failed.refuses("letters", "dead", "retry", 1, 4)
    assert states(failed)[0] == "dead"


def test_letters_are_paused_and_go_on(failed):
    assert "Letters are paused: millbrook." in failed.says("letters", "pause", "--place", "millbrook")
    assert "Letters were paused already." in failed.says("letters", "pause")
    assert json.loads(failed.says("letters", "watch", "--json"))["paused_places"] == ["millbrook"]
    assert "Letters are going: millbrook." in failed.says("letters", "resume")


def test_the_stream_is_told_in_figures(failed):
    seen = json.loads(failed.says("letters", "watch", "--once", "--json"))
    assert (seen["waiting"], seen["failed_day"], seen["sent_hour"]) == (1, 3, 0)
    said = failed.says("letters", "watch", "--once")
    assert "1 now, 0 later" in said
    assert "none runs: start the bot" in said


def test_a_place_says_how_many_unasked_letters_a_week_are_enough(house):
    house.says("place", "set", "millbrook", "weekly_letters=3")
    assert house.do(lambda session: places.place_named(session, "millbrook").weekly_letters) == 3
    assert "weekly_letters must be 0 to 100" in house.refuses("place", "set", "millbrook", "weekly_letters=many")
