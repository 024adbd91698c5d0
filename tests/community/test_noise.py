"""The noise is what it says it is, and no guess is better than is said."""

import random
from collections import Counter
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.community.noise import HALF, guess_at_most, two_sided, variance

ALPHAS = st.sampled_from([Fraction(1, 3), HALF, Fraction(3, 5), Fraction(2, 3), Fraction(3, 4)])


def chance(k, alpha=HALF):
    return (1 - alpha) / (1 + alpha) * alpha ** abs(k)


def strayed(drawn, alpha):
    """Chi-square of draws against what was promised, over -6..6 and what lies beyond: 14 degrees of freedom."""
    seen, n = Counter(drawn), len(drawn)
    inside = [(seen[k], chance(k, alpha)) for k in range(-6, 7)]
    tails = [
        (sum(times for k, times in seen.items() if k * side > 6), (1 - sum(p for _, p in inside)) / 2)
        for side in (-1, 1)
    ]
    return float(sum((found - n * p) ** 2 / (n * p) for found, p in inside + tails))


@settings(deadline=None, max_examples=12)
@given(ALPHAS, st.integers(0, 2**32))
def test_each_further_unit_is_rarer_by_the_same_factor(alpha, seed):
    draw = two_sided(alpha, random.Random(seed).randrange)
    assert strayed([draw() for _ in range(20_000)], alpha) < 60  # a right sampler fails once in ten million


def test_so_is_the_noise_that_is_really_used():
    draw = two_sided()
    drawn = [draw() for _ in range(50_000)]
    assert strayed(drawn, HALF) < 60
    assert len(set(drawn)) > 12


def test_a_sampler_that_is_a_little_off_would_be_found():
    draw = two_sided(Fraction(11, 20), random.Random(1).randrange)
    assert strayed([draw() for _ in range(50_000)], HALF) > 60


def test_with_one_half_the_error_is_at_most_four_in_96_of_100_cells():
    assert round(float(sum(chance(k) for k in range(-4, 5))), 2) == 0.96
    assert variance() == 4


@given(ALPHAS)
def test_the_variance_is_the_variance(alpha):
    assert abs(float(sum(k * k * chance(k, alpha) for k in range(-200, 201)) - variance(alpha))) < 1e-9


@pytest.mark.parametrize("alpha", [Fraction(0), Fraction(1), Fraction(-1, 2), Fraction(3, 2)])
def test_no_noise_without_end_or_beginning(alpha):
    with pytest.raises(ValueError, match="between 0 and 1"):
        two_sided(alpha)


def best_guess(bands, tables, reach=12):
    """The same bound by going through all that could be seen: cells of all tables, noise up to `reach`."""
    right = Fraction(0)
    votes = Counter()  # how often each pattern of "above" comes up, by whose answer it was
    up = {True: sum(chance(k) for k in range(reach + 1)), False: sum(chance(k) for k in range(1, reach + 1))}
    up = {own: p / sum(chance(k) for k in range(-reach, reach + 1)) for own, p in up.items()}
    for pattern in product(product((True, False), repeat=tables), repeat=bands):
        for own in range(bands):
            p = Fraction(1)
            for band, cells in enumerate(pattern):
                for above in cells:
                    p *= up[band == own] if above else 1 - up[band == own]
            votes[pattern, own] = p
        right += max(votes[pattern, own] for own in range(bands)) / bands
    return right


@pytest.mark.parametrize(("bands", "tables"), [(2, 1), (2, 3), (3, 2), (4, 1), (4, 2)])
def test_no_guess_is_better_than_the_bound(bands, tables):
    """Every pattern of cells above or below gone through, taking the likeliest answer each time."""
    assert abs(float(best_guess(bands, tables, 40) - guess_at_most(bands, tables))) < 1e-9


def test_more_tables_tell_more_and_more_noise_less():
    assert [round(float(guess_at_most(4, tables)), 2) for tables in (1, 2, 3, 4)] == [0.43, 0.52, 0.6, 0.65]
    assert guess_at_most(4, 0) == Fraction(1, 4)
    assert guess_at_most(4, 4, Fraction(3, 4)) < guess_at_most(4, 4)
