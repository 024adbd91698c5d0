"""Asking a neighbour: asked and offered in the chat, one yes wins, both sides know who acts next, nothing hangs."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from bot.community import aid, places, residents, volunteers
from bot.community.aid import Wish
from bot.community.aid_rules import need_by, slots_of
from bot.community.volunteers import Offering
from bot.screens import language
from bot.store import aid as aid_store
from bot.store import residents as residents_store
from bot.store.tables import Ask, Offer, Pair, VolunteerWeek
from tests.town import plain, text_of

ALWAYS = slots_of(range(7), ["morning", "afternoon", "evening", "night"])


def at_noon(town):
    """Whatever the hour of the test: tomorrow noon, when nobody sleeps."""
    noon = (town.now + timedelta(days=1)).replace(hour=12, minute=0, second=0)
    town.box.clock.advance((noon - town.now).total_seconds())
    town.house.clock.offset = town.box.clock.ahead
    return town


@pytest.fixture
async def town(town):
    return at_noon(town)


@pytest.fixture
async def small_town(small_town):
    return at_noon(small_town)


async def volunteer(town, name, *, language="en", kinds=("lift",), per_week=3, languages=None, slots=ALWAYS, roles=()):
    """Somebody who offers help in both patches."""
    person = await town.resident(name, language, *roles)

    def offer(session):
        resident = residents_store.resident_by_id(session, person.id)
        patches = tuple(patch.id for patch in places.patches(session, places.place_of(session, resident)))
        offering = Offering(kinds, patches, languages or (language,), slots, per_week)
        volunteers.offer_help(session, resident, offering, town.now)

    await town.store(offer)
    return person


async def asks(town, person, *, kind="lift", when="soon", part="any", words="Ring twice", **more):
    """Ask as the chat does, without walking through it; the ask's number."""

    def open_(session):
        resident = residents_store.resident_by_id(session, person.id)
        place = places.place_of(session, resident)
        need = need_by(str(when), part, town.now, place.timezone)
        patch = places.patches(session, place)[0].id
        wish = Wish(kind, patch, need, more.pop("languages", (resident.language,)), words, **more)
        return aid.open_ask(session, resident, wish, town.now).id

    number = await town.store(open_)
    await town.looks()
    return number


async def row(town, ask):
    """An ask's row, checked: while it lives somebody acts next, by a time."""

    def look(session):
        found = session.get(Ask, ask)
        session.expunge(found)
        return found

    found = await town.store(look)
    assert (found.next_at is None) == (found.next_actor is None) == (found.state in {"done", "ended"})
    return found


async def offer_states(town, ask):
    def look(session):
        rows = session.execute(select(Offer.resident_id, Offer.state).where(Offer.ask_id == ask)).all()
        return dict(rows)

    return await town.store(look)


def text_alone(html):
    """A message's words as they are read: without tags, and without marks of direction."""
    return plain(html.replace("<b>", "").replace("</b>", ""))


def told(person):
    """All that the bot has said to somebody."""
    return [plain(text_of(one)) for one in person.messages if one.sender != person.person.id]


async def test_a_neighbour_asks_and_another_says_yes(town):
    bilal = await volunteer(town, "Bilal", language="ur", languages=("ur", "en"))
    amina = await town.resident("Amina", "en")
    await amina.says("/ask")
    await amina.taps("a lift")
    await amina.taps("Today")
    await amina.taps("Mill Road")
    await amina.says("To the doctor; I walk slowly")
    await amina.says("14 Mill Road")
    await amina.taps("English")
    assert "To the doctor; I walk slowly" in amina.reads
    await amina.taps("Yes, ask neighbours")
    assert "1 neighbour has been asked so far." in amina.reads
    assert "You hear from me by" in amina.reads
    await town.looks()
    assert "doctor" not in bilal.reads
    assert "Mill Road" in bilal.reads
    assert "14 Mill" not in bilal.reads
    await bilal.sends_tap(bilal.first_tap())
    assert "To the doctor; I walk slowly" in bilal.reads
    assert "14 Mill" not in bilal.reads
    await town.looks()
    assert "A neighbour will help you." in amina.reads
    assert "Bilal" not in "".join(told(amina))
    assert "Amina" not in "".join(told(bilal))
    await amina.taps("Share the exact place")
    await town.looks()
    assert "14 Mill Road" in bilal.reads


