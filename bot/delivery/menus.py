"""What Telegram is told of the bot: its words about itself, everybody's command menu, and those of some roles."""

from bot.community import roles
from bot.log import log
from bot.screens import language
from bot.screens.words import commands, introduction
from bot.store.writer import Writer
from bot.telegram import Silence, Telegram, TelegramSaid

TOO_MANY = 429
Told = dict[int, tuple[str, frozenset[str]]]


class Menus:
    """What Telegram was told since this process began; a lost role's menu goes back to everybody's."""

    def __init__(self, telegram: Telegram, writer: Writer) -> None:
        self.telegram, self.writer = telegram, writer
        self._told: Told = {}

    async def look(self) -> int:
        """Tell Telegram what has changed; says of how many chats."""
        wanted = await self.writer.transact(lambda session: roles.menus(session, self.telegram.bot_id))
        lost = self._told.keys() - wanted.keys()
        changed = [chat for chat in wanted if self._told.get(chat) != wanted[chat]]
        for chat in [*lost, *changed]:
            if not await self._tell(chat, wanted.get(chat)):
                break  # Telegram does not answer: again at the next look
            self._told.pop(chat, None)
            if chat in wanted:
                self._told[chat] = wanted[chat]
        return len(lost) + len(changed)

    async def _tell(self, chat: int, menu: tuple[str, frozenset[str]] | None) -> bool:
        scope = {"type": "chat", "chat_id": chat}
        try:
            if menu is None:
                await self.telegram.call("deleteMyCommands", {"scope": scope})
            else:
                listed = [{"command": command, "description": words} for command, words in commands(*menu)]
                await self.telegram.call("setMyCommands", {"commands": listed, "scope": scope})
        except TelegramSaid as refused:
            return refused.code < TOO_MANY  # a chat that is not there needs no menu
        except Silence:
            return False
        return True


async def introduce(telegram: Telegram) -> None:
    """The command menu, and what the bot says of itself. Telegram takes codes of two letters only."""
    for tag in language.LANGUAGES:
        listed = [{"command": command, "description": text} for command, text in commands(tag)]
        long, short = introduction(tag)
        code = {} if tag == "en" else {"language_code": tag}
        try:
            await telegram.call("setMyCommands", {"commands": listed, "scope": {"type": "all_private_chats"}, **code})
            await telegram.call("setMyDescription", {"description": long, **code})
            await telegram.call("setMyShortDescription", {"short_description": short, **code})
        except (TelegramSaid, Silence) as refused:
            log.warning("the bot could not introduce itself", error=type(refused).__name__)
            return
