"""What comes in unlike anything expected: odd names, odd messages, odd updates, odd settings (failures.md 6, B1-B4)."""

import re
from collections import Counter

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.community import drafts
from bot.community.residents import PURPOSES
from bot.fitting import fitted, units
from bot.store.tables import Draft, Resident, SetAside, Wording
from sandbox import people
from sandbox.parse_html import parse_html
from tests.town import plain, text_of

ONLY_WORDS = "I can only read words and buttons here."
NOT_UNDERSTOOD = "I did not understand that. Here is what you can do."
CANARY = "canary-7f3a"
REVOTING = {"allows_revoting": True, "members_only": False}
NAMES = (
    "<b>Bob</b>",
    "Tom & <i>Ann",
    "</b></i></a>",
    "<a href='tg://user?id=1'>you</a>",
    "<3",
    "a_b*[c](d)`e`~||",
    "&lt;b&gt; &amp; &nbsp;",
    "{name} {0} %s",
    "\u202eevil\u202c",
    "\u2066\u2067\u2068three open isolates",
    "\u200f\u200e\u061cmarks",
    "Z̸̨̛͙̈́ä̵̡̮l̶̰̋g̸̥̈́o̷͎͝" * 8,
    "👩‍👩‍👧‍👦🏴󠁧󠁢󠁷󠁬󠁳󠁿" * 5,
    "ﷺ محمد बिनोद ਗੁਰਪ੍ਰੀਤ",
    "NUL\x00and\x07bell\x1b[31m",
    "\u3164\u200b\ufeff",
)
TURNING = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\x00-\x1f]")


def refusals(town):
    """What Telegram would not take, beside edits that change nothing."""
    refused = [call for call in town.box.calls if call.code >= 400]
    return [(call.method, call.outcome) for call in refused if "message is not modified" not in call.outcome]


def shown(text):
    """What a reader may see of something people wrote: all but what turns or breaks the line."""
    return TURNING.sub("", text)


# --- B1


async def test_b1_odd_names_are_shown_literally_and_turn_no_line_round(town):
    crowd = [await town.resident(name, "en", "steering") for name in NAMES]
    for member, name in zip(crowd, NAMES, strict=True):
        await member.says("/mydata")
        card = next(text_of(one) for one in member.messages if "What is kept about you" in text_of(one))
        line = next(line for line in card.splitlines() if line.startswith("First name: "))
        assert TURNING.sub("", line) == f"First name: {shown(name)}"
        assert Counter(card)["\u2068"] == Counter(card)["\u2069"]
        assert not re.search("[\u202a-\u202e]", card)
    assert refusals(town) == []


async def test_b1_odd_names_in_an_open_vote_are_listed_as_they_are(town):
    crowd = [await town.resident(name, "en", "steering") for name in NAMES]
    chat = await town.group(*crowd)
    poll = await town.poll("Who is <in> & who's out?", ("<Yes> & no", "}{"), secrecy="open")
    for member in crowd:
        assert await member.sends_tap(f"v:{poll}:1:0") == "Your vote is in."
    await town.passes(days=4)
    result = TURNING.sub("", town.said_in(chat)[-1])
    assert "<Yes> & no" in result
    for name in NAMES:
        assert shown(name) in result
    assert refusals(town) == []


async def test_b1_a_text_with_nul_and_overrides_is_kept_and_voted_on(town):
    (amina,) = await town.steering(("Amina", "en"))
    me = {"id": amina.person.id, "is_bot": False, "first_name": "A\x00mina", "language_code": "e\x00n"}
    for n, words in enumerate(("/newpoll", "Which\x00 \u202etree?", "O\x00ak\nLi\u202eme\u2066")):
        body = {"message_id": 9000 + n, "date": town.box.clock.stamp(), "text": words, "from": me}
        town.brings("message", {**body, "chat": {"id": amina.person.id, "type": "private", "first_name": "A"}})
        await town.settles()
    await amina.sends_tap(amina.first_tap())
    assert "Which tree?" in amina.reads
    assert "• Oak" in amina.reads
    assert "• Lime" in amina.reads
    await amina.taps("Start the vote")
    assert not any("\x00" in wording.body for wording in await town.store(lambda s: s.query(Wording).all()))
    await town.looks()
    await amina.taps("Vote now")
    assert await amina.taps("Lime") == "Your vote is in."
    assert refusals(town) == []


