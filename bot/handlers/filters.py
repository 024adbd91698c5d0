"""What a handler waits for; taps wait on their road (handlers/road.py).

All asynchronous: aiogram runs a plain function, and every magic `F`, in a thread.
"""

from aiogram import Bot
from aiogram.filters import Filter
from aiogram.types import ChatMemberUpdated, Message

from bot.screens.words import means_stop

GROUPS = frozenset({"group", "supergroup"})


def in_group(event: Message | ChatMemberUpdated) -> bool:
    """Whether something happened in a group, of either kind."""
    return event.chat.type in GROUPS


class InPrivate(Filter):
    """The chat between one person and the bot."""

    async def __call__(self, event: Message | ChatMemberUpdated) -> bool:
        """Whether it is one."""
        return event.chat.type == "private"


class InGroup(Filter):
    """A group, of either kind."""

    async def __call__(self, event: Message | ChatMemberUpdated) -> bool:
        """Whether it is one."""
        return in_group(event)


class Addressed(Filter):
    """A command, or an answer to something the bot said; those that are another bot's business left out."""

    async def __call__(self, message: Message, bot: Bot, username: str) -> bool:
        """Whether the bot is meant."""
        if message.text is not None and message.text.startswith("/"):
            named = message.text.split(maxsplit=1)[0].partition("@")[2]
            return named.casefold() in {"", username.casefold()}
        answered = message.reply_to_message
        return answered is not None and answered.from_user is not None and answered.from_user.id == bot.id


class Forwarded(Filter):
    """Something that was written elsewhere, by whomever."""

    async def __call__(self, message: Message) -> bool:
        """Whether it was."""
        return message.forward_origin is not None


class MovedAway(Filter):
    """A group that was upgraded: told from the old chat."""

    async def __call__(self, message: Message) -> bool:
        """Whether it is this service message."""
        return message.migrate_to_chat_id is not None


class MovedHere(Filter):
    """A group that was upgraded: told from the new chat."""

    async def __call__(self, message: Message) -> bool:
        """Whether it is this service message."""
        return message.migrate_from_chat_id is not None


class SaysStop(Filter):
    """The word stop in any language, or the command."""

    async def __call__(self, message: Message) -> bool:
        """Whether a message says stop and nothing else."""
        return message.text is not None and means_stop(message.text)


class HasText(Filter):
    """Words, not a picture or a voice."""

    async def __call__(self, message: Message) -> bool:
        """Whether there are any."""
        return message.text is not None


class HasPhoto(Filter):
    """A photo, in whatever sizes."""

    async def __call__(self, message: Message) -> bool:
        """Whether it is one."""
        return bool(message.photo)


class HasVoice(Filter):
    """A voice note."""

    async def __call__(self, message: Message) -> bool:
        """Whether it is one."""
        return message.voice is not None
