"""Intervals and error rates over samples: what a number could as well have been."""

import math

import numpy as np
from jaxtyping import Float

from analysis.values import FloatArray

RESAMPLED = 2000
"""Draws of a bootstrap: the ends of a 95 % interval move by about a twentieth of its width."""
LEVEL = 0.05
"""The false-discovery rate, and one minus the coverage of every interval."""


def drawn(n: int, seed: int = 0) -> Float[FloatArray, "draws {n}"]:
    """How often each of n samples is drawn, as weights that add up to 1: RESAMPLED times."""
    generator = np.random.default_rng(seed)
    return (generator.multinomial(n, np.full(n, 1 / n), RESAMPLED) / n).astype(np.float32)


def interval(
    statistics: Float[FloatArray, " draws *more"],
) -> tuple[Float[FloatArray, "*more"], Float[FloatArray, "*more"]]:
    """Low and high end of the middle 95 % of a statistic over its draws (Efron 1979, percentiles)."""
    low, high = np.quantile(statistics, (LEVEL / 2, 1 - LEVEL / 2), axis=0)
    return low.astype(np.float32), high.astype(np.float32)


def of_mean(
    samples: Float[FloatArray, " samples *more"],
) -> tuple[Float[FloatArray, "*more"], Float[FloatArray, "*more"]]:
    """The interval of the mean over the first axis; NaN for a single sample, which has none."""
    if len(samples) < 2:
        nothing = np.full(samples.shape[1:], np.nan, np.float32)
        return nothing, nothing
    flat = samples.reshape(len(samples), -1).astype(np.float32)
    low, high = interval(drawn(len(samples)) @ flat)
    return low.reshape(samples.shape[1:]), high.reshape(samples.shape[1:])


def one_sided(differences: Float[FloatArray, " samples *more"]) -> Float[FloatArray, "*more"]:
    """p of a mean at least as high where the truth is 0 or less: Student's t over the first axis.

    NaN for a single sample.
    """
    n = len(differences)
    if n < 2:
        return np.full(differences.shape[1:], np.nan, np.float32)
    mean, spread = differences.mean(0, dtype=np.float64), differences.std(0, ddof=1, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(spread > 0, mean / spread * math.sqrt(n), np.where(mean > 0, np.inf, -np.inf))
    return np.asarray(above(t, n - 1), np.float32)


def above(t: FloatArray, freedom: int) -> FloatArray:
    """The chance that Student's t with so many degrees of freedom exceeds t.

    With t = √f tan θ the density is proportional to cos^(f−1) θ; Simpson's rule from θ to π/2.
    """
    start = np.arctan2(np.asarray(t, np.float64), math.sqrt(freedom))
    places = start[..., None] + (math.pi / 2 - start[..., None]) * np.linspace(0, 1, 401)
    weights = np.ones(401)
    weights[1:-1:2], weights[2:-1:2] = 4, 2
    area = (np.maximum(np.cos(places), 0.0) ** (freedom - 1) @ weights) * (math.pi / 2 - start) / 1200
    scale = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(math.pi)
    return np.clip(area * scale, 0.0, 1.0)


def adjusted(p: Float[FloatArray, " tests"]) -> Float[FloatArray, " tests"]:
    """Benjamini and Hochberg 1995: for each p the false-discovery rate at which it is a discovery; NaN stays."""
    q, there = np.full(len(p), np.nan, np.float32), np.flatnonzero(np.isfinite(p))
    order = there[np.argsort(p[there])]
    rates = p[order] * len(order) / np.arange(1, len(order) + 1)
    q[order] = np.minimum(1.0, np.minimum.accumulate(rates[::-1])[::-1])
    return q
