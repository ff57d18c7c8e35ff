"""A matrix as colours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.figures.axis import Axis, Scale
from analysis.values import NOWHERE, BoolArray, FloatArray, HeadId, Provenance, frozen


@dataclass(frozen=True, eq=False)
class Heatmap:
    """A matrix as colours. NaN marks a cell that is undefined (drawn as such, never as zero)."""

    title: str
    values: FloatArray
    rows: Axis
    cols: Axis
    scale: Scale
    provenance: Provenance = NOWHERE
    note: str = ""
    """One short line under the title: what a reader must know to read the picture (norm folded, lag, block)."""
    cell_heads: tuple[tuple[HeadId | None, ...], ...] = ()
    """The head that each cell stands for ([rows][cols]), where cells are heads."""
    marked: tuple[int, int] | None = None
    """A cell to outline: (row, col)."""
    levels: tuple[FloatArray, ...] = ()
    """`values` pooled by largest magnitude, 2 × 2 a step; levels[0] is `values`. Empty: draw `values`."""
    faint: BoolArray | None = None
    """[rows, cols]: cells that are not significant, drawn dimmed and hatched; the note says by which test."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", frozen(self.values, (self.rows.size, self.cols.size), "heatmap"))
        if self.faint is not None:
            object.__setattr__(self, "faint", frozen(self.faint, self.values.shape, "faint", np.bool_))
        if self.cell_heads and len(self.cell_heads) != self.rows.size:
            raise ValueError("cell_heads needs one row for each row of values")
