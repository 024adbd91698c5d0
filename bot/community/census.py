"""How many residents a place has, for its coordinator: never a list, and no number that points at somebody.

Every number is rounded to 5 and "under 5" stands for 0 to 4, the total too. It is operational: one-way counts only, so
that nothing can be crossed, and coarse, so that a person who joins or leaves is hardly ever seen. What leaves the house
goes through disclosure.py instead.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.community.residents import ROLES
from bot.store import census as store
from bot.store import places, residents
from bot.store.engine import Session
from bot.store.tables import Place

STEP = 5
STATES = ("here", "stopped", "unreachable")
NO_PATCH = "(none)"


@dataclass(frozen=True)
class Census:
    """Rounded numbers of residents: None means under five."""

    total: int | None
    by: Mapping[str, Mapping[str, int | None]]


def about(count: int) -> int | None:
    """The number rounded to five; None under five."""
    return None if count < STEP else STEP * round(count / STEP)


def census(session: Session, place: Place) -> Census:
    """Count a place's residents. Every row that could be there is there, so that none appears with somebody."""
    patches = [patch.name for patch in places.patches_of(session, place.id)]
    by_patch = {name or NO_PATCH: count for name, count in store.by_patch(session, place.id).items()}
    return Census(
        total=about(residents.count_residents(session, place.id)),
        by={
            "language": _rows(place.languages, store.by_language(session, place.id)),
            "patch": _rows([*patches, NO_PATCH], by_patch),
            "state": _rows(STATES, store.by_state(session, place.id)),
            "role": _rows(ROLES, store.by_role(session, place.id)),
        },
    )


def _rows(known: Iterable[str], counted: Mapping[str, int]) -> dict[str, int | None]:
    """A row for each known value. One that is not known any more (a language taken off) shows only from five on."""
    rows = {value: about(counted.get(value, 0)) for value in known}
    return rows | {value: about(count) for value, count in counted.items() if value not in rows and count >= STEP}
