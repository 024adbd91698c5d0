"""Steering-group polls: made, opened, reminded of, closed and counted. Voting itself is in voting.py.

Options are known by their position. A ballot is kept as answers under the voter's mark: `choose` and `yesno` answer the
one question 0 with an option; `approve` and `rank` answer each option with 1, or with its place in the order.

Longer than the guide: a poll's life, from its plan to its release, is read together.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.community import counting, rounds, texts
from bot.community.disclosure import PollRelease, publish_poll
from bot.community.hours import decent
from bot.community.letters import FOLLOW_UP, KINDS, REPLY, Kind, Matter, Reading, owe
from bot.community.residents import has_role
from bot.community.texts import Words
from bot.refusals import NotYours, PollInvalid, RoundClosed
from bot.store import groups, places
from bot.store import polls as store
from bot.store import rounds as rounds_store
from bot.store.engine import Session
from bot.store.polls import PollFacts
from bot.store.tables import GroupChat, Place, Poll, Resident, Round

YESNO_OPTIONS = 3
OPTIONS_AT_LEAST = 2
OPTIONS_AT_MOST = 20
TITLE_AT_MOST = 300
OPTION_AT_MOST = 100
"""Lengths of Telegram's own polls (facts/telegram.md D1): what fits a button and a card in every language."""
ONE_QUESTION = 0
TITLE = 0
REMIND_BEFORE = timedelta(days=1)
SHORTEST = timedelta(minutes=5)
METHODS = tuple(counting.Method)


@dataclass(frozen=True)
class Plan:
    """What a poll shall be, before it is written: texts by language, options in order (none for yesno)."""

    audience: str
    method: str
    secrecy: str
    closes_at: datetime
    quorum: int
    source: str
    title: Mapping[str, str]
    options: Sequence[Mapping[str, str]]


@dataclass(frozen=True, eq=False)
class PollView:
    """A poll as anybody may see it; `options` maps positions to words, None where the method words them.

    Each is itself alone, so that what is drawn from it can be kept with it.
    """

    id: int
    title: Words
    method: str
    secrecy: str
    quorum: int
    lot_seed: str
    state: str
    closes_at: datetime
    timezone: str
    options: Mapping[int, Words | None]


@dataclass(frozen=True)
class Progress:
    """How far a poll has come: how many of the roll have voted, never what."""

    poll: PollView
    voted: int
    roll: int


def make_poll(session: Session, place: Place, plan: Plan, now: datetime) -> Round:
    """Write a poll as a draft, so that its coordinator can look at it before it opens. Raises PollInvalid."""
    _check(place, plan, now)
    title = texts.write(session, place.id, plan.source, plan.title)
    if plan.method == counting.Method.YESNO:
        options: list[int | None] = [None] * YESNO_OPTIONS
    else:
        options = [texts.write(session, place.id, plan.source, words) for words in plan.options]
    round_ = Round(
        place_id=place.id,
        kind="poll",
        audience=plan.audience,
        secrecy=plan.secrecy,
        state="draft",
        title_id=title,
        closes_at=plan.closes_at,
        breakdowns=[],
    )
    store.add_poll(session, round_, plan.method, plan.quorum, "", options)
    return round_


