"""What people do on purpose: forged buttons, raced confirmations, stolen links, floods (facts/failures.md 6, A1-A10)."""

import asyncio
import io
import re
import sqlite3

import aiohttp
import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from bot.community import invites, places
from bot.community.invites import WRONG_TRIES
from bot.community.residents import PURPOSES
from bot.community.rounds import mark_of
from bot.store import residents as residents_store
from bot.store import rounds as rounds_store
from bot.store.tables import (
    Answer,
    Draft,
    GroupChat,
    Inbox,
    Letter,
    Resident,
    Role,
    Round,
    SetAside,
    Strike,
    Table,
    Wording,
)
from sandbox.world import ANONYMOUS_ADMIN
from tests.town import millbrook, plain, text_of, until

WENT_WRONG = "Something went wrong"
OLD = "This button is from earlier. Send /menu to see how things stand now."
WORTHLESS = "This invitation does not work. Please ask for a new one."
PAYLOADS = (
    "'); DROP TABLE resident; --",
    "<script>alert(1)</script>",
    "<b>bold</b> & <i>sly</i>",
    "{option} {0.__class__} %s %(title)s ${jndi:ldap://x}",
    "cos\nsystem\n(S'true'\ntR.",
    "\\u003cb\\u003e &lt;b&gt; &#60;",
)


async def count(town, table):
    return await town.store(lambda session: session.query(table).count())


async def answers(town, poll):
    return await town.store(lambda session: rounds_store.all_answers(session, poll))


async def an_invite(town, role="volunteer", uses=1):
    return await town.store(
        lambda session: invites.invite(
            session, places.place_for_newcomer(session, "millbrook"), role, uses, invites.WINDOW * 24, town.now
        )
    )


async def roles_of(town, neighbour):
    return await town.store(lambda session: residents_store.roles_of(session, neighbour.id))


# --- A1


async def test_a1_a_forged_tap_is_refused_counted_and_tells_nothing(town):
    (amina,) = await town.steering(("Amina", "en"))
    janek = await town.resident("Janek")
    stranger = town.person("Stranger", "en")
    await stranger.starts()
    poll = await town.poll("Who mends the bridge?", ("Crossing", "Garden"))
    with capture_logs() as lines:
        for forged in (f"v:{poll}:1:0", f"vw:{poll}", f"vb:{poll}:0", "np:"):
            for person in (janek, stranger):
                toast = await person.sends_tap(forged)
                assert toast
                assert not re.search("bridge|Crossing|Garden|1 of|Amina", toast)
                assert not re.search("bridge|Crossing|Garden", person.reads)
    assert await answers(town, poll) == {}
    assert len([line for line in lines if line["event"] == "refused"]) == 8
    assert amina.button("Vote now")


FORGED = (
    "nonsense",
    "v:1",
    "v:1:1:1:1:1",
    "v:one:1:0",
    "v:99999999999999999999:1:0",
    "v:1:99999999999999999999:0",
    "vb:1:-99999999999999999999",
    "vb:2147483648:0",
    "a:deadbe.title:x",
    "a::",
    "m:deadbe.title:page²",
    "o:cellar",
    "l:xx",
    "c:soul:1",
    "c:messages:99999999999999999999",
    "💥:💥",
    "np:<b>",
)


async def test_a1_data_that_no_button_carries_changes_nothing(town):
    amina = await town.resident("Amina")
    await town.looks()  # by now the place knows which bot sends its letters
    before = await everything(town)
    for data in FORGED:
        assert await amina.sends_tap(data) not in {"", None}, data
        assert WENT_WRONG not in amina.reads, data
    assert await everything(town) == before


async def everything(town):
    """All rows but those that note which updates and ticks have been seen, and who sends letters at the moment."""
    rows = await town.store(lambda session: list(rows_of(session)))
    return sorted((row for row in rows if row[0] not in {"inbox", "tick_run", "sender"}), key=repr)


