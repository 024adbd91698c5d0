"""Evaluators without a shell pull stored releases with a token, and nothing else."""

import io
import json
from contextlib import asynccontextmanager
from datetime import timedelta
from hashlib import sha256

import aiohttp
import openpyxl
import pytest
from pydantic import ValidationError

from bot.community import evaluators, places
from bot.settings import Settings
from bot.store import places as places_store
from bot.store.tables import EvaluatorToken, Release
from bot.web import tallies
from tests.handlers.test_checkins import opened
from tests.handlers.test_playback import all_answer, crowd
from tests.town import millbrook

CANARY = "Zebedee"


@asynccontextmanager
async def evaluated(database, folder, port, **settings):
    async with millbrook(database, folder / "data", web_port=port, **settings) as town:
        town.port = port
        yield town


@pytest.fixture
async def asked_town(sqlite_database, tmp_path, unused_tcp_port):
    """Millbrook after a check-in of 60 answers, with /tallies open."""
    async with evaluated(sqlite_database, tmp_path, unused_tcp_port, tallies_web=True) as town:
        await town.resident(CANARY)
        people = await crowd(town, 60)
        town.number = await opened(town, "ons4.happy")
        await all_answer(town, town.number, people)
        await town.passes(days=6)
        yield town


async def token(town, place="millbrook", days=90):
    def make(session):
        home = places_store.place_named(session, place)
        return evaluators.make_token(session, home, "University", timedelta(days=days), town.now)

    return await town.store(make)


async def asks(town, page="", token=None, method="GET"):
    """What is answered: status, body, headers."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request(method, f"http://127.0.0.1:{town.port}/tallies{page}") as answer,
    ):
        return answer.status, await answer.read(), answer.headers


async def test_without_the_setting_there_is_no_such_page(sqlite_database, tmp_path, unused_tcp_port):
    async with evaluated(sqlite_database, tmp_path, unused_tcp_port) as town:
        made = await token(town)
        assert (await asks(town, "", made))[0] == 404
        assert (await asks(town, "/openapi.json"))[0] == 404


def test_the_setting_without_a_port_is_refused():
    with pytest.raises(ValidationError, match="KITH_WEB_PORT must be set"):
        Settings(_env_file=None, tallies_web=True)


async def test_whoever_has_a_token_pulls_the_releases_of_its_place_as_they_were_stored(asked_town):
    town, made = asked_town, await token(asked_town)
    status, body, headers = await asks(town, "", made)
    listed = json.loads(body)
    assert status == 200
    assert headers["Cache-Control"] == "private, no-store"
    stored = await town.store(lambda session: session.get(Release, town.number).sha256)
    assert [(one["release"], one["sha256"]) for one in listed["releases"]] == [(str(town.number), stored)]
    one = json.loads((await asks(town, f"/{town.number}", made))[1])
    assert {table["question"] for table in one["tables"]} == {"ons4.happy"}
    package = json.loads((await asks(town, f"/{town.number}/datapackage.json", made))[1])
    for resource in package["resources"]:
        body = (await asks(town, f"/{town.number}/{resource['path']}", made))[1]
        assert resource["hash"] == f"sha256:{sha256(body).hexdigest()}"
    book = (await asks(town, "/all/results.xlsx", made))[1]
    assert "results" in openpyxl.load_workbook(io.BytesIO(book)).sheetnames


async def test_a_token_that_is_missing_wrong_expired_or_revoked_opens_nothing(asked_town):
    town = asked_town
    expired, revoked, good = [await token(town, days=days) for days in (1, 90, 90)]
    number = await town.store(lambda session: session.query(EvaluatorToken.id).order_by(EvaluatorToken.id).all()[1][0])
    assert await town.store(lambda session: evaluators.revoke(session, number, town.now))
    assert not await town.store(lambda session: evaluators.revoke(session, number, town.now))
    await town.passes(days=1, minutes=1)
    answers = [await asks(town, "", one) for one in (None, "kith_e_wrong", good[:-1], expired, revoked)]
    assert {status for status, _body, _headers in answers} == {401}
    assert len({body for _status, body, _headers in answers}) == 1, "nobody learns why"
    assert answers[0][2]["WWW-Authenticate"] == "Bearer"
    assert (await asks(town, "", good))[0] == 200


async def test_a_token_is_kept_as_a_hash_alone(asked_town):
    made = await token(asked_town)
    row = await asked_town.store(lambda session: session.query(EvaluatorToken).one().token_hash)
    assert row == sha256(made.encode()).digest()
    data = asked_town.house.settings.data.parent
    assert not any(made.encode() in path.read_bytes() for path in data.rglob("*") if path.is_file())


async def test_another_places_releases_do_not_exist_for_a_token(asked_town):
    town = asked_town
    await town.store(lambda session: places.add_place(session, "hilltop", "Hilltop", "us", ["en"], "UTC"))
    other = await token(town, "hilltop")
    assert json.loads((await asks(town, "", other))[1]) == {"place": "hilltop", "releases": []}
    for page in (f"/{town.number}", f"/{town.number}/results.csv", "/nothing", "/all/secrets.csv", "/all"):
        assert (await asks(town, page, other))[0] == 404


async def test_a_token_reads_and_changes_nothing_and_names_nobody(asked_town):
    town, made = asked_town, await token(asked_town)
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert (await asks(town, "", made, method))[0] == 405
    for page in ("", f"/{town.number}", "/all/results.csv", "/all/codebook.csv", "/all/waves.csv", "/all/README.txt",
                 "/openapi.json"):  # fmt: skip
        status, body, _headers = await asks(town, page, made)
        assert status == 200
        assert CANARY.encode() not in body
        assert b"7000001" not in body


async def test_whoever_asks_too_often_is_told_when_to_ask_again_and_only_they(asked_town, monkeypatch):
    town, first, second = asked_town, await token(asked_town), await token(asked_town)
    monkeypatch.setattr(tallies, "A_MINUTE", 3)
    monkeypatch.setattr(tallies, "WRONG_A_MINUTE", 2)
    assert [(await asks(town, "", first))[0] for _ in range(4)] == [200, 200, 200, 429]
    assert [(await asks(town, "", "wrong"))[0] for _ in range(3)] == [401, 401, 429]
    status, _body, headers = await asks(town, "", first)
    assert (status, 0 < int(headers["Retry-After"]) <= 60) == (429, True)
    assert (await asks(town, "", second))[0] == 200
    monkeypatch.setattr(tallies, "WINDOW", 0.0)
    assert (await asks(town, "", first))[0] == 200


async def test_what_is_answered_is_described_for_programs(asked_town):
    status, body, _headers = await asks(asked_town, "/openapi.json")
    description = json.loads(body)
    assert status == 200
    assert description["openapi"] == "3.1.0"
    app = tallies.routes(None)
    assert set(description["paths"]) == {route.path for route in app} - {"/tallies/openapi.json"}
    made = await token(asked_town)
    files = description["paths"]["/tallies/{release}/{file}"]["get"]["parameters"][1]["schema"]["enum"]
    for name in files:
        assert (await asks(asked_town, f"/all/{name}", made))[0] == (404 if name == "polls.csv" else 200)