def _check(place: Place, plan: Plan, now: datetime) -> None:
    _require(plan.audience in rounds.AUDIENCES, "audience", "steering, everyone or volunteers")
    _require(plan.method in METHODS, "method", "yesno, choose, approve or rank")
    _require(plan.secrecy in {"private", "open"}, "secrecy", "private or open")
    _require(plan.quorum >= 0, "quorum", "0 or more")
    _require(plan.closes_at >= now + SHORTEST, "closes", "at least five minutes from now")
    _require(plan.source in plan.title, "title", f"words in {plan.source}")
    _require(all(0 < len(words) <= TITLE_AT_MOST for words in plan.title.values()), "title", "1 to 300 characters")
    unknown = {tag for words in [plan.title, *plan.options] for tag in words} - set(place.languages)
    _require(not unknown, "language", f"one of {', '.join(place.languages)}, not {', '.join(sorted(unknown))}")
    if plan.method == counting.Method.YESNO:
        _require(not plan.options, "options", "none: a yesno poll brings its own")
        return
    _require(OPTIONS_AT_LEAST <= len(plan.options) <= OPTIONS_AT_MOST, "options", "2 to 20 of them")
    for words in plan.options:
        _require(plan.source in words, "options", f"words in {plan.source} for each")
        _require(all(0 < len(body) <= OPTION_AT_MOST for body in words.values()), "options", "1 to 100 characters each")
    named = [words[plan.source].casefold() for words in plan.options]
    _require(len(set(named)) == len(named), "options", "each different from the others")


def _require(holds: bool, field: str, must: str) -> None:  # noqa: FBT001 - reads as the sentence it is
    if not holds:
        raise PollInvalid(field, must)


def steering_may_poll(session: Session, resident: Resident) -> bool:
    """Whether a resident may make polls in the chat: coordinators, and steering members where the place lets them."""
    if has_role(session, resident, "coordinator"):
        return True
    allowed = places.place_by_id(session, resident.place_id).steering_polls
    return allowed and has_role(session, resident, "steering")


def make_and_open(session: Session, maker: Resident, plan: Plan, now: datetime) -> Progress:
    """A poll made in the chat, open at once. Raises NotYours without the right, PollInvalid."""
    if not steering_may_poll(session, maker):
        raise NotYours
    place = places.place_by_id(session, maker.place_id)
    return open_poll(session, make_poll(session, place, plan, now), now)


def open_poll(session: Session, round_: Round, now: datetime) -> Progress:
    """Open a drafted poll: the roll is fixed, the lot's seed published, the card and the invitations are owed.

    Raises PollInvalid where it is not a draft, its time is over, or nobody is on its roll.
    """
    _require(round_.state == "draft", "state", f"a draft; this poll is {round_.state}")
    _require(round_.closes_at >= now + SHORTEST, "closes", "at least five minutes from now")
    people = rounds.open_round(session, round_, now)
    _require(people > 0, "audience", "somebody: nobody has that role yet ('kith invite' makes a link)")
    poll = session.get_one(Poll, round_.id)
    poll.lot_seed = published_seed(session, round_)
    reminder = round_.closes_at - REMIND_BEFORE
    place = places.place_by_id(session, round_.place_id)
    # A poll of a day or less has its own invitation as a reminder.
    round_.remind_at = decent(place, reminder) if reminder > now else None
    session.flush()
    _owe_all(session, round_, "poll_card", "poll_invitation", now)
    opened = poll_view(session, round_.id)
    assert opened is not None
    return progress(session, opened)


def published_seed(session: Session, round_: Round) -> str:
    """The lot's seed: a hash of the poll's number and text, so nobody can have chosen it (facts/voting.md 1.4)."""
    words = texts.words_of(session, [round_.title_id])[round_.title_id]
    return hashlib.sha256(f"kith poll {round_.id}: {words.said_in(words.source)}".encode()).hexdigest()[:16]


def _owe_all(session: Session, round_: Round, to_group: str, to_person: str, now: datetime) -> None:
    """Owe a letter to each of the place's groups for this audience, and to each of the roll who is not in one."""
    place = places.place_by_id(session, round_.place_id)
    linked = groups.groups_of(session, round_.place_id, round_.audience)
    for group in linked:
        _owe_card(session, round_, group, to_group, now)
    unless_in = [group.id for group in linked]
    for person in rounds_store.roll_of(session, round_.id):
        if person.state == "here":
            owe(
                session,
                place.id,
                to_person,
                {"unless_in": unless_in},
                f"{to_person}:{round_.id}:{person.id}",
                now,
                resident_id=person.id,
                round_id=round_.id,
            )


