"""A machine translator, where an install has one: any server that speaks as LibreTranslate does."""

import json

import aiohttp

TIMEOUT = 10.0
"""Seconds: a draft that takes longer is not worth waiting for; a helper writes without it."""
LARGEST = 64 * 1024
"""Bytes of an answer; more is no translation of a message."""


class NoTranslation(Exception):
    """The translator is away, too slow, refuses, or answers something else than a translation."""


class Translator:
    """`POST /translate {q, source, target, format, api_key}` -> {"translatedText"}."""

    def __init__(self, url: str, key: str | None = None) -> None:
        self.url = url.rstrip("/") + "/translate"
        self.key = key

    async def translate(self, words: str, source: str, target: str) -> str:
        """One text in another language. Raises NoTranslation, whatever went wrong."""
        asked = {"q": words, "source": source, "target": target, "format": "text"}
        if self.key is not None:
            asked["api_key"] = self.key
        try:
            return _translated(await self._answer(asked))
        except (aiohttp.ClientError, TimeoutError, ValueError) as wrong:
            raise NoTranslation(type(wrong).__name__) from None

    async def _answer(self, asked: dict[str, str]) -> bytes:
        timeout = aiohttp.ClientTimeout(total=TIMEOUT)
        async with (
            aiohttp.ClientSession(timeout=timeout) as client,
            client.post(self.url, json=asked, allow_redirects=False) as answer,
        ):
            if answer.status != 200:  # noqa: PLR2004 - HTTP's own
                raise NoTranslation(str(answer.status))
            content = bytearray()
            async for piece in answer.content.iter_chunked(8192):
                content += piece
                if len(content) > LARGEST:
                    raise NoTranslation("too much")
            return bytes(content)


def _translated(content: bytes) -> str:
    answer = json.loads(content)
    text = answer.get("translatedText") if isinstance(answer, dict) else None
    if not isinstance(text, str) or not text.strip():
        raise NoTranslation("no text")
    return text.strip()
