"""`make run` as newcomers meet it: Millbrook in a browser, people of several languages, a vote, and power cuts.

Nothing here knows the bot's words: buttons are found by what they carry, texts by the names that Millbrook gave them.
"""

import re
import signal
import tomllib
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sandbox.millbrook import CLOSED_POLL, OPEN_POLL, ZONE
from tests.browser.millbrook import Person, buttons, expect, opened, plain
from tests.chromium import needs_chromium

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    needs_chromium,
]

GAP_AT_THE_RIGHT = """text => {
    const range = document.createRange();
    range.selectNodeContents(text);
    const right = Math.max(...[...range.getClientRects()].map(box => box.right));
    return Number.isFinite(right) ? [text.getBoundingClientRect().right - right] : null;
}"""
"""How far a text's widest line ends from its right edge; null where it is not on the page."""
CLOSED = tomllib.loads(CLOSED_POLL.format(closes="2026-01-01T18:00"))
OPEN = tomllib.loads(OPEN_POLL.format(closes="2026-01-01T18:00"))
WATER = {
    "en": ("Water off", "The water will be off on Mill Road on Tuesday 1 December, 9:00 to 15:30. Call 01632 960123."),
    "ur": ("پانی بند", "منگل 1 دسمبر کو مل روڈ پر 9:00 سے 15:30 تک پانی بند رہے گا۔ فون: 01632 960123"),
    "pl": ("Brak wody", "We wtorek 1 grudnia przy Mill Road nie będzie wody od 9:00 do 15:30. Telefon: 01632 960123."),
}


def test_a_newcomer_joins_in_urdu_by_buttons_alone(town, page):
    page.locator("#new-person").click()
    page.locator("#person-dialog [name=name]").fill("Saira")
    page.locator("#person-dialog [name=language]").select_option("ur")
    page.locator("#person-dialog .primary").click()
    number = town.wait(lambda: next((one["id"] for one in town.state["people"] if one["name"] == "Saira"), None))
    saira = Person(town, page, number)
    saira.phone.locator(".start").click()

    languages, hers = saira.sees(".language:ur")
    assert buttons(languages)[0] == {"text": "اردو", "data": hers}, "the language of her Telegram is offered first"
    for step in (".language:ur", ".about:yes", ".messages:yes", ".checkins:no", ".aid:yes", ".alerts:no", ".patch:"):
        question = saira.presses(step)
        expect(saira.bubble(question).locator(".bubble")).to_have_attribute("dir", "rtl")
    menu = saira.presses("o:menu")
    assert "o:language" in [button.get("data") for button in buttons(menu)]
    expect(saira.bubble(menu).locator(".bubble")).to_have_attribute("dir", "rtl")
    # Events redraw bubbles: one that was taken out of the page between finding and measuring has no lines.
    gap = town.wait(lambda: saira.bubble(menu).locator(".text").evaluate(GAP_AT_THE_RIGHT))
    assert abs(gap[0]) < 2, "its lines begin at the right"


