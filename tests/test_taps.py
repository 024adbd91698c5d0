"""What buttons carry: whatever goes in comes out, and nothing else does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import taps

KINDS = [kind for kind in vars(taps).values() if isinstance(kind, type) and issubclass(kind, taps.Tap) and kind.prefix]
SHORT = st.text(st.characters(codec="ascii", exclude_categories=["C"]), min_size=1, max_size=20)


@given(st.sampled_from(KINDS), st.data())
def test_every_tap_comes_back_as_it_went(kind, data):
    values = [
        data.draw(st.integers(-1, 10**9)) if field.type is int else data.draw(SHORT) for field in taps.fields(kind)
    ]
    # Only the last field may hold colons; the others are names of ours.
    values[:-1] = [value.replace(":", "-") if isinstance(value, str) else value for value in values[:-1]]
    tap = kind(*values)
    packed = tap.pack()
    assert taps.unpack(kind, packed) == tap
    assert [other for other in KINDS if taps.unpack(other, packed) is not None] == [kind]


def test_every_kind_of_button_has_a_handler_on_the_road():
    """A button that nobody hears looks broken to whoever presses it."""
    from bot import handlers
    from bot.handlers import road

    assert handlers.ON_THE_ROAD
    assert {
        kind: road.way_of(f"{kind.prefix}:", private=True)[0] for kind in KINDS if kind.prefix not in road._HANDLERS
    } == {}
    assert road.way_of("v:1:1:0", private=False)[0] is road.tapped_in_public
    assert road.way_of("v:1:1:0:x", private=True) == (road.unknown_tap, None)
    assert road.way_of(None, private=True) == (road.unknown_tap, None)


def test_two_handlers_for_one_kind_of_button_are_a_mistake():
    from bot.handlers.road import tapped

    with pytest.raises(AssertionError):
        tapped(taps.VoteTap)(list)


@given(st.text(max_size=64))
def test_forged_data_is_no_tap_or_a_well_formed_one(data):
    for kind in KINDS:
        tap = taps.unpack(kind, data)
        assert tap is None or all(
            isinstance(getattr(tap, field.name), field.type if field.type is int else str)
            for field in taps.fields(kind)
        )


def test_prefixes_are_unmistakable():
    assert len({kind.prefix for kind in KINDS}) == len(KINDS)


def test_a_button_that_would_carry_too_much_is_refused():
    with pytest.raises(ValueError):
        taps.AnswerTap("t", "x" * 64).pack()
