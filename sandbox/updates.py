"""What each bot gets to hear, and the queue in which it waits for them."""

from sandbox.refusals import Json
from sandbox.render import chat_json, member_json, message_json, user_json
from sandbox.world import Bot, Chat, Message, Tap, Update, World

MESSAGE_KEPT = 24 * 3600  # as the open Bot API server has it: a message waits a day, a tap two and a half minutes
TAP_KEPT = 150
UNASKED = {"chat_member", "message_reaction", "message_reaction_count"}  # only sent to bots that ask for them
SERVICE_FIELDS = (
    "new_chat_members",
    "left_chat_member",
    "group_chat_created",
    "migrate_to_chat_id",
    "migrate_from_chat_id",
    "pinned_message",
    "new_chat_title",
)


def wanted(bot: Bot, kind: str) -> bool:
    """Whether the bot asked for this kind of update, at the moment it happens."""
    return kind in bot.allowed_updates if bot.allowed_updates else kind not in UNASKED


def queue_update(world: World, bot: Bot, kind: str, body: Json, queue: str, *, keep: int = MESSAGE_KEPT) -> None:
    """Let an update wait for its bot."""
    if not wanted(bot, kind):
        return
    bot.last_update_id += 1
    expires = world.clock.now().timestamp() + keep
    copies = world.duplicates(bot, kind)
    bot.waiting.append(Update(bot.last_update_id, kind, body, queue, expires, copies))
    bot.stirred.set()


def drop_expired(world: World, bot: Bot) -> None:
    """Forget what has waited too long."""
    now = world.clock.now().timestamp()
    kept = [update for update in bot.waiting if update.expires > now]
    if len(kept) != len(bot.waiting):
        bot.waiting.clear()
        bot.waiting.extend(kept)


def confirm(bot: Bot, before: int) -> None:
    """The bot has all updates below this id; a duplicated one stays and comes again."""
    kept = [update for update in bot.waiting if update.id >= before or update.copies > 0]
    for update in kept:
        if update.id < before:
            update.copies -= 1
    bot.waiting.clear()
    bot.waiting.extend(kept)


def announce(world: World, chat: Chat, message: Message, kind: str = "message") -> None:
    """Tell the bots of a chat about a person's message, or that it was edited."""
    for bot in bots_of(world, chat):
        if bot.id != message.sender and hears(world, bot, chat, message):
            queue_update(world, bot, kind, message_json(world, chat, message), f"chat:{chat.id}")


def announce_tap(world: World, tap: Tap, chat: Chat) -> None:
    """Tell the bot about a tap; a message that is gone comes without its content."""
    message = chat.messages.get(tap.message)
    seen = message_json(world, chat, message) if message else inaccessible(world, chat, tap.message)
    body = {
        "id": tap.id,
        "from": user_json(world, tap.person),
        "message": seen,
        "chat_instance": f"{abs(chat.id) * 7919 + tap.bot}",
        "data": tap.data,
    }
    queue_update(world, world.bots[tap.bot], "callback_query", body, f"tap:{tap.person}", keep=TAP_KEPT)


def inaccessible(world: World, chat: Chat, message_id: int) -> Json:
    """An InaccessibleMessage: known by its date of 0."""
    return {"chat": chat_json(world, chat), "message_id": message_id, "date": 0}


def announce_member(world: World, chat: Chat, user_id: int, by: int, old: Json) -> None:
    """Tell that somebody's place in a chat has changed: the bot itself always, others only to administrators."""
    new = member_json(world, chat, user_id)
    body = {
        "chat": chat_json(world, chat),
        "from": user_json(world, by),
        "date": world.clock.stamp(),
        "old_chat_member": old,
        "new_chat_member": new,
    }
    if user_id in world.bots:
        queue_update(world, world.bots[user_id], "my_chat_member", body, f"chat:{chat.id}")
    for bot in bots_of(world, chat):
        if bot.id != user_id and chat.bots[bot.id] == "administrator":
            queue_update(world, bot, "chat_member", body, f"chat:{chat.id}")


def announce_blocking(world: World, bot: Bot, chat: Chat, *, blocked: bool) -> None:
    """In a private chat my_chat_member means: the person has blocked the bot, or let it in again."""
    body = {
        "chat": chat_json(world, chat),
        "from": user_json(world, chat.id),
        "date": world.clock.stamp(),
        "old_chat_member": member_json(world, chat, bot.id, "member" if blocked else "kicked"),
        "new_chat_member": member_json(world, chat, bot.id, "kicked" if blocked else "member"),
    }
    queue_update(world, bot, "my_chat_member", body, f"chat:{chat.id}")


def bots_of(world: World, chat: Chat) -> list[Bot]:
    """The bots that are in a chat now."""
    if chat.private:
        return [world.bots[chat.bot]] if chat.bot else []
    return [world.bots[bot] for bot, status in chat.bots.items() if status in ("member", "administrator")]


def hears(world: World, bot: Bot, chat: Chat, message: Message) -> bool:
    """Privacy mode: in a group a bot hears commands, replies to it, its name, and service messages; an admin all."""
    if chat.private or not bot.privacy or chat.bots.get(bot.id) == "administrator":
        return True
    content = message.content
    if any(name in content for name in SERVICE_FIELDS):
        return True
    answered = chat.messages.get(message.reply_to or 0)
    if answered and answered.sender == bot.id:
        return True
    text = str(content.get("text", content.get("caption", "")))
    return f"@{bot.username}".lower() in text.lower() or (text.startswith("/") and meant(world, bot, chat, text))


def meant(world: World, bot: Bot, chat: Chat, text: str) -> bool:
    """A command without a name is for the bot that spoke last; when none has spoken, for all of them."""
    if "@" in text.split(maxsplit=1)[0]:
        return False
    speakers = [message.sender for message in chat.messages.values() if message.sender in world.bots]
    return not speakers or speakers[-1] == bot.id or len(bots_of(world, chat)) == 1


def confirm_one(bot: Bot, update: Update) -> None:
    """A webhook took this update; a duplicated one is brought again."""
    if update.copies > 0:
        update.copies -= 1
    elif update in bot.waiting:
        bot.waiting.remove(update)
