"""Telegram groups that belong to a place."""

from collections.abc import Sequence

from sqlalchemy import select, update

from bot.store.engine import Session
from bot.store.tables import GroupChat


def link_group(session: Session, place_id: int, purpose: str, chat_id: int, language: str) -> GroupChat:
    """Let a chat be the place's group for a purpose; a chat that was linked before is linked anew."""
    lookup = session.vault.keys.lookup(chat_id)
    group = session.scalar(select(GroupChat).where(GroupChat.lookup == lookup))
    if group is None:
        group = GroupChat(lookup=lookup, chat_id=_sealed(session, lookup, chat_id))
        session.add(group)
    group.place_id, group.purpose, group.language, group.lost = place_id, purpose, language, False
    session.flush()
    return group


def groups_of(session: Session, place_id: int, purpose: str) -> Sequence[GroupChat]:
    """The place's groups for a purpose that the bot can still speak in."""
    return session.scalars(
        select(GroupChat).where(GroupChat.place_id == place_id, GroupChat.purpose == purpose, ~GroupChat.lost)
    ).all()


def group_by_id(session: Session, group_id: int) -> GroupChat | None:
    """The group, or None."""
    return session.get(GroupChat, group_id)


def group_found_by(session: Session, chat_id: int) -> GroupChat | None:
    """The group that this chat is, or None."""
    return session.scalar(select(GroupChat).where(GroupChat.lookup == session.vault.keys.lookup(chat_id)))


def chat_id_of(session: Session, group: GroupChat) -> int:
    """The group's Telegram chat id."""
    return opened_id(session, group.lookup, group.chat_id)


def opened_id(session: Session, lookup: bytes, sealed: bytes) -> int:
    """The chat id in a group's column."""
    return int(session.vault.keys.decrypt(f"group_chat:chat_id:{lookup.hex()}", sealed))


def move_group(session: Session, old_chat_id: int, new_chat_id: int) -> bool:
    """A group was upgraded and has a new chat id (facts/telegram.md D5 5); twice is once. Says whether it is ours.

    Where the new chat was linked by itself meanwhile, that link stands, and the old one is lost.
    """
    group = group_found_by(session, old_chat_id)
    if group is None or old_chat_id == new_chat_id:
        return group is not None
    if group_found_by(session, new_chat_id) is not None:
        group.lost = True
        session.flush()
        return True
    lookup = session.vault.keys.lookup(new_chat_id)
    group.lookup, group.chat_id, group.lost = lookup, _sealed(session, lookup, new_chat_id), False
    session.flush()
    return True


def lose_group(session: Session, group_id: int) -> None:
    """The bot was put out of the group: nothing is sent there until it is linked again."""
    session.execute(update(GroupChat).where(GroupChat.id == group_id).values(lost=True))


def _sealed(session: Session, lookup: bytes, chat_id: int) -> bytes:
    return session.vault.keys.encrypt(f"group_chat:chat_id:{lookup.hex()}", str(chat_id).encode())