async def test_b1_words_that_show_nothing_are_no_answer(small_town):
    """An option of invisible signs would be a button that Telegram refuses, and with it every ballot."""
    (amina,) = await small_town.steering(("Amina", "en"))
    await amina.says("/newpoll")
    me = {"id": amina.person.id, "is_bot": False, "first_name": "Amina"}
    for n, words in enumerate(("\u200b\u2066", "Which tree?", "Oak\n\u200b\n\u202e\u2067\nLime")):
        body = {"message_id": 9000 + n, "date": small_town.box.clock.stamp(), "text": words, "from": me}
        small_town.brings("message", {**body, "chat": {"id": amina.person.id, "type": "private", "first_name": "A"}})
        await small_town.settles()
    await amina.sends_tap(amina.first_tap())
    assert amina.reads.splitlines()[2:5] == ["Which tree?", "", "• Oak"]
    await amina.taps("Start the vote")
    await small_town.looks()
    await amina.starts("p1")
    assert amina.buttons == ["Oak", "Lime", "Menu"]


async def test_b1_4097_emoji_are_too_long_and_the_question_stands(town):
    (amina,) = await town.steering(("Amina", "en"))
    await amina.says("/newpoll")
    assert "Please write at most 300 characters." in await amina.says("💥" * 4097)
    assert "What do you want to ask" in amina.reads
    assert refusals(town) == []


async def test_b1_the_longest_vote_in_emoji_is_asked_shown_and_voted_on(town):
    """Every length is lawful by itself; together, two units an emoji, they are longer than any message may be."""
    (amina,) = await town.steering(("Amina", "en"))
    chat = await town.group(amina)
    options = [chr(0x1F600 + n) * 100 for n in range(20)]
    poll = await town.poll("💥" * 300, options)
    card = next(reversed(chat.messages.values())).content["text"]
    assert plain(card).startswith("💥" * 300)
    assert 4000 < units(card) <= 4096
    await amina.starts(f"p{poll}")
    for n, option in enumerate(options, 1):
        assert await amina.sends_tap(f"v:{poll}:{n}:0") == "Your vote is in.", option
    assert "✓ " + options[19] in amina.buttons
    assert 4000 < units(text_of(amina.screen)) <= 4096
    assert refusals(town) == []


async def test_b1_a_name_of_4097_emoji_is_cut_and_delivered(town):
    amina = await town.resident("💥" * 4097)
    await amina.says("/mydata")
    assert "First name: 💥💥💥" in plain(text_of(amina.messages[-2]))
    assert text_of(amina.messages[-2]).endswith("…\u2069")
    assert refusals(town) == []


PIECES = st.sampled_from(
    ["a", "💥", "&amp;", "&lt;", "\u2068x\u2069", "<b>\u2068y\u2069 z</b>", "<i><b>w</b></i>", "\n", "é"]
)


@given(st.lists(PIECES, min_size=1, max_size=60).map("".join), st.integers(2, 90))
def test_b1_a_cut_message_fits_parses_and_loses_only_its_end(html, most):
    whole, cut = parse_html(html).text, parse_html(fitted(html, most)).text
    assert units(cut) <= most
    assert Counter(cut)["\u2068"] == Counter(cut)["\u2069"]
    if units(whole) <= most:
        assert cut == whole
    else:
        assert whole.startswith(cut.partition("…")[0])


# --- B2


def contents(box, person):
    """Everything but words that somebody can send."""
    at = box.clock.stamp()
    hidden = {"type": "hidden_user", "sender_user_name": "Somebody", "date": at}
    option = {"persistent_id": "1", "text": "Yes", "voter_count": 0}
    poll = {"id": "1", "question": "Tea?", "options": [option], "total_voter_count": 0, "is_closed": False}
    kinds = {
        kind: box.content(person, None, {kind: True}) for kind in ("photo", "voice", "document", "sticker", "contact")
    }
    kinds["a photo with words"] = box.content(person, "Oak\nLime", {"photo": True})
    kinds["a poll"] = {
        "poll": poll | {"is_anonymous": True, "type": "regular", "allows_multiple_answers": False} | REVOTING
    }
    kinds["a place"] = {"location": {"latitude": 53.3, "longitude": -6.2}}
    kinds["a die"] = {"dice": {"emoji": "🎲", "value": 3}}
    kinds["what no version knows yet"] = {"hologram": {"depth": 3}}
    kinds["a forwarded text"] = {"text": "Oak\nLime", "forward_origin": hidden}
    kinds["a forwarded command"] = {"text": "/forget", "forward_origin": hidden}
    kinds["a forwarded stop"] = {"text": "stop", "forward_origin": hidden}
    return kinds


