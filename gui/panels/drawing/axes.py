"""Axes and the view box between them: pyqtgraph's, with our own ticks, colours and mouse."""

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPalette

from analysis.figures.axis import Axis
from gui.panels.drawing.ticks import cell_step, nice_ticks
from gui.panels.guard import guarded
from gui.theme import colors
from gui.theme.typography import sized

# The default drops moves that come quickly, also the last one: the words would be of another cell.
pg.setConfigOption("mouseRateLimit", -1)

TICK, OFFSET = 4, 3
"""Pixels: length of a tick, and between it and its text."""
LABEL_LETTERS = 14
"""Letters after which a label beside a vertical axis is shortened."""


class TickAxis(pg.AxisItem):
    """An axis of numbers, or of the cells of a matrix: labels where they have room, else positions."""

    def __init__(self, orientation: str) -> None:
        self._name = ""  # pyqtgraph's constructor resizes the axis
        super().__init__(orientation, maxTickLength=TICK)
        self.enableAutoSIPrefix(False)
        self.setStyle(autoExpandTextSpace=False, tickTextOffset=OFFSET, tickAlpha=255, hideOverlappingLabels=False)
        self._cells: Axis | None = None
        self._longest: list[str] = []
        self._measure()

    def set_cells(self, axis: Axis) -> None:
        """Ticks at the middles of cells, named by the axis."""
        # The few longest in letters are near enough the widest: measuring thousands takes too long.
        self._cells, self._longest = axis, sorted(set(axis.labels), key=len)[-10:]
        self.set_name(axis.full_name)

    def set_name(self, name: str) -> None:
        self._name = name
        self._measure()
        self.fit()

    def name(self) -> str:
        """What the axis is called, with its unit."""
        return self._name

    def set_look(self, palette: QPalette, font: QFont) -> None:
        """Colours and the font of ticks and name."""
        quiet, small = colors.quiet(palette), sized(font, "small")
        self.label.setFont(small)
        self.setStyle(tickFont=small)
        self._measure()
        self.setPen(palette.mid().color())
        self.setTickPen(palette.mid().color())
        self.setTextPen(quiet)
        self.setLabel(self.labelText, color=quiet.name())
        self.fit()

    def _measure(self) -> None:
        """How wide labels may be, and how wide the longest is."""
        metrics = QFontMetrics(self.label.font())
        self._limit = metrics.averageCharWidth() * LABEL_LETTERS
        self._widest = min(self._limit, max(map(metrics.horizontalAdvance, self._longest), default=0))

    def fit(self) -> None:
        """Reserves the room that tick texts and name need."""
        metrics = QFontMetrics(self.label.font())
        upright = self.orientation == "left"
        texts = max((metrics.horizontalAdvance(text) for _, text in self.ticks()), default=0) if upright else 0
        # Wide enough for two digits at least: a zoom from 9 to 10 must not move the picture.
        room = max(texts, metrics.horizontalAdvance("00")) + 2 if upright else metrics.height()
        room += TICK + OFFSET + (metrics.height() + 3 if self._name else 0)
        (self.setWidth if upright else self.setHeight)(room)
        self._write_name()

    def _write_name(self) -> None:
        """A name longer than the axis is shortened."""
        metrics = QFontMetrics(self.label.font())
        length = round(self.height() if self.orientation == "left" else self.width())
        shown = metrics.elidedText(self._name, Qt.TextElideMode.ElideRight, max(length, 4 * metrics.height()))
        if shown != self.labelText:
            self.setLabel(shown, **self.labelStyle)

    def resizeEvent(self, ev: Any = None) -> None:
        """The name was perhaps shortened before the axis had its length."""
        super().resizeEvent(ev)
        self._write_name()

    def ticks(self) -> list[tuple[float, str]]:
        """(value, text) of the ticks in the visible range, far enough apart."""
        low, high = sorted(self.range)
        length = self.height() if self.orientation == "left" else self.width()
        if self._cells is None:
            # Room for a few ticks, not for as many as fit.
            line = QFontMetrics(self.label.font()).height()
            return nice_ticks(low, high, int(length / (2.3 if self.orientation == "left" else 4.3) / line))
        first, last = max(0, int(low)), min(self._cells.size - 1, int(high))
        return self._cell_ticks(self._cells, first, last, length / (high - low))

    def _cell_ticks(self, axis: Axis, first: int, last: int, pixels: float) -> list[tuple[float, str]]:
        metrics = QFontMetrics(self.label.font())
        sideways = self.orientation != "left"
        line = metrics.height() + 2
        step = cell_step(pixels, self._widest + 8 if sideways else line)
        # A few of very many token labels say nothing: their positions do. Heads keep their names.
        labelled = bool(axis.labels) and (step <= 2 or bool(axis.heads))
        if not labelled:
            number = metrics.horizontalAdvance(str(axis.first + axis.size)) + 14
            step = cell_step(pixels, number if sideways else 2 * line)
            shown = range(first + -(first + axis.first) % step, last + 1, step)
            return [(cell + 0.5, str(axis.first + cell)) for cell in shown]
        mode, shown = Qt.TextElideMode.ElideRight, range(first + -first % step, last + 1, step)
        return [(cell + 0.5, metrics.elidedText(axis.labels[cell], mode, self._limit)) for cell in shown]

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        return [(1.0, [value for value, _ in self.ticks()])]

    @guarded
    def paint(self, p: Any, opt: Any, widget: Any) -> None:
        super().paint(p, opt, widget)

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        texts = dict(self.ticks())
        return [texts.get(value, "") for value in values]


class PlotBox(pg.ViewBox):
    """Wheel zooms, a left drag zooms to its rectangle, a middle or right drag moves."""

    def __init__(self) -> None:
        super().__init__(enableMenu=False)
        self.setMouseMode(pg.ViewBox.RectMode)
        self.disableAutoRange()

    def mouseDragEvent(self, ev: Any, axis: int | None = None) -> None:
        if ev.button() == Qt.MouseButton.LeftButton and axis is None:
            super().mouseDragEvent(ev, axis)
            return
        ev.accept()
        origin, moved = self.mapToView(QPointF(0, 0)), self.mapToView(QPointF(ev.lastPos() - ev.pos()))
        moved -= origin
        self.translateBy(x=None if axis == 1 else moved.x(), y=None if axis == 0 else moved.y())
        self.sigRangeChangedManually.emit(self.state["mouseEnabled"])

    def showAxRect(self, ax: QRectF, **kwargs: Any) -> None:
        """Exactly the rectangle that was drawn: pyqtgraph adds a margin."""
        super().showAxRect(ax, padding=0)

    def keyPressEvent(self, ev: Any) -> None:
        """Keys belong to the window."""
        ev.ignore()
