"""Pictures larger than their pixels: pooled by largest magnitude, so that one hot cell stays visible."""

import numpy as np

from analysis.values import FloatArray


def pool(values: FloatArray, signed: bool = True) -> FloatArray:
    """[rows, cols] → [⌈rows/2⌉, ⌈cols/2⌉]: of each 2 × 2 the value of largest magnitude, signed; NaN counts least.

    Values of a scale that starts at 0 need not be `signed`: the largest is the one of largest magnitude.
    """
    return pool_rows(pool_rows(values, signed).T, signed).T


def pool_rows(values: FloatArray, signed: bool = True) -> FloatArray:
    """Pairs of rows into the value of largest magnitude, signed; NaN only where both are."""
    if len(values) % 2:
        values = np.concatenate((values, values[-1:]))
    first, second = values[0::2], values[1::2]
    largest = np.fmax(first, second)
    if not signed:
        return largest
    smallest = np.fmin(first, second)
    # fmax and fmin skip NaN: a pair is undefined only where both cells are.
    return np.where(largest >= -smallest, largest, smallest)
