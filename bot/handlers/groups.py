"""Group chats: linking one to a place, being added, moved or put out. Quiet unless addressed."""

from datetime import datetime

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Chat, ChatMemberUpdated, Message

from bot.community import groups, residents
from bot.community.residents import Person
from bot.handlers.filters import Addressed, InGroup, InPrivate, MovedAway, MovedHere
from bot.replies import Reply, Say
from bot.screens import groups as screens
from bot.screens.language import switch
from bot.store.engine import Session
from bot.store.tables import Resident

router = Router(name="groups")
AWAY = {"kicked", "left"}


@router.message(Command("here"), InGroup())
def here_said(session: Session, resident: Resident, chat: Chat, command: CommandObject, now: datetime) -> list[Reply]:
    """A coordinator links this chat to their place, in a language if they name one: "/here pl"."""
    place, language = groups.link(session, resident, chat.id, (command.args or "").strip().lower(), now)
    switch(language)
    return [Say(screens.linked(place.name))]


@router.message(InGroup(), MovedAway())
def moved_away(session: Session, chat: Chat, event: Message) -> list[Reply]:
    """The group was upgraded: told from the old chat."""
    groups.move(session, chat.id, event.migrate_to_chat_id or chat.id)
    return []


@router.message(InGroup(), MovedHere())
def moved_here(session: Session, chat: Chat, event: Message) -> list[Reply]:
    """The group was upgraded: told from the new chat."""
    groups.move(session, event.migrate_from_chat_id or chat.id, chat.id)
    return []


@router.message(InGroup(), Addressed())
def addressed() -> list[Reply]:
    """Anything else said to the bot in a group: the way to the private chat."""
    return [Say(screens.in_private())]


@router.message(InGroup())
def overheard() -> list[Reply]:
    """What people say to each other is not the bot's business."""
    return []


@router.edited_message(InGroup())
def overheard_edit() -> list[Reply]:
    """Nor is how they mend it."""
    return []


@router.my_chat_member(InGroup())
def membership_changed(session: Session, chat: Chat, event: ChatMemberUpdated) -> list[Reply]:
    """The bot was added to a group, or put out of one."""
    before, after = event.old_chat_member.status, event.new_chat_member.status
    if after in AWAY:
        groups.lose(session, chat.id)
        return []
    return [Say(screens.greet())] if before in AWAY else []


@router.my_chat_member(InPrivate())
def blocked_or_back(session: Session, person: Person, event: ChatMemberUpdated) -> list[Reply]:
    """A person blocked the bot, or let it speak again."""
    if person.resident is None:
        return []
    if event.new_chat_member.status in AWAY:
        residents.lose(session, person.resident.id)
    elif person.resident.state == "unreachable":
        residents.come_back(session, person.resident)
    return []
