"""Tests of effects, held against enumeration and simulation."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from analysis.causal.statistics import rank_p, sign_flip


def test_that_p_of_a_sign_flip_is_the_share_of_all_sign_patterns() -> None:
    values = np.random.default_rng(0).normal(0.5, 1, (3, 7)).astype(np.float32)
    for row, p in zip(values, sign_flip(values), strict=True):
        sums = [float(np.dot(signs, row)) for signs in product((-1, 1), repeat=7)]
        assert p == pytest.approx(np.mean([abs(s) >= abs(row.sum()) - 1e-6 for s in sums]))


def test_that_p_values_of_pure_noise_are_even_and_never_zero() -> None:
    noise = np.random.default_rng(1).normal(size=(4000, 20)).astype(np.float32)
    p = sign_flip(noise)
    assert p.min() > 0
    for level in (0.01, 0.05, 0.5):
        assert (p <= level).mean() == pytest.approx(level, abs=3.5 * np.sqrt(level * (1 - level) / 4000))


def test_that_a_row_that_is_not_complete_is_no_evidence() -> None:
    assert sign_flip(np.array([[5.0, np.nan, 6.0]], np.float32))[0] == 1.0


def test_that_rank_p_counts_draws_as_large() -> None:
    null = np.array([0.1, 0.2, 0.2, 0.9], np.float32)
    found = rank_p(np.array([0.2, 1.0, np.nan], np.float32), null)
    np.testing.assert_allclose(found, [4 / 5, 1 / 5, np.nan])
