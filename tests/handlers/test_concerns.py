"""Concerns: numbers first, told to a lead who is not named, answered without names, never left lying."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.community import concern_seen, residents
from bot.store import residents as residents_store
from bot.store.tables import Concern, ConcernLook, ConcernMessage, ConcernNamed, Doomed, Letter
from tests.handlers.test_aid import _all_bytes, asks, at_noon, matched, told, volunteer

WORDS = "Zanzibar: he shouted at my <daughter> at the hall on Monday"


@pytest.fixture
async def town(town):
    return at_noon(town)


@pytest.fixture
async def small_town(small_town):
    return at_noon(small_town)


async def leads(town):
    """The first lead and the second."""
    return await town.resident("Ruth", "en", "safeguarding"), await town.resident("Sam", "en", "second_lead")


async def tells(person, *, about="Racism or discrimination", whom="Somebody else, or nobody of these", words=WORDS):
    """Tell a concern as the chat does; the receipt."""
    await person.says("/concern")
    await person.taps("Go on and tell it")
    await person.taps(about)
    await person.taps(whom)
    await person.says(words)
    assert words in person.reads
    await person.taps("Yes, pass it on")
    await person.town.looks()
    return re.search("[0-9A-Z]{4}-[0-9A-Z]{4}", person.reads)[0]


async def the_concern(town):
    def look(session):
        found = session.scalars(select(Concern).order_by(Concern.id.desc())).first()
        session.expunge(found)
        return found

    found = await town.store(look)
    assert (found.due_at is None) == (found.next_actor is None) == (found.state == "closed")
    return found


async def test_numbers_come_first_and_a_lead_answers_somebody_without_a_name(town):
    ruth, sam = await leads(town)
    george = await town.resident("George", "en", "coordinator")
    amina = await town.resident("Amina")
    await amina.says("/concern")
    assert amina.reads.startswith("If somebody is in danger now, call:")
    assert "not an emergency service" in amina.reads
    assert "Ruth, Sam" in amina.reads
    assert "I am not safe / I need someone today" in amina.buttons
    receipt = await tells(amina)
    assert f"A concern waits for you, {receipt}" in ruth.reads
    await ruth.taps("Look at it")
    assert "Zanzibar" in ruth.reads
    await ruth.taps("I have it")
    await town.looks()
    assert f"has seen {receipt}, and will answer" in amina.reads
    await ruth.taps("Answer")
    await ruth.says("Thank you. May I ring the hall?")
    await town.looks()
    assert f"There is an answer about {receipt}." in amina.reads
    assert "ring the hall" not in amina.reads
    await amina.taps("Look at it")
    assert "May I ring the hall?" in amina.reads
    await amina.taps("Write to the lead")
    await amina.says("Yes please")
    await town.looks()
    assert "There is something new" in ruth.reads
    await ruth.taps("Look at it")
    assert "Yes please" in ruth.reads
    await ruth.taps("Earlier")
    await ruth.taps("Earlier")
    assert "Zanzibar" in ruth.reads
    await ruth.taps("Close it")
    await ruth.taps("Yes, close it")
    await town.looks()
    assert f"{receipt} is closed." in amina.reads
    assert "Amina" not in "".join(told(ruth))
    for other in (sam, george):
        assert receipt not in "".join(told(other))
    looks = await town.store(lambda session: session.scalars(select(ConcernLook.resident_id)).all())
    assert set(looks) == {ruth.id}


async def test_what_is_written_stands_nowhere_in_the_clear_and_is_gone_with_its_key(town):
    await leads(town)
    amina = await town.resident("Amina")
    await tells(amina)
    assert b"Zanzibar" not in await town.store(_all_bytes)
    [name] = await town.store(lambda session: session.scalars(select(ConcernMessage.key_name)).all())
    people = town.house.vault.people
    assert people.read(name)
    kept = await town.store(lambda session: residents.what_is_kept(session, _me(session, amina), town.now))
    assert "Zanzibar" in repr(kept.rows["concern"])
    await town.passes(hours=2)
    assert people.read(name), "the sweep of orphaned keys leaves it alone"
    await amina.says("/forget")
    assert "told a concern" in amina.reads
    await amina.sends_tap(amina.first_tap())
    await town.passes(minutes=1)
    assert people.read(name) is None
    assert await town.store(lambda session: session.scalars(select(Doomed.key_name)).all()) == []
    found = await the_concern(town)
    assert (found.state, found.reporter_id, found.next_actor) == ("open", None, "lead")


def _me(session, neighbour):
    return residents_store.resident_by_id(session, neighbour.id)


async def test_after_the_reporter_has_erased_themselves_the_lead_can_only_close(small_town):
    town = small_town
    ruth, _sam = await leads(town)
    amina = await town.resident("Amina")
    receipt = await tells(amina)
    await ruth.taps("Look at it")
    await ruth.taps("Answer")
    await ruth.says("Tell me more")
    await amina.says("/forget")
    await amina.sends_tap(amina.first_tap())
    await town.passes(minutes=1)
    assert f"Whoever told concern {receipt} has erased themselves." in ruth.reads
    await ruth.taps("Look at it")
    assert "What was written has been erased." in ruth.reads
    assert "Answer" not in ruth.buttons
    await ruth.taps("Close it")
    await ruth.taps("Yes, close it")
    assert (await the_concern(town)).state == "closed"


@pytest.mark.parametrize(
    ("about", "whom", "receives"),
    [
        ("Something about the organisers", "The safeguarding lead", "Sam"),
        ("Something about the organisers", "A coordinator, or the steering group", "Sam"),
        ("Money or things", "The safeguarding lead", "Sam"),
        ("Money or things", "Somebody else, or nobody of these", "Ruth"),
    ],
)
async def test_whoever_it_is_about_never_gets_it(small_town, about, whom, receives):
    town = small_town
    ruth, sam = await leads(town)
    george = await town.resident("George", "en", "coordinator")
    amina = await town.resident("Amina")
    receipt = await tells(amina, about=about, whom=whom)
    people = {"Ruth": ruth, "Sam": sam, "George": george}
    for name, person in people.items():
        assert (receipt in "".join(told(person))) == (name == receives), name
    await town.passes(days=30)
    number = (await the_concern(town)).id
    named = set(await town.store(lambda session: session.scalars(select(ConcernNamed.resident_id)).all()))
    for person in people.values():
        if person.id in named:
            assert receipt not in "".join(told(person))
            assert "This button is from earlier." in await person.sends_tap(f"cc:{number}:show")


async def test_a_lead_who_is_a_coordinator_too_gets_nothing_about_the_organisers(small_town):
    town = small_town
    ruth = await town.resident("Ruth", "en", "safeguarding", "coordinator")
    amina = await town.resident("Amina")
    await amina.says("/concern")
    await amina.taps("Go on and tell it")
    await amina.taps("Something about the organisers")
    await amina.taps("A coordinator, or the steering group")
    assert "Nobody here may receive this" in amina.reads
    assert "I am not safe / I need someone today" in amina.buttons
    assert "concern" not in "".join(told(ruth)).casefold()
    sam = await town.resident("Sam", "en", "second_lead")
    receipt = await tells(amina, about="Something about the organisers", whom="A coordinator, or the steering group")
    assert receipt in sam.reads
    await town.store(lambda session: residents_store.give_role(session, _me(session, sam), "steering"))
    await town.passes(minutes=1)
    found = await the_concern(town)
    assert (found.lead_id, found.next_actor) == (None, "place")
    assert f"Nobody may receive {receipt} at the moment." in amina.reads
    dora = await town.resident("Dora", "en", "second_lead")
    await town.passes(minutes=1)
    assert receipt in dora.reads
    assert "Another safeguarding lead" in amina.reads


async def test_a_place_without_a_lead_says_so_before_anybody_writes(small_town):
    amina = await small_town.resident("Amina")
    await amina.says("/concern")
    assert "nobody is named here yet" in amina.reads
    assert "Go on and tell it" not in amina.buttons


async def test_from_a_card_the_other_side_never_receives_it_even_as_the_lead(small_town):
    town = small_town
    amina, bilal, ask = await matched(town)
    await town.store(lambda session: residents_store.give_role(session, _me(session, bilal), "safeguarding"))
    sam = await town.resident("Sam", "en", "second_lead")
    await amina.sends_tap(f"aa:{ask}:show")
    await amina.taps("Tell a concern")
    await amina.taps("Go on and tell it")
    await amina.taps("Harassment or threats")
    await amina.taps("The neighbour of this ask")
    assert "May the lead see which ask it was?" in amina.reads
    await amina.taps("Yes, they may see it")
    await amina.says(voice=True)
    await amina.taps("Yes, pass it on")
    await town.looks()
    assert "Do not match us again" in amina.buttons
    await amina.taps("Do not match us again")
    assert "waits for you" in sam.reads
    await sam.taps("Look at it")
    assert f"About ask {ask}: a lift, Mill Road" in sam.reads
    await sam.taps("Hear the voice note")
    assert sam.screen.content.get("voice")
    assert "concern" not in "".join(told(bilal)).casefold()
    assert "This button is from earlier." not in await bilal.sends_tap("o:menu")
    second = await asks(town, amina)
    assert (await row_gap(town, second)) == "barred"
    kept = await town.store(lambda session: residents.what_is_kept(session, _me(session, bilal), town.now))
    assert not kept.rows.get("concern")
    assert not kept.rows.get("concern_named")
    hers = await town.store(lambda session: residents.what_is_kept(session, _me(session, sam), town.now))
    assert not hers.rows.get("concern"), "a lead's own data do not tell who reported"


async def row_gap(town, ask):
    from bot.store.tables import Ask

    return await town.store(lambda session: session.get(Ask, ask).gap)


async def test_whoever_was_asked_and_in_the_talk_finds_the_button_too(small_town):
    town = small_town
    await leads(town)
    carys, bilal = await volunteer(town, "Carys"), await volunteer(town, "Bilal")
    amina = await town.resident("Amina")
    ask = await asks(town, amina, when="today")
    assert "Tell a concern" in carys.buttons
    await carys.taps("Tell a concern")
    await carys.taps("Go on and tell it")
    await carys.taps("I worry about somebody's safety")
    assert "The neighbour of this ask" in carys.buttons
    await bilal.sends_tap(f"ao:{ask}:yes")
    await bilal.sends_tap(f"aa:{ask}:talk")
    assert "Tell a concern" in bilal.buttons


async def test_a_lead_who_is_silent_is_reminded_twice_then_the_second_lead_has_it(small_town):
    town = small_town
    ruth, sam = await leads(town)
    amina = await town.resident("Amina")
    receipt = await tells(amina, about="I worry about somebody's safety")
    for _ in range(2):
        await town.passes(hours=2, minutes=1)
        assert f"{receipt} still waits for you" in ruth.reads
    assert receipt not in "".join(told(sam))
    await town.passes(hours=1, minutes=1)
    assert f"A concern is with you now, {receipt}" in sam.reads
    assert "Another safeguarding lead" in amina.reads
    number = (await the_concern(town)).id
    assert "This button is from earlier." in await ruth.sends_tap(f"cc:{number}:show")
    await sam.taps("Look at it")
    assert "Zanzibar" in sam.reads


async def test_a_lead_who_leaves_or_loses_the_role_has_nothing_any_more(small_town):
    town = small_town
    ruth, sam = await leads(town)
    amina = await town.resident("Amina")
    receipt = await tells(amina)
    await ruth.says("/stop")
    await town.passes(minutes=1)
    assert receipt in sam.reads
    await town.store(lambda session: residents_store.take_role(session, sam.id, "second_lead"))
    await town.passes(minutes=1)
    number = (await the_concern(town)).id
    assert "This button is from earlier." in await sam.sends_tap(f"cc:{number}:show")
    assert (await the_concern(town)).next_actor == "place"


async def test_once_somebody_is_not_content_another_lead_looks_again(small_town):
    town = small_town
    ruth, sam = await leads(town)
    amina = await town.resident("Amina")
    receipt = await tells(amina)
    number = (await the_concern(town)).id
    await ruth.sends_tap(f"cc:{number}:sure")
    await town.looks()
    await amina.taps("Look at it")
    await amina.taps("I am not content with this")
    await town.looks()
    assert f"Whoever told concern {receipt} asks for it to be looked at again." in sam.reads
    await sam.sends_tap(f"cc:{number}:sure")
    await town.looks()
    await amina.taps("Look at it")
    assert "I am not content with this" not in amina.buttons
    assert "This button is from earlier." in await amina.sends_tap(f"cc:{number}:not_content")


async def test_nobody_else_sees_or_touches_a_concern(small_town):
    town = small_town
    await leads(town)
    amina = await town.resident("Amina")
    eve = await town.resident("Eve", "en", "coordinator", "steering")
    await tells(amina)
    number = (await the_concern(town)).id
    for act in ("show", "have", "sure", "close", "write", "code", "not_content", "page0", "voice0", "no"):
        assert "This button is from earlier." in await eve.sends_tap(f"cc:{number}:{act}")
    for act in ("have", "sure", "close", "code"):
        assert "This button is from earlier." in await amina.sends_tap(f"cc:{number}:{act}")
    assert "Zanzibar" not in "".join(told(eve))
    assert (await the_concern(town)).state == "open"


async def test_words_are_erased_three_months_after_closing_and_the_rest_after_a_year(town):
    ruth, _sam = await leads(town)
    amina = await town.resident("Amina")
    await tells(amina)
    number = (await the_concern(town)).id
    await ruth.sends_tap(f"cc:{number}:sure")
    [name] = await town.store(lambda session: session.scalars(select(ConcernMessage.key_name)).all())
    await town.passes(days=89)
    assert town.house.vault.people.read(name)
    await town.passes(days=2)
    assert town.house.vault.people.read(name) is None
    found = await the_concern(town)
    assert found.reporter_id is found.lead_id is None
    assert await town.store(lambda session: session.scalars(select(ConcernLook)).all()) == []
    await town.passes(days=300)
    assert await town.store(lambda session: session.scalars(select(Concern)).all()) == []


async def test_five_open_concerns_are_enough_for_one(small_town):
    town = small_town
    await leads(town)
    amina = await town.resident("Amina")
    for _ in range(5):
        await tells(amina)
    await amina.says("/concern")
    for button in ("Go on and tell it", "Something else", "Somebody else, or nobody of these"):
        await amina.taps(button)
    await amina.says("more")
    assert "There is a lot open already." in await amina.taps("Yes, pass it on")


async def test_letters_hold_no_word_of_it_and_the_lead_is_counted_nowhere_by_name(small_town):
    town = small_town
    ruth, _sam = await leads(town)
    george = await town.resident("George", "en", "coordinator")
    amina = await town.resident("Amina")
    await tells(amina)
    await tells(amina, about="Something about the organisers", whom="A coordinator, or the steering group")

    def letters_and_counts(session):
        place = _me(session, amina).place_id
        facts = [session.vault.keys.decrypt(f"letter:facts:{one.dedupe}", one.facts) for one in _about(session)]
        return facts, concern_seen.counted(session, place), concern_seen.counted(session, place, _me(session, george))

    facts, all_open, hers = await town.store(letters_and_counts)
    assert facts
    assert not any(b"Zanzibar" in one for one in facts)
    assert (all_open.open, hers.open) == (2, 1), "a coordinator's count leaves out what is about them"
    await town.passes(seconds=timedelta(hours=25).total_seconds())
    late = await town.store(lambda session: concern_seen.counted(session, _me(session, ruth).place_id))
    assert late.late == 2


def _about(session):
    return session.scalars(select(Letter).where(Letter.kind.startswith("concern"))).all()
