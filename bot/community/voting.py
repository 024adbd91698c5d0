"""Voting: each tap on a private ballot is one wish, saved at once, and can be changed or taken back until closing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from bot.community import rounds
from bot.community.polls import ONE_QUESTION, PollView, chosen_in, view_of
from bot.refusals import NotOnTheRoll, OldButton, RoundClosed
from bot.store import polls as store
from bot.store import rounds as rounds_store
from bot.store.engine import Session
from bot.store.tables import Resident


class Change(Enum):
    """What a tap did to a ballot."""

    COUNTED = auto()
    MOVED = auto()
    SAME = auto()
    WITHDRAWN = auto()
    SHOWN = auto()


@dataclass(frozen=True)
class Ballot:
    """A voter's own ballot: rank by option, 0 where the method knows no order."""

    poll: PollView
    chosen: Mapping[int, int]
    change: Change = Change.SHOWN


@dataclass(frozen=True)
class _Box:
    """A poll that takes this voter's wish, the voter's mark in it, and what is kept under that."""

    poll: PollView
    mark: bytes
    kept: Mapping[int, int]


def _ballot_box(session: Session, voter: Resident, round_id: int, now: datetime) -> _Box:
    """The poll and the voter's own part of it, or the refusal that fits."""
    seal = session.vault.seals.read(str(round_id))
    mark = rounds.mark_of(seal, voter.id) if seal is not None else b""
    facts, words, kept = store.ballot_box(session, round_id, voter.id, voter.language, mark)
    if facts is None:
        raise OldButton
    if facts.state != "open" or facts.closes_at <= now:
        raise RoundClosed
    if facts.on_roll is None:
        raise NotOnTheRoll
    if seal is None:
        raise RoundClosed  # lost: nobody's answer can be found again
    return _Box(view_of(facts, words), mark, kept)


def show_ballot(session: Session, voter: Resident, round_id: int, now: datetime) -> Ballot:
    """The voter's own ballot as it stands."""
    box = _ballot_box(session, voter, round_id, now)
    return Ballot(box.poll, chosen_in(box.poll, box.kept))


def cast_vote(session: Session, voter: Resident, round_id: int, option: int, rank: int, now: datetime) -> Ballot:
    """Give or take back one option on the voter's ballot; the same wish twice changes nothing.

    `rank`: 0 chooses or approves, 1.. puts it at that place of the order, -1 takes it back.
    """
    box = _ballot_box(session, voter, round_id, now)
    poll, chosen = box.poll, chosen_in(box.poll, box.kept)
    if option not in poll.options:
        raise OldButton
    wished = _with_wish(poll.method, chosen, option, rank)
    if wished == chosen:
        return Ballot(poll, chosen, Change.SAME)
    _keep(session, box, wished)
    if option not in wished:
        return Ballot(poll, wished, Change.WITHDRAWN)
    one = poll.method in {"choose", "yesno"}
    return Ballot(poll, wished, Change.MOVED if one and chosen else Change.COUNTED)


def withdraw_ballot(session: Session, voter: Resident, round_id: int, now: datetime) -> Ballot:
    """Take the whole ballot back."""
    box = _ballot_box(session, voter, round_id, now)
    rounds_store.drop_answers(session, round_id, box.mark)
    return Ballot(box.poll, {}, Change.WITHDRAWN)


def _with_wish(method: str, chosen: Mapping[int, int], option: int, rank: int) -> dict[int, int]:
    """The ballot with one wish fulfilled; ranks stay 1, 2, 3 without gaps."""
    others = {known: place for known, place in chosen.items() if known != option}
    if method in {"choose", "yesno"}:
        if rank >= 0:
            return {option: 0}
        return others
    if method == "approve":
        return others if rank < 0 else {**others, option: 0}
    if rank == 0 and option in chosen:
        return dict(chosen)  # the second tap on a button that was there before the option was ranked
    order = sorted(others, key=lambda known: others[known])
    if rank >= 0:
        order.insert(rank - 1 if rank > 0 else len(order), option)
    return {known: place for place, known in enumerate(order, 1)}


def _kept(poll: PollView, chosen: Mapping[int, int]) -> dict[int, int]:
    if poll.method in {"choose", "yesno"}:
        return {ONE_QUESTION: next(iter(chosen))} if chosen else {}
    return {option: rank or 1 for option, rank in chosen.items()}


def _keep(session: Session, box: _Box, wished: Mapping[int, int]) -> None:
    """Write what a wish changed, in one statement: what is taken back leaves the others in their order."""
    after = _kept(box.poll, wished)
    gone = [question for question in box.kept if question not in after]
    if gone:
        rounds_store.drop_answers(session, box.poll.id, box.mark, gone)
    else:
        changed = {question: value for question, value in after.items() if box.kept.get(question) != value}
        rounds_store.keep_answers(session, box.poll.id, box.mark, changed)
