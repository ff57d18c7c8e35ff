"""Intervals, tests and false discoveries, held against enumeration and simulation."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from analysis.causal.statistics import bootstrap, discoveries, rank_p, sign_flip


def test_that_p_of_a_sign_flip_is_the_share_of_all_sign_patterns() -> None:
    values = np.random.default_rng(0).normal(0.5, 1, (3, 7)).astype(np.float32)
    for row, two, one in zip(values, sign_flip(values), sign_flip(values, two_sided=False), strict=True):
        sums = [float(np.dot(signs, row)) for signs in product((-1, 1), repeat=7)]
        assert two == pytest.approx(np.mean([abs(s) >= abs(row.sum()) - 1e-6 for s in sums]))
        assert one == pytest.approx(np.mean([s >= row.sum() - 1e-6 for s in sums]))


def test_that_p_values_of_pure_noise_are_even_and_never_zero() -> None:
    noise = np.random.default_rng(1).normal(size=(4000, 20)).astype(np.float32)
    for two_sided in (True, False):
        p = sign_flip(noise, two_sided)
        assert p.min() > 0
        for level in (0.01, 0.05, 0.5):
            assert (p <= level).mean() == pytest.approx(level, abs=3.5 * np.sqrt(level * (1 - level) / 4000))


def test_that_a_row_that_is_not_complete_is_no_evidence() -> None:
    assert sign_flip(np.array([[5.0, np.nan, 6.0]], np.float32))[0] == 1.0
    assert np.isnan(bootstrap(np.array([[5.0, np.nan, 6.0]], np.float32))).all()
    assert np.isnan(bootstrap(np.array([[5.0]], np.float32))).all()


def test_that_bootstrap_intervals_hold_the_mean_as_often_as_they_say() -> None:
    values = np.random.default_rng(2).normal(0.3, 1, (1500, 40)).astype(np.float32)
    low, high = bootstrap(values).T
    held = ((low <= 0.3) & (high >= 0.3)).mean()
    assert 0.91 < held < 0.965  # the percentile interval is a little short at 40 samples
    assert (high - low).mean() == pytest.approx(2 * 1.96 / np.sqrt(40), rel=0.06)


def test_that_discoveries_are_those_of_the_stepwise_definition() -> None:
    generator = np.random.default_rng(3)
    for _ in range(50):
        p = generator.random(12) ** 3
        ranked, cut = np.sort(p), 0
        for place in range(12):
            if ranked[place] <= 0.05 * (place + 1) / 12:
                cut = place + 1
        wanted = p <= (ranked[cut - 1] if cut else -1)
        np.testing.assert_array_equal(discoveries(p.reshape(3, 4)), wanted.reshape(3, 4))


def test_that_false_discoveries_stay_at_the_rate() -> None:
    generator = np.random.default_rng(4)
    shares = []
    for _ in range(400):
        p = generator.random(60)
        p[:6] = generator.random(6) * 1e-4  # six that are true
        found = discoveries(p, 0.1)
        shares.append(found[6:].sum() / max(1, found.sum()))
    assert np.mean(shares) < 0.1
    assert np.mean(shares) > 0.05  # and the rate is used


def test_that_what_is_undefined_is_no_hypothesis() -> None:
    p = np.array([0.04, np.nan, np.nan, np.nan])
    assert discoveries(p).tolist() == [True, False, False, False]
    assert not discoveries(np.array([])).any()


def test_that_rank_p_counts_draws_as_large() -> None:
    null = np.array([0.1, 0.2, 0.2, 0.9], np.float32)
    found = rank_p(np.array([0.2, 1.0, np.nan], np.float32), null)
    np.testing.assert_allclose(found, [4 / 5, 1 / 5, 1.0])
