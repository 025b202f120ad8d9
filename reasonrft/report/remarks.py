"""remarks: what must be known of a run's numbers before they are quoted."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from evaluators import VERSION
from evaluators.statistics import Interval
from reasonrft.report.figures import Figures

TRUNCATED: Final = 0.02  # share of answers from which the limit on tokens bears on the result
READING: Final = 0.05  # of accuracy lost to the layout alone
FEW: Final = 100  # questions below which an interval is wide
FAILED: Final = (
    "Answers that could not be had: {}. They are in no denominator; the shares are what accuracy would be, "
    "were all of them wrong or all right. The same command asks them again."
)
Parts = Mapping[str, Mapping[str, Figures]]  # by family and split


def remarks_on(parts: Parts) -> list[str]:
    """Sentences, the gravest first."""
    each = [(f"{family}/{split}", one) for family, of in parts.items() for split, one in of.items()]
    failed = [_failed(name, one) for name, one in each if one.failed]
    said = [FAILED.format(", ".join(failed))] if failed else []
    asked = [(name, one) for name, one in each if one.n]
    for is_so, beginning, told, end in _COMMON:
        named = [f"{name} ({told(one)})" for name, one in asked if is_so(one)]
        if named:
            said.append(f"{beginning}: {', '.join(named)}.{end}")
    return said


def unasked(there: int, wanted: int) -> list[str]:
    """A sentence where a run was broken off."""
    if there >= wanted:
        return []
    return [
        f"The run is not finished: {there:,} of {wanted:,} answers. The same command asks the rest."
    ]


def other_graders(versions: Collection[int]) -> list[str]:
    """A sentence where answers were judged by another grader than this one."""
    if not set(versions) - {VERSION}:
        return []
    told = " and ".join(map(str, sorted(versions)))
    plural = "s" if len(versions) > 1 else ""
    return [f"Graded by version{plural} {told}, not {VERSION} alone: run `rrft regrade`."]


def _failed(name: str, one: Figures) -> str:
    total = one.answers + one.failed
    low, high = one.right / total, (one.right + one.failed) / total
    return f"{name} ({one.failed:,} of {total:,}: {low:.1%} or {high:.1%})"


def shown(interval: Interval) -> str:
    """`61.2% (58.1–64.2)`."""
    return f"{interval.estimate:.1%} ({100 * interval.low:.1f}–{100 * interval.high:.1f})"


# When a remark is due, how it begins, what is told of each split, how it ends.
_COMMON: Final[Sequence[tuple[Callable[[Figures], bool], str, Callable[[Figures], str], str]]] = (
    (
        lambda one: one.truncated.estimate >= TRUNCATED,
        "Answers cut off at the limit of tokens",
        lambda one: f"{one.truncated.estimate:.1%}",
        " With a larger --max-tokens more may be right.",
    ),
    (
        lambda one: one.lenient.estimate - one.accuracy.estimate >= READING,
        "Right answers that are not where they were asked for",
        lambda one: f"{one.accuracy.estimate:.1%} strict, {one.lenient.estimate:.1%} lenient",
        "",
    ),
    (
        lambda one: one.accuracy.low <= one.blind,
        "Not surely above the best constant answers, which need no look at the picture",
        lambda one: f"{shown(one.accuracy)}, blind {one.blind:.1%}",
        "",
    ),
    (
        lambda one: one.n < FEW,
        "Few questions: wide intervals, and blind baselines that are too high",
        lambda one: f"n = {one.n:,}",
        "",
    ),
)
