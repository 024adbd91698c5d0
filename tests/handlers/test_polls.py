"""Voting, as a steering group does it."""


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
