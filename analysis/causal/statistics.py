"""How sure: bootstrap intervals, sign-flip tests, false-discovery control. Numpy alone, the same at every call."""

from __future__ import annotations

import numpy as np

from ..values import BoolArray, FloatArray

RESAMPLES = 2000
EXACT = 14
"""Up to this many samples all 2ⁿ sign patterns are tried, beyond it as many random ones."""
BLOCK = 256
"""Rows of one product."""


def bootstrap(values: FloatArray, level: float = 0.95, seed: int = 0) -> FloatArray:
    """Percentile intervals of the mean over the last axis: [N, B] → [N, 2] (Efron 1979, "Bootstrap Methods").

    NaN where a row has a NaN or fewer than two samples.
    """
    n_rows, n = values.shape
    if n < 2:
        return np.full((n_rows, 2), np.nan, np.float32)
    drawn = np.random.default_rng(seed).integers(0, n, (RESAMPLES, n))
    weights = np.stack([np.bincount(row, minlength=n) for row in drawn]) / n  # [RESAMPLES, B]
    tails = [(1 - level) / 2, (1 + level) / 2]
    blocks = [values[low : low + BLOCK].astype(np.float64) for low in range(0, n_rows, BLOCK)]
    found = [np.quantile(block @ weights.T, tails, axis=1).T for block in blocks]
    return np.concatenate([np.empty((0, 2)), *found]).astype(np.float32)


def sign_flip(values: FloatArray, two_sided: bool = True, seed: int = 0) -> FloatArray:
    """p of a mean of 0, under which every sample's sign may be turned (Fisher 1935, "The Design of Experiments", §21).

    [N, B] → [N], at least 1 / number of patterns. One-sided: against a mean above 0. 1 where a row has a NaN.
    """
    n_rows, n = values.shape
    if n <= EXACT:
        signs = 1.0 - 2.0 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
    else:
        signs = np.random.default_rng(seed).choice([-1.0, 1.0], (2**EXACT, n))
        signs[0] = 1.0  # What was seen is one of them: p is never 0, and the test stays valid.
    found = np.ones(n_rows, np.float64)
    for low in range(0, n_rows, BLOCK):
        block = values[low : low + BLOCK].astype(np.float64)
        seen, sums = block.sum(1), block @ signs.T  # [rows], [rows, patterns]
        room = 1e-9 * np.abs(block).sum(1)[:, None]
        if two_sided:
            seen, sums = np.abs(seen), np.abs(sums)
        found[low : low + BLOCK] = (sums >= seen[:, None] - room).mean(1)
    return np.where(np.isnan(values).any(1), 1.0, found).astype(np.float32)


def rank_p(values: FloatArray, null: FloatArray) -> FloatArray:
    """p of each value among draws of the null, against larger ones: (1 + draws as large) / (1 + draws); [N] → [N]."""
    null = np.sort(null[np.isfinite(null)])
    larger = len(null) - np.searchsorted(null, values, side="left")
    return np.where(np.isnan(values), 1.0, (1 + larger) / (1 + len(null))).astype(np.float32)


def discoveries(p: FloatArray, rate: float = 0.05) -> BoolArray:
    """Which hypotheses are rejected at this false-discovery rate (Benjamini and Hochberg 1995); any shape.

    NaN is no hypothesis: it is not counted, and not rejected.
    """
    flat = p.ravel()
    there = np.flatnonzero(np.isfinite(flat))
    order = there[np.argsort(flat[there], kind="stable")]
    under = np.flatnonzero(flat[order] <= rate * np.arange(1, len(order) + 1) / max(1, len(order)))
    found = np.zeros(len(flat), bool)
    found[order[: under[-1] + 1 if len(under) else 0]] = True
    return found.reshape(p.shape)
