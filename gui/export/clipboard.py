"""Pictures for the clipboard, made on a thread of their own."""

from dataclasses import replace
from functools import partial

from PySide6.QtCore import QByteArray, QMimeData, QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication, QImage
from shiboken6 import isValid

from analysis.figures.kind import Piece
from analysis.figures.page import picture
from analysis.figures.style import Style
from gui.shared.background import Background

SVG = "image/svg+xml"


class Copier(QObject):
    """Puts a page on the clipboard as pixels and as SVG: each program takes the best that it knows."""

    copied = Signal()
    failed = Signal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._background = Background(self, "Copying")
        self._data: QMimeData | None = None
        """What was put on the clipboard last."""
        self._background.done.connect(self._put)
        self._background.failed.connect(lambda name, sentence: self.failed.emit(sentence))

    def copy(self, pieces: tuple[Piece, ...], style: Style) -> None:
        self._background.run(partial(_draw, pieces, style))

    def finish(self) -> None:
        """Wait until what was begun is drawn; leave on the clipboard what outlives the program."""
        self._background.finish()
        if self._data is not None and isValid(self._data):  # Nobody has copied anything since.
            # Data made here would be destroyed after the interpreter, which ends in a crash; Qt's own may be.
            QGuiApplication.clipboard().setImage(self._data.imageData())
        self._data = None

    @Slot(object, object)
    def _put(self, name: None, drawn: tuple[QImage, bytes]) -> None:
        pixels, drawing = drawn
        data = QMimeData()
        data.setImageData(pixels)
        data.setData(SVG, QByteArray(drawing))
        QGuiApplication.clipboard().setMimeData(data)
        self._data = data
        self.copied.emit()


def _draw(pieces: tuple[Piece, ...], style: Style) -> tuple[QImage, bytes]:
    """The page as pixels and as SVG."""
    pixels, drawing = (picture(pieces, replace(style, format=form)) for form in ("png", "svg"))
    return QImage.fromData(pixels), drawing
