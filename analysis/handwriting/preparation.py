"""Words made ready for a model, as the public training code does it, without its random part."""

from __future__ import annotations

import numpy as np

from .codec import Points

SHEAR, DOWNSAMPLE = -0.2, 0.65
"""The middle of what the public models were trained with."""


def shear(points: Points, factor: float) -> Points:
    """Slant the writing: x grows by factor · y."""
    slanted = points.copy()
    slanted[:, 0] += factor * points[:, 1]
    return slanted


def downsample(points: Points, fraction: float) -> Points:
    """Leave out this fraction (0 … 1) of the points of every stroke, evenly; both of its ends and every pen-up stay."""
    lifted = points[:, 2] != 1
    kept: list[int] = []
    begin = 0
    for end in [*np.flatnonzero(lifted), len(points)]:
        if end > begin:
            count = max(2, int((end - begin) * (1 - fraction)))
            kept += (begin + np.linspace(0, end - begin - 1, count, dtype=int)).tolist()
        kept += [int(end)] if end < len(points) else []
        begin = end + 1
    return points[kept]


def prepared(points: Points) -> Points:
    """A word slanted and thinned."""
    return downsample(shear(points, SHEAR), DOWNSAMPLE)
