"""What is told of what people did in a quarter: which figures, and how a person enters each of them once. Pure.

Everybody who has joined is one row, whatever they did, so the disclosure rule's bounds hold as they stand: twelve tables
a person a quarter. Of somebody who asked several times one ask is drawn by lot, and stands for all: figures of asks are
figures of people who asked, and forty asks weigh as much as one.

An ask counts in the quarter in which it ended, when all is known of it; whom somebody asked for does not matter: it
counts with whoever asked, so that nobody has to be told apart who has no account.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.community import tally_plan
from bot.community.aid_rules import KINDS
from bot.community.checkin_tables import declared_groups
from bot.community.instruments import Question
from bot.community.tally_plan import Plan

INSTRUMENT, VERSION = "quarter", "1"
DAY = timedelta(days=1)
THEIR_LANGUAGE = ("language",)
NOT_AT_ALL = ""
"""Says nothing to a question: did not ask, or nobody said yes."""


@dataclass(frozen=True)
class Figure:
    """Something that is told of a quarter.

    Attributes:
        coarse: by band, the one of two bands that stands for it where few are in the figure.
        ordinary: a band that may be nearly everybody's, because it tells nothing of anybody.
        ordered: the bands run from quick to slow, so there is a middle one.
    """

    key: str
    told: str
    coarse: Mapping[str, str]
    tags: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    ordinary: str = ""
    ordered: bool = False

    @property
    def name(self) -> str:
        """What it is called in releases."""
        return f"{INSTRUMENT}.{self.key}"

    def as_question(self) -> Question:
        """The figure as a question that nobody was asked, so that charts and codebooks know it."""
        bands = list(self.coarse)
        return Question(
            INSTRUMENT, VERSION, self.key, "what people did, as Kith saw it", "CC0-1.0", own=False, official="en",
            translation={"en": "none"}, intro={}, text={"en": self.told}, first=1, last=len(bands), ends=False,
            words={"en": [band.replace("_", " or ") for band in bands]},
            bands={band: (at, at) for at, band in enumerate(bands, 1)}, coarse=dict(self.coarse),
            better="low", bottom=(), tags=self.tags, benchmark=None, unverified=False,
        )  # fmt: skip

    def as_counted(self) -> tally_plan.Question:
        """The figure as the disclosure rule counts it."""
        return tally_plan.Question(
            self.name, tuple(self.coarse), tuple(self.coarse.values()), self.by, self.ordinary
        )  # fmt: skip


WELL = "community-power:community wellbeing and resilience"
HANDS = "errands, lifts and repairs"
TOGETHER = "company, children, language, forms and other"
_HANDS = {"food", "prescription", "shopping", "lift", "repairs"}
SOON, LATE = "a day or less", "more than a day"
"""The two wide bands of times. A wide band may have a narrow one's name only where it is that one alone."""
WITHIN_A_DAY = ("within an hour", "within a day", SOON)
"""The bands of both times that a share within a day is the sum of; each figure has those that it can have."""

ASKED = Figure(
    "asked", "How often people asked for help",
    {"not at all": "not at all", "once": "asked", "twice or more": "asked"}, (WELL,), ordinary="not at all",
)  # fmt: skip
HELPED = Figure(
    "helped", "Who helped a neighbour, and who offers to",
    {"helped": "helped or offered", "offered": "helped or offered", "neither": "neither"},
    ("dividends:capacity", "dividends:citizenship", WELL), ordinary="neither",
)  # fmt: skip
MET = Figure(
    "met", "Who met a neighbour for the first time, through help asked or given",
    {"yes": "yes", "no": "no"},
    ("collective-control:social connectedness", "community-power:cohesion", "dividends:wellbeing"), ordinary="no",
)  # fmt: skip
REACHED = Figure(
    "reached", "Whom public messages reached",
    {"in their language": "reached", "in another language": "reached", "not reached": "not reached"},
    ("collective-control:knowledge, understanding and skills",), ordinary="not reached",
)  # fmt: skip
KIND = Figure(
    "kind", "What people asked for", {kind: HANDS if kind in _HANDS else TOGETHER for kind in KINDS},
)  # fmt: skip
CAME = Figure(
    "came", "What came of asking",
    {"helped by a neighbour": "helped by a neighbour", "ended otherwise": "not helped by a neighbour",
     "nobody found": "not helped by a neighbour"},
    (WELL, "community-power:cohesion"), by=THEIR_LANGUAGE,
)  # fmt: skip
FOUND = Figure(
    "found", "How long until a neighbour said yes",
    {"within an hour": SOON, "within a day": SOON, "within 3 days": LATE, "later": LATE},
    by=THEIR_LANGUAGE, ordered=True,
)  # fmt: skip
DONE = Figure(
    "done", "How long until it was done",
    {"within a day": SOON, "within 3 days": LATE, "within a week": LATE, "later": LATE},
    by=THEIR_LANGUAGE, ordered=True,
)  # fmt: skip
FIGURES = (ASKED, HELPED, MET, REACHED, KIND, CAME, FOUND, DONE)
BY_NAME = {figure.name: figure for figure in FIGURES}
CAME_OF = {"not_needed": "ended otherwise", "elsewhere": "ended otherwise", "left": "ended otherwise",
           "unknown": "ended otherwise", "unmet": "nobody found", "expired": "nobody found"}  # fmt: skip
