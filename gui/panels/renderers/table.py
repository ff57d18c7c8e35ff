"""Text in rows and columns, with headings that may fold; a click on a row selects its head or pair."""

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFont, QKeyEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QStyle, QTableView, QVBoxLayout, QWidget

from analysis.figures.table import Row
from analysis.figures.table import Table as TableFigure
from gui.panels.drawing.chart import AWAY
from gui.panels.figure_widget import FigureWidget
from gui.panels.heading import Heading
from gui.panels.renderers import Renderer
from gui.panels.renderers.folding import Folding
from gui.theme.text import plain_tip, with_minus
from gui.theme.widgets import lined_up

CELL = 7
"""Pixels of a cell beside its text."""
FEWEST, MOST = 7, 24
"""Letters of a name that are seen: where all columns are in sight, and where the table scrolls."""
ERROR = " ± "
AnyIndex = QModelIndex | QPersistentModelIndex
NOTHING = QModelIndex()
EMPTY = TableFigure("", (), ())


def without_error(cell: str) -> str:
    return cell.partition(ERROR)[0]


class Rows(QAbstractTableModel):
    """The rows of a figure as Qt asks for them."""

    def __init__(self, parent: QWidget, view: QTableView) -> None:
        super().__init__(parent)
        self.figure = EMPTY
        self.brief = False
        """Whether errors (what follows ±) are left out of the cells; tooltips still have them."""
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
            cell = with_minus(row.cells[index.column()] if index.column() else self.folding.mark(row))
            return without_error(cell) if self.brief and index.column() else cell
        if role == Qt.ItemDataRole.ToolTipRole:
            # The name and the cell too: a narrow table shortens them.
            words = dict.fromkeys((row.cells[0], row.cells[index.column()], row.tip))
            return plain_tip("\n".join(filter(None, words)))
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

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, showGrid=False, wordWrap=False)  # what wraps would be shortened at a space
        self.setTabKeyNavigation(False)

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


class Table(FigureWidget):
    """Draws a Table."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.figure = EMPTY
        self._longest: dict[bool, list[list[str]]] = {}
        """By whether errors are left out: the longest texts of each column that are on show."""
        self.heading, self.view = Heading(self, title_lines=2), RowView(self)
        self.rows = Rows(self, self.view)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self._set_up(self.view)
        lined_up(QVBoxLayout(self), self.heading, self.view, grows=self.view, spacing=2)
        self.view.clicked.connect(self._clicked)
        self.view.entered.connect(self._entered)
        self.view.entered_by_key.connect(self._entered)
        self.view.chosen_by_key.connect(self._clicked)
        self.view.resized.connect(self._fit)

    def _set_up(self, view: RowView) -> None:
        view.setModel(self.rows)
        view.setFrameShape(QFrame.Shape.NoFrame)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setAccessibleDescription("Up and Down walk over the rows; Enter selects the head or pair of a row.")
        view.setMouseTracking(True)
        view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.verticalHeader().hide()
        view.verticalHeader().setMinimumSectionSize(12)
        view.horizontalHeader().setHighlightSections(False)
        view.horizontalHeader().setMinimumSectionSize(12)
        view.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def drawing(self) -> QWidget:
        return self.view

    def show_figure(self, figure: TableFigure) -> None:
        """Draws `figure`; the place scrolled to stays."""
        place, here = self.view.verticalScrollBar().value(), max(0, self.view.currentIndex().row())
        self.figure = figure
        self.rows.set_figure(figure)
        self.view.setAccessibleName(figure.title)
        # Names of tensors differ at both ends.
        dotted = any("." in row.cells[0] and " " not in row.cells[0] for row in figure.rows if not row.heading)
        self.view.setTextElideMode(Qt.TextElideMode.ElideMiddle if dotted else Qt.TextElideMode.ElideRight)
        self.view.clearSpans()
        for index, row in enumerate(figure.rows):
            if row.heading and len(figure.columns) > 1:
                self.view.setSpan(index, 0, 1, len(figure.columns))
        self.view.horizontalHeader().setVisible(any(figure.columns))
        self._measure()
        if self.view.hasFocus() and here < len(figure.rows):
            self.view.setCurrentIndex(self.rows.index(here, 0))
        self.view.verticalScrollBar().setValue(place)

    def _measure(self) -> None:
        """Find the longest texts, and fit the columns to them."""
        hidden = self.rows.folding.hidden(self.figure)
        # Headings and sentences run over all columns.
        body = [row.cells for index, row in enumerate(self.figure.rows)
                if not (row.heading or row.prose or index in hidden)]
        cells = [{with_minus(row[column]) for row in body} for column in range(len(self.figure.columns))]
        brief = [set(map(without_error, texts)) for texts in cells]
        self._longest = {short: [sorted(texts, key=lambda text: (len(text), text))[-10:] for texts in columns]
                         for short, columns in ((False, cells), (True, brief))}
        self._fit()

    def _fit(self) -> None:
        """Rows as high as a line, the first column as wide as what the others leave.

        Where that is too little, errors and blank columns go first, then those that the figure can spare; where that
        does not help either, the table scrolls.
        """
        self.view.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 5)
        figure = self.figure
        if not figure.columns or not self._longest:
            return
        widest, letter = self._width(0, False, ()), self.fontMetrics().averageCharWidth()
        least, whole = (min(widest, letters * letter + CELL) for letters in (FEWEST, MOST))
        for step in range(len(figure.spare) + 2):
            brief, gone = step > 0, figure.spare[: max(0, step - 1)]
            others = [self._width(column, brief, gone) for column in range(1, len(figure.columns))]
            first = self.view.viewport().width() - sum(others)
            if first >= least:
                break
        self.rows.brief = brief
        for column, width in enumerate((first if first >= least else whole, *others)):
            self.view.setColumnHidden(column, not width)
            if width:
                self.view.setColumnWidth(column, width)
        errors = brief and self._longest[True] != self._longest[False]
        missing = ", ".join([*(["±"] if errors else []), *gone])
        notes = figure.note, f"no room for {missing}" if missing else ""
        self.heading.set_words(figure.title, "; ".join(filter(None, notes)))
        self.rows.folding.arrange(figure)

    def _width(self, column: int, brief: bool, gone: tuple[str, ...]) -> int:
        """What a column asks for; 0: it is left out."""
        texts, name = self._longest[brief][column], self.figure.columns[column]
        if column and (name in gone or (brief and not any(texts))):
            return 0
        header = self.view.horizontalHeader()
        margin = self.style().pixelMetric(QStyle.PixelMetric.PM_HeaderMargin, None, header)
        widest = max(map(self.view.fontMetrics().horizontalAdvance, texts), default=0)
        return max(widest + CELL, header.fontMetrics().horizontalAdvance(name) + 2 * margin if name else 0)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def _clicked(self, index: QModelIndex) -> None:
        row = self.rows.row(index)
        if self.rows.folding.toggle(row):
            self._measure()
            self.view.viewport().update()
        elif row.pair:
            self.pair_clicked.emit(*row.pair)
        elif row.head:
            self.head_clicked.emit(row.head)

    def _entered(self, index: QModelIndex) -> None:
        row = self.rows.row(index)
        leads = row.pair is not None or row.head is not None or row.folds
        self.view.viewport().setCursor(Qt.CursorShape.PointingHandCursor if leads else Qt.CursorShape.ArrowCursor)
        self.hovered.emit("" if row.heading else ": ".join(filter(None, row.cells[:2])))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.hovered.emit("")


RENDERER = Renderer(TableFigure, Table)
