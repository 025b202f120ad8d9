"""Intervals and tests against scipy and published worked examples."""

import math
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evaluators.statistics import bootstrap, holm, mcnemar, mean, paired_bootstrap, wilson


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
