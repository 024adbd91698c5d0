"""/board: coordinators see in the chat what needs somebody, why and who acts next, and see to it; never a name."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.community.aid_rules import slots_in
from bot.delivery.menus import Menus
from bot.store import residents as residents_store
from bot.store.tables import Ask
from tests.handlers.test_aid import asks, at_noon, matched, offer_states, row, told, volunteer
from tests.town import until


@pytest.fixture
async def small_town(small_town):
    return at_noon(small_town)


async def test_an_empty_board_is_kind_and_nobody_else_sees_one(small_town):
    town = small_town
    george = await town.resident("George", "en", "coordinator")
    eve = await town.resident("Eve", "en", "steering")
    await george.says("/board")
    assert "Nothing waits for you." in george.reads
    await eve.says("/board")
    assert "This is for people with another role." in eve.reads
    assert "This is for people with another role." in await eve.sends_tap("bd:0")
    await george.sends_tap("ai:home")
    await george.taps("The board: what needs somebody")
    assert "Nothing waits for you." in george.reads


async def test_without_a_coordinator_the_steering_group_has_the_board(small_town):
    eve = await small_town.resident("Eve", "en", "steering")
    await eve.says("/board")
    assert "Nothing waits for you." in eve.reads


async def test_the_board_tells_exceptions_with_the_reason_and_never_a_name(small_town):
    town = small_town
    george = await town.resident("George", "en", "coordinator")
    amina, bilal, arranged = await matched(town, when="today")
    lonely = await asks(town, amina, kind="repairs", when="today", words="SECRET door")
    await volunteer(town, "Carys", kinds=("shopping",))
    waiting = await asks(town, amina, kind="shopping", when="later")
    await george.says("/board")
    said = george.reads
    assert f"{lonely}: a small repair, Mill Road: nobody is left to ask" in said
    assert "Nobody offers this kind of help yet." in said
    assert "Next: the coordinator, by" in said
    assert f"{waiting}: shopping, Mill Road: neighbours are asked" in said
    assert said.index(f"{lonely}:") < said.index(f"{waiting}:"), "the worst first"
    assert "Somebody helps with 1 other ask." in said
    assert str(arranged) not in george.buttons
    everything = "".join(told(george))
    assert not any(word in everything for word in ("SECRET", "Amina", "Bilal", "Carys"))
    del bilal


async def test_the_reason_names_the_time_for_which_nobody_is_free(small_town):
    town = small_town
    george = await town.resident("George", "en", "coordinator")
    await volunteer(town, "Bilal", slots=slots_in(["weekday_morning", "weekend_morning"]))
    amina = await town.resident("Amina")
    await asks(town, amina, when=(town.now + timedelta(days=2)).date(), part="evening")
    await george.says("/board")
    assert re.search("Nobody who offers this is free then: .*[Ee]vening", george.reads)


async def test_a_long_board_is_turned_page_by_page(small_town):
    town = small_town
    george = await town.resident("George", "en", "coordinator")
    people = [await town.resident(f"Asker {n}") for n in range(7)]
    numbers = [await asks(town, one, kind="repairs", when="today") for one in people]
    await george.says("/board")
    first = [label for label in george.buttons if label.isdigit()]
    await george.taps("More")
    second = [label for label in george.buttons if label.isdigit()]
    assert (len(first), len(second)) == (5, 2)
    assert {int(one) for one in first + second} == set(numbers)
    await george.taps("Earlier")
    assert [label for label in george.buttons if label.isdigit()] == first
    await george.sends_tap("bd:99")
    assert [label for label in george.buttons if label.isdigit()] == second


async def test_those_who_did_not_answer_are_asked_once_more_and_a_no_is_left_in_peace(small_town):
    town = small_town
    george = await town.resident("George", "en", "coordinator")
    bilal, carys = await volunteer(town, "Bilal"), await volunteer(town, "Carys")
    amina = await town.resident("Amina")
    ask = await asks(town, amina, when="today")
    await bilal.sends_tap(f"ao:{ask}:no")
    await town.passes(minutes=31)
    assert (await row(town, ask)).state == "coordinator"
    await town.looks()
    await george.taps("Look at it")
    await george.taps("Ask once more those who did not answer")
    assert "neighbours are asked" in george.reads
    assert await offer_states(town, ask) == {bilal.id: "no", carys.id: "asked"}
    await town.looks()
    assert "Can you help a neighbour?" in carys.reads


async def test_an_ask_is_closed_with_a_reason_and_its_asker_is_told(small_town):
    town = small_town
    george = await town.resident("George", "en", "coordinator")
    amina = await town.resident("Amina")
    ask = await asks(town, amina, kind="repairs", when="today")
    await george.says("/board")
    await george.taps(str(ask))
    await george.taps("Close it …")
    assert await george.taps("Others help") == f"Ask {ask} is closed."
    assert "Nothing waits for you." in george.reads
    await town.looks()
    found = await row(town, ask)
    assert (found.state, found.ended_as) == ("ended", "elsewhere")
    assert "The coordinator has closed this." in amina.reads
    await george.sends_tap(f"ba:{ask}:done")
    assert (await row(town, ask)).ended_as == "elsewhere", "twice is once"
    assert "This button is from earlier." in await george.sends_tap(f"ba:{ask}:show")


async def test_the_words_of_an_urgent_ask_are_read_only_where_the_asker_lets_the_coordinator(small_town):
    town = small_town
    george = await town.resident("George", "en", "coordinator")
    amina = await town.resident("Amina")
    for wish, reads in (("No", False), ("Yes, they may", True)):
        await amina.says("/ask")
        await amina.taps("a small repair")
        await amina.taps("As soon as possible")
        assert "I am not safe / I need someone today" in amina.buttons
        await amina.taps("Ask neighbours now")
        await amina.taps("Mill Road")
        await amina.says("The boiler drips")
        await amina.taps("Skip")
        await amina.taps("Any language will do")
        await amina.taps(wish)
        await amina.taps("Yes, ask neighbours")
        await town.looks()
        ask = await town.store(lambda session: session.scalar(select(Ask.id).order_by(Ask.id.desc())))
        assert "boiler" not in george.reads
        await george.sends_tap(f"ba:{ask}:show")
        assert ("The boiler drips" in george.reads) == reads


async def test_another_places_ask_and_a_lost_role_open_nothing(small_town):
    town = small_town
    george = await town.resident("George", "en", "coordinator")
    amina = await town.resident("Amina")
    ask = await asks(town, amina, kind="repairs", when="today")
    await town.store(lambda session: residents_store.take_role(session, george.id, "coordinator"))
    for act in ("show", "again", "close", "done", "no"):
        assert await george.sends_tap(f"ba:{ask}:{act}")
    assert (await row(town, ask)).state == "coordinator"
    assert "This button is from earlier." in await (await town.resident("Ines", "en", "coordinator")).sends_tap(
        "ba:99999:show"
    )


async def test_coordinators_find_their_commands_in_their_own_menu(small_town):
    town = small_town
    george = await town.resident("George", "pl", "coordinator")
    writer = await town.resident("Wanda", "en", "writer")
    menus = Menus(town.house.telegram, town.house.writer)
    assert await menus.look() == 2
    assert await menus.look() == 0

    def names(neighbour):
        listed = town.box.bot.commands.get((f"chat:{neighbour.person.id}", ""), [])
        return [one["command"] for one in listed]

    assert names(george)[:2] == ["board", "announce"]
    assert names(writer)[0] == "announce"
    assert "board" not in names(writer)
    await until(lambda: ("all_private_chats", "") in town.box.bot.commands)
    everybody = town.box.bot.commands[("all_private_chats", "")]
    assert {"ask", "offer", "concern"} <= {one["command"] for one in everybody}
    assert "board" not in {one["command"] for one in everybody}
    await town.store(lambda session: residents_store.take_role(session, george.id, "coordinator"))
    assert await menus.look() == 1
    assert names(george) == []
