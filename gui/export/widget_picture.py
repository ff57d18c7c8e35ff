"""Pictures of widgets, as PNG: one widget at once, or a whole window strip by strip, so that it goes on meanwhile."""

from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QPoint, QRect, QTimer, Signal, Slot
from PySide6.QtGui import QImage, QRegion
from PySide6.QtWidgets import QWidget

from analysis.figures.kind import Piece
from analysis.figures.stamp import KEY, stamp
from analysis.values import UserError
from analysis.values.whole_files import write_whole

STRIP = 480
"""Pixels of the picture, from top to bottom, painted at once."""


def image_of(widget: QWidget, scale: int) -> QImage:
    """`widget` painted at `scale` times its size in pixels: text and cells are drawn anew, not enlarged."""
    image = QImage(widget.size() * scale, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    image.fill(widget.palette().color(widget.backgroundRole()))
    widget.render(image)
    image.setDevicePixelRatio(1)
    return image


def save_image(image: QImage, path: str, pieces: tuple[Piece, ...] = ()) -> None:
    """Write `image` as PNG, with what the figures in it were made from.

    Raises UserError, and leaves what was there, when it is empty or cannot be written whole.
    """
    if pieces:
        image.setText(KEY, stamp(pieces))
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if image.isNull() or not image.save(buffer, "PNG"):  # type: ignore[call-overload]
        raise UserError("There is no picture to save yet; wait until the panel has drawn.")
    write_whole(Path(path), lambda file: file.write(data.data()), "choose another folder")


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
        """Paint no more; `done` will not come."""
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
