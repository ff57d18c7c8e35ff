"""The colour bar right of a heatmap: the scale's colours, ticks and label."""

import math
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPalette
from PySide6.QtWidgets import QWidget

from analysis.figures.axis import Scale
from gui.panels.drawing.ticks import log_ticks, nice_ticks
from gui.panels.guard import guarded
from gui.theme import colors

GAP, BAR = 8, 12


class ColorBar(pg.GraphicsWidget):
    """Low at the bottom, high at the top, as tall as the view box beside it."""

    def __init__(self) -> None:
        super().__init__()
        self._scale = Scale("sequential", 0.0, 1.0, "")
        self._ramp, self._text, self._edge = QImage(), QColor(), QColor()

    def set_scale(self, scale: Scale, palette: QPalette) -> None:
        self._scale = scale
        self._text, self._edge = colors.quiet(palette), palette.mid().color()
        index = np.arange(colors.TOP, -1, -1, dtype=np.uint8)
        ramp = QImage(index.data, 1, len(index), 1, QImage.Format.Format_Indexed8)
        ramp.setColorTable(colors.color_table(scale.kind, colors.is_dark(palette)))
        self._ramp = ramp.convertToFormat(QImage.Format.Format_RGB32)
        metrics = QFontMetrics(self.font())
        widest = max((metrics.horizontalAdvance(text) for _, text in self._ticks(8)), default=0)
        width = GAP + BAR + 4 + widest + 4 + metrics.height()
        self.setFixedWidth(width)
        self.update()

    @guarded
    def paint(self, painter: QPainter, option: Any, widget: QWidget | None = None) -> None:
        height, metrics = self.height(), QFontMetrics(self.font())
        bar = QRectF(GAP, 0, BAR, height)
        painter.drawImage(bar, self._ramp)
        painter.setPen(self._edge)
        painter.drawRect(bar)
        painter.setPen(self._text)
        painter.setFont(self.font())
        drawn = [-metrics.height()]
        for place, text in reversed(self._ticks(max(2, int(height / (2.2 * metrics.height()))))):
            # Kept inside the bar's ends, where half a line would be cut.
            y = min(max(height * (1 - place), metrics.ascent() / 2), height - metrics.descent() - 1)
            if y - drawn[-1] < metrics.ascent():
                continue  # a bar too low for its ticks shows those that have room
            drawn.append(y)
            painter.drawText(QPointF(GAP + BAR + 4, y + metrics.ascent() / 2 - 1), text)
        label = metrics.elidedText(self._scale.label, Qt.TextElideMode.ElideRight, int(height))
        painter.translate(self.width() - metrics.descent(), height / 2 + metrics.horizontalAdvance(label) / 2)
        painter.rotate(-90)
        painter.drawText(QPointF(0, 0), label)

    def _ticks(self, most: int) -> list[tuple[float, str]]:
        """(place from 0 at the bottom to 1 at the top, text)."""
        low, high = self._scale.low, self._scale.high
        if self._scale.kind == "log":
            span = math.log(high / low)
            return [(math.log(value / low) / span, text) for value, text in log_ticks(low, high)]
        # Zero alone would say nothing of the scale, however small the bar.
        least = 3 if self._scale.kind == "diverging" else 2
        ticks = next(ticks for more in range(9) if len(ticks := nice_ticks(low, high, most + more)) >= least)
        return [((value - low) / (high - low), text) for value, text in ticks]
