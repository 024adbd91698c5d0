"""A ballot takes wishes: said twice they are said once, and everything can be taken back."""

from threading import get_ident

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from bot.community.voting import _with_wish
from bot.store import prepared
from bot.store.engine import Session

OPTIONS = st.integers(1, 20)
RANKS = st.integers(-1, 21)
METHODS = ("yesno", "choose", "approve", "rank")


@st.composite
def ballots(draw, method):
    """Any ballot that the method knows."""
    if method in {"choose", "yesno"}:
        return draw(st.dictionaries(OPTIONS, st.just(0), max_size=1))
    chosen = draw(st.lists(OPTIONS, unique=True, max_size=20))
    return {option: place if method == "rank" else 0 for place, option in enumerate(chosen, 1)}


@st.composite
def wishes(draw):
    method = draw(st.sampled_from(METHODS))
    return method, draw(ballots(method)), draw(OPTIONS), draw(RANKS)


def in_order(chosen):
    return sorted(chosen, key=chosen.__getitem__)


@given(wishes())
def test_a_wish_said_twice_is_said_once(wish):
    method, chosen, option, rank = wish
    once = _with_wish(method, chosen, option, rank)
    assert _with_wish(method, once, option, rank) == once


@given(wishes())
def test_a_wish_is_granted_and_touches_nothing_that_was_given(wish):
    method, chosen, option, rank = wish
    before = dict(chosen)
    after = _with_wish(method, chosen, option, rank)
    assert chosen == before
    assert (option in after) == (rank >= 0)
    others = [one for one in in_order(chosen) if one != option]
    if method in {"choose", "yesno"}:
        assert set(after) <= {option, *others}
        assert len(after) <= 1
    else:
        assert [one for one in in_order(after) if one != option] == others


@given(wishes())
def test_places_stay_one_to_n_and_other_methods_know_none(wish):
    method, chosen, option, rank = wish
    after = _with_wish(method, chosen, option, rank)
    if method == "rank":
        assert sorted(after.values()) == list(range(1, len(after) + 1))
    else:
        assert set(after.values()) <= {0}


@given(wishes())
def test_taking_back_what_was_new_restores_the_ballot(wish):
    method, chosen, option, rank = wish
    if option in chosen or (method in {"choose", "yesno"} and chosen):
        return  # there it replaces something, and that is not what is taken back
    assert _with_wish(method, _with_wish(method, chosen, option, max(rank, 0)), option, -1) == chosen


@given(ballots("rank"), st.data())
def test_an_option_can_be_put_at_any_place(chosen, data):
    if not chosen:
        return
    option, place = data.draw(st.sampled_from(sorted(chosen))), data.draw(st.integers(1, len(chosen)))
    moved = _with_wish("rank", chosen, option, place)
    assert moved[option] == place
    assert _with_wish("rank", moved, option, chosen[option]) == chosen


def test_a_new_option_goes_last_and_one_of_an_older_button_where_that_button_says():
    assert _with_wish("rank", {2: 1, 3: 2}, 1, 0) == {2: 1, 3: 2, 1: 3}
    assert _with_wish("rank", {2: 1, 3: 2}, 1, 2) == {2: 1, 1: 2, 3: 3}
    assert _with_wish("rank", {2: 1, 3: 2}, 1, 9) == {2: 1, 3: 2, 1: 3}


def test_a_doubled_tap_that_comes_late_does_not_move_the_option_last():
    """A finger that bounced, or a button from before: A, B, and A once more is still A before B."""
    assert _with_wish("rank", {1: 1, 2: 2}, 1, 0) == {1: 1, 2: 2}


AROUND = {"SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT"}


class Works:
    """What each update says to the database, from taking it to the end of its session, transactions left out.

    A thread of the writer does one work at a time, so the thread tells whose statement it is.
    """

    def __init__(self, engine, monkeypatch):
        self.of_updates, self._open = [], {}
        event.listen(engine, "before_cursor_execute", lambda _connection, _cursor, text, *_more: self._hear(text))
        put_out, run = Session.expunge_all, prepared._run

        def ended(session):
            put_out(session)
            self._open.pop(get_ident(), None)

        def heard(session, said, **how):
            for text in dict.fromkeys(text for text, _values in said):  # for several rows it is still one
                self._hear(text)
            return run(session, said, **how)

        monkeypatch.setattr(Session, "expunge_all", ended)
        monkeypatch.setattr(prepared, "_run", heard)

    def _hear(self, statement):
        if "insert into inbox" in statement.lower():
            self._open[get_ident()] = []
            self.of_updates.append(self._open[get_ident()])
        if get_ident() in self._open and statement.split()[0].upper() not in AROUND:
            self._open[get_ident()].append(statement)


@pytest.mark.parametrize("method", METHODS)
async def test_a_vote_costs_six_statements_at_most(town, method, monkeypatch):
    """A tap that says more to the database than it must makes a small machine slow for everybody."""
    [amina] = await town.steering(("Amina", "en"))
    poll = await town.poll(method=method, options=("Crossing", "Garden", "Benches"))
    await amina.starts(f"p{poll}")
    works = Works(town.house.writer.engine, monkeypatch)
    for option, rank in [(1, 0), (2, 0), (3, 0), (3, 1), (1, -1), (3, -1), (1, 0)]:
        await amina.sends_tap(f"v:{poll}:{option}:{rank}")
    taps = works.of_updates
    assert len(taps) == 7
    assert not works._open, "each ended with its session"
    assert any("INSERT INTO answer" in statement for tap in taps for statement in tap)
    worst = max(taps, key=len)
    assert len(worst) <= 6, "\n".join(worst)


async def test_a_ranked_ballot_reads_in_order_after_one_is_taken_back(town):
    """The places close up, though nothing but the one answer was deleted."""
    [amina] = await town.steering(("Amina", "en"))
    poll = await town.poll(method="rank", options=("Crossing", "Garden", "Benches"))
    await amina.starts(f"p{poll}")
    for option in (3, 1, 2):
        await amina.sends_tap(f"v:{poll}:{option}:0")
    await amina.sends_tap(f"v:{poll}:3:-1")
    assert "1. Crossing\n2. Garden" in amina.reads
    await amina.sends_tap(f"v:{poll}:3:1")
    assert "1. Benches\n2. Crossing\n3. Garden" in amina.reads
    await amina.sends_tap(f"v:{poll}:1:-1")
    await amina.sends_tap(f"v:{poll}:1:0")
    assert "1. Benches\n2. Garden\n3. Crossing" in amina.reads