async def draft_of(town, neighbour):
    def read(session):
        return drafts.draft_of(session, session.vault.keys.lookup(neighbour.person.id), town.now)

    return await town.store(read)


async def test_b2_whatever_is_no_words_gets_the_question_again_and_changes_nothing(town):
    (amina,) = await town.steering(("Amina", "en"))
    newcomer = town.person("New", "en")
    await amina.says("/newpoll")
    await amina.says("Which tree?")
    await newcomer.starts()
    await newcomer.taps("English")
    for person, question in ((amina, "Which answers can people choose?"), (newcomer, "Millbrook's own bot")):
        before = await draft_of(town, person)
        for kind, content in contents(town.box, person.person).items():
            heard = len(person.messages)
            chat = town.box.place(person.person, None, None)
            people.write(town.box.world, person.person, chat, content)
            await town.settles()
            assert len(person.messages) == heard + 2, kind
            assert person.reads.startswith(NOT_UNDERSTOOD if "forwarded" in kind else ONLY_WORDS), kind
            assert question in person.reads, kind
            assert await draft_of(town, person) == before, kind
    assert await town.store(lambda session: session.query(Resident).one().state) == "here"
    await amina.says("Oak\nLime")
    assert "Until when" in amina.reads


async def test_b2_an_edited_answer_changes_nothing_and_is_answered(town):
    (amina,) = await town.steering(("Amina", "en"))
    await amina.says("/newpoll")
    first = town.box.say(amina.person, "Which tree?")
    await town.settles()
    before = await draft_of(town, amina)
    town.box.edit(amina.person, first, "/forget")
    await town.settles()
    assert amina.reads.startswith("I only read what was sent first.")
    assert "Which answers can people choose?" in amina.reads
    assert await draft_of(town, amina) == before
    assert await town.store(lambda session: session.query(Resident).count()) == 1


async def test_b2_pictures_without_any_question_lead_to_the_menu(small_town):
    amina = await small_town.resident("Amina")
    assert (await amina.says(photo=True)).startswith(ONLY_WORDS)
    assert "Help" in amina.buttons
    chat = small_town.box.place(amina.person, None, None)
    content = {"text": "/forget", "forward_origin": {"type": "hidden_user", "sender_user_name": "X", "date": 1}}
    people.write(small_town.box.world, amina.person, chat, content)
    await small_town.settles()
    assert amina.reads.startswith(NOT_UNDERSTOOD)
    assert "Yes, erase everything" not in amina.buttons


async def test_b2_words_where_a_button_is_asked_for_get_the_buttons_again(small_town):
    newcomer = small_town.person("New", "en")
    await newcomer.starts()
    assert "Please press one of the buttons." in await newcomer.says("Klingon")
    assert "English" in newcomer.buttons


# --- B3


def odd_updates(person):
    private = {"id": person.id, "type": "private", "first_name": "A"}
    user = {"id": person.id, "is_bot": False, "first_name": "A"}
    text = {"message_id": 1, "date": 1, "text": CANARY}
    return [
        ("brand_new_kind", {"text": CANARY, "from": user}),
        ("poll_answer", {"poll_id": CANARY, "user": user, "option_ids": [0]}),
        ("message", {}),
        ("message", CANARY),
        ("message", [CANARY]),
        ("message", None),
        ("message", {"text": CANARY}),
        ("message", {**text, "chat": CANARY}),
        ("message", {**text, "chat": private, "from": CANARY}),
        ("message", {**text, "chat": private, "from": {**user, "id": CANARY}}),
        ("message", {**text, "chat": private}),
        ("message", {**text, "date": CANARY, "chat": private, "from": user}),
        ("message", {**text, "chat": {**private, "type": "hive"}, "from": user}),
        ("edited_message", {**text, "chat": private}),
        ("callback_query", {"id": CANARY}),
        ("callback_query", {"id": CANARY, "from": user, "chat_instance": "1"}),
        ("callback_query", {"id": CANARY, "from": user, "chat_instance": "1", "data": CANARY, "message": CANARY}),
        ("callback_query", {"id": 5, "from": user, "chat_instance": "1", "game_short_name": CANARY}),
        ("my_chat_member", {"chat": private, "from": user, "date": 1}),
    ]


