"""Wordings by neighbours: one writes, another checks, a coordinator lets go, and all read their own language."""

from datetime import timedelta

import pytest

from bot.community import broadcasts, helpers, places, wordings
from bot.community.broadcasts import Plan
from bot.screens.language import LANGUAGES
from bot.store import broadcasts as broadcasts_store
from bot.store import residents as residents_store
from bot.store import texts
from bot.store.tables import Helper, Wording, WordingAsk
from tests.town import plain, text_of

TITLE = "Water off"
BODY = "The water will be off in Mill Road on Tuesday 1 December, 9am to 3:30pm. Call 01632 960123."
URDU = ("پانی بند", "منگل یکم دسمبر 1 کو مل روڈ میں صبح ۹ بجے سے سہ پہر ۳:۳۰ تک پانی بند رہے گا۔ فون: 01632 960123")
POLISH = ("Brak wody", "We wtorek 1 grudnia przy Mill Road nie będzie wody od 9:00 do 15:30. Telefon: 01632 960 123.")
ARABIC = ("انقطاع المياه", "تنقطع المياه في ميل رود يوم الثلاثاء 1 ديسمبر من ٩:٠٠ إلى ١٥:٣٠. الهاتف: 01632 960123.")


async def helper(town, name, ui, *written, roles=()):
    """Somebody who helps with these languages."""
    person = await town.resident(name, ui, "helper", *roles)

    def set_up(session):
        helpers.set_languages(session, residents_store.resident_by_id(session, person.id), written)

    await town.store(set_up)
    return person


async def announced(town, kind="info", audience=None, **more):
    """A public message in English alone, sent: helpers are asked; its text."""
    languages = audience or ["ur"]
    await town.resident("Reader", languages[0])
    plan = Plan(kind, words={"en": (TITLE, BODY)}, audience={"languages": languages}, **more)

    def send(session):
        drafted = broadcasts.draft(session, places.place_for_newcomer(session, "millbrook"), plan, town.now)
        broadcasts.send(session, drafted, town.now)
        return drafted.text_id

    text = await town.store(send)
    await town.looks()
    return text


async def state(town, text, language="ur"):
    def look(session):
        found = texts.wording_of(session, text, language)
        return None if found is None else found.state

    return await town.store(look)


def told(person, words):
    """The latest message to somebody that says this, and where its first button leads."""
    found = [one for one in person.messages if words in plain(text_of(one)) and one.markup]
    assert found, f"nothing says {words!r}: {[plain(text_of(one)) for one in person.messages]}"
    return found[-1].markup["inline_keyboard"][0][0]["callback_data"], found[-1]


async def presses(person, label):
    """Press a button by its words on the latest message that has it: other letters may have come meanwhile."""
    for message in reversed(person.messages):
        for row in (message.markup or {}).get("inline_keyboard", []):
            for button in row:
                if plain(button["text"]) == label:
                    return await person.sends_tap(button["callback_data"], message)
    raise AssertionError(f"no button {label!r} on any message")


async def writes(person, words, language="اردو"):
    """Walk through the conversation, from the letter to "hand it in"."""
    await presses(person, f"Write it in {language}")
    await person.says(words[0])
    await person.says(words[1])


async def test_a_message_is_written_checked_let_go_and_read(town):
    zainab = await helper(town, "Zainab", "en", "ur")
    noor = await helper(town, "Noor", "en", "ur")
    carys = await town.resident("Carys", "en", "coordinator")
    text = await announced(town)
    assert "Can you put this message into اردو?" in zainab.reads
    assert BODY in zainab.reads
    assert "It is of use until" in zainab.reads

    await writes(zainab, URDU)
    assert "This is how it would be read in اردو" in zainab.reads
    await zainab.taps("Yes, hand it in")
    assert "Another helper reads it now" in zainab.reads
    assert await state(town, text) == "needs_review"

    await town.looks()
    assert "Is this right in اردو? Somebody else wrote it." in noor.reads
    assert BODY in noor.reads
    assert URDU[1] in noor.reads
    await noor.taps("It is right")
    assert "A coordinator lets it go now." in noor.reads
    assert await state(town, text) == "reviewed"

    await town.looks()
    assert "were checked by a second neighbour" in carys.reads
    await carys.taps("Yes, send them")
    assert await state(town, text) == "approved"
    reading = await town.store(lambda session: wordings.reading(session, text, ["ur", "en"]))
    assert (reading.title, reading.body, reading.wished) == (*URDU, None)


