"""What closed polls said, and whose business it is."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.community.disclosure import PollRelease
from bot.community.letters import FOLLOW_UP, KINDS, Kind, Matter, Reading
from bot.community.polls import PollView, poll_view
from bot.community.residents import has_role
from bot.store import polls as store
from bot.store import residents as residents_store
from bot.store import rounds as rounds_store
from bot.store.engine import Session
from bot.store.tables import Resident


@dataclass(frozen=True)
class Result:
    """What a closed poll says; `names` are the voters' by option, in an open poll only."""

    poll: PollView
    release: PollRelease
    names: Mapping[int, Sequence[str]]


def result_of(session: Session, round_id: int, language: str | None = None) -> Result | None:
    """What a closed poll said, or None while it has not."""
    poll = poll_view(session, round_id, language)
    release = rounds_store.release_of(session, round_id)
    if poll is None or release is None:
        return None
    names: dict[int, list[str]] = {}
    for resident, option, _rank in store.open_votes_of(session, round_id):
        names.setdefault(option, []).append(residents_store.name_of(session, resident))
    return Result(poll, PollRelease.from_facts(json.loads(release.body)), names)


def may_see(session: Session, resident: Resident, round_id: int) -> bool:
    """Whether a closed poll's result is this resident's business: they were on its roll, or coordinate its place."""
    if rounds_store.is_on_roll(session, round_id, resident.id):
        return True
    round_ = rounds_store.round_by_id(session, round_id)
    return round_ is not None and round_.place_id == resident.place_id and has_role(session, resident, "coordinator")


def _about(session: Session, letter: Reading) -> Matter | None:
    assert letter.round_id is not None
    result = result_of(session, letter.round_id, letter.language)
    return None if result is None else Matter(result, unless_in=tuple(letter.facts(session).get("unless_in", ())))


KINDS["poll_result"] = Kind(FOLLOW_UP, timedelta(days=14), _about)
