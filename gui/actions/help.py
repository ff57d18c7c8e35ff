"""What this program is, and its keys."""

from __future__ import annotations

from ..dialogs import show_about, show_shortcuts
from . import Action

ACTIONS = (
    Action("help.shortcuts", "Keyboard shortcuts", show_shortcuts, "Help", "F1", "All keys", 100),
    Action("help.about", "About Headscope", show_about, "Help", (), "What this program is", 900),
)