async def test_hints_are_shown_and_a_human_may_know_better(town):
    zainab = await helper(town, "Zainab", "en", "ur")
    text = await announced(town)
    await zainab.taps("Write it in اردو")
    await zainab.says("Water off")
    assert "It is the same as the original." in zainab.reads
    assert "Most of it is not in the letters of اردو." in zainab.reads
    await zainab.says(URDU[0])
    await zainab.says(URDU[1].replace("۳:۳۰", "۴:۳۰"))
    assert "Times of the original that are missing: 15:30" in zainab.reads
    assert "Times that the original does not have: 4:30" in zainab.reads
    await zainab.says(URDU[1].replace("960123", "960124"))
    assert "Phone numbers that the original does not have: 01632960124" in zainab.reads
    await zainab.taps("It is right so")
    await zainab.taps("Yes, hand it in")
    assert await state(town, text) == "needs_review"


async def test_whoever_is_second_is_thanked_and_asked_to_check_instead(town):
    zainab, noor, sadia = [await helper(town, name, "en", "ur") for name in ("Zainab", "Noor", "Sadia")]
    text = await announced(town)
    assert not any("Can you put" in plain(text_of(message)) for message in sadia.messages)
    await writes(noor, URDU)
    await writes(zainab, URDU)
    await zainab.taps("Yes, hand it in")
    await town.looks()
    assert "Is this right in اردو?" in sadia.reads
    # Noor had the words ready: kindly told, and nothing is doubled.
    said = [plain(text_of(message)) for message in noor.messages]
    assert any("is done. Thank you all the same!" in one for one in said)
    wording = await town.store(lambda session: texts.wording_of(session, text, "ur").writer_id)
    assert wording == zainab.id


async def test_a_conversation_that_came_second_ends_kindly(town):
    zainab, noor = [await helper(town, name, "en", "ur") for name in ("Zainab", "Noor")]
    await announced(town)
    await writes(noor, URDU)
    hand_in = noor.button("Yes, hand it in")["callback_data"]
    await writes(zainab, URDU)
    await zainab.taps("Yes, hand it in")
    await noor.sends_tap(hand_in)
    assert any("This is done already, or no longer needed." in plain(text_of(message)) for message in noor.messages)


async def test_not_now_asks_the_next_one_once(town):
    people = [await helper(town, f"Helper{n}", "en", "ur") for n in range(4)]
    await announced(town)
    asked = [person for person in people if "Can you put" in person.reads]
    assert len(asked) == 2
    button = asked[0].button("Not now")["callback_data"]
    await asked[0].taps("Not now")
    assert "Somebody else is asked." in asked[0].reads
    await asked[0].sends_tap(button)
    await town.looks()
    assert sum("Can you put" in person.reads for person in people) == 2


async def test_the_next_one_is_asked_when_nobody_answers(town):
    people = [await helper(town, f"Helper{n}", "en", "ur") for n in range(3)]
    await announced(town)
    assert sum("Can you put" in person.reads for person in people) == 2
    await town.passes(hours=5)
    assert sum("Can you put" in person.reads for person in people) == 2
    await town.passes(hours=2)
    assert sum("Can you put" in person.reads for person in people) == 3


async def test_a_wording_that_needs_a_change_goes_back_with_the_note(town):
    zainab, noor = [await helper(town, name, "en", "ur") for name in ("Zainab", "Noor")]
    text = await announced(town)
    await writes(zainab, URDU)
    await zainab.taps("Yes, hand it in")
    await town.looks()
    await noor.taps("It needs a change")
    await noor.taps("I say what should change")
    await noor.says("Mill Road is written مل روڈ here.")
    await noor.taps("Yes, send it")
    assert await state(town, text) == "draft"
    await town.looks()
    assert "This should change: Mill Road is written مل روڈ here." in zainab.reads
    await zainab.taps("Write it in اردو")
    await zainab.taps("These words can stay")
    await zainab.says(URDU[1] + " شکریہ")
    await zainab.taps("Yes, hand it in")
    await town.looks()
    assert "شکریہ" in noor.reads
    await noor.taps("It is right")
    assert await state(town, text) == "reviewed"


