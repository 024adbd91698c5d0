"""The JSON paths by which the page, scripts and trainers drive the world; and the doorkeeper of the whole server."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

from sandbox.acts import Acts
from sandbox.events import stream_events
from sandbox.methods.polling import is_loopback
from sandbox.refusals import Misdirected
from sandbox.state import state_json

if TYPE_CHECKING:
    from sandbox.server import Sandbox

PAGE = Path(__file__).parent / "page"
INNER = ("/bot", "/file", "/sandbox")
BODY_LIMIT = 60 * 1024 * 1024
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def doorkeeper(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Only this machine, and no page of another site: a browser would carry its calls in here."""
    host = urlsplit(f"//{request.host}").hostname or ""
    origin = request.headers.get("Origin")
    if not is_loopback(host):
        return sorry("The sandbox answers only to 127.0.0.1 or localhost.", 403)
    foreign = origin is not None and urlsplit(origin).netloc != request.host
    embedded = request.headers.get("Sec-Fetch-Site") == "cross-site" and request.path.startswith(INNER)
    if foreign or embedded:
        return sorry("The sandbox does not answer the pages of other sites.", 403)
    return await handler(request)


def sorry(words: str, status: int = 400) -> web.Response:
    """What was wrong with a request, in one sentence."""
    return web.json_response({"ok": False, "error": words}, status=status)


def application(box: "Sandbox") -> web.Application:
    """All the paths of the server."""
    app = web.Application(middlewares=[doorkeeper], client_max_size=BODY_LIMIT)
    control = Control(box)
    app.router.add_route("*", "/bot{token:[^/]+}/{method:[^/]+}", box.api.handle)
    app.router.add_get("/file/bot{token:[^/]+}/{path:.+}", box.api.file)
    app.router.add_get("/sandbox/state", control.state)
    app.router.add_get("/sandbox/events", control.events)
    app.router.add_get("/sandbox/calls", control.calls)
    app.router.add_get("/sandbox/faults", control.faults)
    app.router.add_get("/sandbox/files/{id}", control.file)
    app.router.add_post("/sandbox/{act}", control.act)
    app.router.add_get("/", page)
    app.router.add_get("/page/{path:.+}", page)
    return app


async def page(request: web.Request) -> web.StreamResponse:
    """The chat page and what belongs to it."""
    wanted = (PAGE / request.match_info.get("path", "index.html")).resolve()
    if not wanted.is_relative_to(PAGE.resolve()) or not wanted.is_file():
        return sorry("There is no such page.", 404)
    return web.FileResponse(wanted, headers={"Cache-Control": "no-cache"})


class Control:
    """What can be seen, and the one door to all acts."""

    def __init__(self, box: "Sandbox") -> None:
        self.box = box
        self.world = box.world
        self.acts = Acts(box)

    async def state(self, _request: web.Request) -> web.Response:
        """Everything there is."""
        return web.json_response(state_json(self.world))

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Everything that happens."""
        return await stream_events(request, self.world, self.box.api.closing)

    async def calls(self, request: web.Request) -> web.Response:
        """The journal, from a line on."""
        after = request.query.get("after", "0")
        if not after.isdigit():
            return sorry("after is the number of the last call you have seen.")
        return web.json_response({"calls": [c.as_json() for c in self.box.calls if c.number > int(after)]})

    async def faults(self, _request: web.Request) -> web.Response:
        """The faults that are planned."""
        return web.json_response({"faults": self.box.api.faults.listed()})

    async def file(self, request: web.Request) -> web.Response:
        """A file that somebody sent; shown as a picture or sound only if it is one."""
        stored = self.world.files.get(request.match_info["id"])
        if stored is None:
            return sorry("There is no such file.", 404)
        safe = stored.mime.split("/")[0] in ("image", "audio") and "svg" not in stored.mime
        headers = {"X-Content-Type-Options": "nosniff"} | ({} if safe else {"Content-Disposition": "attachment"})
        return web.Response(
            body=stored.data, content_type=stored.mime if safe else "application/octet-stream", headers=headers
        )

    async def act(self, request: web.Request) -> web.Response:
        """Do what is asked, or say in one sentence why not."""
        act = self.acts.by_name.get(request.match_info["act"])
        if act is None:
            return sorry(f"There is no such act; there are {', '.join(sorted(self.acts.by_name))}.", 404)
        try:
            asked = json.loads(await request.read() or b"{}")
            if not isinstance(asked, dict):
                return sorry("Send one JSON object.")
            done = act(asked)
            return web.json_response({"ok": True} | (done if isinstance(done, dict) else await done))
        except Misdirected as why:
            return sorry(str(why))
        except json.JSONDecodeError as why:
            return sorry(f"That is not JSON: {why}.")
