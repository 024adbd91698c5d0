"""What makes a round a poll: its method and options; cards in groups; who voted what in an open poll."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, delete, func, insert, or_, select

from bot.store.engine import Session
from bot.store.prepared import Prepared, together
from bot.store.rounds import UNDER
from bot.store.tables import (
    Card,
    GroupChat,
    Letter,
    OpenVote,
    Option,
    Place,
    Poll,
    Resident,
    Roll,
    Round,
    Text,
    Wording,
)

Worded = tuple[int, str, str, str]
"""One of a poll's wordings: position (0: the title), the text's source language, the language, the words."""


@dataclass(frozen=True, slots=True)
class PollFacts:
    """A poll's own facts, its place's time zone, and the resident's id where they are on its roll."""

    id: int
    title_id: int
    secrecy: str
    state: str
    closes_at: datetime
    method: str
    quorum: int
    lot_seed: str
    timezone: str
    on_roll: int | None


def add_poll(
    session: Session, round_: Round, method: str, quorum: int, lot_seed: str, options: Sequence[int | None]
) -> None:
    """Write a round's poll and its options; an option's text is absent where the method words it (yes, no, abstain)."""
    session.add(round_)
    session.flush()
    session.add(Poll(round_id=round_.id, method=method, quorum=quorum, lot_seed=lot_seed))
    session.add_all(
        Option(round_id=round_.id, position=position, text_id=text_id) for position, text_id in enumerate(options, 1)
    )
    session.flush()


_POLL = (
    select(
        Round.id,
        Round.title_id,
        Round.secrecy,
        Round.state,
        Round.closes_at,
        Poll.method,
        Poll.quorum,
        Poll.lot_seed,
        Place.timezone,
        Roll.resident_id,
    )
    .join(Poll, Poll.round_id == Round.id)
    .join(Place, Place.id == Round.place_id)
    .outerjoin(Roll, and_(Roll.round_id == Round.id, Roll.resident_id == bindparam("resident_id")))
    .where(Round.id == bindparam("round_id"))
)
_LOOK, _LOOK_TO_VOTE = Prepared(_POLL), Prepared(_POLL.with_for_update(read=True, of=Round))


def poll_facts(session: Session, round_id: int) -> PollFacts | None:
    """A poll's facts, with nobody in mind, or None."""
    row = _LOOK.first(session, round_id=round_id, resident_id=None)
    return None if row is None else PollFacts(*row)


_HERE = and_(Option.text_id == Text.id, Option.round_id == bindparam("round_id"))
_TEXTS = (
    select(Round.title_id)
    .where(Round.id == bindparam("round_id"))
    .union_all(select(Option.text_id).where(Option.round_id == bindparam("round_id")))
)
_WORDS = (
    select(func.coalesce(Option.position, 0), Text.source_language, Wording.language, Wording.body)
    .select_from(Text)
    .join(Wording, Wording.text_id == Text.id)
    .outerjoin(Option, _HERE)
    .where(Text.id.in_(_TEXTS), Wording.state == "approved")
)
_ALL_WORDS = Prepared(_WORDS)
_WORDS_IN_ONE = Prepared(
    _WORDS.where(or_(Wording.language == bindparam("language"), Wording.language == Text.source_language))
)


def words_in(session: Session, round_id: int, language: str | None) -> Sequence[Worded]:
    """A poll's words, in one language and the source's, or in all. Options that the method words itself have none."""
    if language is None:
        return _ALL_WORDS.rows(session, round_id=round_id)
    return _WORDS_IN_ONE.rows(session, round_id=round_id, language=language)


def ballot_box(
    session: Session, round_id: int, resident_id: int, language: str, mark: bytes
) -> tuple[PollFacts | None, Sequence[Worded], dict[int, int]]:
    """What a voter's tap must be checked against, the poll's words, and what is kept under the voter's mark.

    Keeps the round as it is until this transaction ends: on PostgreSQL a poll that closes meanwhile waits, so that no
    answer arrives after its round was counted. (It locks the round's row, never the person's.)
    """
    poll, words, kept = together(
        session,
        _LOOK_TO_VOTE.asked(round_id=round_id, resident_id=resident_id),
        _WORDS_IN_ONE.asked(round_id=round_id, language=language),
        UNDER.asked(round_id=round_id, mark=mark),
    )
    return (None if poll.first is None else PollFacts(*poll.first)), words.rows, dict(kept.rows)


def keep_open_votes(session: Session, round_id: int, votes: Mapping[int, Mapping[int, int]]) -> None:
    """Write who voted what in an open poll: rank (0: none) by option, by resident."""
    rows = [
        {"round_id": round_id, "resident_id": resident, "option": option, "rank": rank}
        for resident, ballot in votes.items()
        for option, rank in ballot.items()
    ]
    if rows:
        session.execute(insert(OpenVote), rows)


def open_votes_of(session: Session, round_id: int) -> Sequence[tuple[Resident, int, int]]:
    """Who voted what in a closed open poll: resident, option, rank."""
    query = (
        select(Resident, OpenVote.option, OpenVote.rank)
        .join(OpenVote, OpenVote.resident_id == Resident.id)
        .where(OpenVote.round_id == round_id)
        .order_by(OpenVote.option, Resident.id)
    )
    return [(resident, option, rank) for resident, option, rank in session.execute(query)]


def add_card(session: Session, round_id: int, group_id: int, letter_id: int) -> None:
    """Note that a letter brings a poll's card to a group."""
    session.add(Card(round_id=round_id, group_id=group_id, letter_id=letter_id, shows=""))
    session.flush()


def cards_shown(session: Session) -> Sequence[tuple[Card, Round, GroupChat, int]]:
    """Cards that stand in groups (their message is known) and are not drawn for the last time."""
    query = (
        select(Card, Round, GroupChat, Letter.message_id)
        .join(Round, Round.id == Card.round_id)
        .join(GroupChat, GroupChat.id == Card.group_id)
        .join(Letter, Letter.id == Card.letter_id)
        .where(Letter.state == "sent", Letter.message_id.is_not(None), ~GroupChat.lost, Card.shows != "done")
    )
    return [(card, round_, group, message or 0) for card, round_, group, message in session.execute(query)]


def drop_letters_about(session: Session, round_id: int, kinds: Sequence[str]) -> None:
    """Delete a closed round's letters of these kinds: who was still reminded is nobody's business afterwards."""
    session.execute(delete(Letter).where(Letter.round_id == round_id, Letter.kind.in_(kinds)))


def set_state(session: Session, round_: Round, state: str, closes_at: datetime | None = None) -> None:
    """Move a round through its life; a round that is closed by hand closes now."""
    round_.state = state
    round_.remind_at = None
    if closes_at is not None:
        round_.closes_at = min(round_.closes_at, closes_at)
    session.flush()
