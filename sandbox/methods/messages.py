"""Messages: sent, edited, deleted, copied, forwarded; taps answered; reactions."""

from typing import Any

from sandbox.call import Call, method
from sandbox.entities import units
from sandbox.refusals import Json, bad_request
from sandbox.render import message_json
from sandbox.rules import (
    ANSWER_LIMIT,
    caption_content,
    inline_markup_of,
    markup_of,
    reply_target,
    text_content,
)
from sandbox.world import Chat, Message

TAP_FRESH = 15  # seconds; reported by many: an answer after that is refused
DELETABLE = 48 * 3600
UNCOPIABLE = {"new_chat_members", "left_chat_member", "migrate_to_chat_id", "migrate_from_chat_id", "pinned_message"}
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)
ACTIONS = {
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
}


def post(call: Call, content: Json) -> Json:
    """Put a message of this bot into the chat it asked for; every send method ends here."""
    markup = markup_of(call)
    chat = call.open_chat()
    if call.flag("protect_content"):
        content = content | {"has_protected_content": True}
    return put(call, chat, content, markup, reply_target(call, chat.messages))


def put(call: Call, chat: Chat, content: Json, markup: Json | None, reply_to: int | None = None) -> Json:
    """Keep the message and show it as the answer."""
    message = call.world.keep_message(chat, call.bot.id, content, markup=markup, reply_to=reply_to)
    call.effects.append((chat, message))
    return message_json(call.world, chat, message)


@method("sendMessage")
def send_message(call: Call) -> Json:
    """A text, perhaps with buttons."""
    return post(call, text_content(call))


@method("editMessageText")
def edit_message_text(call: Call) -> Json:
    """Another text, and the buttons that are given, or none."""
    content = text_content(call)
    return edit(call, content, "text")


@method("editMessageCaption")
def edit_message_caption(call: Call) -> Json:
    """Another caption under a file."""
    content = caption_content(call)
    return edit(call, content, "caption")


@method("editMessageReplyMarkup")
def edit_message_reply_markup(call: Call) -> Json:
    """Other buttons only."""
    return edit(call, None, "buttons")


def edit(call: Call, content: Json | None, what: str) -> Json:
    """Change a message of this bot, unless nothing would change."""
    markup = inline_markup_of(call)
    chat = call.open_chat()
    message = editable(call, chat)
    kept = content_without(message.content, what)
    if what == "text" and "text" not in message.content:
        raise bad_request("there is no text in the message to edit")
    if what == "caption" and not {"photo", "document", "voice"} & set(message.content):
        raise bad_request("there is no caption in the message to edit")
    changed = kept | (content or {})
    if changed == message.content and markup == message.markup:
        raise bad_request(NOT_MODIFIED)
    edited_by_content = changed != message.content
    message.content, message.markup = changed, markup
    if edited_by_content:
        message.edited = call.world.clock.stamp()
    call.effects.append((chat, message))
    call.world.changed("edited", chat=chat, message=message)
    return message_json(call.world, chat, message)


def content_without(content: Json, what: str) -> Json:
    """A message's content without the part that is about to be replaced."""
    gone = {"text": ("text", "entities"), "caption": ("caption", "caption_entities")}.get(what, ())
    return {name: value for name, value in content.items() if name not in gone}


def editable(call: Call, chat: Chat) -> Message:
    """A message that this bot may edit: its own, and not one that shows a reply keyboard."""
    message = call.message(chat, "edit")
    own = message.sender == call.bot.id and not message.as_chat and "forward_origin" not in message.content
    if not own or (message.markup and "inline_keyboard" not in message.markup):
        raise bad_request("message can't be edited")
    return message


@method("deleteMessage")
def delete_message(call: Call) -> bool:
    """Take a message away, for everybody."""
    chat = call.open_chat()
    remove(call, chat, call.message(chat, "delete"))
    return True


