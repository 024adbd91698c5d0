"""What closed check-ins, polls and quarters said, for whoever pulls counts: releases only, never what they were made of."""

from collections.abc import Sequence

from sqlalchemy import select

from bot.store.engine import Session
from bot.store.tables import Checkin, Place, QuarterRelease, Release, Round

_KINDS = ("checkin", "echo")


def released_checkins(session: Session) -> Sequence[tuple[Release, Round, Checkin, Place]]:
    """Every release of a check-in, with what it was of; by place and time."""
    query = (
        select(Release, Round, Checkin, Place)
        .join(Round, Round.id == Release.round_id)
        .join(Checkin, Checkin.round_id == Round.id)
        .join(Place, Place.id == Round.place_id)
        .where(Round.kind.in_(_KINDS))
        .order_by(Place.slug, Round.opened_at, Round.id)
    )
    return [(release, round_, checkin, place) for release, round_, checkin, place in session.execute(query)]


def released_polls(session: Session) -> Sequence[tuple[Release, Place]]:
    """Every release of a poll with its place; by place and time."""
    query = (
        select(Release, Place)
        .join(Round, Round.id == Release.round_id)
        .join(Place, Place.id == Round.place_id)
        .where(Round.kind == "poll")
        .order_by(Place.slug, Release.released_at, Release.round_id)
    )
    return [(release, place) for release, place in session.execute(query)]


def released_quarters(session: Session) -> Sequence[tuple[QuarterRelease, Place]]:
    """Every release of a quarter with its place; by place and time."""
    query = select(QuarterRelease, Place).join(Place, Place.id == QuarterRelease.place_id)
    found = session.execute(query.order_by(Place.slug, QuarterRelease.quarter))
    return [(release, place) for release, place in found]