async def test_a1_numbers_outside_the_ballot_leave_a_lawful_ballot(small_town):
    (amina,) = await small_town.steering(("Amina", "en"))
    poll = await small_town.poll(method="rank")
    await amina.starts(f"p{poll}")
    for data in (f"vb:{poll}:-3", f"vb:{poll}:999", f"v:{poll}:1:99", f"v:{poll}:2:-9", f"v:{poll}:1:99"):
        await amina.sends_tap(data)
        assert WENT_WRONG not in amina.reads, data
        for ballot in (await answers(small_town, poll)).values():
            assert sorted(ballot.values()) == list(range(1, len(ballot) + 1)), data


async def test_a1_a_forged_page_of_a_question_leaves_the_question_open(small_town):
    newcomer = small_town.person("New", "en")
    await newcomer.starts()
    token = newcomer.first_tap().split(":")[1]
    for move in ("page²", "page99999", "page-1", "sideways", "skip", ""):
        await newcomer.sends_tap(f"m:{token}:{move}")
        assert "Which language" in newcomer.reads, move
    await newcomer.taps("English")
    assert "Millbrook's own bot" in newcomer.reads


async def test_a1_a_button_of_somebody_elses_conversation_moves_only_my_own(small_town):
    town = small_town
    amina, janek = await town.steering(("Amina", "en"), ("Janek", "en"))
    for person in (amina, janek):
        await person.says("/newpoll")
        await person.says(f"{person.person.name} asks")
    theirs = amina.button("Skip")["callback_data"]
    assert await janek.sends_tap(theirs) == "That question is behind us. Here is where we are."
    assert "Which answers" in janek.reads
    assert await amina.taps("Skip") == ""
    assert "Until when" in amina.reads


async def test_a1_a_forged_start_link_is_answered_as_a_wrong_one(town):
    amina, newcomer = await town.resident("Amina"), town.person("New", "en")
    for payload in ("p²", "p99999999999999999999", "p0", "p-1", "px", "i_", "i_<b>", "' or 1=1 --", "\ud800"):
        for person in (amina, newcomer):
            assert WENT_WRONG not in await person.starts(payload), payload
    assert await count(town, SetAside) == 0


# --- A2


async def test_a2_a_doubled_confirmation_makes_one_poll(town):
    (amina,) = await town.steering(("Amina", "en"))
    await amina.says("/newpoll")
    await amina.says("Which tree?")
    await amina.says("Oak\nLime")
    await amina.sends_tap(amina.first_tap())
    message, data = amina.screen, amina.button("Start the vote")["callback_data"]
    taps = [town.box.tap(amina.person, message, data) for _ in range(3)]
    for tap in taps:
        await town.box.answered(tap)
    await town.settles()
    assert await count(town, Round) == 1
    assert [plain(tap.answer.get("text") or "") for tap in taps] == ["", OLD, OLD]


async def test_a2_of_two_in_the_same_second_one_gets_the_role_and_the_other_is_told_kindly(town):
    people = [await town.resident(name) for name in ("Amina", "Janek", "Carys", "Ion")]
    link = await an_invite(town)
    for person in people:
        town.box.say(person.person, f"/start {link}")
    await town.settles()
    assert await count(town, Role) == 1
    said = [" ".join(plain(text_of(message)) for message in person.messages) for person in people]
    assert sorted("You are now: volunteer." in one for one in said) == [False, False, False, True]
    assert sum(WORTHLESS in one for one in said) == 3


# --- A3


async def test_a3_a_button_from_last_month_does_nothing_and_shows_how_things_stand(town):
    people = await town.steering(*((name, "en") for name in ("Amina", "Janek", "Carys", "Ion", "Hodan")))
    poll = await town.poll()
    for person in people:
        await person.starts(f"p{poll}")
        await person.taps("Garden")
    old, vote = people[0].screen, people[0].button("Crossing")["callback_data"]
    await town.passes(days=31)
    before = await town.store(lambda session: rounds_store.release_of(session, poll).sha256)
    assert await people[0].sends_tap(vote, old) == "This vote has closed. Thank you all the same."
    assert "Decided: Garden." in plain(text_of(town.box.messages(people[0].person)[old_place(people[0], old)]))
    assert await answers(town, poll) == {}
    assert await town.store(lambda session: rounds_store.release_of(session, poll).sha256) == before