async def says_yes(person, ask):
    return await person.sends_tap(f"ao:{ask}:yes")


async def says_no(person, ask):
    return await person.sends_tap(f"ao:{ask}:no")


async def test_of_two_who_say_yes_at_once_one_wins_and_the_other_is_thanked(town):
    helpers = [await volunteer(town, name) for name in ("Bilal", "Carys", "Dorota", "Emeka")]
    amina = await town.resident("Amina")
    ask = await asks(town, amina)
    await asyncio.gather(*(says_yes(one, ask) for one in helpers))
    found = await row(town, ask)
    states = await offer_states(town, ask)
    assert found.state == "matched"
    assert sorted(states.values()) == ["taken", "taken", "taken", "yes"]
    winner = next(one for one in helpers if one.id == found.volunteer_id)
    assert "Thank you! The neighbour is told." in winner.reads
    for one in helpers:
        if one is not winner:
            assert "A neighbour was quicker." in one.reads
    await town.looks()
    assert sum("A neighbour will help you." in said for said in told(amina)) == 1


async def test_those_who_have_not_answered_see_their_question_become_thanks(small_town):
    town = small_town
    bilal, carys = await volunteer(town, "Bilal"), await volunteer(town, "Carys")
    amina = await town.resident("Amina")
    ask = await asks(town, amina)
    before = len(carys.messages)
    await says_yes(bilal, ask)
    await town.looks()
    assert "A neighbour was quicker. Thank you: you keep your place in the queue." in carys.reads
    assert len(carys.messages) == before, "a telephone rang for nothing"


async def test_a_volunteers_week_is_never_overfull_however_fast_they_say_yes(town):
    bilal = await volunteer(town, "Bilal", per_week=1)
    amina, carys = await town.resident("Amina"), await town.resident("Carys")
    mine, hers = await asks(town, amina), await asks(town, carys)
    toasts = await asyncio.gather(says_yes(bilal, mine), says_yes(bilal, hers))
    assert sum("You have taken on all you offered for that week." in toast for toast in toasts) == 1
    states = sorted([(await row(town, mine)).state, (await row(town, hers)).state])
    assert states.count("matched") == 1
    taken = await town.store(lambda session: session.scalars(select(VolunteerWeek.taken)).all())
    assert taken == [1]


async def test_a_no_moves_on_at_once_and_costs_nothing(small_town):
    town = small_town
    helpers = [await volunteer(town, name) for name in ("Bilal", "Carys", "Dorota", "Emeka")]
    amina = await town.resident("Amina")
    ask = await asks(town, amina, when="today")
    first = await offer_states(town, ask)
    assert list(first.values()) == ["asked"] * 3
    fourth = next(one for one in helpers if one.id not in first)
    await says_no(next(one for one in helpers if one.id in first), ask)
    assert (await offer_states(town, ask))[fourth.id] == "asked"
    assert (await row(town, ask)).next_actor == "volunteer"


async def test_silence_moves_on_after_half_an_hour_and_twice_asks_for_a_pause(small_town):
    town = small_town
    bilal = await volunteer(town, "Bilal")
    amina = await town.resident("Amina")
    for _ in range(2):
        ask = await asks(town, amina, when="today")
        assert (await row(town, ask)).next_actor == "volunteer"
        await town.passes(minutes=31)
        assert (await offer_states(town, ask))[bilal.id] == "silent"
        found = await row(town, ask)
        assert (found.state, found.next_actor, found.gap) == ("coordinator", "coordinator", "asked_before")
        assert "I have asked everybody I could." in amina.reads
        await town.passes(hours=1)
    assert "Shall I ask you nothing for a while?" in bilal.reads
    await bilal.taps("Pause for a week")
    assert "You pause until" in bilal.reads
    ask = await asks(town, amina, when="today")
    assert await offer_states(town, ask) == {}


