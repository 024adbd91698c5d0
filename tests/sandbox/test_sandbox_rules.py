"""What Telegram refuses, in its own words."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.call import METHODS
from sandbox.entities import Styled, cleaned, to_html, units
from sandbox.parse_html import parse_html
from sandbox.parse_markdown import parse_markdown, parse_old_markdown
from sandbox.refusals import Refused
from sandbox.request import TABLE

NOT_HTML = {
    "<3 you": 'Unsupported start tag "3" at byte offset 0',
    "é <p>x</p>": 'Unsupported start tag "p" at byte offset 3',
    "<b>x": 'Can\'t find end tag corresponding to start tag "b"',
    "x</b>": "Unexpected end tag at byte offset 1",
    "<b>x</i>": 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"',
    "a < b": 'Unsupported start tag "" at byte offset 2',
    "I <3": "Unclosed start tag at byte offset 2",
    "a <": "Unclosed start tag at byte offset 2",
    "<b>x</b": "Unclosed end tag at byte offset 4",
    "<span>x</span>": 'Tag "span" must have class "tg-spoiler" at byte offset 0',
    '<a href="x>y</a>': "Unclosed start tag at byte offset 0",
}
NOT_MARKDOWN = {
    "1. one": "Character '.' is reserved and must be escaped with the preceding '\\'",
    "*bold": "Can't find end of Bold entity at byte offset 0",
    "ż _it *al_ ic*": "Can't find end of Bold entity at byte offset 7",
    "`code": "Can't find end of Code entity at byte offset 0",
    "[text](url": "Can't find end of a URL at byte offset 6",
}


def kinds(styled):
    return [(span.type, styled.text[span.start : span.end]) for span in styled.spans]


@pytest.mark.parametrize("source, words", NOT_HTML.items())
async def test_html_that_telegram_would_not_parse(bot, met, source, words):
    refusal = await bot.no("sendMessage", chat_id=met.id, text=source, parse_mode="HTML")
    assert refusal == f"400 Bad Request: can't parse entities: {words}"


@pytest.mark.parametrize("source, words", NOT_MARKDOWN.items())
async def test_markdown_that_telegram_would_not_parse(bot, met, source, words):
    refusal = await bot.no("sendMessage", chat_id=met.id, text=source, parse_mode="MarkdownV2")
    assert refusal == f"400 Bad Request: can't parse entities: {words}"


def test_html_as_text_and_entities():
    styled = parse_html(
        "<b>bold <i>both</i></b> &lt;&amp;&#33; A & B <a href='https://x.org/'>link</a>"
        '<pre><code class="language-python">x</code></pre><tg-spoiler>s</tg-spoiler>'
        "<blockquote expandable>q</blockquote>"
    )
    assert styled.text == "bold both <&! A & B linkxsq"
    assert sorted(kinds(styled)) == [
        ("bold", "bold both"),
        ("expandable_blockquote", "q"),
        ("italic", "both"),
        ("pre", "x"),
        ("spoiler", "s"),
        ("text_link", "link"),
    ]


def test_markdown_as_text_and_entities():
    styled = parse_markdown("*b _i_* __u__ ~s~ ||h|| `c\\`` [l](https://x.org/) \\!\n>quote\n>on\nend\n```py\nx```")
    assert styled.text == "b i u s h c` l !\nquote\non\nend\nx"
    assert {kind for kind, _ in kinds(styled)} == {
        *("bold", "italic", "underline", "strikethrough", "spoiler", "code", "text_link", "blockquote", "pre"),
    }
    assert ("blockquote", "quote\non") in kinds(styled)


def test_old_markdown():
    styled = parse_old_markdown("*b* _i_ `c` [l](http://x.org/) 2 \\* 3. ```pre```")
    assert (styled.text, len(styled.spans)) == ("b i c l 2 * 3. pre", 5)
    with pytest.raises(Refused, match="byte offset 2"):
        parse_old_markdown("a *b")


def test_text_is_cleaned_as_telegram_cleans_it():
    assert cleaned(Styled("  a\u202eb\u0000c\r\nd\u2067e\u2069 ")).text == "ab c\nd\u2067e\u2069"
    assert cleaned(Styled("a\u200e\u200e\u200fb")).text == "a\u200c\u200c\u200fb"


@given(
    st.text(max_size=40),
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 20), st.sampled_from("bsa")), max_size=6),
)
def test_shown_html_is_always_well_formed_and_escaped(text, marks):
    names = {"b": "bold", "s": "strikethrough", "a": "text_link"}
    entities = [{"type": names[m], "offset": o, "length": n, "url": "https://x.org/?a='\"<"} for o, n, m in marks]
    html = to_html(text, entities).replace("<br>", "\n")
    assert parse_html(html).text == text


def test_what_people_write_is_escaped_on_the_page():
    assert to_html('<b>&"\n', []) == "&lt;b&gt;&amp;&quot;<br>"


def test_a_link_that_runs_a_script_is_not_a_link():
    assert to_html("x", [{"type": "text_link", "offset": 0, "length": 1, "url": "javascript:alert(1)"}]) == "x"


async def test_lengths_count_utf16_units_after_parsing(bot, met):
    assert await bot.no("sendMessage", chat_id=met.id, text="😀" * 2049) == "400 Bad Request: message is too long"
    sent = await bot.ok("sendMessage", chat_id=met.id, text=f"<b>{'😀' * 2048}</b>", parse_mode="HTML")
    assert units(sent["text"]) == sent["entities"][0]["length"] == 4096


async def test_empty_texts(bot, met):
    for text in ("", " \n ", "<b> </b>", "\u202e"):
        refusal = await bot.no("sendMessage", chat_id=met.id, text=text, parse_mode="HTML")
        assert refusal == "400 Bad Request: message text is empty"
    assert await bot.no("sendMessage", chat_id=met.id, text="x", parse_mode="BBCode") == (
        "400 Bad Request: unsupported parse_mode"
    )


@pytest.mark.parametrize(
    "button, words",
    [
        ({"text": "x", "callback_data": "ż" * 33}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "callback_data": ""}, "BUTTON_DATA_INVALID"),
        ({"text": "x"}, "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
        ({"callback_data": "x"}, "can't parse inline keyboard button: Can't find field \"text\""),
        ({"text": "x", "calback_data": "x"}, 'can\'t parse inline keyboard button: Unknown field "calback_data"'),
        ({"text": " ", "callback_data": "x"}, "inline keyboard button text must be non-empty"),
        ({"text": "x", "url": "nowhere"}, "inline keyboard button URL 'nowhere' is invalid: Wrong HTTP URL"),
        ("x", "can't parse inline keyboard button: Object expected as InlineKeyboardButton"),
    ],
)
async def test_bad_buttons(bot, met, button, words):
    markup = {"inline_keyboard": [[button]]}
    assert await bot.no("sendMessage", chat_id=met.id, text="x", reply_markup=markup) == f"400 Bad Request: {words}"


@pytest.mark.parametrize(
    "markup, words",
    [
        ({"inline_keyboard": None}, 'field "inline_keyboard" must be of type Array'),
        ({"inline_keyboard": ["x"]}, 'field "inline_keyboard" must be an Array of Arrays'),
        ({"inline_keybord": []}, 'can\'t parse reply keyboard markup JSON object: unknown field "inline_keybord"'),
        ("{", "can't parse reply keyboard markup JSON object"),
        ([1], "object expected as reply markup"),
        ({"inline_keyboard": [[{"text": "x", "callback_data": "x"}]] * 101}, "reply markup is too long"),
    ],
)
async def test_bad_keyboards(bot, met, markup, words):
    assert await bot.no("sendMessage", chat_id=met.id, text="x", reply_markup=markup) == f"400 Bad Request: {words}"


async def test_64_bytes_of_data_fit(bot, met):
    markup = {"inline_keyboard": [[{"text": "x", "callback_data": "ż" * 32}]]}
    sent = await bot.ok("sendMessage", chat_id=met.id, text="x", reply_markup=markup)
    assert sent["reply_markup"] == markup


async def test_chats_that_are_not_there(bot, met):
    for chat in ("", None):
        assert await bot.no("sendMessage", chat_id=chat, text="x") == "400 Bad Request: chat_id is empty"
    for chat in ("abc", "@somebody", 5, -1005, 1.5):
        assert await bot.no("sendMessage", chat_id=chat, text="x") == "400 Bad Request: chat not found"


async def test_messages_that_cannot_be_edited(box, bot, met):
    box.limits.change(enabled=False)
    theirs = box.say(met, "mine")
    keyboard = {"keyboard": [["Yes"]]}
    with_keys = await bot.ok("sendMessage", chat_id=met.id, text="x", reply_markup=keyboard)
    gone = await bot.ok("sendMessage", chat_id=met.id, text="x")
    await bot.ok("deleteMessage", chat_id=met.id, message_id=gone["message_id"])

    async def edit(message_id, **more):
        return await bot.no("editMessageText", chat_id=met.id, message_id=message_id, text="y", **more)

    assert await edit(theirs.id) == "400 Bad Request: message can't be edited"
    assert await edit(with_keys["message_id"]) == "400 Bad Request: message can't be edited"
    assert await edit(gone["message_id"]) == "400 Bad Request: message to edit not found"
    assert await edit("") == "400 Bad Request: message identifier is not specified"
    assert await edit(1, reply_markup=keyboard) == "400 Bad Request: inline keyboard expected"


async def test_editing_what_is_not_there(box, bot, met):
    photo = await bot.ok("sendMessage", chat_id=met.id, text="text")
    where = {"chat_id": met.id, "message_id": photo["message_id"]}
    assert "there is no caption in the message to edit" in await bot.no("editMessageCaption", **where, caption="x")
    assert "message is not modified" in await bot.no("editMessageReplyMarkup", **where)


async def test_deleting(box, bot, met, steering):
    amina_says = box.say(met, "hello")
    assert await bot.ok("deleteMessage", chat_id=met.id, message_id=amina_says.id)
    in_group = box.say(met, "hello", steering)
    refusal = await bot.no("deleteMessage", chat_id=steering.id, message_id=in_group.id)
    assert refusal == "400 Bad Request: message can't be deleted"
    own = await bot.ok("sendMessage", chat_id=met.id, text="x")
    box.clock.advance(49 * 3600)
    refusal = await bot.no("deleteMessage", chat_id=met.id, message_id=own["message_id"])
    assert refusal == "400 Bad Request: message can't be deleted"
    assert "message to delete not found" in await bot.no("deleteMessage", chat_id=met.id, message_id=amina_says.id)


async def test_replies(box, bot, met):
    hello = box.say(met, "hello")
    sent = await bot.ok("sendMessage", chat_id=met.id, text="x", reply_parameters={"message_id": hello.id})
    assert sent["reply_to_message"]["text"] == "hello"
    refusal = await bot.no("sendMessage", chat_id=met.id, text="x", reply_parameters={"message_id": 999})
    assert refusal == "400 Bad Request: message to be replied not found"
    lenient = {"message_id": 999, "allow_sending_without_reply": True}
    assert "reply_to_message" not in await bot.ok("sendMessage", chat_id=met.id, text="x", reply_parameters=lenient)


async def test_captions_and_files(bot, met):
    assert await bot.no("sendPhoto", chat_id=met.id, photo="nothing", caption="x" * 1025) == (
        "400 Bad Request: message caption is too long"
    )
    assert "wrong file identifier" in await bot.no("sendPhoto", chat_id=met.id, photo="nothing")
    assert "failed to get HTTP URL content" in await bot.no("sendPhoto", chat_id=met.id, photo="https://x.org/x.png")
    assert "there is no photo in the request" in await bot.no("sendPhoto", chat_id=met.id)
    assert "wrong file_id" in await bot.no("getFile", file_id="nothing")


@pytest.mark.parametrize(
    "commands, words",
    [
        ([{"command": "Help!", "description": "x"}], "BOT_COMMAND_INVALID"),
        ([{"command": "help", "description": " "}], "BOT_COMMAND_DESCRIPTION_INVALID"),
        ([{"command": "help", "description": "x"}] * 101, "BOT_COMMANDS_TOO_MUCH"),
        ([{"command": "help"}], "can't parse BotCommand: Can't find field \"description\""),
        ("help", "can't parse commands JSON object"),
    ],
)
async def test_bad_commands(bot, commands, words):
    assert await bot.no("setMyCommands", commands=commands) == f"400 Bad Request: {words}"


async def test_command_languages_have_two_letters(bot):
    for code in ("ckb", "pt-br", "EN"):
        refusal = await bot.no("setMyCommands", commands=[], language_code=code)
        assert refusal == "400 Bad Request: invalid language code specified"


async def test_methods_that_are_not_there(bot, another_bot, box):
    assert await bot.no("sendMesage") == "404 Not Found"
    assert await bot.ok("GETME")
    assert await bot.no("sendInvoice", chat_id=1) == (
        "501 Not Implemented: the sandbox knows sendInvoice but does not model it"
    )
    box.api.any_token = False
    assert await another_bot("999:other").no("getMe") == "401 Unauthorized"
    assert await another_bot("nonsense").no("getMe") == "401 Unauthorized: invalid token specified"


async def test_a_misspelt_parameter_is_ignored_but_noted(box, bot, met):
    await bot.ok("sendMessage", chat_id=met.id, text="x", parse_mod="HTML")
    assert box.calls[-1].unknown == ["parse_mod"]


async def test_mentions_and_commands_are_found(bot, met, box):
    text = f'/start @kith_bot #news https://x.org a@b.org <a href="tg://user?id={met.id}">Amina</a>'
    sent = await bot.ok("sendMessage", chat_id=met.id, text=text, parse_mode="HTML")
    assert [entity["type"] for entity in sent["entities"]] == [
        *("bot_command", "mention", "hashtag", "url", "email", "text_mention"),
    ]
    assert sent["entities"][-1]["user"]["first_name"] == "Amina"


async def test_entities_given_one_by_one(bot, met):
    entities = [{"type": "bold", "offset": 3, "length": 1}, {"type": "bold", "offset": 1, "length": 1}]
    sent = await bot.ok("sendMessage", chat_id=met.id, text="😀 x", entities=entities)
    assert sent["entities"] == [{"type": "bold", "offset": 3, "length": 1}]
    assert "can't parse MessageEntity" in await bot.no("sendMessage", chat_id=met.id, text="x", entities=[{}])


ODD = [
    None,
    "",
    "x",
    0,
    -1,
    1,
    10**20,
    1.5,
    True,
    [],
    {},
    [[]],
    [{}],
    "[]",
    "{",
    {"type": "chat"},
    [None],
    "\ud800",
    "\x00",
]


async def test_nothing_odd_breaks_a_method(box, bot, met, steering):
    """Whatever a bot sends, it is answered as Telegram would answer; never with a fault of the sandbox's own."""
    box.limits.change(enabled=False)
    dice = random.Random(7)
    for method in sorted(METHODS):
        for _ in range(40):
            odd = {name: dice.choice(ODD) for name in TABLE[method] if dice.random() < 0.6} | {"timeout": 0}
            sensible = {
                "chat_id": dice.choice([met.id, steering.id]),
                "message_id": 1,
                "text": "x",
                "from_chat_id": met.id,
            }
            kept = {name: value for name, value in sensible.items() if name in TABLE[method] and dice.random() < 0.7}
            body = await bot.call(method, **odd | kept)
            assert body["ok"] or body["description"], (method, odd | kept)
