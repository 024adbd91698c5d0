"""What the load target hands out and counts: its queue of updates, made-up taps, and pushing to a webhook."""

import asyncio
import json
import re
import time
from collections import Counter, deque
from collections.abc import Coroutine
from typing import Any
from urllib.parse import SplitResult, urlsplit

from sandbox.refusals import Json

BOT = {"id": 4242, "is_bot": True, "first_name": "Kith", "username": "kith_bot"}
TAP_ID = re.compile(rb"callback_query_id\W+(\d+)")
OFFSET = re.compile(rb"offset\W+(-?\d+)")
TIMEOUT = re.compile(rb"(?<![a-z_])timeout\W+(\d+)")
MULTIPART_NAME = re.compile(rb'name="(\w+)"\r\n(?:[^\r\n]+\r\n)*\r\n')
LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)
CHUNKED = re.compile(rb"transfer-encoding:\s*chunked", re.IGNORECASE)
HEAD_END = b"\r\n\r\n"
POLL_SECONDS = 20.0
BATCH = 100


class Load:
    """The queue of updates, and what became of them."""

    def __init__(self) -> None:
        self.waiting: deque[Json] = deque()
        self.given: dict[int, float] = {}
        self.answered: dict[int, float] = {}
        self.calls: Counter[str] = Counter()
        self.polled: list[asyncio.Future[None]] = []
        self.last_message_id = 1000
        self.tasks: set[asyncio.Task[None]] = set()

    def clear(self) -> None:
        """Forget everything; whoever polls goes on waiting."""
        for kept in (self.waiting, self.given, self.answered, self.calls):
            kept.clear()

    def fill(self, asked: Json) -> Json:
        """Take updates as they are, or make `taps` taps by `people` people; push them, if a webhook is named."""
        updates = asked.get("updates") or list(made_taps(asked))
        if "webhook" in asked:
            self.keep(push(self, updates, asked["webhook"], asked.get("connections", 16), asked.get("secret")))
            return {"pushing": len(updates)}
        self.waiting.extend(updates)
        self.wake()
        return {"waiting": len(self.waiting)}

    def keep(self, work: Coroutine[Any, Any, None]) -> None:
        """Start a task and hold on to it until it is done."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def wake(self) -> None:
        """Updates came: whoever polls may look again."""
        for future in self.polled:
            if not future.done():
                future.set_result(None)
        self.polled.clear()

    async def poll(self, body: bytes) -> bytes:
        """The next updates; those below the offset are done with."""
        match = OFFSET.search(body)
        offset = int(match[1]) if match else 0
        while self.waiting and self.waiting[0]["update_id"] < offset:
            self.waiting.popleft()
        if not self.waiting:
            future = asyncio.get_running_loop().create_future()
            self.polled.append(future)
            asked = TIMEOUT.search(body)
            await asyncio.wait([future], timeout=min(POLL_SECONDS, float(asked[1])) if asked else POLL_SECONDS)
        batch = [self.waiting[at] for at in range(min(BATCH, len(self.waiting)))]
        now = time.monotonic()
        for update in batch:
            self.given.setdefault(update["update_id"], now)
        return json.dumps(batch).encode()

    def note_answer(self, tap_id: bytes) -> None:
        """A tap was answered; its id is its update's."""
        self.answered.setdefault(int(tap_id), time.monotonic())

    def stats(self) -> Json:
        """Counts a method, and how long each answered update took."""
        took = {update: self.answered[update] - at for update, at in self.given.items() if update in self.answered}
        return {
            "waiting": len(self.waiting),
            "given": len(self.given),
            "answered": len(took),
            "calls": dict(self.calls),
            "first_given": min(self.given.values(), default=None),
            "last_answered": max(self.answered.values(), default=None),
            "seconds": {str(update): round(seconds, 6) for update, seconds in took.items()},
        }


def made_taps(asked: Json) -> "list[Json]":
    """Taps by people in turn. `template` is the tap's data, in which {n} counts."""
    first, people = asked.get("first_update", 1), max(1, asked.get("people", 1))
    first_person, template = asked.get("first_person", 7_000_000_001), asked.get("template", "tap:{n}")
    return [
        tap_update(first + n, first_person + n % people, template.replace("{n}", str(n)), asked.get("chat"))
        for n in range(asked.get("taps", 0))
    ]


def tap_update(update_id: int, person: int, data: str, group: int | None) -> Json:
    """One tap; its id is the update's, so that its answer can be told."""
    user = {"id": person, "is_bot": False, "first_name": f"Person {person % 100_000}", "language_code": "en"}
    chat = {"id": group, "type": "supergroup", "title": "Load"} if group else private(person)
    message = {"message_id": 7, "from": BOT, "chat": chat, "date": int(time.time()), "text": "Vote"}
    message["reply_markup"] = {"inline_keyboard": [[{"text": "Yes", "callback_data": data}]]}
    tap = {"id": str(update_id), "from": user, "message": message, "chat_instance": "1", "data": data}
    return {"update_id": update_id, "callback_query": tap}


def private(person: int) -> Json:
    """A person's chat with the bot."""
    return {"id": person, "type": "private", "first_name": f"Person {person % 100_000}"}


async def push(load: Load, updates: list[Json], webhook: str, connections: int, secret: str | None) -> None:
    """Bring updates to a webhook over some connections, each as fast as it is answered."""
    queue = deque(updates)
    await asyncio.gather(*(push_line(load, queue, webhook, secret) for _ in range(max(1, connections))))


async def push_line(load: Load, queue: deque[Json], webhook: str, secret: str | None) -> None:
    """One connection; when it breaks, that is counted and another is tried while there are updates."""
    while queue:
        try:
            await push_over_one(load, queue, urlsplit(webhook), secret)
        except (OSError, EOFError, ValueError) as error:
            load.calls[f"webhook {type(error).__name__}"] += 1
            await asyncio.sleep(0.1)


async def push_over_one(load: Load, queue: deque[Json], parts: SplitResult, secret: str | None) -> None:
    """Until the queue is empty. A method in the answer counts as a call; an update that is refused is given up."""
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
    path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    head = f"POST {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"
    head += f"X-Telegram-Bot-Api-Secret-Token: {secret}\r\n" if secret else ""
    while queue:
        update = queue.popleft()
        body = json.dumps(update).encode()
        load.given[update["update_id"]] = time.monotonic()
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        status, answer = await read_response(reader)
        load.calls[f"webhook {status}"] += 1
        tap = TAP_ID.search(MULTIPART_NAME.sub(rb"\1=", answer))
        if tap:
            load.calls["answerCallbackQuery in the answer"] += 1
            load.note_answer(tap[1])
    writer.close()


async def read_response(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body of one answer."""
    head = await reader.readuntil(HEAD_END)
    status = int(head.split(b" ", 2)[1])
    if CHUNKED.search(head):
        return status, await read_chunks(reader)
    length = LENGTH.search(head)
    return status, await reader.readexactly(int(length[1])) if length else b""


async def read_chunks(reader: asyncio.StreamReader) -> bytes:
    """A body that comes in pieces."""
    body = b""
    while True:
        size = int((await reader.readline()).split(b";")[0], 16)
        body += await reader.readexactly(size)
        await reader.readline()
        if size == 0:
            return body