async def test_a_late_yes_is_welcome_as_long_as_nobody_helps(small_town):
    town = small_town
    bilal = await volunteer(town, "Bilal")
    amina = await town.resident("Amina")
    ask = await asks(town, amina, when="today")
    await town.passes(minutes=40)
    await says_yes(bilal, ask)
    assert (await row(town, ask)).state == "matched"


async def test_the_coordinator_hears_that_an_ask_waits_and_why_not_what_it_says(small_town):
    town = small_town
    george = await town.resident("George", "en", "coordinator")
    amina = await town.resident("Amina")
    ask = await asks(town, amina, kind="repairs", when="today", words="My blue door", exact_place="14 Mill Road")
    assert (await row(town, ask)).gap == "no_kind"
    assert "Nobody offers this kind of help yet." in george.reads
    assert "0 neighbours have been asked." in george.reads
    everything = "".join(told(george))
    assert not any(word in everything for word in ("door", "14", "Amina", "repair"))
    bilal = await volunteer(town, "Bilal", kinds=("repairs",))
    assert (await row(town, ask)).state == "open"
    await town.looks()
    assert "Can you help a neighbour?" in bilal.reads


async def test_an_ask_that_comes_back_to_the_coordinator_again_and_again_is_told_of_once_a_day(small_town):
    """bench/year.py: told each time, coordinators had four of ten letters that were sent."""
    town = small_town
    george = await town.resident("George", "en", "coordinator")
    amina = await town.resident("Amina")
    ask = await asks(town, amina, when=(town.now.date() + timedelta(days=5)).isoformat())
    for name in ("Bilal", "Carys", "Dorota"):
        helper = await volunteer(town, name)
        await town.looks()
        assert (await row(town, ask)).state == "open"
        await says_no(helper, ask)
        await town.passes(minutes=1)
        assert (await row(town, ask)).state == "coordinator"
    assert sum("An ask waits for you." in one for one in told(george)) == 1
    assert sum("I have asked everybody I could." in one for one in told(amina)) == 1
    await town.passes(hours=25)
    await town.passes(hours=1)
    assert sum("An ask waits for you." in one for one in told(george)) == 2


async def test_an_urgent_ask_begins_with_numbers_and_tells_the_coordinator(small_town):
    town = small_town
    george = await town.resident("George", "en", "coordinator")
    helpers = [await volunteer(town, f"Helper {n}") for n in range(7)]
    amina = await town.resident("Amina")
    await amina.says("/ask")
    await amina.taps("a lift")
    await amina.taps("As soon as possible")
    assert "If somebody is in danger, call now." in amina.reads
    assert "not an emergency service" in amina.reads
    await amina.taps("Ask neighbours now")
    await amina.taps("Mill Road")
    await amina.taps("Skip")
    await amina.taps("Skip")
    await amina.taps("Any language will do")
    await amina.taps("No")
    await amina.taps("Yes, ask neighbours")
    assert "I am not safe / I need someone today" in amina.buttons
    await town.looks()
    assert "An urgent ask waits." in george.reads
    ask = await town.store(lambda session: session.scalar(select(Ask.id)))
    assert len(await offer_states(town, ask)) == 5
    await town.passes(minutes=16)
    assert len(await offer_states(town, ask)) == 7
    await town.passes(minutes=15)
    assert "Nobody has said yes yet." in george.reads or "Everybody who could help has been asked." in george.reads
    await says_yes(helpers[0], ask)
    assert (await row(town, ask)).state == "matched"


async def matched(town, **more):
    """Amina asked, Bilal said yes."""
    bilal = await volunteer(town, "Bilal", language="ur", languages=("ur", "en"), kinds=(more.get("kind", "lift"),))
    amina = await town.resident("Amina")
    ask = await asks(town, amina, **more)
    await says_yes(bilal, ask)
    await town.looks()
    return amina, bilal, ask


