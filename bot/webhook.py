"""The webhook: Telegram brings updates; 200 after the commit, the toast in the answer; 503 when it cannot.

Imported where a webhook is set: aiohttp's server is a megabyte that polling does without.
"""

import asyncio
import hmac
from urllib.parse import urlsplit

import orjson
from aiohttp import web

from bot.lines import Down, Raw, whereto
from bot.log import log
from bot.replies import Toast
from bot.telegram import read_json
from bot.updates import ALLOWED, Updates

BODY_LIMIT = 1_000_000
LARGEST = 2**63 - 1


async def listen(updates: Updates, url: str, port: int, secret: str, grace: float) -> None:
    """Listen on a loopback port until cancelled, and tell Telegram where. Raises OSError where the port is taken."""
    app = application(updates, urlsplit(url).path or "/", secret)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=grace)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        asked = {"url": url, "secret_token": secret, "max_connections": 40, "allowed_updates": ALLOWED}
        await updates.telegram.call("setWebhook", asked)
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


def application(updates: Updates, path: str, secret: str) -> web.Application:
    """An aiohttp application that hears whoever knows the secret."""

    async def hear(request: web.Request) -> web.StreamResponse:
        given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not hmac.compare_digest(given.encode(errors="surrogateescape"), secret.encode()):
            return web.Response(status=401)
        raw = _read(await request.read())
        if raw is None:
            # Taken all the same: refused, it would come again and again.
            log.warning("update not readable")
            return web.Response(status=200)
        return await _hear_one(updates, raw)

    app = web.Application(client_max_size=BODY_LIMIT)
    app.router.add_post(path, hear)
    return app


async def _hear_one(updates: Updates, raw: Raw) -> web.StreamResponse:
    if updates.lines.full:
        return _later()
    if not updates.admits(raw):
        return web.Response(status=200)
    try:
        replies = await updates.lines.put(raw, by_webhook=True)
    except Down:
        return _later()
    to = whereto(raw)
    if to is None or to.query_id is None:
        return web.Response(status=200)
    toast = next((reply for reply in replies if isinstance(reply, Toast)), None)
    params = updates.telegram.toast(toast, to.query_id) if toast else {"callback_query_id": to.query_id}
    answer = orjson.dumps({"method": "answerCallbackQuery", **params})
    return web.Response(body=answer, content_type="application/json")


def _read(body: bytes) -> Raw | None:
    """An update, or None where it is none."""
    try:
        raw = read_json(body)
    except (ValueError, RecursionError):
        return None
    known = raw.get("update_id") if isinstance(raw, dict) else None
    return raw if isinstance(known, int) and 0 <= known <= LARGEST else None


def _later() -> web.Response:
    """Lawful back-pressure: Telegram keeps the update and sends it again (facts/failures.md 0.5)."""
    return web.Response(status=503, headers={"Retry-After": "5"})
