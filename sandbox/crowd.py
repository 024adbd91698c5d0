"""The rest of Millbrook: silent neighbours who join by themselves and answer the check-ins that reach them.

They press the buttons that the bot shows them, as everybody does; the page does not list them. So a newcomer who moves
the clock sees a wave worth publishing. `KITH_SANDBOX_CROWD` says how many there are (200; 0 for none).
"""

import asyncio
import random
import re
from typing import Any

from sandbox.server import Sandbox
from sandbox.world import Message, Person

LANGUAGES = ("en", "en", "en", "pl", "pl", "ur", "ro", "ar", "cy", "so", "uk", "bn", "pa", "pt", "es")
ANSWERING = 0.8
"""The share of those invited who answer; the rest looks on."""
AT_ONCE = 4
LOOK = 0.5
PATIENCE = 200
"""Looks, each a twentieth of a second, until the bot must have changed a message."""
FIRST_ID = 7_000_000
_ANSWER = re.compile(r"ka:\d+:\d+:\d+:0")
_START = re.compile(r"k:\d+:1:0")


class Crowd:
    """So many people with a mind of their own, always the same."""

    def __init__(self, box: Sandbox, many: int, place: str) -> None:
        self.box, self.place = box, place
        self.mind = random.Random(many)  # noqa: S311 - what they answer is made up
        self.people = [self._person(number) for number in range(many)]
        self.answered: set[tuple[int, int]] = set()

    def _person(self, number: int) -> Person:
        language = LANGUAGES[number % len(LANGUAGES)]
        person = self.box.world.people.get(FIRST_ID + number) or self.box.person(
            f"Neighbour {number + 1}", language, id=FIRST_ID + number
        )
        person.silent = True
        self.box.limits.spared.add(str(person.id))
        return person

    async def join(self) -> None:
        """Move in, a few at a time."""
        for start in range(0, len(self.people), AT_ONCE):
            await asyncio.gather(*(self._join(person) for person in self.people[start : start + AT_ONCE]))

    async def live(self) -> None:
        """Answer whatever comes, for as long as the sandbox runs."""
        while True:
            await asyncio.sleep(LOOK)
            for start in range(0, len(self.people), AT_ONCE):
                await asyncio.gather(*(self._see_to(person) for person in self.people[start : start + AT_ONCE]))

    async def _join(self, person: Person) -> None:
        """Walk through joining, or go on where it was left; whoever lives here already gets the menu."""
        self.box.open(person, f"https://t.me/{self.box.bot.username}?start={self.place}")
        pressed: set[str] = set()
        for _look in range(400):
            await asyncio.sleep(0.05)
            message = self._last(person)
            fitting = [data for data in _buttons(message) if _is_wished(data, person)]
            if pressed.intersection(fitting):
                continue  # the next question is on its way
            if message is not None and fitting:
                pressed.update(fitting)
                await self.box.answered(self.box.tap(person, message, self.mind.choice(fitting)))
            elif any(data == "o:menu" or data.startswith("o:") for data in _buttons(message)):
                return

    async def _see_to(self, person: Person) -> None:
        """Answer a check-in that waits, or leave it for good."""
        message = self._last(person)
        starts = [data for data in _buttons(message) if _START.fullmatch(data)]
        if message is None or not starts or (person.id, message.id) in self.answered:
            return
        self.answered.add((person.id, message.id))
        tap = starts[0] if self.mind.random() < ANSWERING else None
        while tap is not None:
            values = [data for data in await self._after(person, message.id, tap) if _ANSWER.fullmatch(data)]
            tap = self._choice(values) if values else None

    async def _after(self, person: Person, number: int, tap: str) -> list[str]:
        """Press a button; those that the message has once the bot has changed it, which it does after it has answered."""
        message = self._message(person, number)
        before = _buttons(message)
        if message is None or tap not in before:
            return []
        await self.box.answered(self.box.tap(person, message, tap))
        for _look in range(PATIENCE):
            if (after := _buttons(self._message(person, number))) != before:
                return after
            await asyncio.sleep(0.05)
        return []

    def _choice(self, values: list[str]) -> str:
        """More of the upper half than of the lower, as in most surveys."""
        ordered = sorted(values, key=lambda data: int(data.split(":")[3]))
        return ordered[min(len(ordered) - 1, int(self.mind.triangular(0, len(ordered), 0.7 * len(ordered))))]

    def _message(self, person: Person, number: int) -> Message | None:
        return next((message for message in self.box.messages(person) if message.id == number), None)

    def _last(self, person: Person) -> Message | None:
        said = [message for message in self.box.messages(person) if message.sender == self.box.bot.id]
        return said[-1] if said else None


def _is_wished(data: str, person: Person) -> bool:
    """Whether a button of joining is what this neighbour wants: their language, yes to everything, any patch."""
    if not data.startswith("a:"):
        return False
    return data.endswith((f".language:{person.language}", ":yes")) or ".patch:" in data


def _buttons(message: Message | None) -> list[str]:
    rows: list[list[dict[str, Any]]] = ((message.markup if message else None) or {}).get("inline_keyboard", [])
    return [button.get("callback_data", "") for row in rows for button in row]