async def test_two_neighbours_talk_through_the_bot_and_nothing_is_kept(town):
    amina, bilal, ask = await matched(town)
    await amina.taps("Talk with them")
    assert "You are talking with your neighbour." in amina.reads
    await amina.says("I am at the <b>green</b> gate, ring Xylophone")
    assert amina.reads == "Passed on."
    assert "I am at the <b>green</b> gate, ring Xylophone" in bilal.reads
    assert "Amina" not in bilal.reads
    await bilal.sends_tap(f"aa:{ask}:talk")
    await bilal.says("On my way")
    assert "From the neighbour who helps you:" in amina.reads
    assert "On my way" in amina.reads
    await bilal.says(voice=True)
    assert amina.screen.content.get("voice")
    await amina.sends_tap(f"aa:{ask}:enough")
    before = len(bilal.messages)
    await amina.says("this is for the bot")
    assert len(bilal.messages) == before
    held = await town.store(_all_bytes)
    assert b"Xylophone" not in held
    assert b"On my way" not in held


def _all_bytes(session):
    from bot.store.tables import Table

    found = []
    for table in Table.metadata.sorted_tables:
        found += [repr(row).encode() for row in session.execute(table.select()).all()]
    return b"".join(found)


async def test_either_side_ends_the_talk_for_both_and_may_be_kept_apart(small_town):
    town = small_town
    amina, bilal, ask = await matched(town)
    await amina.taps("Talk with them")
    await bilal.sends_tap(f"aa:{ask}:talk")
    await bilal.sends_tap(f"aa:{ask}:end_talk")
    before = len(bilal.messages)
    await amina.says("Hello?")
    assert "This talk has ended." in amina.reads
    assert len(bilal.messages) == before
    assert await amina.sends_tap(f"aa:{ask}:apart")
    second = await asks(town, amina)
    assert await offer_states(town, second) == {}
    assert (await row(town, second)).gap == "barred"
    assert "Everybody who could help has been asked." in amina.reads
    kept = await town.store(
        lambda session: residents_store.rows_about(session, residents_store.resident_by_id(session, bilal.id))
    )
    assert kept["block"] == []


async def test_words_reach_nobody_once_something_else_was_opened_or_two_hours_have_passed(small_town):
    town = small_town
    amina, bilal, ask = await matched(town, when="today")
    await amina.taps("Talk with them")
    await amina.sends_tap("o:menu")
    before = len(bilal.messages)
    await amina.says("secret")
    await amina.sends_tap(f"aa:{ask}:talk")
    town.box.clock.advance(3 * 3600)
    town.house.clock.offset = town.box.clock.ahead
    await amina.says("secret")
    assert len(bilal.messages) == before


async def test_nobody_else_sees_or_touches_an_ask(small_town):
    town = small_town
    amina, bilal, ask = await matched(town)
    eve = await town.resident("Eve")
    for act in (
        "show",
        "talk",
        "done",
        "sure",
        "share",
        "voice",
        "change",
        "again",
        "thanks",
        "apart",
        "sure_back",
        "no",
    ):
        assert "This button is from earlier." in await eve.sends_tap(f"aa:{ask}:{act}")
    assert "This button is from earlier." in await eve.sends_tap(f"ao:{ask}:yes")
    await bilal.sends_tap("l:en")
    assert "This button is from earlier." in await bilal.sends_tap(f"aa:{ask}:sure")
    assert (await row(town, ask)).state == "matched"
    assert "Amina" not in "".join(told(eve))
    del amina


async def test_it_worked_out_and_thanks_are_passed_on(small_town):
    town = small_town
    amina, bilal, ask = await matched(town, when="today")
    found = await row(town, ask)
    town.box.clock.advance((found.due_at - town.now).total_seconds() + 2 * 3600 + 5)
    await town.passes(hours=10)  # past the night
    assert "Did it work out?" in amina.reads
    assert (await row(town, ask)).next_actor == "asker"
    await amina.taps("It is done")
    found = await row(town, ask)
    assert found.state == "done"
    assert await amina.taps("Pass on my thanks") == "Your thanks are passed on."
    await amina.taps("Pass on my thanks")
    await town.looks()
    with language.speaking("ur"):
        thanks = text_alone(language._("The neighbour you helped says: <b>thank you!</b>"))
    assert sum(thanks in said for said in told(bilal)) == 1
    pairs = await town.store(lambda session: session.execute(select(Pair.resident_id, Pair.other_id)).all())
    assert pairs == [(min(amina.id, bilal.id), max(amina.id, bilal.id))]


