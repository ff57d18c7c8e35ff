"""Singular values of a circuit as bars."""

from __future__ import annotations

import numpy as np

from analysis.figures.curves import Curves, Series
from analysis.measures.circuits import Factored
from analysis.views._shared import numpy


def singular(title: str, circuit: Factored, words: str) -> Curves:
    """Singular values, largest first; the note says how many of them hold 90 % of ‖·‖²."""
    values = numpy(circuit.singular_values())
    energy = np.cumsum(values.astype(np.float64) ** 2)
    rank = int(np.searchsorted(energy, 0.9 * energy[-1])) + 1 if energy[-1] > 0 else 0
    note = f"{words}; {rank} of {len(values)} directions hold 90 % of ‖·‖²"
    x = np.arange(1, len(values) + 1, dtype=np.float32)
    top = float(values.max(initial=0.0)) * 1.08 or 1.0
    return Curves(
        title,
        x,
        (Series("singular value", values, emphasis=True),),
        "rank",
        "singular value",
        note=note,
        y_range=(0.0, top),
        bars=True,
    )
