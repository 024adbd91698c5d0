"""Telling people what came of what they said: everybody who was invited, for who answered is no longer known."""

import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.community import charts, checkins
from bot.community.instruments import Question, echo
from bot.community.letters import FOLLOW_UP, KINDS, Kind, Matter, Reading, owe
from bot.community.tally_plan import ALL
from bot.community.tally_release import Table, TallyRelease
from bot.store import checkins as store
from bot.store import places
from bot.store import rounds as rounds_store
from bot.store.engine import Session
from bot.store.tables import Checkin, Round

RESULT = "checkin_result"


@dataclass(frozen=True)
class Playback:
    """What a wave said, in everybody's hands: `echo` is the round that asks whether it rings true, `ask` its question."""

    round_id: int
    place: str
    opened_at: datetime
    timezone: str
    questions: Sequence[Question]
    release: TallyRelease
    echo: int | None
    ask: Question

    def over_all(self, name: str) -> Table | None:
        """A question's table over all answers, where it was published."""
        tables = (one for one in self.release.tables if one.question == name and one.breakdown == ALL and one.rows)
        return next(tables, None)


def tell(session: Session, now: datetime) -> int:
    """Owe the next slice of results, once its pictures are drawn: the steering group first, where the place says so.

    Says how many.
    """
    return sum(_tell_slice(session, round_, checkin, now) for round_, checkin in store.to_tell(session))


def _tell_slice(session: Session, round_: Round, checkin: Checkin, now: datetime) -> int:
    place = places.place_by_id(session, round_.place_id)
    first = store.residents_with_role(session, place.id, "steering") if place.steering_first_days else set()
    later = round_.closes_at + timedelta(days=place.steering_first_days)
    people = store.on_roll_after(session, round_.id, checkin.telling or 0, checkins.SLICE)
    owed = 0
    for person in people:
        if person.state != "here" or not checkins.agreed(session, person.id):
            continue
        when = now if person.id in first or not place.steering_first_days else later
        dedupe = f"{RESULT}:{round_.id}:{person.id}"
        owed += owe(
            session, place.id, RESULT, {}, dedupe, now,
            resident_id=person.id, round_id=round_.id, not_before=when,
        ) is not None  # fmt: skip
    checkin.telling = people[-1].id if len(people) == checkins.SLICE else None
    session.flush()
    return owed


def playback(session: Session, round_id: int) -> Playback | None:
    """What a closed wave said, or None while it has not."""
    round_, checkin = rounds_store.round_by_id(session, round_id), store.checkin_of(session, round_id)
    release = rounds_store.release_of(session, round_id)
    if round_ is None or checkin is None or release is None:
        return None
    place = places.place_by_id(session, round_.place_id)
    asked = store.echo_of(session, round_id)
    rings = rounds_store.round_by_id(session, asked) if asked is not None else None
    return Playback(
        round_id,
        place.name,
        round_.opened_at or round_.closes_at,
        place.timezone,
        checkins.questions_of(checkin.questions),
        TallyRelease.from_facts(json.loads(release.body)),
        rings.id if rings is not None and rings.state == "open" else None,
        echo(),
    )


def _about(session: Session, reading: Reading) -> Matter | None:
    told = playback(session, reading.round_id or 0)
    if told is None or not told.release.is_published:
        return None if told is None else Matter(told)
    return Matter(told, photo=charts.photo_for(session, reading))


def _alike(reading: Reading) -> Hashable | None:
    return (reading.round_id, reading.language)


KINDS[RESULT] = Kind(FOLLOW_UP, timedelta(days=14), _about, alike=_alike, unasked=True, arrived=charts.arrived)