@method("deleteMessages")
def delete_messages(call: Call) -> bool:
    """Take several away; those that are gone already are passed over."""
    chat = call.open_chat()
    wanted = call.json("message_ids")
    if not isinstance(wanted, list) or not wanted:
        raise bad_request("message identifiers are not specified")
    for message_id in wanted:
        if isinstance(message_id, int) and message_id in chat.messages:
            remove(call, chat, chat.messages[message_id])
    return True


def remove(call: Call, chat: Chat, message: Message) -> None:
    """Within two days a bot deletes its own messages, a person's in private, and as an admin anybody's."""
    old = call.world.clock.stamp() - message.date > DELETABLE
    own = message.sender == call.bot.id or chat.private
    if chat.bots.get(call.bot.id) != "administrator" and (old or not own):
        raise bad_request("message can't be deleted")
    del chat.messages[message.id]
    chat.deleted.add(message.id)
    chat.pinned = None if chat.pinned == message.id else chat.pinned
    call.world.changed("deleted", chat=chat, message=message)


def origin_of(call: Call, purpose: str) -> tuple[Chat, Message]:
    """The message to copy or forward."""
    source = call.chat("from_chat_id")
    message = call.message(source, purpose)
    if UNCOPIABLE & set(message.content) or message.content.get("has_protected_content"):
        raise bad_request("message can't be copied" if purpose == "copy" else "message can't be forwarded")
    return source, message


@method("copyMessage")
def copy_message(call: Call) -> Json:
    """The same content as the bot's own; a new caption takes the place of the old one."""
    _, message = origin_of(call, "copy")
    content = {name: value for name, value in message.content.items() if name != "forward_origin"}
    if "caption" in call.values:
        content = content_without(content, "caption") | caption_content(call)
    return {"message_id": post(call, content)["message_id"]}


@method("forwardMessage")
def forward_message(call: Call) -> Json:
    """The same content, saying whose it was."""
    source, message = origin_of(call, "forward")
    shown = message_json(call.world, source, message)
    origin = {"type": "user", "sender_user": shown["from"], "date": message.date}
    return put(call, call.open_chat(), {"forward_origin": origin} | message.content, None)


@method("answerCallbackQuery")
def answer_callback_query(call: Call) -> bool:
    """What a tap gets: nothing, a toast, an alert or a link. Late answers are refused; a second one changes nothing."""
    tap = call.world.taps.get(call.text("callback_query_id"))
    now = call.world.clock.now().timestamp()
    if tap is None or tap.bot != call.bot.id or (tap.answer is None and not 0 <= now - tap.at <= TAP_FRESH):
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    if units(call.text("text")) > ANSWER_LIMIT:
        raise bad_request("MESSAGE_TOO_LONG")
    if tap.answer is None:
        answer = {"text": call.text("text"), "alert": call.flag("show_alert"), "url": call.text("url") or None}
        tap.answer = answer
        tap.answered.set()
        toast = {"person": tap.person, "bot": tap.bot, **answer, "at": call.world.clock.now().isoformat()}
        if answer["text"] or answer["url"]:
            call.world.toasts.append(toast)
        call.world.changed("toast", **toast, tap=tap.id)
    return True


@method("setMessageReaction")
def set_message_reaction(call: Call) -> bool:
    """The bot's own reaction; an empty list takes it back."""
    chat = call.open_chat()
    message = call.message(chat, "react")
    reactions: Any = call.json("reaction") or []
    if not isinstance(reactions, list) or len(reactions) > 1:
        raise bad_request("REACTIONS_TOO_MANY" if isinstance(reactions, list) else "can't parse reaction types JSON")
    if not all(isinstance(one, dict) and one.get("type") in ("emoji", "custom_emoji") for one in reactions):
        raise bad_request("REACTION_INVALID")
    message.reactions[call.bot.id] = reactions
    call.world.changed("reaction", chat=chat, message=message)
    return True


@method("sendChatAction")
def send_chat_action(call: Call) -> bool:
    """The bot is typing."""
    chat = call.open_chat()
    if call.text("action") not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    call.world.changed("typing", chat=chat, bot=call.bot.id, action=call.text("action"))
    return True
