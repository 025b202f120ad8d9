"""statistics: how sure a number is: intervals for means and proportions, and paired tests.

Where several questions share a picture their scores are not independent: give the pictures as
`clusters`, and whole pictures are resampled.
"""

import math
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

RESAMPLES: Final = 10_000
FEW_CLUSTERS: Final = 50  # from which on the spread between them is known well enough
EXACT_BELOW: Final = 1_000  # discordant pairs up to which McNemar's test is computed exactly
_BATCH: Final = 2_000_000  # resampled entries held in memory at once
_ROUNDING: Final = 1e-20  # a variance that is none
_Z: Final = NormalDist().inv_cdf(0.975)  # of a 95 % interval


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
    favours: int  # 1: the first has more clusters, −1: the second, 0: neither


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
    return Interval(successes / n, *_wilson(successes / n, n, confidence), n)


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
    _check(confidence, resamples)
    if len(values) == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    means = _resampled_means(*_by_cluster(values, clusters), seed, resamples)
    return Interval(mean(values), *_middle(means, confidence), len(values))


def paired_bootstrap(
    first: Sequence[float],
    second: Sequence[float],
    clusters: Sequence[Hashable] | None = None,
    *,
    seed: int = 0,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
) -> Interval:
    """The interval of the mean difference of scores in [0, 1], first minus second, item by item.

    Two clusters are imagined besides, one for each side: who never disagreed may yet do so (the
    adjustment of Bonett and Price 2012). For few items the interval is rather too wide than too narrow.
    """
    _check(confidence, resamples)
    differences = [a - b for a, b in zip(first, second, strict=True)]
    if not differences:
        return Interval(math.nan, math.nan, math.nan, 0)
    sums, sizes = _by_cluster(differences, clusters)
    means = _resampled_means(*_with_two_more(sums, sizes, (1, -1)), seed, resamples)
    return Interval(mean(differences), *_middle(means, confidence), len(differences))


def mean_interval(
    values: Sequence[float],
    clusters: Sequence[Hashable],
    *,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
) -> Interval:
    """The interval of a mean of scores: Wilson's, of as many independent outcomes as tell as much.

    Right or wrong, each in a cluster of its own, they are such outcomes. For others it is the number
    that has the variance seen between clusters (Franco et al. 2019); near 0 and 1 a bootstrap would be
    much too narrow. Of few clusters, or where all are alike, each is taken to be of one piece: at most
    so much can scores in [0, 1] vary, and the interval is too wide rather than too narrow. Scores that
    leave [0, 1], such as distances, have the bootstrap's.
    """
    if len(values) == 0:
        return wilson(0, 0)
    if not 0 <= min(values) <= max(values) <= 1:
        return bootstrap(values, clusters, confidence=confidence, resamples=resamples)
    sums, sizes = _by_cluster(values, clusters)
    share = mean(values)
    outcomes = sizes.sum() ** 2 / (sizes**2).sum()  # Kish: large clusters tell less
    variance = ((sums - share * sizes) ** 2).sum() / sizes.sum() ** 2
    if outcomes >= FEW_CLUSTERS and variance > _ROUNDING:
        outcomes = share * (1 - share) / variance
    return Interval(share, *_wilson(share, float(outcomes), confidence), len(values))


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

    def root(of_first: float, of_second: float) -> float:
        return a * b + math.sqrt(max(0.0, (a * b) ** 2 - of_first * of_second))

    # The lower bound is written so that it holds for a second.high beyond 2b too.
    one, other = first.low * (2 * a - first.low), second.high * (2 * b - second.high)
    low = one / root(one, other) if one > 0 else 0.0
    one, other = first.high * (2 * a - first.high), second.low * (2 * b - second.low)
    high = root(one, other) / other if other > 0 else math.inf
    return Interval(a / b, low, high, min(first.n, second.n))


def average(intervals: Sequence[Interval], ties: Sequence[Hashable] | None = None) -> Interval:
    """The interval of the plain mean of independent estimates, by the same square-and-add rule.

    Estimates with the same tie are of the same items: what they miss is added as if they missed it
    together, which is never too narrow. There is no mean where one of them is of nothing.
    """
    count = len(intervals)
    if not count or not all(one.n for one in intervals):
        return Interval(math.nan, math.nan, math.nan, 0)
    below: dict[Hashable, float] = defaultdict(float)
    above: dict[Hashable, float] = defaultdict(float)
    for one, tie in zip(intervals, range(count) if ties is None else ties, strict=True):
        below[tie] += one.estimate - one.low
        above[tie] += one.high - one.estimate
    estimate = mean([one.estimate for one in intervals])
    low = estimate - math.hypot(*below.values()) / count
    high = estimate + math.hypot(*above.values()) / count
    return Interval(estimate, low, high, sum(one.n for one in intervals))


