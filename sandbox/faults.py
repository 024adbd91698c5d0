"""Faults on demand: refusals, silence, cut connections, slowness, updates that come twice."""

import random
from dataclasses import asdict, dataclass, fields
from typing import Any

from sandbox.refusals import Json, Misdirected, Refused
from sandbox.world import Bot

WORDS = {
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
BEFORE, AFTER = "before", "after"


@dataclass
class Fault:
    """What shall go wrong, in which calls, and how often.

    Which calls: `method` (or "*"), `chat`, `contains` (words in any parameter), `bot`.
    How often: the next `times` calls, or each with `probability`; neither: once, but slowness lasts.
    What: `code` with `description` and `retry_after`; `hang` seconds, then a cut connection; `drop` the connection
    "before" or "after" the call took effect; `delay` in seconds, or [least, most]; `duplicate` updates.
    """

    method: str = "*"
    times: int | None = None
    probability: float | None = None
    chat: str | None = None
    contains: str | None = None
    bot: int | None = None
    code: int | None = None
    description: str | None = None
    retry_after: int | None = None
    hang: float | None = None
    drop: str | None = None
    delay: float | list[float] | None = None
    duplicate: int = 0
    used: int = 0

    def __post_init__(self) -> None:
        if self.retry_after is not None:
            self.code = self.code or 429
        if self.drop not in (None, BEFORE, AFTER):
            raise Misdirected('A connection drops "before" or "after" the call took effect.')
        if not (self.code or self.hang or self.drop or self.delay or self.duplicate):
            raise Misdirected("Say what goes wrong: code, retry_after, hang, drop, delay or duplicate.")
        if self.times is None and self.probability is None and not self.delay:
            self.times = 1

    @property
    def spent(self) -> bool:
        """Whether it has happened as often as it should."""
        return self.times is not None and self.used >= self.times

    def meets(self, bot: int, method: str, values: Json) -> bool:
        """Whether this call is meant."""
        return (
            not self.spent
            and self.method.lower() in ("*", method.lower())
            and self.bot in (None, bot)
            and self.chat in (None, str(values.get("chat_id", "")))
            and (self.contains is None or any(self.contains in str(value) for value in values.values()))
        )

    def refusal(self) -> Refused:
        """The refusal, in Telegram's usual words unless others were given."""
        code = self.code or 500
        if code == 429 and self.description is None:  # noqa: PLR2004 - Too Many Requests
            seconds = self.retry_after or 1
            return Refused(code, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        parameters = {} if self.retry_after is None else {"retry_after": self.retry_after}
        return Refused(code, self.description or WORDS.get(code, "Bad Request"), **parameters)

    def seconds(self, dice: random.Random) -> float:
        """How long the delay is this time."""
        if isinstance(self.delay, list):
            return dice.uniform(*self.delay)
        return self.delay or 0.0


class Faults:
    """All faults that are still to come. `dice` may be seeded to make chance repeatable."""

    def __init__(self) -> None:
        self.all: list[Fault] = []
        self.dice = random.Random()  # noqa: S311 - not for secrets

    def add(self, **what: Any) -> Fault:
        """Plan a fault; names are those of Fault."""
        strange = sorted(set(what) - {one.name for one in fields(Fault)} | set(what) & {"used"})
        if strange:
            raise Misdirected(f"A fault has no {strange[0]!r}; it has {', '.join(f.name for f in fields(Fault))}.")
        if what.get("chat") is not None:
            what["chat"] = str(what["chat"])
        self.all.append(Fault(**what))
        return self.all[-1]

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        self.all.clear()

    def meeting(self, bot: int, method: str, values: Json) -> list[Fault]:
        """What goes wrong with this call: all slowness that applies, and the first fault of another kind."""
        met: list[Fault] = []
        for fault in self.all:
            another = fault.delay is None and any(one.delay is None for one in met)
            if fault.duplicate or another or not fault.meets(bot, method, values) or not self.happens(fault):
                continue
            fault.used += 1
            met.append(fault)
        return met

    def happens(self, fault: Fault) -> bool:
        """Throw the dice, if it is a matter of chance."""
        return fault.probability is None or self.dice.random() < fault.probability

    def copies(self, bot: Bot, kind: str) -> int:
        """How many times more an update shall come."""
        for fault in self.all:
            if fault.duplicate and fault.meets(bot.id, kind, {}) and self.happens(fault):
                fault.used += 1
                return fault.duplicate
        return 0

    def listed(self) -> list[Json]:
        """All faults, as the control API shows them."""
        return [asdict(fault) for fault in self.all]
