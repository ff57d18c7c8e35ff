"""Getting from head to head and from panel to panel."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gui.commands.actions import Action, has_heads
from gui.window.docks import PANELS

if TYPE_CHECKING:
    from gui.window.main_window import MainWindow


def _focus(key: str, window: MainWindow) -> None:
    window.current.focus(key)


def _step(by: int, window: MainWindow) -> None:
    window.tree.step(by)


ACTIONS = (
    Action("go.back", "Back", lambda window: window.history.back(), "Go", ("Alt+Left", "Ctrl+Z", "Back"),
           "To what was selected before; the back button of a mouse does the same", 100,
           lambda window: window.history.can_back),
    Action("go.forward", "Forward", lambda window: window.history.forward(), "Go",
           ("Alt+Right", "Ctrl+Shift+Z", "Forward"),
           "Undo Back; the forward button of a mouse does the same", 110, lambda window: window.history.can_forward),
    Action("go.previous_head", "Previous head", partial(_step, -1), "Go", "Alt+Up",
           "The head above, in the order of the list", 200, has_heads),
    Action("go.next_head", "Next head", partial(_step, 1), "Go", "Alt+Down",
           "The head below, in the order of the list", 210, has_heads),
    Action("go.palette", "Find anything…", lambda window: window.finder.open(), "Go", "Ctrl+K",
           "Type a few letters of an action, a head or a view", 10),
    Action("go.filter", "Filter heads", lambda window: window.tree.focus_filter(), "Go", "Ctrl+F",
           "Type what the heads on show must have", 300),
    *(Action(f"go.panel.{key}", f"Go to {title}", partial(_focus, key), "Go", f"Ctrl+{place}",
             f"Show {title} and give it the keyboard", 400 + place) for place, (key, title) in enumerate(PANELS, 1)),
)
