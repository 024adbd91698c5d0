"""The pure rules of concerns: what they can be about, who may receive one, and by when who acts.

Practice read for them: an emergency is called first, the safeguarding lead told within a working day, no secrecy promised,
nothing investigated by neighbours (facts/failures.md 3.7). No rule here reads what people wrote.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

ABOUT = ("safety", "racism", "harassment", "money", "private", "organisers", "other")
"""What a concern is about, chosen by its reporter."""
NEIGHBOUR, LEAD, ORGANISERS, NOBODY = "neighbour", "lead", "organisers", "other"
"""Whom it is against: the other side of an ask, the first lead, coordinators and steering group, nobody of these."""
FIRST, SECOND = "safeguarding", "second_lead"
"""The roles that receive concerns; the second where the first is named, or is silent."""
RUN_THINGS = frozenset({"coordinator", "steering"})
"""The roles of the organisers."""

OPEN_AT_MOST, MESSAGES_AT_MOST = 5, 40
"""Open concerns of one reporter; messages of one concern."""
WORDS_AT_MOST = 2000
REMINDERS = 2
"""So many times a lead lets the time pass before another lead has it."""
ANSWERS = timedelta(days=7)
"""A lead who has seen it answers, or closes it, within so long; a reporter who is asked something has as long."""
WRITTEN_AGAIN = timedelta(days=3)
LOOKED_FOR = timedelta(days=1)
"""Where nobody may receive it, it is looked for somebody so often."""
KEPT, COUNTED = timedelta(days=90), timedelta(days=365)
"""After closing: what was written and who it was of; then that there was one."""
DESK_CODE = 600
"""Seconds that a code for the desk works, and as long again."""


@dataclass(frozen=True)
class Patience:
    """Within how long a lead should say that they have it; how often they are reminded."""

    seen: timedelta
    again: timedelta


def patience(about: str) -> Patience:
    """A worry about somebody's safety waits for hours, all else for a day; nights included, as the bot cannot judge."""
    if about == "safety":
        return Patience(timedelta(hours=2), timedelta(hours=1))
    return Patience(timedelta(hours=24), timedelta(hours=12))


@dataclass(frozen=True)
class Lead:
    """Somebody who has one of the two roles, with all their roles, and is here."""

    id: int
    roles: frozenset[str]


def receivers(leads: Iterable[Lead], reporter: int | None, named: Collection[int], against: str) -> Sequence[int]:
    """Who may receive a concern, by number, the first in line first. Never its reporter, nor anybody it is about.

    Against the organisers: nobody who is one. Against the first lead: nobody who has that role. The second lead comes
    first in both cases.
    """
    fit = [lead for lead in leads if lead.id != reporter and lead.id not in named and not _is_meant(lead, against)]
    second_first = against in {LEAD, ORGANISERS}
    return [lead.id for lead in sorted(fit, key=lambda lead: ((FIRST in lead.roles) == second_first, lead.id))]


def _is_meant(lead: Lead, against: str) -> bool:
    return (against == ORGANISERS and bool(lead.roles & RUN_THINGS)) or (against == LEAD and FIRST in lead.roles)
