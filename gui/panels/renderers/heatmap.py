"""A matrix as colours: whatever its size, only the visible part is quantised, at the resolution of the screen."""

import math
from collections.abc import Hashable
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from analysis.figures.axis import Axis, Scale
from analysis.figures.drawing.cells import Cut, choose, quantise, values_of
from analysis.figures.heatmap import Heatmap as HeatmapFigure
from analysis.values import HeadId
from gui.panels.drawing.cell_keys import Cell
from gui.panels.drawing.chart import Chart
from gui.panels.drawing.colorbar import ColorBar
from gui.panels.drawing.hatch import hatch
from gui.panels.drawing.profile import Profile
from gui.panels.guard import guarded
from gui.panels.renderers import Renderer
from gui.theme import colors
from gui.theme.typography import sized

SQUARE = 64
"""Square matrices up to this many cells a side keep square cells."""


class Cells(pg.GraphicsObject):
    """The matrix itself, one unit a cell, row 0 at the top. The cut is chosen while painting: it fits any device."""

    def __init__(self) -> None:
        super().__init__()
        self._figure: HeatmapFigure | None = None
        self._dark = False
        self._image: QImage | None = None
        self.cut: Cut | None = None

    def set_figure(self, figure: HeatmapFigure, dark: bool) -> None:
        self.prepareGeometryChange()
        self._figure, self._dark, self.cut = figure, dark, None
        self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(0, 0, self._figure.cols.size, self._figure.rows.size) if self._figure else QRectF()

    @guarded
    def paint(self, painter: QPainter, option: Any, widget: QWidget | None = None) -> None:
        figure, visible = self._figure, self.getViewBox().viewRect().intersected(self.boundingRect())
        if figure is None or visible.isEmpty():
            return
        device = painter.deviceTransform()
        pixel = (abs(device.m22()), abs(device.m11()))
        if not min(pixel):
            return  # no room at all
        extent = (visible.top(), visible.bottom()), (visible.left(), visible.right())
        cut = choose(figure.values.shape, *extent, pixel)
        if cut != self.cut or self._image is None:
            self.cut, self._image = cut, self._draw(figure, cut)
        target = QRectF(cut.col, cut.row, cut.col_stop - cut.col, cut.row_stop - cut.row)
        # The last pixel may stand for fewer cells than the others: a part of it is drawn.
        source = QRectF(0, 0, target.width() / (1 << cut.col_power), target.height() / (1 << cut.row_power))
        painter.drawImage(target, self._image, source)

    def _draw(self, figure: HeatmapFigure, cut: Cut) -> QImage:
        index = quantise(values_of(figure.levels or (figure.values,), cut), figure.scale)
        image = QImage(index.data, index.shape[1], index.shape[0], index.shape[1], QImage.Format.Format_Indexed8)
        image.setColorTable(colors.color_table(figure.scale.kind, self._dark))
        # The conversion copies (numpy's memory may go) and spares one at every repaint.
        return image.convertToFormat(QImage.Format.Format_RGB32)


