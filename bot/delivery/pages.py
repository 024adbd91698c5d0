"""What a letter becomes for Telegram: a method and its parameters, worded once for all letters that are alike."""

import json
from dataclasses import dataclass
from typing import Any

from bot.community.parcels import Parcel
from bot.fitting import fitted
from bot.screens.letters import word
from bot.telegram import Telegram, TelegramSaid

CAPTION = 1024
"""UTF-16 units that Telegram takes under a photo."""


@dataclass(frozen=True)
class Page:
    """A call that lacks only its chat: `rest` is its JSON after the chat's id.

    `photo` goes with it, by Telegram's id for it or as bytes; `apart`: before it, as a message of its own, since the words
    are longer than Telegram takes under one.
    """

    method: str
    rest: bytes
    params: dict[str, Any]
    photo: bytes | str | None = None
    apart: bool = False

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
    words = telegram.message(screen)
    under_photo = matter.photo is not None and fitted(screen.text, CAPTION) == screen.text
    if matter.edits is not None:
        params = {"message_id": matter.edits, **(_captioned(words) if under_photo else words)}
        return _page("editMessageCaption" if under_photo else "editMessageText", params)
    if matter.photo is None:
        return _page("sendMessage", {**words, **extra})
    if not under_photo:
        return _page("sendMessage", {**words, **extra}, matter.photo, apart=True)
    return _page("sendPhoto", {**_captioned(words), **extra}, matter.photo)


def _captioned(words: dict[str, Any]) -> dict[str, Any]:
    """A message's parameters as those of a line under a photo."""
    kept = {name: value for name, value in words.items() if name not in {"text", "link_preview_options"}}
    return {**kept, "caption": fitted(words["text"], CAPTION)}


def _page(method: str, params: dict[str, Any], photo: bytes | str | None = None, *, apart: bool = False) -> Page:
    with_photo = {"photo": photo} if isinstance(photo, str) and not apart else {}
    rest = json.dumps({**params, **with_photo}, ensure_ascii=False).encode()[1:]
    return Page(method, rest, params, photo, apart)


async def said(telegram: Telegram, page: Page, chat_id: int) -> dict[str, Any]:
    """Make a page's call, or two; Telegram's message, with the photo as Telegram knows it. Raises TelegramSaid, Silence."""
    if page.photo is None:
        send = _edited if "message_id" in page.params else _posted
        return await send(telegram, page, chat_id)
    if not page.apart:
        if isinstance(page.photo, str):
            return await _posted(telegram, page, chat_id)
        return await _uploaded(page.params, telegram, page, chat_id)
    extra = {name: page.params[name] for name in ("allow_paid_broadcast",) if name in page.params}
    if isinstance(page.photo, str):
        picture = await telegram.call("sendPhoto", {"chat_id": chat_id, "photo": page.photo, **extra})
    else:
        picture = await _uploaded(extra, telegram, page, chat_id)
    return {**await _posted(telegram, page, chat_id), "photo": picture.get("photo")}


async def _posted(telegram: Telegram, page: Page, chat_id: int) -> dict[str, Any]:
    message = await telegram.post(page.method, page.body(chat_id))
    return message if isinstance(message, dict) else {}


async def _uploaded(params: dict[str, Any], telegram: Telegram, page: Page, chat_id: int) -> dict[str, Any]:
    assert isinstance(page.photo, bytes)
    return dict(await telegram.upload("sendPhoto", {"chat_id": chat_id, **params}, "photo", "photo.jpg", page.photo))


async def _edited(telegram: Telegram, page: Page, chat_id: int) -> dict[str, Any]:
    """An edit; where the words were or are too long to stand under the photo, the message is of the other sort."""
    try:
        return await _posted(telegram, page, chat_id)
    except TelegramSaid as answer:
        if "there is no text in the message" in answer.description:
            return await _posted(telegram, _page("editMessageCaption", _captioned(page.params)), chat_id)
        if "there is no caption in the message" in answer.description:
            words = {**page.params, "text": page.params["caption"]}
            del words["caption"]
            return await _posted(telegram, _page("editMessageText", words), chat_id)
        raise