async def test_the_helper_says_done_and_the_asker_may_say_otherwise(small_town):
    town = small_town
    amina, bilal, ask = await matched(town, when="today")
    await bilal.sends_tap(f"aa:{ask}:done")
    await town.looks()
    assert "The neighbour says that it is done. Is it so?" in amina.reads
    assert (await row(town, ask)).next_actor == "asker"
    await amina.taps("Not yet")
    assert (await row(town, ask)).step == "follow"
    await bilal.sends_tap(f"aa:{ask}:done")
    await town.passes(hours=25)
    assert (await row(town, ask)).state == "done"


async def test_nobody_says_how_it_went_a_nudge_then_the_coordinator(small_town):
    town = small_town
    george = await town.resident("George", "en", "coordinator")
    amina, bilal, ask = await matched(town, when="today")
    await town.passes(days=1, hours=4)
    await town.passes(days=1, hours=1)
    assert "You have not said yet: did it work out?" in amina.reads
    await town.passes(days=1, hours=1)
    assert "Neither side has said whether it worked out." in george.reads
    assert (await row(town, ask)).next_actor == "coordinator"
    await town.passes(days=3, hours=1)
    found = await row(town, ask)
    assert (found.state, found.ended_as) == ("ended", "unknown")
    del bilal


async def test_it_did_not_happen_and_others_are_asked_more_urgently(small_town):
    town = small_town
    amina, bilal, ask = await matched(town, when="today")
    carys = await volunteer(town, "Carys")
    await town.passes(days=1, hours=4)
    await amina.taps("It did not happen")
    states = await offer_states(town, ask)
    assert states == {bilal.id: "no", carys.id: "asked"}
    found = await row(town, ask)
    assert (found.state, found.volunteer_id) == ("open", None)
    taken = await town.store(lambda session: session.scalars(select(VolunteerWeek.taken)).all())
    assert taken == [0]


async def test_what_is_said_late_of_one_neighbour_does_not_send_the_next_one_away(small_town):
    """bench/year.py: the asker had the question about the first on the screen when the second said yes."""
    town = small_town
    amina, bilal, ask = await matched(town, when="today")
    carys = await volunteer(town, "Carys")
    await town.passes(days=1, hours=4)
    question = amina.screen
    await bilal.sends_tap(f"aa:{ask}:failed")
    await says_yes(carys, ask)
    for late in ("failed", "not_yet"):
        assert "This button is from earlier." in await amina.sends_tap(f"aa:{ask}:{late}", question)
    found = await row(town, ask)
    assert (found.state, found.volunteer_id) == ("matched", carys.id)


async def test_the_helper_cannot_after_all_and_the_asker_is_told(small_town):
    town = small_town
    amina, bilal, ask = await matched(town, when="today")
    carys = await volunteer(town, "Carys")
    await bilal.sends_tap(f"aa:{ask}:give_back")
    await bilal.sends_tap(f"aa:{ask}:sure_back")
    await town.looks()
    assert "The neighbour cannot after all. I am asking others." in amina.reads
    assert "Can you help a neighbour?" in carys.reads
    await bilal.sends_tap("l:en")
    assert "This button is from earlier." in await bilal.sends_tap(f"aa:{ask}:done")


async def test_the_asker_needs_it_no_longer_and_everybody_concerned_is_told(small_town):
    town = small_town
    amina, bilal, ask = await matched(town, when="today")
    await amina.taps("No longer needed")
    await amina.taps("Yes, it is no longer needed")
    await amina.sends_tap(f"aa:{ask}:sure")
    await town.looks()
    found = await row(town, ask)
    assert (found.state, found.ended_as) == ("ended", "not_needed")
    assert sum("Xy" in said for said in told(bilal)) == 0
    letters = [said for said in told(bilal) if "no longer needed" in said or "ضرورت نہیں" in said]
    assert len(letters) == 1
    taken = await town.store(lambda session: session.scalars(select(VolunteerWeek.taken)).all())
    assert taken == [0]


