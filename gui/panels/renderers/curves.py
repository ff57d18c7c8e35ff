"""Lines, or bars, over one shared x."""

import html
from collections.abc import Hashable

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from analysis.figures.curves import Curves as CurvesFigure
from analysis.values import FloatArray
from gui.panels.drawing.cell_keys import Cell
from gui.panels.drawing.chart import Chart
from gui.panels.renderers import Renderer
from gui.theme import colors

NEAR = 10.0
"""Pixels from a line within which a click means it."""


class Curves(Chart):
    """Draws a Curves figure; the legend stands above the data, never on it."""

    figure = CurvesFigure("", np.empty(0, np.float32), (), "", "")

    def __init__(self, parent: QWidget | None = None) -> None:
        self._y: FloatArray = np.empty((0, 0), np.float32)
        self.legend = QLabel()
        super().__init__(parent)
        self.legend.setWordWrap(True)
        self.legend.setContentsMargins(6, 2, 6, 0)
        column = self.layout()
        assert isinstance(column, QVBoxLayout)
        column.insertWidget(1, self.legend)

    def show_figure(self, figure: CurvesFigure) -> None:
        self.figure, self._cell, self._kept = figure, None, None
        self._y = np.array([line.y for line in figure.series], np.float32).reshape(-1, len(figure.x))
        self.heading.set_words(figure.title, figure.note)
        self.left.set_name(figure.y_name)
        self.bottom.set_name(figure.x_name)
        self._draw()
        self.home()

    def home(self) -> None:
        (left, right), (low, high) = self._extent()
        self.box.setLimits(xMin=left, xMax=right, yMin=low, yMax=high, minXRange=(right - left) / 1e4)
        self.box.setRange(xRange=(left, right), yRange=(low, high), padding=0)

    def words(self, row: int, col: int) -> str:
        """"lag 63, L1H5: 0.91"."""
        name, series = self.figure.x_name.split(" (")[0], self.figure.series[row]
        value = f"{float(series.y[col]):.4g}".replace("-", "−")
        return f"{name} {self.figure.x[col]:g}, {series.label}: {value}"

    def shared_axes(self) -> tuple[Hashable, Hashable]:
        if not len(self.figure.x):
            return None, None
        return (self.figure.x_name, len(self.figure.x), *self.figure.x[[0, -1]].tolist()), None

    def places(self) -> Cell:
        return len(self._y), self._y.shape[1] if len(self._y) else 0

    def place_of(self, cell: Cell) -> tuple[float, float]:
        return float(self.figure.x[cell[1]]), float(np.nan_to_num(self._y[cell]))

    def start(self) -> Cell:
        """On the first emphasised line."""
        return next((index for index, line in enumerate(self.figure.series) if line.emphasis), 0), 0

    def click_at(self, x: float, y: float) -> None:
        line = self._line_at(x, y)
        if line is not None:
            self.press((line, 0))

    def press(self, cell: Cell) -> None:
        if (head := self.figure.series[cell[0]].head) is not None:
            self.head_clicked.emit(head)

    def draw_over(self, painter: QPainter) -> None:
        self._draw_marks(painter)
        if self._cell:
            line, place = self._cell
            point = self.pixel(float(self.figure.x[place]), float(self._y[line, place]))
            color = QColor(self.palette().text().color())
            color.setAlpha(90)
            painter.setPen(QPen(color, 1))
            painter.drawLine(QLineF(point.x(), 0, point.x(), self.box.height()))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self.palette().base().color(), 1.5))
            painter.setBrush(self._colors()[line])
            painter.drawEllipse(point, 4.5, 4.5)

    def restyle(self) -> None:
        super().restyle()
        self._draw()

    # ---- inner

    def _draw(self) -> None:
        for item in list(self.box.addedItems):
            self.box.removeItem(item)
        shades, figure = self._colors(), self.figure
        if figure.bars:
            # Several series stand side by side within one step of x.
            step = float(np.diff(figure.x).min()) if len(figure.x) > 1 else 1.0
            width = 0.8 * step / max(1, len(figure.series))
            for place, (line, shade) in enumerate(zip(figure.series, shades, strict=True)):
                shift = (place - (len(figure.series) - 1) / 2) * width
                heights = np.nan_to_num(line.y)
                bars = pg.BarGraphItem(x=figure.x + shift, height=heights, width=width, brush=shade, pen=None)
                self.box.addItem(bars)
        else:
            self._draw_rest(shades)
            # The emphasised lines last, on top of the others.
            for index in sorted(self._named(), key=lambda index: (figure.series[index].emphasis, -index)):
                line = figure.series[index]
                pen = pg.mkPen(shades[index], width=2 if line.emphasis else 1)
                self.box.addItem(pg.PlotCurveItem(figure.x, line.y, pen=pen, connect="finite", antialias=True))
        self._tell_legend(shades)
        self.overlay.update()

    def _draw_rest(self, shades: list[QColor]) -> None:
        """The grey lines as one item, with gaps: a hundred of them cost what one does."""
        rest = sorted(set(range(len(self.figure.series))) - set(self._named()))
        if rest:
            gap = np.full((len(rest), 1), np.nan, np.float32)
            y = np.concatenate((self._y[rest], gap), axis=1).ravel()
            x = np.tile(np.append(self.figure.x, np.nan), len(rest))
            self.box.addItem(pg.PlotCurveItem(x, y, pen=pg.mkPen(shades[rest[0]], width=1), connect="finite"))

    def _named(self) -> list[int]:
        """The series with a colour of their own: emphasised ones first, then in order, as many as there are colours."""
        series = self.figure.series
        order = sorted(range(len(series)), key=lambda index: not series[index].emphasis)
        return sorted(order[: len(colors.categorical(self.dark()))])

    def _colors(self) -> list[QColor]:
        result = [self.palette().mid().color()] * len(self.figure.series)
        for color, index in zip(colors.categorical(self.dark()), self._named(), strict=False):
            result[index] = color
        return result

    def _tell_legend(self, shades: list[QColor]) -> None:
        named, count = self._named(), len(self.figure.series)
        entries = [(shades[index], self.figure.series[index].label) for index in named]
        if count > len(named):
            entries.append((self.palette().mid().color(), f"{count - len(named)} more"))
        parts = (f"<span style='color:{shade.name()}'>■</span>&nbsp;{html.escape(text).replace(' ', '&nbsp;')}"
                 for shade, text in entries)
        self.legend.setText(" &nbsp; ".join(parts))
        self.legend.setVisible(count > 1)

    def _extent(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """What is shown at home: all of x and y, with a little air."""
        if not len(self.figure.x):
            return (0.0, 1.0), (0.0, 1.0)
        x = self.figure.x
        span = float(x.max() - x.min())
        air = 0.6 if self.figure.bars else (span * 0.02 or 0.5)
        finite = self._y[np.isfinite(self._y)]
        low, high = self.figure.y_range or ((float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0))
        if self.figure.y_range is None:
            low, high = (min(0.0, low), max(0.0, high)) if self.figure.bars else (low, high)
            pad = (high - low) * 0.05 or 0.5
            low, high = low - pad * (low != 0 or not self.figure.bars), high + pad
        return (float(x.min()) - air, float(x.max()) + air), (low, high)

    def nearest(self, x: float, y: float) -> Cell | None:
        """(series, place) of the point nearest to the pointer among those at the nearest x."""
        if not self._y.size:
            return None
        place = int(np.abs(self.figure.x - x).argmin())
        distance = np.abs(self._y[:, place] - y)
        return None if np.isnan(distance).all() else (int(np.nanargmin(distance)), place)

    def _line_at(self, x: float, y: float) -> int | None:
        """The series whose bar or line is under the pointer, or within a few pixels of it."""
        near = self.nearest(x, y)
        if near is None:
            return None
        if self.figure.bars or len(self.figure.x) < 2:
            return near[0]
        after = int(np.clip(np.searchsorted(self.figure.x, x), 1, len(self.figure.x) - 1))
        left, right = self.figure.x[after - 1 : after + 1]
        share = float(np.clip((x - left) / (right - left), 0, 1))
        lines = self._y[:, after - 1] * (1 - share) + self._y[:, after] * share
        wide, high = self.pixels_per_unit()
        # Distance to a sloping line, not straight up: steep peaks can be clicked on their flanks.
        slope = (self._y[:, after] - self._y[:, after - 1]) * high / ((right - left) * wide)
        distance = np.abs(lines - y) * high / np.sqrt(1 + slope**2)
        if np.isnan(distance).all():
            return None
        best = int(np.nanargmin(distance))
        return best if distance[best] <= NEAR else None

    def _draw_marks(self, painter: QPainter) -> None:
        """Dashed verticals with their labels at the top, each on the first line where it covers no other."""
        metrics = QFontMetricsF(self.font())
        ends: list[float] = []
        painter.setFont(self.font())
        quiet = colors.quiet(self.palette())
        for place, text in sorted(self.figure.marks):
            x = self.pixel(place, 0).x()
            if not 0 <= x <= self.box.width():
                continue
            painter.setPen(QPen(quiet, 1, Qt.PenStyle.DashLine))
            painter.drawLine(QLineF(x, 0, x, self.box.height()))
            width = metrics.horizontalAdvance(text) + 6
            left = min(x + 2, self.box.width() - width)
            row = next((index for index, end in enumerate(ends) if end <= left), len(ends))
            ends[row : row + 1] = [left + width]
            rect = QRectF(left, 2 + row * metrics.height(), width, metrics.height())
            background = self.palette().base().color()
            background.setAlpha(200)
            painter.fillRect(rect, background)
            painter.setPen(quiet)
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)


RENDERER = Renderer(CurvesFigure, Curves)