async def test_a_checker_who_writes_it_better_is_checked_by_the_writer(town):
    zainab, noor = [await helper(town, name, "en", "ur") for name in ("Zainab", "Noor")]
    text = await announced(town)
    await writes(zainab, URDU)
    await zainab.taps("Yes, hand it in")
    await town.looks()
    await noor.taps("It needs a change")
    await noor.taps("I write it better")
    await noor.taps("These words can stay")
    await noor.says(URDU[1] + " شکریہ")
    await noor.taps("Yes, send it")
    await town.looks()
    assert "Is this right in اردو?" in zainab.reads
    await zainab.taps("It is right")
    kept = await town.store(lambda session: texts.wording_of(session, text, "ur"))
    assert (kept.state, kept.writer_id, kept.checker_id) == ("reviewed", noor.id, zainab.id)


async def test_nobody_checks_their_own_words(town):
    zainab = await helper(town, "Zainab", "en", "ur")
    text = await announced(town)
    await writes(zainab, URDU)
    await zainab.taps("Yes, hand it in")
    stamp = await town.store(lambda session: _stamp(session, text))
    assert "another role" in await zainab.sends_tap(f"wr:{text}:ur:{stamp}")
    assert await state(town, text) == "needs_review"


def _stamp(session, text):
    from bot.community.wording_seen import stamp_of

    return stamp_of(texts.wording_of(session, text, "ur"))


async def test_an_urgent_message_needs_the_second_helper_only_and_goes_out_at_night(town):
    def at_night(session):
        now = town.now
        place = places.place_for_newcomer(session, "millbrook")
        hours = {"quiet_from": f"{now - timedelta(hours=1):%H:%M}", "quiet_to": f"{now + timedelta(hours=2):%H:%M}"}
        places.change_place(session, place, {**hours, "timezone": "UTC"})

    zainab, noor = [await helper(town, name, "en", "ur") for name in ("Zainab", "Noor")]
    await town.store(at_night)
    text = await announced(town, "urgent")
    assert "This is urgent." in zainab.reads
    await writes(zainab, URDU)
    await zainab.taps("Yes, hand it in")
    await town.looks()
    await noor.taps("It is right")
    assert "It goes to your neighbours now." in noor.reads
    assert await state(town, text) == "approved"


async def test_a_message_that_is_not_urgent_wakes_nobody(town):
    zainab = await helper(town, "Zainab", "en", "ur")

    def at_night(session):
        now = town.now
        place = places.place_for_newcomer(session, "millbrook")
        hours = {"quiet_from": f"{now - timedelta(hours=1):%H:%M}", "quiet_to": f"{now + timedelta(hours=2):%H:%M}"}
        places.change_place(session, place, {**hours, "timezone": "UTC"})

    await town.store(at_night)
    await announced(town)
    assert "Can you put" not in zainab.reads
    await town.passes(hours=3)
    assert "Can you put" in zainab.reads


async def test_a_source_that_changes_meanwhile_loses_no_words(town):
    zainab, noor = [await helper(town, name, "en", "ur") for name in ("Zainab", "Noor")]
    text = await announced(town)
    await writes(zainab, URDU)
    hand_in = zainab.button("Yes, hand it in")["callback_data"]
    changed = BODY.replace("3:30pm", "4:30pm")
    await town.store(lambda session: wordings.revise_source(session, text, TITLE, changed, town.now))
    assert await zainab.sends_tap(hand_in) == "That question is behind us. Here is where we are."
    assert "The original has changed while you were writing." in zainab.reads
    assert URDU[0] in zainab.reads
    await zainab.taps("These words can stay")
    assert changed in zainab.reads
    await zainab.taps("These words can stay")
    assert "Times of the original that are missing: 16:30" in zainab.reads
    await zainab.says(URDU[1].replace("۳:۳۰", "۴:۳۰"))
    await zainab.taps("Yes, hand it in")
    kept = await town.store(lambda session: texts.wording_of(session, text, "ur"))
    assert (kept.state, kept.revision) == ("needs_review", 2)
    await town.looks()
    assert "۴:۳۰" in noor.reads


