"""What people do: write, tap, open links, edit, react, block, go away."""

import secrets
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sandbox import groups
from sandbox.entities import Styled, cleaned, to_json, with_found
from sandbox.refusals import Json, Misdirected
from sandbox.render import chat_json, user_json, without_nothing
from sandbox.updates import announce, announce_blocking, announce_tap, bots_of, queue_update
from sandbox.world import Bot, Chat, Message, Person, Tap, World

TAPS_KEPT = 20_000


def private_chat(world: World, bot: Bot, person: Person) -> Chat:
    """The person's chat with the bot, opened if need be."""
    chat = world.private_chat(bot.id, person.id)
    if chat is None:
        chat = Chat(person.id, "private", person.name, bot=bot.id)
        chat.members, chat.bots = {person.id: "member"}, {bot.id: "member"}
        world.chats[chat.key] = chat
        world.changed("chats", chat=chat)
    return chat


def write(
    world: World,
    person: Person,
    chat: Chat,
    content: Json,
    *,
    reply_to: int | None = None,
    anonymous: bool = False,
) -> Message:
    """A person sends something."""
    refuse_if_unable(world, person, chat)
    if reply_to is not None and reply_to not in chat.messages:
        raise Misdirected(f"There is no message {reply_to} in that chat to reply to.")
    as_chat = anonymous or person.id in chat.anonymous
    message = world.keep_message(chat, person.id, content, reply_to=reply_to, as_chat=as_chat)
    announce(world, chat, message)
    return message


def refuse_if_unable(world: World, person: Person, chat: Chat) -> None:
    """Telegram's apps would not let somebody do this."""
    if person.deleted:
        raise Misdirected(f"{person.name} has deleted their account.")
    if person.id not in chat.members:
        raise Misdirected(f"{person.name} is not in that chat.")
    if chat.migrated_to:
        raise Misdirected(f"{chat.title} was upgraded; write to {chat.migrated_to}.")
    if chat.private and chat.bot in person.blocked:
        raise Misdirected(f"{person.name} has blocked {world.bots[chat.bot].username}; unblock it first.")


def text_content(text: str) -> Json:
    """What a person types, with the entities that Telegram finds in it."""
    styled = with_found(cleaned(Styled(text)))
    if not styled.text:
        raise Misdirected("Say something: the text is empty.")
    return {"text": styled.text} | ({"entities": to_json(styled)} if styled.spans else {})


def edit(world: World, person: Person, chat: Chat, message: Message, text: str) -> Message:
    """A person corrects their own message."""
    refuse_if_unable(world, person, chat)
    if message.sender != person.id or "text" not in message.content:
        raise Misdirected(f"Message {message.id} is not a text of {person.name}'s.")
    message.content = text_content(text)
    message.edited = world.clock.stamp()
    world.changed("edited", chat=chat, message=message)
    announce(world, chat, message, "edited_message")
    return message


def tap(world: World, person: Person, chat: Chat, message: int, data: str) -> Tap:
    """A person presses an inline button. Any data goes: a changed app could send what no button carries."""
    refuse_if_unable(world, person, chat)
    kept = chat.messages.get(message)
    sender = kept.sender if kept else next((bot.id for bot in bots_of(world, chat)), None)
    if sender not in world.bots or (kept is None and message not in chat.deleted):
        raise Misdirected(f"There is no message {message} of a bot in that chat.")
    if not 1 <= len(data.encode()) <= 64:  # noqa: PLR2004 - Telegram's limit
        raise Misdirected("A button's data has 1 to 64 bytes.")
    made = Tap(str(secrets.randbits(62)), person.id, sender, chat.id, message, data, world.clock.now().timestamp())
    world.taps[made.id] = made
    if len(world.taps) > TAPS_KEPT:
        del world.taps[next(iter(world.taps))]
    announce_tap(world, made, chat)
    return made


def react(world: World, person: Person, chat: Chat, message: Message, emoji: str | None) -> None:
    """A person reacts to a message, or takes the reaction back."""
    refuse_if_unable(world, person, chat)
    old = message.reactions.get(person.id, [])
    new = [{"type": "emoji", "emoji": emoji}] if emoji else []
    message.reactions[person.id] = new
    body = {
        "chat": chat_json(world, chat),
        "message_id": message.id,
        "user": user_json(world, person.id),
        "date": world.clock.stamp(),
        "old_reaction": old,
        "new_reaction": new,
    }
    world.changed("reaction", chat=chat, message=message)
    for bot in bots_of(world, chat):
        if chat.private or chat.bots[bot.id] == "administrator":
            queue_update(world, bot, "message_reaction", body, f"chat:{chat.id}")


def open_link(world: World, person: Person, link: str) -> Message | None:
    """A person follows a t.me link: into the private chat with /start, or by adding the bot to a group."""
    parts = urlsplit(link if "://" in link else f"https://{link}")
    name = parts.path.strip("/")
    asked = {key: values[0] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
    if parts.scheme == "tg":
        name = asked.get("domain", "")
    bot = next((bot for bot in world.bots.values() if bot.username.lower() == name.lower()), None)
    if bot is None or parts.hostname not in ("t.me", "telegram.me", "resolve"):
        names = ", ".join(bot.username for bot in world.bots.values()) or "none yet"
        raise Misdirected(f"{link!r} leads to no bot here; open https://t.me/<username> (bots: {names}).")
    if "startgroup" in asked:
        raise Misdirected("Say which group: add_bot does what the app's list of groups would.")
    payload = asked.get("start", "")
    if len(payload) > 64 or not all(c.isascii() and (c.isalnum() or c in "_-") for c in payload):  # noqa: PLR2004
        raise Misdirected("A start payload has at most 64 characters: letters, digits, _ and -.")
    return start(world, person, bot, payload, already="start" not in asked)


def start(world: World, person: Person, bot: Bot, payload: str, *, already: bool = False) -> Message | None:
    """Press START. A link without a payload only shows a chat that was started before."""
    if bot.id in person.blocked:
        unblock(world, person, bot)
    started = world.private_chat(bot.id, person.id)
    if started and already:
        return None
    return write(world, person, private_chat(world, bot, person), text_content(f"/start {payload}".strip()))


def open_in_group(world: World, person: Person, bot: Bot, chat: Chat, payload: str) -> Message:
    """A startgroup link: the bot joins, and hears /start with the payload."""
    groups.add_bot(world, chat, bot, person)
    return write(world, person, chat, text_content(f"/start@{bot.username} {payload}".strip()))


def block(world: World, person: Person, bot: Bot) -> None:
    """A person blocks the bot."""
    if bot.id not in person.blocked:
        person.blocked.add(bot.id)
        announce_blocking(world, bot, private_chat(world, bot, person), blocked=True)
        world.changed("people")


def unblock(world: World, person: Person, bot: Bot) -> None:
    """A person lets the bot in again."""
    if bot.id in person.blocked:
        person.blocked.remove(bot.id)
        announce_blocking(world, bot, private_chat(world, bot, person), blocked=False)
        world.changed("people")


def delete_account(world: World, person: Person) -> None:
    """A person leaves Telegram. Bots are not told; they find out."""
    person.deleted = True
    world.changed("people")


def contact_content(person: Person) -> Json:
    """A person's own contact card, as a request_contact key sends it."""
    card: dict[str, Any] = {
        "phone_number": f"44{7_700_900_000 + person.id % 1000}",  # numbers reserved for stories
        "first_name": person.name,
        "last_name": person.last_name,
        "user_id": person.id,
    }
    return {"contact": without_nothing(card)}
