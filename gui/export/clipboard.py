"""Pictures for the clipboard, made on a thread of their own."""

from __future__ import annotations

import logging
from functools import partial

from PySide6.QtCore import QByteArray, QMimeData, QObject, QThreadPool, Signal, Slot
from PySide6.QtGui import QGuiApplication, QImage
from shiboken6 import isValid

from analysis.values import UserError
from gui.export.paper import Piece
from gui.export.paper.output import image, svg
from gui.export.paper.style import DOTS, Style

log = logging.getLogger(__name__)

SVG = "image/svg+xml"


class Copier(QObject):
    """Puts a page on the clipboard as pixels and as SVG: each program takes the best that it knows."""

    copied = Signal()
    failed = Signal(str)
    _ready = Signal(object, object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self, maxThreadCount=1)
        self._data: QMimeData | None = None
        """What was put on the clipboard last."""
        self._ready.connect(self._put)

    def copy(self, pieces: tuple[Piece, ...], style: Style) -> None:
        self._pool.start(partial(self._work, pieces, style))

    def finish(self) -> None:
        """Wait until what was begun is drawn; leave on the clipboard what outlives the program."""
        self._pool.waitForDone()
        if self._data is not None and isValid(self._data):  # Nobody has copied anything since.
            # Data made here would be destroyed after the interpreter, which ends in a crash; Qt's own may be.
            QGuiApplication.clipboard().setImage(self._data.imageData())
        self._data = None

    def _work(self, pieces: tuple[Piece, ...], style: Style) -> None:
        try:
            pixels, _ = image(pieces, style, style.scale * DOTS / 72)
            self._ready.emit(pixels, svg(pieces, style))
        except UserError as error:
            self.failed.emit(str(error))
        except Exception as error:
            log.exception("Copying failed.")
            self.failed.emit(f"The figure was not copied ({type(error).__name__}: {error}); the log has the details.")

    @Slot(object, object)
    def _put(self, pixels: QImage, drawing: bytes) -> None:
        data = QMimeData()
        data.setImageData(pixels)
        data.setData(SVG, QByteArray(drawing))
        QGuiApplication.clipboard().setMimeData(data)
        self._data = data
        self.copied.emit()
