"""A page drawn on a thread of its own: the newest wish is drawn, older ones that have not begun are dropped."""

from dataclasses import dataclass
from functools import partial
from itertools import count

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from analysis.figures.kind import Piece
from analysis.figures.page import pixels
from analysis.figures.style import MM, Style
from analysis.values import UserError
from gui.shared.background import Background

MARGIN = 12
LARGEST = 3.0
"""Pixels of the screen for a point, at most: a small figure is not blown up beyond that."""


@dataclass(frozen=True)
class Drawn:
    """A page as it will be: its picture, and in words how large it is and what it leaves out."""

    image: QImage
    words: str
    failure: str = ""


def draw(pieces: tuple[Piece, ...], style: Style, room: QSize, ratio: float) -> Drawn:
    """The page as large as it fits into `room` (in the screen's own units, of `ratio` pixels each)."""
    if not pieces:
        return Drawn(QImage(), "", "Choose at least one panel.")

    def fit(width: float, height: float) -> float:
        return max(0.2, min(room.width() / width, room.height() / height, LARGEST)) * ratio

    try:
        data, page = pixels(pieces, style, fit)
    except UserError as error:
        return Drawn(QImage(), "", str(error))
    tall, wide, _ = data.shape
    # In another format: a picture of its own, which does not live in the memory of the array.
    shown = QImage(data.data, wide, tall, 4 * wide, QImage.Format.Format_RGBA8888)
    shown = shown.convertToFormat(QImage.Format.Format_RGB32)
    shown.setDevicePixelRatio(ratio)
    words = f"{page.width / MM:.0f} × {page.height / MM:.0f} mm"
    if not style.vector:
        words += f", {round(page.width * style.dots)} × {round(page.height * style.dots)} pixels"
    return Drawn(shown, "; ".join([words, *dict.fromkeys(note for note in page.notes if note)]))


class Preview(QWidget):
    """Shows the page, small; says how large it is."""

    told = Signal(str)
    _numbers = count(1)
    """Of the pages drawn by all previews: they may share a background."""

    def __init__(self, background: Background, parent: QWidget | None = None) -> None:
        """`background`: draws the pages; it is not to belong to a window that closes while one is drawn."""
        super().__init__(parent)
        self._background = background
        self._wish: tuple[tuple[Piece, ...], Style] | None = None
        self._newest = self._shown = 0
        self.drawn = Drawn(QImage(), "")
        self.setMinimumSize(320, 300)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Preview of the page")
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Mid)
        background.done.connect(self._show)
        background.failed.connect(self._fail)

    def ask(self, pieces: tuple[Piece, ...], style: Style) -> None:
        """Draw this, instead of what was asked for before."""
        self._wish = (pieces, style)
        self._start()

    @property
    def settled(self) -> bool:
        """Whether what is on show is what was asked for last."""
        return self._shown == self._newest

    def stop(self) -> None:
        """Show nothing more; a page that is being drawn is drawn for nobody."""
        self._newest = next(self._numbers)
        self._background.drop_waiting()

    def _start(self) -> None:
        if self._wish is None:
            return
        self._newest = next(self._numbers)
        room = self.size() - QSize(2 * MARGIN, 2 * MARGIN)
        self._background.drop_waiting()
        self._background.run(partial(draw, *self._wish, room, self.devicePixelRatioF()), self._newest)

    @Slot(object, object)
    def _show(self, number: int, drawn: Drawn) -> None:
        if number != self._newest:
            return
        self._shown, self.drawn = number, drawn
        self.told.emit(drawn.failure or drawn.words)
        self.setAccessibleDescription(drawn.failure or drawn.words)
        self.update()

    @Slot(object, str)
    def _fail(self, number: int, sentence: str) -> None:
        self._show(number, Drawn(QImage(), "", sentence))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._start()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.drawn.image.isNull():
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            room = self.rect().adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
            painter.drawText(room, int(flags), self.drawn.failure or "Drawing…")
            return
        size = self.drawn.image.deviceIndependentSize()
        place = QRectF((self.width() - size.width()) / 2, (self.height() - size.height()) / 2,
                       size.width(), size.height())
        painter.drawImage(place.topLeft(), self.drawn.image)
