"""How fast letters may go: below Telegram's limits, with room left for replies (facts/failures.md 2.4).

Telegram is taken for a bucket of calls that refills by `rate` a second. Letters take their turns a gap apart; a reply
goes at once and pushes the next letter back by its share, so that both together stay within the bucket.
"""

import asyncio
import time

BOT_GAP = 1 / 29
"""Seconds between letters of a bot; Telegram's own bound is about 30 a second."""
REPLY_COSTS = 1 / 30
"""Seconds that a reply takes of the letters' time."""
REPLIES_AHEAD = 10.0
"""Seconds at most by which replies push letters back: however much people tap, letters begin again at some time."""
CHAT_GAP = 1.0
GROUP_GAP = 3.4
"""Seconds between letters to one group: 18 a minute, of 20 that Telegram lets through, edits included."""
CATCH_UP = 0.15
"""Seconds that a stream which was held up for a moment may be behind its plan, and make good."""
SLOWER = 2.0
"""How many times longer the gaps are for a while after the whole bot was over its limit."""
FORGET_AFTER = 60.0
CHATS = 10_000


class Pace:
    """A smooth stream: each letter is given its moment, and waits for it."""

    def __init__(self, bot_gap: float = BOT_GAP, chat_gap: float = CHAT_GAP, group_gap: float = GROUP_GAP) -> None:
        self.bot_gap, self.chat_gap, self.group_gap = bot_gap, chat_gap, group_gap
        self._next = 0.0
        self._chats: dict[int, float] = {}
        self._refused: dict[int, float] = {}
        self._paused_until = 0.0
        self._slow_until = 0.0

    @property
    def gap(self) -> float:
        """Seconds between letters at present."""
        return self.bot_gap * SLOWER if time.monotonic() < self._slow_until else self.bot_gap

    @property
    def paused(self) -> float:
        """Seconds for which the whole bot is silent."""
        return max(0.0, self._paused_until - time.monotonic())

    def wait(self, chat_id: int) -> float:
        """Seconds until something may go to this chat, as far as the chat itself is concerned."""
        return max(0.0, self._chats.get(chat_id, 0.0) - time.monotonic())

    def refused(self, chat_id: int) -> float:
        """Seconds for which Telegram said it wants nothing in this chat."""
        return max(0.0, self._refused.get(chat_id, 0.0) - time.monotonic())

    def hold(self, chat_id: int, seconds: float) -> bool:
        """Telegram wants nothing in this chat for a while; the others go on (facts/telegram.md D5 4).

        Says whether another chat is held already: then it is the bot that is over its limit, not a chat.
        """
        now = time.monotonic()
        self._chats[chat_id] = max(self._chats.get(chat_id, 0.0), now + seconds)
        self._refused = {chat: until for chat, until in self._refused.items() if until > now}
        another = any(chat != chat_id for chat in self._refused)
        self._refused[chat_id] = now + seconds
        return another

    def pause(self, seconds: float, slow: float) -> None:
        """Nothing goes for a while, and then slowly for another."""
        now = time.monotonic()
        self._paused_until = max(self._paused_until, now + seconds)
        if slow:
            self._slow_until = max(self._slow_until, now + seconds + slow)

    def replied(self, chat_id: int) -> None:
        """A reply goes out now: letters give way, and its chat has had its message of this second."""
        if not self.bot_gap:
            return
        now = time.monotonic()
        self._next = min(max(now, self._next) + REPLY_COSTS, now + REPLIES_AHEAD)
        gap = self.chat_gap if chat_id > 0 else self.group_gap
        self._chats[chat_id] = max(self._chats.get(chat_id, 0.0), now + gap)

    def room(self, within: float) -> int | None:
        """How many letters will get their moment within so many seconds; None where there is no bound."""
        now, gap = time.monotonic(), self.gap
        if self._paused_until > now:
            return 0
        if not gap:
            return None
        return max(0, int((now + within - max(now, self._next)) / gap) + 1) if self._next <= now + within else 0

    def until_room(self) -> float:
        """Seconds until the next letter may go."""
        now = time.monotonic()
        return max(0.0, self._next - now, self._paused_until - now)

    async def turn(self, chat_id: int, *, to_group: bool) -> None:
        """Wait until a letter to this chat may go."""
        now = time.monotonic()
        if len(self._chats) > CHATS:  # a bound on memory, not a rule
            self._chats = {chat: at for chat, at in self._chats.items() if at > now - FORGET_AFTER}
        moment = max(now - CATCH_UP, self._next)
        at = max(now, moment, self._chats.get(chat_id, 0.0))
        self._next = moment + self.gap
        self._chats[chat_id] = at + (self.group_gap if to_group else self.chat_gap)
        if at > now:
            await asyncio.sleep(at - now)