def old_place(person, message):
    return next(place for place, one in enumerate(person.messages) if one.id == message.id)


async def test_a3_a_question_that_is_behind_us_is_not_answered_again(small_town):
    town = small_town
    (amina,) = await town.steering(("Amina", "en"))
    await amina.says("/newpoll")
    await amina.says("Which tree?")
    old, skip = amina.screen, amina.button("Skip")["callback_data"]
    await amina.says("Oak\nLime")
    assert await amina.sends_tap(skip, old) == "That question is behind us. Here is where we are."
    await amina.sends_tap(amina.first_tap())
    assert "Oak" in amina.reads


async def test_a3_a_button_of_a_conversation_that_expired_says_so(small_town):
    town = small_town
    (amina,) = await town.steering(("Amina", "en"))
    await amina.says("/newpoll")
    await amina.says("Which tree?")
    skip = amina.button("Skip")["callback_data"]
    await town.passes(days=3)
    assert await amina.sends_tap(skip) == OLD
    assert await count(town, Draft) == 0


# --- A4


async def test_a4_an_invitation_works_once_and_the_coordinator_hears_of_it(town):
    carys = await town.resident("Carys", "en", "coordinator")
    amina, janek = await town.resident("Amina"), await town.resident("Janek")
    link = await an_invite(town, "coordinator")
    await amina.starts(link)
    await janek.starts(link)
    await town.looks()
    assert await roles_of(town, amina) == {"coordinator"}
    assert await roles_of(town, janek) == set()
    assert "An invitation was used: somebody is now coordinator." in carys.reads
    assert "Amina" not in carys.reads


@pytest.mark.parametrize("how", ["used up", "expired", "guessed", "of another place"])
async def test_a4_every_worthless_invitation_gets_the_same_answer(how, small_town):
    town = small_town
    amina, link = await town.resident("Amina"), await an_invite(town)
    match how:
        case "used up":
            await (await town.resident("Janek")).starts(link)
        case "expired":
            await town.passes(days=2)
        case "guessed":
            link = link[:-1] + ("A" if link[-1] != "A" else "B")
        case _:
            await town.store(lambda session: elsewhere(session, town))
            link = await town.store(lambda session: invite_elsewhere(session, town))
    await amina.starts(link)
    said = [plain(text_of(message)) for message in amina.messages]
    assert WORTHLESS in said
    assert await roles_of(town, amina) == set()


def elsewhere(session, town):
    places.add_place(session, "ashby", "Ashby", "Ashby Trust", ["en"], "Europe/London")


def invite_elsewhere(session, town):
    ashby = places.place_for_newcomer(session, "ashby")
    return invites.invite(session, ashby, "coordinator", 1, invites.WINDOW * 24, town.now)


async def test_a4_guessing_is_slowed_down_and_looks_nothing_up_for_an_hour(town):
    amina, link = await town.resident("Amina"), await an_invite(town)
    for n in range(WRONG_TRIES):
        await amina.starts(f"i_guess{n}")
    await amina.starts(link)
    assert await roles_of(town, amina) == set()
    assert await town.store(lambda session: session.query(Strike).one().tries) == WRONG_TRIES
    await town.passes(hours=1, minutes=1)
    await amina.starts(link)
    assert await roles_of(town, amina) == {"volunteer"}


async def test_a4_a_forwarded_link_opened_by_a_newcomer_is_spent_by_whoever_joins_first(small_town):
    town = small_town
    link = await an_invite(town)
    amina, janek = town.person("Amina", "en"), town.person("Janek", "en")
    for person in (amina, janek):
        await person.starts(link)
        await person.taps("English")
        for _ in range(1 + len(PURPOSES)):
            await person.sends_tap(person.first_tap())
        await person.taps("Station")
    assert "You are now: volunteer." in amina.reads
    assert WORTHLESS in janek.reads
    assert "You are part of Millbrook now." in janek.reads


