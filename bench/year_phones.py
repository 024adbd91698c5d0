"""The telephones of Millbrook: the sandbox's canned Telegram, which keeps what each of them is shown, and can be down."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.canned import HOST, Wire
from sandbox.load import Load, private

FIRST = 7_000_000_000
FORBIDDEN = b'{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}'
Raw = dict[str, Any]


@dataclass(frozen=True)
class Shown:
    """Something that a telephone was shown: by which method, the words, and what its buttons carry."""

    who: int
    method: str
    message_id: int
    words: str
    taps: tuple[str, ...]


@dataclass
class Phones:
    """Everybody's telephone, by the number of its resident."""

    load: Load = field(default_factory=Load)
    shown: list[Shown] = field(default_factory=list)
    """What was shown since it was last taken."""
    latest: dict[int, Shown] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    """Those who have blocked the bot."""
    updates: int = 0
    port: int = 0
    _server: asyncio.Server | None = None
    wires: set["Ear"] = field(default_factory=set)

    async def open(self) -> None:
        """Telegram is there, at the same address as before."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Ear(self), HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Telegram is not there: nobody is even connected."""
        assert self._server is not None
        self._server.close()
        for wire in [*self.wires]:
            if wire.transport is not None:
                wire.transport.close()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://{HOST}:{self.port}"

    def take(self) -> list[Shown]:
        """What was shown since the last time."""
        shown, self.shown = self.shown, []
        return shown

    def hears(self, name: str, body: bytes) -> None:
        """A call of the bot that shows something to somebody; pictures and files are not looked into."""
        asked = json.loads(body)
        words = str(asked.get("text") or asked.get("caption") or "")
        if name == "answerCallbackQuery":
            if words:
                self.shown.append(Shown(int(asked["callback_query_id"]) % 10_000, name, 0, words, ()))
            return
        rows = (asked.get("reply_markup") or {}).get("inline_keyboard", [])
        taps = tuple(button["callback_data"] for row in rows for button in row if "callback_data" in button)
        number = asked.get("message_id") or self.load.last_message_id
        told = Shown(int(asked["chat_id"]) - FIRST, name, number, words, taps)
        self.shown.append(told)
        self.latest[told.who] = told

    # --- what people send

    def says(self, who: int, words: str) -> Raw:
        """Somebody writes."""
        number = self._next(who)
        sender = self._person(who)
        message = {"message_id": number, "date": int(time.time()), "chat": private(FIRST + who), "from": sender}
        return {"update_id": number, "message": {**message, "text": words}}

    def taps(self, who: int, data: str, on: Shown | None = None) -> Raw:
        """Somebody presses a button, of their latest message or another."""
        number, on = self._next(who), on or self.latest.get(who)
        message = {"message_id": on.message_id if on else 1, "chat": private(FIRST + who), "date": int(time.time())}
        query = {"id": str(number), "from": self._person(who), "message": message, "chat_instance": "1", "data": data}
        return {"update_id": number, "callback_query": query}

    def _next(self, who: int) -> int:
        """An update's number: it ends with its sender, so that a toast finds them."""
        self.updates += 1
        return self.updates * 10_000 + who

    def _person(self, who: int) -> Raw:
        return {"id": FIRST + who, "is_bot": False, "first_name": name_of(who), "language_code": "en"}


class Ear(Wire):
    """One connection; what the bot shows is kept."""

    def __init__(self, phones: Phones) -> None:
        super().__init__(phones.load)
        self.phones = phones

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody connected."""
        super().connection_made(transport)
        self.phones.wires.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """They are gone."""
        super().connection_lost(exc)
        self.phones.wires.discard(self)

    def result(self, name: str, asked: bytes) -> bytes:
        """Telegram's answer, after it has been shown to whom it is for."""
        if not name.startswith(("send", "edit", "answer")) or name == "sendChatAction":
            return super().result(name, asked)
        body = asked.lstrip(b"&")
        if name != "answerCallbackQuery" and int(json.loads(body)["chat_id"]) - FIRST in self.phones.gone:
            return FORBIDDEN
        answer = super().result(name, asked)
        self.phones.hears(name, body)
        return answer


def name_of(who: int) -> str:
    """A first name that nothing else contains: nobody but its owner may ever read it."""
    return f"Qn{who}x"


def question(shown: Shown | None) -> tuple[str, str] | None:
    """The open question on a screen, as its turn and its name; None where nothing is asked."""
    for tap in shown.taps if shown is not None else ():
        prefix, _, rest = tap.partition(":")
        if prefix in {"a", "m"}:
            turn = rest.partition(":")[0]
            return turn, turn.partition(".")[2]
    return None


def act_of(taps: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """What the buttons about help wish, each with the asks it is about: {"yes": (12,), "not_yet": (7,)}."""
    found: dict[str, tuple[int, ...]] = {}
    for tap in taps:
        prefix, _, rest = tap.partition(":")
        about, _, act = rest.partition(":")
        if prefix in {"aa", "ao"} and about.isdecimal():
            found[act] = (*found.get(act, ()), int(about))
        elif prefix == "av":
            found[f"av:{rest}"] = ()
    return found
