"""Tokens as chips on lines that fit; paints only what is visible."""

from bisect import bisect_left, bisect_right

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent, QStaticText
from PySide6.QtWidgets import QWidget

from analysis.values import FloatArray
from gui.panels.places import NONE, Places
from gui.theme import colors

LETTERS = 18
"""Letters after which a label is shortened."""
PAD, GAP = 4, 2


class Chips(Places):
    """A row of labelled chips, wrapped, scrolled when there are too many, filled by weight."""

    arranged = Signal()
    """The number of lines may have changed."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._labels: tuple[str, ...] = ()
        self._texts: list[QStaticText] = []
        self._widths: list[int] = []
        self._rects: list[QRect] = []
        self._tops: list[int] = []
        self._firsts: list[int] = []
        self._fills: list[int] | None = None
        self._marked = NONE
        self._faint = False

    def set_labels(self, labels: tuple[str, ...], faint: bool = False) -> None:
        """One chip a label; `faint` labels are drawn weakly (they stand for one of several)."""
        self._labels = labels
        self._fills, self._marked, self._hot, self._kept, self._faint = None, NONE, NONE, NONE, faint
        self.arrange()

    def set_weights(self, weights: FloatArray | None, marked: int) -> None:
        """Fills chips on a scale from 0 to the largest weight; outlines the marked one (−1: none).

        Chips beyond the weights (padding, which a figure leaves out) have none.
        """
        self._marked = marked
        self._fills = None
        if weights is not None and len(weights) <= len(self._texts):
            weights = np.pad(weights, (0, len(self._texts) - len(weights)))
            top = float(np.nanmax(weights, initial=0.0)) or 1.0
            self._fills = np.rint(np.nan_to_num(np.clip(weights / top, 0, 1)) * colors.TOP).astype(int).tolist()
        self.viewport().update()

    def count(self) -> int:
        return len(self._texts)

    def chip_rect(self, index: int) -> QRect:
        """Where a chip is, in pixels of the viewport."""
        return self._rects[index].translated(0, -self.verticalScrollBar().value())

    def shown(self) -> list[int]:
        return list(range(len(self._rects)))

    def place_rect(self, place: int) -> QRect:
        return self.chip_rect(place)

    def line_step(self, place: int, by: int) -> int:
        """The chip nearest to it on the line above or below; itself where there is none."""
        rect = self._rects[place]
        line = bisect_right(self._firsts, place) - 1 + by
        if not 0 <= line < len(self._firsts):
            return place
        center = rect.center().x()
        return min(self._line(line), key=lambda chip: abs(self._rects[chip].center().x() - center))

    def place_at(self, point: QPoint) -> int:
        place = point + QPoint(0, self.verticalScrollBar().value())
        line = bisect_right(self._tops, place.y()) - 1
        chips = self._line(line) if line >= 0 else ()
        return next((index for index in chips if self._rects[index].contains(place)), NONE)

    def _line(self, line: int) -> range:
        """The chips of a line."""
        return range(*[*self._firsts, len(self._rects)][line : line + 2])

    def line_height(self) -> int:
        return self.fontMetrics().height() + 4

    def line_count(self) -> int:
        return len(self._firsts)

    def height_of(self, lines: int) -> int:
        return lines * (self.line_height() + GAP) + GAP

    def sizeHint(self) -> QSize:
        return QSize(200, self.line_height() * 3)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, self.height_of(1))

    # ---- events

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        top = self.verticalScrollBar().value()
        painter.translate(0, -top)
        begins = [*self._firsts, len(self._rects)]
        first = begins[max(0, bisect_right(self._tops, top) - 1)]
        last = begins[bisect_left(self._tops, top + self.viewport().height())]
        self._paint_chips(painter, first, last)
        for index, color, width in ((self._hot, self.palette().text().color(), 1),
                                    (self._marked, self.palette().highlight().color(), 2)):
            if first <= index < last:
                painter.setPen(QPen(color, width))
                painter.drawRect(self._rects[index].adjusted(0, 0, -1, -1))

    def _paint_chips(self, painter: QPainter, first: int, last: int) -> None:
        dark = colors.is_dark(self.palette())
        shades = colors.map_colors("sequential", dark)
        inks = _inks(shades)
        plain = self.palette().alternateBase().color()
        ink = colors.quiet(self.palette()) if self._faint else self.palette().text().color()
        painter.setPen(ink)
        current: QColor | None = ink
        for index in range(first, last):
            rect = self._rects[index]
            if self._fills is None:
                painter.fillRect(rect, plain)
            else:
                fill = self._fills[index]
                painter.fillRect(rect, shades[fill])
                if inks[fill] is not current:
                    current = inks[fill]
                    painter.setPen(current)
            painter.drawStaticText(QPointF(rect.x() + PAD, rect.y() + 1), self._texts[index])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # Whole lines only: no line is cut at the bottom.
        self.setViewportMargins(0, 0, 0, max(0, self.height() - GAP) % (self.line_height() + GAP))
        self._break()

    def arrange(self) -> None:
        self._measure()
        self._break()

    def _measure(self) -> None:
        """Texts and widths, in the font that is in force."""
        metrics, mode = self.fontMetrics(), Qt.TextElideMode.ElideRight
        limit = metrics.averageCharWidth() * LETTERS
        made = {text: metrics.elidedText(text, mode, limit) for text in set(self._labels)}
        wide = {text: max(metrics.horizontalAdvance(shown), 5) + 2 * PAD for text, shown in made.items()}
        ready = {text: _static(shown) for text, shown in made.items()}
        self._texts, self._widths = [ready[text] for text in self._labels], [wide[text] for text in self._labels]

    def _break(self) -> None:
        """Places the chips on lines as wide as the viewport."""
        width, height = self.viewport().width() - GAP, self.line_height()
        x, y = GAP, GAP
        self._rects, self._tops, self._firsts = [], [], []
        for index, wide in enumerate(self._widths):
            if index and x + wide > width:
                x, y = GAP, y + height + GAP
            if x == GAP:
                self._tops.append(y)
                self._firsts.append(index)
            self._rects.append(QRect(x, y, wide, height))
            x += wide + GAP
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, self.height_of(self.line_count()) - self.viewport().height()))
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(height + GAP)
        self.viewport().update()
        self.arranged.emit()


def _static(text: str) -> QStaticText:
    """Text laid out once: drawing it again is several times faster."""
    made = QStaticText(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    return made


def _inks(shades: tuple[QColor, ...]) -> list[QColor]:
    """Black or white for each shade; the same two objects, so that a change of ink is an identity test."""
    black, white = QColor("#000000"), QColor("#ffffff")
    return [black if colors.text_on(shade) == black else white for shade in shades]
