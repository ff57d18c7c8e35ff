"""A picture of a whole window, painted strip by strip: the window goes on between two of them."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, QRect, QTimer, Signal, Slot
from PySide6.QtGui import QImage, QRegion
from PySide6.QtWidgets import QWidget

STRIP = 480
"""Pixels of the picture, from top to bottom, painted at once."""


class WidgetPicture(QObject):
    """Paints `widget` at `scale` times its size; text and cells are drawn anew, not enlarged. Keep it until `done`."""

    done = Signal(object)
    """The QImage."""

    def __init__(self, widget: QWidget, scale: int) -> None:
        super().__init__()
        self._widget, self._scale, self._top = widget, scale, 0
        self._image = QImage(widget.size() * scale, QImage.Format.Format_RGB32)
        self._image.setDevicePixelRatio(scale)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._paint)
        self._timer.start(0)

    def stop(self) -> None:
        """No more of it; `done` will not come."""
        self._timer.stop()

    @Slot()
    def _paint(self) -> None:
        height = max(1, STRIP // self._scale)
        strip = QRect(0, self._top, self._image.width() // self._scale, height)
        self._widget.render(self._image, QPoint(0, self._top), QRegion(strip))
        self._top += height
        if self._top * self._scale >= self._image.height():
            self._timer.stop()
            self._image.setDevicePixelRatio(1)
            self.done.emit(self._image)
