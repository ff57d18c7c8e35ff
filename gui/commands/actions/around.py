"""Going around the panels by key, as F6 does in browsers and offices."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from gui.commands.actions import Action
from gui.window.docks import in_sight

if TYPE_CHECKING:
    from gui.window.main_window import MainWindow


def _go(by: int, window: MainWindow) -> None:
    """To the next visible dock, at its drawing or list."""
    docks = [dock for dock in window.docks.values() if in_sight(window, dock)]
    now = QApplication.focusWidget()
    here = next((place for place, dock in enumerate(docks) if now is not None and dock.isAncestorOf(now)), -by)
    for step in range(1, len(docks) + 1):
        if (target := _target(window, docks[(here + by * step) % len(docks)])) is not None:
            target.setFocus(Qt.FocusReason.ShortcutFocusReason)
            return


def _target(window: MainWindow, dock: QWidget) -> QWidget | None:
    """What the keyboard is for in a dock: the head list, a drawing, the tokens; else the first that takes it."""
    panel = next((panel for panel in window.panels.values() if dock.isAncestorOf(panel) and panel.isVisible()), None)
    wanted = [window.tree.view, window.strip.tokens(), panel.chart() if panel else None]
    taking = [widget for widget in dock.findChildren(QWidget) if widget.focusPolicy() & Qt.FocusPolicy.TabFocus]
    fit = (widget for widget in (*wanted, *taking) if widget is not None and dock.isAncestorOf(widget))
    return next((widget for widget in fit if widget.isVisible() and widget.isEnabled()), None)


ACTIONS = (
    Action("go.next_panel", "Next panel", partial(_go, 1), "Go", "F6", "Give the keyboard to the next panel", 390),
    Action("go.previous_panel", "Previous panel", partial(_go, -1), "Go", "Shift+F6",
           "Give the keyboard to the panel before", 391),
)
