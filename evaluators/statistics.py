"""statistics: how sure a number is: intervals for means and proportions, and paired tests.

Where several questions share a picture their scores are not independent: give the pictures as
`clusters`, and whole pictures are resampled.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

RESAMPLES: Final = 10_000
FEW_GROUPS: Final = 30  # below which a percentile bootstrap is markedly too narrow
EXACT_BELOW: Final = 1_000  # discordant pairs up to which McNemar's test is computed exactly
_BATCH: Final = 2_000_000  # resampled entries held in memory at once


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with the interval that holds the true value with the stated confidence."""

    estimate: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Paired:
    """How two systems differ on the same items."""

    only_first: int  # items that only the first got right
    only_second: int
    p_value: float  # two-sided


def mean(values: Sequence[float]) -> float:
    """The mean; nan where there is nothing to average."""
    return math.fsum(values) / len(values) if len(values) else math.nan


def wilson(successes: float, n: int, confidence: float = 0.95) -> Interval:
    """Wilson's score interval of a proportion (Wilson 1927): sound for small n and near 0 and 1."""
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} successes of {n}; they must lie between 0 and n")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence {confidence}; it lies between 0 and 1")
    if n == 0:
        return Interval(math.nan, 0.0, 1.0, 0)
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # At the ends the bound is exact; rounding must not push it past the estimate.
    low = 0.0 if successes == 0 else centre - half
    return Interval(share, low, 1.0 if successes == n else centre + half, n)


