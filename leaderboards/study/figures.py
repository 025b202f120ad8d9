"""figures: what a study's cells come to, all seeds together: every number with its n, its interval and its seeds."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from evaluators.statistics import Interval, mean, repeated
from leaderboards.study.finished import OUTSIDE, Finished
from reasonrft.config import Recipe
from reasonrft.report.gaps import mean_gap
from reasonrft.study.cells import WHOLE, Cell

Place = tuple[str, Recipe, float]  # family, recipe, share: what differs in the seed alone
EVALUATION: Final = "evaluation"  # among the stages that cost something
SHARE: Final = (0.0, 1.0)  # between which shares of right answers lie


@dataclass(frozen=True, slots=True)
class Seeds:
    """A number that each seed has, and all of them together."""

    all: Interval
    each: Mapping[int, Interval]  # by seed, its own questions alone


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How many answers of a recipe are right on a split."""

    family: str
    recipe: Recipe
    share: float  # of train
    rows: int
    split: str  # or OUTSIDE
    accuracy: Seeds
    blind: float | None  # what the best constant answers reach; None: of a mean of splits


@dataclass(frozen=True, slots=True)
class Loss:
    """What a shift costs a recipe."""

    family: str
    recipe: Recipe
    shift: str  # or OUTSIDE: the mean of them
    gap: Seeds  # in domain minus shifted
    retention: Seeds | None  # shifted ÷ in domain; None: of a mean


@dataclass(frozen=True, slots=True)
class Cost:
    """What a cell of a recipe spent, mean over the seeds."""

    family: str
    recipe: Recipe
    share: float
    rows: int  # of train that it could learn from
    seeds: int
    stage: str  # or EVALUATION
    steps: float
    rows_seen: float
    tokens_trained: float | None
    answers_sampled: float
    tokens_sampled: float | None
    seconds: float | None


def together(
    each: Mapping[int, Interval], bounds: tuple[float, float] = (-math.inf, math.inf)
) -> Seeds:
    """Several seeds as one number, which lies between bounds."""
    low, high = bounds
    one = repeated(list(each.values()))
    held = Interval(one.estimate, max(low, one.low), min(high, one.high), one.n)
    return Seeds(held, each)


def by_place(cells: Iterable[Finished]) -> dict[Place, dict[int, Finished]]:
    """The cells that differ in the seed alone, by what they have in common."""
    found: dict[Place, dict[int, Finished]] = {}
    for one in cells:
        cell = one.cell
        found.setdefault((cell.family, cell.recipe, cell.share), {})[cell.seed] = one
    return found


def accuracies(cells: Sequence[Finished]) -> list[Accuracy]:
    """The accuracy on each split and on the mean of the shifts."""
    return [
        Accuracy(
            *place,
            rows=next(iter(seeds.values())).rows,
            split=split,
            accuracy=together(
                {seed: one.accuracy[split] for seed, one in seeds.items() if split in one.accuracy},
                SHARE,
            ),
            blind=None if split == OUTSIDE else _blind(split, seeds.values()),
        )
        for place, seeds in by_place(cells).items()
        for split in _in_all(seeds.values(), lambda one: one.accuracy)
    ]


def on_shared_seeds(found: Sequence[Accuracy]) -> list[Accuracy]:
    """Those of one family, of the seeds alone that all shares below the whole have; none: there is no such seed.

    A seed has data of its own: a curve over the shares is one only where all its points are of the same seeds.
    """
    partial = [set(one.accuracy.each) for one in found if one.share != WHOLE]
    shared = set.intersection(*partial) if partial else set()
    return [
        replace(one, accuracy=together(kept, SHARE))
        for one in found
        if (kept := {seed: it for seed, it in one.accuracy.each.items() if seed in shared})
    ]


def _in_all(cells: Iterable[Finished], names: Callable[[Finished], Iterable[str]]) -> Iterator[str]:
    """The names of any, in the order of the first that has them."""
    yield from dict.fromkeys(name for one in cells for name in names(one))


def _blind(split: str, cells: Iterable[Finished]) -> float:
    return mean([mark.blind for one in cells for mark in one.marks.get(split, {}).values()])


def losses(cells: Sequence[Finished]) -> list[Loss]:
    """What each shift costs the recipes that learned from everything, and what the shifts cost on average."""
    found = []
    for (family, recipe, share), seeds in by_place(cells).items():
        if share != WHOLE:
            continue
        for shift in _in_all(seeds.values(), lambda one: one.gaps):
            gaps = {seed: one.gaps[shift] for seed, one in seeds.items() if shift in one.gaps}
            gap = together({seed: one.gap for seed, one in gaps.items()})
            kept = together({seed: one.retention for seed, one in gaps.items()}, (0.0, math.inf))
            found.append(Loss(family, recipe, shift, gap, kept))
        means = {seed: lost for seed, one in seeds.items() if (lost := mean_gap(one.gaps))}
        if means:
            found.append(Loss(family, recipe, OUTSIDE, together(means), None))
    return found


def costs(cells: Sequence[Finished]) -> list[Cost]:
    """What each place's cells spent, stage by stage, and in their evaluation."""
    found = []
    for (family, recipe, share), seeds in by_place(cells).items():
        each = list(seeds.values())
        head = (family, recipe, share, each[0].rows, len(each))
        for number in range(len(each[0].spent)):
            stages = [one.spent[number] for one in each]
            found.append(
                Cost(
                    *head,
                    stage=stages[0].stage,
                    steps=mean([one.steps for one in stages]),
                    rows_seen=mean([one.rows_seen for one in stages]),
                    tokens_trained=_known([one.tokens_trained for one in stages]),
                    answers_sampled=mean([one.answers_sampled for one in stages]),
                    tokens_sampled=mean([one.tokens_sampled for one in stages]),
                    seconds=_known([one.seconds for one in stages]),
                )
            )
        answered = [one.tokens_answered for one in each]
        asking = mean([one.seconds_answering for one in each])
        asked = mean([one.answers for one in each])
        found.append(Cost(*head, EVALUATION, 0, 0, 0, asked, _known(answered), asking))
    return found


def _known(values: Sequence[float | None]) -> float | None:
    """Their mean; None where one is not known."""
    return None if None in values else mean([value for value in values if value is not None])


def missing(cells: Sequence[Cell], done: Sequence[Finished]) -> list[str]:
    """The names of the cells that are not done."""
    names = {one.cell.name for one in done}
    return [cell.name for cell in cells if cell.name not in names]
