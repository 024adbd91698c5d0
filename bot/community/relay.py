"""The talk between two neighbours through the bot: words and voice go to the other side, and nothing of them is kept.

Who is talking is a draft (community/drafts.py): words go to the other side only while somebody has chosen to talk.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.community import drafts
from bot.community.aid_seen import ASKER, HELPER, AskSeen, asker_id, held_for, seen, side_of, takes_part
from bot.community.residents import Person
from bot.refusals import OldButton, TalkEnded
from bot.store import aid as store
from bot.store import residents as residents_store
from bot.store.engine import Session
from bot.store.tables import Ask, Resident

DRAFT = "aid_talk"
"""Not one of the flows: a talk has no questions, and ends when its person goes elsewhere."""
ABOUT, UNTIL = "_ask", "_until"
RESTS = timedelta(hours=2)
"""Words that come so long after the last ones are not meant for the other side any more."""


@dataclass(frozen=True)
class Other:
    """The other side of a talk: their chat, and the language the bot speaks to them. Never shown to anybody."""

    chat_id: int
    language: str
    side: str


def open_talk(session: Session, person: Person, resident: Resident, ask_id: int, now: datetime) -> AskSeen:
    """From now on a person's words go to the other side. Raises OldButton, TalkEnded."""
    ask, side = _talked_about(session, resident, ask_id)
    _keep(session, person, ask.id, now)
    return seen(session, ask, side)


def _keep(session: Session, person: Person, ask_id: int, now: datetime) -> None:
    luggage = {ABOUT: str(ask_id), UNTIL: (now + RESTS).isoformat()}
    drafts.keep(session, person.lookup, drafts.begin(DRAFT, luggage), now)


def talking(session: Session, person: Person, now: datetime) -> int | None:
    """The ask that a person is talking about at the moment, or None."""
    draft = drafts.draft_of(session, person.lookup, now)
    if draft is None or draft.flow != DRAFT or datetime.fromisoformat(draft.answers[UNTIL]) <= now:
        return None
    return int(draft.answers[ABOUT])


def other_side(session: Session, person: Person, resident: Resident, ask_id: int, now: datetime) -> Other:
    """To whom a person's words go. Raises TalkEnded where there is nobody any more, OldButton."""
    _keep(session, person, ask_id, now)
    ask, side = _talked_about(session, resident, ask_id)
    other_id = ask.volunteer_id if side == ASKER else asker_id(ask)
    other = residents_store.resident_by_id(session, other_id) if other_id is not None else None
    chat = residents_store.telegram_id_of(session, other) if other is not None else None
    if other is None or chat is None or not takes_part(session, other.id):
        raise TalkEnded
    return Other(chat, other.language, HELPER if side == ASKER else ASKER)


def stop_talking(session: Session, person: Person) -> None:
    """A person's words go nowhere any more; the other side may still write to them."""
    drafts.drop(session, person.lookup)


def go_elsewhere(session: Session, person: Person, now: datetime) -> None:
    """Whoever opens something else has stopped talking; a conversation that asks them something stays."""
    if talking(session, person, now) is not None:
        stop_talking(session, person)


def end_talk(session: Session, person: Person, resident: Resident, ask_id: int) -> AskSeen:
    """Either side ends the talk for both. Twice is once. Raises OldButton."""
    ask, side = held_for(session, resident, ask_id, ASKER, HELPER)
    ask.talk_ended = True
    session.flush()
    drafts.drop(session, person.lookup)
    return seen(session, ask, side)


def _talked_about(session: Session, resident: Resident, ask_id: int) -> tuple[Ask, str]:
    ask = store.ask_by_id(session, ask_id)
    side = side_of(ask, resident) if ask is not None else None
    if ask is None or side is None:
        raise OldButton
    if ask.talk_ended or ask.state not in {"matched", "coordinator"} or ask.volunteer_id is None:
        raise TalkEnded
    return ask, side
