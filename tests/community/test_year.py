"""Two weeks of Millbrook through the real house (bench/year.py), and a watch that is shown to see what it watches for."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import update

from bench.year import live
from bench.year_life import Life
from bench.year_plan import KINDS, LANGUAGES, dice, plan
from bench.year_watch import MUST_BE_NONE, gini
from bot.community import aid_letters, aid_steps, offers
from bot.community.aid_seen import HELPER, seen
from bot.community.volunteers import Offering
from bot.screens import volunteers as screens
from bot.store import aid as aid_store
from bot.store import volunteers as volunteers_store
from bot.store.tables import Ask

SPRING = date(2027, 3, 22)
"""The clocks go forward on the 28th."""


@pytest.mark.slow
def test_two_weeks_with_a_change_of_clocks_and_two_bad_days_leave_nothing_hanging_and_tell_nobody():
    made = plan(3, SPRING, 14, residents=200, helpers=50, asks=40)
    figures, life = live(made)
    assert {name: life.watch.faults[name] for name in MUST_BE_NONE if life.watch.faults[name]} == {}
    assert figures["asks"] >= 35
    assert figures["not_asked"] < 5
    assert figures["not_over"] == 0
    assert figures["share_met"] > 0.5
    assert figures["texts_read"] > 10 * figures["asks"]
    assert 0 < figures["gini_of_load"] < 1
    assert life.without_house < life.without_telegram < life.clock.moment


@pytest.mark.slow
def test_the_watch_sees_leaks_a_full_week_two_helpers_a_letter_at_night_and_an_ask_that_is_forgotten(
    monkeypatch, tmp_path
):
    def claim(session, ask, resident_id, now):
        taken = update(Ask).where(Ask.id == ask.id)
        session.execute(taken.values(state="matched", volunteer_id=resident_id, matched_at=now, promised_at=None))
        session.refresh(ask)
        return True

    def step(session, ask, pool, now, *, usual=aid_steps._step):
        usual(session, ask, pool, now)
        if ask.state == "open" and ask.id % 5 == 0:
            ask.step = None

    made = plan(5, SPRING, 3, 60, 12, 20)
    anything = Offering(tuple(KINDS), tuple(range(1, 9)), tuple(LANGUAGES), 2**28 - 1, per_week=1)
    ready = [replace(one, offering=anything, answers="quick", willing=1.0) for one in made.helpers]
    made = replace(made, helpers=tuple(ready))
    monkeypatch.setattr(aid_store, "claim", claim)
    monkeypatch.setattr(aid_steps, "_step", step)
    monkeypatch.setattr(volunteers_store, "take_room", lambda *_args: True)
    monkeypatch.setattr(offers, "decent", lambda _place, moment: moment)
    monkeypatch.setattr("bot.community.letters.decent", lambda _place, moment: moment)
    monkeypatch.setattr("bot.community.parcels.decent", lambda _place, moment: moment)
    monkeypatch.setattr(aid_letters, "seen", lambda session, ask, _side, *_who: seen(session, ask, HELPER))
    monkeypatch.setattr(screens, "what_is_needed", lambda ask: ask.need)
    monkeypatch.setattr("bench.year_life.LONGER", timedelta(days=1))
    life = Life(made, tmp_path)
    asyncio.run(life.run())
    found = {name: len(life.watch.faults[name]) for name in MUST_BE_NONE}
    unseen = [name for name, count in found.items() if not count and name != "promises_broken"]
    assert unseen == [], found


def test_habits_are_the_same_whatever_was_drawn_before():
    one, same = plan(1, SPRING, 14, 200, 20, 30), plan(1, SPRING, 14, 200, 20, 30)
    assert one == same
    assert one != plan(2, SPRING, 14, 200, 20, 30)
    assert dice(1, "a").random() == dice(1, "a").random() != dice(1, "b").random()


@pytest.mark.parametrize(("loads", "expected"), [([1, 1, 1, 1], 0.0), ([0, 0, 0, 4], 0.75), ([], 0.0), ([0, 0], 0.0)])
def test_a_load_that_all_bear_alike_has_a_gini_of_nought(loads, expected):
    assert gini(loads) == expected
