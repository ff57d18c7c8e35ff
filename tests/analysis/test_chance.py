"""Intervals and error rates against what is known of them."""

import math

import numpy as np
import pytest

from analysis.verdict import chance


@pytest.mark.parametrize(
    ("t", "freedom", "p"),
    [(0.0, 4, 0.5), (12.706, 1, 0.025), (2.0395, 31, 0.025), (2.7440, 31, 0.005), (-2.0395, 31, 0.975)],
)
def test_that_tails_of_students_t_are_those_of_the_printed_tables(t: float, freedom: int, p: float) -> None:
    assert float(chance.above(np.array(t), freedom)) == pytest.approx(p, rel=1e-3)


def test_that_p_values_are_uniform_where_nothing_is_to_be_found() -> None:
    p = chance.one_sided(np.random.default_rng(0).normal(size=(12, 4000)).astype(np.float32))
    for level in (0.01, 0.05, 0.5):
        assert (p < level).mean() == pytest.approx(level, abs=3 * math.sqrt(level * (1 - level) / 4000))


def test_that_a_constant_difference_is_certain_and_none_is_nothing() -> None:
    p = chance.one_sided(np.stack([np.full(5, 0.3), np.zeros(5)], axis=1))
    assert p.tolist() == [0.0, 1.0]


def test_that_the_false_discovery_rate_is_that_of_a_plain_count() -> None:
    p = np.random.default_rng(1).random(40).astype(np.float32) ** 3
    p[7] = np.nan
    q, there = chance.adjusted(p), [x for x in p if not math.isnan(x)]
    assert math.isnan(q[7])
    for mine, rate in zip(p, q, strict=True):
        if not math.isnan(mine):
            # The smallest rate over all thresholds that let this one pass: expected false ones over passed ones.
            wanted = min(len(there) * level / sum(x <= level for x in there) for level in there if level >= mine)
            assert rate == pytest.approx(min(1.0, wanted), rel=1e-5)


def test_that_nineteen_of_twenty_intervals_hold_the_true_mean() -> None:
    samples = np.random.default_rng(2).normal(1.0, 2.0, size=(40, 2000)).astype(np.float32)
    low, high = chance.of_mean(samples)
    # Percentile intervals of 40 samples are a little narrow (Efron & Tibshirani 1993).
    assert ((low < 1) & (high > 1)).mean() == pytest.approx(0.94, abs=0.02)


def test_that_one_sample_has_no_interval() -> None:
    low, high = chance.of_mean(np.ones((1, 3), np.float32))
    assert np.isnan(low).all()
    assert np.isnan(high).all()
