"""A researcher enters on paper what somebody without an account answered; nothing says who."""

import json

import pytest

from bot.community import checkins
from bot.community.checkin_tables import ASSISTED, FIRST_GROUP
from bot.community.checkins import Wish
from bot.community.instruments import named
from bot.store import places, rounds
from tests.admin_cli.conftest import now
from tests.admin_cli.test_cli_pulled import neighbours


@pytest.fixture
def asked(either_house):
    """A check-in of two questions that is open, told apart by patch and age; one researcher."""
    house = either_house
    neighbours(house, "millbrook", 3)

    def work(session):
        place = places.place_named(session, "millbrook")
        questions = named("ons4.happy") + named("collective-control.connected")
        wish = Wish(questions, "everyone", ["patch", "age"], 5, compare=False)
        return checkins.open_now(session, place, wish, now()).id

    house.number = house.do(work)
    return house


def kept(house):
    return list(house.do(lambda session: rounds.all_answers(session, house.number)).values())


def assists(house, *typed, words=()):
    return house.kith("checkin", "assist", house.number, *words, input="\n".join(typed) + "\n")


def test_a_form_is_entered_question_by_question(asked):
    asked.joins(900, "Rhian", "researcher")
    done = assists(asked, "n", "2", "", "11", "seven", "7", "3")
    assert done.exit_code == 0, done.output
    assert "2 answers were kept" in done.output
    assert done.output.count("A number from 0 to 10, or nothing.") == 2
    (form,) = kept(asked)
    assert form.pop(ASSISTED) == 1
    assert (form[1], form[2]) == (7, 3)
    groups = asked.do(lambda session: checkins.store.checkin_of(session, asked.number).groups)
    assert groups["patch"][form[FIRST_GROUP]][1] == "Station Street"
    assert groups["age"][form[FIRST_GROUP - 1]][0] == ""


def test_questions_can_be_read_out_in_another_language(asked):
    asked.joins(900, "Rhian", "researcher")
    assert "zadowolony" not in assists(asked, "n", "", "", "7", "").output
    polish = assists(asked, "n", "", "", "7", "", words=("--language", "pl")).output
    assert named("ons4.happy")[0].text["pl"] in polish


def test_whoever_has_an_account_is_not_entered(asked):
    asked.joins(900, "Rhian", "researcher")
    done = assists(asked, "y")
    assert done.exit_code == 0
    assert "counted twice" in done.output
    assert kept(asked) == []


def test_what_cannot_be_is_refused_in_one_line(asked):
    assert "has no community researcher yet" in asked.refuses("checkin", "assist", asked.number)
    asked.joins(900, "Rhian", "researcher")
    assert "there is no check-in 999" in asked.refuses("checkin", "assist", 999)
    empty = assists(asked, "n", "", "", "", "")
    assert empty.exit_code == 2
    assert "no question was answered" in empty.stderr
    other = asked.joins(901, "Idris", "researcher")
    assert "say who asks: --by" in asked.refuses("checkin", "assist", asked.number)
    assert "77 is no community researcher" in asked.refuses("checkin", "assist", asked.number, "--by", 77)
    assert assists(asked, "n", "", "", "7", "", words=("--by", other)).exit_code == 0
    asked.says("checkin", "close", asked.number, "--yes")
    assert "takes no answers any more" in asked.refuses("checkin", "assist", asked.number, "--by", other)
    assert kept(asked) == []


def test_assisted_people_are_told_apart_in_the_release(asked):
    asked.joins(900, "Rhian", "researcher")
    for _person in range(3):
        assists(asked, "n", "", "", "7", "")
    asked.says("checkin", "close", asked.number, "--yes")
    told = json.loads(asked.says("tallies", "show", asked.number, "--json"))
    assert told["came"] == {}, "too few answered"