def test_three_members_vote_in_three_languages_and_the_group_reads_the_result(town, page):
    assert town.kith("poll", "show", "2")["voted"] == 4
    card = card_of(town, 2)
    people = [opened(town, page, name) for name in ("Amina", "Janek", "Hodan")]
    for person in people[:2]:  # from the group's card ...
        person.group_chat()
        person.bubble(card).locator(".key").click()
    people[2].private_chat()  # ... or from the menu
    people[2].writes("/menu")
    people[2].presses("vb:2:0")

    for person, language, direction in zip(people, ("ur", "pl", "so"), ("rtl", "ltr", "ltr"), strict=True):
        ballot = person.presses("v:2:1:0")
        expect(person.bubble(ballot)).to_contain_text(OPEN["title"][language])
        expect(person.bubble(ballot).locator(".bubble")).to_have_attribute("dir", direction)
        expect(person.phone.locator("[data-toast]")).to_have_text(town.toasts(person.number)[-1]["text"])
        assert person.presses("v:2:1:0") == ballot, "a second tap changes nothing"
    assert town.kith("poll", "show", "2")["voted"] == 7
    town.wait(lambda: "7" in re.findall(r"\b\d+\b", card_of(town, 2)["text"]))

    said = len(town.group()["messages"])
    page.locator("#clock-week").click()
    result = town.wait(
        lambda: next((one for one in town.group()["messages"][said:] if OPEN["title"]["en"] in one["text"]), None)
    )
    assert town.kith("poll", "results", "2")["release"]["winner"]
    assert not any(one["name"] in result["text"] for one in town.state["people"])
    people[0].group_chat()
    expect(people[0].bubble(result)).to_be_in_viewport()
    expect(people[0].bubble(result).locator(".text")).to_contain_text(plain(result["text"]).splitlines()[0])
    expect(people[0].bubble(result).locator(".key")).to_have_count(0)
    town.wait(lambda: not buttons(next(one for one in town.group()["messages"] if one["id"] == card["id"])))

    people[1].presses("v:2:2:0")  # the old ballot is still on the phone
    kind = town.toasts(people[1].number)[-1]["text"]
    assert kind
    expect(people[1].phone.locator("[data-toast]")).to_contain_text(kind)


def announces(george, title, body):
    """A coordinator writes a message in own words, to everybody; its number. Nothing has gone yet."""
    george.is_asked(".what:own", "/announce")
    george.presses(".what:own")
    george.sees(".title:")
    george.is_asked(".body:", title)
    george.is_asked(".kind:info", body)
    for step in (".kind:info", ".photo:skip", ".audience:everyone", ".when:now"):
        looked = george.presses(step)
    assert body in plain(looked["text"])
    return next(button["data"].split(":")[1] for button in buttons(looked) if button["data"].startswith("bm:"))


def puts_it_into(helper, language, title, body):
    """A language helper who was asked writes the words, and hands them in."""
    helper.taps(f":{language}:write")
    helper.sees(".title1:")
    helper.is_asked(".body1:", title)
    helper.is_asked(".sure:yes", body)
    return helper.presses(".sure:yes")


def side_of(person, message):
    return person.bubble(message).locator(".bubble").get_attribute("dir")


def test_a_coordinator_announces_neighbours_translate_and_everybody_reads_it(town, page):
    george, nasreen, tariq = (opened(town, page, name) for name in ("George", "Nasreen", "Tariq"))
    for person in (george, nasreen, tariq):
        person.private_chat()
    number = announces(george, *WATER["en"])
    george.presses(f"bm:{number}:helpers")
    assert side_of(nasreen, nasreen.sees(":ur:write")[0]) == "rtl"
    puts_it_into(nasreen, "ur", *WATER["ur"])
    checked = tariq.presses("wr:")
    assert side_of(tariq, checked) == "rtl"
    george.presses("wl:")
    george.presses(f"bm:{number}:send")
    message, carries = george.sees(f"bm:{number}:sure")
    george.bubble(message).locator(f'[data-carries="{carries}"]').dblclick()

    amina, janek, elena = (opened(town, page, name) for name in ("Amina", "Janek", "Elena"))
    for person in (amina, janek, elena):
        person.private_chat()
    assert side_of(amina, amina.reads(WATER["ur"][1])) == "rtl"
    assert not buttons(amina.reads(WATER["ur"][1]))
    for person, language in ((elena, "ro"), (janek, "pl")):
        arrived = person.reads(WATER["en"][1])
        [asks] = [one["data"] for one in buttons(arrived)]
        assert re.fullmatch(rf"w:\d+:{language}", asks)
    assert sum(WATER["ur"][1] in plain(one["text"]) for one in town.said_to(amina.number)) == 1

    heard = len(town.toasts(janek.number))
    janek.taps(":pl")
    noted = town.wait(lambda: town.toasts(janek.number)[heard:])[0]["text"]
    expect(janek.phone.locator("[data-toast]")).to_have_text(noted)
    zofia, marek, george = (opened(town, page, name) for name in ("Zofia", "Marek", "George"))
    for person in (zofia, marek, george):
        person.private_chat()
    puts_it_into(zofia, "pl", *WATER["pl"])
    marek.presses("wr:")
    george.presses("wl:")
    page.locator("#clock-hour").click()
    janek = opened(town, page, "Janek")
    janek.private_chat()
    turned = town.wait(
        lambda: next(
            (
                one
                for one in town.said_to(janek.number)
                if one["id"] == arrived["id"] and WATER["pl"][1] in plain(one["text"])
            ),
            None,
        )
    )
    assert buttons(turned) == [], "the English words have become Polish ones"
    george.writes("/menu")
    george.presses("b:list")
    desk = [button["data"] for button in buttons(george.presses(f"bm:{number}:show"))]
    assert f"bm:{number}:correct" in desk
    assert f"bm:{number}:sure" not in desk


