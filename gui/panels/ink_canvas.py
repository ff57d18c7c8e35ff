"""Strokes on a page, coloured and widened by weight; says which one is under the pointer."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QSizePolicy, QWidget

from analysis.values import FloatArray, Ink

from .. import colors
from .ink_layout import Layout, arrange, nearest

NONE = -1
THIN, THICK = 1.5, 7.0
"""Pixels: a stroke without weight, and one with the largest."""
FAINTEST = 0.02
"""Of the largest weight: strokes below are drawn as strokes without weight."""
FIRST_SHADE = 0.3
"""Where on the colour map weights begin: what lies below is as faint as the paper."""
NEAR = 8.0
"""Pixels from a stroke within which the pointer means it."""


class InkCanvas(QAbstractScrollArea):
    """Draws an Ink true to scale; scrolls when lines of readable size do not fit."""

    pointed = Signal(int)
    """The stroke under the pointer; −1 when there is none."""
    clicked = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.viewport().setMouseTracking(True)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Base)
        self._figure: Ink | None = None
        self._layout: Layout | None = None
        self._segments: list[QLineF] = []
        self._weights: FloatArray | None = None
        self._query = self._hot = NONE
        self._lifted = False

    def show_figure(self, figure: Ink) -> None:
        """Draws `figure`, without weights."""
        if self._figure is None or not np.array_equal(self._figure.strokes, figure.strokes):
            self._hot = NONE
        self._figure, self._weights, self._query = figure, None, NONE
        self._arrange()

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

    def stroke_at(self, point: QPoint) -> int:
        """The drawn stroke under a point of the viewport, or −1."""
        shown = self._shown()
        if self._layout is None or not len(shown):
            return NONE
        place = point + QPoint(0, self.verticalScrollBar().value())
        best, distance = nearest(self._layout.strokes[shown], place.x(), place.y())
        return int(shown[best]) if distance <= NEAR else NONE

    def point_left(self) -> None:
        """The pointer is nowhere."""
        self._point(NONE)

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
        down = np.flatnonzero(self._figure.down)
        self._draw(painter, self._pen(self._plain(), THIN), down)
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
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point(self.stroke_at(event.position().toPoint()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        stroke = self.stroke_at(event.position().toPoint())
        if stroke != NONE and event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(stroke)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self.point_left()
        return super().viewportEvent(event)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().update()

    def _point(self, stroke: int) -> None:
        if stroke != self._hot:
            self._hot = stroke
            self.viewport().update()
            self.pointed.emit(stroke)

    def _arrange(self) -> None:
        if self._figure is None:
            return
        # The width beside a scroll bar: with and without it the lines break at the same places.
        width = self.width() - self.verticalScrollBar().sizeHint().width()
        height = self.height()
        self._layout = arrange(self._figure.strokes.astype(float), self._figure.words, width, height)
        self._segments = [QLineF(*row) for row in self._layout.strokes.tolist()]
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, int(np.ceil(self._layout.height)) - height))
        bar.setPageStep(height)
        bar.setSingleStep(20)
        self.viewport().update()
