"""A load target: answers every method with a canned result, as fast as can be, and feeds made-up updates.

It keeps no world and parses next to nothing, so that the bot under test is the bottleneck. `POST /load` fills its
queue; bots fetch from it by getUpdates, or have it pushed to a webhook over several connections. For every update the
moment it was handed out and the moment its tap was answered are kept: `GET /load/stats`.
"""

import asyncio
import json
import re
import time

from sandbox.load import BOT, CHUNKED, HEAD_END, LENGTH, MULTIPART_NAME, TAP_ID, Load

ME = BOT | {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}
CHAT_ID = re.compile(rb"chat_id\W+(-?\d+)")
HOST = "127.0.0.1"


class Wire(asyncio.Protocol):
    """One connection: takes HTTP apart with as little work as possible, and answers in order."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.buffer = b""
        self.busy = False
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody connected."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's shape
        """They are gone."""
        self.transport = None

    def data_received(self, data: bytes) -> None:
        """Bytes came; answer each whole request."""
        self.buffer += data
        self.go_on()

    def go_on(self) -> None:
        """Answer what is complete, unless a poll is being waited for."""
        while not self.busy:
            request = self.take_request()
            if request is None:
                return
            self.answer(*request)

    def take_request(self) -> tuple[bytes, bytes] | None:
        """The next whole request as its target and body."""
        end = self.buffer.find(HEAD_END)
        if end < 0:
            return None
        head = self.buffer[:end]
        start = end + len(HEAD_END)
        if CHUNKED.search(head):
            stop = self.buffer.find(b"0\r\n\r\n", start)
            stop = stop + 5 if stop >= 0 else -1
        else:
            length = LENGTH.search(head)
            stop = start + (int(length[1]) if length else 0)
        if stop < 0 or len(self.buffer) < stop:
            return None
        body, self.buffer = self.buffer[start:stop], self.buffer[stop:]
        return head.split(b" ", 2)[1], body

    def answer(self, target: bytes, body: bytes) -> None:
        """One request: a bot's call, or the control of the load."""
        path, _, query = target.partition(b"?")
        name = path.rpartition(b"/")[2].decode()
        if path.startswith(b"/load"):
            self.say(self.control(name, body))
            return
        self.load.calls[name] += 1
        asked = b"&".join((query, MULTIPART_NAME.sub(rb"\1=", body)))
        if name == "getUpdates":
            self.busy = True
            self.load.keep(self.answer_poll(asked))
        else:
            self.say(self.result(name, asked))

    async def answer_poll(self, asked: bytes) -> None:
        """Updates, when there are any."""
        result = await self.load.poll(asked)
        self.busy = False
        self.say(b'{"ok":true,"result":' + result + b"}")
        self.go_on()

    def control(self, name: str, body: bytes) -> bytes:
        """POST /load, POST /load/clear, GET /load/stats."""
        if name == "stats":
            return json.dumps(self.load.stats()).encode()
        if name == "clear":
            self.load.clear()
            return b'{"ok":true}'
        try:
            return json.dumps(self.load.fill(json.loads(body or b"{}"))).encode()
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return json.dumps({"ok": False, "error": f"{type(error).__name__}: {error}"}).encode()

    def result(self, name: str, asked: bytes) -> bytes:
        """A result of the kind that the method has."""
        if name == "answerCallbackQuery":
            tap = TAP_ID.search(asked)
            if tap:
                self.load.note_answer(tap[1])
        elif name == "getMe":
            return b'{"ok":true,"result":' + json.dumps(ME).encode() + b"}"
        elif name == "getWebhookInfo":
            return b'{"ok":true,"result":{"url":"","has_custom_certificate":false,"pending_update_count":0}}'
        elif name in ("getMyCommands", "getChatAdministrators"):
            return b'{"ok":true,"result":[]}'
        elif name.startswith(("send", "edit", "forward", "copy")) and name != "sendChatAction":
            return self.message(asked)
        return b'{"ok":true,"result":true}'

    def message(self, asked: bytes) -> bytes:
        """A short Message in the chat that was asked for."""
        match = CHAT_ID.search(asked)
        chat = match[1] if match else b"1"
        self.load.last_message_id += 1
        kind = b'"supergroup","title":"Load"' if chat.startswith(b"-") else b'"private","first_name":"P"'
        return (
            b'{"ok":true,"result":{"message_id":%d,"date":%d,"text":"ok","chat":{"id":%s,"type":%s},'
            b'"from":{"id":4242,"is_bot":true,"first_name":"Kith","username":"kith_bot"}}}'
        ) % (self.load.last_message_id, int(time.time()), chat, kind)

    def say(self, body: bytes) -> None:
        """Write an answer."""
        if self.transport is not None:
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
            self.transport.write(head + body)


async def serve_canned(port: int) -> tuple[asyncio.Server, Load]:
    """Open the door; the server tells its port."""
    load = Load()
    server = await asyncio.get_running_loop().create_server(lambda: Wire(load), HOST, port)
    return server, load


async def run_canned(port: int, stop: asyncio.Event) -> None:
    """Serve until told to stop."""
    server, _load = await serve_canned(port)
    print(f"The load target is at http://{HOST}:{server.sockets[0].getsockname()[1]}", flush=True)  # noqa: T201
    await stop.wait()
    server.close()
