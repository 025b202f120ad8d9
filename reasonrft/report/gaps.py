"""gaps: how much is lost out of domain, each shift compared with the same tasks in domain.

A shift that shows the problems of `test` anew is compared item by item. A fresh one has problems of its
own: its items are independent of those in domain. Tasks that only one side has are left out of the other: a
gap must not be a change of questions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from evaluators.statistics import (
    Interval,
    average,
    difference,
    mcnemar,
    paired_bootstrap,
    paired_ratio,
    ratio,
)
from reasonrft.record import Record
from reasonrft.report.figures import RESAMPLES, Item, accuracy_of, is_correct, items_of

IN_DOMAIN: Final = "test"
OUT_OF_DOMAIN: Final = "ood-"  # which the names of shifts begin with


@dataclass(frozen=True, slots=True)
class Paired:
    """What the same items, shown twice, say."""

    n: int
    only_in_domain: int  # right in domain only; of several answers, more often right there
    only_shifted: int
    p_value: float | None  # McNemar's; None where questions have several answers each


@dataclass(frozen=True, slots=True)
class Gap:
    """What a shift costs."""

    shift: str  # the split
    tasks: tuple[str, ...]  # on which both sides are compared
    in_domain: Interval  # accuracy
    shifted: Interval
    gap: Interval  # in domain minus shifted
    retention: Interval  # shifted ÷ in domain
    paired: Paired | None  # None: fresh problems


def find_gaps(
    records: Mapping[str, Sequence[Record]], paired_with: Mapping[str, str | None]
) -> dict[str, Gap]:
    """The gap of each shift of a family, from its records by split; none without `test`."""
    found = {}
    for split, shown in records.items():
        base, shifted = items_of(records.get(IN_DOMAIN, ())), items_of(shown)
        shared = _tasks(base) & _tasks(shifted)
        if not split.startswith(OUT_OF_DOMAIN) or not shared:
            continue
        base, shifted = (
            [one for one in side if one.first.task in shared] for side in (base, shifted)
        )
        is_paired = paired_with.get(split) == IN_DOMAIN
        found[split] = (_paired_gap if is_paired else _fresh_gap)(split, base, shifted)
    return found


def mean_gap(gaps: Mapping[str, Gap]) -> Interval | None:
    """What the shifts cost: the plain mean of their gaps, taken to be of the same items in domain."""
    each = [one.gap for one in gaps.values()]
    return average(each, [IN_DOMAIN] * len(each)) if each else None


def _tasks(items: Sequence[Item]) -> set[str]:
    return {item.first.task for item in items}


def _fresh_gap(split: str, base: Sequence[Item], shifted: Sequence[Item]) -> Gap:
    inside, outside = accuracy_of(base), accuracy_of(shifted)
    return Gap(
        shift=split,
        tasks=tuple(sorted(_tasks(shifted))),
        in_domain=inside,
        shifted=outside,
        gap=difference(inside, outside),
        retention=ratio(outside, inside),
        paired=None,
    )


def _paired_gap(split: str, base: Sequence[Item], shifted: Sequence[Item]) -> Gap:
    """From the problems that have an answer on both sides."""
    inside = {item.first.problem: item for item in base}
    outside = {item.first.problem: item for item in shifted}
    both = [problem for problem in inside if problem in outside]
    if not both:
        return _fresh_gap(split, base, shifted)
    pairs = [(inside[problem], outside[problem]) for problem in both]
    first, second = ([item.mean(is_correct) for item in side] for side in zip(*pairs, strict=True))
    pictures = [item.first.pictures for item, _ in pairs]
    tested = mcnemar(first, second, pictures)
    single = all(len(item.records) == 1 for pair in pairs for item in pair)
    return Gap(
        shift=split,
        tasks=tuple(sorted({task for task, _ in both})),
        in_domain=accuracy_of([item for item, _ in pairs]),
        shifted=accuracy_of([item for _, item in pairs]),
        gap=paired_bootstrap(first, second, pictures, resamples=RESAMPLES),
        retention=paired_ratio(second, first, pictures, resamples=RESAMPLES),
        paired=Paired(
            n=len(pairs),
            only_in_domain=tested.only_first,
            only_shifted=tested.only_second,
            p_value=tested.p_value if single else None,
        ),
    )
