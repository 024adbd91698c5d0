"""The noise on every published count, and how much it hides (facts/disclosure.md 1.3, 1.4).

We flip coins: the noise is the difference of two geometric numbers, drawn in whole numbers from the machine's secure
source. With alpha = 1/2 every further unit is half as likely: nothing in a third of cells, at most 4 in 96 of 100.
No floating point, whose gaps have given noise away before, and no bound that could be averaged down to.
"""

import secrets
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from itertools import accumulate
from math import comb

Noise = Callable[[], int]
Below = Callable[[int], int]
HALF = Fraction(1, 2)


def two_sided(alpha: Fraction = HALF, below: Below = secrets.randbelow) -> Noise:
    """Noise with P(k) = (1 - alpha) / (1 + alpha) * alpha ** |k|.

    Args:
        alpha: between 0 and 1; one person more or less changes the odds of any outcome by at most 1 / alpha a cell.
        below: draws evenly from 0 .. n-1. Anything but `secrets` is for tests: then whoever knows the seed knows all.
    """
    if not 0 < alpha < 1:
        raise ValueError("alpha must lie between 0 and 1")
    on, of = alpha.numerator, alpha.denominator

    def draw() -> int:
        found = 0
        while below(of) < on:
            found += 1
        while below(of) < on:
            found -= 1
        return found

    return draw


def variance(alpha: Fraction = HALF) -> Fraction:
    """The noise's variance: 4 with alpha = 1/2, so that its standard deviation is 2."""
    return 2 * alpha / (1 - alpha) ** 2


@cache
def guess_at_most(bands: int, tables: int, alpha: Fraction = HALF) -> Fraction:
    """How often the best possible guess at one person's answer is right, if all else is known to whoever guesses.

    They know every other answer and see all noisy numbers unrounded, all bands being equally likely before. What they
    then learn from a cell is whether it lies above the count without the person: it does with probability 1 / (1 + alpha)
    in the person's own cell and alpha / (1 + alpha) in any other; and nothing else in the number tells more. So the best
    guess is the band that lies above in most tables. One table of four bands: 0.43, where chance has 0.25.
    What is published, rounded and merged, gives less.

    Args:
        bands: how many answers there are.
        tables: how many published tables the answer entered, over all waves it was given in unchanged.
        alpha: the noise's.
    """
    own, other = (_heads(tables, chance / (1 + alpha)) for chance in (Fraction(1), alpha))
    below = [Fraction(0), *accumulate(other)]
    right = Fraction(0)
    for seen, chance in enumerate(own):
        for level in range(bands):  # so many other bands are above in just as many tables
            ties = comb(bands - 1, level) * other[seen] ** level * below[seen] ** (bands - 1 - level)
            right += chance * ties / (level + 1)
    return right


def _heads(flips: int, chance: Fraction) -> list[Fraction]:
    return [comb(flips, heads) * chance**heads * (1 - chance) ** (flips - heads) for heads in range(flips + 1)]
