"""Two neighbours side by side on the page: one asks in Urdu, one helps who reads English and speaks both.

Somebody declines in between, somebody does not answer, and the coordinator hears of it. Nothing here knows the bot's
words, but that no name stands in the other's chat.
"""

import pytest

from tests.browser.millbrook import buttons, opened, plain
from tests.chromium import needs_chromium

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    needs_chromium,
]

NEED = "ڈاکٹر کے پاس جانا ہے، میں آہستہ چلتی ہوں"
HELLO = "میں سبز دروازے پر ہوں"
REPLY = "On my way. میں آ رہی ہوں"
SPELLS = ("weekday_morning", "weekday_afternoon", "weekday_evening", "weekend_morning", "weekend_afternoon",
          "weekend_evening", "night")  # fmt: skip


def side_of(person, message):
    return person.bubble(message).locator(".bubble").get_attribute("dir")


def everything(town, person):
    return plain("\n".join(one["text"] for one in town.said_to(person.number)))


def asks(person):
    """Ask for a lift today, in the person's own language; the ask's number and its patch."""
    person.is_asked(".kind:lift", "/ask")
    for step in (".kind:lift", ".when:today"):
        person.presses(step)
    _where, patch = person.sees(".patch:")
    person.presses(patch)
    person.sees(".need:")
    person.is_asked(".place:", NEED)
    person.presses(".place:skip")
    for step in (".language:own", ".sure:yes"):
        made = person.presses(step)
    number = next(button["data"].split(":")[1] for button in buttons(made) if button["data"].startswith("aa:"))
    return number, patch.rpartition(":")[2]


def offers(person, patch, *languages):
    """Offer lifts at any time, there, in one's own language and others."""
    person.is_asked(".kinds:+lift", "/offer")
    person.presses(".kinds:+lift")
    asked = person.presses(".kinds:!")
    if any(button["data"].endswith(f".patches:+{patch}") for button in buttons(asked)):
        person.presses(f".patches:+{patch}")
    person.presses(".patches:!")
    for tag in languages:
        person.presses(f".languages:+{tag}")
    person.presses(".languages:!")
    for spell in SPELLS:
        person.presses(f".times:+{spell}")
    person.presses(".times:!")
    person.presses(".per_week:3")


def test_an_urdu_speaker_asks_and_a_neighbour_who_speaks_both_helps(town, page):
    page.locator("#clock-morning").click()
    amina, bilal, tariq = (opened(town, page, name) for name in ("Amina", "Bilal", "Tariq"))
    for person in (amina, bilal, tariq):
        person.private_chat()
    number, patch = asks(amina)
    for person in (bilal, tariq):
        offers(person, patch)
    assert side_of(amina, amina.sees(f"aa:{number}:cancel")[0]) == "rtl"
    for person in (bilal, tariq):
        question, _yes = person.sees(f"ao:{number}:yes")
        assert NEED not in plain(question["text"])
    bilal.presses(f"ao:{number}:no")

    george = opened(town, page, "George")
    george.private_chat()
    page.locator("#clock-hour").click()  # Tariq does not answer
    town.wait(lambda: town.kith("aid", "board", "--place", "millbrook")[0]["stands"] == "unmatched")
    waits, _look = george.sees(f"ba:{number}:show")
    assert NEED not in plain(waits["text"])
    board, _shown = george.is_asked(f"ba:{number}:show", "/board")
    assert not any(one["name"] in board["text"] for one in town.state["people"])

    margaret, amina = opened(town, page, "Margaret"), opened(town, page, "Amina")
    for person in (margaret, amina):
        person.private_chat()
    offers(margaret, patch, "ur")
    promised = margaret.presses(f"ao:{number}:yes")
    assert NEED in plain(promised["text"])
    assert side_of(margaret, promised) == "ltr"
    assert side_of(amina, amina.sees(f"aa:{number}:talk")[0]) == "rtl"

    amina.taps(f"aa:{number}:talk")
    amina.sees(f"aa:{number}:end_talk")
    amina.writes(HELLO)
    margaret.reads(HELLO)
    margaret.taps(f"aa:{number}:talk")
    margaret.sees(f"aa:{number}:end_talk")
    margaret.writes(REPLY)
    amina.reads(REPLY)

    margaret.is_asked("ai:home", "/menu")
    for step in ("ai:home", "ai:tasks", f"aa:{number}:show", f"aa:{number}:done"):
        margaret.presses(step)
    amina.presses(f"aa:{number}:done")
    heard = len(town.said_to(margaret.number))
    toasts = len(town.toasts(amina.number))
    amina.taps(f"aa:{number}:thanks")
    town.wait(lambda: town.toasts(amina.number)[toasts:])
    thanks = town.wait(lambda: town.said_to(margaret.number)[heard:])[0]
    assert side_of(margaret, thanks) == "ltr"
    assert "Amina" not in everything(town, margaret)
    assert "Margaret" not in everything(town, amina)

    page.set_viewport_size({"width": 390, "height": 844})
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, "nothing is cut off on a phone"
