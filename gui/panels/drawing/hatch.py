"""Cells that are not significant: dimmed towards the background, with slanting lines."""

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QPainter, QPalette

from analysis.values import BoolArray
from gui.theme import colors

MOST = 20_000
"""More cells than this are no mosaic: they are left as they are."""
DIM, LINES = 120, 150


def hatch(painter: QPainter, faint: BoolArray, pixel: Callable[[float, float], QPointF], palette: QPalette) -> None:
    """Paints over the faint cells; `pixel` gives the place of (column, row)."""
    if faint.size > MOST:
        return
    ground, line = palette.base().color(), colors.quiet(palette)
    ground.setAlpha(DIM)
    line.setAlpha(LINES)
    for row, first, stop in runs(faint):
        cells = QRectF(pixel(first, row), pixel(stop, row + 1)).normalized()
        painter.fillRect(cells, ground)
        painter.fillRect(cells, QBrush(line, Qt.BrushStyle.BDiagPattern))


def runs(faint: BoolArray) -> list[tuple[int, int, int]]:
    """(row, first column, column after the last) of neighbours in a row that are true."""
    edges = np.diff(faint.astype(np.int8), axis=1, prepend=0, append=0)
    (row, first), (_, stop) = np.nonzero(edges == 1), np.nonzero(edges == -1)
    return list(zip(row.tolist(), first.tolist(), stop.tolist(), strict=True))
