"""What has been published, for evaluators to pull: stored releases and what they were of. Nothing is counted here.

A release that does not fit its hash is refused: somebody has changed what was said to be final.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from bot.community.instruments import Question
from bot.community.quarter_days import first_day
from bot.community.tally_plan import ALL
from bot.community.tally_release import Table, TallyRelease
from bot.store import tallies as store
from bot.store.engine import Session
from bot.store.tables import Checkin, Place, QuarterRelease, Release, Round

KINDS = {"checkin": "check-in", "echo": "does it ring true", "quarter": "quarter"}


class ReleaseAltered(ValueError):
    """A stored release is not what its hash was taken of."""

    def __init__(self, key: str) -> None:
        super().__init__(f"release {key} does not fit its hash: it was changed after its close, and is not shown")


class NoSuchRelease(ValueError):
    """There is no such release, or the asker may not see its place."""

    def __init__(self, key: str) -> None:
        super().__init__(f"there is no release {key!r}: 'kith tallies list' shows them")


@dataclass(frozen=True)
class Published:
    """A release with what it was of.

    Attributes:
        key: what it is pulled by: a check-in's number, or a place and a quarter (millbrook-2026-q4).
        kind: checkin, echo (the tiny round of whether a result rings true) or quarter.
        opened, closed: days, in the place's time zone.
        questions: as they were asked; for a quarter its figures, which nobody was asked.
        messages: of a quarter: how many public messages were sent, and how many there are in each language.
    """

    key: str
    kind: str
    place: str
    place_name: str
    audience: str
    opened: date
    closed: date
    questions: tuple[Question, ...]
    release: TallyRelease
    sha256: str
    messages: "Messages | None" = None

    @property
    def response_pct(self) -> int | None:
        """Answered by invited, both published numbers, in whole per cent; None where either is not told.

        Whoever answered with a researcher was not invited, and is left out.
        """
        came = self.release.came
        invited, answered = came.get("invited", 0), came.get("answered", 0) - came.get("assisted", 0)
        return min(100, round(100 * max(0, answered) / invited)) if invited else None

    def over_all(self, name: str) -> Table | None:
        """A question's table over all answers, where it was published."""
        return next((one for one in self.tables_of(name) if one.breakdown == ALL and one.rows), None)

    def tables_of(self, name: str) -> Sequence[Table]:
        """A question's tables, published or not."""
        return [one for one in self.release.tables if one.question == name]

    def in_short(self) -> dict[str, object]:
        """What a list says of it."""
        return {
            "release": self.key,
            "wave": self.release.wave,
            "kind": KINDS[self.kind],
            "place": self.place,
            "opened": self.opened.isoformat(),
            "closed": self.closed.isoformat(),
            "published": self.release.is_published,
            "answered": self.release.came.get("answered"),
            "sha256": self.sha256,
        }


@dataclass(frozen=True)
class Messages:
    """Public messages of a quarter, counted as messages, not as people: `worded` has how many, by language."""

    sent: int
    worded: tuple[tuple[str, int], ...]


def published(session: Session, slugs: Sequence[str] = (), keys: Sequence[str] = ()) -> list[Published]:
    """Every release of these places (none: of all), or only those with these keys; by place and time.

    Raises NoSuchRelease for a key that is none of them, ReleaseAltered.
    """
    found = [_checkin(*row) for row in store.released_checkins(session)]
    found += [_quarter(*row) for row in store.released_quarters(session)]
    ours = sorted((one for one in found if one.place in slugs or not slugs), key=lambda one: (one.place, one.opened))
    known = {one.key for one in ours}
    for key in keys:
        if key not in known:
            raise NoSuchRelease(key)
    return [one for one in ours if one.key in keys or not keys]


def _checkin(release: Release, round_: Round, checkin: Checkin, place: Place) -> Published:
    zone = ZoneInfo(place.timezone)
    return Published(
        str(round_.id),
        round_.kind,
        place.slug,
        place.name,
        round_.audience,
        (round_.opened_at or round_.closes_at).astimezone(zone).date(),
        release.released_at.astimezone(zone).date(),
        tuple(Question.from_facts(facts) for facts in checkin.questions),
        TallyRelease.from_facts(_read(str(round_.id), release.body, release.sha256)),
        release.sha256,
    )


def _quarter(release: QuarterRelease, place: Place) -> Published:
    key = f"{place.slug}-{release.quarter.lower()}"
    facts = _read(key, release.body, release.sha256)
    messages = facts["messages"]
    return Published(
        key,
        "quarter",
        place.slug,
        place.name,
        "everyone",
        first_day(release.quarter),
        release.released_at.astimezone(ZoneInfo(place.timezone)).date(),
        tuple(Question.from_facts(one) for one in facts["figures"]),
        TallyRelease.from_facts(facts["tallies"]),
        release.sha256,
        Messages(messages["sent"], tuple(sorted(messages["worded"].items()))),
    )


def _read(key: str, body: str, digest: str) -> dict[str, Any]:
    if sha256(body.encode()).hexdigest() != digest:
        raise ReleaseAltered(key)
    facts: dict[str, Any] = json.loads(body)
    return facts