async def test_an_outdated_wording_is_never_read_and_its_writer_is_asked_first(town):
    *_others, sadia = [await helper(town, name, "en", "ur") for name in ("Zainab", "Noor", "Sadia")]
    text = await announced(town)

    def approve(session):
        texts.add_wording(session, text, "ur", {"title": URDU[0], "body": URDU[1], "state": "approved",
                                                "revision": 1, "writer_id": sadia.id})  # fmt: skip

    await town.store(approve)

    def revise(session):
        wordings.revise_source(session, text, TITLE, BODY.replace("9am", "10am"), town.now)
        return wordings.ask_for_wordings(session, text, town.now)

    assert await town.store(revise) == 2
    reading = await town.store(lambda session: wordings.reading(session, text, ["ur"]))
    assert (reading.language, reading.revision, reading.wished) == ("en", 2, "ur")
    assert "10am" in reading.body
    await town.looks()
    assert "Can you put this message into اردو?" in sadia.reads
    await sadia.taps("Write it in اردو")
    assert "Here are the words for the original as it was before." in sadia.reads
    assert URDU[0] in sadia.reads


async def test_a_role_that_was_lost_on_the_way_ends_the_conversation(town):
    zainab = await helper(town, "Zainab", "en", "ur")
    text = await announced(town)
    await writes(zainab, URDU)
    await town.store(lambda session: residents_store.take_role(session, zainab.id, "helper"))
    assert "another role" in await zainab.taps("Yes, hand it in")
    assert await state(town, text) is None


async def test_what_a_forgotten_writer_wrote_stays_and_names_nobody(town):
    zainab, noor = [await helper(town, name, "en", "ur") for name in ("Zainab", "Noor")]
    text = await announced(town)
    await writes(zainab, URDU)
    await zainab.taps("Yes, hand it in")
    await zainab.says("/forget")
    await zainab.taps("Yes, erase everything")
    await town.looks()
    kept = await town.store(lambda session: texts.wording_of(session, text, "ur"))
    assert (kept.writer_id, kept.state, kept.body) == (None, "needs_review", URDU[1])
    rows = await town.store(lambda session: [session.query(one).count() for one in (Helper, WordingAsk)])
    assert rows == [1, 2]  # Noor's language; what she was asked: to write, and to check
    await noor.taps("It is right")
    assert await state(town, text) == "reviewed"


async def test_old_buttons_change_nothing(town):
    zainab, noor = [await helper(town, name, "en", "ur") for name in ("Zainab", "Noor")]
    carys = await town.resident("Carys", "en", "coordinator")
    text = await announced(town)
    await writes(zainab, URDU)
    await zainab.taps("Yes, hand it in")
    await town.looks()
    right = noor.button("It is right")["callback_data"]
    await noor.sends_tap(right)
    await noor.sends_tap(right)
    assert "A coordinator lets it go now." in noor.reads
    await town.looks()
    yes = carys.button("Yes, send them")["callback_data"]
    await carys.sends_tap(yes)
    await carys.sends_tap(yes)
    assert "it is read in these words" in carys.reads
    await noor.sends_tap(right)
    assert await state(town, text) == "approved"
    # Somebody without the role presses the coordinator's button.
    assert "another role" in await noor.sends_tap(yes)
    assert await zainab.sends_tap("wt:999:ur:write")
    assert await zainab.sends_tap(f"wt:{text}:xx:write")
    assert await zainab.sends_tap(f"wt:{text}:ur:nonsense")


async def test_words_that_changed_since_are_not_judged_unseen(town):
    zainab, _noor, sadia = [await helper(town, name, "en", "ur") for name in ("Zainab", "Noor", "Sadia")]
    text = await announced(town)
    await writes(zainab, URDU)
    await zainab.taps("Yes, hand it in")
    await town.looks()
    old = sadia.button("It is right")["callback_data"]
    await town.store(lambda session: texts.add_wording(session, text, "ur", {"body": URDU[1] + " شکریہ"}))
    assert "Somebody was quicker" in await sadia.sends_tap(old)
    assert "شکریہ" in sadia.reads
    assert await state(town, text) == "needs_review"


async def test_a_wish_asks_helpers_and_brings_the_words(town):
    janek = await town.resident("Janek", "pl")
    text = await announced(town, audience=["en"])
    reading = await town.store(lambda session: wordings.reading(session, text, ["pl"]))
    assert reading.wished == "pl"
    ola, tomasz = await helper(town, "Ola", "en", "pl"), await helper(town, "Tomasz", "en", "pl")
    carys = await town.resident("Carys", "en", "coordinator")
    for _ in range(2):
        await janek.sends_tap(f"w:{text}:pl")
    await town.passes(minutes=11)
    await writes(ola, POLISH, "Polski")
    await ola.taps("Yes, hand it in")
    await town.looks()
    await presses(tomasz, "It is right")
    await town.looks()
    await presses(carys, "Yes, send them")
    await town.looks()
    assert any(POLISH[1] in plain(text_of(one)) for one in janek.messages)
    work = await town.store(lambda session: wordings.work_on(session, text, ["pl", "ar"]))
    assert (work["pl"].state, work["pl"].wished_by, work["ar"].state) == ("approved", 0, "missing")


