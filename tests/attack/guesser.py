"""Somebody who knows every answer but one, and reads the last one off what was published.

For each answer the person may have given, how likely is it that just these lines would have been published? They know
the rule, the noise and everybody else, so that nothing but the noise stands in the way.
"""

from collections import Counter
from functools import cache
from math import log

from bot.community.tally_plan import ALL, COMBINED
from bot.community.tally_release import POLICY, Flag
from tests.attack.town import BANDS, WIDE

FAR = 40


@cache
def pmf(cells):
    """How likely the noise of so many cells together is each of -FAR..FAR."""
    one = {k: 0.5 ** abs(k) / 3 for k in range(-FAR, FAR + 1)}
    if cells == 1:
        return one
    less = pmf(cells - 1)
    return {k: sum(p * one.get(k - j, 0) for j, p in less.items()) for k in range(-FAR, FAR + 1)}


@cache
def readings(count, total, share):
    """The noisy numbers that are published as this count of this total with this share."""
    totals = range(total - 2, total + 3)
    fit = [n for n in range(max(0, count - 2), count + 3)
           if any(t > 0 and (200 * n + t) // (2 * t) == share for t in totals)]  # fmt: skip
    return (*range(-FAR, 0), *fit) if 0 in fit else tuple(fit)


@cache
def likely(row, cells, true):
    """The logarithm of how likely a line is, if so many people are in it."""
    if row.flag is Flag.HIDDEN:
        return 0.0
    if row.flag is Flag.NEARLY_ALL:
        return log(sum(p for k, p in pmf(cells).items() if true + k >= row.count) or 1e-12)
    noise = pmf(cells)
    seen = sum(noise.get(n - true, 0.0) for n in readings(row.count, row.group_total, row.share_pct))
    return log(seen or 1e-12)


def guess(release, others, groups, declared, dice):
    """The band that makes what was published most likely; by lot among equals.

    Args:
        release: what was published of everybody.
        others: the rows of all but one person.
        groups: that person's groups.
        declared: the plan.
    """
    scores = dict.fromkeys(BANDS, 0.0)
    for table in release.tables:
        at = 0 if table.breakdown == ALL else 1 + list(declared.breakdowns).index(table.breakdown)
        mine = ALL if not at else groups[at - 1]
        members = line_of(table, mine)
        wide = dict(zip(BANDS, WIDE if len(table.bands) == 2 else BANDS, strict=True))
        there = Counter(wide[row[0]] for row in others if members and (not at or row[at] in members[1]))
        for row in table.rows:
            if members and row.group == members[0]:
                for band in BANDS:
                    true = there[row.band] + (wide[band] == row.band)
                    scores[band] += likely(row, len(members[1]), true)
    best = max(scores.values())
    return dice.choice([band for band, score in scores.items() if score > best - 1e-9])


def line_of(table, group):
    """The line that a group was published in, and the groups in it."""
    if group in table.combined:
        return COMBINED, frozenset(table.combined)
    return None if group in table.left_out else (group, frozenset((group,)))


assert POLICY.base == 5  # readings() knows it
