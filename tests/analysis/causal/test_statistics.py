"""Ranks among a null, counted by hand."""

from __future__ import annotations

import numpy as np

from analysis.causal.statistics import rank_p


def test_that_rank_p_counts_draws_as_large() -> None:
    null = np.array([0.1, 0.2, 0.2, 0.9], np.float32)
    found = rank_p(np.array([0.2, 1.0, np.nan], np.float32), null)
    np.testing.assert_allclose(found, [4 / 5, 1 / 5, np.nan])