class Heatmap(Chart):
    """Draws a Heatmap: axes, colour bar, crosshair, words for the cell under the pointer, clicks on heads."""

    figure = HeatmapFigure("", np.empty((0, 0), np.float32), Axis("", 0), Axis("", 0), Scale("sequential", 0, 1, ""))

    def __init__(self, parent: QWidget | None = None) -> None:
        self._cursor: tuple[int | None, int | None] = (None, None)
        self.cells, self.bar = Cells(), ColorBar()
        self.above, self.beside = Profile(upright=False), Profile(upright=True)
        super().__init__(parent)
        self.box.invertY(True)
        self.box.addItem(self.cells)
        for item, row, col in ((self.above, 0, 1), (self.beside, 1, 2), (self.bar, 1, 3)):
            self.grid.addItem(item, row, col)
        self.above.follow(self.box)
        self.beside.follow(self.box)

    def show_figure(self, figure: HeatmapFigure) -> None:
        """Draws `figure`; a zoom stays when the axes are those of the figure before."""
        before, self.figure = self.figure, figure
        self.left.set_cells(figure.rows)
        self.bottom.set_cells(figure.cols)
        self._colour()
        if _extent(before) != _extent(figure):
            self._cell, self._kept, self._cursor = None, None, (None, None)
            self._limit(figure)
            self._square()
            self.home()
        self._say_note()
        self._update_over()
        if self._cell:
            self.hovered.emit(self.here_words())

    def set_cursor(self, row: int | None, col: int | None) -> None:
        """A crosshair from outside: through a row, a column, or both; None, None takes it away."""
        self._cursor = (row, col)
        self._update_over()

    def set_profiles(self, shown: bool) -> None:
        """Whether the row and the column under the crosshair stand as curves above and beside the matrix."""
        for profile in (self.above, self.beside):
            profile.set_shown(shown)
        self._update_over()
        self._square()

    def words(self, row: int, col: int) -> str:
        """"query 137 'θ 112°' → key 88 'θ 110°': 0.83"."""
        rows, cols, value = self.figure.rows, self.figure.cols, float(self.figure.values[row, col])
        text = "undefined" if math.isnan(value) else f"{value:.3g}".replace("-", "−")
        if self.figure.faint is not None and self.figure.faint[row, col]:
            text += ", not significant"
        if rows.heads and cols.heads:
            return f"{rows.heads[row]} → {cols.heads[col]}: {text}"
        if (head := self._cell_head(row, col)) is not None:
            return f"{head}: {text}"
        return f"{place_words(rows, row)} → {place_words(cols, col)}: {text}"

    def home(self) -> None:
        self.box.setRange(xRange=(0, self.figure.cols.size), yRange=(0, self.figure.rows.size), padding=0)

    def nearest(self, x: float, y: float) -> Cell | None:
        rows, cols = self.places()
        return (int(y), int(x)) if 0 <= y < rows and 0 <= x < cols else None

    def cursor_moved(self) -> None:
        self._update_over()
        self.cell_hovered.emit(*(self._cell or (-1, -1)))

    def shared_axes(self) -> tuple[Hashable, Hashable]:
        cols, rows = (
            (_meaning(axis.name), axis.size, axis.first, axis.heads) for axis in (self.figure.cols, self.figure.rows)
        )
        return cols, rows

    def places(self) -> Cell:
        return self.figure.rows.size, self.figure.cols.size

    def start(self) -> Cell:
        return self.figure.marked or (0, 0)

    def click_at(self, x: float, y: float) -> None:
        cell = self.nearest(x, y)
        if cell is None:
            return
        rows, cols, head = self.figure.rows, self.figure.cols, self._cell_head(*cell)
        if head is not None:
            self.head_clicked.emit(head)
        elif rows.heads and cols.heads:
            if not math.isnan(self.figure.values[cell]):  # else there is no such pair
                self.pair_clicked.emit(rows.heads[cell[0]], cols.heads[cell[1]])
        elif rows.heads or cols.heads:
            self.head_clicked.emit(rows.heads[cell[0]] if rows.heads else cols.heads[cell[1]])

    def draw_over(self, painter: QPainter) -> None:
        if self.figure.faint is not None:
            hatch(painter, self.figure.faint, self.pixel, self.palette())
        strong, faint = self.palette().text().color(), self.palette().text().color()
        faint.setAlpha(110)
        row, col = self._cell or self._cursor
        painter.setPen(QPen(faint, 1))
        if row is not None and row < self.figure.rows.size:
            y = self.pixel(0, row + 0.5).y()
            painter.drawLine(QLineF(0, y, self.box.width(), y))
        if col is not None and col < self.figure.cols.size:
            x = self.pixel(col + 0.5, 0).x()
            painter.drawLine(QLineF(x, 0, x, self.box.height()))
        if self.figure.marked:
            self._outline(painter, *self.figure.marked, QColor(self.palette().highlight().color()), 2)
        if self._cell:
            self._outline(painter, *self._cell, strong, 2 if self.hasFocus() else 1)

    def restyle(self) -> None:
        super().restyle()
        small = sized(self.font(), "small")
        for beside in (self.bar, self.above, self.beside):
            beside.setFont(small)
        self._colour()
        self._square()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._square()
        self._say_note()

    # ---- inner

    def _colour(self) -> None:
        """Everything in the colours of figure and palette."""
        self.cells.set_figure(self.figure, self.dark())
        for item in (self.bar, self.above, self.beside):
            item.set_scale(self.figure.scale, self.palette())

    def _update_over(self) -> None:
        """The cursor has moved, or what is under it has changed."""
        self.overlay.update()
        if self.above.shown:
            (row, col), values = self._cell or self._cursor, self.figure.values
            self.above.set_values(None if row is None or row >= len(values) else values[row])
            self.beside.set_values(None if col is None or col >= len(values.T) else values[:, col])

    def _outline(self, painter: QPainter, row: int, col: int, color: QColor, width: int) -> None:
        rect = QRectF(self.pixel(col, row), self.pixel(col + 1, row + 1)).normalized()
        rect = rect.united(QRectF(rect.center() - QPointF(3, 3), rect.center() + QPointF(3, 3)))
        # A second line in the background's colour keeps the outline visible on any cell.
        painter.setPen(QPen(self.palette().base().color(), width + 2))
        painter.drawRect(rect)
        painter.setPen(QPen(color, width))
        painter.drawRect(rect)

    def _cell_head(self, row: int, col: int) -> HeadId | None:
        return self.figure.cell_heads[row][col] if self.figure.cell_heads else None

    def _limit(self, figure: HeatmapFigure) -> None:
        rows, cols = figure.rows.size, figure.cols.size
        self.box.setLimits(xMin=0, xMax=cols, yMin=0, yMax=rows, minXRange=min(3, cols), minYRange=min(3, rows),
                           maxXRange=cols, maxYRange=rows)

    def _square(self) -> None:
        """Margins left and right, or below, that leave a square for a small square matrix."""
        left, top, right, bottom = self.margins()
        rows, cols = self.places()
        if rows == cols <= SQUARE:
            beside = self.left.maximumWidth() + self.beside.maximumWidth() + self.bar.maximumWidth()
            wide = self.view.width() - beside - left - right
            high = self.view.height() - self.bottom.maximumHeight() - self.above.maximumHeight() - top - bottom
            left, right = (side + max(0.0, wide - high) / 2 for side in (left, right))
            bottom += max(0.0, high - wide)
        self.grid.setContentsMargins(left, top, right, bottom)

    def _range_changed(self) -> None:
        super()._range_changed()
        self._say_note()

    def _say_note(self) -> None:
        """The figure's note and, when cells are pooled, how."""
        pixels = (max(size * self.devicePixelRatioF(), 1e-6) for size in self.pixels_per_unit())
        wide, tall = (1 << (max(1, math.ceil(1 / size - 1e-6)) - 1).bit_length() for size in pixels)
        pooled = f"each pixel shows the largest of {tall} × {wide} cells" if tall > 1 or wide > 1 else ""
        self.heading.set_words(self.figure.title, "; ".join(filter(None, (self.figure.note, pooled))))


def place_words(axis: Axis, cell: int) -> str:
    """"query 137 'θ 112°'": the axis, the position, and the label where there is one."""
    label = axis.labels[cell] if axis.labels else ""
    if axis.heads or (label and label.strip("LHX").isdigit()):
        return label
    return f"{axis.name.split(' (')[0]} {axis.first + cell}" + (f" '{label}'" if label else "")


def _meaning(name: str) -> str:
    """QK and OV call the two ends of attention by different names."""
    first, space, rest = name.partition(" ")
    return {"query": "destination", "key": "source"}.get(first, first) + space + rest


def _extent(figure: HeatmapFigure) -> tuple[object, ...]:
    return tuple((axis.name, axis.size, axis.first) for axis in (figure.rows, figure.cols))


RENDERER = Renderer(HeatmapFigure, Heatmap)
