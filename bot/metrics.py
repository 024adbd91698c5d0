"""What this process has counted since its start: plain dictionaries, so that a count costs nothing worth measuring.

Other rooms only count. `web/figures.py` words it for Prometheus, and imports that library only when the port opens.
No label ever names a person, a place or a chat.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

UPDATES, REFUSALS, SENDS, TICKS = "updates", "refusals", "sends", "ticks"
KINDS = ("message", "edited_message", "callback_query", "my_chat_member")

counted: Counter[tuple[str, ...]] = Counter()
"""What, and its labels' values."""


class Spread:
    """How often something took how long: counts below bounds, in seconds."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)
        self.sum = 0.0

    def note(self, seconds: float) -> None:
        """It took so long."""
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.sum += seconds


commits = Spread((0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5))
lags = Spread((1, 2, 5, 10, 30, 60, 300, 1800, 7200, 86400))
"""Telegram dates messages by the second, and taps not at all."""


def count(what: str, *labels: str) -> None:
    """It has happened once more."""
    counted[what, *labels] += 1


def heard(update: Mapping[str, Any], result: str, now: datetime) -> None:
    """An update was taken: applied, set aside, or not admitted because its sender floods."""
    kind = next((known for known in KINDS if known in update), "other")
    counted[UPDATES, kind, result] += 1
    message = update.get("message")
    if isinstance(message, Mapping) and isinstance(date := message.get("date"), int):
        lags.note(max(0.0, now.timestamp() - date))
