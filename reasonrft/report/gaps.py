"""gaps: how much is lost out of domain, each shift compared with the same tasks in domain.

A shift that shows the problems of `test` anew is compared item by item. A fresh one has problems of its
own: its items are independent of those in domain. Where a shift has only some of the family's tasks, the
other tasks are left out of the in-domain side as well: a gap must not be a change of questions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from evaluators.statistics import (
    Interval,
    difference,
    mcnemar,
    paired_bootstrap,
    paired_ratio,
    ratio,
)
from reasonrft.record import Record
from reasonrft.report.figures import RESAMPLES, Item, figures_of, is_correct, items_of

IN_DOMAIN: Final = "test"


@dataclass(frozen=True, slots=True)
class Paired:
    """What the same items, shown twice, say."""

    n: int
    only_in_domain: int  # right in domain only
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
    if not records.get(IN_DOMAIN):
        return {}
    found = {}
    for split, shifted in records.items():
        tasks = {record.task for record in shifted}
        base = [record for record in records[IN_DOMAIN] if record.task in tasks]
        if not split.startswith("ood-") or not items_of(base) or not items_of(shifted):
            continue
        is_paired = paired_with.get(split) == IN_DOMAIN
        found[split] = (_paired_gap if is_paired else _fresh_gap)(split, base, shifted)
    return found


def _fresh_gap(split: str, base: Sequence[Record], shifted: Sequence[Record]) -> Gap:
    tasks = tuple(sorted({record.task for record in shifted}))
    inside, outside = figures_of(base).accuracy, figures_of(shifted).accuracy
    gap, retention = difference(inside, outside), ratio(outside, inside)
    return Gap(split, tasks, inside, outside, gap, retention, None)


def _paired_gap(split: str, base: Sequence[Record], shifted: Sequence[Record]) -> Gap:
    """From the problems that have an answer on both sides."""
    inside = {item.first.problem: item for item in items_of(base)}
    outside = {item.first.problem: item for item in items_of(shifted)}
    both = [problem for problem in inside if problem in outside]
    if not both:
        return _fresh_gap(split, base, shifted)
    pairs = [(inside[problem], outside[problem]) for problem in both]
    first, second = ([item.mean(is_correct) for item in side] for side in zip(*pairs, strict=True))
    pictures = [item.first.pictures for item, _ in pairs]
    return Gap(
        shift=split,
        tasks=tuple(sorted({record.task for record in shifted})),
        in_domain=figures_of([r for item, _ in pairs for r in item.records]).accuracy,
        shifted=figures_of([r for _, item in pairs for r in item.records]).accuracy,
        gap=paired_bootstrap(first, second, pictures, resamples=RESAMPLES),
        retention=paired_ratio(second, first, pictures, resamples=RESAMPLES),
        paired=_pair_up(pairs, first, second),
    )


def _pair_up(
    pairs: Sequence[tuple[Item, Item]], first: Sequence[float], second: Sequence[float]
) -> Paired:
    tested = mcnemar([a == 1 for a in first], [b == 1 for b in second])
    single = all(len(item.records) == 1 for pair in pairs for item in pair)
    return Paired(
        n=len(pairs),
        only_in_domain=tested.only_first,
        only_shifted=tested.only_second,
        p_value=tested.p_value if single else None,
    )
