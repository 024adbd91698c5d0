"""Public messages, as their readers get them: each in their own language, once."""

import base64
from datetime import timedelta
from functools import partial

import pytest

from bot.clock import Job
from bot.community import broadcasts, places, residents, sending
from bot.community.broadcasts import Plan
from bot.community.outlook import ledger
from bot.refusals import BroadcastInvalid, NotYours
from bot.store import broadcasts as store
from bot.store import residents as residents_store
from bot.store.tables import Broadcast, Letter, WordingWish
from tests.town import plain, text_of

WATER = {
    "en": ("Water", "The water will be off on Tuesday 1 December."),
    "pl": ("Woda", "We wtorek 1 grudnia nie będzie wody."),
    "ur": ("پانی", "منگل یکم دسمبر کو پانی بند رہے گا۔"),
    "ar": ("الماء", "سينقطع الماء يوم الثلاثاء 1 ديسمبر."),
    "uk": ("Вода", "У вівторок 1 грудня не буде води."),
    "cy": ("Dŵr", "Ni fydd dŵr ddydd Mawrth 1 Rhagfyr."),
}
CHANGED = {"en": ("Water", "The water will be off on Wednesday 2 December.")}
BLANKS = {"place": "Mill Road", "date": "2026-12-01", "start": "09:00", "end": "15:00"}
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""A picture of one pixel."""


async def drafted(town, plan):
    def write(session):
        return broadcasts.draft(session, places.place_for_newcomer(session, "millbrook"), plan, town.now).id

    return await town.store(write)


async def announced(town, words=WATER, kind="info", **more):
    """A public message, sent; its number."""
    number = await drafted(town, Plan(kind, words=words, **more))
    await decided(town, number, broadcasts.send)
    await goes_out(town)
    return number


async def decided(town, number, act, *given, **named):
    """Something done with a message, as the command line does it."""

    def work(session):
        return act(session, store.broadcast_by_id(session, number), *given, town.now, **named)

    return await town.store(work)


async def goes_out(town):
    """What the clock does in half a minute."""
    for _ in range(2):
        await town.store(partial(sending.send_due_broadcasts, now=town.now))
        await town.store(partial(sending.mend_broadcasts, now=town.now))
        await town.looks()


async def ledger_of(town, number):
    return await town.store(lambda session: ledger(session, store.broadcast_by_id(session, number)))


def said_to(person, since=0):
    """What the bot has said to somebody, in order, as it stands now."""
    return [plain(text_of(message)) for message in person.messages if message.sender != person.person.id][since:]


async def test_everybody_gets_it_once_in_their_own_language(town):
    people = {tag: await town.resident(f"P{tag}", tag) for tag in WATER}
    before = {tag: len(said_to(person)) for tag, person in people.items()}
    number = await announced(town)
    await goes_out(town)
    for tag, person in people.items():
        assert said_to(person, before[tag]) == ["\n\n".join(WATER[tag])]
        assert person.buttons == []
    kept = await ledger_of(town, number)
    assert kept.expected == kept.states["sent"] == 6
    assert await town.store(lambda session: session.query(Broadcast).one().state) == "sent"


async def test_what_is_not_translated_is_marked_in_the_readers_language_and_can_be_asked_for(town):
    ion = await town.resident("Ion", "ro")
    number = await announced(town)
    title, body, mark = ion.reads.split("\n\n")
    assert (title, body) == WATER["en"]
    assert mark
    (button,) = ion.buttons
    assert "Română" in button
    assert await ion.taps(button)
    assert await town.store(lambda session: [wish.language for wish in session.query(WordingWish)]) == ["ro"]
    assert await ledger_of(town, number)


async def test_the_second_language_comes_before_the_source_and_needs_no_mark(town):
    bela = await town.resident("Béla", "ro")

    def also_reads_polish(session):
        residents_store.resident_by_id(session, bela.id).second_language = "pl"

    await town.store(also_reads_polish)
    await announced(town)
    assert bela.reads == "\n\n".join(WATER["pl"])
    assert bela.buttons == []


async def test_a_forged_wish_is_refused(small_town):
    amina = await small_town.resident("Amina")
    await announced(small_town)
    for data in ("w:999:ro", "w:1:zz", "w:1:ro:x", "w:-1:ro"):
        assert "This button is from earlier." in await amina.sends_tap(data)
    assert await small_town.store(lambda session: session.query(WordingWish).count()) == 0


async def test_consent_withdrawn_while_it_waits_keeps_it_away(town):
    """facts/failures.md P4: the letter is dropped when it is taken."""
    amina, janek = await town.resident("Amina"), await town.resident("Janek", "pl")
    await town.resident("Carys")
    number = await drafted(town, Plan("info", words=WATER))
    await decided(town, number, broadcasts.send)
    before = len(said_to(amina))

    def write_then_withdraw(session):
        sending.send_due_broadcasts(session, town.now)
        resident = residents_store.resident_by_id(session, amina.id)
        residents.change_consent(session, resident, "messages", town.now, given=False)

    await town.store(write_then_withdraw)
    await goes_out(town)
    assert said_to(amina, before) == []
    assert janek.reads == "\n\n".join(WATER["pl"])
    kept = await ledger_of(town, number)
    assert (kept.expected, kept.states["sent"], kept.states["unneeded"]) == (3, 2, 1)
    assert kept.balances


async def test_one_tick_writes_all_its_slices(town, monkeypatch):
    """Letters a second must not depend on how often the clock looks."""
    await town.house.ticker.stop(1)  # the house's own look must not come first
    for number in range(5):
        await town.resident(f"P{number}")
    number = await drafted(town, Plan("info", words=WATER))
    await decided(town, number, broadcasts.send)
    monkeypatch.setattr(sending, "SLICE", 2)
    job = Job("a slice is full", sending.send_due_broadcasts, timedelta(seconds=5), 2)
    assert await town.house.ticker.run(job) == 5
    assert await town.house.ticker.run(job) == 0
    assert (await ledger_of(town, number)).expected == 5


async def test_whoever_blocked_the_bot_is_counted_and_stops_nobody(town):
    """facts/failures.md F7."""
    amina, janek = await town.resident("Amina"), await town.resident("Janek", "pl")
    town.box.block(amina.person)
    await town.settles()

    def not_known_yet(session):
        residents_store.set_state(session, amina.id, "here")

    await town.store(not_known_yet)
    number = await announced(town)
    assert janek.reads == "\n\n".join(WATER["pl"])
    kept = await ledger_of(town, number)
    assert (kept.expected, kept.states["sent"], kept.states["unreachable"]) == (2, 1, 1)


async def test_called_off_half_way_the_rest_stays_away(town):
    """facts/failures.md F12."""
    people = [await town.resident(name) for name in ("Amina", "Janek", "Carys", "Ion")]
    number = await drafted(town, Plan("info", words=WATER))
    await decided(town, number, broadcasts.send)

    def half_has_gone(session):
        sending.send_due_broadcasts(session, town.now)
        for letter in session.query(Letter).order_by(Letter.id).limit(2):
            letter.state = "sent"
        return broadcasts.cancel(session, store.broadcast_by_id(session, number))

    before = [len(said_to(person)) for person in people]
    assert await town.store(half_has_gone) == 2
    await goes_out(town)
    assert [len(said_to(person)) for person in people] == before
    kept = await ledger_of(town, number)
    assert (kept.expected, kept.states["sent"], kept.states["cancelled"]) == (4, 2, 2)
    assert kept.balances


async def test_paused_restarted_and_resumed_it_goes_on_where_it_was(town):
    """facts/failures.md F13: what had gone does not go again."""
    people = [await town.resident(name) for name in ("Amina", "Janek", "Carys")]
    before = [len(said_to(person)) for person in people]
    number = await drafted(town, Plan("info", words=WATER))
    await decided(town, number, broadcasts.send)

    def pause(session, *, paused):
        places.place_for_newcomer(session, "millbrook").letters_paused = paused

    await town.store(partial(sending.send_due_broadcasts, now=town.now))
    await town.store(partial(pause, paused=True))
    await town.store(partial(sending.send_due_broadcasts, now=town.now))
    assert [len(said_to(person)) for person in people] == before
    await town.store(partial(pause, paused=False))
    await goes_out(town)
    await goes_out(town)
    assert [len(said_to(person)) for person in people] == [count + 1 for count in before]
    assert (await ledger_of(town, number)).states["sent"] == 3


async def test_a_correction_edits_in_place_and_an_old_wording_is_never_shown_as_current(town):
    amina, janek = await town.resident("Amina"), await town.resident("Janek", "pl")
    number = await announced(town)
    messages = [len(said_to(person)) for person in (amina, janek)]
    again = await decided(town, number, broadcasts.correct, Plan("info", words=CHANGED))
    await goes_out(town)
    assert again is False
    assert [len(said_to(person)) for person in (amina, janek)] == messages
    assert amina.reads.startswith("\n\n".join(CHANGED["en"]))
    assert "Changed: " in amina.reads
    assert janek.reads.startswith("\n\n".join(CHANGED["en"]))
    assert "Polski" in janek.buttons[0]
    assert (await ledger_of(town, number)).edits == {"sent": 2}

    def polish_is_there(session):
        text = store.broadcast_by_id(session, number).text_id
        store.keep_wording(session, text, "pl", "Woda", "W środę 2 grudnia nie będzie wody.", 2)

    await town.store(polish_is_there)
    await goes_out(town)
    assert janek.reads.startswith("Woda\n\nW środę 2 grudnia nie będzie wody.")
    assert janek.buttons == []
    assert len(said_to(janek)) == messages[1]


async def test_a_changed_event_also_comes_as_a_new_message(town):
    amina = await town.resident("Amina")
    number = await announced(town, kind="event")
    before = len(said_to(amina))
    assert await decided(town, number, broadcasts.correct, Plan("event", words=CHANGED)) is True
    await goes_out(town)
    old, new = said_to(amina)[-2:]
    assert len(said_to(amina)) == before + 1
    assert new.startswith("Please note what has changed:\n\nWater\n\nThe water will be off on Wednesday")
    assert old.startswith("Water\n\nThe water will be off on Wednesday 2 December.\n\nChanged: ")
    kept = await ledger_of(town, number)
    assert kept.expected == kept.states["sent"] == 2
    assert kept.balances


async def test_a_template_goes_out_in_every_language_at_once(town):
    people = {tag: await town.resident(f"P{tag}", tag) for tag in ("en", "pl", "ar", "bn")}
    number = await drafted(town, Plan("info", template="water_off", blanks=BLANKS))
    await decided(town, number, broadcasts.send)
    await goes_out(town)
    for tag, day in (("en", "Tuesday, 1 December"), ("pl", "wtorek, 1 grudnia"), ("ar", "1 ديسمبر"), ("bn", "ডিসেম্বর")):
        assert day in people[tag].reads
        assert "Mill Road" in people[tag].reads
        assert people[tag].buttons == []
    changed = Plan("info", template="water_off", blanks={**BLANKS, "date": "2026-12-02"})
    assert await decided(town, number, broadcasts.correct, changed) is True
    await goes_out(town)
    assert "środa, 2 grudnia" in said_to(people["pl"])[-1]
    assert "środa, 2 grudnia" in said_to(people["pl"])[-2]


async def test_a_linked_group_gets_it_once_in_its_language(town):
    amina = await town.resident("Amina", "en", "steering", "coordinator")
    chat = await town.group(amina)
    await announced(town)
    assert town.said_in(chat)[-1] == "\n\n".join(WATER["en"])
    await town.resident("Janek", "pl")
    await announced(town, audience={"languages": ["pl"]})
    assert sum("water will be off" in text for text in town.said_in(chat)) == 1


@pytest.mark.parametrize("length", [40, 1500])
async def test_a_photo_is_sent_up_once_and_long_words_come_after_it(town, length):
    people = [await town.resident(name) for name in ("Amina", "Janek")]
    body = ("word " * 400)[:length].strip()
    number = await announced(town, words={"en": (None, body)}, photo=DOT)
    await town.resident("Carys")
    assert all(body in said_to(person)[-1] for person in people)
    photos = [message for message in people[0].messages if "photo" in message.content]
    assert len(photos) == 1
    assert ("caption" in photos[0].content) is (length < 1024)
    assert await town.store(lambda session: store.broadcast_by_id(session, number).photo_file_id)
    shorter = Plan("info", words={"en": (None, "Changed.")})
    await decided(town, number, broadcasts.correct, shorter)
    await goes_out(town)
    assert all(said_to(person)[-1].startswith("Changed.") for person in people)


async def test_a_test_goes_to_coordinators_alone_and_says_so(town):
    amina, janek = await town.resident("Amina", "en", "coordinator"), await town.resident("Janek", "pl")
    number = await drafted(town, Plan("info", words=WATER))
    before = len(said_to(janek))
    assert await decided(town, number, sending.owe_test) == 1
    await town.looks()
    assert amina.reads == "A test: only coordinators get this.\n\n" + "\n\n".join(WATER["en"])
    assert await decided(town, number, lambda session, one, now: sending.owe_test(session, one, now, "ur")) == 1
    await town.looks()
    assert amina.reads.endswith("\n\n".join(WATER["ur"]))
    assert len(said_to(janek)) == before
    assert (await ledger_of(town, number)).expected == 0


NASTY = {
    "<b>bold</b> & <script>": "literal",
    "unclosed <i> and & &amp; <a href='tg://user?id=1'>x</a>": "literal",
    "turned \u202egnorw\u202c \u2067round\u2069": "turned gnorw round",
    "nul \x00 bell \x07": "nul  bell ",
    "zalgo " + "a\u0300\u0301\u0302" * 100: "literal",
    "'; drop table resident; --": "literal",
    "{title.__class__} {n}": "literal",
}


@pytest.mark.parametrize("words", NASTY)
async def test_whatever_a_message_holds_is_shown_as_it_was_written(town, words):
    """facts/failures.md B1 and A10."""
    noor = await town.resident("Noor", "ur")
    shown = words if NASTY[words] == "literal" else NASTY[words]
    number = await announced(town, words={"en": (words[:200], words), "ur": (words[:200], words)})
    assert said_to(noor)[-1] == f"{shown[:200].strip()}\n\n{shown.strip()}"
    assert (await ledger_of(town, number)).states["sent"] == 1


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"en": (None, "🏡" * 4097)}, "body.en"),
        ({"en": ("🏡" * 4097, "x")}, "title.en"),
        ({"en": (None, " \u200b\u2063 \n")}, "body.en"),
        ({"en": ("two\nlines", "x")}, "title.en"),
        ({"pl": (None, "x")}, "body"),
        ({"en": (None, "x"), "tlh": (None, "x")}, "body.tlh"),
    ],
)
async def test_what_telegram_would_refuse_is_refused_before(small_town, words, field):
    with pytest.raises(BroadcastInvalid) as refused:
        await drafted(small_town, Plan("info", words=words))
    assert refused.value.field == field
    assert await small_town.store(lambda session: session.query(Broadcast).count()) == 0


async def test_the_longest_message_that_may_be_arrives_whole(town):
    amina = await town.resident("Amina", "ur")
    longest = "🏡" * ((4096 - 160 - 2) // 2)
    number = await announced(town, words={"en": (None, longest)})
    assert longest in amina.reads
    await decided(town, number, broadcasts.correct, Plan("info", words={"en": (None, longest)}))
    await goes_out(town)
    assert longest in amina.reads


async def test_drafting_and_sending_are_two_rights(town):
    people = {
        role: await town.resident(role, "en", *([role] if role != "none" else []))
        for role in ("none", "steering", "writer", "coordinator")
    }

    def tries(session, role, number=None):
        resident = residents_store.resident_by_id(session, people[role].id)
        if number is None:
            place = places.place_for_newcomer(session, "millbrook")
            return broadcasts.draft(session, place, Plan("info", words=WATER), town.now, resident).id
        return broadcasts.send(session, store.broadcast_by_id(session, number), town.now, resident)

    for role in ("none", "steering"):
        with pytest.raises(NotYours):
            await town.store(partial(tries, role=role))
    number = await town.store(partial(tries, role="writer"))
    for role in ("none", "steering", "writer"):
        with pytest.raises(NotYours):
            await town.store(partial(tries, role=role, number=number))
    assert await town.store(partial(tries, role="coordinator", number=number))