async def test_whoever_helps_forgets_everything_and_the_ask_goes_on(town):
    amina, bilal, ask = await matched(town, when="today")
    carys = await volunteer(town, "Carys")
    await bilal.says("/forget")
    await bilal.sends_tap(bilal.first_tap())
    found = await row(town, ask)
    assert found.state == "matched"
    assert found.next_at <= town.now
    await town.passes(seconds=6)
    found = await row(town, ask)
    assert (found.state, found.volunteer_id) == ("open", None)
    assert "The neighbour cannot after all. I am asking others." in amina.reads
    assert "Can you help a neighbour?" in carys.reads


async def test_whoever_asked_forgets_everything_and_their_helper_is_told_neutrally(town):
    amina, bilal, ask = await matched(town, when="today", exact_place="14 Mill Road")
    await amina.says("/forget")
    await amina.sends_tap(amina.first_tap())
    found = await row(town, ask)
    assert found.need is found.exact_place is found.asker_id is None
    await town.passes(seconds=6)
    found = await row(town, ask)
    assert (found.state, found.ended_as) == ("ended", "left")
    assert "This is no longer needed." in bilal.reads or "ضرورت نہیں" in bilal.reads


async def test_stop_and_withdrawn_consent_let_go_of_what_was_promised(small_town):
    town = small_town
    amina, bilal, ask = await matched(town, when="today")
    await bilal.sends_tap("c:aid:0")
    await town.passes(seconds=6)
    assert (await row(town, ask)).volunteer_id is None
    await bilal.sends_tap("l:en")
    assert "You have not agreed to this yet." in await says_yes(bilal, ask)
    await amina.says("/stop")
    await town.passes(seconds=6)
    assert (await row(town, ask)).ended_as == "left"


async def test_a_weekly_ask_comes_again_first_to_whoever_helped(small_town):
    town = small_town
    amina, bilal, ask = await matched(town, when=(town.now + timedelta(days=2)).date(), part="evening", weekly=True)
    carys = await volunteer(town, "Carys")
    found = await row(town, ask)
    await town.passes(seconds=(found.due_at - town.now).total_seconds() + 60)
    await amina.sends_tap(f"aa:{ask}:done")
    await town.looks()
    following = await town.store(lambda session: session.scalar(select(Ask.id).where(Ask.series_id == ask)))
    after = await row(town, following)
    assert await offer_states(town, following) == {bilal.id: "asked"}
    assert after.due_at - found.due_at == timedelta(days=7)
    words = await town.store(lambda session: aid_store.told(session, session.get(Ask, following), "need"))
    assert words == "Ring twice"
    await says_no(bilal, following)
    assert (await offer_states(town, following))[carys.id] == "asked"


async def test_an_earlier_ask_is_repeated_in_two_taps(small_town):
    town = small_town
    amina, bilal, ask = await matched(town, when="today", voice="")
    await amina.sends_tap(f"aa:{ask}:done")
    await amina.taps("Ask again")
    await amina.taps("Today")
    assert "1 neighbour has been asked so far." in amina.reads
    again = await town.store(lambda session: session.scalar(select(Ask.id).order_by(Ask.id.desc())))
    assert again != ask
    assert (await offer_states(town, again)) == {bilal.id: "asked"}


async def test_another_time_is_another_question(small_town):
    town = small_town
    amina, bilal, ask = await matched(town, when="today")
    await amina.taps("Change")
    await amina.taps("By when")
    await amina.taps("As soon as possible")
    await amina.taps("Ask neighbours now")
    await town.looks()
    found = await row(town, ask)
    assert (found.state, found.urgency, found.volunteer_id) == ("open", 3, None)
    assert await offer_states(town, ask) == {bilal.id: "asked"}
    await says_yes(bilal, ask)
    await town.looks()
    await amina.sends_tap(f"aa:{ask}:change")
    await amina.taps("What a neighbour should know")
    await amina.says("Ring three times")
    await town.looks()
    assert "Ring three times" in bilal.reads