LEVELS = {None: "not reached", 1: "in another language", 2: "in their language"}


@dataclass(frozen=True)
class Ended:
    """An ask that ended: who asked, for what, in which language, how long it took, and as what it ended (None: done)."""

    asker: int
    kind: str
    language: str
    made_at: datetime
    matched_at: datetime | None
    done_at: datetime | None
    ended_as: str | None


@dataclass(frozen=True)
class Deeds:
    """What happened at a place in a quarter, by numbers of residents.

    Attributes:
        people: everybody who has joined, with the language they read.
        asks: how many asks each person made.
        met: whoever met a neighbour for the first time.
        reached: by person 1 or 2, as store.tables.Reached has it; None where no public message was sent.
    """

    people: Mapping[int, str]
    asks: Mapping[int, int] = field(default_factory=dict)
    ended: Sequence[Ended] = ()
    helped: frozenset[int] = frozenset()
    offered: frozenset[int] = frozenset()
    met: frozenset[int] = frozenset()
    reached: Mapping[int, int] | None = None


Choose = Callable[[Sequence[Ended]], Ended]


def plan_of(place: str, quarter: str, languages: Sequence[str]) -> Plan:
    """What is declared of a quarter: the same everywhere, but for the place's languages."""
    groups = declared_groups(THEIR_LANGUAGE, [], languages)
    named = {name: tuple(label for _key, label in known) for name, known in groups.items()}
    return Plan(f"{place} {quarter}", tuple(figure.as_counted() for figure in FIGURES), named)


def rows(deeds: Deeds, choose: Choose = secrets.choice) -> Iterator[tuple[str, ...]]:
    """A row for each person, in the order of plan_of().columns. `choose` draws one of a person's asks."""
    asks: dict[int, list[Ended]] = {}
    for one in deeds.ended:
        asks.setdefault(one.asker, []).append(one)
    for person, language in deeds.people.items():
        drawn = choose(asks[person]) if person in asks else None
        yield (*_did(deeds, person), *_of_ask(drawn), drawn.language if drawn else language)


def _did(deeds: Deeds, person: int) -> tuple[str, str, str, str]:
    times = deeds.asks.get(person, 0)
    asked = "twice or more" if times > 1 else "once" if times else "not at all"
    helped = "helped" if person in deeds.helped else "offered" if person in deeds.offered else "neither"
    reached = NOT_AT_ALL if deeds.reached is None else LEVELS[deeds.reached.get(person)]
    return asked, helped, "yes" if person in deeds.met else "no", reached


def _of_ask(ask: Ended | None) -> tuple[str, str, str, str]:
    if ask is None:
        return NOT_AT_ALL, NOT_AT_ALL, NOT_AT_ALL, NOT_AT_ALL
    came = "helped by a neighbour" if ask.done_at else CAME_OF.get(ask.ended_as or "", "ended otherwise")
    found, done = _after(ask, ask.matched_at), _after(ask, ask.done_at)
    return ask.kind if ask.kind in KINDS else "other", came, _found(found), _done(done)


def _after(ask: Ended, moment: datetime | None) -> timedelta | None:
    return None if moment is None else moment - ask.made_at


def _found(took: timedelta | None) -> str:
    if took is None:
        return NOT_AT_ALL
    if took <= timedelta(hours=1):
        return "within an hour"
    return "within a day" if took <= DAY else "within 3 days" if took <= 3 * DAY else "later"


def _done(took: timedelta | None) -> str:
    if took is None:
        return NOT_AT_ALL
    if took <= DAY:
        return "within a day"
    return "within 3 days" if took <= 3 * DAY else "within a week" if took <= 7 * DAY else "later"
