"""The optional loopback port: /metrics, /healthz, /readyz, /tallies where wished. It only looks; nobody is named on it."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from bot.clock import Clock
from bot.log import log
from bot.settings import Settings
from bot.store.reader import Reader
from bot.store.writer import Writer
from bot.web.figures import metrics_page
from bot.web.health import Watched, wrongs


@asynccontextmanager
async def watch(
    settings: Settings,
    writer: Writer,
    clock: Clock,
    last_poll: Callable[[], float] | None,
    refused: Callable[[], bool],
) -> AsyncIterator[None]:
    """Let the house be watched while it runs, if a port is set. Raises OSError where the port is taken."""
    if settings.web_port is None:
        yield
        return
    reader = Reader(settings.database, writer.vault)
    watched = Watched(reader, writer, clock, settings.data, last_poll, refused, time.monotonic())
    runner = web.AppRunner(pages(watched, evaluators=settings.tallies_web), access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", settings.web_port).start()
        log.info("the web port is open", port=settings.web_port)
        yield
    finally:
        await runner.cleanup()
        reader.close()


def pages(watched: Watched, *, evaluators: bool = False) -> web.Application:
    """What can be asked; by evaluators only where that was wished."""

    async def healthz(_request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def readyz(_request: web.Request) -> web.Response:
        found = await wrongs(watched)
        return web.json_response({"ready": not found, "wrong": found}, status=503 if found else 200)

    async def metrics(_request: web.Request) -> web.Response:
        body, kind = await metrics_page(watched)
        return web.Response(body=body, headers={"Content-Type": kind})

    app = web.Application()
    if evaluators:
        from bot.web import tallies

        app.add_routes(tallies.routes(watched))
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics)])
    return app
