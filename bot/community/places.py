"""Places: neighbourhoods, with their languages, time zone and patches."""

import re
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.refusals import NoPlace
from bot.store import places as store
from bot.store.engine import Session
from bot.store.tables import Patch, Place, Resident

SLUG = re.compile(r"[a-z][a-z0-9-]{1,30}")
LENGTHS = {"name": 80, "run_by": 160, "contact": 160, "patch": 60}
"""Characters at most, as the tables keep them."""


class PlaceWrong(ValueError):
    """A place cannot be like this; the message says what to do, to an operator."""


def add_place(
    session: Session, slug: str, name: str, run_by: str, languages: Sequence[str], timezone: str, contact: str = ""
) -> Place:
    """Found a place. Raises PlaceWrong for a name, time zone or language that cannot be."""
    if not SLUG.fullmatch(slug):
        raise PlaceWrong(f"{slug!r}: a short name has 2 to 31 letters a-z, digits and hyphens, such as 'millbrook'")
    if store.place_named(session, slug) is not None:
        raise PlaceWrong(f"{slug!r} exists already: 'kith place set {slug} ...' changes it")
    if not languages:
        raise PlaceWrong("a place needs at least one language")
    _check({"name": name, "run_by": run_by, "contact": contact, "timezone": timezone})
    place = Place(
        slug=slug,
        name=name,
        run_by=run_by,
        contact=contact,
        languages=list(languages),
        timezone=timezone,
        quiet_from="21:00",
        quiet_to="08:00",
        steering_polls=True,
    )
    session.add(place)
    session.flush()
    return place


def change_place(session: Session, place: Place, changes: dict[str, object]) -> None:
    """Change some of a place's facts. Raises PlaceWrong."""
    _check(changes)
    for name, value in changes.items():
        setattr(place, name, value)
    session.flush()


def add_patch(session: Session, place: Place, name: str) -> Patch:
    """Add a patch at the end. Raises PlaceWrong where it exists."""
    _check({"patch": name})
    known = store.patches_of(session, place.id)
    if any(patch.name.casefold() == name.casefold() for patch in known):
        raise PlaceWrong(f"{place.slug} has a patch {name!r} already")
    patch = Patch(place_id=place.id, name=name, position=len(known) + 1)
    session.add(patch)
    session.flush()
    return patch


def patches(session: Session, place: Place) -> Sequence[Patch]:
    """A place's patches in their order."""
    return store.patches_of(session, place.id)


def place_of(session: Session, resident: Resident) -> Place:
    """The place a resident belongs to."""
    return store.place_by_id(session, resident.place_id)


def place_for_newcomer(session: Session, slug: str | None) -> Place:
    """The place a link names, or the only one there is. Raises NoPlace."""
    if slug:
        place = store.place_named(session, slug) if SLUG.fullmatch(slug) else None
    else:
        known = store.all_places(session)
        place = known[0] if len(known) == 1 else None
    if place is None:
        raise NoPlace
    return place


def _check(facts: Mapping[str, object]) -> None:
    for what, at_most in LENGTHS.items():
        words = str(facts.get(what, "-"))
        if len(words) > at_most or (not words.strip() and what != "contact"):
            raise PlaceWrong(f"{what} must have 1 to {at_most} characters")
    if "timezone" in facts:
        _check_timezone(str(facts["timezone"]))
    for hour in ("quiet_from", "quiet_to", "duty_from", "duty_to"):
        if hour in facts and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", str(facts[hour])):
            raise PlaceWrong(f"{hour}: an hour looks like 21:00")
    if "languages" in facts and not facts["languages"]:
        raise PlaceWrong("a place needs at least one language")


def _check_timezone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise PlaceWrong(f"{name!r} is no time zone: use one such as Europe/London") from unknown
