"""`python -m sandbox` in a process of its own, and people whose phones are open on its page: for the browser's tests.

Nothing here knows the bot's words: buttons are found by what they carry.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect

ROOT = Path(__file__).parents[2]
PATIENCE = 60
RECENT = 8
"""Messages among which a button is looked for: other news may arrive below the one that has it."""
RAW = re.compile(r"Traceback|Exception|undefined|\[object |\bNone\b|\bnull\b|\{\w+\}|Bad Request")
# A clock that is moved ages the taps that are under way, such as the crowd's.
HARMLESS = re.compile("ok$|open$|.*message is not modified|.*query is too old|Too Many Requests")


class Millbrook:
    """`python -m sandbox` in a process and a data folder of its own, as `make run` starts it.

    `crowd`: how many silent neighbours live there besides; they move in while the first story is told.
    """

    def __init__(self, folder, crowd):
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        plain = {name: value for name, value in os.environ.items() if not name.startswith("KITH_")}
        self.environment = plain | {
            "KITH_DATA": str(folder / "data"),
            "KITH_SANDBOX_CROWD": str(crowd),
            "PYTHONPATH": str(ROOT),
        }
        self.start()

    def start(self):
        """Start, and wait until everybody has moved in and the bot listens."""
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "sandbox", "--port", str(self.port)],
                cwd=self.folder,  # not the checkout: nobody's .env is read
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self.wait(self.is_ready, 300)
        except AssertionError:
            self.stop(signal.SIGKILL)
            raise

    def is_ready(self):
        assert self.process.poll() is None, (self.folder / "log").read_text()
        try:
            state = self.state
        except (urllib.error.URLError, ConnectionError):
            return False
        assert "could not" not in (state["under_way"] or ""), state["under_way"]
        return state["people"] and not state["under_way"] and self.get("calls?after=0")["calls"]

    def stop(self, sign=signal.SIGINT):
        """Ctrl-C, or worse; its exit code."""
        self.process.send_signal(sign)
        return self.process.wait(30)

    def wait(self, until, patience=PATIENCE):
        """Wait for something to be so; what it is then."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if found := until():
                return found
            time.sleep(0.1)
        raise AssertionError(f"waited {patience} s in vain\n{self.lately()}\n{(self.folder / 'log').read_text()}")

    def lately(self):
        """What was said and called last, for whoever reads why a story stopped."""
        chats = {chat["key"]: chat["messages"][-4:] for chat in self.state["chats"]}
        said = [
            f"{key}: #{one['id']} {one['text'][:90]!r} {[button.get('data', '') for button in buttons(one)]}"
            for key, messages in chats.items()
            for one in messages
        ]
        calls = [
            f"{call['number']} {call['method']} {call['outcome']} {call['parameters'].get('message_id', '')}"
            for call in self.get("calls?after=0")["calls"][-40:]
        ]
        return "\n".join([*said, *calls])

    def get(self, path):
        with urllib.request.urlopen(f"{self.url}/sandbox/{path}", timeout=20) as answer:
            return json.load(answer)

    def types(self, *words):
        """What a coordinator's command says."""
        command = [sys.executable, "-m", "admin_cli", *words]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, check=False, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def kith(self, *words):
        """The same as JSON."""
        return json.loads(self.types(*words, "--json"))

    @property
    def state(self):
        return self.get("state")

    def edited(self, message, after):
        """Whether the bot has edited a message since a call of that number, or found it as it should be."""
        return any(
            call["method"] == "editMessageText"
            and call["parameters"]["message_id"] == message["id"]
            and (call["outcome"] == "ok" or "not modified" in call["outcome"])
            for call in self.get(f"calls?after={after}")["calls"]
        )

    def person(self, name):
        return next(person["id"] for person in self.state["people"] if person["name"] == name)

    def group(self):
        return next(chat for chat in self.state["chats"] if chat["type"] != "private")

    def said_to(self, person):
        """What the bot has said to somebody in private."""
        chat = next((chat for chat in self.state["chats"] if chat["key"].endswith(f":{person}")), {"messages": []})
        return [message for message in chat["messages"] if message["from"]["is_bot"]]

    def toasts(self, person):
        return [toast for toast in self.state["toasts"] if toast["person"] == person]


class Person:
    """Somebody whose phone is open on the page."""

    def __init__(self, town, page, number):
        self.town, self.page, self.number = town, page, number
        self.phone = page.locator(f'[data-phone="{number}"]')

    def bubble(self, message):
        return self.phone.locator(f'[data-message="{message["id"]}"]')

    def private_chat(self):
        self.phone.locator('[data-chat*=":"]').click()

    def group_chat(self):
        self.phone.locator('[data-chat]:not([data-chat*=":"])').click()

    def writes(self, text):
        self.phone.locator("textarea").fill(text)
        self.phone.locator("textarea").press("Enter")

    def sees(self, data, after=0):
        """The bot's latest message with a button that carries this, and all that the button carries.

        `after`: the number of a message; what was said before it does not count.
        """

        def found():
            for message in reversed(self.town.said_to(self.number)[-RECENT:]):
                for button in buttons(message):
                    if message["id"] > after and data in button.get("data", ""):
                        return message, button["data"]
            return None

        return self.town.wait(found)

    def is_asked(self, data, text):
        """Write something, and be asked what has a button that carries this: anew, not as some time before."""
        last = self.town.said_to(self.number)[-1]["id"]
        self.writes(text)
        return self.sees(data, after=last)

    def taps(self, data):
        """Press that button, whatever comes of it."""
        message, carries = self.sees(data)
        self.bubble(message).locator(f'[data-carries="{carries}"]').click()

    def presses(self, data):
        """Press that button on the page; the message as the bot's answer has left it."""
        before, carries = self.sees(data)
        after = self.town.get("calls?after=0")["calls"][-1]["number"]
        self.bubble(before).locator(f'[data-carries="{carries}"]').click()
        self.town.wait(lambda: self.town.edited(before, after))
        return next(one for one in self.town.said_to(self.number) if one["id"] == before["id"])

    def reads(self, words):
        """The message that says this, once it is there; it is on the page too."""

        def found():
            return next((one for one in self.town.said_to(self.number) if words in plain(one["text"])), None)

        message = self.town.wait(found)
        self.town.wait(lambda: words in plain(self.bubble(message).locator(".text").inner_text()))
        return message


def buttons(message):
    return [button for row in message["buttons"] or [] for button in row]


def plain(text):
    return re.sub("[\u2066-\u2069\u200c-\u200f]", "", text)


def opened(town, page, name):
    number = town.person(name)
    page.locator(f'[data-person="{number}"]').click()
    person = Person(town, page, number)
    expect(person.phone).to_be_visible()
    return person
