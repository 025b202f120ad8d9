"""answers: the paper's three questions, answered by rules from paired differences.

Is Reason-RFT better in domain, does it generalize better, does it need less data? Every difference is Reason-RFT
minus another recipe on the same questions, seed by seed. Where its 95 % interval lies above zero the answer is
better, below it worse, and else the two are not told apart. Of a gap, which is a loss, less is better.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from evaluators.statistics import Interval, average
from leaderboards.study.figures import Seeds, by_place, together
from leaderboards.study.finished import OUTSIDE, Finished
from leaderboards.study.paired import compared, gap_difference, over_shares
from reasonrft.config import Recipe
from reasonrft.report.gaps import IN_DOMAIN
from reasonrft.study.cells import WHOLE

ASKED: Final = Recipe.REASON_RFT  # the recipe that the paper's questions are about
ALL: Final = "all families"
GAP: Final = "gap"


class Question(StrEnum):
    """What is asked."""

    BETTER = "Is Reason-RFT better in domain?"
    GENERALIZES = "Does it generalize better?"
    EFFICIENT = "Is it more data-efficient?"


class Verdict(StrEnum):
    """What an interval says."""

    BETTER = "better"
    WORSE = "worse"
    OPEN = "not told apart"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Reason-RFT beside another recipe."""

    question: Question
    family: str  # or ALL: the plain mean of the families
    other: Recipe
    measure: str  # a split, OUTSIDE, or GAP
    shares: tuple[float, ...]  # of train that both learned from; of several, the mean
    difference: Seeds  # Reason-RFT minus the other
    seeds: int  # of the families together, those of the one that has fewest
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Reached:
    """With how little data Reason-RFT comes to what another recipe comes to with everything."""

    family: str
    other: Recipe
    measure: str
    share: float | None  # the least at which the difference is not below zero; None: at none
    rows: int | None
    difference: Seeds | None  # at this share


def verdict_of(difference: Interval, *, less_is_better: bool = False) -> Verdict:
    """What a difference says."""
    if difference.low <= 0 <= difference.high or not difference.n:
        return Verdict.OPEN
    return Verdict.BETTER if (difference.low > 0) is not less_is_better else Verdict.WORSE


def comparisons(cells: Sequence[Finished]) -> list[Comparison]:
    """All differences that answer the three questions."""
    whole = [one for one in cells if one.cell.share == WHOLE]
    shares = shares_of(cells)
    parts = _blended(cells, shares)
    return [
        *_compared(Question.BETTER, IN_DOMAIN, whole, (WHOLE,)),
        *_compared(Question.GENERALIZES, OUTSIDE, whole, (WHOLE,)),
        *_compared(Question.GENERALIZES, GAP, whole, (WHOLE,)),
        *_compared(Question.EFFICIENT, IN_DOMAIN, parts, shares),
        *_compared(Question.EFFICIENT, OUTSIDE, parts, shares),
    ]


def _compared(
    question: Question, measure: str, cells: Sequence[Finished], shares: tuple[float, ...]
) -> list[Comparison]:
    """One measure of each family and other recipe, and of the families together."""
    each: dict[Recipe, dict[str, Seeds]] = {}
    for family, other, pairs in pairs_with(cells):
        known = {seed: one for seed, both in pairs.items() if (one := _measured(measure, *both))}
        if known:
            each.setdefault(other, {})[family] = together(known)
    return [
        Comparison(question, family, other, measure, shares, seeds, count, _verdict(measure, seeds))
        for other, families in each.items()
        for family, seeds in _with_all(families).items()
        for count in [len(seeds.each) or min(len(one.each) for one in families.values())]
    ]


def _measured(measure: str, ours: Finished, theirs: Finished) -> Interval | None:
    if measure == GAP:
        return gap_difference(ours, theirs)
    return compared(ours, theirs, measure)


def _verdict(measure: str, seeds: Seeds) -> Verdict:
    return verdict_of(seeds.all, less_is_better=measure == GAP)


def pairs_with(
    cells: Sequence[Finished],
) -> Iterator[tuple[str, Recipe, dict[int, tuple[Finished, Finished]]]]:
    """Family, other recipe, and for each seed the cell of Reason-RFT beside the other's."""
    places = by_place(cells)
    for (family, other, share), seeds in places.items():
        ours = places.get((family, ASKED, share), {})
        both = {seed: (one, seeds[seed]) for seed, one in ours.items() if seed in seeds}
        if other is not ASKED and both:
            yield family, other, both


def _with_all(families: Mapping[str, Seeds]) -> dict[str, Seeds]:
    """The same with the plain mean of the families, whose questions are independent."""
    if len(families) < 2:
        return dict(families)
    return {**families, ALL: Seeds(average([one.all for one in families.values()]), {})}


def shares_of(cells: Sequence[Finished]) -> tuple[float, ...]:
    """The shares below the whole that every family, recipe and seed has which has any."""
    there: dict[tuple[str, Recipe, int], set[float]] = {}
    for one in cells:
        if (cell := one.cell).share != WHOLE:
            there.setdefault((cell.family, cell.recipe, cell.seed), set()).add(cell.share)
    return tuple(sorted(set.intersection(*there.values()))) if there else ()


def _blended(cells: Sequence[Finished], shares: Sequence[float]) -> list[Finished]:
    """A cell for each family, recipe and seed, whose marks are the means over these shares."""
    groups: dict[tuple[str, Recipe, int], list[Finished]] = {}
    for one in cells:
        if (cell := one.cell).share in shares:
            groups.setdefault((cell.family, cell.recipe, cell.seed), []).append(one)
    return [
        replace(least, marks=over_shares(some))
        for some in groups.values()
        for least in [min(some, key=lambda one: one.cell.share)]
    ]


def reached(cells: Sequence[Finished]) -> list[Reached]:
    """For each family and other recipe, the least share with which Reason-RFT reaches the other's whole.

    Of everything too, only the seeds count that all shares have.
    """
    places = by_place(cells)
    found = []
    for (family, other, share), whole in places.items():
        if other is ASKED or share != WHOLE:
            continue
        ours = _of_shared_seeds(
            {s: seeds for (f, r, s), seeds in places.items() if (f, r) == (family, ASKED)}
        )
        if len(ours) > 1 and other is not Recipe.ZERO_SHOT:
            found += [
                _least(family, other, measure, ours, whole)
                for measure in (IN_DOMAIN, OUTSIDE)
                if any(measure in one.accuracy for one in whole.values())
            ]
    return found


def _of_shared_seeds(
    shares: Mapping[float, Mapping[int, Finished]],
) -> dict[float, dict[int, Finished]]:
    """The same of the seeds alone that all shares below the whole have; nothing where there is none."""
    partial = [set(seeds) for share, seeds in shares.items() if share != WHOLE]
    shared = set.intersection(*partial) if partial else set()
    if not shared:
        return {}
    return {
        share: {seed: one for seed, one in seeds.items() if seed in shared}
        for share, seeds in shares.items()
    }


def _least(
    family: str,
    other: Recipe,
    measure: str,
    ours: Mapping[float, Mapping[int, Finished]],
    whole: Mapping[int, Finished],
) -> Reached:
    for share in sorted(ours):
        seeds = {
            seed: known
            for seed, one in ours[share].items()
            if seed in whole and (known := compared(one, whole[seed], measure))
        }
        if seeds and (difference := together(seeds)).all.estimate >= 0:
            rows = next(iter(ours[share].values())).rows
            return Reached(family, other, measure, share, rows, difference)
    return Reached(family, other, measure, None, None, None)
