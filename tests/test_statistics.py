"""Intervals and tests against scipy, statsmodels and published worked examples, and their coverage."""

import math
from collections.abc import Callable, Hashable, Sequence
from itertools import combinations, product
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from evaluators.statistics import (
    Interval,
    average,
    bootstrap,
    difference,
    holm,
    mcnemar,
    mean,
    mean_interval,
    paired_bootstrap,
    paired_ratio,
    pass_at,
    ratio,
    repeated,
    wilson,
)


@pytest.mark.parametrize(
    ("successes", "n"), [(0, 1), (1, 1), (0, 10), (3, 10), (10, 10), (81, 263), (4999, 5000)]
)
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_wilson_agrees_with_scipy(successes: int, n: int, confidence: float) -> None:
    ours = wilson(successes, n, confidence)
    theirs = stats.binomtest(successes, n).proportion_ci(confidence, method="wilson")
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)
    assert (ours.estimate, ours.n) == (successes / n, n)


def test_wilson_on_newcombes_worked_example() -> None:
    # Newcombe (1998), Statistics in Medicine 17:857, table I: 81 of 263 gives 0.2553 to 0.3662.
    interval = wilson(81, 263)
    assert (round(interval.low, 4), round(interval.high, 4)) == (0.2553, 0.3662)


def test_wilson_of_nothing_says_nothing() -> None:
    interval = wilson(0, 0)
    assert math.isnan(interval.estimate)
    assert (interval.low, interval.high) == (0, 1)


@pytest.mark.parametrize(("successes", "n"), [(-1, 3), (4, 3)])
def test_wilson_refuses_impossible_counts(successes: int, n: int) -> None:
    with pytest.raises(ValueError, match="between 0 and n"):
        wilson(successes, n)


