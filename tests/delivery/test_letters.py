"""Letters: one that cannot be read, worded or taken stops no other."""

from bot.community.letters import owe
from bot.delivery import letters, pages
from bot.delivery.pace import Pace
from bot.store.tables import Letter


async def states(town):
    found = await town.store(lambda session: session.query(Letter).order_by(Letter.id).all())
    return [(letter.state, letter.reason) for letter in found]


async def owed(town, *people):
    def write(session):
        for n, person in enumerate(people):
            facts = {"role": "volunteer"}
            owe(session, town.place_id, "invite_used", facts, f"test:{n}", town.now, resident_id=person.id)

    await town.store(write)


async def test_a_letter_that_cannot_be_decrypted_stops_no_other(town):
    amina, janek = await town.resident("Amina"), await town.resident("Janek")

    def write_and_spoil(session):
        for n, person in enumerate((amina, janek)):
            facts = {"role": "volunteer"}
            owe(session, town.place_id, "invite_used", facts, f"test:{n}", town.now, resident_id=person.id)
        session.query(Letter).order_by(Letter.id).first().facts = b"k1:not a letter of ours at all, not of ours"

    await town.store(write_and_spoil)
    await town.looks()
    assert "somebody is now volunteer" in janek.reads
    assert await states(town) == [("dead", "its facts or its reader cannot be decrypted"), ("sent", None)]


async def test_a_letter_that_cannot_be_worded_is_dead_and_stops_no_other(small_town, monkeypatch):
    amina, janek = await small_town.resident("Amina"), await small_town.resident("Janek", "pl")
    word = pages.word

    def only_polish(kind, content, language, *, to_group):
        if language == "en":
            raise KeyError(kind)
        return word(kind, content, language, to_group=to_group)

    monkeypatch.setattr(pages, "word", only_polish)
    await owed(small_town, amina, janek)
    await small_town.looks()
    assert await states(small_town) == [("dead", "it could not be worded"), ("sent", None)]


async def test_opening_ones_own_invitation_again_costs_nothing(town):
    from datetime import timedelta

    from bot.community import invites
    from bot.store.tables import Invite, Place, Strike

    link = await town.store(
        lambda session: invites.invite(session, session.query(Place).one(), "steering", 2, timedelta(days=1), town.now)
    )
    amina = await town.resident("Amina")
    for _ in range(3):
        await amina.starts(link)
    assert await town.store(lambda session: session.query(Invite).one().uses_left) == 1
    assert await town.store(lambda session: session.query(Strike).count()) == 0


async def test_a_moment_that_is_over_has_nothing_settled_alone(small_town, monkeypatch):
    """Where letters go by the hundred, what comes back in a moment is settled together: its timer ends with it.

    Left running, it had the first of the next sixteen settled alone, and half of all transactions held one letter.
    """
    delivery = small_town.house.delivery
    monkeypatch.setattr(letters, "HURRY", 60)
    people = [await small_town.resident(f"Resident {n}") for n in range(4)]
    delivery.pace = Pace(0, 0, 0)
    await owed(small_town, *people * 5)
    await small_town.looks()
    assert {state for state, _reason in await states(small_town)} == {"sent"}
    assert delivery._hurry is not None
    assert delivery._hurry.cancelled()