def owe_open_cards(session: Session, group: GroupChat, now: datetime) -> None:
    """A chat was just linked: polls that are open already get their card there too."""
    for round_ in rounds_store.open_rounds(session):
        if round_.place_id == group.place_id and round_.audience == group.purpose and round_.kind == "poll":
            _owe_card(session, round_, group, "poll_card", now)


def _owe_card(session: Session, round_: Round, group: GroupChat, kind: str, now: datetime) -> None:
    letter = owe(
        session,
        round_.place_id,
        kind,
        {},
        f"{kind}:{round_.id}:g{group.id}",
        now,
        group_id=group.id,
        round_id=round_.id,
    )
    if letter is not None and kind == "poll_card":
        store.add_card(session, round_.id, group.id, letter)


def view_of(facts: PollFacts, words: Sequence[store.Worded]) -> PollView:
    """A poll with its words, as rows of `store.words_in`."""
    return _view(replace(facts, on_roll=None), tuple(words))


@lru_cache(256)
def _view(facts: PollFacts, rows: tuple[store.Worded, ...]) -> PollView:
    """What the rows say, made once as long as they say the same: read anew each time, so it cannot be out of date."""
    words = texts.gathered(rows)
    positions = range(1, YESNO_OPTIONS + 1) if facts.method == counting.Method.YESNO else sorted(set(words) - {TITLE})
    return PollView(
        id=facts.id,
        title=words[TITLE],
        method=facts.method,
        secrecy=facts.secrecy,
        quorum=facts.quorum,
        lot_seed=facts.lot_seed,
        state=facts.state,
        closes_at=facts.closes_at,
        timezone=facts.timezone,
        options={position: words.get(position) for position in positions},
    )


def poll_view(session: Session, round_id: int, language: str | None = None) -> PollView | None:
    """A poll as anybody may see it, with its words in one language and the source's, or in all; or None."""
    facts = store.poll_facts(session, round_id)
    return None if facts is None else view_of(facts, store.words_in(session, round_id, language))


def chosen_in(poll: PollView, kept: Mapping[int, int]) -> dict[int, int]:
    """What kept answers choose: rank by option, 0 where the method knows no order.

    Kept ranks may have gaps, where an option was taken back; places have none.
    """
    if poll.method in {"choose", "yesno"}:
        return {kept[ONE_QUESTION]: 0} if ONE_QUESTION in kept else {}
    if poll.method == "rank":
        return {option: place for place, option in enumerate(sorted(kept, key=lambda option: kept[option]), 1)}
    return dict.fromkeys(kept, 0)


def progress(session: Session, poll: PollView) -> Progress:
    """How many of the roll have voted."""
    return Progress(poll, rounds_store.count_marks(session, poll.id), rounds_store.count_roll(session, poll.id))


def remind_non_voters(session: Session, now: datetime) -> int:
    """Owe a reminder to those who have not voted, once, the day before closing; says how many polls it was for."""
    due = rounds_store.due_to_remind(session, now)
    for round_ in due:
        round_.remind_at = None
        for person in rounds.not_answered(session, round_):
            if person.state == "here":
                owe(
                    session,
                    round_.place_id,
                    "poll_reminder",
                    {},
                    f"poll_reminder:{round_.id}:{person.id}",
                    now,
                    resident_id=person.id,
                    round_id=round_.id,
                )
    return len(due)


def close_due_rounds(session: Session, now: datetime) -> int:
    """Close the polls whose time is over, and those whose seal is lost; says how many."""
    due = {round_.id: round_ for round_ in rounds_store.due_to_close(session, now)}
    for round_ in rounds_store.open_rounds(session):
        if session.vault.seals.read(str(round_.id)) is None:
            due[round_.id] = round_
    ours = [round_ for round_ in due.values() if round_.kind == "poll"]
    for round_ in ours:
        close_poll(session, round_, now)
    return len(ours)


