"""Chats: who is in them, what is pinned, leaving."""

from sandbox import groups
from sandbox.call import Call, method
from sandbox.refusals import Json, bad_request
from sandbox.render import chat_json, member_json, message_json, without_nothing
from sandbox.world import Chat

IN_CHAT = ("creator", "administrator", "member", "restricted")
NO_GIFTS = dict.fromkeys(
    ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
)


@method("getChat")
def get_chat(call: Call) -> Json:
    """A chat in full."""
    chat = call.chat()
    pinned = chat.messages.get(chat.pinned or 0)
    full = {
        "accent_color_id": abs(chat.id) % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": NO_GIFTS,
        "description": chat.description,
        "permissions": None if chat.private else {"can_send_messages": True},
        "pinned_message": message_json(call.world, chat, pinned) if pinned else None,
    }
    return chat_json(call.world, chat) | without_nothing(full)


@method("getChatMember")
def get_chat_member(call: Call) -> Json:
    """What somebody is in a chat; a stranger there has left."""
    chat, user = call.open_chat(), call.number("user_id")
    if user not in call.world.people and user not in call.world.bots:
        raise bad_request("invalid user_id specified" if user <= 0 else "user not found")
    return member_json(call.world, chat, user, "member" if chat.private and user in (chat.id, chat.bot) else None)


@method("getChatAdministrators")
def get_chat_administrators(call: Call) -> list[Json]:
    """Who administers a group; of bots only this one is listed."""
    chat = call.open_chat()
    if chat.private:
        raise bad_request("there are no administrators in the private chat")
    people = [one for one, status in chat.members.items() if status in ("creator", "administrator")]
    bots = [one for one, status in chat.bots.items() if status == "administrator" and one == call.bot.id]
    return [member_json(call.world, chat, user) for user in people + bots]


@method("getChatMemberCount")
def get_chat_member_count(call: Call) -> int:
    """How many are in a chat, bots included."""
    chat = call.open_chat()
    if chat.private:
        return 2
    return sum(status in IN_CHAT for status in [*chat.members.values(), *chat.bots.values()])


@method("leaveChat")
def leave_chat(call: Call) -> bool:
    """The bot goes."""
    chat = call.open_chat()
    if chat.private:
        raise bad_request("chat member status can't be changed in private chats")
    groups.bot_leaves(call.world, chat, call.bot)
    return True


@method("pinChatMessage")
def pin_chat_message(call: Call) -> bool:
    """Put a message to the head of its chat."""
    chat = pinning_chat(call)
    message = call.message(chat, "pin")
    chat.pinned = message.id
    pinned = {"pinned_message": message_json(call.world, chat, message)}
    call.world.keep_message(chat, call.bot.id, pinned)
    call.world.changed("chats", chat=chat)
    return True


@method("unpinChatMessage")
@method("unpinAllChatMessages")
def unpin_chat_message(call: Call) -> bool:
    """Nothing is pinned any more."""
    chat = pinning_chat(call)
    chat.pinned = None
    call.world.changed("chats", chat=chat)
    return True


def pinning_chat(call: Call) -> Chat:
    """A private chat, or a group where the bot is an administrator; in small groups everybody may pin."""
    chat = call.open_chat()
    if chat.type == "supergroup" and chat.bots[call.bot.id] != "administrator":
        raise bad_request("not enough rights to manage pinned messages in the chat")
    return chat
