"""A researcher fills a check-in in with somebody who has no account: counted, flagged, and of nobody."""

import re

import pytest

from bot.community import checkins
from bot.community.checkin_tables import ASSISTED, FIRST_GROUP
from bot.community.tallies import published
from bot.store.rounds import all_answers
from bot.taps import AssistAnswerTap, AssistTap
from tests.handlers.test_checkins import answers, opened, taps_on
from tests.privacy.attacker import cells_with, every_row, files_with, transactions_of
from tests.privacy.test_nobody_can_trace_a_vote import database_folder, everything, seal_path

SHAPE = re.compile("kh:[0-9]+:1:([A-Za-z0-9_-]{12})")


async def researching(town, name="Rhian"):
    """Somebody with the role."""
    return await town.resident(name, "en", "researcher")


async def begins(rhian):
    """From the menu to the first question; the word that stands for the person."""
    await rhian.says("/menu")
    await rhian.taps("Check-in with somebody")
    (visit,) = {SHAPE.match(tap)[1] for tap in taps_on(rhian) if SHAPE.match(tap)}
    await rhian.taps("No account: begin")
    return visit


async def test_a_form_is_filled_in_with_somebody_and_the_researchers_own_answer_is_untouched(town):
    rhian = await researching(town)
    number = await opened(town, "ons4.happy", "ons4.anxious", breakdowns=("language",))
    await rhian.taps("Start")
    await rhian.taps("9")
    await begins(rhian)
    assert "1 of 3" in rhian.reads
    assert "Which language" in rhian.reads
    await rhian.taps("Polski")
    assert "Overall, how happy did you feel yesterday?" in rhian.reads
    assert await rhian.taps("4") == "Thank you. Noted."
    await rhian.taps("Skip")
    assert "1 answer is kept." in rhian.reads
    mine, theirs = sorted(await answers(town, number), key=lambda kept: ASSISTED in kept)
    assert {question: value for question, value in mine.items() if question > 0} == {1: 9}
    assert {question: value for question, value in theirs.items() if question > 0} == {1: 4}
    groups = await town.store(lambda session: checkins.store.checkin_of(session, number).groups["language"])
    assert groups[theirs[FIRST_GROUP]][0] == "pl"


async def test_an_answer_moves_goes_and_comes_again_under_one_mark_and_another_person_has_another(town):
    rhian = await researching(town)
    number = await opened(town, "ons4.happy")
    first = await begins(rhian)
    for value in (3, 8, 8):
        await rhian.sends_tap(AssistAnswerTap(number, 1, value, first).pack())
    assert [kept[1] for kept in await answers(town, number)] == [8]
    await rhian.taps("Look at the answers")
    assert "Your answer: 8" in rhian.reads
    assert await rhian.taps("✗ Take back") == "Taken back."
    assert [kept.get(1) for kept in await answers(town, number)] == [None]
    await rhian.sends_tap(AssistAnswerTap(number, 1, 5, first).pack())
    await rhian.taps("Somebody else")
    await rhian.taps("No account: begin")
    await rhian.taps("2")
    assert sorted(kept[1] for kept in await answers(town, number)) == [2, 5]


async def test_whoever_has_an_account_is_not_entered_so_that_nobody_is_counted_twice(small_town):
    rhian = await researching(small_town)
    number = await opened(small_town, "ons4.happy")
    await rhian.says("/menu")
    await rhian.taps("Check-in with somebody")
    assert "counted twice" in rhian.reads
    await rhian.taps("They have an account")
    assert "they answer themselves" in rhian.reads
    assert await answers(small_town, number) == []


async def test_only_a_researcher_of_the_place_can_and_only_while_it_is_open(small_town):
    amina, rhian = await small_town.resident("Amina"), await researching(small_town)
    number = await opened(small_town, "ons4.happy")
    await amina.says("/menu")
    assert "Check-in with somebody" not in amina.buttons
    visit = await begins(rhian)
    for tap in (AssistTap(number, 1, visit), AssistAnswerTap(number, 1, 5, visit)):
        assert "not" in (await amina.sends_tap(tap.pack())).lower()
    forged = (AssistAnswerTap(number, 1, 11, visit), AssistAnswerTap(number, 2, 1, visit), AssistTap(number, 7, visit),
              AssistAnswerTap(number, 1, 5, "short"), AssistTap(999, 1, visit))  # fmt: skip
    for tap in forged:
        await rhian.sends_tap(tap.pack())
    assert await answers(small_town, number) == []
    await small_town.passes(days=6)
    await rhian.sends_tap(AssistAnswerTap(number, 1, 5, visit).pack())
    assert await answers(small_town, number) == []
    await rhian.says("/menu")
    assert "Check-in with somebody" not in rhian.buttons


async def test_help_is_offered_at_the_bottom_of_a_scale_and_at_the_end_without_an_alert_in_the_researchers_name(
    small_town,
):
    from bot.community import places
    from bot.community.alerts import add_helpline

    def line(session):
        add_helpline(session, places.place_for_newcomer(session, "millbrook"), "en", "Samaritans", "116 123", "")

    await small_town.store(line)
    rhian = await researching(small_town)
    await opened(small_town, "ons4.happy", "ons4.worthwhile")
    await begins(rhian)
    await rhian.taps("0")
    assert "116 123" in rhian.reads
    assert not [button for button in rhian.buttons if "today" in button]
    await rhian.taps("7")
    assert "116 123" in rhian.reads


async def test_after_the_close_nothing_ties_a_form_to_whoever_asked_or_answered(small_town):
    """The word in the buttons makes a mark only with the seal, and the seal is gone; so are the answers."""
    rhian = await researching(small_town)
    number = await opened(small_town, "ons4.happy")
    visit = await begins(rhian)
    await rhian.taps("6")
    marks = await small_town.store(lambda session: list(all_answers(session, number)))
    engine, _vault = everything(small_town)
    assert set(cells_with(engine, marks)) == {"answer.mark"}
    assert cells_with(engine, [visit.encode()]) == [], "the word is in the chat alone"
    await small_town.passes(days=6)
    assert not seal_path(small_town, number).exists()
    assert cells_with(engine, marks) == []
    assert files_with(database_folder(small_town), [*marks, visit.encode()]) == []


async def test_on_postgres_no_stamp_joins_a_form_to_the_researcher(town):
    engine, _vault = everything(town)
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite's rows carry no stamp of their transaction; the answers have no row ids either")
    rhian = await researching(town)
    await opened(town, "ons4.happy")
    await begins(rhian)
    await rhian.taps("6")
    written = transactions_of(engine, "answer")
    assert written
    for table in {table.name for table, _row in every_row(engine)} - {"answer", "inbox", "round"}:
        assert not transactions_of(engine, table) & written, table


async def test_a_wave_counts_assisted_people_and_tells_them_apart(small_town):
    rhian = await researching(small_town)
    number = await opened(small_town, "ons4.happy")
    for _person in range(45):
        visit = await begins(rhian)
        await rhian.sends_tap(AssistAnswerTap(number, 1, 8, visit).pack())
    await small_town.passes(days=6)

    (told,) = await small_town.store(lambda session: published(session, (), [str(number)]))
    assert 35 <= told.release.came["assisted"] <= 55
    assert 35 <= told.release.came["answered"] <= 55
    assert (told.response_pct or 0) <= 100
    assert told.over_all("ons4.happy") is not None
