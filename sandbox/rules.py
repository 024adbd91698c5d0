"""Telegram's rules for what bots send: lengths, markup and keyboards, each with Telegram's own words."""

import re
from collections.abc import Callable
from typing import Any

from sandbox.call import Call
from sandbox.entities import Span, Styled, cleaned, from_json, to_json, units, with_found
from sandbox.parse_html import parse_html
from sandbox.parse_markdown import parse_markdown, parse_old_markdown
from sandbox.refusals import Json, Refused, bad_request
from sandbox.render import user_json
from sandbox.request import number_of

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
TAP_DATA_LIMIT = 64  # bytes, not characters
KEYBOARD_LIMIT = 100
ANSWER_LIMIT = 200
PARSERS: dict[str, Callable[[str], Styled]] = {
    "html": parse_html,
    "markdownv2": parse_markdown,
    "markdown": parse_old_markdown,
    "": Styled,
}

BUTTON_FIELDS = {
    "text",
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
    "icon_custom_emoji_id",
    "style",
}
NO_ACTION = {"text", "icon_custom_emoji_id", "style"}
KEY_FIELDS = {
    "text",
    "request_users",
    "request_chat",
    "request_contact",
    "request_location",
    "request_poll",
    "web_app",
    "icon_custom_emoji_id",
    "style",
}
MARKUP_FIELDS = {
    "inline_keyboard": {"inline_keyboard"},
    "keyboard": {
        "keyboard",
        "is_persistent",
        "resize_keyboard",
        "one_time_keyboard",
        "input_field_placeholder",
        "selective",
    },
    "remove_keyboard": {"remove_keyboard", "selective"},
    "force_reply": {"force_reply", "input_field_placeholder", "selective"},
}
WEB_LINK = re.compile(r"(?:https?://)?[^\s/?#]+\.[^\s/?#]{2,}\S*|tg://\S+", re.IGNORECASE)


def styled_text(call: Call, name: str, entities: str) -> Styled:
    """A text of a call, parsed and cleaned."""
    source, mode = call.text(name), call.text("parse_mode").lower()
    if mode not in PARSERS:
        raise bad_request("unsupported parse_mode")
    given = call.json(entities)
    styled = from_json(source, given) if given and not mode else PARSERS[mode](source)
    return with_found(cleaned(styled))


def text_content(call: Call) -> Json:
    """The text of a message, as a message keeps it."""
    styled = styled_text(call, "text", "entities")
    if not styled.text:
        raise bad_request("message text is empty")
    if units(styled.text) > TEXT_LIMIT:
        raise bad_request("message is too long")
    return {"text": styled.text} | entities_under(call, "entities", styled)


def caption_content(call: Call) -> Json:
    """The caption of a file, if it has one."""
    styled = styled_text(call, "caption", "caption_entities")
    if units(styled.text) > CAPTION_LIMIT:
        raise bad_request("message caption is too long")
    return {"caption": styled.text} | entities_under(call, "caption_entities", styled) if styled.text else {}


def entities_under(call: Call, name: str, styled: Styled) -> Json:
    """The entities, if there are any; a mention by id carries the whole user."""
    known = [span for span in styled.spans if span.type != "text_mention" or mentioned(call, span)]
    return {name: to_json(Styled(styled.text, known))} if known else {}


def mentioned(call: Call, span: Span) -> bool:
    """Fill in the person a mention names; nobody of that id: no mention."""
    named = span.extra.get("user")
    user = number_of(named.get("id")) if isinstance(named, dict) else None
    if user is None or (user not in call.world.people and user not in call.world.bots):
        return False
    span.extra = {"user": user_json(call.world, int(user))}
    return True


def markup_of(call: Call) -> Json | None:
    """The keyboard of a message. Stricter than Telegram in one thing: names it would ignore are refused."""
    markup = call.json("reply_markup")
    if markup in (None, {}):
        return None
    if isinstance(markup, str):
        raise bad_request("can't parse reply keyboard markup JSON object")
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    kind = next((kind for kind in MARKUP_FIELDS if kind in markup), None)
    if kind is None or set(markup) - MARKUP_FIELDS[kind]:
        strange = sorted(set(markup) - MARKUP_FIELDS[kind or "inline_keyboard"])
        raise bad_request(f'can\'t parse reply keyboard markup JSON object: unknown field "{", ".join(strange)}"')
    if kind == "inline_keyboard":
        rows = [[inline_button(button) for button in row] for row in rows_of(markup[kind], kind)]
        return {"inline_keyboard": rows} if rows else None
    if kind == "keyboard":
        return markup | {"keyboard": [[reply_key(key) for key in row] for row in rows_of(markup[kind], kind)]}
    return markup if markup[kind] is True else None


def inline_markup_of(call: Call) -> Json | None:
    """The keyboard of an edited message: only inline ones can be edited."""
    markup = markup_of(call)
    if markup and "inline_keyboard" not in markup:
        raise bad_request("inline keyboard expected")
    return markup


def rows_of(rows: Any, name: str) -> list[list[Any]]:
    """A keyboard's rows, without empty ones."""
    if not isinstance(rows, list):
        raise bad_request(f'field "{name}" must be of type Array')
    if not all(isinstance(row, list) for row in rows):
        raise bad_request(f'field "{name}" must be an Array of Arrays')
    if sum(map(len, rows)) > KEYBOARD_LIMIT:
        raise bad_request("reply markup is too long")
    return [row for row in rows if row]


def inline_button(button: Any) -> Json:
    """One button under a message."""
    if not isinstance(button, dict):
        raise bad_button("Object expected as InlineKeyboardButton")
    if not isinstance(button.get("text"), str):
        raise bad_button('Can\'t find field "text"')
    refuse_strange_fields(button, BUTTON_FIELDS)
    if not button["text"].strip():
        raise bad_request("inline keyboard button text must be non-empty")
    if set(button) <= NO_ACTION:
        raise bad_button("Text buttons are unallowed in the inline keyboard")
    data = button.get("callback_data", "-")
    if not isinstance(data, str) or not 1 <= len(data.encode()) <= TAP_DATA_LIMIT:
        raise bad_request("BUTTON_DATA_INVALID")
    if "url" in button and not WEB_LINK.fullmatch(str(button["url"])):
        raise bad_request(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
    return button


def reply_key(key: Any) -> Json:
    """One key of a reply keyboard; a bare string is a key too."""
    if isinstance(key, str):
        return {"text": key}
    if not isinstance(key, dict) or not isinstance(key.get("text"), str):
        raise bad_request("can't parse keyboard button: Can't find field \"text\"")
    refuse_strange_fields(key, KEY_FIELDS)
    return key


def refuse_strange_fields(button: Json, known: set[str]) -> None:
    """A name that no button has is a misspelt one."""
    strange = sorted(set(button) - known)
    if strange:
        raise bad_button(f'Unknown field "{strange[0]}"')


def bad_button(words: str) -> Refused:
    """Telegram's refusal of a button."""
    return bad_request(f"can't parse inline keyboard button: {words}")


def reply_target(call: Call, messages: dict[int, Any]) -> int | None:
    """Which message is answered, if any."""
    given = call.json("reply_parameters")
    if given is not None and not isinstance(given, dict):
        raise bad_request("can't parse reply parameters JSON object")
    wanted = number_of((given or {}).get("message_id")) or call.number("reply_to_message_id")
    if not wanted or int(wanted) in messages:
        return int(wanted) if wanted else None
    if (given or {}).get("allow_sending_without_reply") or call.flag("allow_sending_without_reply"):
        return None
    raise bad_request("message to be replied not found")
