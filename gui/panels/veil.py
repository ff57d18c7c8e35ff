"""What lies over a drawing: words in its place, or the sign that a new one is on the way."""

from PySide6.QtCore import QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from gui.theme import colors

PATIENCE = 150
"""Milliseconds of work before anything says so."""


class Veil(QWidget):
    """Covers its parent; lets every click through. Hidden while there is nothing to say."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.text = ""
        self.solid = True
        self.busy = False
        self._fraction = 0.0
        self._timer = QTimer(self, singleShot=True, interval=PATIENCE)
        self._timer.timeout.connect(self._show_busy)
        self.hide()

    def say(self, text: str, solid: bool) -> None:
        """Words in the middle: in place of the drawing (solid) or over it, dimmed."""
        self._timer.stop()
        self.text, self.solid, self.busy = text, solid, False
        self.setAccessibleName(text)
        self._appear()

    def work(self, fraction: float, solid: bool) -> None:
        """A thin line that grows from 0 to 1; appears only when the work has lasted a moment."""
        self._fraction = fraction
        if self.busy:
            self.update()
        elif not self._timer.isActive():
            self.solid = solid
            self._timer.start()

    def clear(self) -> None:
        self._timer.stop()
        self.text, self.busy, self._fraction = "", False, 0.0
        self.hide()

    def _show_busy(self) -> None:
        self.busy, self.text = True, ""
        self._appear()

    def _appear(self) -> None:
        self.raise_()
        self.show()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        base = QColor(self.palette().base().color())
        base.setAlpha(255 if self.solid else 150)
        painter.fillRect(self.rect(), base)
        if self.text:
            self._paint_words(painter)
        if self.busy:
            line = self.palette().highlight().color()
            painter.fillRect(QRectF(0, 0, self.width() * max(0.02, min(1.0, self._fraction)), 3), line)

    def _paint_words(self, painter: QPainter) -> None:
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        room = self.rect().adjusted(16, 8, -16, -8)
        room.setWidth(min(room.width(), 460))
        room.moveCenter(self.rect().center())
        if not self.solid:
            rect = painter.boundingRect(room, int(flags), self.text).adjusted(-10, -6, 10, 6)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(self.palette().mid().color())
            painter.setBrush(self.palette().base())
            painter.drawRoundedRect(QRect(rect), 4, 4)
        painter.setPen(colors.quiet(self.palette()))
        painter.drawText(room, int(flags), self.text)
