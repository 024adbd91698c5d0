"""Everything that happens, as a stream of server-sent events."""

import asyncio
import json

from aiohttp import web

from sandbox.refusals import Json
from sandbox.state import bot_state, chat_state, message_state, of_the_crowd, people_state
from sandbox.world import Chat, Message, World

HEARTBEAT = 15.0
MOST_WAITING = 5000


def event_json(world: World, event: Json) -> Json:
    """An event with all that a page needs to follow it."""
    shown = {name: value for name, value in event.items() if name not in ("chat", "message")}
    return shown | payload_of(world, event["type"], event.get("chat"), event.get("message"))


def payload_of(world: World, kind: str, chat: Chat | None, message: Message | None) -> Json:
    """What the event is about."""
    payload: Json = {}
    if chat and message:
        payload = {"chat": chat.key, "message": message_state(world, chat, message)}
    elif chat:
        payload = {"chat": chat_state(world, chat) if kind == "chats" else chat.key}
    elif kind == "people":
        payload = {"people": people_state(world)}
    elif kind in ("chats", "commands"):
        payload = {"bots": [bot_state(bot) for bot in world.bots.values()]}
    if message and kind == "deleted":
        payload["message"] = message.id
    return payload


class Stream:
    """One onlooker's events, rendered at the moment they happen."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.waiting: asyncio.Queue[Json | None] = asyncio.Queue(MOST_WAITING)

    def take(self, event: Json) -> None:
        """Note an event; an onlooker who does not read is let go, and asks for the state again."""
        chat = event.get("chat")
        if chat is not None and of_the_crowd(self.world, chat):
            return
        if self.waiting.full():
            self.world.onlookers.remove(self.take)
            self.waiting.get_nowait()
            self.waiting.put_nowait(None)
        else:
            self.waiting.put_nowait(event_json(self.world, event))

    async def send_to(self, response: web.StreamResponse, closing: asyncio.Event) -> None:
        """Write events until somebody goes away."""
        while not closing.is_set():
            try:
                async with asyncio.timeout(HEARTBEAT):
                    event = await self.waiting.get()
            except TimeoutError:
                await response.write(b": still here\n\n")
                continue
            if event is None:
                return
            await response.write(f"data: {json.dumps(event)}\n\n".encode())


async def stream_events(request: web.Request, world: World, closing: asyncio.Event) -> web.StreamResponse:
    """Answer with the stream."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    stream = Stream(world)
    world.onlookers.append(stream.take)
    try:
        await response.prepare(request)
        await response.write(b": hello\n\n")
        await stream.send_to(response, closing)
    except ConnectionError:
        pass  # the onlooker went away
    finally:
        if stream.take in world.onlookers:
            world.onlookers.remove(stream.take)
    return response


def wake(world: World) -> None:
    """Let waiting streams notice that the sandbox closes."""
    for onlooker in list(world.onlookers):
        stream = getattr(onlooker, "__self__", None)
        if isinstance(stream, Stream):
            stream.waiting.put_nowait(None)
