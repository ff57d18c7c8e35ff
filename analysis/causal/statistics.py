"""Tests of effects: sign flips over samples, ranks among draws of a null. Numpy alone, the same at every call."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from analysis.values import FloatArray

EXACT = 14
"""Up to this many samples all 2ⁿ sign patterns are tried, beyond it as many random ones."""
BLOCK = 256
"""Rows of one product."""


def mean_there(values: Float[FloatArray, "*batch n"]) -> Float[FloatArray, "*batch"]:
    """Mean over the last axis of what is there; NaN where nothing is."""
    there = np.isfinite(values)
    count = there.sum(-1)
    return np.where(count > 0, np.where(there, values, 0).sum(-1) / np.maximum(count, 1), np.nan).astype(np.float32)


def sign_flip(values: Float[FloatArray, "rows samples"], seed: int = 0) -> Float[FloatArray, " rows"]:
    """p of a mean of 0, under which every sample's sign may be turned (Fisher 1935, "The Design of Experiments", §21).

    Two-sided, at least 1 / number of patterns. 1 where a row has a NaN.
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
        room = 1e-9 * np.abs(block).sum(1)
        found[low : low + BLOCK] = (np.abs(block @ signs.T) >= (np.abs(block.sum(1)) - room)[:, None]).mean(1)
    return np.where(np.isnan(values).any(1), 1.0, found).astype(np.float32)


def rank_p(values: Float[FloatArray, "*shape"], null: Float[FloatArray, ...]) -> Float[FloatArray, "*shape"]:
    """p of each value among draws of the null, against larger ones: (1 + draws as large) / (1 + draws); any shape.

    NaN stays.
    """
    null = np.sort(null[np.isfinite(null)])
    larger = len(null) - np.searchsorted(null, values, side="left")
    return np.where(np.isnan(values), np.nan, (1 + larger) / (1 + len(null))).astype(np.float32)


def layered_p(
    values: Float[FloatArray, "layers heads"], null: Float[FloatArray, "models layers heads"]
) -> Float[FloatArray, "layers heads"]:
    """`rank_p` of values among a null whose layers differ in place and spread.

    Everything is measured in standard deviations of its layer's null before all layers are ranked as one.
    """
    middle, spread = np.nanmean(null, axis=(0, 2)), np.nanstd(null, axis=(0, 2))
    spread = np.where(spread > 0, spread, 1.0)
    return rank_p((values - middle[:, None]) / spread[:, None], (null - middle[:, None]) / spread[:, None])