def bootstrap(
    values: Sequence[float],
    clusters: Sequence[Hashable] | None = None,
    *,
    seed: int = 0,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
) -> Interval:
    """The percentile bootstrap interval of a mean, whole clusters resampled where they are given.

    It cannot see what was not drawn: for few items, or where all are alike, it is too narrow. A
    proportion of independent items is better served by `wilson`.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence {confidence}; it lies between 0 and 1")
    if resamples < 1:
        raise ValueError(f"{resamples} resamples; at least 1 is needed")
    if len(values) == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    sums, sizes = _by_cluster(values, clusters)
    means = _resampled_means(sums, sizes, seed, resamples)
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(sums.sum() / sizes.sum()), float(low), float(high), len(values))


def paired_bootstrap(
    first: Sequence[float],
    second: Sequence[float],
    clusters: Sequence[Hashable] | None = None,
    *,
    seed: int = 0,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
) -> Interval:
    """The interval of the mean difference, first minus second, item by item."""
    differences = [a - b for a, b in zip(first, second, strict=True)]
    return bootstrap(differences, clusters, seed=seed, confidence=confidence, resamples=resamples)


def mean_interval(
    values: Sequence[float],
    clusters: Sequence[Hashable],
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Interval:
    """The interval of a mean of scores in [0, 1], by whichever method their sort allows.

    Outcomes that are right or wrong and share no cluster have Wilson's interval, others the bootstrap's.
    Of few clusters, or of clusters that are all alike, the bootstrap sees too little spread: there
    Wilson's interval of as many outcomes is taken, which is never too narrow.
    """
    groups = len(set(clusters))
    is_single = len(values) == groups
    if groups >= FEW_GROUPS and not (is_single and set(values) <= {0, 1}):
        shared = None if is_single else clusters
        interval = bootstrap(values, shared, seed=seed, resamples=resamples)
        if interval.low < interval.high:
            return interval
    if groups == 0:
        return wilson(0, 0)
    # Scores in [0, 1] vary at most as much as outcomes with the same mean.
    bounds = wilson(mean(values) * groups, groups)
    return Interval(bounds.estimate, bounds.low, bounds.high, len(values))


def difference(first: Interval, second: Interval) -> Interval:
    """The interval of first minus second, of independent samples, from the interval of each.

    With Wilson's intervals it is Newcombe's hybrid score interval (Newcombe 1998, method 10); with
    others it is the same square-and-add rule (Zou and Donner 2008).
    """
    below = math.hypot(first.estimate - first.low, second.high - second.estimate)
    above = math.hypot(first.high - first.estimate, second.estimate - second.low)
    estimate = first.estimate - second.estimate
    return Interval(estimate, estimate - below, estimate + above, min(first.n, second.n))


def ratio(first: Interval, second: Interval) -> Interval:
    """The interval of first ÷ second, of independent samples, from the interval of each.

    The square-and-add rule for ratios (Donner and Zou 2012). Infinite above where the second may be 0.
    """
    if not second.estimate > 0:
        return Interval(math.nan, 0.0, math.inf, min(first.n, second.n))
    a, b = first.estimate, second.estimate

    def bound(of_first: float, of_second: float, sign: int) -> float:
        denominator = of_second * (2 * b - of_second)
        if denominator <= 0:
            return 0.0 if sign < 0 else math.inf
        square = (a * b) ** 2 - of_first * (2 * a - of_first) * denominator
        return max(0.0, (a * b + sign * math.sqrt(max(0.0, square))) / denominator)

    low, high = bound(first.low, second.high, -1), bound(first.high, second.low, 1)
    return Interval(a / b, low, high, min(first.n, second.n))


def average(intervals: Sequence[Interval]) -> Interval:
    """The interval of the plain mean of independent estimates, by the same square-and-add rule."""
    count = len(intervals)
    if not count:
        return Interval(math.nan, math.nan, math.nan, 0)
    estimate = mean([one.estimate for one in intervals])
    below = math.hypot(*(one.estimate - one.low for one in intervals)) / count
    above = math.hypot(*(one.high - one.estimate for one in intervals)) / count
    return Interval(estimate, estimate - below, estimate + above, sum(one.n for one in intervals))


def paired_ratio(
    first: Sequence[float],
    second: Sequence[float],
    clusters: Sequence[Hashable] | None = None,
    *,
    seed: int = 0,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
) -> Interval:
    """The bootstrap interval of the mean of first ÷ the mean of second, item by item."""
    sums, sizes = _by_cluster(first, clusters)
    others, _ = _by_cluster(second, clusters)
    if len(sums) == 0 or others.sum() == 0:
        return Interval(math.nan, 0.0, math.inf, len(first))
    above = _resampled_means(sums, sizes, seed, resamples)
    below = _resampled_means(others, sizes, seed, resamples)  # the same draws: the same seed
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.where(below > 0, above / below, np.inf)
    low, high = np.quantile(ratios, [(1 - confidence) / 2, (1 + confidence) / 2], method="nearest")
    return Interval(float(sums.sum() / others.sum()), float(low), float(high), len(first))


def pass_at(right: int, drawn: int, k: int) -> float:
    """The chance that one of k answers is right, of which `right` of `drawn` are (Chen et al. 2021)."""
    if not 1 <= k <= drawn:
        raise ValueError(f"pass@{k} of {drawn} answers; k lies between 1 and {drawn}")
    return 1 - math.comb(drawn - right, k) / math.comb(drawn, k)


def mcnemar(first: Sequence[bool], second: Sequence[bool]) -> Paired:
    """McNemar's test on paired outcomes: exact for few disagreements, else with Yates's correction."""
    pairs = list(zip(first, second, strict=True))
    only_first = sum(a and not b for a, b in pairs)
    only_second = sum(b and not a for a, b in pairs)
    return Paired(only_first, only_second, _sign_test(only_first, only_second))


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values corrected for having made them all (Holm 1979), in the same order."""
    if not all(0 <= p <= 1 for p in p_values):
        raise ValueError(f"p-values {list(p_values)}; they lie between 0 and 1")
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    corrected = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        corrected[index] = largest
    return corrected


def _sign_test(a: int, b: int) -> float:
    n, most = a + b, max(a, b)
    if n <= EXACT_BELOW:
        tail = sum(math.comb(n, k) for k in range(most, n + 1))
        return min(1.0, float(2 * tail / 2**n)) if n else 1.0
    z = max(0.0, abs(a - b) - 1) / math.sqrt(n)
    return math.erfc(z / math.sqrt(2))


def _by_cluster(
    values: Sequence[float], clusters: Sequence[Hashable] | None
) -> tuple[Floats, Floats]:
    """The sum of the scores and the number of items of each cluster."""
    if clusters is None:
        return np.asarray(values, dtype=np.float64), np.ones(len(values))
    if len(clusters) != len(values):
        raise ValueError(f"{len(clusters)} clusters for {len(values)} values")
    numbers: dict[Hashable, int] = {}
    index = np.array([numbers.setdefault(cluster, len(numbers)) for cluster in clusters])
    return np.bincount(index, weights=values).astype(np.float64), np.bincount(index).astype(
        np.float64
    )


def _resampled_means(sums: Floats, sizes: Floats, seed: int, resamples: int) -> Floats:
    stream = np.random.default_rng(seed)
    step = max(1, _BATCH // len(sums))
    means = []
    for start in range(0, resamples, step):
        drawn = stream.integers(0, len(sums), (min(step, resamples - start), len(sums)))
        means.append(sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1))
    return np.concatenate(means)
