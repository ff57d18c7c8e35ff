"""Prepares words for a model as the public training code does, without its random part."""

from dataclasses import dataclass

import numpy as np

from analysis.handwriting.codec import Points
from analysis.handwriting.dataset import Word


@dataclass(frozen=True)
class Preparation:
    """What is done to every word before it is encoded, in this order. The defaults are the middle of what the public
    models were trained with (greydanus/cursivetransformer, data.py: `load_and_parse_data`, `augment_stroke`)."""

    normalised: bool = True
    """x in the units of y, by the word's aspectRatio; otherwise as the file has it."""
    shear: float = -0.2
    """x grows by this times y: below 0 leans to the right, y counting downwards."""
    width: float = 1.0
    height: float = 1.0
    """x and y are multiplied by these."""
    thinning: float = 0.65
    """The fraction of points that is left out, 0 up to but not 1."""

    def points(self, word: Word) -> Points:
        """The points of a word, [m, 3], m ≤ n; the word's own are left alone.

        A prepared word has the usual shear and thinning behind it: only what goes beyond is done, by default nothing.
        """
        slant, fraction = self.shear, self.thinning
        if word.prepared:
            usual = Preparation()
            slant -= usual.shear
            fraction = max(0.0, 1 - (1 - fraction) / (1 - usual.thinning))
        points = word.points * [1.0 if self.normalised else 1 / word.ratio, 1.0, 1.0]
        points = shear(points, slant) * [self.width, self.height, 1.0]
        return downsample(points, fraction) if fraction else points


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
