"""Takes the pictures in docs/images anew: `python -m tests.browser.take_pictures`, after the bot's words have changed."""

import re
import signal
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.millbrook import ROOT, Millbrook, opened
from tests.browser.test_millbrook import WATER, announces, card_of, puts_it_into
from tests.chromium import launched

IMAGES = ROOT / "docs" / "images"


def take_pictures(town, browser):
    """Three phones side by side, then one of them on a phone's width."""
    page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="en-GB")
    page.goto(town.url)
    george, amina, janek = (opened(town, page, name) for name in ("George", "Amina", "Janek"))
    for person in (george, amina, janek):
        person.private_chat()
        person.presses("vb:2:0")
    for person in (george, amina):
        person.presses("v:2:1:0")
    george.group_chat()
    town.wait(lambda: "6" in re.findall(r"\b\d+\b", card_of(town, 2)["text"]))
    page.wait_for_timeout(6_000)  # until the bot's words to the first two have passed by
    janek.presses("v:2:1:0")
    page.wait_for_timeout(600)
    page.mouse.move(5, 5)
    page.screenshot(path=IMAGES / "sandbox.png")

    narrow = browser.new_page(viewport={"width": 390, "height": 844}, locale="en-GB")
    narrow.goto(town.url)
    narrow.locator("#drawer-button").click()
    opened(town, narrow, "Amina")
    narrow.wait_for_timeout(600)
    narrow.screenshot(path=IMAGES / "phone.png")


def take_pictures_of_announcing(town, browser):
    """A coordinator's look at a message, helpers who put it into Urdu; what a reader gets, on a phone's width."""
    page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="en-GB")
    page.goto(town.url)
    george, nasreen, tariq = (opened(town, page, name) for name in ("George", "Nasreen", "Tariq"))
    for person in (george, nasreen, tariq):
        person.private_chat()
    number = announces(george, *WATER["en"])
    george.presses(f"bm:{number}:helpers")
    puts_it_into(nasreen, "ur", *WATER["ur"])
    tariq.sees("wr:")
    page.wait_for_timeout(6_000)
    page.screenshot(path=IMAGES / "announce.png")
    tariq.presses("wr:")
    george.presses("wl:")
    george.presses(f"bm:{number}:send")
    george.presses(f"bm:{number}:sure")

    narrow = browser.new_page(viewport={"width": 390, "height": 844}, locale="en-GB")
    narrow.goto(town.url)
    narrow.locator("#drawer-button").click()
    amina = opened(town, narrow, "Amina")
    amina.private_chat()
    amina.reads(WATER["ur"][1])
    narrow.wait_for_timeout(600)
    narrow.screenshot(path=IMAGES / "announce-phone.png")


if __name__ == "__main__":
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        town = Millbrook(Path(folder), crowd=0)
        try:
            browser = launched(driver)
            take_pictures(town, browser)
            take_pictures_of_announcing(town, browser)
        finally:
            town.stop(signal.SIGKILL)
