"""Getting from head to head and from panel to panel; F6 goes around the panels, as in browsers and offices."""

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from gui.commands.actions import Action, has_heads
from gui.commands.palette import Palette
from gui.heads.head_tree import HeadTree, HeadView
from gui.panels.chips import Chips
from gui.panels.panel import FigurePanel
from gui.session.history import History
from gui.shared.context import Context
from gui.window.docks import PANELS, CurrentPanel, Docks


def _next_panel(context: Context, by: int) -> None:
    """To the next visible dock, at its drawing or list."""
    docks = [dock for dock in context[Docks].values() if context[Docks].in_sight(dock)]
    now = QApplication.focusWidget()
    here = next((place for place, dock in enumerate(docks) if now is not None and dock.isAncestorOf(now)), -by)
    for step in range(1, len(docks) + 1):
        if (target := _target(docks[(here + by * step) % len(docks)])) is not None:
            target.setFocus(Qt.FocusReason.ShortcutFocusReason)
            return


def _target(dock: QWidget) -> QWidget | None:
    """What the keyboard is for in a dock: the head list, the tokens, a drawing; else the first that takes it."""
    panel = next((panel for panel in dock.findChildren(FigurePanel) if panel.isVisible()), None)
    wanted = [*dock.findChildren(HeadView), *dock.findChildren(Chips), panel.chart() if panel else None]
    taking = [widget for widget in dock.findChildren(QWidget) if widget.focusPolicy() & Qt.FocusPolicy.TabFocus]
    fit = (widget for widget in (*wanted, *taking) if widget is not None)
    return next((widget for widget in fit if widget.isVisible() and widget.isEnabled()), None)


def _go_to(key: str, title: str, place: int) -> Action:
    return Action(f"go.panel.{key}", f"Go to {title}", lambda context: context[CurrentPanel].focus(key), "Go",
                  f"Ctrl+{place}", f"Show {title} and give it the keyboard", 400 + place)


ACTIONS = (
    Action("go.palette", "Find anything…", lambda context: context[Palette].open(), "Go", "Ctrl+K",
           "Type a few letters of an action, a head or a view", 10),
    Action("go.back", "Back", lambda context: context[History].go(-1), "Go", ("Alt+Left", "Ctrl+Z", "Back"),
           "To what was selected before; the back button of a mouse does the same", 100,
           lambda context: context[History].can_back),
    Action("go.forward", "Forward", lambda context: context[History].go(1), "Go",
           ("Alt+Right", "Ctrl+Shift+Z", "Forward"), "Undo Back; the forward button of a mouse does the same", 110,
           lambda context: context[History].can_forward),
    Action("go.previous_head", "Previous head", lambda context: context[HeadTree].step(-1), "Go", "Alt+Up",
           "The head above, in the order of the list", 200, has_heads),
    Action("go.next_head", "Next head", lambda context: context[HeadTree].step(1), "Go", "Alt+Down",
           "The head below, in the order of the list", 210, has_heads),
    Action("go.filter", "Filter heads", lambda context: context[HeadTree].focus_filter(), "Go", "Ctrl+F",
           "Type what the heads on show must have", 300),
    Action("go.next_panel", "Next panel", partial(_next_panel, by=1), "Go", "F6",
           "Give the keyboard to the next panel", 390),
    Action("go.previous_panel", "Previous panel", partial(_next_panel, by=-1), "Go", "Shift+F6",
           "Give the keyboard to the panel before", 391),
    *(_go_to(key, title, place) for place, (key, title) in enumerate(PANELS, 1)),
)
