"""The list of heads: one column a score, sorted and filtered, following the selection both ways."""

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from analysis.values import HeadId, ModelFacts, ScoreInfo, UserError
from gui.heads.head_filter import parse
from gui.heads.head_model import BADGE_ROLE, FRACTION_ROLE, HeadModel, Index
from gui.shared.store import Store
from gui.theme.search_line import SearchLine
from gui.theme.widgets import lined_up, named

BAR_HEIGHT, ROW_SPACE = 3, 6

FILTER_TIP = """Only some heads:
L1, L2-4, H3, X (cross-attention), L1H6
induction > 0.5 (any score, by its name or the beginning of it)
induction, first token, reader (what a head is called), strong, displaced by 2, confirmed (what is said of it)
L0 or induction > 0.5 and not (previous > 0.3): terms side by side must all hold"""


class BarDelegate(QStyledItemDelegate):
    """A score as a number over a bar from the left; the letter of a head's word on the right of its name."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        fraction, badge = index.data(FRACTION_ROLE), index.data(BADGE_ROLE)
        cell: QRect = option.rect.adjusted(4, 0, -4, 0)
        selected = option.state & QStyle.StateFlag.State_Selected
        palette: QPalette = option.palette
        role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Highlight
        if badge:
            painter.setPen(palette.color(role))
            painter.drawText(cell, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, badge)
        if fraction is None:
            return
        top = cell.bottom() - BAR_HEIGHT
        painter.fillRect(cell.x(), top, round(cell.width() * fraction), BAR_HEIGHT, palette.color(role))

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return super().sizeHint(option, index) + QSize(0, ROW_SPACE)


class HeadView(QTreeView):
    """A tree whose Up and Down walk from head to head, past the layers; however low, it shows the current one."""

    stepped = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        else:
            self.stepped.emit(step)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        current, across = self.currentIndex(), self.horizontalScrollBar().value()
        if self.isExpanded(current.parent()):  # a closed layer would be opened
            self.scrollTo(current)
            self.horizontalScrollBar().setValue(across)


class HeadTree(QWidget):
    """Filter line, tree, and a line of words under it. Emits the head that a person chose."""

    head_clicked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = HeadModel()
        self.model.setParent(self)
        self._head: HeadId | None = None
        self._last_column = 0
        self._filter = SearchLine("Filter heads", "Filter: L1, induction > 0.5", FILTER_TIP, self)
        self._filter.textChanged.connect(self._apply_filter)
        self.view = self._make_view()
        self._words = named(QLabel("No model is open yet.", wordWrap=True, textFormat=Qt.TextFormat.PlainText),
                            "State of the head list")
        lined_up(QVBoxLayout(self), self._filter, self.view, self._words, spacing=6, margins=(4, 4, 4, 4))
        self.model.modelReset.connect(self._restore)

    def _make_view(self) -> HeadView:
        view = HeadView(self, uniformRowHeights=True, indentation=12)
        named(view, "Heads", "All heads with their scores; Up and Down walk through them.")
        view.setModel(self.model)
        view.setItemDelegate(BarDelegate(view))
        view.setAlternatingRowColors(True)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        header = view.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignCenter)
        header.setMinimumSectionSize(36)
        view.setSortingEnabled(True)
        view.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        header.setSortIndicatorClearable(False)
        header.sectionClicked.connect(self._first_click_descends)
        view.selectionModel().currentChanged.connect(self._current_changed)
        view.stepped.connect(self.step)
        return view

    def follow(self, store: Store) -> None:
        """Show the store's heads, scores and selection from now on, and select what a person chooses."""
        self._store = store
        store.catalogue_changed.connect(self._show_catalogue)
        store.model_changed.connect(self._show_model)
        store.selection_changed.connect(self._show_selection)
        store.scores_changed.connect(self._show_scores)
        store.words_changed.connect(self._show_words)
        self.head_clicked.connect(store.select)

    @Slot()
    def _show_catalogue(self) -> None:
        if self._store.catalogue is not None:
            self.set_score_infos(self._store.catalogue.scores)

    @Slot()
    def _show_model(self) -> None:
        if self._store.facts is not None:
            self.set_model(self._store.facts)
            self._show_scores()
            self._show_words()
            self._show_selection()

    @Slot()
    def _show_selection(self) -> None:
        self.set_current(self._store.selection.head)

    @Slot()
    def _show_scores(self) -> None:
        self.model.set_scores(self._store.scores)

    @Slot()
    def _show_words(self) -> None:
        self.model.set_words(self._store.words)

    # ---- in --------------------------------------------------------------------------------------------------

    def set_score_infos(self, infos: tuple[ScoreInfo, ...]) -> None:
        self.model.set_infos(infos)
        self._fit_columns()

    def _fit_columns(self) -> None:
        """Room for names and numbers, and for the columns' heads."""
        metrics = self.view.fontMetrics()
        self.view.setColumnWidth(0, metrics.horizontalAdvance("L10H10") + 12 + 2 * self.view.indentation())
        for column, info in enumerate(self.model.infos, 1):
            widest = max(metrics.horizontalAdvance(text) for text in (info.short, "0.00"))
            self.view.setColumnWidth(column, widest + 12)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit_columns()

    def set_model(self, facts: ModelFacts) -> None:
        """Columns that none of the model's heads can fill are hidden; an order by one of them goes back to layers."""
        self.model.set_heads(facts.heads)
        kinds = {head.kind for head in facts.heads}
        for column, info in enumerate(self.model.infos, start=1):
            empty = bool(kinds) and not kinds.intersection(info.kinds)
            self.view.setColumnHidden(column, empty)
            if empty and self.view.header().sortIndicatorSection() == column:
                self.view.sortByColumn(0, Qt.SortOrder.AscendingOrder)

    def set_current(self, head: HeadId) -> None:
        """Show the head as the current one; scrolls only when it is out of sight."""
        self._head = head
        if self.model.head_at(self.view.currentIndex()) != head:
            self._mark()

    def filter_text(self) -> str:
        return self._filter.text()

    def set_filter_text(self, text: str) -> None:
        """As if a person had typed it."""
        self._filter.setText(text)

    def focus_filter(self) -> None:
        self._filter.setFocus()
        self._filter.selectAll()

    # ---- out -------------------------------------------------------------------------------------------------

    @Slot(int)
    def step(self, by: int) -> None:
        """Choose the next (1) or previous (−1) head in the order on show; stays at the ends."""
        heads = self.model.shown
        if not heads:
            return
        place = heads.index(self._head) + by if self._head in heads else 0
        self.head_clicked.emit(heads[min(max(place, 0), len(heads) - 1)])

    @Slot(QModelIndex, QModelIndex)
    def _current_changed(self, current: QModelIndex, previous: QModelIndex) -> None:
        if (head := self.model.head_at(current)) is not None and head != self._head:
            self._head = head
            self.head_clicked.emit(head)

    # ---- inside ----------------------------------------------------------------------------------------------

    @Slot()
    def _restore(self) -> None:
        """After rows have moved, or from outside: layers open, the current head marked, the count in words."""
        self.view.expandAll()
        self._mark()
        if self.model.total:
            self._words.setText(self._count_words())

    def _mark(self) -> None:
        index = self.model.index_of(self._head) if self._head is not None else QModelIndex()
        if index.isValid():
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            self.view.selectionModel().setCurrentIndex(index, flags)
            self.view.scrollTo(index)  # opens its layer too

    def _count_words(self) -> str:
        shown, total = len(self.model.shown), self.model.total
        if not shown:
            return f"None of {total} heads passes the filter."
        return f"{total} heads" if shown == total else f"{shown} of {total} heads"

    @Slot(str)
    def _apply_filter(self, text: str) -> None:
        try:
            self.model.set_filter(parse(text, self.model.infos, self.model.called))
        except UserError as error:
            self._words.setText(str(error))

    @Slot(int)
    def _first_click_descends(self, column: int) -> None:
        """A first click on a score shows its highest heads; later clicks turn the order."""
        if column != self._last_column and column > 0:
            self.view.sortByColumn(column, Qt.SortOrder.DescendingOrder)
        self._last_column = column
