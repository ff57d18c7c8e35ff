"""The heads and their scores as an item model: by layer, or ranked by one score."""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, Qt

from analysis.values import Called, HeadId, ScoreInfo, ScoreTable
from gui.heads.head_filter import Filter
from gui.theme.text import explained, with_minus

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
FRACTION_ROLE = int(Role.UserRole) + 1
"""How far a score is between its low and its high end, from 0 to 1; None where it is undefined."""
HEAD_ROLE = int(Role.UserRole) + 2
BADGE_ROLE = int(Role.UserRole) + 3
"""The letter of a head's first word; empty where it has none."""
LETTERS = {
    "induction": "i", "anti-induction": "a", "gates": "g", "attends by content": "c", "attends but does not copy": "c",
    "backup": "b", "positional copying": "x", "duplicate": "d", "previous-token": "p", "first token": "f",
    "reader": "r",
}  # fmt: skip
LEGEND = (
    "i induction, a anti-induction, g gates, c attends by content (but does not copy), b backup, x positional copying, "
    "d duplicate, p previous token, f first token, r reader"
)
TOP_LEVEL = 0
"""Internal id of a row without parent; a head below layer row r carries r + 1."""


class HeadModel(QAbstractItemModel):
    """Layers → heads in the order of writing; ranked by a score, a flat list with undefined heads last."""

    def __init__(self) -> None:
        super().__init__()
        self.infos: tuple[ScoreInfo, ...] = ()
        self._heads: tuple[HeadId, ...] = ()
        self._scores: ScoreTable | None = None
        self._words: Mapping[HeadId, Called] = {}
        self._filter: Filter = lambda head, scores: True
        self._column, self._descending = 0, False
        self._shown: list[HeadId] = []
        self._layers: list[tuple[int, list[HeadId]]] = []

    # ---- what is shown ---------------------------------------------------------------------------------------

    @property
    def ranked(self) -> bool:
        return 0 < self._column <= len(self.infos)

    @property
    def shown(self) -> list[HeadId]:
        """The heads that pass the filter, from top to bottom."""
        return self._shown

    @property
    def total(self) -> int:
        return len(self._heads)

    def set_infos(self, infos: tuple[ScoreInfo, ...]) -> None:
        with self._reset():
            self.infos = infos

    def set_heads(self, heads: tuple[HeadId, ...]) -> None:
        with self._reset():
            self._heads, self._scores, self._words = heads, None, {}

    def set_scores(self, scores: ScoreTable | None) -> None:
        """New numbers; rows move only where order or filter depend on them."""
        self._scores = scores
        self._tell(1, len(self.infos))

    def set_words(self, words: Mapping[HeadId, Called]) -> None:
        """What heads are called; rows move only where the filter depends on it."""
        self._words = words
        self._tell(0, 0)

    def called(self, head: HeadId) -> Called | None:
        """What the head is called; None while that is not known."""
        return self._words.get(head)

    def _tell(self, first: int, last: int) -> None:
        """These columns say something else now."""
        if self._arranged() != self._shown:
            with self._reset():
                return
        for parent in [QModelIndex(), *(self.index(row, 0) for row in range(len(self._layers)))]:
            if (rows := self.rowCount(parent)) and first <= last:
                self.dataChanged.emit(self.index(0, first, parent), self.index(rows - 1, last, parent))

    def set_filter(self, wanted: Filter) -> None:
        with self._reset():
            self._filter = wanted

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        descending = order == Qt.SortOrder.DescendingOrder
        if (column, descending) != (self._column, self._descending):
            with self._reset():
                self._column, self._descending = column, descending

    @contextmanager
    def _reset(self) -> Iterator[None]:
        """What is changed inside is followed by a new arrangement of the rows."""
        self.beginResetModel()
        yield
        self._shown = self._arranged()
        layers = [] if self.ranked else list(dict.fromkeys(head.layer for head in self._shown))
        self._layers = [(layer, [head for head in self._shown if head.layer == layer]) for layer in layers]
        self.endResetModel()

    def _arranged(self) -> list[HeadId]:
        heads = [head for head in self._heads if self._filter(head, self._scores)]
        if not self.ranked:
            return sorted(heads, reverse=self._descending)
        values = {head: self._value(head, self._column) for head in heads}
        defined = [head for head in heads if math.isfinite(values[head])]
        defined.sort(key=values.__getitem__, reverse=self._descending)
        return defined + [head for head in heads if not math.isfinite(values[head])]

    def _value(self, head: HeadId, column: int) -> float:
        return math.nan if self._scores is None else self._scores.value(self.infos[column - 1].key, head)

    # ---- places ----------------------------------------------------------------------------------------------

    def index_of(self, head: HeadId) -> QModelIndex:
        """Where the head stands; an invalid index when it is filtered out."""
        if head not in self._shown:
            return QModelIndex()
        if self.ranked:
            return self.index(self._shown.index(head), 0)
        row = [layer for layer, _ in self._layers].index(head.layer)
        return self.index(self._layers[row][1].index(head), 0, self.index(row, 0))

    def head_at(self, index: Index) -> HeadId | None:
        """The head of the row; None for a layer."""
        if not index.isValid():
            return None
        if index.internalId() != TOP_LEVEL:
            return self._layers[index.internalId() - 1][1][index.row()]
        return self._shown[index.row()] if self.ranked else None

    # ---- QAbstractItemModel ----------------------------------------------------------------------------------

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        return self.createIndex(row, column, parent.row() + 1 if parent.isValid() else TOP_LEVEL)

    def parent(self, index: Index = QModelIndex()) -> QModelIndex:  # type: ignore[override]  # noqa: B008
        if not index.isValid() or index.internalId() == TOP_LEVEL:
            return QModelIndex()
        return self.createIndex(index.internalId() - 1, 0, TOP_LEVEL)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        if not parent.isValid():
            return len(self._shown) if self.ranked else len(self._layers)
        if self.ranked or parent.internalId() != TOP_LEVEL or parent.column() > 0:
            return 0
        return len(self._layers[parent.row()][1])

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 1 + len(self.infos)

    def flags(self, index: Index) -> Qt.ItemFlag:
        enabled = Qt.ItemFlag.ItemIsEnabled
        return enabled | Qt.ItemFlag.ItemIsSelectable if self.head_at(index) else enabled

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        if not index.isValid():
            return None
        head = self.head_at(index)
        if head is None:
            return self._layer_data(index, role)
        if role == HEAD_ROLE:
            return head
        if index.column() == 0:
            kind = "cross-attention" if head.kind == "cross" else "self-attention"
            tip, called = f"{head}: layer {head.layer}, {kind} head {head.index}", self.called(head)
            if role == BADGE_ROLE:
                return LETTERS.get(called.first, "") if called else ""
            if called:
                tip += f"\n{str(called)[0].upper()}{str(called)[1:]}; what that rests on is in the Head panel."
            return {Role.DisplayRole: str(head), Role.ToolTipRole: tip, Role.AccessibleTextRole: tip}.get(Role(role))
        return self._score_data(head, index.column(), role)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section <= len(self.infos):
            return None
        if section == 0:
            tip = ("Heads by layer; L1H5 is self-attention, L1X5 cross-attention. Click to go back to this order.\n"
                   f"The letter is what a head is called first: {LEGEND}.")  # fmt: skip
            return {Role.DisplayRole: "Head", Role.ToolTipRole: tip}.get(Role(role))
        info = self.infos[section - 1]
        tip = explained(f"{info.title}: {info.definition}", info.formula, info.source)
        tip += "\nClick to rank all heads by it."
        texts = {Role.DisplayRole: info.short, Role.ToolTipRole: tip, Role.AccessibleTextRole: info.title}
        return texts.get(Role(role))

    def _layer_data(self, index: Index, role: int) -> Any:
        if index.column() != 0:
            return None
        layer, heads = self._layers[index.row()]
        tip = f"Layer {layer}: {len(heads)} heads"
        return {Role.DisplayRole: f"L{layer}", Role.ToolTipRole: tip, Role.AccessibleTextRole: tip}.get(Role(role))

    def _score_data(self, head: HeadId, column: int, role: int) -> Any:
        info, value = self.infos[column - 1], self._value(head, column)
        defined = math.isfinite(value)
        if role == Role.DisplayRole:
            return with_minus(format(value, info.number_format)) if defined else ("" if self._scores is None else "–")
        if role == Role.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == FRACTION_ROLE:
            # A number whose range does not start at 0 (a distance) is not an amount, so it gets no bar.
            amount = defined and info.low <= 0
            return min(1.0, max(0.0, (value - info.low) / (info.high - info.low))) if amount else None
        if role == Role.ToolTipRole:
            words = self._in_words(head, info, value)
            return explained(f"{head} {info.title.lower()}: {words}\n{info.definition}", info.formula, info.source)
        return None

    def _in_words(self, head: HeadId, info: ScoreInfo, value: float) -> str:
        if head.kind not in info.kinds:
            return f"undefined for a {head.kind}-attention head"
        if not math.isfinite(value):
            return "not computed yet" if self._scores is None else "undefined"
        error = self._scores.error(info.key, head) if self._scores else math.nan
        return with_minus(format(value, info.number_format)) + (f" ± {error:.2g}" if math.isfinite(error) else "")
