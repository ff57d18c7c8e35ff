"""Explanations: of everything, of the view on show, of the keys, of this program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui.commands.about import show_about
from gui.commands.actions import Action, has_model

if TYPE_CHECKING:
    from gui.window.main_window import MainWindow


def _explain(window: MainWindow) -> None:
    """The view of the panel used last."""
    panel, catalogue = window.current.panel, window.store.catalogue
    titles = {view.key: view.title for view in catalogue.views} if catalogue else {}
    window.help.show_page("Views", titles.get(panel.current_view() or "", ""))


ACTIONS = (
    Action("help.contents", "Headscope help", lambda window: window.help.show_page("First steps"), "Help", "F1",
           "First steps, every score and view, symbols and keys", 100),
    Action("help.explain", "Explain this view", _explain, "Help", "Shift+F1",
           "What the panel used last shows, and what its options do", 110, has_model),
    Action("help.shortcuts", "Keyboard shortcuts", lambda window: window.help.show_page("Keys"), "Help", "Ctrl+/",
           "All keys", 120),
    Action("help.hints", "Show hints", lambda window: window.hints.start(), "Help", (),
           "The hints of the first start, once more", 130),
    Action("help.about", "About Headscope", show_about, "Help", (), "What this program is", 900),
)