@given(st.integers(0, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_its_estimate(counts: tuple[int, int]) -> None:
    interval = wilson(*counts)
    assert 0 <= interval.low <= interval.high <= 1
    if counts[1]:
        assert interval.low <= interval.estimate <= interval.high


def test_bootstrap_agrees_with_scipy() -> None:
    values = [float(x) for x in np.random.default_rng(3).beta(2, 5, 200)]
    ours = bootstrap(values, seed=1)
    theirs = stats.bootstrap(
        (values,), np.mean, method="percentile", n_resamples=10_000, rng=1
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.004)
    assert ours.estimate == pytest.approx(mean(values))


def test_bootstrap_repeats_by_seed_and_only_by_seed() -> None:
    values = [float(x) for x in np.random.default_rng(4).random(40)]
    assert bootstrap(values, seed=5) == bootstrap(values, seed=5)
    assert bootstrap(values, seed=5) != bootstrap(values, seed=6)


def test_bootstrap_covers_the_true_mean() -> None:
    # 400 samples of 60 Bernoulli(0.7): the 95 % interval must hold 0.7 in 95 % of them, within noise.
    stream = np.random.default_rng(11)
    hits = 0
    for trial in range(400):
        values = [float(x) for x in stream.random(60) < 0.7]
        interval = bootstrap(values, seed=trial, resamples=1000)
        hits += interval.low <= 0.7 <= interval.high
    assert 0.90 <= hits / 400 <= 0.98


def test_clusters_widen_the_interval_of_copied_questions() -> None:
    # Ten copies of each of 50 outcomes are 50 observations, not 500.
    outcomes = [float(Random(9).random() < 0.6) for _ in range(1)] + [
        float(Random(i).random() < 0.6) for i in range(49)
    ]
    copied = [outcome for outcome in outcomes for _ in range(10)]
    pictures = [index for index in range(50) for _ in range(10)]
    alone, naive, clustered = bootstrap(outcomes), bootstrap(copied), bootstrap(copied, pictures)
    assert clustered.high - clustered.low == pytest.approx(alone.high - alone.low, rel=0.05)
    assert naive.high - naive.low < 0.5 * (clustered.high - clustered.low)
    assert clustered.n == 500


def test_clusters_of_unequal_size_keep_the_item_mean() -> None:
    values, pictures = [1.0, 1.0, 1.0, 0.0], ["a", "a", "a", "b"]
    assert bootstrap(values, pictures).estimate == 0.75


def test_bootstrap_of_nothing_and_of_constants() -> None:
    assert math.isnan(bootstrap([]).estimate)
    constant = bootstrap([1.0] * 20)
    assert (constant.low, constant.estimate, constant.high) == (1, 1, 1)


def test_bootstrap_refuses_clusters_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="3 clusters for 2 values"):
        bootstrap([1.0, 0.0], [1, 2, 3])


def test_bootstrap_in_batches_is_bootstrap() -> None:
    values = [float(i % 3 == 0) for i in range(3000)]
    interval = bootstrap(values, resamples=2000)
    exact = wilson(1000, 3000)
    assert (interval.low, interval.high) == pytest.approx((exact.low, exact.high), abs=0.004)


def test_paired_bootstrap_sees_what_unpaired_intervals_hide() -> None:
    # Each item is right or wrong for both, but for 8 of 400 that only the first gets right.
    stream = Random(2)
    second = [float(stream.random() < 0.5) for _ in range(400)]
    wrong = [index for index, value in enumerate(second) if not value][:8]
    first = [1.0 if index in wrong else value for index, value in enumerate(second)]
    difference = paired_bootstrap(first, second)
    assert difference.estimate == pytest.approx(8 / 400)
    assert difference.low > 0
    assert bootstrap(first).low < bootstrap(second).high


def test_paired_bootstrap_refuses_lists_that_do_not_pair() -> None:
    with pytest.raises(ValueError, match="shorter"):
        paired_bootstrap([1.0, 1.0], [1.0])


@pytest.mark.parametrize(
    ("a", "b"), [(0, 0), (1, 0), (5, 5), (1, 9), (12, 3), (40, 61), (500, 430)]
)
def test_mcnemar_agrees_with_the_exact_sign_test(a: int, b: int) -> None:
    first = [True] * a + [False] * b + [True] * 7 + [False] * 4
    second = [False] * a + [True] * b + [True] * 7 + [False] * 4
    paired = mcnemar(first, second)
    expected = stats.binomtest(a, a + b).pvalue if a + b else 1.0
    assert (paired.only_first, paired.only_second) == (a, b)
    assert paired.p_value == pytest.approx(expected, rel=1e-9)


def test_mcnemar_for_many_disagreements_is_close_to_exact() -> None:
    a, b = 1100, 1000
    paired = mcnemar([True] * a + [False] * b, [False] * a + [True] * b)
    assert paired.p_value == pytest.approx(stats.binomtest(a, a + b).pvalue, rel=0.02)


def test_holm_on_a_worked_example() -> None:
    # 0.01·4, 0.02·3, 0.03·2 held at the largest so far, 0.005·5: in the order given.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(st.lists(st.floats(0, 1), max_size=20))
def test_holm_never_lowers_and_keeps_the_order(p_values: list[float]) -> None:
    corrected = holm(p_values)
    assert all(p <= c <= 1 for p, c in zip(p_values, corrected, strict=True))
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    assert [corrected[i] for i in order] == sorted(corrected)


def test_wrong_settings_are_named() -> None:
    with pytest.raises(ValueError, match="confidence 95; it lies between 0 and 1"):
        wilson(1, 2, 95)
    with pytest.raises(ValueError, match="confidence 95; it lies between 0 and 1"):
        bootstrap([1.0], confidence=95)
    with pytest.raises(ValueError, match="0 resamples"):
        bootstrap([1.0], resamples=0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm([math.nan, 0.01])


def test_clusters_of_unequal_size_are_resampled_as_ratios() -> None:
    # One picture with 90 right questions, ten with one wrong one each: the item mean is 0.9, the mean
    # of the pictures' means would be 0.09.
    values = [1.0] * 90 + [0.0] * 10
    pictures = ["large"] * 90 + [str(number) for number in range(10)]
    interval = bootstrap(values, pictures)
    assert interval.estimate == 0.9
    assert (
        interval.low == 0.0
    )  # the large picture is not drawn at all in over a third of the resamples
    assert interval.high > 0.95


# Against statsmodels and published worked examples.


@pytest.mark.parametrize(("right", "n"), [(0, 1), (1, 1), (3, 10), (81, 263), (4999, 5000)])
def test_wilson_agrees_with_statsmodels(right: int, n: int) -> None:
    ours = wilson(right, n)
    low, high = proportion_confint(right, n, method="wilson")
    assert (ours.low, ours.high) == pytest.approx((low, high), abs=1e-12)


TABLES = [(7, 34, 1, 34), (56, 70, 48, 80), (0, 10, 0, 10), (10, 10, 0, 20), (9, 10, 3, 10)]


@pytest.mark.parametrize(("a", "m", "b", "n"), TABLES)
def test_difference_is_newcombes(a: int, m: int, b: int, n: int) -> None:
    ours = difference(wilson(a, m), wilson(b, n))
    low, high = confint_proportions_2indep(a, m, b, n, method="newcomb", compare="diff")
    assert (ours.low, ours.high) == pytest.approx((low, high), abs=1e-9)
    assert ours.estimate == pytest.approx(a / m - b / n)
    assert ours.n == min(m, n)


def test_difference_and_ratio_on_published_examples() -> None:
    # Perondi et al. (2004), 7 of 34 against 1 of 34, in Fagerland, Lydersen and Laake (2017),
    # Statistical Analysis of Contingency Tables, chapter 4: Newcombe's and the MOVER-R Wilson interval.
    high_dose, standard = wilson(7, 34), wilson(1, 34)
    gap, times = difference(high_dose, standard), ratio(high_dose, standard)
    assert (round(gap.low, 4), round(gap.high, 4)) == (0.0189, 0.3404)
    assert (round(times.low, 4), round(times.high, 4)) == (1.1537, 41.9763)
    assert times.estimate == pytest.approx(7)


@given(st.tuples(st.integers(1, 60), st.integers(1, 60), st.integers(0, 40), st.integers(0, 40)))
def test_a_ratio_turned_over_is_the_other_ratio(counts: tuple[int, int, int, int]) -> None:
    # Also where the upper bound of the one is more than twice its estimate.
    a, b, more_a, more_b = counts
    first, second = wilson(a, a + more_a), wilson(b, b + more_b)
    there, back = ratio(first, second), ratio(second, first)
    assert there.low <= there.estimate <= there.high
    assert there.low == pytest.approx(1 / back.high)
    assert there.high == pytest.approx(1 / back.low)


@pytest.mark.parametrize(
    ("a", "m", "b", "n"), [(160, 200, 180, 200), (60, 200, 90, 250), (30, 60, 50, 60)]
)
def test_ratio_is_near_the_score_interval(a: int, m: int, b: int, n: int) -> None:
    ours = ratio(wilson(a, m), wilson(b, n))
    low, high = confint_proportions_2indep(a, m, b, n, method="score", compare="ratio")
    assert (ours.low, ours.high) == pytest.approx((low, high), rel=0.015)


def test_ratio_at_the_ends() -> None:
    nothing = ratio(wilson(5, 10), wilson(0, 10))
    assert math.isnan(nothing.estimate)
    assert (nothing.low, nothing.high) == (0, math.inf)
    lost = ratio(wilson(0, 50), wilson(40, 50))
    assert (lost.estimate, lost.low) == (0, 0)
    assert 0.05 < lost.high < 0.15
    assert math.isnan(ratio(wilson(5, 10), wilson(0, 0)).estimate)


@pytest.mark.parametrize(("a", "b"), [(0, 0), (1, 0), (5, 5), (12, 3), (40, 61)])
def test_mcnemar_agrees_with_statsmodels(a: int, b: int) -> None:
    paired = mcnemar([True] * a + [False] * b + [True] * 9, [False] * a + [True] * b + [True] * 9)
    if a + b:
        theirs = statsmodels_mcnemar([[9, a], [b, 0]], exact=True).pvalue
        assert paired.p_value == pytest.approx(min(1.0, theirs), rel=1e-9)
    else:
        assert paired.p_value == 1


@pytest.mark.parametrize(("a", "b"), [(600, 500), (501, 500), (1000, 1000)])
def test_mcnemar_for_many_has_yates_correction(a: int, b: int) -> None:
    paired = mcnemar([True] * a + [False] * b, [False] * a + [True] * b)
    theirs = statsmodels_mcnemar([[0, a], [b, 0]], exact=False, correction=True).pvalue
    # statsmodels lets the correction go past 0 where both are alike.
    assert paired.p_value == pytest.approx(theirs if a != b else 1.0, rel=1e-9)


def test_mcnemar_of_scores_is_the_sign_test_of_which_were_better() -> None:
    first, second = [0.5, 0.25, 1.0, 0.75, 0.0], [0.25, 0.5, 0.75, 0.5, 0.0]
    paired = mcnemar(first, second)
    assert (paired.only_first, paired.only_second) == (3, 1)
    assert paired.p_value == pytest.approx(stats.binomtest(1, 4).pvalue)


def test_a_cluster_counts_once_for_the_p_value() -> None:
    # Four pictures: one favours the first by six to two, one by its only question, two favour none.
    # (0.1 + 0.2 - 0.3 is almost nothing.)
    first = [1.0] * 6 + [0.0] * 2 + [1.0, 0.0, 0.1, 0.2, 0.0]
    second = [0.0] * 6 + [1.0] * 2 + [0.0, 0.0, 0.0, 0.0, 0.3]
    pictures = ["a"] * 8 + ["b", "c", "d", "d", "d"]
    paired = mcnemar(first, second, pictures)
    assert (paired.only_first, paired.only_second) == (9, 3)
    assert paired.p_value == pytest.approx(0.5)
    assert mcnemar(first, second).p_value == pytest.approx(stats.binomtest(3, 12).pvalue)


def test_the_side_that_is_favoured_is_that_of_the_p_value() -> None:
    first, second = [0.0] * 5 + [1.0, 1.0], [1.0] * 5 + [0.0, 0.0]
    pictures = ["a"] * 5 + ["b", "c"]
    assert mcnemar(first, second).favours == -1
    assert mcnemar(first, second, pictures).favours == 1
    assert mcnemar(second, first, pictures).favours == -1
    assert mcnemar(first, second, ["a"] * 5 + ["b", "b"]).favours == 0


@pytest.mark.parametrize("count", [1, 2, 7, 30])
def test_holm_agrees_with_statsmodels(count: int) -> None:
    p_values = list(np.random.default_rng(count).beta(0.3, 3, count).round(3))  # with ties
    assert holm(p_values) == pytest.approx(list(multipletests(p_values, method="holm")[1]))


def test_clustered_bootstrap_agrees_with_scipy() -> None:
    stream = np.random.default_rng(7)
    sizes = stream.integers(1, 6, 120)
    sums = stream.binomial(sizes, stream.beta(2, 1, 120))
    values = [float(i < s) for s, m in zip(sums, sizes, strict=True) for i in range(m)]
    pictures = [picture for picture, m in enumerate(sizes) for _ in range(m)]
    theirs = stats.bootstrap(
        (sums, sizes),
        lambda s, m, axis: s.sum(axis=axis) / m.sum(axis=axis),
        paired=True,
        vectorized=True,
        method="percentile",
        rng=1,
    ).confidence_interval
    ours = bootstrap(values, pictures)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.004)


# What pass@k, mean_interval, average and the paired intervals come to.


@pytest.mark.parametrize(("right", "drawn"), [(0, 4), (1, 4), (3, 4), (4, 4), (2, 6)])
def test_pass_at_k_is_the_share_of_subsets_with_a_right_one(right: int, drawn: int) -> None:
    outcomes = [1] * right + [0] * (drawn - right)
    for k in range(1, drawn + 1):
        subsets = list(combinations(outcomes, k))
        assert pass_at(right, drawn, k) == pytest.approx(mean([max(one) for one in subsets]))
    assert pass_at(1, 1024, 512) == pytest.approx(0.5)
    with pytest.raises(ValueError, match=r"pass@5 of 4 answers; k lies between 1 and 4"):
        pass_at(1, 4, 5)


@pytest.mark.parametrize(("right", "n"), [(0, 7), (3, 7), (30, 40), (150, 200), (200, 200)])
def test_mean_interval_of_single_outcomes_is_wilsons(right: int, n: int) -> None:
    ours, theirs = mean_interval([1.0] * right + [0.0] * (n - right), range(n)), wilson(right, n)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)
    assert (ours.estimate, ours.n) == (theirs.estimate, n)


