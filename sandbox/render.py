"""People, bots, chats and messages as the Bot API writes them."""

from typing import Any

from sandbox.refusals import Json
from sandbox.world import ANONYMOUS_ADMIN, Bot, Chat, Message, Person, Update, World

ADMIN_RIGHTS = {
    "can_be_edited": False,
    "is_anonymous": False,
    "can_manage_chat": True,
    "can_delete_messages": True,
    "can_manage_video_chats": True,
    "can_restrict_members": True,
    "can_promote_members": False,
    "can_change_info": True,
    "can_invite_users": True,
    "can_pin_messages": True,
    "can_post_stories": False,
    "can_edit_stories": False,
    "can_delete_stories": False,
    "can_send_welcome_messages": False,
}


def without_nothing(fields: Json) -> Json:
    """Telegram leaves out what is not there."""
    return {name: value for name, value in fields.items() if value is not None}


def person_json(person: Person) -> Json:
    """A User. Somebody who deleted their account has no name left."""
    if person.deleted:
        return {"id": person.id, "is_bot": False, "first_name": ""}
    return without_nothing(
        {
            "id": person.id,
            "is_bot": False,
            "first_name": person.name,
            "last_name": person.last_name,
            "username": person.username,
            "language_code": person.language,
        }
    )


def bot_json(bot: Bot) -> Json:
    """A User that is a bot."""
    return {"id": bot.id, "is_bot": True, "first_name": bot.name, "username": bot.username}


def me_json(bot: Bot) -> Json:
    """What getMe answers."""
    return bot_json(bot) | {
        "can_join_groups": True,
        "can_read_all_group_messages": not bot.privacy,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def user_json(world: World, user_id: int) -> Json:
    """Whoever has this id."""
    if user_id == ANONYMOUS_ADMIN:
        return {"id": user_id, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
    person = world.people.get(user_id)
    return person_json(person) if person else bot_json(world.bots[user_id])


def chat_json(world: World, chat: Chat) -> Json:
    """A Chat."""
    if not chat.private:
        return {"id": chat.id, "type": chat.type, "title": chat.title}
    user = person_json(world.people[chat.id])
    names = {name: user.get(name) for name in ("first_name", "last_name", "username")}
    return without_nothing({"id": chat.id, "type": "private", **names})


def message_json(world: World, chat: Chat, message: Message, *, quoting: bool = True) -> Json:
    """A Message; with the one it answers, but not with what that one answers."""
    fields: Json = {
        "message_id": message.id,
        "from": user_json(world, ANONYMOUS_ADMIN if message.as_chat else message.sender),
        "sender_chat": chat_json(world, chat) if message.as_chat else None,
        "chat": chat_json(world, chat),
        "date": message.date,
        "edit_date": message.edited,
        "reply_markup": inline_only(message.markup),
    }
    quoted = chat.messages.get(message.reply_to or 0)
    if quoted and quoting:
        fields["reply_to_message"] = message_json(world, chat, quoted, quoting=False)
    return without_nothing(fields) | message.content


def inline_only(markup: Json | None) -> Json | None:
    """A reply keyboard is not shown to bots again; an inline one is."""
    return markup if markup and "inline_keyboard" in markup else None


def member_json(world: World, chat: Chat, user_id: int, status: str | None = None) -> Json:
    """A ChatMember, with all the rights that Telegram lists for its status."""
    status = status or chat.members.get(user_id) or chat.bots.get(user_id) or "left"
    member: Json = {"status": status, "user": user_json(world, user_id)}
    if status == "administrator":
        member |= ADMIN_RIGHTS | {"is_anonymous": user_id in chat.anonymous}
    if status == "creator":
        member["is_anonymous"] = user_id in chat.anonymous
    if status == "kicked":
        member["until_date"] = 0
    return member


def update_json(update: Update) -> Json:
    """An Update as a bot receives it."""
    return {"update_id": update.id, update.kind: update.body}


def photo_json(stored: Any, width: int, height: int) -> list[Json]:
    """A photo in the one size the sandbox keeps."""
    size = {"file_id": stored.id, "file_unique_id": stored.unique_id, "width": width, "height": height}
    return [size | {"file_size": len(stored.data)}]
