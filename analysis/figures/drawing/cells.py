"""From a matrix to the pixels of its visible part: choose a level, crop, pool by largest magnitude, quantise."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.figures.axis import Scale
from analysis.figures.drawing.colormaps import TOP, UNDEFINED
from analysis.values import FloatArray


@dataclass(frozen=True)
class Cut:
    """A visible part: cells [row … row_stop) × [col … col_stop), of which 2^row_power × 2^col_power make one pixel."""

    row: int
    row_stop: int
    col: int
    col_stop: int
    row_power: int
    col_power: int


Pair = tuple[float, float]


def choose(shape: tuple[int, ...], rows: Pair, cols: Pair, pixel: Pair) -> Cut:
    """The cut that covers the visible rows and columns when a cell is `pixel` = (height, width) device pixels.

    Each axis is pooled only as far as its own cells need to be at least one pixel: heads stay apart though lags do not.
    """
    row_power, col_power = (max(0, math.ceil(-math.log2(size) - 1e-6)) for size in pixel)
    row, row_stop = _aligned(rows, shape[0], 1 << row_power)
    col, col_stop = _aligned(cols, shape[1], 1 << col_power)
    return Cut(row, row_stop, col, col_stop, row_power, col_power)


def _aligned(visible: tuple[float, float], size: int, step: int) -> tuple[int, int]:
    first = max(0, math.floor(visible[0] / step) * step)
    return first, max(first, min(size, math.ceil(visible[1] / step) * step))


def values_of(levels: tuple[FloatArray, ...], cut: Cut) -> FloatArray:
    """The values of a cut, one for each pixel: from the nearest level, pooled on where an axis needs more."""
    power = min(cut.row_power, cut.col_power, len(levels) - 1)
    step = 1 << power
    values = levels[power][cut.row // step : -(-cut.row_stop // step), cut.col // step : -(-cut.col_stop // step)]
    for _ in range(cut.row_power - power):
        values = pool_rows(values)
    for _ in range(cut.col_power - power):
        values = pool_rows(values.T).T
    return values


def quantise(values: FloatArray, scale: Scale) -> NDArray[np.uint8]:
    """Values to indices of the colour table, C-contiguous: 0 … TOP from low to high, clipped; UNDEFINED for NaN."""
    low, high = scale.low, scale.high
    if scale.kind == "log":
        values = np.log(np.maximum(values, np.float32(low)))
        low, high = math.log(low), math.log(high)
    # Shifted by half, because the cast cuts off: nearest index.
    index = (values - np.float32(low)) * np.float32(TOP / (high - low)) + np.float32(0.5)
    np.clip(index, 0, TOP + 0.5, out=index)
    index[np.isnan(index)] = UNDEFINED
    return np.ascontiguousarray(index.astype(np.uint8))


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