async def test_b3_updates_of_no_known_shape_are_passed_over_and_the_next_is_heard(town, capfd, caplog):
    amina = await town.resident("Amina")
    for kind, body in odd_updates(amina.person):
        town.brings(kind, body)
    await town.settles()
    assert "What you can do here" in await amina.says("/help")
    assert await town.store(lambda session: session.query(SetAside).count()) >= 10
    kept = await town.store(lambda s: [(one.kind, one.error) for one in s.query(SetAside)])
    assert CANARY not in str(kept)
    assert CANARY not in "".join(capfd.readouterr())
    assert CANARY not in caplog.text


async def test_b3_the_webhook_takes_whatever_it_is_so_that_it_does_not_come_again(webhook_town, capfd, caplog):
    town = webhook_town
    amina = await town.resident("Amina")
    bodies = [b"", b"{", b"null", b"5", b"[]", b'"x"', b"{}", b"\xff\xfe", b"[" * 200_000, b'{"update_id": "1"}',
              b'{"update_id": null}', b'{"update_id": 1.5}', b'{"update_id": 99999999999999999999999}',
              b'{"update_id": -5}', b'{"canary-7f3a": "canary-7f3a"}']  # fmt: skip
    headers = {"X-Telegram-Bot-Api-Secret-Token": "millbrook-secret", "Content-Type": "text/plain; charset=klingon"}
    async with aiohttp.ClientSession() as session:
        for body in bodies:
            async with session.post(town.box.bot.webhook.url, data=body, headers=headers) as answer:
                assert answer.status == 200, body[:40]
        for n, (kind, body) in enumerate(odd_updates(amina.person)):
            async with session.post(
                town.box.bot.webhook.url, json={"update_id": n, kind: body}, headers={**headers}
            ) as answer:
                assert answer.status == 200, (kind, body)
    assert "What you can do here" in await amina.says("/help")
    assert CANARY not in "".join(capfd.readouterr())
    assert CANARY not in caplog.text


# --- B4


async def test_b4_somebody_without_a_name_joins_and_sees_what_is_kept(town):
    nobody = town.person("soon nameless", None)
    nobody.person.name = ""
    await nobody.joins()
    assert "You are part of Millbrook now." in nobody.reads
    await nobody.says("/mydata")
    assert "First name: \n" in plain(text_of(nobody.messages[-2]))
    assert refusals(town) == []


@pytest.mark.parametrize(
    ("code", "welcome"),
    [
        (None, "Welcome to"),
        ("tlh", "Welcome to"),
        ("xx", "Welcome to"),
        ("<b>", "Welcome to"),
        ("zh-hans", "Welcome to"),
        ("PL", "Witamy"),
        ("pt-br", "boas-vindas"),
        ("pa-PK", "خوش آمدید"),
    ],
)
async def test_b4_an_unknown_language_falls_back_and_a_variant_is_understood(code, welcome, small_town):
    newcomer = small_town.person("New", code)
    assert welcome in await newcomer.starts()
    assert refusals(small_town) == []


async def test_b4_a_form_survives_a_change_of_language(town):
    (amina,) = await town.steering(("Amina", "en"))
    await amina.says("/newpoll")
    await amina.says("Which tree?")
    await amina.says("/language")
    await amina.taps("Polski")
    assert (await draft_of(town, amina)).answers == {"title": "Which tree?"}
    await amina.says("Dąb\nLipa")
    assert "głosować" in amina.reads
    await amina.sends_tap(amina.first_tap())
    assert "Which tree?" in amina.reads
    await amina.sends_tap(amina.first_tap())
    assert await town.store(lambda s: {(w.language, w.body) for w in s.query(Wording)}) == {
        ("pl", "Which tree?"),
        ("pl", "Dąb"),
        ("pl", "Lipa"),
    }
    assert await town.store(lambda s: s.query(Draft).count()) == 0


async def test_b4_a_newcomer_goes_back_and_joins_in_another_language(town):
    newcomer = town.person("New", "en")
    await newcomer.starts()
    await newcomer.taps("English")
    newcomer.person.language = "uk"
    assert "Millbrook's own bot" in await newcomer.says("hello?")
    await newcomer.taps("Back")
    await newcomer.taps("Polski")
    for _ in range(1 + len(PURPOSES)):
        await newcomer.sends_tap(newcomer.first_tap())
    await newcomer.taps("Station")
    assert await town.store(lambda s: s.query(Resident).one().language) == "pl"
