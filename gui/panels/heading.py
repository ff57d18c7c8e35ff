"""Title and note above a drawing: never clipped, shortened with an ellipsis, whole in the tooltip."""

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from gui.theme import colors
from gui.theme.text import plain_tip
from gui.theme.typography import sized

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
    """One line of title, or two, and at most two of note, with the room they need and no more."""

    def __init__(self, parent: QWidget | None = None, title_lines: int = 1) -> None:
        super().__init__(parent)
        self._title = self._note = ""
        self._title_lines, self._lines = title_lines, 2
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
        (bold, title), (small, note) = self._blocks(width)
        # A title has its line before it is known: what is below does not move when it comes.
        return 3 + max(1, len(title)) * QFontMetrics(bold).height() + len(note) * QFontMetrics(small).height()

    def sizeHint(self) -> QSize:
        return QSize(200, self.heightForWidth(self.width()))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        top = 2
        pens = self.palette().text().color(), colors.quiet(self.palette())
        for pen, (font, lines) in zip(pens, self._blocks(self.width()), strict=True):
            painter.setFont(font)
            painter.setPen(pen)
            metrics = QFontMetrics(font)
            for line in lines:
                painter.drawText(QPointF(MARGIN, top + metrics.ascent()), line)
                top += metrics.height()

    def _blocks(self, width: int) -> tuple[tuple[QFont, list[str]], ...]:
        """Title and note, each with its font and its lines."""
        bold, small = sized(self.font(), "title"), sized(self.font(), "small")
        return ((bold, _broken(self._title, bold, self._title_lines, width)),
                (small, _broken(self._note, small, self._lines, width)))


def _broken(text: str, font: QFont, most: int, width: int) -> list[str]:
    """The text in at most so many lines, the last one shortened where more would follow."""
    room, rest, lines = max(20, width - 2 * MARGIN), text, []
    most = most if text else 0
    layout = QTextLayout(text, font)
    layout.setTextOption(QTextOption(Qt.AlignmentFlag.AlignLeft))
    layout.beginLayout()
    for _ in range(most - 1):
        line = layout.createLine()
        if line.isValid():
            line.setLineWidth(room)
            end = line.textStart() + line.textLength()
            lines.append(text[line.textStart() : end].rstrip())
            rest = text[end:].strip()
    layout.endLayout()
    lines += [rest] if rest else []
    return [QFontMetrics(font).elidedText(line, Qt.TextElideMode.ElideRight, room) for line in lines]
