"""What came of a check-in reaches everybody who was invited, in numbers that the rule let out."""

import json

from bot.community import checkin_answers, places, residents
from bot.community.residents import Person
from bot.store import checkins as store
from bot.store import residents as residents_store
from bot.store import rounds as rounds_store
from bot.store.tables import Release, Round
from tests.handlers.test_checkins import opened


async def crowd(town, size):
    """So many silent neighbours, who agreed to everything; their ids."""

    def join(session):
        place = places.place_for_newcomer(session, "millbrook")
        made = []
        for number in range(size):
            lookup = session.vault.keys.lookup(7_000_000 + number)
            person = Person(7_000_000 + number, lookup, f"N{number}", "en", None)
            consents = dict.fromkeys(residents.PURPOSES, True)
            made.append(residents.join(session, person, place, "en", consents, None, town.now).id)
        return made

    return await town.store(join)


async def all_answer(town, number, people, value=lambda n: n % 11):
    def work(session):
        for n, person in enumerate(people):
            resident = residents_store.resident_by_id(session, person)
            checkin_answers.answer(session, resident, number, 1, value(n), town.now)

    await town.store(work)


async def test_a_wave_worth_publishing_is_told_in_numbers_with_a_benchmark_and_asked_whether_it_rings_true(town):
    janek = await town.resident("Janek", "pl")
    amina = await town.resident("Amina", "en")
    people = await crowd(town, 60)
    number = await opened(town, "ons4.happy")
    await all_answer(town, number, people)
    await town.passes(days=6)
    await town.passes(seconds=10)
    assert "0–6" in amina.reads
    assert "7–10" in amina.reads
    assert "8.9 %" in amina.reads
    assert "jak szczęśliwy(-a)" in janek.reads
    assert janek.buttons[:3] == ["Tak", "Częściowo", "Nie"]
    assert await amina.taps("Partly") == "Thank you. You can change this for a week."
    echo = await town.store(lambda session: store.echo_of(session, number))
    kept = await town.store(lambda session: list(rounds_store.all_answers(session, echo).values()))
    assert [answers[1] for answers in kept] == [2]
    await town.passes(days=8)
    assert await town.store(lambda session: session.get(Release, echo)) is not None


async def test_too_few_answers_are_told_as_too_few(town):
    amina = await town.resident("Amina")
    await opened(town, "ons4.happy")
    await amina.taps("Start")
    await amina.taps("7")
    await town.passes(days=6)
    await town.passes(seconds=10)
    assert "Too few answered" in amina.reads
    assert "%" not in amina.reads


async def test_the_steering_group_hears_first_where_the_place_says_so(town):
    carys = await town.resident("Carys", "en", "steering")
    amina = await town.resident("Amina", "en")

    def later(session):
        places.change_place(session, places.place_for_newcomer(session, "millbrook"), {"steering_first_days": 2})

    await town.store(later)
    await opened(town, "ons4.happy")
    await town.passes(days=5, minutes=1)
    await town.passes(seconds=10)
    assert "Too few answered" in carys.reads
    assert "Too few answered" not in amina.reads
    await town.passes(days=2, hours=1)
    assert "Too few answered" in amina.reads


async def test_the_release_is_kept_once_with_its_hash_and_holds_no_true_count(town):
    people = await crowd(town, 40)
    number = await opened(town, "ons4.happy")
    await all_answer(town, number, people)
    await town.passes(days=6)
    kept = await town.store(lambda session: session.get(Release, number))
    facts = json.loads(kept.body)
    assert all(count % 5 == 0 for count in facts["came"].values())
    assert await town.store(lambda session: session.get(Round, number).state) == "closed"