def card_of(town, poll):
    """The group's card of a poll: the message whose button leads to the private ballot."""

    def found():
        for message in town.group()["messages"]:
            if any(button.get("url", "").endswith(f"start=p{poll}") for button in buttons(message)):
                return message
        return None

    return town.wait(found)


def test_the_clock_keeps_the_places_time_wherever_the_browser_is(town, page):
    local = datetime.fromisoformat(town.state["now"]).astimezone(ZoneInfo(ZONE))
    expect(page.locator("#clock-text")).to_contain_text(re.compile(f"{local:%H}:"))
    page.locator("#clock-morning").click()
    expect(page.locator("#clock-text")).to_contain_text("09:00")
    morning = datetime.fromisoformat(town.state["now"]).astimezone(ZoneInfo(ZONE))
    assert (morning.hour, morning.date()) == (9, local.date() + timedelta(days=1))
    page.locator("#clock-now").click()
    page.locator("#clock-field").fill("2027-07-01T12:30")
    page.locator("#clock-form button").click()
    expect(page.locator("#clock-text")).to_contain_text("12:30")
    assert town.state["now"].startswith("2027-07-01T11:30")


def test_ctrl_c_ends_it_cleanly_and_after_a_power_cut_it_goes_on_where_it_was(town, page):
    before = town.state
    assert town.stop() == 0
    town.start()
    after = town.state
    assert after["people"] == before["people"]
    assert {chat["key"]: len(chat["messages"]) for chat in after["chats"]} == {
        chat["key"]: len(chat["messages"]) for chat in before["chats"]
    }
    assert abs(datetime.fromisoformat(after["now"]) - datetime.fromisoformat(before["now"])) < timedelta(minutes=10)
    expect(page.locator("#offline")).to_be_hidden(timeout=20_000)

    amina, george = opened(town, page, "Amina"), opened(town, page, "George")
    for person in (amina, george):
        person.private_chat()
    amina.is_asked("o:help", "/menu")
    george.is_asked(".what:own", "/announce")
    george.presses(".what:own")
    george.sees(".title:")
    george.is_asked(".body:", WATER["en"][0])
    assert town.stop(signal.SIGKILL) == -signal.SIGKILL
    town.start()
    assert town.state["people"] == before["people"]
    expect(page.locator("#offline")).to_be_hidden(timeout=20_000)
    heard = len(town.said_to(amina.number))
    amina.writes("/start p1")
    result = town.wait(lambda: next(filter(says_what_came_of, town.said_to(amina.number)[heard:]), None))
    expect(amina.bubble(result)).to_contain_text(CLOSED["options"][0]["ur"])
    george.is_asked(".kind:info", WATER["en"][1])  # what he was writing when the power went
    george.presses(".kind:info")
    george.taps(".photo:cancel")


def says_what_came_of(message):
    """The result of the poll that Millbrook has held: its title, and nothing to vote on."""
    votes = [button for button in buttons(message) if button.get("data", "").startswith("v:")]
    return CLOSED["title"]["ur"] in message["text"] and not votes
