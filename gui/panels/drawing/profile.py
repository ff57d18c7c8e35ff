"""A row or a column of a heatmap as a curve beside it, on the figure's own scale."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPalette, QTransform
from PySide6.QtWidgets import QWidget

from analysis.figures.axis import Scale
from analysis.values import FloatArray
from gui.panels.guard import guarded
from gui.theme import colors

LINES = 4
"""Lines of text: how high a profile is."""
GAP = 5


class Profile(pg.GraphicsWidget):
    """Above a view box (a row) or right of it (a column, `upright`); nothing while `values` are None."""

    def __init__(self, upright: bool) -> None:
        super().__init__()
        self._upright = upright
        self._span = (0.0, 1.0)
        self._scale = Scale("sequential", 0.0, 1.0, "")
        self._palette = QPalette()
        self.values: FloatArray | None = None
        self.shown = False
        self._fit()

    def follow(self, box: pg.ViewBox) -> None:
        """Shows what the view box shows."""
        box.sigRangeChanged.connect(self._range_changed)

    def _range_changed(self, box: pg.ViewBox, spans: Sequence[tuple[float, float]]) -> None:
        self._span = spans[self._upright]
        self.update()

    def set_shown(self, shown: bool) -> None:
        self.shown = shown
        self._fit()

    def _fit(self) -> None:
        """No room while hidden; else a few lines of text, and beside each other what the ends of the scale are."""
        metrics = QFontMetrics(self.font())
        ends = sum(metrics.horizontalAdvance(text) for _, text in self._ends()) + metrics.averageCharWidth()
        room = max(LINES * metrics.height(), ends if self._upright else 0) + GAP if self.shown else 0
        (self.setFixedWidth if self._upright else self.setFixedHeight)(room)

    def _ends(self) -> list[tuple[float, str]]:
        """(level, text) of the two ends of the scale."""
        ends = (0.0, self._scale.low), (1.0, self._scale.high)
        return [(level, f"{value:.2g}".replace("-", "−")) for level, value in ends]

    def set_scale(self, scale: Scale, palette: QPalette) -> None:
        self._scale, self._palette = scale, palette
        self._fit()
        self.update()

    def set_values(self, values: FloatArray | None) -> None:
        """A row's or a column's values, a view of the figure's; None: there is none to show."""
        self.values = values
        if self.shown:
            self.update()

    def level(self, value: float) -> float:
        """Where a value is on the scale, from 0 at its low end to 1 at its high end."""
        return float(self.levels(np.array([value], np.float32))[0])

    def levels(self, values: FloatArray) -> FloatArray:
        """`level` of many."""
        low, high = self._scale.low, self._scale.high
        if self._scale.kind == "log":
            low, high, values = math.log(low), math.log(high), np.log(np.maximum(values, np.float32(low)))
        return np.clip((values - np.float32(low)) / np.float32(high - low), 0, 1)

    @guarded
    def paint(self, painter: QPainter, option: Any, widget: QWidget | None = None) -> None:
        if not self.shown:
            return
        painter.setPen(self._palette.mid().color())
        base = self.level(0.0) if self._scale.kind != "log" else 0.0
        for level in {0.0, base, 1.0}:
            painter.drawLine(self._to_pixels().map(QLineF(0, level, 1, level)))
        if self.values is not None:
            self._paint_values(painter, base)
        self._paint_ends(painter)

    def _paint_values(self, painter: QPainter, base: float) -> None:
        """A staircase over the visible cells, filled down to nothing."""
        assert self.values is not None
        span = self._span
        first, last = max(0, math.floor(span[0])), min(len(self.values), math.ceil(span[1]))
        if last <= first:
            return
        room = self.height() if self._upright else self.width()
        edges, values = pooled(self.values[first:last], max(1, int(room)))
        along = (first + edges - span[0]) / (span[1] - span[0])
        # Two points a step, from its left edge to its right, and down to nothing at both ends.
        level = np.concatenate(([base], np.repeat(np.nan_to_num(self.levels(values), nan=base), 2), [base]))
        along = np.concatenate((along[:1], np.repeat(along, 2)[1:-1], along[-1:]))
        to_pixels = self._to_pixels()
        fill = QColor(self._palette.highlight().color())
        painter.setClipRect(to_pixels.mapRect(QRectF(0, 0, 1, 1)))
        painter.setPen(fill)
        fill.setAlpha(70)
        painter.setBrush(fill)
        painter.drawPolygon(to_pixels.map(pg.functions.arrayToQPolygonF(along, level)))
        painter.setClipping(False)

    def _paint_ends(self, painter: QPainter) -> None:
        """What the ends of the scale are: left of a row's curve, above a column's, where no ticks stand."""
        metrics = QFontMetrics(self.font())
        painter.setPen(colors.quiet(self._palette))
        painter.setFont(self.font())
        for level, text in self._ends():
            place = self._to_pixels().map(QPointF(0, level))
            wide = metrics.horizontalAdvance(text)
            if self._upright:
                painter.drawText(QPointF(place.x() - wide * level, place.y() - metrics.descent()), text)
            else:
                down = metrics.ascent() if level else 0
                painter.drawText(QPointF(place.x() - wide - 4, place.y() + down - 1), text)

    def _to_pixels(self) -> QTransform:
        """From (along the visible cells, level on the scale), both 0 to 1; a gap towards the matrix is left free."""
        wide, high = self.width(), self.height()
        if self._upright:
            return QTransform(0, high, wide - GAP, 0, GAP, 0)
        return QTransform(wide, 0, 0, GAP - high, 0, high - GAP)


def pooled(values: FloatArray, room: int) -> tuple[NDArray[np.intp], FloatArray]:
    """(edges, values): at most `room` steps, each the value of largest magnitude of its cells; NaN where all are.

    Step k covers the cells edges[k] … edges[k + 1] − 1.
    """
    each = -(-len(values) // room)
    if each == 1:
        return np.arange(len(values) + 1), values
    count = -(-len(values) // each)
    padded = np.full(count * each, np.nan, np.float32)
    padded[: len(values)] = values
    grid = padded.reshape(count, each)
    best = np.where(np.isnan(grid), -1, np.abs(grid)).argmax(1)
    return np.append(np.arange(0, len(values), each), len(values)), grid[np.arange(count), best]
