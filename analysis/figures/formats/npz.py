"""NPZ: the arrays of a figure by their names, labels and origin as strings, nothing pickled."""

import io

import numpy as np

from analysis.figures.figure import Figure
from analysis.figures.formats import Format
from analysis.figures.formats._numbers import arrays_of, facts_of


def write(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays_of(figure), **facts_of(figure))
    return buffer.getvalue()


FORMAT = Format("npz", "NumPy", write=write, order=10)