async def test_a_voice_note_says_what_a_neighbour_should_know(small_town):
    town = small_town
    bilal = await volunteer(town, "Bilal")
    amina = await town.resident("Amina")
    await amina.says("/ask")
    await amina.says(voice=True)
    assert "I can only read words and buttons here." in amina.reads
    await amina.taps("a lift")
    await amina.taps("Today")
    await amina.taps("Mill Road")
    await amina.says(voice=True)
    await amina.taps("Skip")
    await amina.taps("English")
    assert "There is a voice note." in amina.reads
    await amina.taps("Yes, ask neighbours")
    await town.looks()
    ask = await town.store(lambda session: session.scalar(select(Ask.id)))
    await says_yes(bilal, ask)
    await bilal.taps("Hear the voice note")
    assert bilal.screen.content.get("voice")


async def test_help_is_offered_in_five_questions_and_changed_later(small_town):
    town = small_town
    amina = await town.resident("Amina")
    bilal = await town.resident("Bilal")
    ask = await asks(town, amina, kind="shopping", when="today")
    await bilal.says("/offer")
    await bilal.taps("shopping")
    await bilal.taps("food")
    await bilal.taps("✓ food")
    await bilal.taps("That is all")
    await bilal.taps("Mill Road")
    await bilal.taps("That is all")
    assert "✓ English" in bilal.buttons
    await bilal.taps("That is all")
    for spell in list(bilal.buttons)[:7]:
        await bilal.taps(spell)
    await bilal.taps("That is all")
    await bilal.taps("2")
    assert any("At most 2 asks a week" in one for one in told(bilal))  # the first question may have come meanwhile
    await town.looks()
    assert await offer_states(town, ask) == {bilal.id: "asked"}
    await bilal.sends_tap("ai:home")
    assert "You are asked for help with 1 thing." in bilal.reads
    await bilal.sends_tap("av:sure_leave")
    assert await offer_states(town, ask) == {bilal.id: "called_off"}
    assert (await row(town, ask)).state == "coordinator"


async def test_consent_is_asked_once_before_the_first_ask(small_town):
    town = small_town
    amina = await town.resident("Amina")
    await amina.sends_tap("c:aid:0")
    await amina.says("/ask")
    await amina.taps("I agree")
    for button in ("a lift", "Today", "Mill Road", "Skip", "Skip", "English", "Yes, ask neighbours"):
        await amina.taps(button)
    given = await town.store(
        lambda session: residents.consents(session, residents_store.resident_by_id(session, amina.id))
    )
    assert given["aid"]


async def test_its_time_has_passed_and_the_asker_says_whether_they_still_need_it(small_town):
    town = small_town
    amina = await town.resident("Amina")
    ask = await asks(town, amina, when="soon")
    await town.passes(hours=2, minutes=1)
    assert "Do you still need it?" in amina.reads
    assert (await row(town, ask)).next_actor == "asker"
    bilal = await volunteer(town, "Bilal")
    await amina.taps("Yes, I still need it")
    assert await offer_states(town, ask) == {bilal.id: "asked"}
    await town.passes(days=1, minutes=1)
    await town.passes(days=1, minutes=1)
    found = await row(town, ask)
    assert (found.state, found.ended_as) == ("ended", "expired")


async def test_my_data_holds_what_i_told_and_the_other_sides_does_not(small_town):
    town = small_town
    amina, bilal, ask = await matched(town, when="today", exact_place="14 Mill Road")

    def kept(session, person):
        me = residents_store.resident_by_id(session, person.id)
        return repr(residents.what_is_kept(session, me, town.now).rows["ask"])

    assert "14 Mill Road" in await town.store(lambda session: kept(session, amina))
    hers = await town.store(lambda session: kept(session, bilal))
    assert str(ask) in hers
    assert "14 Mill Road" not in hers
    assert "Ring twice" not in hers


