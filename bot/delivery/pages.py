"""What a letter becomes for Telegram: a method and its parameters, worded once for all letters that are alike."""

import json
from dataclasses import dataclass
from typing import Any

from bot.community.post import Parcel
from bot.fitting import fitted
from bot.screens.letters import word
from bot.telegram import Telegram

CAPTION = 1024
"""UTF-16 units that Telegram takes under a photo."""


@dataclass(frozen=True)
class Page:
    """A call that lacks only its chat: `rest` is its JSON after the chat's id; `upload` a photo that goes with it."""

    method: str
    rest: bytes
    upload: bytes | None
    params: dict[str, Any]

    def body(self, chat_id: int) -> bytes:
        """The call's JSON."""
        return b'{"chat_id": %d, ' % chat_id + self.rest


def page_of(telegram: Telegram, parcel: Parcel, extra: dict[str, Any]) -> Page:
    """A parcel's page, made or found. Raises whatever is wrong with its words."""
    reading, sheet = parcel.reading, parcel.sheet
    key = (reading.kind, reading.language, parcel.to_group)
    page: Page | None = sheet.pages.get(key)
    if page is None:
        page = sheet.pages[key] = _made(telegram, parcel, extra)
    return page


def _made(telegram: Telegram, parcel: Parcel, extra: dict[str, Any]) -> Page:
    matter, reading = parcel.sheet.matter, parcel.reading
    screen = word(reading.kind, matter.content, reading.language, to_group=parcel.to_group)
    params = {**telegram.message(screen), **extra}
    method, upload = "sendMessage", None
    if matter.photo is not None:
        method = "sendPhoto"
        params["caption"] = fitted(params.pop("text"), CAPTION)
        params.pop("link_preview_options", None)
        if isinstance(matter.photo, str):
            params["photo"] = matter.photo
        else:
            upload = matter.photo
    if matter.edits is not None:
        method, upload = ("editMessageText" if matter.photo is None else "editMessageCaption"), None
        params = {"message_id": matter.edits, **{key: value for key, value in params.items() if key != "photo"}}
        params.pop("allow_paid_broadcast", None)
    return Page(method, json.dumps(params, ensure_ascii=False).encode()[1:], upload, params)
