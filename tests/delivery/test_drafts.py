"""Machine drafts: asked for at a LibreTranslate-shaped server, kept only if nothing is odd, and never sent unreviewed."""

import asyncio

import pytest
from aiohttp import web

from bot.community import wordings
from bot.delivery import translator as translators
from bot.delivery.translator import NoTranslation, Translator
from bot.delivery.wordings import Drafter
from bot.store import texts
from tests.handlers.test_wordings import BODY, POLISH, TITLE, announced, helper, presses

GOOD = {TITLE: POLISH[0], BODY: POLISH[1]}


class Machine:
    """What a translator is asked, and what it answers."""

    def __init__(self, url):
        self.url, self.asked = url, []
        self.said = lambda asked: {"translatedText": GOOD[asked["q"]]}


@pytest.fixture
async def machine(unused_tcp_port):
    """A translator on this machine."""

    async def translate(request):
        asked = await request.json()
        machine.asked.append(asked)
        answer = machine.said(asked)
        return answer if isinstance(answer, web.StreamResponse) else web.json_response(answer)

    machine = Machine(f"http://127.0.0.1:{unused_tcp_port}/")
    app = web.Application()
    app.router.add_post("/translate", translate)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", unused_tcp_port).start()
    yield machine
    await runner.cleanup()


def drafter(town, machine):
    return Drafter(Translator(machine.url, "secret"), town.house.writer, town.house.clock)


async def kept(town, text, language="pl"):
    return await town.store(lambda session: texts.wording_of(session, text, language))


async def polish_only(town):
    from bot.community import places

    await town.store(
        lambda session: places.change_place(
            session, places.place_for_newcomer(session, "millbrook"), {"languages": ["en", "pl"]}
        )
    )


async def test_a_draft_is_shown_to_a_helper_and_read_by_nobody_else(town, machine):
    await polish_only(town)
    text = await announced(town, audience=["en"])
    ola = await helper(town, "Ola", "en", "pl")
    assert await drafter(town, machine).look() == 1
    assert machine.asked[0] == {"q": TITLE, "source": "en", "target": "pl", "format": "text", "api_key": "secret"}
    draft = await kept(town, text)
    assert (draft.state, draft.origin, draft.writer_id) == ("draft", "machine", None)
    reading = await town.store(lambda session: wordings.reading(session, text, ["pl"]))
    assert (reading.language, reading.wished) == ("en", "pl")
    await town.store(lambda session: wordings.ask_for_wordings(session, text, town.now, ["pl"]))
    await town.looks()
    await presses(ola, "Write it in Polski")
    assert "Here is a machine draft. Machines make mistakes: please correct it." in ola.reads
    await ola.taps("These words can stay")
    assert POLISH[1] in ola.reads
    await ola.says(POLISH[1] + " Dziękujemy!")
    await ola.taps("Yes, hand it in")
    assert ((await kept(town, text)).origin, (await kept(town, text)).state) == ("human", "needs_review")


@pytest.mark.parametrize(
    "said",
    [
        lambda asked: {"translatedText": GOOD[asked["q"]].replace("15:30", "16:30")},
        lambda asked: {"translatedText": asked["q"]},
        lambda _asked: {"translatedText": ""},
        lambda _asked: {"error": "no such pair"},
        lambda _asked: ["no object"],
        lambda _asked: web.Response(text="not JSON"),
        lambda _asked: web.Response(status=500),
        lambda _asked: web.Response(status=302, headers={"Location": "/elsewhere"}),
        lambda _asked: {"translatedText": "x" * translators.LARGEST},
    ],
    ids=["wrong time", "untouched", "empty", "error", "no object", "no JSON", "500", "redirect", "too much"],
)
async def test_whatever_goes_wrong_drops_the_draft(small_town, machine, said):
    await polish_only(small_town)
    text = await announced(small_town, audience=["en"])
    machine.said = said
    drafting = drafter(small_town, machine)
    assert await drafting.look() == 0
    assert await kept(small_town, text) is None
    many = len(machine.asked)
    assert await drafting.look() == 0
    assert len(machine.asked) == many, "what failed once is not asked again and again"


async def test_a_translator_that_is_away_or_slow_is_not_waited_for(monkeypatch):
    with pytest.raises(NoTranslation):
        await Translator("http://127.0.0.1:9").translate("Hello", "en", "pl")
    monkeypatch.setattr(translators, "TIMEOUT", 0.05)
    answered = asyncio.Event()

    async def never(_reader, writer):
        await answered.wait()
        writer.close()

    server = await asyncio.start_server(never, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(NoTranslation):
        await Translator(f"http://127.0.0.1:{port}").translate("Hello", "en", "pl")
    answered.set()
    server.close()
    await server.wait_closed()


async def test_a_human_who_was_quicker_keeps_their_words(small_town, machine):
    await polish_only(small_town)
    text = await announced(small_town, audience=["en"])
    drafting = drafter(small_town, machine)
    translate = drafting.translator.translate

    async def slowly(*asked):
        await small_town.store(
            lambda session: texts.add_wording(
                session, text, "pl", {"title": "Moje", "body": "Słowa", "state": "needs_review"}
            )
        )
        return await translate(*asked)

    drafting.translator.translate = slowly
    assert await drafting.look() == 0
    assert (await kept(small_town, text)).body == "Słowa"
