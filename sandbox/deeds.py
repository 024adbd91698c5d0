"""What Millbrook's people do with their phones, and its coordinator at a keyboard: each waits for what comes of it."""

import asyncio
from typing import Any

from sandbox.keyboard import Keyboard
from sandbox.server import Sandbox
from sandbox.world import Message, Person

PATIENCE = 20.0


async def opens(box: Sandbox, person: Person, link: str) -> None:
    """Open a link, and wait until the bot has said something to it."""
    before = len(_said(box, person))
    box.open(person, link)
    async with asyncio.timeout(PATIENCE):
        while len(_said(box, person)) == before:
            await asyncio.sleep(0.02)


async def presses(box: Sandbox, person: Person, data: str, nth: int = 0) -> None:
    """Press the button whose data contains this, once the bot shows it."""
    async with asyncio.timeout(PATIENCE):
        while True:
            fitting = [
                (message, found) for message in _said(box, person)[-2:] for found in _buttons(message) if data in found
            ]
            if fitting:
                message, found = fitting[min(nth, len(fitting) - 1)]
                await box.answered(box.tap(person, message, found), PATIENCE)
                return
            await asyncio.sleep(0.02)


def _said(box: Sandbox, person: Person) -> list[Message]:
    return [message for message in box.messages(person) if message.sender == box.bot.id]


def _buttons(message: Message) -> list[str]:
    rows: list[list[dict[str, Any]]] = (message.markup or {}).get("inline_keyboard", [])
    return [button.get("callback_data", "") for row in rows for button in row]


_KEYBOARD = Keyboard()


async def kith(*words: str) -> str:
    """Run a command of the CLI, as a coordinator would; what it prints."""
    return await _KEYBOARD.types(*words)
