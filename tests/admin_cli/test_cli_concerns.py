"""The desk of a safeguarding lead: receipts for everybody, words only with the lead's own code."""

import json

import pytest
from sqlalchemy import select, update

from bot.community import concern_desk, concern_steps, concerns
from bot.community.concerns import Telling
from bot.store import residents as residents_store
from bot.store.tables import Concern, ConcernLook
from tests.admin_cli.conftest import now

WORDS = "ZANZIBAR-HE-SHOUTED"


@pytest.fixture
def desk(house):
    """A place with two leads, and a concern that Amina told: its receipt, and who the people are."""
    house.people = {
        name: house.joins(100 + n, name, *roles)
        for n, (name, *roles) in enumerate(
            (("Amina",), ("Ruth", "safeguarding"), ("Sam", "second_lead"), ("George", "coordinator"))
        )
    }
    house.receipt = tells(house)
    return house


def tells(house, against="other"):
    def work(session):
        amina = residents_store.resident_by_id(session, house.people["Amina"])
        return concerns.report(session, amina, Telling("racism", against, WORDS), now()).receipt

    return house.do(work)


def code_of(house, name, receipt=None):
    def work(session):
        lead = residents_store.resident_by_id(session, house.people[name])
        concern = session.scalar(select(Concern.id).where(Concern.receipt == (receipt or house.receipt)))
        return concern_desk.desk_code(session, lead, concern, now())

    return house.do(work)


def test_the_list_tells_receipts_and_dates_and_not_a_word_or_name(desk):
    said = desk.says("concerns", "list", "--place", "millbrook")
    [row] = json.loads(desk.says("concerns", "list", "--place", "millbrook", "--json"))
    assert desk.receipt in said
    assert (row["state"], row["about"], row["next"], row["by"]) == ("open", "racism", "lead", "in 23 h")
    assert not any(word in said + json.dumps(row) for word in (WORDS, "Amina", "Ruth"))


def test_the_board_of_asks_tells_only_how_many(desk):
    said = desk.says("aid", "board", "--place", "millbrook", "--once")
    assert "Concerns with the safeguarding leads: 1 (" in said
    assert desk.receipt not in said


def test_an_empty_list_says_so(house):
    assert "No concern has been told." in house.says("concerns", "list", "--place", "millbrook")


def test_words_are_shown_with_the_leads_code_and_each_look_is_written_down(desk):
    code = code_of(desk, "Ruth")
    said = desk.says("concerns", "show", desk.receipt, "--code", code)
    assert WORDS in said
    assert "Amina" not in said
    facts = json.loads(desk.says("concerns", "show", desk.receipt.lower(), "--code", code.lower(), "--json"))
    assert facts["messages"][0]["words"] == WORDS
    assert desk.do(lambda session: session.scalars(select(ConcernLook.at_desk)).all()) == [True, True]
    log = desk.says("revealed", "--json")
    assert log.count('"what": "concern"') == 2
    assert WORDS not in log


@pytest.mark.parametrize("command", ["show", "reply", "close"])
def test_a_wrong_old_or_missing_code_opens_nothing(desk, command):
    for code in ("ABCDEFGH", "", "ąęść", code_of(desk, "Ruth")[::-1]):
        assert "do not fit" in desk.refuses("concerns", command, desk.receipt, "--code", code)
    assert "do not fit" in desk.refuses("concerns", command, "2222-2222", "--code", code_of(desk, "Ruth"))
    assert desk.do(lambda session: session.scalars(select(ConcernLook)).all()) == []
    assert desk.do(lambda session: session.scalar(select(Concern.state))) == "open"


def test_a_code_is_worth_nothing_once_another_lead_has_it(desk):
    code = code_of(desk, "Ruth")

    def hand_on(session):
        residents_store.take_role(session, desk.people["Ruth"], "safeguarding")
        concern_steps.see_to_concerns(session, now())

    desk.do(hand_on)
    assert "do not fit" in desk.refuses("concerns", "show", desk.receipt, "--code", code)
    assert WORDS in desk.says("concerns", "show", desk.receipt, "--code", code_of(desk, "Sam"))


def test_the_lead_answers_and_closes_at_the_desk(desk, tmp_path):
    code = code_of(desk, "Ruth")
    answer = tmp_path / "answer.txt"
    answer.write_text("I will ring the hall.\n", encoding="utf-8")
    assert "on its way" in desk.says("concerns", "reply", desk.receipt, "--code", code, "--file", str(answer))
    typed = desk.kith("concerns", "reply", desk.receipt, input=f"{code}\nAnd write to you.\n")
    assert typed.exit_code == 0, typed.output
    said = desk.says("concerns", "show", desk.receipt, "--code", code)
    assert "I will ring the hall." in said
    assert "And write to you." in said
    answer.write_text(" ", encoding="utf-8")
    assert "1 to 2000" in desk.refuses("concerns", "reply", desk.receipt, "--code", code, "--file", str(answer))
    assert "is closed" in desk.says("concerns", "close", desk.receipt, "--code", code, "--yes")
    answer.write_text("Too late", encoding="utf-8")
    assert "nobody would read it" in desk.refuses(
        "concerns", "reply", desk.receipt, "--code", code, "--file", str(answer)
    )


def test_the_doctor_misses_a_lead_and_sees_what_lies_too_long(house):
    def found():
        return next(one for one in json.loads(house.kith("doctor", "--json").stdout) if one["check"] == "safeguarding")

    assert (found()["state"], "invite safeguarding" in found()["cure"]) == ("look", True)
    house.people = {"Amina": house.joins(100, "Amina"), "Ruth": house.joins(101, "Ruth", "safeguarding")}
    assert found()["state"] == "ok"
    tells(house)

    def late(session):
        session.execute(update(Concern).values(due_at=now()))
        concern_steps.see_to_concerns(session, now())

    house.do(late)
    assert (found()["state"], "millbrook: 1" in found()["said"]) == ("wrong", True)
