"""Title and note above a drawing: never clipped, shortened with an ellipsis, whole in the tooltip."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from .. import colors
from ..plain import plain_tip
from ..typography import sized

MARGIN = 6


class Caption(QLabel):
    """One line of text, shortened where it does not fit, whole in the tooltip."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_words(self, words: str) -> None:
        self.setText(words)
        self.setToolTip(plain_tip(words))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(colors.quiet(self.palette()))
        painter.setFont(sized(self.font(), "small"))
        room = self.rect().adjusted(2, 0, -2, 0)
        text = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)


class Heading(QWidget):
    """One line of title and at most two of note, with the room they need and no more."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = self._note = ""
        self._lines = 2
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_words(self, title: str, note: str) -> None:
        if (title, note) != (self._title, self._note):
            self._title, self._note = title, note
            self.setToolTip(f"{title}\n{note}" if note else title)
            self.setAccessibleName(title)
            self.updateGeometry()
            self.update()

    def set_lines(self, most: int) -> None:
        """How many lines the note may take."""
        if most != self._lines:
            self._lines = most
            self.updateGeometry()
            self.update()

    def words(self) -> tuple[str, str]:
        return self._title, self._note

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        lines = self._note_lines(width)
        return 3 + QFontMetrics(self._bold()).height() + len(lines) * self._small_metrics().height()

    def sizeHint(self) -> QSize:
        return QSize(200, self.heightForWidth(self.width()))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        width, bold = self.width() - 2 * MARGIN, self._bold()
        metrics = QFontMetrics(bold)
        painter.setFont(bold)
        painter.setPen(self.palette().text().color())
        title = metrics.elidedText(self._title, Qt.TextElideMode.ElideRight, width)
        painter.drawText(QPointF(MARGIN, 2 + metrics.ascent()), title)
        painter.setFont(sized(self.font(), "small"))
        painter.setPen(colors.quiet(self.palette()))
        small = self._small_metrics()
        top = 2 + metrics.height() + small.ascent()
        for place, line in enumerate(self._note_lines(self.width())):
            painter.drawText(QPointF(MARGIN, top + place * small.height()), line)

    def _bold(self) -> QFont:
        return sized(self.font(), "title")

    def _small_metrics(self) -> QFontMetrics:
        return QFontMetrics(sized(self.font(), "small"))

    def _note_lines(self, width: int) -> list[str]:
        """The note broken into at most two lines, the second shortened where more would follow."""
        room = max(20, width - 2 * MARGIN)
        if not self._note:
            return []
        layout = QTextLayout(self._note, sized(self.font(), "small"))
        layout.setTextOption(QTextOption(Qt.AlignmentFlag.AlignLeft))
        layout.beginLayout()
        first = layout.createLine()
        first.setLineWidth(room)
        end = first.textStart() + first.textLength()
        layout.endLayout()
        rest = self._note[end:].strip()
        if self._lines == 1:
            return [self._small_metrics().elidedText(self._note, Qt.TextElideMode.ElideRight, room)]
        lines = [self._note[:end].rstrip(), *([rest] if rest else [])]
        return [self._small_metrics().elidedText(line, Qt.TextElideMode.ElideRight, room) for line in lines]
