"""The only module that speaks to Telegram: calls out, and what each refusal means.

Calls go out as JSON over one aiohttp session, not through aiogram's client: building a form and parsing the returned
message into objects costs more than the call itself (facts/telegram.md B1, B3), and nothing here needs either.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any
from weakref import WeakKeyDictionary

import aiohttp
import orjson

from bot.fitting import fitted
from bot.log import log
from bot.replies import Button, Carry, Edit, File, Reply, Rows, Say, Screen, Toast, Voice

TIMEOUT = 25.0
"""Seconds for one call; leases of letters are three times as long (facts/failures.md 2.2)."""
_JSON = {"Content-Type": "application/json"}
PATIENCE = 30.0
"""A reply to a person waits this many seconds for a 429 to pass, in all."""


class TelegramSaid(Exception):
    """Telegram refused a call: its code and description, and what it asks us to do."""

    def __init__(self, code: int, description: str, parameters: dict[str, Any]) -> None:
        super().__init__(code, description)
        self.code = code
        self.description = description
        self.retry_after = float(parameters.get("retry_after", 0))
        self.moved_to: int | None = parameters.get("migrate_to_chat_id")


class Silence(Exception):
    """No answer came. `perhaps`: the request had left, so the message may have arrived all the same."""

    def __init__(self, *, perhaps: bool) -> None:
        super().__init__(perhaps)
        self.perhaps = perhaps


class Fate(Enum):
    """What a refusal means for what was to be said."""

    GONE = auto()  # the person blocked the bot or is no more, or the bot was put out of the group
    MOVED = auto()  # the group has a new id
    WAIT = auto()  # too fast
    AGAIN = auto()  # Telegram stumbled: certainly not delivered
    UNSURE = auto()  # perhaps delivered
    DONE = auto()  # what was wanted is so already
    LOST = auto()  # there is nothing to edit
    POISON = auto()  # it will never be accepted like this
    UNAUTHORISED = auto()  # the token is not valid


_MEANINGS = (
    # (code, part of the description, fate): the first that fits; facts/failures.md 2.3
    (403, "", Fate.GONE),
    (400, "chat not found", Fate.GONE),
    (400, "user not found", Fate.GONE),
    (400, "PEER_ID_INVALID", Fate.GONE),
    (400, "message is not modified", Fate.DONE),
    (400, "query is too old", Fate.DONE),
    (400, "query ID is invalid", Fate.DONE),
    (400, "message to edit not found", Fate.LOST),
    (400, "message can't be edited", Fate.LOST),
    (400, "MESSAGE_ID_INVALID", Fate.LOST),
    (400, "there is no text in the message", Fate.LOST),  # a picture with words under it: it stays
    (401, "", Fate.UNAUTHORISED),
    (404, "", Fate.UNAUTHORISED),
    (429, "", Fate.WAIT),
)


def read_json(body: bytes) -> Any:
    """What Telegram wrote. Half a surrogate pair, which only the slower reader takes, must not stop a batch."""
    try:
        return orjson.loads(body)
    except ValueError:
        return json.loads(body)


def fate_of(answer: TelegramSaid | Silence) -> Fate:
    """What an answer means: the one table of the house."""
    if isinstance(answer, Silence):
        return Fate.UNSURE if answer.perhaps else Fate.AGAIN
    if answer.moved_to is not None:
        return Fate.MOVED
    for code, part, fate in _MEANINGS:
        if answer.code == code and part.casefold() in answer.description.casefold():
            return fate
    return Fate.AGAIN if answer.code >= 500 else Fate.POISON  # noqa: PLR2004 - HTTP's server errors


@dataclass(frozen=True)
class Whereto:
    """Where replies go: the chat, and what was tapped."""

    chat_id: int
    message_id: int | None = None
    query_id: str | None = None


class Telegram:
    """One bot's line to the Bot API."""

    def __init__(self, token: str, api_url: str) -> None:
        self.bot_id = int(token.partition(":")[0])
        self.username = ""
        self._url = f"{api_url.rstrip('/')}/bot{token}/"
        self._session: aiohttp.ClientSession | None = None
        self._edits: dict[tuple[int, int], Screen | None] = {}
        self.replied: Callable[[int], None] = _nobody_counts
        """Told the chat of each reply: replies spend of the same pace as letters, and go ahead of them."""
        self._written: WeakKeyDictionary[Screen, bytes] = WeakKeyDictionary()

    async def open(self) -> None:
        """Connect, and learn the bot's own name. Raises TelegramSaid for a token that is not valid."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=100, ttl_dns_cache=300),
            timeout=aiohttp.ClientTimeout(total=TIMEOUT),
        )
        me = await self.call("getMe", {})
        self.username = str(me["username"])

    async def close(self) -> None:
        """Hang up."""
        if self._session is not None:
            await self._session.close()

    async def call(self, method: str, params: dict[str, Any], *, timeout: float = TIMEOUT) -> Any:  # noqa: ASYNC109
        """One call; its result. Raises TelegramSaid or Silence."""
        return await self.post(method, orjson.dumps(params), timeout)

    async def post(self, method: str, body: bytes, timeout: float = TIMEOUT) -> Any:  # noqa: ASYNC109
        """One call whose parameters are JSON already; its result. Raises TelegramSaid or Silence."""
        return await self._post(method, timeout, data=body, headers=_JSON)

    async def upload(self, method: str, params: dict[str, Any], field: str, name: str, content: bytes) -> Any:
        """One call with a file. Raises TelegramSaid or Silence."""
        plain = {key: value if isinstance(value, str) else json.dumps(value) for key, value in params.items()}
        form = aiohttp.FormData(plain)
        form.add_field(field, content, filename=name)
        return await self._post(method, TIMEOUT * 2, data=form)

    async def _post(self, method: str, timeout: float, **request: Any) -> Any:  # noqa: ASYNC109
        assert self._session is not None, "open() comes first"
        try:
            limit = aiohttp.ClientTimeout(total=timeout)
            async with self._session.post(self._url + method, timeout=limit, **request) as response:
                answer = read_json(await response.read())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as unreachable:
            raise Silence(perhaps=False) from unreachable
        except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as cut:
            raise Silence(perhaps=True) from cut
        if answer.get("ok"):
            return answer["result"]
        raise TelegramSaid(
            int(answer.get("error_code", 500)), str(answer.get("description", "")), answer.get("parameters") or {}
        )

    def message(self, screen: Screen) -> dict[str, Any]:
        """A screen as the parameters of a message."""
        params: dict[str, Any] = {
            "text": fitted(screen.text),
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
        }
        if screen.rows:
            params["reply_markup"] = self.keyboard(screen.rows)
        return params

    def _message_as_json(self, screen: Screen) -> bytes:
        """The same as JSON; kept as long as the screen is, since many people see the same ballot."""
        written = self._written.get(screen)
        if written is None:
            written = self._written[screen] = orjson.dumps(self.message(screen))
        return written

    def keyboard(self, rows: Rows) -> dict[str, Any]:
        """Rows of buttons as Telegram wants them."""
        return {"inline_keyboard": [[self._button(button) for button in row] for row in rows if row]}

    def _button(self, button: Button) -> dict[str, str]:
        if button.tap is not None:
            return {"text": button.label, "callback_data": button.tap.pack()}
        url = button.url or f"https://t.me/{self.username}?start={button.start}"
        return {"text": button.label, "url": url}

    def toast(self, toast: Toast, query_id: str) -> dict[str, Any]:
        """A toast as the parameters of answerCallbackQuery."""
        params: dict[str, Any] = {"callback_query_id": query_id, "text": toast.text[:200]}
        if toast.alert:
            params["show_alert"] = True
        return params

    async def speak(self, replies: Sequence[Reply], to: Whereto) -> None:
        """Say what a handler answered. The work is committed: nothing that fails here undoes it, nor raises."""
        toasted = any(isinstance(reply, Toast) for reply in replies)
        if to.query_id is not None and not toasted:
            await self._try(lambda: self.call("answerCallbackQuery", {"callback_query_id": to.query_id}))
        for reply in replies:
            await self._say(reply, to)

    async def _say(self, reply: Reply, to: Whereto) -> None:
        match reply:
            case Toast():
                if to.query_id is not None:
                    params = self.toast(reply, to.query_id)
                    await self._try(lambda: self.call("answerCallbackQuery", params))
                else:
                    await self._send(to.chat_id, Screen(_plain(reply.text)))
            case Edit(screen) if to.message_id is not None:
                await self._edit(to.chat_id, to.message_id, screen)
            case Edit(screen) | Say(screen):
                await self._send(to.chat_id, screen)
            case File():
                params = {"chat_id": to.chat_id, "caption": reply.caption, "parse_mode": "HTML"}
                self.replied(to.chat_id)
                await self._try(lambda: self.upload("sendDocument", params, "document", reply.name, reply.content))

            case Voice(file_id, screen):
                await self._send(to.chat_id, screen, file_id)
            case Carry():
                fate = await self._send(reply.chat_id, reply.screen, reply.voice)
                await self._send(to.chat_id, reply.arrived if fate is None else reply.lost)

    async def _send(self, chat_id: int, screen: Screen, voice: str | None = None) -> Fate | None:
        """Say a screen, or a voice note with the screen under it; None where it arrived."""
        params = {"chat_id": chat_id, **self.message(screen)}
        method = "sendMessage"
        if voice is not None:
            del params["link_preview_options"]
            method, params["voice"], params["caption"] = "sendVoice", voice, params.pop("text")
        self.replied(chat_id)
        return await self._try(lambda: self.call(method, params))

    async def _edit(self, chat_id: int, message_id: int, screen: Screen) -> None:
        """Make a message this screen. While one edit of it is under way, later ones only replace what comes next."""
        key = (chat_id, message_id)
        if key in self._edits:
            self._edits[key] = screen
            return
        self._edits[key] = None
        latest: Screen | None = screen
        try:
            while latest is not None:
                await self._edit_once(chat_id, message_id, latest)
                latest, self._edits[key] = self._edits[key], None
        finally:
            del self._edits[key]

    async def _edit_once(self, chat_id: int, message_id: int, screen: Screen) -> None:
        body = b'{"chat_id":%d,"message_id":%d,%b' % (chat_id, message_id, self._message_as_json(screen)[1:])
        self.replied(chat_id)
        fate = await self._try(lambda: self.post("editMessageText", body))
        if fate is Fate.LOST:
            await self._send(chat_id, screen)

    async def _try(self, call: Callable[[], Awaitable[Any]]) -> Fate | None:
        """Make a call, wait out a 429, try again once where it certainly did not arrive; None where it went well."""
        waited, again = 0.0, True
        while True:
            try:
                await call()
            except (TelegramSaid, Silence) as answer:
                fate = fate_of(answer)
                pause = answer.retry_after + 0.1 if isinstance(answer, TelegramSaid) else 0.5
                may_wait = fate is Fate.WAIT and waited + pause <= PATIENCE
                if may_wait or (fate is Fate.AGAIN and again):
                    again = again and may_wait
                    waited += pause
                    await asyncio.sleep(pause)
                    continue
                if fate not in {Fate.DONE, Fate.LOST, Fate.GONE}:
                    log.warning("reply lost", fate=fate.name)
                return fate
            return None


def _nobody_counts(_chat_id: int) -> None:
    """No letters are sent from here, so nobody keeps a pace."""


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
