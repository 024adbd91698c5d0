"""/tallies: stored releases for evaluators with a token. Off unless KITH_TALLIES_WEB is set; it only reads.

What a token opens is one place's releases; whoever has none learns nothing, not even which places there are.
"""

import time
from collections import defaultdict, deque
from collections.abc import Callable
from pathlib import PurePath
from typing import Any

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from bot.community.evaluators import Access, access
from bot.community.tallies import NoSuchRelease, Published, ReleaseAltered, published
from bot.community.tally_package import package
from bot.community.tally_polls import quarters
from bot.store.engine import Session
from bot.web.health import Watched
from bot.web.openapi import DESCRIPTION

ALL = "all"
"""Instead of a release: every release of the place, side by side."""
A_MINUTE = 60
WRONG_A_MINUTE = 20
WINDOW = 60.0
TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
PRIVATE = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}

Answer = Callable[[Session, Access], web.Response]


class Pace:
    """How often each token was used in the last minute, and how often wrong ones were, all together."""

    def __init__(self) -> None:
        self._asked: defaultdict[int | None, deque[float]] = defaultdict(deque)

    def wait(self, token_id: int | None) -> int:
        """Seconds until this token may ask again, 0 where it may now: then it is counted. None: wrong ones."""
        asked, moment = self._asked[token_id], time.monotonic()
        while asked and asked[0] <= moment - WINDOW:
            asked.popleft()
        if len(asked) >= (WRONG_A_MINUTE if token_id is None else A_MINUTE):
            return max(1, round(asked[0] + WINDOW - moment))
        asked.append(moment)
        return 0


def routes(watched: Watched) -> list[web.RouteDef]:
    """What an evaluator may ask."""
    pace = Pace()

    async def described(_request: web.Request) -> web.Response:
        return web.json_response(DESCRIPTION)

    async def listed(request: web.Request) -> web.Response:
        return await _answered(watched, pace, request, _list)

    async def release(request: web.Request) -> web.Response:
        key = request.match_info["release"]
        return await _answered(watched, pace, request, lambda session, opens: _one(session, opens, key))

    async def file(request: web.Request) -> web.Response:
        key, name = request.match_info["release"], request.match_info["file"]
        return await _answered(watched, pace, request, lambda session, opens: _file(session, opens, key, name))

    return [
        web.get("/tallies/openapi.json", described),
        web.get("/tallies", listed),
        web.get("/tallies/{release}", release),
        web.get("/tallies/{release}/{file}", file),
    ]


async def _answered(watched: Watched, pace: Pace, request: web.Request, answer: Answer) -> web.Response:
    """Let whoever has a token that works have the answer; the work is done where it holds up no update."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    now = watched.clock.now()

    def look(session: Session) -> web.Response:
        opens = access(session, token, now) if token else None
        if wait := pace.wait(opens.token_id if opens else None):
            return _refused(429, f"too many questions: ask again in {wait} seconds", {"Retry-After": str(wait)})
        if opens is None:
            return _refused(401, "a token that works is needed", {"WWW-Authenticate": "Bearer"})
        return answer(session, opens)

    try:
        return await watched.reader.read(look)
    except NoSuchRelease:
        return _refused(404, "there is no such release: /tallies lists them")
    except ReleaseAltered as altered:
        return _refused(500, str(altered))
    except (SQLAlchemyError, TimeoutError):
        return _refused(503, "the database does not answer: try again later", {"Retry-After": "60"})


def _refused(status: int, why: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response({"error": why}, status=status, headers={**PRIVATE, **(headers or {})})


def _list(session: Session, opens: Access) -> web.Response:
    return _json({"place": opens.place, "releases": [one.in_short() for one in _releases(session, opens, ALL)]})


def _one(session: Session, opens: Access, key: str) -> web.Response:
    if key == ALL:
        raise NoSuchRelease(key)
    (one,) = _releases(session, opens, key)
    return _json({**one.in_short(), "response_pct": one.response_pct, **one.release.as_facts()})


def _file(session: Session, opens: Access, key: str, name: str) -> web.Response:
    polls = quarters(session, [opens.place], opens.at) if key == ALL else []
    body = package(_releases(session, opens, key), polls).get(name)
    if body is None:
        return _refused(404, "there is no such file: datapackage.json names them")
    kind = TYPES[PurePath(name).suffix]
    return web.Response(body=body, headers={**PRIVATE, "Content-Type": kind})


def _releases(session: Session, opens: Access, key: str) -> list[Published]:
    return published(session, [opens.place], () if key == ALL else [key])


def _json(facts: dict[str, Any]) -> web.Response:
    return web.json_response(facts, headers=PRIVATE)
