"""The filter that turns a button's data into a tap."""

from typing import Any

from aiogram.filters import Filter
from aiogram.types import CallbackQuery

from bot.taps import Tap, unpack


class Tapped(Filter):
    """Lets taps of one kind through, as `tap`; forged or outdated data never fits and falls to handlers/anything.py."""

    def __init__(self, kind: type[Tap]) -> None:
        self.kind = kind
        self.head = kind.prefix + ":"

    async def __call__(self, query: CallbackQuery) -> bool | dict[str, Any]:
        """Whether the tap is of this kind. (Asynchronous because aiogram calls it so.)."""
        if query.data is None or not query.data.startswith(self.head):
            return False
        tap = unpack(self.kind, query.data)
        return {"tap": tap} if tap is not None else False
