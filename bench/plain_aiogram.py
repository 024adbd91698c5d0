"""A bot without a database, as aiogram's tutorial writes it: the same toast and the same edit for each tap.

Its answers are looked up, not made: it does less than any real bot.
"""

import time

_began = time.monotonic()
import aiogram  # noqa: E402, F401

from bench.child import answers, base_url, say_started  # noqa: E402

say_started(_began)

import asyncio  # noqa: E402
import os  # noqa: E402
from typing import Any  # noqa: E402
from urllib.parse import urlsplit  # noqa: E402

from aiogram import Bot, Dispatcher  # noqa: E402
from aiogram.client.session.aiohttp import AiohttpSession  # noqa: E402
from aiogram.client.telegram import TelegramAPIServer  # noqa: E402
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, LinkPreviewOptions  # noqa: E402
from aiogram.webhook.aiohttp_server import SimpleRequestHandler  # noqa: E402
from aiohttp import web  # noqa: E402

ANSWERS = answers()


def ready_made(message: dict[str, Any]) -> dict[str, Any]:
    """A message's parameters as aiogram's objects."""
    return {
        **message,
        "link_preview_options": LinkPreviewOptions(**message["link_preview_options"]),
        "reply_markup": InlineKeyboardMarkup.model_validate(message["reply_markup"]),
    }


MESSAGES = {data: ready_made(answer["message"]) for data, answer in ANSWERS.items()}
dispatcher = Dispatcher()


@dispatcher.callback_query()
async def tapped(query: CallbackQuery) -> None:
    """Toast, then edit."""
    await query.answer(ANSWERS[query.data]["toast"])
    await query.message.edit_text(**MESSAGES[query.data])


async def main() -> None:
    """Poll; or listen, where there is a webhook."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(base_url()))
    bot = Bot(os.environ["KITH_BOT_TOKEN"], session=session)
    url = os.environ.get("KITH_WEBHOOK_URL")
    if not url:
        await dispatcher.start_polling(bot)
        return
    secret = os.environ["KITH_WEBHOOK_SECRET"]
    app = web.Application()
    SimpleRequestHandler(dispatcher, bot, secret_token=secret).register(app, path=urlsplit(url).path)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(os.environ["KITH_WEBHOOK_PORT"])).start()
    await bot.set_webhook(url, secret_token=secret)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
