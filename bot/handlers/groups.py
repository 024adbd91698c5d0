"""Group chats: linking one to a place, being added, moved or put out. Quiet unless addressed."""

from datetime import datetime

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Chat, ChatMemberUpdated, Message

from bot.community import groups, residents
from bot.community.residents import Person
from bot.refusals import NotInGroups
from bot.replies import Reply, Say, Toast
from bot.screens import groups as screens
from bot.screens.refusals import explain
from bot.store.tables import Resident
from bot.store.writer import Session

router = Router(name="groups")
IN_GROUP = F.chat.type.in_({"group", "supergroup"})
AWAY = {"kicked", "left"}


@router.message(Command("here"), IN_GROUP)
def here_said(session: Session, resident: Resident, chat: Chat, now: datetime) -> list[Reply]:
    """A coordinator links this chat to their place; polls that are open now get their card here."""
    place = groups.link(session, resident, chat.id, now)
    return [Say(screens.linked(place.name))]


@router.message(IN_GROUP, F.migrate_to_chat_id)
def moved_away(session: Session, chat: Chat, event: Message) -> list[Reply]:
    """The group was upgraded: told from the old chat."""
    groups.move(session, chat.id, event.migrate_to_chat_id or chat.id)
    return []


@router.message(IN_GROUP, F.migrate_from_chat_id)
def moved_here(session: Session, chat: Chat, event: Message) -> list[Reply]:
    """The group was upgraded: told from the new chat."""
    groups.move(session, event.migrate_from_chat_id or chat.id, chat.id)
    return []


@router.message(IN_GROUP, F.text.startswith("/") | F.reply_to_message.from_user.is_bot)
def addressed() -> list[Reply]:
    """Anything else said to the bot in a group: the way to the private chat."""
    return [Say(screens.in_private())]


@router.message(IN_GROUP)
def overheard() -> list[Reply]:
    """What people say to each other is not the bot's business."""
    return []


@router.edited_message(IN_GROUP)
def overheard_edit() -> list[Reply]:
    """Nor is how they mend it."""
    return []


@router.callback_query(F.message.chat.type.in_({"group", "supergroup"}))
def tapped_in_group(event: CallbackQuery) -> list[Reply]:
    """Nothing is decided by a tap in a group: everybody would see it (facts/peers.md, pollmaster#61)."""
    del event
    return [Toast(explain(NotInGroups()), alert=True)]


@router.my_chat_member(IN_GROUP)
def membership_changed(session: Session, chat: Chat, event: ChatMemberUpdated) -> list[Reply]:
    """The bot was added to a group, or put out of one."""
    before, after = event.old_chat_member.status, event.new_chat_member.status
    if after in AWAY:
        groups.lose(session, chat.id)
        return []
    return [Say(screens.greet())] if before in AWAY else []


@router.my_chat_member(F.chat.type == "private")
def blocked_or_back(session: Session, person: Person, event: ChatMemberUpdated) -> list[Reply]:
    """A person blocked the bot, or let it speak again."""
    if person.resident is None:
        return []
    if event.new_chat_member.status in AWAY:
        residents.lose(session, person.resident.id)
    elif person.resident.state == "unreachable":
        residents.come_back(session, person.resident)
    return []
