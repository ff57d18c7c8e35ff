"""One way to measure and to draw for every device: points, real text, lines, cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen, QPolygonF

from gui.export.paper.style import Style, family

Anchor = Literal["start", "middle", "end"]
POINTS = 2835
"""Dots a metre of a device on which a point is a pixel: fonts measure there as they are drawn everywhere."""
LEADING = 1.22
"""Of the text's size: from one line to the next."""
SHARP = 800
"""Pixels a side that a picture inside a vector drawing has at least."""
BAND = 500_000
"""Pixels that are filled at once."""
MAX_BITMAP = 2400
"""Pixels a side of a picture inside a vector drawing: 600 dots an inch over 100 mm."""


class Canvas:
    """A painter on a device of 72 dots an inch, or nothing but a measure. `texts` collects what was written."""

    def __init__(self, style: Style, painter: QPainter | None = None, dots: float | None = None,
                 marked: bool = False) -> None:
        self.style, self._painter, self.dots = style, painter, dots
        """`dots`: pixels of the device for a point; None: lines that never end in pixels."""
        self.texts: list[tuple[str, Anchor]] = []
        self.images: list[QImage] = []
        """Those that wait outside a marked drawing."""
        self._marked = marked
        # Of its own: a font belongs to the thread that uses it.
        self._device = points_image(1, 1)
        self._fonts: dict[tuple[float, bool], QFont] = {}

    # ---- measuring

    @property
    def size(self) -> float:
        return self.style.text_size

    @property
    def line_height(self) -> float:
        return LEADING * self.size

    def width(self, text: str, size: float | None = None, bold: bool = False) -> float:
        return self._metrics(size, bold).horizontalAdvance(text)

    def shortened(self, text: str, room: float, size: float | None = None, bold: bool = False) -> str:
        metrics = self._metrics(size, bold)
        return metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)

    def wrapped(self, text: str, room: float, size: float | None = None, bold: bool = False) -> list[str]:
        """Lines no wider than `room`; a word that is wider alone is shortened."""
        lines: list[str] = []
        for word in re.split(r"[ \t\n\r]+", text.strip()):
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self.width(longer, size, bold) <= room:
                lines[-1] = longer
            else:
                lines.append(self.shortened(word, room, size, bold))
        return lines

    # ---- drawing

    def text(self, x: float, y: float, text: str, anchor: Anchor = "start", size: float | None = None,
             color: QColor | None = None, bold: bool = False, turned: bool = False) -> None:
        """Text with its baseline at y (turned: reads upwards, baseline at x), beginning, centred or ending there."""
        if self._painter is None or not text:
            return
        painter = self._painter
        back = 0.0 if self._marked else {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor]
        back *= self.width(text, size, bold)
        painter.save()
        painter.setFont(self._font(size, bold))
        painter.setPen(color or self.style.text)
        painter.translate(x, y)
        if turned:
            painter.rotate(-90)
        painter.drawText(QPointF(-back, 0), mark(len(self.texts)) if self._marked else text)
        painter.restore()
        self.texts.append((text, anchor))

    def line(self, x0: float, y0: float, x1: float, y1: float, color: QColor, width: float = 0.5,
             dashed: bool = False) -> None:
        self.lines([np.array([[x0, y0], [x1, y1]])], color, width, dashed)

    def lines(self, lines: Sequence[np.ndarray], color: QColor, width: float = 0.5, dashed: bool = False,
              dotted: bool = False, round_ends: bool = False) -> None:
        """Each [n, 2] points, joined."""
        if self._painter is None:
            return
        pen = QPen(color, width)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap if round_ends else Qt.PenCapStyle.FlatCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        if dashed or dotted:
            pen.setDashPattern([4, 3] if dashed else [0.1, 2.5])
        self._painter.setPen(pen)
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        for points in lines:
            if len(points) > 1:
                self._painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in np.asarray(points, float).tolist()]))

    def box(self, rect: QRectF, fill: QColor | None = None, edge: QColor | None = None, width: float = 0.5) -> None:
        if self._painter is None:
            return
        pen = QPen(edge, width) if edge is not None else QPen(Qt.PenStyle.NoPen)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        self._painter.setPen(pen)
        self._painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
        self._painter.drawRect(rect)

    def dot(self, x: float, y: float, radius: float, fill: QColor, edge: QColor) -> None:
        if self._painter is None:
            return
        self._painter.setPen(QPen(edge, 0.5))
        self._painter.setBrush(fill)
        self._painter.drawEllipse(QPointF(x, y), radius, radius)

    def image(self, rect: QRectF, image: QImage, source: QRectF | None = None) -> None:
        """Its pixels as squares with sharp edges, also where the picture is seen enlarged."""
        if self._painter is None:
            return
        if self.dots is not None:
            self._draw_in_bands(rect, image, source or QRectF(image.rect()))
            return
        # Viewers smooth what they enlarge: the picture is enlarged here, by whole numbers.
        part = image.copy(source.toAlignedRect()) if source else image
        times = max(1, -(-SHARP // max(1, part.width(), part.height())))
        larger = part.scaled(part.size() * times, Qt.AspectRatioMode.IgnoreAspectRatio,
                             Qt.TransformationMode.FastTransformation)
        if self._marked:
            self.images.append(larger)
            larger = larger.copy(0, 0, 1, 1)
        self._painter.drawImage(rect, larger)

    def _draw_in_bands(self, rect: QRectF, image: QImage, source: QRectF) -> None:
        """Qt holds the interpreter while it fills pixels: millions at once would keep the window waiting."""
        assert self._painter is not None
        assert self.dots is not None
        rows = max(1, int(BAND / max(1.0, rect.width() * self.dots)))
        first, last = int(rect.top() * self.dots), int(rect.bottom() * self.dots) + 1
        for row in range(first, last, rows):
            self._painter.save()
            self._painter.setClipRect(QRectF(rect.left() - 1, row / self.dots, rect.width() + 2, rows / self.dots))
            self._painter.drawImage(rect, image, source)
            self._painter.restore()

    def _font(self, size: float | None, bold: bool) -> QFont:
        key = (size or self.size, bold)
        if key not in self._fonts:
            font = self._fonts[key] = QFont()
            font.setFamilies([name for name in (family(), "DejaVu Sans") if name])
            font.setPointSizeF(key[0])
            font.setBold(bold)
            # Widths must not depend on the device, and "fi" must be found when one searches for it.
            font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
            font.setFeature(QFont.Tag.fromString("liga"), 0)
        return self._fonts[key]

    def _metrics(self, size: float | None, bold: bool) -> QFontMetricsF:
        return QFontMetricsF(self._font(size, bold), self._device)

    @property
    def pixels(self) -> float:
        """Pixels for a point that a picture inside the drawing may have."""
        return self.dots or 600 / 72


def mark(number: int) -> str:
    """Stands for a text in an SVG until it is whole: Qt would cut the text up by scripts."""
    return f"QQ{number}QQ"


def points_image(width: int, height: int, pixels: np.ndarray | None = None) -> QImage:
    """A picture on which a point is a pixel as fonts see it, whatever its painter's scale; in the memory of `pixels`,
    uint32 [height, width], where given."""
    if pixels is None:
        image = QImage(width, height, QImage.Format.Format_RGB32)
    else:
        image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32)
    image.setDotsPerMeterX(POINTS)
    image.setDotsPerMeterY(POINTS)
    return image


