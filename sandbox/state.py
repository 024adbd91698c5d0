"""The world as the page sees it."""

import unicodedata
from datetime import UTC, datetime
from typing import Any

from sandbox.entities import to_html
from sandbox.methods.commands import commands_for
from sandbox.refusals import Json
from sandbox.render import user_json
from sandbox.world import Bot, Chat, Message, Person, World


def state_json(world: World) -> Json:
    """Everything."""
    return {
        "now": world.clock.now().isoformat(),
        "zone": world.zone,
        "under_way": world.under_way,
        "revision": world.revision,
        "bots": [bot_state(bot) for bot in world.bots.values()],
        "people": people_state(world),
        "chats": [chat_state(world, chat) for chat in world.chats.values() if not of_the_crowd(world, chat)],
        "toasts": list(world.toasts),
    }


def of_the_crowd(world: World, chat: Chat) -> bool:
    """Whether it is the private chat of somebody who is not shown."""
    return any(world.people[one].silent for one in chat.members if one in world.people)


def bot_state(bot: Bot) -> Json:
    """A bot with its command menu."""
    languages = sorted({language for _, language in bot.commands if language})
    return {
        "id": bot.id,
        "username": bot.username,
        "name": bot.name,
        "description": bot.descriptions.get("", ""),
        "short_description": bot.short_descriptions.get("", ""),
        "commands": commands_for(bot),
        "commands_by": {language: commands_for(bot, language) for language in languages},
        "commands_to": {
            scope.removeprefix("chat:"): listed
            for (scope, language), listed in bot.commands.items()
            if scope.startswith("chat:") and not language
        },
        "descriptions_by": {language: text for language, text in bot.descriptions.items() if language},
        "names_by": {language: text for language, text in bot.names.items() if language},
        "privacy": bot.privacy,
    }


def people_state(world: World) -> list[Json]:
    """The people."""
    return [person_state(person) for person in world.people.values() if not person.silent]


def person_state(person: Person) -> Json:
    """A person."""
    return {
        "id": person.id,
        "name": person.name,
        "username": person.username,
        "language": person.language,
        "blocked": sorted(person.blocked),
        "deleted": person.deleted,
    }


def chat_state(world: World, chat: Chat) -> Json:
    """A chat with its messages."""
    in_chat = ("member", "administrator")
    return {
        "key": chat.key,
        "id": chat.id,
        "type": chat.type,
        "bot": chat.bot,
        "title": chat.title,
        "members": list(chat.members),
        "admins": [one for one, status in chat.members.items() if status in ("creator", "administrator")],
        "anonymous": sorted(chat.anonymous),
        "bots": [one for one, status in chat.bots.items() if status in in_chat],
        "pinned": chat.pinned,
        "migrated_to": chat.migrated_to,
        "messages": [message_state(world, chat, message) for message in chat.messages.values()],
    }


def message_state(world: World, chat: Chat, message: Message) -> Json:
    """A message, ready to be shown."""
    content = message.content
    text = str(content.get("text", content.get("caption", "")))
    entities = content.get("entities") or content.get("caption_entities") or []
    return {
        "id": message.id,
        "chat": chat.key,
        "from": sender_state(world, chat, message),
        "date": datetime.fromtimestamp(message.date, UTC).isoformat(),
        "text": text,
        "html": to_html(text, entities),
        "rtl": is_rtl(text),
        "buttons": buttons_state(message.markup),
        "keyboard": keyboard_state(message.markup),
        "photo": file_url(content["photo"][-1]) if "photo" in content else None,
        "document": document_state(content.get("document")),
        "voice": file_url(content["voice"]) if "voice" in content else None,
        "sticker": content["sticker"]["emoji"] if "sticker" in content else None,
        "contact": content["contact"]["first_name"] if "contact" in content else None,
        "caption": "caption" in content,
        "edited": message.edited is not None,
        "reply_to": message.reply_to,
        "forwarded": content["forward_origin"]["sender_user"]["first_name"] if "forward_origin" in content else None,
        "service": service_words(content),
        "reactions": [one.get("emoji", "") for given in message.reactions.values() for one in given],
    }


def sender_state(world: World, chat: Chat, message: Message) -> Json:
    """Who a message is from; an anonymous administrator speaks as the group."""
    if message.as_chat:
        return {"id": chat.id, "name": chat.title, "is_bot": False}
    user = user_json(world, message.sender)
    name = " ".join(filter(None, (user["first_name"], user.get("last_name"))))
    return {"id": message.sender, "name": name or "Deleted Account", "is_bot": user["is_bot"]}


def buttons_state(markup: Json | None) -> list[list[Json]] | None:
    """The inline buttons, each with what a tap would do."""
    if not markup or "inline_keyboard" not in markup:
        return None
    return [[button_state(button) for button in row] for row in markup["inline_keyboard"]]


def button_state(button: Json) -> Json:
    """A button that sends data or opens a link; of other kinds only the words are shown."""
    if "callback_data" in button:
        return {"text": button["text"], "data": button["callback_data"]}
    return {"text": button["text"]} | ({"url": button["url"]} if "url" in button else {})


def keyboard_state(markup: Json | None) -> list[list[str]] | str | None:
    """The reply keyboard that a message brings, or that it takes away."""
    if markup and "keyboard" in markup:
        return [[key["text"] for key in row] for row in markup["keyboard"]]
    return "remove" if markup and "remove_keyboard" in markup else None


def file_url(described: Any) -> str:
    """Where the page finds a file."""
    return f"/sandbox/files/{described['file_id']}"


def document_state(document: Json | None) -> Json | None:
    """A document's name and where it is."""
    return {"name": document["file_name"], "url": file_url(document)} if document else None


def is_rtl(text: str) -> bool:
    """Whether the first strong character runs from right to left."""
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction in ("L", "R", "AL"):
            return direction != "L"
    return False


def service_words(content: Json) -> str | None:
    """A service message in words, for the page only."""
    if "new_chat_members" in content:
        return f"{content['new_chat_members'][0]['first_name']} joined the group"
    if "left_chat_member" in content:
        return f"{content['left_chat_member']['first_name']} left the group"
    if "migrate_to_chat_id" in content or "migrate_from_chat_id" in content:
        return "The group was upgraded to a supergroup"
    return "A message was pinned" if "pinned_message" in content else None
