"""The dock that lays two heads, or two checkpoints, side by side with their difference."""

from functools import partial

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QSplitter

from gui.panels.panel import FigurePanel
from gui.shared.context import Context
from gui.window.docks import Docks

PANELS = (("compare_first", "Selected"), ("compare_second", "Compared with"), ("compare_difference", "Difference"))
HEAD, CHECKPOINT, FOLDER = "compare_head", "compare_checkpoint", "training_folder"
SHARE, LEAST = 0.33, 290
"""Of the window's height, and in pixels: how high the dock comes up."""
GROWS = 4


class ComparePanel(QSplitter):
    """Three panels of one width; zoom is linked between them as between any two that share an axis."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setChildrenCollapsible(False)
        self.panels = {key: FigurePanel(key, title) for key, title in PANELS}
        for panel in self.panels.values():
            self.addWidget(panel)


class Comparison(QObject):
    """Pins a head or a second checkpoint: two options that the three views share."""

    shown = Signal()

    def __init__(self, context: Context, docks: Docks, first: FigurePanel) -> None:
        """`first`: the panel whose view says what is compared."""
        super().__init__(context)
        self._frame, self._store, self._docks, self._first = context.frame, context.store, docks, first
        self._model = ""
        self._store.model_changed.connect(self._check)

    @property
    def pinned(self) -> bool:
        """Whether a head or a checkpoint is pinned."""
        return any(self._store.selection.option(key, "") for key in (HEAD, CHECKPOINT))

    def pin_head(self) -> None:
        """The selected head stays in the comparison while others are selected."""
        self._show("compare_first", HEAD, self._store.selection.head.label)

    def compare_with(self, path: str) -> None:
        self._show("compare_first", CHECKPOINT, path)

    def follow(self, folder: str) -> None:
        """Score the checkpoints of a folder, and show how the scores grow."""
        self._show("training", FOLDER, folder)

    def unpin(self) -> None:
        for key in (HEAD, CHECKPOINT):
            self._store.set_option(key, "")
        self._docks["compare"].hide()

    def _show(self, view: str, option: str, value: str) -> None:
        self._first.set_current_view(view)
        self._store.set_option(option, value)
        dock = self._docks["compare"]
        if not dock.isVisible():
            dock.show()
            self._grow(GROWS)
        dock.raise_()
        self.shown.emit()

    def _grow(self, times: int) -> None:
        """Qt goes part of the way each time, the first time before it has placed the dock."""
        height = max(LEAST, round(SHARE * self._frame.height()))
        self._frame.resizeDocks([self._docks["compare"]], [height], Qt.Orientation.Vertical)
        if times > 1:
            QTimer.singleShot(0, self, partial(self._grow, times - 1))

    @Slot()
    def _check(self) -> None:
        """What was pinned in one model says nothing of another."""
        facts = self._store.facts
        if facts is None or facts.path == self._model:
            return
        if self._model and self.pinned:
            self.unpin()
        self._model = facts.path