def repeated(intervals: Sequence[Interval]) -> Interval:
    """The interval of the mean of what an experiment came to each time that it was repeated.

    What the items leave open is added up as by `average`. Where the estimates lie further apart than that
    explains, the rest is what the repeats themselves differ by: Student's interval of that spread is added,
    squared. A single repeat tells nothing of it, and keeps its own interval.
    """
    from scipy.special import stdtrit  # half a second, which only this needs

    inner, count = average(intervals), len(intervals)
    if count < 2 or not inner.n:
        return inner
    estimates = [one.estimate for one in intervals]
    between = math.fsum((one - inner.estimate) ** 2 for one in estimates) / (count - 1)
    within = mean([((one.high - one.low) / (2 * _Z)) ** 2 for one in intervals])
    excess = max(0.0, between - within)
    reach = float(stdtrit(count - 1, 0.975)) * math.sqrt(excess / count)
    low = inner.estimate - math.hypot(inner.estimate - inner.low, reach)
    high = inner.estimate + math.hypot(inner.high - inner.estimate, reach)
    return Interval(inner.estimate, low, high, inner.n)


def paired_ratio(
    first: Sequence[float],
    second: Sequence[float],
    clusters: Sequence[Hashable] | None = None,
    *,
    seed: int = 0,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
) -> Interval:
    """The interval of the mean of first ÷ the mean of second, item by item, as `paired_bootstrap`."""
    _check(confidence, resamples)
    if len(first) != len(second):
        raise ValueError(f"{len(first)} first and {len(second)} second scores; they are pairs")
    sums, sizes = _by_cluster(first, clusters)
    others, _ = _by_cluster(second, clusters)
    if not others.sum() > 0:
        return Interval(math.nan, 0.0, math.inf, len(first))
    above = _resampled_means(*_with_two_more(sums, sizes, (1, 0)), seed, resamples)
    # The same seed: the same draws.
    below = _resampled_means(*_with_two_more(others, sizes, (0, 1)), seed, resamples)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.where(below > 0, above / below, np.inf)
    return Interval(float(sums.sum() / others.sum()), *_middle(ratios, confidence), len(first))


def pass_at(right: int, drawn: int, k: int) -> float:
    """The chance that one of k answers is right, of which `right` of `drawn` are (Chen et al. 2021)."""
    if not 1 <= k <= drawn:
        raise ValueError(f"pass@{k} of {drawn} answers; k lies between 1 and {drawn}")
    return 1 - math.comb(drawn - right, k) / math.comb(drawn, k)


def mcnemar(
    first: Sequence[float],
    second: Sequence[float],
    clusters: Sequence[Hashable] | None = None,
) -> Paired:
    """McNemar's test on paired outcomes: exact for few disagreements, else with Yates's correction.

    Of scores it is the sign test of which were better. For the p-value, and for whom it favours, a cluster
    counts once, for the side that it favours in sum.
    """
    pairs = list(zip(first, second, strict=True))
    only_first = sum(a > b for a, b in pairs)
    only_second = sum(b > a for a, b in pairs)
    sums, _ = _by_cluster([float(a) - float(b) for a, b in pairs], clusters)
    sums = sums.round(9)  # tenths may add up to almost nothing
    for_first, for_second = int((sums > 0).sum()), int((sums < 0).sum())
    favours = (for_first > for_second) - (for_first < for_second)
    return Paired(only_first, only_second, _sign_test(for_first, for_second), favours)


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


def _wilson(share: float, n: float, confidence: float) -> tuple[float, float]:
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # At the ends the bound is exact; rounding must not push it past the estimate.
    return (
        0.0 if share == 0 else max(0.0, centre - half),
        1.0 if share == 1 else min(1.0, centre + half),
    )


def _check(confidence: float, resamples: int) -> None:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence {confidence}; it lies between 0 and 1")
    if resamples < 1:
        raise ValueError(f"{resamples} resamples; at least 1 is needed")


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
    index = np.array([numbers.setdefault(one, len(numbers)) for one in clusters], dtype=np.intp)
    sums, sizes = np.bincount(index, weights=values), np.bincount(index)
    return sums.astype(np.float64), sizes.astype(np.float64)


def _with_two_more(
    sums: Floats, sizes: Floats, scores: tuple[float, float]
) -> tuple[Floats, Floats]:
    """The same with two clusters of usual size, whose items have these scores."""
    usual = sizes.mean()
    return np.append(sums, usual * np.array(scores)), np.append(sizes, [usual, usual])


def _resampled_means(sums: Floats, sizes: Floats, seed: int, resamples: int) -> Floats:
    stream = np.random.default_rng(seed)
    step = max(1, _BATCH // len(sums))
    means = []
    for start in range(0, resamples, step):
        drawn = stream.integers(0, len(sums), (min(step, resamples - start), len(sums)))
        means.append(sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1))
    return np.concatenate(means)


def _middle(drawn: Floats, confidence: float) -> tuple[float, float]:
    """Between which values so many of them lie."""
    ends = [(1 - confidence) / 2, (1 + confidence) / 2]
    low, high = np.quantile(drawn, ends, method="nearest" if np.isinf(drawn).any() else "linear")
    return float(low), float(high)
