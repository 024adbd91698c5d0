"""How fast letters may go: below Telegram's limits, with room left for replies (facts/failures.md 2.4)."""

import asyncio
import time

BOT_GAP = 1 / 25
"""Seconds between letters of a bot; Telegram's own bound is about 30 a second."""
CHAT_GAP = 1.0
GROUP_GAP = 3.4
"""Seconds between letters to one group: 18 a minute, of 20 that Telegram lets through, edits included."""
FORGET_AFTER = 60.0


class Pace:
    """A smooth stream: each letter is given its moment, and waits for it."""

    def __init__(self, bot_gap: float = BOT_GAP, chat_gap: float = CHAT_GAP, group_gap: float = GROUP_GAP) -> None:
        self.bot_gap, self.chat_gap, self.group_gap = bot_gap, chat_gap, group_gap
        self._next = 0.0
        self._chats: dict[int, float] = {}

    def wait(self, chat_id: int) -> float:
        """Seconds until something may go to this chat, as far as the chat itself is concerned."""
        return max(0.0, self._chats.get(chat_id, 0.0) - time.monotonic())

    def hold(self, chat_id: int, seconds: float) -> None:
        """Telegram wants nothing in this chat for a while; the others go on (facts/telegram.md D5 4)."""
        self._chats[chat_id] = max(self._chats.get(chat_id, 0.0), time.monotonic() + seconds)

    async def turn(self, chat_id: int, *, to_group: bool) -> None:
        """Wait until a letter to this chat may go."""
        now = time.monotonic()
        if len(self._chats) > 10_000:  # noqa: PLR2004 - a bound on memory, not a rule
            self._chats = {chat: at for chat, at in self._chats.items() if at > now - FORGET_AFTER}
        at = max(now, self._next, self._chats.get(chat_id, 0.0))
        self._next = max(now, self._next) + self.bot_gap
        self._chats[chat_id] = at + (self.group_gap if to_group else self.chat_gap)
        if at > now:
            await asyncio.sleep(at - now)