# --- A5


async def test_a5_nobody_without_a_face_commands_in_a_group(small_town):
    town = small_town
    amina, janek = await town.resident("Amina", "en", "coordinator"), await town.resident("Janek")
    chat = town.box.group("Steering", [amina.person, janek.person], admins=[amina.person])
    town.box.add_bot(chat, admin=True)
    await town.settles()
    said = len(town.said_in(chat))
    faceless = {
        "an anonymous administrator": {
            "from": {"id": ANONYMOUS_ADMIN, "is_bot": True, "first_name": "Group"},
            "sender_chat": {"id": chat.id, "type": "supergroup", "title": "Steering"},
        },
        "a channel": {
            "from": {"id": 136817688, "is_bot": True, "first_name": "Channel"},
            "sender_chat": {"id": -1009, "type": "channel", "title": "News"},
        },
        "Telegram's own forward of a channel": {
            "from": {"id": 777000, "is_bot": False, "first_name": "Telegram"},
            "sender_chat": {"id": -1009, "type": "channel", "title": "News"},
            "is_automatic_forward": True,
        },
        "another bot": {"from": {"id": 99, "is_bot": True, "first_name": "Robo", "username": "robo_bot"}},
        "nobody at all": {},
    }
    for n, who in enumerate(faceless.values()):
        town.brings("message", {"message_id": 900 + n, "date": town.box.clock.stamp(), "text": "/here",
                                "chat": {"id": chat.id, "type": "supergroup", "title": "Steering"}, **who})  # fmt: skip
    await town.settles()
    assert await count(town, GroupChat) == 0
    assert all("I cannot see who you are" in one for one in town.said_in(chat)[said:])


async def test_a5_another_bot_is_not_answered_so_that_two_never_talk_for_ever(small_town):
    amina = await small_town.resident("Amina")
    chat = small_town.box.group("Steering", [amina.person])
    small_town.box.add_bot(chat, admin=True)
    await small_town.settles()
    said = len(small_town.said_in(chat))
    for n, text_ in enumerate(("/start", "/here", "/help@kith_bot", "hello")):
        small_town.brings("message", {"message_id": 900 + n, "date": small_town.box.clock.stamp(), "text": text_,
                                      "chat": {"id": chat.id, "type": "supergroup", "title": "Steering"},
                                      "from": {"id": 99, "is_bot": True, "first_name": "Robo"}})  # fmt: skip
    await small_town.settles()
    assert small_town.said_in(chat)[said:] == []


async def test_a5_what_is_another_bots_business_in_a_group_is_left_to_it(small_town):
    amina = await small_town.resident("Amina")
    chat = small_town.box.group("Steering", [amina.person])
    small_town.box.add_bot(chat, admin=True)
    robo = small_town.box.new_bot("Robo", "robo_bot")
    small_town.box.add_bot(chat, robo)
    theirs = small_town.box.world.keep_message(chat, robo.id, {"text": "beep"})
    await small_town.settles()
    said = len(small_town.said_in(chat))
    await amina.says("/ban@robo_bot", chat)
    await amina.says("well said", chat, reply_to=theirs)
    assert small_town.said_in(chat)[said:] == []
    await amina.says("/help@Kith_Bot", chat)
    assert len(small_town.said_in(chat)) == said + 1


async def test_a5_a_channel_post_is_not_heard(small_town):
    body = {"message_id": 5, "date": small_town.box.clock.stamp(), "text": "/here",
            "chat": {"id": -1009, "type": "channel", "title": "News"}}  # fmt: skip
    small_town.brings("channel_post", body)
    small_town.brings("message", body)
    calls = len(small_town.box.calls)
    await small_town.settles()
    assert not [call for call in list(small_town.box.calls)[calls:] if call.method == "sendMessage"]
    assert await count(small_town, GroupChat) == 0


# --- A6


