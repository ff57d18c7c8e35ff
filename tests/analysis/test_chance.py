"""Intervals and error rates against simulation, scipy and counting by hand."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from analysis.verdict import chance

Generator = np.random.Generator
Draw = Callable[[Generator, tuple[int, ...]], np.ndarray]
DRAWS: dict[str, tuple[Draw, float]] = {
    "normal": (lambda g, s: g.normal(size=s), 0.0),
    "uniform": (lambda g, s: g.random(s), 0.5),
    "beta": (lambda g, s: g.beta(2, 8, s), 0.2),
    "exponential": (lambda g, s: g.exponential(size=s), 1.0),
    "lognormal": (lambda g, s: g.lognormal(0, 0.6, s), math.exp(0.18)),
    "half": (lambda g, s: (g.random(s) < 0.5) + 0.1 * g.normal(size=s), 0.5),
    "third": (lambda g, s: (g.random(s) < 0.3) + 0.1 * g.normal(size=s), 0.3),
}
"""Each with its true mean."""


def drawn(name: str, sign: int, *shape: int, seed: int = 3) -> tuple[np.ndarray, float]:
    draw, true = DRAWS[name]
    return (sign * draw(np.random.default_rng(seed), shape)).astype(np.float32), sign * true


@pytest.mark.parametrize("n", [8, 16, 32])
@pytest.mark.parametrize("name", DRAWS)
@pytest.mark.parametrize("sign", [1, -1])
def test_that_intervals_cover_the_true_mean_and_are_not_absurdly_wide(name: str, n: int, sign: int) -> None:
    samples, true = drawn(name, sign, n, 12000)
    low, high = chance.of_mean(samples)
    assert ((low <= true) & (true <= high)).mean() >= 0.93
    student = 2 * stats.t.ppf(0.975, n - 1) * stats.sem(samples, axis=0)
    assert 1 <= (high - low).mean() / student.mean() < 1.3


def test_that_percentiles_of_a_bootstrap_would_not_pass() -> None:
    samples, true = drawn("exponential", 1, 8, 4000)
    weights = np.random.default_rng(0).multinomial(8, np.full(8, 1 / 8), 1000) / 8
    low, high = np.quantile(weights @ samples, (0.025, 0.975), axis=0)
    assert ((low <= true) & (true <= high)).mean() < 0.86


def test_that_without_skewness_the_interval_is_student_s() -> None:
    half = np.random.default_rng(0).normal(size=(8, 5)).astype(np.float32)
    samples = 3 + np.concatenate([half, -half])
    found = stats.ttest_1samp(samples, 0)
    wanted = found.confidence_interval(0.95)
    low, high = chance.of_mean(samples)
    np.testing.assert_allclose(low, wanted.low, rtol=1e-4)
    np.testing.assert_allclose(high, wanted.high, rtol=1e-4)
    np.testing.assert_allclose(chance.two_sided(samples), found.pvalue, rtol=1e-2)
    np.testing.assert_allclose(chance.one_sided(samples), found.pvalue / 2, rtol=1e-2)


def test_that_the_long_tail_s_end_is_johnson_s_by_hand() -> None:
    samples = np.array([0, 0, 0, 0, 1, 1, 2, 6, 9, 1], np.float32)
    t, n, error = stats.t.ppf(0.975, 9), 10, stats.sem(samples)
    shift = 1.5 * stats.skew(samples.astype(float), bias=False) * error / (6 * math.sqrt(n)) * (1 + 2 * t**2)
    low, high = chance.of_mean(samples)
    assert float(low) == pytest.approx(2 - t * error, rel=1e-5)
    assert float(high) == pytest.approx(2 + t * error + shift, rel=1e-5)
    low, high = chance.of_mean(-samples)
    assert float(low) == pytest.approx(-2 - t * error - shift, rel=1e-5)


@pytest.mark.parametrize("n", [1, 7])
def test_that_fewer_than_eight_samples_give_no_interval_and_no_discovery(n: int) -> None:
    samples = 100 + np.random.default_rng(0).normal(size=(n, 3)).astype(np.float32)
    assert np.isnan(chance.of_mean(samples)).all()
    assert np.isnan(chance.one_sided(samples)).all()
    assert np.isnan(chance.best_of(samples)[1:]).all()
    assert chance.best_of(samples)[0] == samples.mean(0).argmax()
    assert not chance.discoveries(chance.two_sided(samples)).any()
    assert not chance.changes(samples).found.any()


def test_that_what_is_not_there_counts_for_nothing() -> None:
    samples = np.random.default_rng(0).normal(size=(12, 4)).astype(np.float32)
    samples[9:, 1], samples[5:, 2], samples[:, 3] = np.nan, np.nan, np.nan
    low, high = chance.of_mean(samples)
    alone = chance.of_mean(samples[:9, 1])
    np.testing.assert_allclose((low[1], high[1]), alone, rtol=1e-5)
    assert np.isfinite(low).tolist() == np.isfinite(chance.two_sided(samples)).tolist() == [True, True, False, False]
    which, *ends = chance.best_of(samples[:, None])
    assert int(which[0]) == np.nanargmax(np.nanmean(samples[:, :3], 0))
    assert np.isnan(chance.best_of(samples[:, 3:])[1:]).all()
    assert len(ends) == 2


def test_that_samples_that_are_all_the_same_give_their_value() -> None:
    samples = np.stack([np.full(9, 0.3), np.zeros(9), np.full(9, -2)], axis=1)
    low, high = chance.of_mean(samples)
    assert low.tolist() == high.tolist() == samples[0].astype(np.float32).tolist()
    assert chance.one_sided(samples).tolist() == [0, 1, 1]
    assert chance.two_sided(samples).tolist() == [0, 1, 0]
    assert [float(end) for end in chance.best_of(samples)] == pytest.approx([0, 0.3, 0.3])


@pytest.mark.parametrize("n", [8, 32])
@pytest.mark.parametrize("name", ["normal", "exponential", "third"])
def test_that_p_is_small_exactly_where_the_interval_leaves_nothing_out(name: str, n: int) -> None:
    samples, true = drawn(name, -1, n, 3000)
    samples = samples - np.float32(0.5 * true)
    low, high = chance.of_mean(samples)
    clear = (abs(low) > 1e-5) & (abs(high) > 1e-5)
    assert ((low > 0) == (chance.one_sided(samples) < 0.025))[clear].all()
    assert (((low > 0) | (high < 0)) == (chance.two_sided(samples) < 0.05))[clear].all()
    assert 0.02 < ((low > 0) | (high < 0)).mean() < 0.98


@pytest.mark.parametrize("n", [8, 16, 32])
def test_that_p_is_no_smaller_than_student_s_and_small_no_more_often_than_it_says(n: int) -> None:
    for name, sign, most in (
        ("normal", 1, 0.025),
        ("uniform", 1, 0.025),
        ("exponential", 1, 0.025),
        ("beta", -1, 0.035),
        ("exponential", -1, 0.065),
    ):
        samples, true = drawn(name, sign, n, 8000)
        p = chance.one_sided(samples - np.float32(true))
        assert (p <= 0.025).mean() <= most
        assert (p >= stats.ttest_1samp(samples - np.float32(true), 0, alternative="greater").pvalue - 1e-4).all()


@pytest.mark.parametrize("k", [1, 8, 144])
@pytest.mark.parametrize("n", [8, 16, 32])
@pytest.mark.parametrize("better", [0.0, 1.0])
def test_that_the_best_of_several_is_covered_though_it_was_chosen_on_the_same_samples(
    k: int, n: int, better: float
) -> None:
    for name in ("normal", "beta", "exponential", "half"):
        for sign in (1, -1):
            samples, true = drawn(name, sign, n, 3000 if k < 144 else 400, k)
            means = np.full(k, true)
            means[0] += better * samples.std()
            samples[..., 0] += np.float32(better * samples.std())
            which, low, high = chance.best_of(samples)
            assert (which == samples.mean(0).argmax(-1)).all()
            assert ((low <= means[which]) & (means[which] <= high)).mean() >= 0.93, (name, sign)


def test_that_the_plain_interval_of_the_best_of_several_would_not_pass() -> None:
    samples, true = drawn("normal", 1, 16, 2000, 8)
    which, low, high = chance.best_of(samples)
    plain = np.take_along_axis(np.stack(chance.of_mean(samples)), which[None, :, None], -1)[..., 0]
    assert ((plain[0] <= true) & (true <= plain[1])).mean() < 0.9
    np.testing.assert_allclose(high, plain[1], rtol=1e-5)
    assert (high - low).mean() < 2 * (plain[1] - plain[0]).mean()
    one = chance.best_of(samples[..., :1])
    np.testing.assert_allclose(np.stack(one[1:]), np.stack(chance.of_mean(samples[..., 0])), rtol=1e-6)


def test_that_the_false_discovery_rate_is_that_of_a_plain_count_and_scipy_s() -> None:
    p = np.random.default_rng(1).random(40).astype(np.float32) ** 3
    p[7] = np.nan
    q, there = chance.adjusted(p), [x for x in p if not math.isnan(x)]
    assert math.isnan(q[7])
    np.testing.assert_allclose(np.delete(q, 7), stats.false_discovery_control(np.delete(p, 7)), rtol=1e-6)
    for mine, rate in zip(p, q, strict=True):
        if not math.isnan(mine):
            # The smallest rate over all thresholds that let this one pass: expected false ones over passed ones.
            wanted = min(len(there) * level / sum(x <= level for x in there) for level in there if level >= mine)
            assert rate == pytest.approx(min(1.0, wanted), rel=1e-5)
    np.testing.assert_array_equal(chance.adjusted(p.reshape(8, 5)), q.reshape(8, 5))


def test_that_adjusted_values_by_hand_are_these() -> None:
    p = np.array([0.01, 0.04, 0.03, np.nan], np.float32)
    np.testing.assert_allclose(chance.adjusted(p), [0.03, 0.04, 0.04, np.nan], rtol=1e-5)
    assert chance.discoveries(p).tolist() == [True, True, True, False]
    # Three more of the family that are not here.
    np.testing.assert_allclose(chance.adjusted(p, 6), [0.06, 0.08, 0.08, np.nan], rtol=1e-5)
    assert not chance.discoveries(p, 6).any()
    assert np.isnan(chance.adjusted(np.full(3, np.nan, np.float32))).all()


def test_that_asking_about_one_alone_is_never_less_careful_than_about_all() -> None:
    samples = np.random.default_rng(0).normal(0.4, 1, (16, 30)).astype(np.float32)
    together = chance.changes(samples)
    alone = [chance.changes(samples[:, [number]], family=30) for number in range(30)]
    assert together.found.any()
    assert not together.found.all()
    for number, one in enumerate(alone):
        assert one.q[0] >= together.q[number] - 1e-6
        assert (one.mean[0], one.low[0]) == (together.mean[number], together.low[number])
    np.testing.assert_allclose(together.mean, samples.mean(0), rtol=1e-5)


@pytest.mark.parametrize("n", [8, 16])
def test_that_among_heads_that_do_nothing_discoveries_are_rare(n: int) -> None:
    samples = np.random.default_rng(4).normal(size=(n, 300, 144)).astype(np.float32)
    p = chance.two_sided(samples)
    assert np.mean([chance.discoveries(one).any() for one in p]) <= chance.LEVEL
    samples[..., 0] += 6
    assert np.mean([chance.discoveries(one)[0] for one in chance.two_sided(samples)]) > 0.9


def test_that_the_same_samples_give_the_same_numbers() -> None:
    samples = np.random.default_rng(0).normal(size=(32, 400, 30)).astype(np.float32)
    np.testing.assert_array_equal(np.stack(chance.of_mean(samples)), np.stack(chance.of_mean(samples.copy())))
