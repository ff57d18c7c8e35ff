"""The back and forward buttons of a mouse."""

from typing import cast

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QMouseEvent

STEPS = {Qt.MouseButton.BackButton: -1, Qt.MouseButton.ForwardButton: 1}


def step_of(event: QEvent) -> int:
    """−1 for a press of the back button, 1 for the forward button, 0 for any other."""
    return STEPS.get(cast(QMouseEvent, event).button(), 0)


class MouseSteps(QObject):
    """An event filter for widgets that would take the buttons for clicks."""

    stepped = Signal(int)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        by = step_of(event) if event.type() == QEvent.Type.MouseButtonPress else 0
        if by:
            self.stepped.emit(by)
        return bool(by)
