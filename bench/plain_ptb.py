"""The same plain bot with python-telegram-bot, sixteen updates side by side (its best setting, facts of B2)."""

import time

_began = time.monotonic()
import telegram.ext  # noqa: E402, F401

from bench.child import answers, base_url, say_started  # noqa: E402

say_started(_began)

import os  # noqa: E402
from typing import Any  # noqa: E402

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, Update  # noqa: E402
from telegram.ext import Application, CallbackQueryHandler, ContextTypes  # noqa: E402

ANSWERS = answers()


def ready_made(message: dict[str, Any]) -> dict[str, Any]:
    """A message's parameters as the library's objects."""
    rows = message["reply_markup"]["inline_keyboard"]
    return {
        **message,
        "link_preview_options": LinkPreviewOptions(**message["link_preview_options"]),
        "reply_markup": InlineKeyboardMarkup([[InlineKeyboardButton(**button) for button in row] for row in rows]),
    }


MESSAGES = {data: ready_made(answer["message"]) for data, answer in ANSWERS.items()}


async def tapped(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
    """Toast, then edit."""
    query = update.callback_query
    await query.answer(ANSWERS[query.data]["toast"])
    await query.edit_message_text(**MESSAGES[query.data])


def main() -> None:
    """Poll."""
    builder = Application.builder().token(os.environ["KITH_BOT_TOKEN"]).base_url(base_url() + "/bot")
    application = builder.concurrent_updates(16).build()
    application.add_handler(CallbackQueryHandler(tapped))
    application.run_polling()


if __name__ == "__main__":
    main()
