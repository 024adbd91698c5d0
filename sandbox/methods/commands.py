"""What a bot says about itself: commands by scope and language, name and descriptions."""

import re
from typing import Any

from sandbox.call import Call, known_chat, method
from sandbox.refusals import Json, bad_request
from sandbox.world import Bot

COMMAND = re.compile(r"[a-z0-9_]{1,32}")
MOST_COMMANDS = 100
DESCRIPTION_LIMIT = 256
PLAIN_SCOPES = {"default", "all_private_chats", "all_group_chats", "all_chat_administrators"}
CHAT_SCOPES = {"chat", "chat_administrators", "chat_member"}


@method("setMyCommands")
def set_my_commands(call: Call) -> bool:
    """The commands of a scope, in a language."""
    commands: Any = call.json("commands")
    if not isinstance(commands, list):
        raise bad_request("can't parse commands JSON object")
    if len(commands) > MOST_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    place = (scope_of(call), language_of(call))
    call.bot.commands[place] = [checked_command(command) for command in commands]
    call.world.changed("commands", bot=call.bot.id)
    return True


@method("getMyCommands")
def get_my_commands(call: Call) -> list[Json]:
    """Exactly what was set there."""
    return call.bot.commands.get((scope_of(call), language_of(call)), [])


@method("deleteMyCommands")
def delete_my_commands(call: Call) -> bool:
    """Nothing is set there any more."""
    call.bot.commands.pop((scope_of(call), language_of(call)), None)
    call.world.changed("commands", bot=call.bot.id)
    return True


def checked_command(command: Any) -> Json:
    """One command with what it does."""
    if not isinstance(command, dict) or not isinstance(command.get("command"), str):
        raise bad_request("can't parse BotCommand: Can't find field \"command\"")
    if not isinstance(command.get("description"), str):
        raise bad_request("can't parse BotCommand: Can't find field \"description\"")
    name, description = command["command"].removeprefix("/"), command["description"].strip()
    if not COMMAND.fullmatch(name):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= DESCRIPTION_LIMIT:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name, "description": description}


def language_of(call: Call) -> str:
    """Two small letters, or none for everybody else."""
    code = call.text("language_code")
    if code and not re.fullmatch("[a-z]{2}", code):
        raise bad_request("invalid language code specified")
    return code


def scope_of(call: Call) -> str:
    """A scope as one word."""
    scope = call.json("scope")
    if scope is None:
        return "default"
    if not isinstance(scope, dict) or str(scope.get("type")) not in PLAIN_SCOPES | CHAT_SCOPES:
        raise bad_request("can't parse BotCommandScope: unsupported type specified")
    if scope["type"] in PLAIN_SCOPES:
        return str(scope["type"])
    chat = known_chat(call.world, call.bot, str(scope.get("chat_id", "")))
    member = f":{scope.get('user_id', '')}" if scope["type"] == "chat_member" else ""
    return f"{scope['type']}:{chat.id}{member}"


def commands_for(bot: Bot, language: str = "") -> list[Json]:
    """What a person of this language sees in a private chat."""
    for place in (("all_private_chats", language), ("all_private_chats", ""), ("default", language), ("default", "")):
        if place in bot.commands:
            return bot.commands[place]
    return []


def set_text(call: Call, texts: dict[str, str], name: str, limit: int) -> bool:
    """A text about the bot in a language; an empty one takes it away."""
    text, language = call.text(name), language_of(call)
    if len(text) > limit:
        raise bad_request(f"{name.replace('_', ' ')} is too long")
    if text:
        texts[language] = text
    else:
        texts.pop(language, None)
    call.world.changed("commands", bot=call.bot.id)
    return True


def get_text(call: Call, texts: dict[str, str], name: str) -> Json:
    """That text, or the one for everybody else."""
    return {name: texts.get(language_of(call), texts.get("", ""))}


@method("setMyName")
def set_my_name(call: Call) -> bool:
    """The name people see."""
    return set_text(call, call.bot.names, "name", 64)


@method("getMyName")
def get_my_name(call: Call) -> Json:
    """The name people see."""
    return get_text(call, call.bot.names, "name")


@method("setMyDescription")
def set_my_description(call: Call) -> bool:
    """What people read before they start."""
    return set_text(call, call.bot.descriptions, "description", 512)


@method("getMyDescription")
def get_my_description(call: Call) -> Json:
    """What people read before they start."""
    return get_text(call, call.bot.descriptions, "description")


@method("setMyShortDescription")
def set_my_short_description(call: Call) -> bool:
    """What people read on the bot's profile."""
    return set_text(call, call.bot.short_descriptions, "short_description", 120)


@method("getMyShortDescription")
def get_my_short_description(call: Call) -> Json:
    """What people read on the bot's profile."""
    return get_text(call, call.bot.short_descriptions, "short_description")
