"""Voting, as a steering group does it."""

from sqlalchemy import update

from bot.store.tables import Wording


async def test_a_vote_is_counted_and_the_result_reaches_the_group(town):
    people = await town.steering(("Amina", "en"), ("Janek", "en"), ("Carys", "en"), ("Ion", "en"), ("Hodan", "en"))
    chat = await town.group(*people)
    poll = await town.poll()
    assert "0 of 5 have voted." in town.said_in(chat)[-1]
    for person in people:
        await person.starts(f"p{poll}")
        assert await person.taps("Crossing") == "Your vote is in."
    await town.looks()
    assert "5 of 5 have voted." in town.said_in(chat)[-1]
    await town.passes(days=4)
    assert "Decided: Crossing." in town.said_in(chat)[-1]


async def test_a_closed_poll_refuses(town):
    (amina,) = await town.steering(("Amina", "en"))
    poll = await town.poll()
    await amina.starts(f"p{poll}")
    button = amina.button("Crossing")["callback_data"]
    await town.passes(days=4)
    assert await amina.sends_tap(button) == "This vote has closed. Thank you all the same."


async def test_a_ballot_shows_what_the_database_says_now(town):
    """Ballots are drawn once for all who chose alike: a wording that was mended must be seen at the next tap."""
    amina, janek = await town.steering(("Amina", "en"), ("Janek", "en"))
    poll = await town.poll()
    await amina.starts(f"p{poll}")
    await janek.starts(f"p{poll}")
    await amina.taps("Crossing")
    await town.store(
        lambda session: session.execute(update(Wording).where(Wording.body == "Garden").values(body="Orchard"))
    )
    await amina.taps("✗ Take back")
    assert "Orchard" in str(amina.buttons)
    assert "Garden" not in str(amina.buttons)
    await janek.taps("Crossing")
    assert "Orchard" in str(janek.buttons)
    assert "Crossing" in janek.reads
    assert "not in yet" in amina.reads
