"""Means of what is there, and ranks among draws of a null."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from analysis.values import FloatArray


def mean_there(values: Float[FloatArray, "*batch n"]) -> Float[FloatArray, "*batch"]:
    """Mean over the last axis of what is there; NaN where nothing is."""
    there = np.isfinite(values)
    count = there.sum(-1)
    return np.where(count > 0, np.where(there, values, 0).sum(-1) / np.maximum(count, 1), np.nan).astype(np.float32)


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