async def test_a6_a_demoted_coordinator_is_refused_at_the_old_button(town):
    carys = await town.resident("Carys", "en", "coordinator")
    new_poll = carys.button("Ask the group to vote")["callback_data"]
    await town.store(lambda session: residents_store.take_role(session, carys.id, "coordinator"))
    assert await carys.sends_tap(new_poll) == "This is for people with another role. Your coordinator can help."
    assert await count(town, Draft) == 0


async def test_a6_who_is_demoted_midway_cannot_finish(small_town):
    town = small_town
    await town.resident("Amina", "en", "steering")
    carys = await town.resident("Carys", "en", "coordinator")
    await carys.says("/newpoll")
    await carys.says("Which tree?")
    await carys.taps("Skip")
    await carys.sends_tap(carys.first_tap())
    await town.store(lambda session: residents_store.take_role(session, carys.id, "coordinator"))
    assert await carys.taps("Start the vote") == "This is for people with another role. Your coordinator can help."
    assert await count(town, Round) == 0


async def test_a6_a_demoted_coordinator_links_no_group(small_town):
    town = small_town
    carys = await town.resident("Carys", "en", "coordinator")
    chat = town.box.group("Steering", [carys.person])
    town.box.add_bot(chat)
    await town.store(lambda session: residents_store.take_role(session, carys.id, "coordinator"))
    await carys.says("/here", chat)
    assert await count(town, GroupChat) == 0
    assert "another role" in town.said_in(chat)[-1]


# --- A7


SECRET = "X-Telegram-Bot-Api-Secret-Token"


async def test_a7_the_webhook_turns_away_who_does_not_know_the_secret_without_reading(webhook_town, capfd):
    url, right = webhook_town.box.bot.webhook.url, {SECRET: "millbrook-secret"}
    update = {"update_id": 7, "message": {"text": "canary", "chat": {"id": 1, "type": "private"}, "date": 1}}
    capfd.readouterr()
    wrong = ({}, {SECRET: ""}, {SECRET: "guess"}, {SECRET: "Millbrook-Secret"})
    async with aiohttp.ClientSession() as session:
        for headers in (*wrong, {SECRET: "ключ"}):
            async with session.post(url, json=update, headers=headers) as answer:
                assert (answer.status, await answer.read()) == (401, b"")
        async with session.post(url, data=io.BytesIO(b"x" * 5_000_000), headers=wrong[2]) as answer:
            assert answer.status == 401
        async with session.post(url, data=io.BytesIO(b'"' + b"x" * 5_000_000), headers=right) as answer:
            assert answer.status == 413
        async with session.post(url, data=slow_flood(), headers=right) as answer:
            assert answer.status == 413
        for method in ("GET", "PUT", "DELETE", "OPTIONS", "HEAD"):
            async with session.request(method, url, headers=right) as answer:
                assert answer.status == 405
        async with session.post(url + "/elsewhere", json=update, headers=right) as answer:
            assert answer.status == 404
    assert await webhook_town.store(lambda session: session.get(Inbox, (webhook_town.box.bot.id, 7))) is None
    assert capfd.readouterr() == ("", "")


async def slow_flood():
    """Five megabytes without saying so beforehand."""
    for _ in range(50):
        yield b"[" * 100_000


async def test_a7_a_secret_of_bytes_that_are_no_text_is_only_wrong(webhook_town):
    reader, writer = await asyncio.open_connection("127.0.0.1", webhook_town.house.settings.webhook_port)
    head = b"POST /hook HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n"
    writer.write(head + SECRET.encode() + b": \xff\xfe\r\n\r\n{}")
    assert b" 401 " in await reader.readline()
    writer.close()
    await writer.wait_closed()


def test_a7_a_webhook_without_a_secret_is_a_wrong_setting(monkeypatch, capsys):
    from bot.settings import read_settings

    monkeypatch.setenv("KITH_WEBHOOK_URL", "https://kith.example/hook")
    monkeypatch.delenv("KITH_WEBHOOK_SECRET", raising=False)
    with pytest.raises(SystemExit) as stopped:
        read_settings()
    assert stopped.value.code == 2
    assert "KITH_WEBHOOK_SECRET" in capsys.readouterr().err


