"""How fast a bot may write: 30 a second, one a second to a person with small bursts, 20 a minute to a group.

Telegram states these only roughly and enforces them in its own way; a bot that lives within these lives within
Telegram's. Edits count, answers to taps do not. Real time counts, not the world's: moving the clock gives nothing.
"""

import math
import time
from dataclasses import dataclass, field

from sandbox.refusals import too_many

COUNTED = ("send", "edit", "copy", "forward")
FREE = {"sendChatAction", "sendMessageDraft", "sendRichMessageDraft"}


@dataclass
class Bucket:
    """Holds `size` calls and refills by `rate` a second."""

    size: float
    rate: float
    level: float
    at: float

    def wait(self, now: float) -> float:
        """Seconds until one more call fits."""
        self.level = min(self.size, self.level + (now - self.at) * self.rate)
        self.at = now
        return max(0.0, (1 - self.level) / self.rate)


@dataclass
class Limits:
    """Telegram's limits on writing. Change the numbers, or switch the whole off with `enabled`.

    Chats in `spared` cost nothing: a made-up crowd must not use up what is there for the people on the page.
    """

    enabled: bool = True
    bot_per_second: float = 30
    person_per_second: float = 1
    person_burst: float = 5
    group_per_minute: float = 20
    buckets: dict[tuple[int, str], Bucket] = field(default_factory=dict)
    spared: set[str] = field(default_factory=set)

    def spend(self, bot: int, method: str, chat: str) -> None:
        """Count one call, or refuse it with the seconds to wait."""
        if not self.enabled or not method.startswith(COUNTED) or method in FREE or chat in self.spared:
            return
        now = time.monotonic()
        buckets = [self.bucket((bot, ""), self.bot_per_second, self.bot_per_second, now)]
        if chat.startswith("-"):
            buckets.append(self.bucket((bot, chat), self.group_per_minute, self.group_per_minute / 60, now))
        elif chat:
            buckets.append(self.bucket((bot, chat), self.person_burst, self.person_per_second, now))
        wait = max(bucket.wait(now) for bucket in buckets)
        if wait > 0:
            raise too_many(math.ceil(wait))
        for bucket in buckets:
            bucket.level -= 1

    def bucket(self, key: tuple[int, str], size: float, rate: float, now: float) -> Bucket:
        """The bucket for a bot, or for a bot in one chat."""
        return self.buckets.setdefault(key, Bucket(size, rate, size, now))

    def change(self, **numbers: float) -> None:
        """Set other numbers; all buckets start full again."""
        for name, number in numbers.items():
            setattr(self, name, bool(number) if name == "enabled" else float(number))
        self.buckets.clear()
