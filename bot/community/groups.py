"""Group chats that belong to a place."""

from datetime import datetime

from bot.community import polls
from bot.community.residents import has_role
from bot.refusals import NotYours
from bot.store import groups as store
from bot.store import places
from bot.store.engine import Session
from bot.store.tables import Place, Resident


def link(session: Session, by: Resident, chat_id: int, language: str, now: datetime) -> tuple[Place, str]:
    """A coordinator makes a chat the steering group's chat of their place. Raises NotYours.

    Polls that are open get their card there. The chat is spoken to in the language named, else in the place's first: a
    group has many, and everybody reads the ballot in their own.
    """
    if not has_role(session, by, "coordinator"):
        raise NotYours
    place = places.place_by_id(session, by.place_id)
    spoken = language if language in place.languages else place.languages[0]
    group = store.link_group(session, place.id, "steering", chat_id, spoken)
    polls.owe_open_cards(session, group, now)
    return place, spoken


def move(session: Session, old_chat_id: int, new_chat_id: int) -> None:
    """A group has a new chat id; told twice, by either chat."""
    store.move_group(session, old_chat_id, new_chat_id)


def lose(session: Session, chat_id: int) -> None:
    """The bot was put out of a group."""
    group = store.group_found_by(session, chat_id)
    if group is not None:
        store.lose_group(session, group.id)