# --- A8


async def test_a8_a_flood_gets_one_warning_and_nobody_else_waits(sqlite_database, tmp_path):
    async with millbrook(sqlite_database, tmp_path / "data", flood_burst=5, flood_rate=0.001) as town:
        amina, janek = await town.resident("Amina"), await town.resident("Janek")
        for _ in range(1000):
            town.box.say(amina.person, "spam")
        town.box.say(janek.person, "/help")
        await town.settles()
        assert "What you can do here" in janek.reads
        said = [plain(text_of(message)) for message in amina.messages if message.sender == town.box.bot.id]
        assert len([one for one in said if "That was a lot at once" in one]) == 1
        assert len(said) <= 6
        assert await count(town, Inbox) <= 12


async def test_a8_a_flood_of_taps_is_warned_once_by_a_toast(sqlite_database, tmp_path):
    async with millbrook(sqlite_database, tmp_path / "data", flood_burst=5, flood_rate=0.001) as town:
        amina = await town.resident("Amina")
        menu, data = amina.screen, amina.button("Help")["callback_data"]
        taps = [town.box.tap(amina.person, menu, data) for _ in range(50)]
        await town.settles()
        toasts = [plain(tap.answer.get("text") or "") for tap in taps if tap.answer]
        assert toasts.count("That was a lot at once. Please wait a minute, then go on.") == 1
        assert len(toasts) <= 6


async def test_a8_a_lively_group_is_not_told_to_slow_down(sqlite_database, tmp_path):
    async with millbrook(sqlite_database, tmp_path / "data", flood_burst=5, flood_rate=0.001) as town:
        amina, janek = town.person("Amina"), town.person("Janek")
        chat = town.box.group("Steering", [amina.person, janek.person])
        town.box.add_bot(chat, admin=True)
        await town.settles()
        said = len(town.said_in(chat))
        for n in range(20):
            town.box.say(janek.person, f"and another thing, {n}", chat)
        await town.settles()
        assert town.said_in(chat)[said:] == []


async def test_a8_three_hundred_newcomers_at_once_are_all_asked_for_their_language(small_town):
    people = [small_town.person(f"Person {n}", "en") for n in range(300)]
    for person in people:
        small_town.box.say(person.person, "/start")
    await small_town.settles()
    assert all("Which language" in person.reads for person in people)
    assert await count(small_town, Draft) == 300


# --- A9


async def test_a9_one_person_has_one_ballot_however_often_they_press(town):
    amina, janek = await town.steering(("Amina", "en"), ("Janek", "en"))
    poll = await town.poll(method="choose")
    await amina.starts(f"p{poll}")
    garden = amina.button("Garden")["callback_data"]
    for label in ("Crossing", "Garden"):
        await amina.taps(label)
    for _ in range(3):
        assert await amina.sends_tap(garden) == "That is already your vote."
    assert [list(one.values()) for one in (await answers(town, poll)).values()] == [[2]]
    await janek.starts(f"p{poll}")
    await janek.taps("Garden")
    assert len(await answers(town, poll)) == 2


async def test_a9_who_joins_the_group_later_is_not_on_the_roll(small_town):
    town = small_town
    await town.steering(("Amina", "en"))
    poll = await town.poll()
    janek = await town.resident("Janek", "en", "steering")
    refused = "This vote was asked of others, or began before you joined them."
    assert await janek.starts(f"p{poll}") == refused
    assert await janek.sends_tap(f"v:{poll}:1:0") == refused
    assert await answers(town, poll) == {}


async def test_a9_a_vote_after_the_close_is_refused_even_before_the_counting(town):
    (amina,) = await town.steering(("Amina", "en"))
    poll = await town.poll()
    await amina.starts(f"p{poll}")
    vote = amina.button("Crossing")["callback_data"]
    town.box.clock.advance(4 * 86400)
    town.house.clock.offset = town.box.clock.ahead
    assert await amina.sends_tap(vote) == "This vote has closed. Thank you all the same."
    assert await answers(town, poll) == {}


