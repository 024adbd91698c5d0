"""Public messages, as their readers get them: each in their own language, once."""

from functools import partial

from bot.community import broadcasts, places, sending
from bot.community.broadcasts import Plan
from bot.store import broadcasts as store
from bot.store.tables import Letter

WATER = {
    "en": ("Water", "The water will be off on Tuesday 1 December."),
    "pl": ("Woda", "We wtorek 1 grudnia nie będzie wody."),
    "ur": ("پانی", "منگل یکم دسمبر کو پانی بند رہے گا۔"),
}


async def drafted(town, plan):
    def write(session):
        return broadcasts.draft(session, places.place_for_newcomer(session, "millbrook"), plan, town.now).id

    return await town.store(write)


async def announced(town, words=WATER, kind="info", **more):
    """A public message, sent; its number."""
    number = await drafted(town, Plan(kind, words=words, **more))
    await town.store(lambda session: broadcasts.send(session, store.broadcast_by_id(session, number), town.now))
    await goes_out(town)
    return number


async def goes_out(town):
    await town.store(partial(sending.send_due_broadcasts, now=town.now))
    await town.looks()


async def test_everybody_gets_it_once_in_their_own_language(town):
    amina, janek, noor, ion = [
        await town.resident(name, tag)
        for name, tag in (("Amina", "en"), ("Janek", "pl"), ("Noor", "ur"), ("Ion", "ro"))
    ]
    await announced(town)
    await goes_out(town)
    assert amina.reads == "Water\n\nThe water will be off on Tuesday 1 December."
    assert janek.reads == "Woda\n\nWe wtorek 1 grudnia nie będzie wody."
    assert noor.reads == "پانی\n\nمنگل یکم دسمبر کو پانی بند رہے گا۔"
    assert ion.reads.startswith("Water\n\nThe water will be off on Tuesday 1 December.\n\n")
    assert len(ion.buttons) == 1
    states = await town.store(lambda session: [letter.state for letter in session.query(Letter).all()])
    assert states == ["sent"] * 4