@pytest.mark.parametrize(
    ("tag", "words"), [("ur", URDU), ("pl", POLISH), ("ar", ARABIC)], ids=["Urdu", "Polish", "Arabic"]
)
async def test_words_that_keep_the_facts_raise_no_hint_whatever_the_helper_reads(town, tag, words):
    first, second = await helper(town, "First", tag, tag), await helper(town, "Second", tag, tag)
    text = await announced(town, audience=[tag])
    await first.sends_tap(*told(first, LANGUAGES[tag].autonym))
    await first.says(words[0])
    await first.says(words[1])
    await first.sends_tap(*told(first, words[1]))
    await town.looks()
    await second.sends_tap(*told(second, words[1]))
    assert await state(town, text, tag) == "reviewed"


async def test_a_new_helper_says_which_languages_they_write(town):
    from bot.community import invites

    link = await town.store(
        lambda session: invites.invite(
            session, places.place_for_newcomer(session, "millbrook"), "helper", 1, timedelta(days=1), town.now
        )
    )
    amina = await town.resident("Amina", "en")
    town.box.say(amina.person, f"/start {link}")
    await town.settles()
    given = next(one for one in amina.messages if "language helper" in plain(text_of(one)))
    assert plain(text_of(given)) == "You are now: language helper."
    await amina.taps("Languages I help with")
    await amina.taps("Languages I can write")
    await amina.taps("اردو")
    assert "You write: اردو" in amina.reads
    await amina.taps("ਪੰਜਾਬੀ")
    await amina.taps("No, that is all")
    assert "You write: اردو, ਪੰਜਾਬੀ" in amina.reads
    await amina.sends_tap("wh:languages", given)
    assert "Which language can you write well?" in plain(text_of(given))
    await amina.says("/menu")
    kept = await town.store(lambda session: [one.language for one in session.query(Helper).order_by(Helper.language)])
    assert kept == ["pa", "ur"]
    await amina.taps("Languages I help with")
    assert "No message waits for you." in amina.reads
    await announced(town)
    await amina.says("/menu")
    await amina.taps("Languages: 1 message waits")
    await amina.taps(f"Write in اردو: {TITLE}")
    assert BODY in amina.reads


async def test_the_second_language_stands_in_where_ones_own_is_missing(town):
    amina = await town.resident("Amina", "en")
    await amina.says("/language")
    await amina.taps("My second language")
    assert await amina.taps("Polski") == "Noted. What is missing in your language comes in that one."
    assert "✓ Polski" in amina.buttons
    text = await announced(town)

    def polish(session):
        texts.add_wording(session, text, "pl", {"title": POLISH[0], "body": POLISH[1], "state": "approved"})
        resident = residents_store.resident_by_id(session, amina.id)
        return wordings.reading(session, text, ["ur", resident.second_language])

    reading = await town.store(polish)
    assert (reading.language, reading.wished) == ("pl", "ur")
    await amina.taps("No second language")
    assert await town.store(lambda s: residents_store.resident_by_id(s, amina.id).second_language) is None
    assert "earlier" in await amina.sends_tap("l2:en")


async def test_whoever_gives_up_a_language_is_not_asked_for_it(town):
    zainab = await helper(town, "Zainab", "en", "ur")

    def give_up(session):
        helpers.set_languages(session, residents_store.resident_by_id(session, zainab.id), ["pa"])

    await town.store(give_up)
    await announced(town)
    assert "Can you put" not in zainab.reads
    assert await town.store(lambda session: session.query(Wording).filter_by(language="ur").count()) == 0


async def test_a_message_that_was_called_off_needs_no_words(town):
    zainab = await helper(town, "Zainab", "en", "ur")
    text = await announced(town)

    def cancel(session):
        broadcasts.cancel(session, broadcasts_store.broadcasts_of(session, town.place_id)[0])

    write = zainab.button("Write it in اردو")["callback_data"]
    await town.store(cancel)
    await zainab.sends_tap(write)
    assert "no longer needed" in zainab.reads
    assert await state(town, text) is None