def close_poll(session: Session, round_: Round, now: datetime) -> PollRelease:
    """Count an open poll, store what it says, delete its answers and owe the result, in this one transaction.

    The boundary destroys the seal after the commit (`rounds.seals_to_destroy`). Raises RoundClosed.
    """
    rounds_store.hold(session, round_)
    poll = poll_view(session, round_.id)
    if poll is None or round_.state != "open":
        raise RoundClosed
    answers = rounds_store.all_answers(session, round_.id)
    release = publish_poll(counted(poll, answers), rounds_store.count_roll(session, round_.id), round_.secrecy)
    body = json.dumps(release.as_facts(), sort_keys=True)
    rounds_store.keep_release(session, round_.id, body, hashlib.sha256(body.encode()).hexdigest(), now)
    if round_.secrecy == "open":
        _keep_names(session, poll, answers)
    rounds_store.delete_answers(session, round_.id)
    store.set_state(session, round_, "closed", now)
    store.drop_letters_about(session, round_.id, ("poll_reminder", "poll_invitation"))
    _owe_all(session, round_, "poll_result", "poll_result", now)
    return release


def counted(poll: PollView, answers: Mapping[bytes, Mapping[int, int]]) -> counting.Count:
    """Count a poll's answers by its method."""
    ballots = [_as_ballot(poll, kept) for kept in answers.values()]
    return counting.count(poll.method, list(poll.options), ballots, poll.quorum, poll.lot_seed)


def _as_ballot(poll: PollView, kept: Mapping[int, int]) -> counting.Ballot:
    chosen = chosen_in(poll, kept)
    if poll.method == "rank":
        return counting.ranked(*sorted(chosen, key=lambda option: chosen[option]))
    return counting.marked(*chosen)


def _keep_names(session: Session, poll: PollView, answers: Mapping[bytes, Mapping[int, int]]) -> None:
    """In an open poll the marks are turned back into people while the seal is still there."""
    seal = session.vault.seals.read(str(poll.id))
    if seal is None:
        return
    people = {rounds.mark_of(seal, person.id): person.id for person in rounds_store.roll_of(session, poll.id)}
    votes = {people[mark]: chosen_in(poll, kept) for mark, kept in answers.items() if mark in people}
    store.keep_open_votes(session, poll.id, votes)


def cancel_poll(session: Session, round_: Round, now: datetime) -> None:
    """Call a poll off: its answers are deleted uncounted, what waits to be said about it is dropped."""
    rounds_store.hold(session, round_)
    if round_.state not in {"draft", "open"}:
        raise RoundClosed
    rounds_store.delete_answers(session, round_.id)
    store.set_state(session, round_, "cancelled", now)
    store.drop_letters_about(session, round_.id, ("poll_reminder", "poll_invitation"))


def closing_time(text: str, timezone: str) -> datetime:
    """A closing time as people write it in a file, in the place's time zone. Raises PollInvalid."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise PollInvalid("closes", "a time such as 2026-12-01T18:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))


# --- the letters


def _card_of(session: Session, letter: Reading) -> Matter | None:
    view = _open_poll(session, letter)
    return None if view is None else Matter(progress(session, view))


def _to_vote_on(session: Session, letter: Reading) -> Matter | None:
    view = _open_poll(session, letter)
    return None if view is None else Matter(view, unless_in=tuple(letter.facts(session).get("unless_in", ())))


def _open_poll(session: Session, letter: Reading) -> PollView | None:
    assert letter.round_id is not None
    view = poll_view(session, letter.round_id, letter.language)
    return view if view is not None and view.state == "open" else None


# The card answers whoever opened the poll, at any hour. To be asked to vote is a right, and counts as asked for.
KINDS["poll_card"] = Kind(REPLY, timedelta(days=30), _card_of, any_hour=True)
KINDS["poll_invitation"] = Kind(FOLLOW_UP, timedelta(days=14), _to_vote_on)
KINDS["poll_reminder"] = Kind(FOLLOW_UP, timedelta(hours=24), _to_vote_on, at_most_once=True, unasked=True)
