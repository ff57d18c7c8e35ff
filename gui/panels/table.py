"""Text in rows and columns, with headings that may fold; a click on a row selects its head or pair."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFont, QKeyEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QVBoxLayout, QWidget

from analysis.values import Row
from analysis.values import Table as TableFigure

from ..plain import plain_tip
from .chart import AWAY
from .folding import Folding
from .heading import Heading

CELL = 10
"""Pixels of a cell beside its text."""
LETTERS = 24
"""A name of so many letters is shown whole, however narrow the table."""
AnyIndex = QModelIndex | QPersistentModelIndex
NOTHING = QModelIndex()


class Rows(QAbstractTableModel):
    """The rows of a figure as Qt asks for them."""

    def __init__(self, parent: QWidget, view: QTableView) -> None:
        super().__init__(parent)
        self.figure = TableFigure("", (), ())
        self.folding = Folding(view)

    def set_figure(self, figure: TableFigure) -> None:
        self.beginResetModel()
        self.figure = figure
        self.endResetModel()

    def row(self, index: AnyIndex) -> Row:
        return self.figure.rows[index.row()]

    def rowCount(self, parent: AnyIndex = NOTHING) -> int:
        return 0 if parent.isValid() else len(self.figure.rows)

    def columnCount(self, parent: AnyIndex = NOTHING) -> int:
        return 0 if parent.isValid() else len(self.figure.columns)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.row(index)
        if role == Qt.ItemDataRole.DisplayRole:
            return row.cells[index.column()] if index.column() else self.folding.mark(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            # The name too: a narrow table shortens it.
            return plain_tip(f"{row.cells[0]}\n{row.tip}".strip())
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if index.column() else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if row.heading and role == Qt.ItemDataRole.FontRole:
            font = QFont()
            font.setBold(True)
            return font
        if row.heading and role == Qt.ItemDataRole.BackgroundRole:
            parent = self.parent()
            assert isinstance(parent, QWidget)
            return parent.palette().brush(QPalette.ColorRole.AlternateBase)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.figure.columns[section]
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole and not section:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        plain = self.row(index).heading and not self.row(index).folds
        return Qt.ItemFlag.ItemIsEnabled | (Qt.ItemFlag.NoItemFlags if plain else Qt.ItemFlag.ItemIsSelectable)


class RowView(QTableView):
    """Keys walk from row to row; a row is current only while the keyboard is here."""

    entered_by_key = Signal(QModelIndex)
    chosen_by_key = Signal(QModelIndex)
    resized = Signal()
    """The rows have another width: a scroll bar came or went, too."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.currentIndex().isValid():
            self.chosen_by_key.emit(self.currentIndex())
            return
        super().keyPressEvent(event)
        if self.currentIndex().isValid():
            self.entered_by_key.emit(self.currentIndex())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in AWAY:
            self.clearSelection()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()


class Table(QWidget):
    """Draws a Table."""

    hovered = Signal(str)
    head_clicked = Signal(object)
    pair_clicked = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.figure: TableFigure | None = None
        self.heading, self.view = Heading(self), RowView(self)
        self.rows = Rows(self, self.view)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self._set_up(self.view)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.heading)
        column.addWidget(self.view, 1)
        self.view.clicked.connect(self._clicked)
        self.view.entered.connect(self._entered)
        self.view.entered_by_key.connect(self._entered)
        self.view.chosen_by_key.connect(self._clicked)
        self.view.resized.connect(self._fit)

    def _set_up(self, view: RowView) -> None:
        view.setModel(self.rows)
        view.setShowGrid(False)
        view.setFrameShape(QFrame.Shape.NoFrame)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setTabKeyNavigation(False)
        view.setAccessibleDescription("Up and Down walk over the rows; Enter selects the head or pair of a row.")
        view.setMouseTracking(True)
        view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.verticalHeader().hide()
        view.verticalHeader().setMinimumSectionSize(12)
        view.horizontalHeader().setHighlightSections(False)
        view.horizontalHeader().setMinimumSectionSize(30)
        view.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def show_figure(self, figure: TableFigure) -> None:
        """Draws `figure`; the place scrolled to stays."""
        place, here = self.view.verticalScrollBar().value(), max(0, self.view.currentIndex().row())
        self.figure = figure
        self.heading.set_words(figure.title, figure.note)
        self.rows.set_figure(figure)
        self.view.setAccessibleName(figure.title)
        self.view.clearSpans()
        for index, row in enumerate(figure.rows):
            if row.heading and len(figure.columns) > 1:
                self.view.setSpan(index, 0, 1, len(figure.columns))
        header = self.view.horizontalHeader()
        header.setVisible(any(figure.columns))
        for column in range(len(figure.columns)):
            mode = QHeaderView.ResizeMode.ResizeToContents if column else QHeaderView.ResizeMode.Fixed
            header.setSectionResizeMode(column, mode)
        self._fit()
        if self.view.hasFocus() and here < len(figure.rows):
            self.view.setCurrentIndex(self.rows.index(here, 0))
        self.view.verticalScrollBar().setValue(place)

    def _fit(self) -> None:
        """Rows as high as a line, the first column as wide as what is left, and never narrower than its texts."""
        self.view.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 5)
        if self.figure is not None and self.figure.columns:
            header = self.view.horizontalHeader()
            # What the other columns ask for: their present sizes may be those of the figure before.
            others = sum(max(self.view.sizeHintForColumn(column), header.sectionSizeHint(column))
                         for column in range(1, len(self.figure.columns)))
            # Headings and sentences run over all columns.
            texts = [row.cells[0] for row in self.figure.rows if not row.heading and not row.prose]
            metrics = self.fontMetrics()
            widest = max(map(metrics.horizontalAdvance, sorted(texts, key=len)[-10:]), default=0)
            least = min(widest, LETTERS * metrics.averageCharWidth()) + CELL
            header.resizeSection(0, max(self.view.viewport().width() - others, least))
            self.rows.folding.arrange(self.figure)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "view"):
            self._fit()

    def _clicked(self, index: QModelIndex) -> None:
        row = self.rows.row(index)
        if self.rows.folding.toggle(row):
            self.rows.folding.arrange(self.rows.figure)
            self.view.viewport().update()
        elif row.pair:
            self.pair_clicked.emit(*row.pair)
        elif row.head:
            self.head_clicked.emit(row.head)

    def _entered(self, index: QModelIndex) -> None:
        row = self.rows.row(index)
        leads = row.pair is not None or row.head is not None or row.folds
        self.view.viewport().setCursor(Qt.CursorShape.PointingHandCursor if leads else Qt.CursorShape.ArrowCursor)
        words = ": ".join(filter(None, row.cells[:2]))
        self.hovered.emit("" if row.heading else words)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.hovered.emit("")


if __name__ == "__main__":
    from .samples import show_alone, table

    show_alone(Table, table())
