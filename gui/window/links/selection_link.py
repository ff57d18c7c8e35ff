"""Clicks in the panels select, and the panels' controls follow the selection."""

from collections.abc import Iterable

from PySide6.QtCore import QObject, Slot

from analysis.values import HeadId
from gui.panels.panel import FigurePanel
from gui.shared.context import Context


class SelectionLink(QObject):
    """Between the panels and the store's selection, both ways."""

    def __init__(self, context: Context, panels: Iterable[FigurePanel]) -> None:
        super().__init__(context)
        self._context, self._store, self._panels = context, context.store, tuple(panels)
        self._pair_words = ""
        self._store.selection_changed.connect(self._selection_changed)
        for panel in self._panels:
            panel.head_clicked.connect(self._store.select)
            panel.pair_clicked.connect(self._select_pair)
            panel.option_changed.connect(self._store.set_option)

    @Slot(object, object)
    def _select_pair(self, earlier: HeadId, later: HeadId) -> None:
        self._store.select(later, earlier)
        self._pair_words = f"Selected {later}, fed by {earlier}; to cut this edge: Effects ▸ Graph"
        self._context.tell(self._pair_words)

    @Slot()
    def _selection_changed(self) -> None:
        self._context.withdraw(self._pair_words)
        for panel in self._panels:
            panel.set_options(dict(self._store.selection.options))
