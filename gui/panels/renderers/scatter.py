"""Labelled points in a plane with equal axes."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QLineF
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from analysis.figures.scatter import Scatter as ScatterFigure
from gui.panels.drawing.cell_keys import Cell
from gui.panels.drawing.chart import Chart
from gui.panels.renderers import Renderer
from gui.theme import colors

NEAR = 12.0
"""Pixels from a point within which the pointer means it."""


class Scatter(Chart):
    """Draws a Scatter: both axes at one scale, lines through zero, the label of the point under the pointer."""

    figure = ScatterFigure("", np.empty((0, 2), np.float32), "", "")

    def __init__(self, parent: QWidget | None = None) -> None:
        self.points = pg.ScatterPlotItem(pxMode=True, size=8, antialias=True)
        super().__init__(parent)
        self.box.setAspectLocked(True)
        self.box.addItem(self.points)

    def show_figure(self, figure: ScatterFigure) -> None:
        self.figure, self._cell, self._kept = figure, None, None
        self.heading.set_words(figure.title, figure.note)
        self.left.set_name(figure.y_name)
        self.bottom.set_name(figure.x_name)
        self._draw()
        self.home()

    def home(self) -> None:
        """All points and the origin."""
        finite = self.figure.points[np.isfinite(self.figure.points).all(1)]
        corners = np.concatenate((finite, np.zeros((1, 2), np.float32)))
        low, high = corners.min(0).astype(float), corners.max(0).astype(float)
        pad = 0.06 * float((high - low).max()) or 1.0
        self.box.setRange(xRange=(low[0] - pad, high[0] + pad), yRange=(low[1] - pad, high[1] + pad), padding=0)

    def words(self, row: int, col: int) -> str:
        """The point's label, or its coordinates."""
        if self.figure.labels:
            return self.figure.labels[col]
        x, y = self.figure.points[col]
        return f"{self.figure.x_name} {x:.3g}, {self.figure.y_name} {y:.3g}".replace("-", "−")

    def places(self) -> Cell:
        """The points in their order."""
        return 1, len(self.figure.points)

    def place_of(self, cell: Cell) -> tuple[float, float]:
        x, y = np.nan_to_num(self.figure.points[cell[1]]).tolist()
        return x, y

    def draw_over(self, painter: QPainter) -> None:
        zero = self.pixel(0, 0)
        painter.setPen(QPen(self.palette().mid().color(), 1))
        painter.drawLine(QLineF(0, zero.y(), self.box.width(), zero.y()))
        painter.drawLine(QLineF(zero.x(), 0, zero.x(), self.box.height()))
        if self._cell:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self.palette().text().color(), 1.5))
            painter.drawEllipse(self.pixel(*self.figure.points[self._cell[1]].tolist()), 7, 7)

    def restyle(self) -> None:
        super().restyle()
        self._draw()

    def _draw(self) -> None:
        fill = QColor(colors.categorical(self.dark())[0])
        edge = QColor(fill)
        fill.setAlpha(150)
        finite = np.isfinite(self.figure.points).all(1)
        self.points.setData(pos=self.figure.points[finite], brush=pg.mkBrush(fill), pen=pg.mkPen(edge))
        self.overlay.update()

    def nearest(self, x: float, y: float) -> Cell | None:
        distance = np.hypot(*((self.figure.points - (x, y)) * self.pixels_per_unit()).T)
        if np.isnan(distance).all():
            return None
        best = int(np.nanargmin(distance))
        return (0, best) if distance[best] <= NEAR else None


RENDERER = Renderer(ScatterFigure, Scatter)