def test_mean_interval_of_copies_is_that_of_the_originals() -> None:
    values = [float(index % 3 > 0) for index in range(60)]
    copied = mean_interval([v for v in values for _ in range(5)], [i // 5 for i in range(300)])
    alone = mean_interval(values, range(60))
    assert (copied.low, copied.high) == pytest.approx((alone.low, alone.high))
    assert copied.n == 300


def test_mean_interval_of_few_clusters_takes_each_to_be_of_one_piece() -> None:
    # By Kish 5 pictures of 10 questions and 5 of 1 are 55² ÷ 505 = 6 independent outcomes, not 10.
    values, pictures = [0.5] * 55, [i % 5 for i in range(50)] + [5, 6, 7, 8, 9]
    few = mean_interval(values, pictures)
    assert (few.low, few.high) == pytest.approx((wilson(3, 6).low, wilson(3, 6).high), abs=0.001)
    assert (few.estimate, few.n) == (0.5, 55)
    alike = mean_interval([1.0] * 120, [i // 2 for i in range(120)])
    assert (alike.low, alike.high) == pytest.approx((wilson(60, 60).low, 1))


def test_mean_interval_of_scores_that_vary_little_is_narrow() -> None:
    values = [0.5 + 0.1 * (-1) ** index for index in range(100)]
    interval = mean_interval(values, range(100))
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * 0.1 / 10, rel=0.01)
    thirds = mean_interval([1 / 3] * 3000, range(3000))
    assert thirds.high - thirds.low == pytest.approx(2 * 1.96 * (2 / 9 / 3000) ** 0.5, rel=0.01)


def test_mean_interval_of_distances_and_of_nothing() -> None:
    distances = [0.0, 3.0, 1.0, -0.5] * 10
    interval = mean_interval(distances, range(40))
    assert interval == bootstrap(distances, range(40))
    nothing = mean_interval([], [])
    assert math.isnan(nothing.estimate)
    assert (nothing.low, nothing.high, nothing.n) == (0, 1, 0)


def test_average_adds_squares_unless_they_are_tied() -> None:
    first, second, third = wilson(30, 40), wilson(10, 40), wilson(60, 80)
    free, tied = average([first, second, third]), average([first, second, third], ["x", "y", "x"])
    assert free.estimate == tied.estimate == pytest.approx((0.75 + 0.25 + 0.75) / 3)
    below = [one.estimate - one.low for one in (first, second, third)]
    above = [one.high - one.estimate for one in (first, second, third)]
    assert free.low == pytest.approx(free.estimate - math.hypot(*below) / 3)
    assert free.high == pytest.approx(free.estimate + math.hypot(*above) / 3)
    assert tied.low == pytest.approx(free.estimate - math.hypot(below[0] + below[2], below[1]) / 3)
    assert tied.high == pytest.approx(free.estimate + math.hypot(above[0] + above[2], above[1]) / 3)
    assert free.n == 160
    alone = average([first])
    assert (alone.low, alone.high) == pytest.approx((first.low, first.high))


def test_average_with_nothing_is_nothing() -> None:
    for interval in (average([]), average([wilson(5, 10), wilson(0, 0)])):
        assert math.isnan(interval.estimate)
        assert interval.n == 0


@given(st.lists(st.sampled_from([(0, 0), (1, 1), (1, 0), (0, 1), (0.5, 0.5)]), min_size=1))
def test_paired_intervals_hold_their_estimates(pairs: list[tuple[float, float]]) -> None:
    first, second = zip(*pairs, strict=True)
    gap = paired_bootstrap(first, second, resamples=200)
    assert gap.estimate == pytest.approx(mean(first) - mean(second))
    assert gap.low <= gap.estimate <= gap.high
    times = paired_ratio(first, second, resamples=200)
    if sum(second):
        assert times.estimate == pytest.approx(sum(first) / sum(second))
        assert times.low <= times.estimate <= times.high
    else:
        assert math.isnan(times.estimate)
        assert (times.low, times.high) == (0, math.inf)


def test_who_never_disagreed_may_yet_do_so() -> None:
    same = [1.0] * 30 + [0.0] * 20
    gap, times = paired_bootstrap(same, same), paired_ratio(same, same)
    # Tango's score interval (1998) without a disagreement: z² ÷ (n + z²) to either side.
    assert (gap.estimate, times.estimate) == (0, 1)
    assert gap.high == pytest.approx(1.96**2 / (50 + 1.96**2), rel=0.5)
    assert gap.low == pytest.approx(-gap.high, abs=0.03)
    assert 0.85 < times.low < 0.99 < 1.01 < times.high < 1.15


def test_paired_intervals_resample_whole_clusters() -> None:
    first, second = [1.0, 0.0, 1.0, 1.0] * 15, [0.0, 0.0, 1.0, 1.0] * 15
    copies = [copy for copy in range(60) for _ in range(6)]
    many = [[value for value in side for _ in range(6)] for side in (first, second)]
    for interval in (paired_bootstrap, paired_ratio):
        alone, clustered = interval(first, second), interval(many[0], many[1], copies)
        naive = interval(many[0], many[1])
        assert (clustered.low, clustered.high) == pytest.approx((alone.low, alone.high))
        assert naive.high - naive.low < 0.5 * (alone.high - alone.low)


def test_pairs_are_pairs() -> None:
    with pytest.raises(ValueError, match="3 first and 2 second scores"):
        paired_ratio([1.0, 0.0, 1.0], [1.0, 1.0])
    assert math.isnan(paired_bootstrap([], []).estimate)
    assert math.isnan(paired_ratio([], []).estimate)


# Coverage of 95 % intervals, by enumeration where there are closed forms: no chance in it.


def chances(n: int, p: float) -> list[float]:
    return [float(one) for one in np.atleast_1d(stats.binom.pmf(range(n + 1), n, p))]


def holds(interval: Interval, truth: float) -> bool:
    return interval.low - 1e-12 <= truth <= interval.high + 1e-12


@pytest.mark.parametrize("n", [10, 40, 200])
def test_wilson_covers(n: int) -> None:
    covered = [
        sum(chance for k, chance in enumerate(chances(n, p)) if holds(wilson(k, n), p))
        for p in np.linspace(0.02, 0.98, 97)
    ]
    assert 0.949 < mean(covered) < 0.958
    # Between the ends it swings about 95 % as counts are whole; it never falls far.
    assert min(covered) > (0.83 if n == 10 else 0.86)
    inner = covered[18:-18]  # 0.2 to 0.8
    assert 0.915 < min(inner) < max(inner) < 0.99


@pytest.mark.parametrize(
    ("m", "p", "n", "q", "least", "most"),
    [
        (40, 0.8, 40, 0.6, 0.94, 0.97),
        (60, 0.5, 30, 0.5, 0.94, 0.97),
        (60, 0.95, 60, 0.9, 0.94, 0.985),
        (20, 0.9, 60, 0.2, 0.94, 0.985),
        (60, 0.98, 60, 0.98, 0.95, 0.999),  # near the ends conservative
    ],
)
def test_difference_and_ratio_cover(
    m: int, p: float, n: int, q: float, least: float, most: float
) -> None:
    firsts, seconds = [wilson(k, m) for k in range(m + 1)], [wilson(k, n) for k in range(n + 1)]
    weights = np.outer(chances(m, p), chances(n, q))
    for interval, truth in ((difference, p - q), (ratio, p / q)):
        held = [[holds(interval(one, other), truth) for other in seconds] for one in firsts]
        assert least < float((weights * held).sum()) < most, interval.__name__


@pytest.mark.parametrize("shares", [(0.9, 0.7, 0.5), (0.5, 0.5, 0.5), (0.95, 0.9, 0.2)])
def test_average_covers(shares: tuple[float, float, float]) -> None:
    n, truth = 14, mean(shares)
    weights = [chances(n, p) for p in shares]
    covered = 0.0
    for counts in product(range(n + 1), repeat=3):
        chance = math.prod(each[k] for each, k in zip(weights, counts, strict=True))
        covered += chance * holds(average([wilson(k, n) for k in counts]), truth)
    assert 0.94 < covered < 0.985


# By simulation, for what has none. The worlds are drawn item by item, so that their truth is known.

Draw = Callable[[np.random.Generator], tuple[Sequence[float], Sequence[Hashable]]]


def of_draws(n: int, p: float) -> Draw:
    """Questions of unlike difficulty, four answers to each."""

    def draw(stream: np.random.Generator) -> tuple[Sequence[float], Sequence[Hashable]]:
        return list(stream.binomial(4, stream.beta(p, 1 - p, n)) / 4), range(n)

    return draw


def of_pictures(n: int, p: float, sizes: Sequence[int]) -> Draw:
    """Pictures of unlike difficulty, with several questions each."""

    def draw(stream: np.random.Generator) -> tuple[Sequence[float], Sequence[Hashable]]:
        pictures = np.repeat(range(n), stream.choice(sizes, n))
        difficulty = stream.beta(2 * p, 2 * (1 - p), n)
        return list((stream.random(len(pictures)) < difficulty[pictures]) * 1.0), list(pictures)

    return draw


def of_credit(n: int, p: float) -> Draw:
    """Right with chance p, else worth 0, 0.25 or 0.5: the mean is p + (1 - p) / 4."""

    def draw(stream: np.random.Generator) -> tuple[Sequence[float], Sequence[Hashable]]:
        partial = stream.choice([0.0, 0.25, 0.5], n)
        return list(np.where(stream.random(n) < p, 1.0, partial)), range(n)

    return draw


@pytest.mark.parametrize(
    ("draw", "truth", "least", "most"),
    [
        (of_draws(200, 0.6), 0.6, 0.925, 0.97),
        (of_draws(60, 0.9), 0.9, 0.925, 0.97),
        (of_draws(200, 0.97), 0.97, 0.925, 0.975),  # where a bootstrap covers about 90 %
        (of_pictures(60, 0.7, [3]), 0.7, 0.925, 0.97),
        (of_pictures(100, 0.95, [3]), 0.95, 0.925, 0.975),
        (of_pictures(150, 0.8, [1, 1, 2, 3, 8]), 0.8, 0.925, 0.97),
        (of_credit(100, 0.6), 0.7, 0.925, 0.97),
        # Of few clusters it is conservative, the more so the less the items of a cluster are alike.
        (of_draws(12, 0.6), 0.6, 0.97, 1.0),
        (of_pictures(12, 0.7, [1, 2, 8]), 0.7, 0.97, 1.0),
        (of_credit(20, 0.6), 0.7, 0.97, 1.0),
    ],
)
def test_mean_interval_covers(draw: Draw, truth: float, least: float, most: float) -> None:
    stream = np.random.default_rng(17)
    held = [holds(mean_interval(*draw(stream)), truth) for _ in range(1500)]
    assert least < mean(held) <= most


PairDraw = Callable[[np.random.Generator], tuple[list[float], list[float], list[int]]]


def of_pairs(n: int, both: float, first: float, second: float, copies: int = 1) -> PairDraw:
    """Both right, only the first, only the second; in half of the pictures all questions fare alike."""

    def draw(stream: np.random.Generator) -> tuple[list[float], list[float], list[int]]:
        chance = [both, first, second, 1 - both - first - second]
        fate = stream.choice(4, (n, copies), p=chance)
        alike = stream.random(n) < 0.5
        fate[alike] = fate[alike][:, :1]
        fates = fate.ravel()
        pictures = [i for i in range(n) for _ in range(copies)]
        return list((fates < 2) * 1.0), list((fates % 2 == 0) * (fates < 3) * 1.0), pictures

    return draw


@pytest.mark.parametrize(
    ("draw", "gap", "times", "most"),
    [
        (of_pairs(200, 0.6, 0.1, 0.02), 0.08, 0.7 / 0.62, 0.97),
        (of_pairs(60, 0.3, 0.3, 0.1), 0.2, 0.6 / 0.4, 0.985),
        (of_pairs(60, 0.6, 0.1, 0.1, copies=3), 0.0, 1.0, 0.985),
        # Of few items, or with hardly a disagreement, they are conservative.
        (of_pairs(20, 0.6, 0.1, 0.02), 0.08, 0.7 / 0.62, 1.0),
        (of_pairs(50, 0.8, 0.02, 0.02), 0.0, 1.0, 1.0),
    ],
)
def test_paired_intervals_cover(draw: PairDraw, gap: float, times: float, most: float) -> None:
    stream = np.random.default_rng(23)
    trials = [draw(stream) for _ in range(600)]
    gaps = [
        holds(paired_bootstrap(*one, resamples=400, seed=i), gap) for i, one in enumerate(trials)
    ]
    ratios = [
        holds(paired_ratio(*one, resamples=400, seed=i), times) for i, one in enumerate(trials)
    ]
    assert 0.925 < mean(gaps) <= most
    assert 0.925 < mean(ratios) <= most


def test_the_sign_test_of_runs_that_are_alike_finds_nothing() -> None:
    # Pictures with three questions each: taken one by one, the test would be sure far too often.
    stream, draw = np.random.default_rng(29), of_pairs(60, 0.4, 0.2, 0.2, copies=5)
    found = [mcnemar(*draw(stream)).p_value < 0.05 for _ in range(800)]
    assert mean(found) < 0.05


# Repeats of an experiment.


@pytest.mark.parametrize(("times", "share"), [(0, 0.05), (1, 0.17), (2, 0.38)])
def test_of_one_repeat_what_repeats_differ_by_is_not_seen(times: float, share: float) -> None:
    """No difference is real, and training varies by so many times what the items leave open."""
    stream = np.random.default_rng(31)
    found = stream.normal(0, math.hypot(1, times), 4000).tolist()
    one = [repeated([Interval(estimate, estimate - 1.96, estimate + 1.96, 100)]) for estimate in found]  # fmt: skip
    assert mean([not it.low <= 0 <= it.high for it in one]) == pytest.approx(share, abs=0.02)


def test_repeats_that_differ_no_more_than_their_items_explain_are_averaged() -> None:
    seeds = [Interval(0.5, 0.4, 0.6, 100), Interval(0.52, 0.42, 0.63, 100), Interval(0.47, 0.36, 0.57, 90)]  # fmt: skip
    assert repeated(seeds) == average(seeds)


def test_a_single_repeat_keeps_its_interval() -> None:
    one = Interval(0.3, 0.2, 0.45, 60)
    assert repeated([one]) == pytest.approx(one)
    assert repeated([]).n == 0


def test_repeats_of_endless_items_have_students_interval() -> None:
    values = [0.1, 0.25, 0.22, 0.4]
    found = repeated([Interval(value, value, value, 10) for value in values])
    low, high = stats.t.interval(0.95, 3, np.mean(values), stats.sem(values))
    assert (found.estimate, found.low, found.high) == pytest.approx((np.mean(values), low, high))
    assert found.n == 40


def test_what_items_and_what_repeats_leave_open_is_added_squared() -> None:
    z, half = 1.959964, 0.02
    seeds = [Interval(value, value - half, value + half, 50) for value in (0.2, 0.4)]
    excess = 0.02 - (half / z) ** 2  # 0.02: the variance of 0.2 and 0.4
    reach = math.hypot(half / math.sqrt(2), 12.7062 * math.sqrt(excess / 2))
    found = repeated(seeds)
    assert (found.low, found.high) == pytest.approx((0.3 - reach, 0.3 + reach), abs=1e-4)


@pytest.mark.parametrize(("spread", "least"), [(0.0, 0.95), (1.0, 0.91), (3.0, 0.9)])
def test_intervals_of_three_repeats_hold_the_truth(spread: float, least: float) -> None:
    """Whatever repeats differ by, in units of what their items leave open; without it 84 % and 46 %."""
    stream = np.random.default_rng(0)
    held = 0
    for values in stream.normal(0, math.hypot(spread, 1), (2000, 3)):
        found = repeated([Interval(value, value - 1.96, value + 1.96, 400) for value in values])
        held += found.low <= 0 <= found.high
    assert least <= held / 2000 < 0.985
