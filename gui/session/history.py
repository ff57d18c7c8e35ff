"""Back and forward through what was selected, as in a browser."""

from PySide6.QtCore import QObject, Signal, Slot

from analysis.values import Selection
from gui.shared.store import Store

LONGEST = 500


class History(QObject):
    """The selections a person went through in the open model, and where among them the window is.

    A new head or pair is a new step. A run of changes of the sample or of one option is one step: turning a control
    from 1 to 30 is undone at once. What the program selected by itself is no step.
    """

    changed = Signal()

    def __init__(self, store: Store, parent: QObject) -> None:
        super().__init__(parent)
        self._store = store
        self._steps: list[Selection] = [store.selection]
        self._at = 0
        self._going = False
        self._turned = ""
        """Which control the last step has turned: "sample", an option's key, or none."""
        self._model: object = None
        store.model_changed.connect(self._model_changed)
        store.selection_changed.connect(self._selected)

    @property
    def can_back(self) -> bool:
        return self._at > 0

    @property
    def can_forward(self) -> bool:
        return self._at < len(self._steps) - 1

    @Slot(int)
    def go(self, by: int) -> None:
        """−1: back to the selection before; 1: forward again. Nothing at either end."""
        at = self._at + by
        if 0 <= at < len(self._steps):
            self._at, self._turned = at, ""
            self._going = True
            self._store.restore(self._steps[at])
            self._going = False
            self._steps[at] = self._store.selection  # a sample that the prompt no longer has is left out
            self.changed.emit()

    @Slot()
    def _selected(self) -> None:
        now, before = self._store.selection, self._steps[self._at]
        if now == before or self._going:
            return
        turned = _turned(before, now)
        if not self._store.chosen or (turned and turned == self._turned):
            self._steps[self._at:] = [now]
        else:
            self._steps[self._at + 1:] = [now]
            del self._steps[:-LONGEST]
        self._at, self._turned = len(self._steps) - 1, turned
        self.changed.emit()

    @Slot()
    def _model_changed(self) -> None:
        """Another model has other heads: its history starts over. The same one on another device goes on."""
        facts = self._store.facts
        model = facts and (facts.path, facts.n_heads, facts.heads)
        if model != self._model:
            self._model, self._steps, self._at, self._turned = model, [self._store.selection], 0, ""
            self.changed.emit()


def _turned(before: Selection, now: Selection) -> str:
    """The one control that makes the difference; empty where head or pair differ, or several controls do."""
    if (before.head, before.pair) != (now.head, now.pair):
        return ""
    options = {key for key, _ in set(before.options) ^ set(now.options)}
    changed = options | ({"sample"} if before.sample != now.sample else set())
    return changed.pop() if len(changed) == 1 else ""
