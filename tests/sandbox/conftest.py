"""A sandbox with Amina and Janek in it, and a bot that speaks plain HTTP, without any library."""

import aiohttp
import pytest

from sandbox.server import Sandbox


class PlainBot:
    """Calls methods by JSON; `ok` returns the result, `no` the refusal as one line."""

    def __init__(self, box, token, session):
        self.box, self.token, self.session = box, token, session
        self.offset = 0

    async def call(self, method, **parameters):
        async with self.session.post(f"{self.box.url}/bot{self.token}/{method}", json=parameters) as answer:
            return await answer.json()

    async def ok(self, method, **parameters):
        body = await self.call(method, **parameters)
        assert body["ok"], body
        return body["result"]

    async def no(self, method, **parameters):
        body = await self.call(method, **parameters)
        assert not body["ok"], body
        return f"{body['error_code']} {body['description']}"

    async def updates(self, **parameters):
        """All that waits, confirmed at once."""
        found = await self.ok("getUpdates", offset=self.offset, **parameters)
        if found:
            self.offset = found[-1]["update_id"] + 1
            await self.ok("getUpdates", offset=self.offset, limit=1)
        return found

    async def heard(self):
        """The texts that came."""
        messages = [update["message"] for update in await self.updates() if "message" in update]
        return [message["text"] for message in messages if "text" in message]


class Control:
    """The JSON paths, as a script from outside uses them."""

    def __init__(self, box, session):
        self.box, self.session = box, session

    async def get(self, path):
        async with self.session.get(f"{self.box.url}/sandbox/{path}") as answer:
            return await answer.json()

    async def post(self, path, **asked):
        async with self.session.post(f"{self.box.url}/sandbox/{path}", json=asked) as answer:
            return await answer.json()


@pytest.fixture
async def box():
    async with Sandbox(webhook_wait=0.05, webhook_patience=2.0) as box:
        yield box


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def bot(box, session):
    return PlainBot(box, box.token, session)


@pytest.fixture
def another_bot(box, session):
    return lambda token: PlainBot(box, token, session)


@pytest.fixture
def control(box, session):
    return Control(box, session)


@pytest.fixture
def amina(box):
    return box.person("Amina", "ur")


@pytest.fixture
def janek(box):
    return box.person("Janek", "pl")


@pytest.fixture
def met(box, bot, amina):
    """Amina has started the bot; nothing waits."""
    box.open(amina, f"https://t.me/{box.bot.username}")
    box.bot.waiting.clear()
    return amina


@pytest.fixture
def steering(box, bot, amina, janek):
    """A supergroup of Amina, who made it, and Janek, with the bot as a plain member; nothing waits."""
    group = box.group("Steering group", [amina, janek], admins=[amina])
    box.add_bot(group)
    box.bot.waiting.clear()
    return group
