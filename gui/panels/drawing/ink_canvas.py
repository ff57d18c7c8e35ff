"""Strokes on a page, coloured and widened by weight; says which one is under the pointer."""

import numpy as np
from PySide6.QtCore import QLineF, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from analysis.figures.drawing.ink_layout import Layout, arrange, nearest
from analysis.figures.ink import Ink
from analysis.values import FloatArray
from gui.panels.places import NONE, Places
from gui.theme import colors

THIN, THICK = 1.5, 7.0
"""Pixels: a stroke without weight, and one with the largest."""
FAINTEST = 0.02
"""Of the largest weight: strokes below are drawn as strokes without weight."""
FIRST_SHADE = 0.3
"""Where on the colour map weights begin: what lies below is as faint as the paper."""
NEAR = 8.0
"""Pixels from a stroke within which the pointer means it."""


class InkCanvas(Places):
    """Draws an Ink true to scale; scrolls when lines of readable size do not fit."""

    LINE = "a word"

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._figure: Ink | None = None
        self._layout: Layout | None = None
        self._segments: list[QLineF] = []
        self._weights: FloatArray | None = None
        self._query = NONE
        self._lifted = False

    def show_figure(self, figure: Ink) -> None:
        """Draws `figure`, without weights."""
        if self._figure is None or not np.array_equal(self._figure.strokes, figure.strokes):
            self._hot = self._kept = NONE
        self._figure, self._weights, self._query = figure, None, NONE
        self.arrange()

    def set_weights(self, weights: FloatArray | None, query: int) -> None:
        """Colours strokes ([n], on a scale from 0 to the largest) and outlines the query's stroke (−1: none)."""
        self._query = query
        top = float(weights.max()) if weights is not None else 0.0
        self._weights = weights / np.float32(top) if weights is not None and top > 0 else None
        self.viewport().update()

    def set_lifted(self, shown: bool) -> None:
        """Whether moves with the pen up are drawn, dotted."""
        self._lifted = shown
        self.viewport().update()

    def segment(self, stroke: int) -> QLineF:
        """Where a stroke is, in pixels of the viewport."""
        return self._segments[stroke].translated(0, -self.verticalScrollBar().value())

    def scale(self) -> float:
        """Pixels for one unit of the data."""
        return self._layout.scale if self._layout else 0.0

    def place_at(self, point: QPoint) -> int:
        """The drawn stroke near a point of the viewport, or −1."""
        shown = self._shown()
        if self._layout is None or not len(shown):
            return NONE
        place = point + QPoint(0, self.verticalScrollBar().value())
        best, distance = nearest(self._layout.strokes[shown], place.x(), place.y())
        return int(shown[best]) if distance <= NEAR else NONE

    def shown(self) -> list[int]:
        return [int(stroke) for stroke in self._shown()]

    def place_rect(self, place: int) -> QRect:
        line = self.segment(place)
        return QRectF(line.p1(), line.p2()).normalized().toAlignedRect()

    def line_step(self, place: int, by: int) -> int:
        """The first drawn stroke of the word after, or of this word, or of the one before."""
        assert self._figure is not None
        shown, words = self._shown(), np.array(self._figure.words)
        word = int(np.searchsorted(words, place, side="right")) - 1
        begins = int(shown[np.searchsorted(shown, words[word])])
        if by < 0 and begins < place:
            return begins
        target = min(max(word + by, 0), len(words) - 1)
        return int(shown[min(np.searchsorted(shown, words[target]), len(shown) - 1)])

    def sizeHint(self) -> QSize:
        return QSize(300, 90)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, 30)

    # ---- events

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._figure is None:
            return
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(0, -self.verticalScrollBar().value())
        self._draw(painter, self._pen(self._plain(), THIN), np.flatnonzero(self._figure.down))
        if self._lifted:
            self._draw(painter, self._pen(self._plain(), THIN, dotted=True), np.flatnonzero(~self._figure.down))
        self._paint_weights(painter)
        self._paint_outline(painter, self._hot, self.palette().text().color(), 1.0)
        self._paint_outline(painter, self._query, self.palette().highlight().color(), 2.0)

    def _paint_weights(self, painter: QPainter) -> None:
        """The heaviest last, so that none is hidden under a lighter one; one pen for all strokes of one colour."""
        if self._weights is None:
            return
        shown = self._shown()
        level = np.rint(self._weights[shown] * colors.TOP).astype(int)
        for value in np.unique(level[level >= FAINTEST * colors.TOP]).tolist():
            strokes = shown[level == value]
            for dotted in (False, True):
                part = strokes[self._figure.down[strokes] != dotted]  # type: ignore[union-attr]
                if len(part):
                    self._draw(painter, self._pen(*self._look(value), dotted), part)

    def _paint_outline(self, painter: QPainter, stroke: int, color: QColor, width: float) -> None:
        """A line around a stroke, whatever its colour; the stroke again on top."""
        if self._figure is None or not 0 <= stroke < len(self._segments):
            return
        level = round(float(self._weights[stroke]) * colors.TOP) if self._weights is not None else 0
        shade, thick = self._look(level) if level >= FAINTEST * colors.TOP else (self._plain(), THIN)
        for ink, extra in ((color, 4 + 2 * width), (self.palette().base().color(), 4.0), (shade, 0.0)):
            self._draw(painter, self._pen(ink, thick + extra), np.array([stroke]))

    def _draw(self, painter: QPainter, pen: QPen, strokes: np.ndarray) -> None:
        painter.setPen(pen)
        painter.drawLines([self._segments[stroke] for stroke in strokes.tolist()])

    def _pen(self, color: QColor, width: float, dotted: bool = False) -> QPen:
        style = Qt.PenStyle.DotLine if dotted else Qt.PenStyle.SolidLine
        return QPen(color, width, style, Qt.PenCapStyle.RoundCap)

    def _look(self, level: int) -> tuple[QColor, float]:
        """Colour and width of a weight of `level` / TOP."""
        part = level / colors.TOP
        shades = colors.map_colors("sequential", colors.is_dark(self.palette()))
        return shades[round((FIRST_SHADE + (1 - FIRST_SHADE) * part) * colors.TOP)], THIN + (THICK - THIN) * part

    def _plain(self) -> QColor:
        """The ink of strokes without weight."""
        return self.palette().dark().color() if not colors.is_dark(self.palette()) else QColor("#6a6e76")

    def _shown(self) -> np.ndarray:
        if self._figure is None:
            return np.empty(0, int)
        return np.arange(len(self._figure.down)) if self._lifted else np.flatnonzero(self._figure.down)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()

    def arrange(self) -> None:
        if self._figure is None:
            return
        bar, height = self.verticalScrollBar(), self.height()
        # The width beside a scroll bar: with and without it the lines break at the same places.
        width = self.width() - bar.sizeHint().width()
        self._layout = arrange(self._figure.strokes.astype(float), self._figure.words, width, height)
        self._segments = [QLineF(*row) for row in self._layout.strokes.tolist()]
        bar.setRange(0, max(0, int(np.ceil(self._layout.height)) - height))
        bar.setPageStep(height)
        bar.setSingleStep(20)
        self.viewport().update()
