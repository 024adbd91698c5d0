"""The chat page in a browser, as neighbours, trainers and people without a mouse use it."""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.chromium import needs_chromium

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
]

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect

TOKEN = "4242:page-test"


class Telegram:
    """`python -m sandbox --bare` in a process of its own, with one bot that the test plays."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.start()

    def start(self) -> None:
        root = Path(__file__).parents[2]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sandbox", "--bare", "--port", str(self.port)], cwd=root, stdout=subprocess.DEVNULL
        )
        for _ in range(300):
            try:
                self.bot("getMe")
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
            else:
                return
        raise AssertionError("the sandbox did not start within 30 seconds")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)

    def post(self, path: str, **body: Any) -> Any:
        request = urllib.request.Request(
            f"{self.url}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def bot(self, method: str, **parameters: Any) -> Any:
        return self.post(f"/bot{TOKEN}/{method}", **parameters)["result"]

    def person(self, name: str, language: str) -> int:
        return self.post("/sandbox/people", name=name, language=language)["id"]

    def started(self, name: str, language: str) -> int:
        """Somebody who has pressed Start, so that the bot may write."""
        person = self.person(name, language)
        self.post("/sandbox/say", person=person, text="/start")
        return person

    def tap(self) -> dict[str, Any]:
        """The next tap the bot hears of."""
        for _ in range(50):
            updates = self.bot("getUpdates", timeout=1, offset=self.heard + 1)
            for update in updates:
                self.heard = update["update_id"]
                if "callback_query" in update:
                    return update["callback_query"]
        raise AssertionError("no tap came")

    heard = -1


@pytest.fixture(scope="module")
def telegram() -> Iterator[Telegram]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    served = Telegram(port)
    yield served
    served.stop()


@pytest.fixture
def visit(telegram, browser):
    """Opens the page; at the end nothing may have gone wrong in it."""
    telegram.post("/sandbox/reset")
    contexts, complaints = [], []

    def open_page(**options: Any) -> Any:
        context = browser.new_context(**({"viewport": {"width": 1440, "height": 900}, "locale": "en-GB"} | options))
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        page.goto(telegram.url)
        return page

    open_page.complaints = complaints
    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def phone(page, person):
    return page.locator(f'[data-phone="{person}"]')


def open_phone(page, person):
    page.locator(f'[data-person="{person}"]').click()
    return phone(page, person)


def test_an_empty_neighbourhood_says_what_to_do_and_the_first_person_moves_in(visit):
    page = visit()
    expect(page.get_by_text("Nobody lives here yet.")).to_be_visible()
    page.get_by_role("button", name="New person").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("Amina")
    page.get_by_role("combobox", name="Language").select_option("ur")
    page.get_by_role("button", name="Add person").click()
    amina = page.get_by_role("region", name="Amina’s phone, Urdu")
    expect(amina.get_by_role("heading", name="Amina’s phone · اردو")).to_be_visible()
    amina.get_by_role("button", name="Start").click()
    expect(amina.locator("[data-message]")).to_contain_text("/start")
    expect(amina.get_by_role("button", name="Start", exact=True)).to_have_count(0)


def test_a_tap_is_answered_by_a_toast_an_alert_and_an_edit_and_focus_stays(visit, telegram):
    janek = telegram.started("Janek", "pl")
    buttons = {"inline_keyboard": [[{"text": "Tak", "callback_data": "yes"}, {"text": "Nie", "callback_data": "no"}]]}
    card = telegram.bot("sendMessage", chat_id=janek, text="Czy głosujesz?", reply_markup=buttons)
    page = visit()
    opened = open_phone(page, janek)
    no = opened.get_by_role("button", name="Nie")

    no.click()
    asked = telegram.tap()
    assert asked["data"] == "no"
    telegram.bot("answerCallbackQuery", callback_query_id=asked["id"], text="Zapisane.")
    expect(opened.locator("[data-toast=short]")).to_have_text("Zapisane.")

    telegram.bot(
        "editMessageText", chat_id=janek, message_id=card["message_id"], text="Głosujesz: nie", reply_markup=buttons
    )
    bubble = opened.locator(f'[data-message="{card["message_id"]}"]')
    expect(bubble).to_contain_text("Głosujesz: nie")
    expect(bubble).to_contain_text("edited")
    expect(no).to_be_focused()

    no.press("Enter")
    telegram.bot("answerCallbackQuery", callback_query_id=telegram.tap()["id"], text="Na pewno?", show_alert=True)
    alert = opened.get_by_role("alertdialog")
    expect(alert).to_contain_text("Na pewno?")
    page.keyboard.press("Escape")
    expect(alert).to_have_count(0)
    expect(no).to_be_focused()


def test_urdu_runs_from_the_right_even_where_a_line_begins_with_an_english_street(visit, telegram):
    amina = telegram.started("Amina", "ur")
    text = "آپ ایک چن سکتے ہیں۔\n\u2068Mill Road\u2069 پر کراسنگ؟\nIn English (باغ)."
    sent = telegram.bot("sendMessage", chat_id=amina, text=text)
    words = open_phone(visit(), amina).locator(f'[data-message="{sent["message_id"]}"] .text')
    expect(words).to_have_attribute("dir", "rtl")
    gaps = words.evaluate(
        """element => {
            const box = element.getBoundingClientRect();
            const range = document.createRange();
            range.selectNodeContents(element);
            const lines = new Map();
            for (const { top, left, right, width } of range.getClientRects()) {
                if (width === 0) continue;
                const [from, to] = lines.get(Math.round(top)) ?? [Infinity, -Infinity];
                lines.set(Math.round(top), [Math.min(from, left), Math.max(to, right)]);
            }
            return [...lines.values()].map(([from, to]) => [Math.round(from - box.left), Math.round(box.right - to)]);
        }"""
    )
    assert [right for _, right in gaps[:2]] == [0, 0]
    assert gaps[2][0] == 0


def test_what_a_message_holds_never_becomes_part_of_the_page(visit, telegram):
    amina = telegram.started("Amina", "en")
    telegram.bot("sendMessage", chat_id=amina, text="<img src=x onerror=alert(1)> <b>not bold</b>")
    page = visit()
    words = open_phone(page, amina).locator(".theirs .text")
    expect(words).to_have_text("<img src=x onerror=alert(1)> <b>not bold</b>")
    shown = page.evaluate(
        """async () => {
            const { safeNodes } = await import("/page/safe.js");
            const place = document.createElement("div");
            place.append(...safeNodes(
                '<b onclick="x()">bold</b><img src=x onerror="x()"><script>x()</script><a href="javascript:x()">run</a>'
                + '<a href="https://example.org/">go</a><style>b{}</style><form><input></form><pre>a<br>b</pre>',
                { link: () => false, command: () => {} }));
            return place.innerHTML;
        }"""
    )
    assert shown == (
        '<b>bold</b><span>run</span><a href="https://example.org/" target="_blank" rel="noopener noreferrer">go</a>'
        "<pre>a<br>b</pre>"
    )
    # Chromium names what the page's policy would have stopped anyway: that is the second fence.
    assert all("violates the following Content Security Policy" in said for said in visit.complaints)
    visit.complaints.clear()


def test_everything_can_be_done_by_keyboard_alone(visit, telegram):
    carys = telegram.person("Carys", "cy")
    page = visit()
    expect(page.locator("[data-person]")).to_have_count(1)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the phones")).to_be_focused()
    row = page.locator(f'[data-person="{carys}"]')
    for _ in range(20):
        page.keyboard.press("Tab")
        if row.evaluate("element => element === document.activeElement"):
            break
    page.keyboard.press("Enter")
    opened = phone(page, carys)
    expect(opened.get_by_role("button", name="Start")).to_be_focused()
    page.keyboard.press("Enter")
    expect(opened.locator("[data-message]")).to_have_count(1)
    opened.locator("textarea[name=text]").focus()
    page.keyboard.type("Bore da")
    page.keyboard.press("Enter")
    expect(opened.locator("[data-message]")).to_have_count(2)
    commands = opened.get_by_role("button", name="Commands")
    commands.press("Enter")
    page.keyboard.press("Escape")
    opened.get_by_role("button", name="Close this phone").press("Enter")
    expect(opened).to_have_count(0)
    expect(row).to_be_focused()


def test_commands_are_offered_in_the_persons_language(visit, telegram):
    amina = telegram.started("Amina", "ur")
    telegram.bot("setMyCommands", commands=[{"command": "menu", "description": "What waits for me"}])
    telegram.bot("setMyCommands", commands=[{"command": "menu", "description": "میرے لیے کیا ہے"}], language_code="ur")
    opened = open_phone(visit(), amina)
    opened.get_by_role("button", name="Commands").click()
    opened.get_by_role("button", name="میرے لیے کیا ہے").click()
    expect(opened.locator(".mine").last).to_contain_text("/menu")


def test_a_chat_with_commands_of_its_own_is_offered_those(visit, telegram):
    george = telegram.started("George", "en")
    telegram.bot("setMyCommands", commands=[{"command": "menu", "description": "What waits for me"}])
    own = [{"command": "board", "description": "Asks that need somebody"}]
    telegram.bot("setMyCommands", commands=own, scope={"type": "chat", "chat_id": george})
    opened = open_phone(visit(), george)
    opened.get_by_role("button", name="Commands").click()
    expect(opened.get_by_role("button", name="What waits for me")).to_have_count(0)
    opened.get_by_role("button", name="Asks that need somebody").click()
    expect(opened.locator(".mine").last).to_contain_text("/board")


def test_up_to_three_phones_stay_open_over_a_reload_and_the_one_used_longest_ago_makes_room(visit, telegram):
    people = [telegram.person(name, "en") for name in ("Amina", "Janek", "Carys", "Hodan")]
    page = visit()
    for person in people:
        open_phone(page, person)
    expect(page.locator("[data-phone]")).to_have_count(3)
    expect(phone(page, people[0])).to_have_count(0)
    page.reload()
    expect(page.locator("[data-phone]")).to_have_count(3)


def test_unread_messages_are_counted_until_the_phone_is_opened(visit, telegram):
    amina = telegram.started("Amina", "en")
    page = visit()
    row = page.locator(f'[data-person="{amina}"]')
    expect(row).not_to_contain_text("new")
    for text in ("One", "Two"):
        telegram.bot("sendMessage", chat_id=amina, text=text)
    expect(row).to_contain_text("2 new")
    open_phone(page, amina)
    expect(row).not_to_contain_text("new")


def test_a_group_shows_who_speaks_and_a_deep_link_opens_the_private_chat(visit, telegram):
    amina, janek = telegram.person("Amina", "en"), telegram.person("Janek", "pl")
    group = telegram.post("/sandbox/groups", title="Steering group", members=[amina, janek], admins=[amina])["id"]
    telegram.post("/sandbox/add_bot", chat=group, by=amina)
    telegram.post("/sandbox/say", person=janek, chat=group, text="Kiedy głosujemy?")
    name = telegram.bot("getMe")["username"]
    button = {"text": "Vote in private", "url": f"https://t.me/{name}?start=poll1"}
    telegram.bot("sendMessage", chat_id=group, text="A vote is open.", reply_markup={"inline_keyboard": [[button]]})
    opened = open_phone(visit(), amina)
    opened.locator(f'[data-chat="{group}"]').click()
    expect(opened.locator(".theirs", has_text="Kiedy głosujemy?")).to_contain_text("Janek")
    opened.get_by_role("button", name="Vote in private").click()
    expect(opened.locator('[data-chat="4242:' + str(amina) + '"]')).to_have_attribute("aria-current", "true")
    expect(opened.locator(".mine")).to_contain_text("/start poll1")


def test_a_refusal_is_shown_kindly_and_the_words_are_kept(visit, telegram):
    amina = telegram.started("Amina", "en")
    page = visit()
    opened = open_phone(page, amina)
    opened.get_by_role("button", name="Send something else").click()
    opened.get_by_role("button", name="Open an invitation link…").click()
    page.get_by_role("textbox", name="Link", exact=True).fill("https://t.me/nobody_here?start=x")
    page.get_by_role("button", name="Open", exact=True).click()
    expect(opened.get_by_role("alert")).to_contain_text("leads to no bot here")
    opened.get_by_role("button", name="Block").click()
    expect(opened.get_by_text("Amina blocked")).to_be_visible()
    opened.get_by_role("button", name="Unblock").click()
    expect(opened.locator("textarea[name=text]")).to_be_visible()


def test_the_clock_moves_and_reset_asks_first(visit, telegram):
    amina = telegram.person("Amina", "en")
    page = visit(timezone_id="Europe/London")
    clock = page.locator("#clock-text")
    before = clock.inner_text()
    page.get_by_role("button", name="Tomorrow 9:00").click()
    expect(clock).to_contain_text("09:00")
    assert clock.inner_text() != before
    page.get_by_role("button", name="+1 hour").click()
    expect(clock).to_contain_text("10:00")
    page.get_by_role("button", name="Reset").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(f'[data-person="{amina}"]')).to_be_visible()
    page.get_by_role("button", name="Reset").click()
    page.get_by_role("button", name="Reset everything").click()
    expect(page.locator("[data-person]")).to_have_count(0)


def test_developers_see_the_raw_calls_and_can_filter_them(visit, telegram):
    amina = telegram.started("Amina", "en")
    page = visit()
    page.get_by_role("button", name="Calls").first.click()
    telegram.bot("sendMessage", chat_id=amina, text="hello")
    with pytest.raises(urllib.error.HTTPError):
        telegram.bot("sendMessage", chat_id=amina, text="<b>half", parse_mode="HTML")
    panel = page.get_by_role("region", name="Bot API calls")
    refused = panel.locator("details", has_text="can't parse entities")
    refused.locator("summary").click()
    expect(refused.locator("pre")).to_contain_text('"parse_mode": "HTML"')
    panel.get_by_label("Filter the calls").fill("hello")
    expect(refused).to_have_count(0)
    expect(panel.locator("details").first).to_contain_text("sendMessage")


def test_on_a_phones_width_one_phone_shows_and_the_neighbours_are_in_a_drawer(visit, telegram):
    people = [telegram.person(name, "so") for name in ("Hodan", "Faduma")]
    page = visit(viewport={"width": 390, "height": 844})
    for person in people:
        page.get_by_role("button", name="Neighbours").click()
        open_phone(page, person)
    expect(phone(page, people[1])).to_be_visible()
    expect(phone(page, people[0])).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("button", name="Neighbours").click()
    page.keyboard.press("Escape")
    expect(page.locator("[data-person]").first).to_be_hidden()
    expect(page.get_by_role("button", name="Neighbours")).to_be_focused()


def test_a_lost_connection_is_said_and_mends_itself(visit, telegram):
    page = visit()
    lost = page.get_by_text("The connection to the sandbox is lost.")
    expect(lost).to_be_hidden()
    telegram.stop()
    try:
        expect(lost).to_be_visible()
    finally:
        telegram.start()
    expect(lost).to_be_hidden(timeout=20_000)
    telegram.person("Amina", "en")
    expect(page.get_by_role("button", name="Amina English")).to_be_visible()
