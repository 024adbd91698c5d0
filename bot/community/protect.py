"""The disclosure rule for counts of people: close once, noise first (facts/disclosure.md 1.3; attacks in 1.4).

1. Every cell of every declared table gets noise (noise.py), cells with nobody in them too.
2. From there on only noisy numbers are looked at: thresholds, merging, rounding, shares. So there is nothing from which
   a hidden cell could be worked out.
3. A wave is released once, when it closes, and the counts are spent. Whoever asks again gets the same release; fresh
   noise would average out.

What is shown, by noisy numbers of answers:

* fewer than 30: nothing. 30 to 99: over all, in two bands. 100 to 499: over all in all bands, breakdowns in two. From
  500: all bands everywhere. It takes both the wave and the question to have as many, for a question may be skipped.
* a group of a breakdown, if it has 20 or more, of whom no band holds more than 90 %. What may not stand alone is put
  together as "other groups combined", with the smallest others if it must. Only a rest of fewer than 10 is left out:
  an empty catch-all would cost the smallest group its line. A breakdown of one line is none.
* over all, where a band holds more than 95 %: that it does, and no more.

Why 20: there the noise is about as large as the error of asking a sample of 20.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.community.noise import Noise, two_sided
from bot.community.people_counts import ANSWERED, ASSISTED, STAGES, Cells, Counts
from bot.community.tally_plan import ALL, COMBINED, Plan, Question
from bot.community.tally_release import POLICY, Flag, Policy, Row, Status, Table, TallyRelease


def protect(counts: Counts, policy: Policy = POLICY, noise: Noise | None = None) -> TallyRelease:
    """Release a wave's counts: once, in the transaction that deletes the answers.

    Args:
        counts: of count(). They are spent.
        policy: the rule's numbers.
        noise: for tests only. Left out, it comes from the machine's secure source.

    Raises:
        Spent: these counts were released before.
    """
    draw = noise or two_sided(policy.alpha)
    cells, stages = counts.spend()
    came = {stage: number + draw() for stage, number in stages.items()}
    answered = came[ANSWERED] + came.get(ASSISTED, 0)
    if answered < policy.least_wave:
        tables = tuple(Table(question.name, breakdown, Status.FEW) for question, breakdown in counts.plan.tables)
        return TallyRelease(counts.plan.wave, {}, tables, policy, noise is not None)
    wave = _Wave(counts.plan, answered, policy, draw)
    tables = tuple(table for question in counts.plan.questions for table in wave.tables_of(question, cells))
    return TallyRelease(counts.plan.wave, _cumulated(came, policy), tables, policy, noise is not None)


def _cumulated(came: Mapping[str, int], policy: Policy) -> dict[str, int]:
    """Each stage with all later ones; clamped first, so that no stage is larger than the one before.

    Whoever was assisted answered, too, but went through no stage before: they were not invited.
    """
    stages = [stage for stage in STAGES if stage in came]
    told = {stage: policy.rounded(sum(max(0, came[s]) for s in stages[at:])) for at, stage in enumerate(stages)}
    if ASSISTED in came:
        told[ANSWERED] = policy.rounded(came[ANSWERED] + came[ASSISTED])
        told[ASSISTED] = policy.rounded(came[ASSISTED])
    return told


@dataclass(frozen=True)
class _Wave:
    """One release in the making."""

    plan: Plan
    answered: int  # noisy
    policy: Policy
    noise: Noise

    def tables_of(self, question: Question, cells: Mapping[tuple[str, str], Cells]) -> Iterator[Table]:
        """A question over all, and by its breakdowns as far as the noisy number of its answers goes."""
        policy = self.policy
        bands, noisy = self._noisy(question, cells[question.name, ALL], fine=self.answered >= policy.least_all_bands)
        answers = min(self.answered, _total(noisy[0]))
        if answers < policy.least_all_bands and bands == question.bands:
            bands, noisy = question.wide, _widened(question, noisy)
        yield self._over_all(question, bands, noisy[0], answers)
        for breakdown in question.by:
            if answers < policy.least_breakdown:
                yield Table(question.name, breakdown, Status.FEW)
                continue
            fine = answers >= policy.least_fine_breakdown
            bands, noisy = self._noisy(question, cells[question.name, breakdown], fine=fine)
            yield self._breakdown(question, breakdown, bands, noisy)

    def _noisy(self, question: Question, cells: Cells, *, fine: bool) -> tuple[tuple[str, ...], Cells]:
        """The only place that reads true counts of answers. Wide bands are summed before the noise: it comes once."""
        bands, counted = (question.bands, cells) if fine else (question.wide, _widened(question, cells))
        return bands, [[number + self.noise() for number in group] for group in counted]

    def _over_all(self, question: Question, bands: tuple[str, ...], noisy: Sequence[int], answers: int) -> Table:
        if not bands or answers < self.policy.least_wave:
            return Table(question.name, ALL, Status.FEW if bands else Status.FEW_FOR_BANDS)
        rows = tuple(_rows(ALL, noisy, question, bands, self.policy))
        return Table(question.name, ALL, Status.PUBLISHED, bands, rows)

    def _breakdown(self, question: Question, breakdown: str, bands: tuple[str, ...], noisy: Cells) -> Table:
        if not bands:
            return Table(question.name, breakdown, Status.FEW_FOR_BANDS)
        alone, rest, left_out = _merged(noisy, question, bands, self.policy)
        if len(alone) + bool(rest) <= 1:
            return Table(question.name, breakdown, Status.ONE_GROUP)
        names = self.plan.groups(breakdown)
        shown = [(names[group], noisy[group]) for group in alone] + ([(COMBINED, _sum(noisy, rest))] if rest else [])
        rows = tuple(row for name, group in shown for row in _rows(name, group, question, bands, self.policy))
        combined, omitted = (tuple(names[group] for group in some) for some in (rest, left_out))
        return Table(question.name, breakdown, Status.PUBLISHED, bands, rows, combined, omitted)


# from here on all numbers are noisy


def _merged(noisy: Cells, question: Question, bands: Sequence[str], policy: Policy) -> tuple[list[int], ...]:
    """Groups that may stand alone, those put together, and those left out; each in the plan's order."""
    alone = [group for group, cells in enumerate(noisy) if _may_stand(cells, question, bands, policy)]
    rest = [group for group in range(len(noisy)) if group not in alone]
    if sum(sum(noisy[group]) for group in rest) < policy.least_rest:
        return alone, [], rest
    by_size = sorted(alone, key=lambda group: -_total(noisy[group]))
    while by_size and not _may_stand(_sum(noisy, rest), question, bands, policy):
        rest.append(by_size.pop())
    return sorted(by_size), sorted(rest), []