def rows_of(session):
    """Every row of every table, as values."""
    for table in Table.metadata.sorted_tables:
        for row in session.execute(table.select()):
            yield table.name, tuple(row)


async def test_a9_while_a_vote_is_open_no_transaction_pairs_a_person_with_an_answer(town):
    people = await town.steering(("Amina", "en"), ("Janek", "en"), ("Carys", "en"))
    poll = await town.poll()
    for person in people:
        await person.starts(f"p{poll}")
        await person.taps("Garden")
    if town.house.writer.engine.dialect.name == "sqlite":
        with pytest.raises(sqlite3.OperationalError, match="rowid"):
            await town.store(raw_rowids)
        return
    named = [table.name for table in Table.metadata.sorted_tables
             if {"resident_id", "lookup"} & set(table.columns.keys()) or table.name == "resident"]  # fmt: skip
    assert {"resident", "draft", "role", "roll", "consent", "letter"} <= set(named)

    def stamps(session, name):
        return {one for (one,) in session.execute(text(f"select xmin::text from {name}"))}

    answered = await town.store(lambda session: stamps(session, "answer"))
    assert len(answered) == 3
    for name in named:
        assert not answered & await town.store(lambda session, name=name: stamps(session, name)), name


def raw_rowids(session):
    return session.connection().connection.driver_connection.execute("select rowid from answer").fetchall()


async def test_a9_after_the_close_a_coordinator_with_the_database_finds_no_answer(town):
    people = await town.steering(*((name, "en") for name in ("Amina", "Janek", "Carys", "Ion", "Hodan")))
    poll = await town.poll()
    for person in people:
        await person.starts(f"p{poll}")
        await person.taps("Garden")
    seal = town.house.vault.seals.read(str(poll))
    marks = [mark_of(seal, person.id) for person in people]
    assert set(await answers(town, poll)) == set(marks)
    await town.passes(days=4)
    assert town.house.vault.seals.read(str(poll)) is None
    assert await count(town, Answer) == 0
    for name, row in await town.store(lambda session: list(rows_of(session))):
        assert not any(mark in value for mark in marks for value in row if isinstance(value, bytes)), name
    if town.house.writer.engine.dialect.name == "sqlite":
        for path in town.house.settings.data.parent.glob("kith.db*"):
            assert not [mark for mark in marks if mark in path.read_bytes()], path.name


# --- A10


async def test_a10_a_payload_is_kept_and_shown_as_it_was_written(town):
    for n, payload in enumerate(PAYLOADS, 1):
        await a_poll_of(town, payload)
        assert await count(town, Resident) == n


async def a_poll_of(town, payload):
    amina = await town.resident(payload, "en", "steering", "coordinator")
    chat = await town.group(amina)
    await amina.says("/newpoll")
    await amina.says(payload)
    option = payload.replace("\n", " ")
    await amina.says(f"{option}\nGarden")
    await amina.sends_tap(amina.first_tap())
    assert payload in amina.reads
    assert option in amina.reads
    await amina.taps("Start the vote")
    await town.looks()
    assert payload in town.said_in(chat)[-1]
    assert option in town.said_in(chat)[-1]
    await amina.taps("Vote now")
    assert await amina.taps(option) == "Your vote is in."
    assert option in amina.reads
    await amina.says("/mydata")
    assert f"First name: {payload}" in plain(text_of(amina.messages[-2]))
    kept = await town.store(lambda session: {wording.body for wording in session.query(Wording)})
    assert {payload, option} <= kept


async def test_a10_nothing_that_people_wrote_reaches_a_pickle(small_town):
    """What is kept of a form is JSON under encryption: loading it can run nothing."""
    (amina,) = await small_town.steering(("Amina", "en"))
    await amina.says("/newpoll")
    await amina.says(PAYLOADS[4])
    kept = await small_town.store(lambda session: bytes(session.query(Draft).one().answers))
    assert b"cos\nsystem" not in kept
    await until(lambda: "Which answers" in amina.reads)
    assert await count(small_town, Letter) == 0
