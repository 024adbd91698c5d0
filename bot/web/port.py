"""The optional loopback port: /metrics, /healthz, /readyz. It only looks; nobody is named on it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from bot.log import log
from bot.web.figures import metrics_page
from bot.web.health import Watched, wrongs


@asynccontextmanager
async def open_port(watched: Watched, port: int) -> AsyncIterator[None]:
    """Listen on this machine's loopback address while the house runs. Raises OSError where the port is taken."""
    runner = web.AppRunner(pages(watched), access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        log.info("the web port is open", port=port)
        yield
    finally:
        await runner.cleanup()
        watched.reader.close()


def pages(watched: Watched) -> web.Application:
    """What can be asked."""

    async def healthz(_request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def readyz(_request: web.Request) -> web.Response:
        found = await wrongs(watched)
        return web.json_response({"ready": not found, "wrong": found}, status=503 if found else 200)

    async def metrics(_request: web.Request) -> web.Response:
        body, kind = await metrics_page(watched)
        return web.Response(body=body, headers={"Content-Type": kind})

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics)])
    return app