def _may_stand(cells: Sequence[int], question: Question, bands: Sequence[str], policy: Policy) -> bool:
    total, (most, band) = _total(cells), max(zip(cells, bands, strict=True))
    return total >= policy.least_group and (band == question.ordinary or 100 * most <= policy.most_alike_group * total)


def _rows(name: str, cells: Sequence[int], question: Question, bands: Sequence[str], policy: Policy) -> Iterable[Row]:
    """A group's published numbers."""
    known = [max(0, number) for number in cells]
    total = sum(known)
    most, top = max(zip(known, bands, strict=True))
    if total and top != question.ordinary and 100 * most > policy.most_alike * total:
        return _nearly_all(name, top, total, bands, policy)
    return [_row(name, band, number, total, policy) for band, number in zip(bands, known, strict=True)]


def _row(name: str, band: str, number: int, total: int, policy: Policy) -> Row:
    shown = policy.rounded(number)
    flag = Flag.LOW if shown < policy.base else Flag.NONE
    return Row(name, band, shown, flag, policy.rounded(total), _percent(number, total))


def _nearly_all(name: str, top: str, total: int, bands: Sequence[str], policy: Policy) -> Iterator[Row]:
    """More than 95 % are one band's: told as such, so that nobody can conclude that it is everybody."""
    least = total * policy.most_alike // 100 // policy.base * policy.base
    for band in bands:
        told = (least, Flag.NEARLY_ALL, policy.most_alike) if band == top else (None, Flag.HIDDEN, None)
        yield Row(name, band, told[0], told[1], policy.rounded(total), told[2])


def _percent(part: int, whole: int) -> int | None:
    return (200 * part + whole) // (2 * whole) if whole else None


def _total(cells: Iterable[int]) -> int:
    return sum(max(0, number) for number in cells)


def _sum(noisy: Cells, groups: Iterable[int]) -> list[int]:
    return [sum(numbers) for numbers in zip(*(noisy[group] for group in groups), strict=True)]


def _widened(question: Question, cells: Cells) -> Cells:
    """The same groups in the question's two wider bands."""
    wide = [[0] * len(question.wide) for _ in cells]
    for group, numbers in enumerate(cells):
        for band, number in enumerate(numbers if question.wide else ()):
            wide[group][question.to_wide(band)] += number
    return wide
