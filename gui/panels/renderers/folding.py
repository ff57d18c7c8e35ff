"""Sections of a table that open and close, and rows of prose."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QTableView

from analysis.figures.table import Row, Table

SIDE = 8
"""Pixels beside and above a text in its cell, both ends together."""


class Wrapped(QStyledItemDelegate):
    """A sentence in as many lines as it needs, within what is in sight however wide the columns are."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        view = self.parent()
        assert isinstance(view, QTableView)
        option.features |= QStyleOptionViewItem.ViewItemFeature.WrapText
        option.rect.setWidth(min(option.rect.width(), view.viewport().width()))


class Folding:
    """Which sections of a table are open: those that fold begin closed and stay as a person left them."""

    def __init__(self, view: QTableView) -> None:
        self._view, self._wrapped = view, Wrapped(view)
        self._open: set[str] = set()
        self._arranged = False

    def mark(self, row: Row) -> str:
        """The first cell of a row, with its triangle where it folds."""
        if not row.folds:
            return row.cells[0]
        return ("▾ " if row.cells[0] in self._open else "▸ ") + row.cells[0]

    def toggle(self, row: Row) -> bool:
        """Open or close the section of a heading; whether it has one."""
        if row.folds:
            self._open ^= {row.cells[0]}
        return row.folds

    def arrange(self, figure: Table) -> None:
        """Hide what is closed, and give every sentence the lines that it needs."""
        before, self._arranged = self._arranged, any(row.folds or row.prose for row in figure.rows)
        if not (before or self._arranged):
            return  # thousands of plain rows
        hidden = self.hidden(figure)
        for index, row in enumerate(figure.rows):
            self._view.setRowHidden(index, index in hidden)
            self._view.setItemDelegateForRow(index, self._wrapped if row.prose else None)  # type: ignore[arg-type]
            if row.prose:
                self._view.setSpan(index, 0, 1, len(figure.columns))
                self._view.setRowHeight(index, self._height(row.cells[0]))
            elif self._view.rowHeight(index) != self._line and not self._view.isRowHidden(index):
                self._view.setRowHeight(index, self._line)

    def hidden(self, figure: Table) -> set[int]:
        """The rows of closed sections."""
        closed, found = False, set()
        for index, row in enumerate(figure.rows):
            if row.heading:
                closed = row.folds and row.cells[0] not in self._open
            elif closed:
                found.add(index)
        return found

    @property
    def _line(self) -> int:
        return self._view.verticalHeader().defaultSectionSize()

    def _height(self, words: str) -> int:
        room = max(60, self._view.viewport().width() - SIDE)
        flags = int(Qt.TextFlag.TextWordWrap)
        needed = self._view.fontMetrics().boundingRect(QRect(0, 0, room, 10_000), flags, words)
        return max(self._line, needed.height() + SIDE // 2)
