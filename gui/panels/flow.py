"""Widgets side by side, on as many lines as the width asks for."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget

GAP = 6


class FlowLayout(QLayout):
    """A layout that wraps like words in a line; items are centred within their line."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def insert(self, place: int, widget: QWidget) -> None:
        """Puts a widget before the one at a place."""
        self.addWidget(widget)
        self._items.insert(place, self._items.pop())

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._place(QRect(0, 0, width, 0), False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._place(rect, True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def line_width(self) -> int:
        """The width that all items need on one line."""
        wide = [item.sizeHint().expandedTo(item.minimumSize()).width() for item in self._items if not item.isEmpty()]
        margins = self.contentsMargins()
        return sum(wide) + GAP * max(0, len(wide) - 1) + margins.left() + margins.right()

    def minimumSize(self) -> QSize:
        # Narrower than its widest item the row is shortened, not the window widened.
        heights = [item.sizeHint().height() for item in self._items]
        return QSize(80, max(heights, default=0) + self.contentsMargins().top() + self.contentsMargins().bottom())

    def _place(self, rect: QRect, move: bool) -> int:
        """Places the items (or only counts), and returns the height that they need."""
        margins = self.contentsMargins()
        inner = rect.marginsRemoved(margins)
        y = inner.top()
        for line in self._lines(inner.width()):
            height = max(size.height() for _, size in line)
            x = inner.left()
            for item, size in line:
                if move:
                    item.setGeometry(QRect(QPoint(x, y + (height - size.height()) // 2), size))
                x += size.width() + GAP
            y += height + GAP // 2
        return y - GAP // 2 - rect.top() + margins.bottom() if self._items else 0

    def _lines(self, width: int) -> list[list[tuple[QLayoutItem, QSize]]]:
        lines: list[list[tuple[QLayoutItem, QSize]]] = []
        used = 0
        for item in (item for item in self._items if not item.isEmpty()):
            size = item.sizeHint().expandedTo(item.minimumSize())
            size.setWidth(min(size.width(), max(40, width)))
            if not lines or used + size.width() > width:
                lines.append([])
                used = 0
            lines[-1].append((item, size))
            used += size.width() + GAP
        return lines