async def test_what_was_told_is_erased_two_weeks_after_the_end(town):
    amina, bilal, ask = await matched(town, when="today", exact_place="14 Mill Road")
    await amina.sends_tap(f"aa:{ask}:done")
    await town.passes(days=15)
    found = await row(town, ask)
    assert found.need is found.exact_place is None
    assert found.asker_id == amina.id
    await town.store(lambda session: aid.forget_old(session, town.now + timedelta(days=200)))
    found = await row(town, ask)
    assert found.asker_id is found.volunteer_id is None
    assert await town.store(lambda session: session.execute(text("select count(*) from offer")).scalar()) == 0
    del bilal


async def test_the_last_ask_is_repeated_in_two_taps_from_the_command(small_town):
    town = small_town
    amina, bilal, ask = await matched(town, when="today")
    await amina.sends_tap(f"aa:{ask}:done")
    await amina.says("/ask")
    await amina.taps("As last time: a lift")
    await amina.taps("Today")
    assert "1 neighbour has been asked so far." in amina.reads
    again = await town.store(lambda session: session.scalar(select(Ask.id).order_by(Ask.id.desc())))
    assert again != ask
    assert await offer_states(town, again) == {bilal.id: "asked"}


async def test_my_asks_tell_how_each_stands_and_who_acts_next(small_town):
    town = small_town
    amina, _bilal, _ask = await matched(town, when="today")
    await asks(town, amina, kind="repairs", when="later")
    await amina.sends_tap("ai:mine")
    assert "A neighbour has said yes." in amina.reads
    assert "They act next, until" in amina.reads
    assert "It is with the coordinator now." in amina.reads


async def test_a_gatekeeper_asks_for_somebody_without_a_telephone_and_hears_how_it_goes_on(town):
    gwen = await town.resident("Gwen", "en", "gatekeeper")
    bilal = await volunteer(town, "Bilal")
    await gwen.says("/ask")
    await gwen.taps("For somebody without a telephone")
    assert "What would help them?" in gwen.reads
    await gwen.taps("a lift")
    await gwen.taps("Today")
    await gwen.taps("Mill Road")
    await gwen.says("Mrs Xylander, walks slowly")
    await gwen.says("14 Mill Road")
    await gwen.taps("English")
    await gwen.taps("Yes, ask neighbours")
    await town.looks()
    ask = await town.store(lambda session: session.scalar(select(Ask.id)))
    assert b"Xylander" not in await town.store(_all_bytes)
    assert "Xylander" not in bilal.reads
    await says_yes(bilal, ask)
    await town.looks()
    assert "A neighbour will help you." in gwen.reads
    assert "Mrs Xylander" in bilal.reads
    found = await row(town, ask)
    assert (found.asker_id, found.made_by_id) == (None, gwen.id)
    await gwen.sends_tap(f"aa:{ask}:done")
    await town.passes(days=15)
    assert (await row(town, ask)).need is None
    janek = await town.resident("Janek")
    await janek.says("/ask")
    assert "For somebody without a telephone" not in janek.buttons


async def test_nobody_is_asked_on_holiday_nor_for_a_day_within_it(small_town):
    town = small_town
    bilal = await volunteer(town, "Bilal")
    amina = await town.resident("Amina")
    await bilal.says("/offer")
    await bilal.taps("Holidays …")
    days = [label for label in bilal.buttons if label not in {"Now", "More", "Cancel", "Back"}]
    await bilal.taps(days[2])
    await bilal.taps("1 week")
    assert "You are away from" in bilal.reads
    within = await asks(town, amina, when=(town.now + timedelta(days=5)).date())
    assert await offer_states(town, within) == {}
    before = await asks(town, amina, when="today")
    assert await offer_states(town, before) == {bilal.id: "asked"}
    await says_no(bilal, before)
    await town.passes(days=4)
    during = await asks(town, amina, when="today")
    assert await offer_states(town, during) == {}
    await bilal.says("/offer")
    assert "You pause until" in bilal.reads
    await town.passes(days=8)
    after = await asks(town, amina, when="today")
    assert await offer_states(town, after) == {bilal.id: "asked"}
