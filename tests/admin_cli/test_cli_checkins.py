"""`kith checkin` and `kith place helpline`: planned, opened, looked at, closed, ended; and every way to get it wrong."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from bot.community import polls
from bot.community.polls import Plan
from bot.store import places
from bot.store.tables import Answer, CheckinPlan, Helpline, Round
from tests.admin_cli.conftest import now
from tests.admin_cli.test_cli_pulled import neighbours
from tests.community.test_instruments import SOUND

MONTHLY = "0 10 1 * *"


@pytest.fixture
def agreed(house):
    """Millbrook with three neighbours who agreed to check-ins."""
    house.people = neighbours(house, "millbrook", 3)
    return house


def count(house, table):
    return house.do(lambda session: session.query(table).count())


def listed(house):
    return json.loads(house.says("checkin", "list", "--json"))


def shown(house, number):
    return json.loads(house.says("checkin", "show", number, "--json"))


def test_an_empty_house_says_how_to_begin(house):
    said = house.says("checkin", "list")
    assert "'kith checkin plan' makes one" in said
    assert "'kith checkin open' opens one" in said
    assert listed(house) == {"plans": [], "checkins": []}


def test_planning_says_beforehand_what_will_be_asked_and_published(agreed):
    words = ("--place", "millbrook", "--instrument", "ons4", "--breakdown", "patch", "--every", MONTHLY)
    tried = agreed.says("checkin", "plan", *words, "--dry-run")
    assert "Overall, how satisfied are you with your life nowadays?" in tried
    assert "3 people (everyone) agreed to check-ins; open for 5 days." in tried
    assert "under 30" in tried
    assert "± " in tried
    assert "Nothing was planned." in tried
    assert count(agreed, CheckinPlan) == 0
    assert "Plan 1 is made; the first wave opens 20" in agreed.says("checkin", "plan", *words)
    (plan,) = listed(agreed)["plans"]
    assert (plan["asks"], plan["every"], plan["state"], plan["breakdowns"]) == (
        "ons4 (4)",
        MONTHLY,
        "active",
        ["patch"],
    )
    assert plan["next"].endswith("-01 10:00")
    assert "ons4 (4)" in agreed.says("checkin", "list", "--place", "millbrook")


def test_more_tables_than_the_budget_are_said_to_be_left_out(agreed):
    words = (
        "--instrument",
        "ons4",
        "--instrument",
        "community-life",
        "--breakdown",
        "patch",
        "--breakdown",
        "language",
    )
    said = agreed.says("checkin", "plan", "--place", "millbrook", *words, "--every", MONTHLY, "--dry-run")
    assert "12 of 12" in said
    assert "do not fit: they will not exist" in said
    assert "in English for" not in said.partition("community-life")[0]


def test_an_ended_plan_has_no_next_wave(agreed):
    agreed.says("checkin", "plan", "--place", "millbrook", "--instrument", "ons4", "--every", MONTHLY)
    assert "Plan 1 has ended." in agreed.says("checkin", "end", "1", "--yes")
    assert (listed(agreed)["plans"][0]["state"], listed(agreed)["plans"][0]["next"]) == ("ended", None)
    assert "no active plan 1" in agreed.refuses("checkin", "end", "1", "--yes")
    assert "no active plan 9" in agreed.refuses("checkin", "end", "9", "--yes")


def test_while_it_is_open_nobody_sees_a_count_and_once_closed_the_release(agreed):
    opened = agreed.says(
        "checkin", "open", "--place", "millbrook", "--instrument", "ons4.happy", "--audience", "everyone"
    )
    assert "Check-in 1 is open until" in opened
    facts = shown(agreed, 1)
    assert (facts["state"], facts["invited"], facts["release"], facts["sha256"]) == ("open", 3, None, None)
    assert "answered" not in agreed.says("checkin", "show", "1")
    closed = agreed.says("checkin", "close", "1", "--yes")
    assert "too few answered, so nothing is published" in closed
    assert shown(agreed, 1)["sha256"] in closed
    assert "Too few answered: nothing is published." in agreed.says("checkin", "show", "1")
    assert list((agreed.data / "seals").iterdir()) == []
    assert count(agreed, Answer) == 0
    assert "check-in 1 is closed" in agreed.refuses("checkin", "close", "1", "--yes")


def test_an_instrument_of_ones_own_is_asked(agreed, tmp_path):
    path = tmp_path / "ours.toml"
    path.write_text(SOUND)
    agreed.says("checkin", "open", "--place", "millbrook", "--file", path)
    (asked,) = shown(agreed, 1)["questions"]
    assert asked == "ours.ok: All well?"


PLAN = ("plan", "--place", "millbrook", "--every", MONTHLY)
OPEN = ("open", "--place", "millbrook")


@pytest.mark.parametrize(
    "words, says",
    [
        ((*PLAN, "--instrument", "wemwbs"), "instrument list"),
        ((*PLAN, "--instrument", "ons4.sad"), "ons4"),
        (PLAN, "say what to ask"),
        ((*PLAN, "--instrument", "ons4", "--instrument", "ons4.happy"), "each question once"),
        ((*PLAN, "--instrument", "ons4", "--audience", "men"), "steering, everyone or volunteers"),
        ((*PLAN, "--instrument", "ons4", "--breakdown", "income"), "patch, language or age"),
        ((*PLAN, "--instrument", "ons4", "--breakdown", "age", "--breakdown", "age"), "each one once"),
        ((*PLAN, "--instrument", "ons4", "--open-days", "0"), "1 to 60"),
        ((*PLAN, "--instrument", "ons4", "--from-poll", "9"), "a poll that has closed"),
        (("plan", "--place", "nowhere", "--every", MONTHLY, "--instrument", "ons4"), "place list"),
        (("plan", "--place", "millbrook", "--every", "weekly", "--instrument", "ons4"), "cron line"),
        (("plan", "--place", "millbrook", "--every", "0 10 * * 6", "--instrument", "ons4"), "weekdays by name"),
        (("plan", "--place", "millbrook", "--every", "61 10 * * sat", "--instrument", "ons4"), "cron line"),
        ((*OPEN, "--instrument", "ons4", "--audience", "steering"), "nobody has yet"),
        ((*OPEN, "--instrument", "ring-true"), "instrument list"),
        ((*OPEN, "--file", "nothing.toml"), "nothing.toml"),
        (("show", "7"), "checkin list"),
        (("close", "7", "--yes"), "checkin list"),
        (("list", "--place", "nowhere"), "place list"),
    ],
)
def test_what_cannot_be_is_one_line_and_makes_nothing(agreed, words, says):
    assert says in agreed.refuses("checkin", *words)
    assert count(agreed, CheckinPlan) == 0
    assert count(agreed, Round) == 0


def test_a_poll_is_no_check_in(house):
    poll = house.poll(house.steering_group(3))
    assert "checkin list" in house.refuses("checkin", "close", poll, "--yes")
    assert "checkin list" in house.refuses("checkin", "show", poll)


# what a steering group voted to ask


def voted(house, *options, votes=None, secrecy="open", method="approve"):
    """A poll of the steering group on these options has closed; `votes`: how many each option got."""
    members = house.steering_group(6)

    def work(session):
        place = places.place_named(session, "millbrook")
        wordings = [{"en": option} for option in options]
        plan = Plan(
            "steering", method, secrecy, now() + timedelta(days=3), 0, "en", {"en": "What do we ask?"}, wordings
        )
        round_ = polls.make_poll(session, place, plan, now())
        polls.open_poll(session, round_, now())
        return round_.id

    poll = house.do(work)
    for option, many in enumerate(votes or (), 1):
        for member in members[:many]:
            house.votes(poll, member, option)
    house.says("poll", "close", poll, "--yes")
    return poll


def test_the_steering_groups_choice_is_asked_in_the_order_of_their_votes(agreed):
    options = ("ons4.happy", "How often do you feel lonely?", "collective-control")
    poll = voted(agreed, *options, votes=(4, 6, 1))
    agreed.says("checkin", "open", "--place", "millbrook", "--from-poll", poll, "--take", "2")
    (made,) = listed(agreed)["checkins"]
    assert made["asks"] == "loneliness (1), ons4 (1)"


def test_without_take_the_winner_alone_is_asked(agreed):
    poll = voted(agreed, "ons4", "collective-control", votes=(2, 5))
    agreed.says("checkin", "plan", "--place", "millbrook", "--from-poll", poll, "--every", MONTHLY)
    assert listed(agreed)["plans"][0]["asks"] == "collective-control (5)"


def test_a_poll_that_chose_no_question_opens_nothing(agreed):
    poll = voted(agreed, "A garden", "ons4", votes=(6, 2))
    assert "'A garden' is none" in agreed.refuses("checkin", "open", "--place", "millbrook", "--from-poll", poll)
    assert listed(agreed)["checkins"] == []


def test_a_poll_without_a_result_opens_nothing(agreed):
    poll = voted(agreed, "ons4", "collective-control", secrecy="private", votes=(2, 1))
    said = agreed.refuses("checkin", "open", "--place", "millbrook", "--from-poll", poll)
    assert "a poll that decided something" in said
    open_poll = agreed.poll(agreed.people)
    assert "a poll that has closed" in agreed.refuses(
        "checkin", "open", "--place", "millbrook", "--from-poll", open_poll
    )
    assert listed(agreed)["checkins"] == []


# whom people can call


def test_helplines_are_added_listed_by_language_and_removed(house):
    house.says("place", "helpline", "add", "millbrook", "0800 123", "--name", "Linia", "--language", "pl",
               "--hours", "codziennie")  # fmt: skip
    said = json.loads(house.says("place", "helpline", "list", "millbrook", "--json"))
    assert [(one["language"], one["number"], one["hours"]) for one in said["helplines"]] == [
        ("en", "116 123", ""), ("pl", "116 123", ""), ("pl", "0800 123", "codziennie")]  # fmt: skip
    assert said["without"] == []
    english = next(one["id"] for one in said["helplines"] if one["language"] == "en")
    house.says("place", "helpline", "remove", "millbrook", english)
    assert "Without a helpline: en" in house.says("place", "helpline", "list", "millbrook")


@pytest.mark.parametrize(
    "words, says",
    [
        (("add", "millbrook", "call me", "--name", "X", "--language", "en"), "is no telephone number"),
        (("add", "millbrook", "116 123", "--name", "X", "--language", "en"), "there already"),
        (("add", "millbrook", "999", "--name", "X", "--language", "en", "--language", "ur"), "does not speak 'ur'"),
        (("add", "millbrook", "999", "--name", " ", "--language", "en"), "1 to 80 characters"),
        (("add", "nowhere", "999", "--name", "X", "--language", "en"), "place list"),
        (("remove", "millbrook", "99"), "helpline list"),
        (("list", "nowhere"), "place list"),
    ],
)
def test_a_helpline_that_cannot_be_is_one_line_and_changes_nothing(house, words, says):
    assert says in house.refuses("place", "helpline", *words)
    assert count(house, Helpline) == 2


# the clock


def test_where_the_sandbox_runs_the_command_line_goes_by_its_clock(agreed, monkeypatch):
    (agreed.data / "sandbox.clock").write_text(f"{timedelta(days=14).total_seconds()}\n")
    agreed.says("checkin", "open", "--place", "millbrook", "--instrument", "ons4.happy", "--open-days", "5")

    def closes(session):
        return session.query(Round).one().closes_at

    assert timedelta(days=18) < agreed.do(closes) - datetime.now(UTC) < timedelta(days=20)
    monkeypatch.setenv("KITH_BOT_TOKEN", "123456:secret")
    assert abs(now_of_the_house() - datetime.now(UTC)) < timedelta(minutes=1)
    monkeypatch.delenv("KITH_BOT_TOKEN")
    (agreed.data / "sandbox.clock").write_text("soon")
    assert abs(now_of_the_house() - datetime.now(UTC)) < timedelta(minutes=1)


def now_of_the_house():
    from admin_cli.door import now as of_the_house

    return of_the_house()
