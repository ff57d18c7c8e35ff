"""Two heads, or two checkpoints, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui.commands.actions import Action, has_heads
from gui.export.saving import CHECKPOINTS, ask_for_file, ask_for_folder

if TYPE_CHECKING:
    from gui.window.main_window import MainWindow


def _choose(window: MainWindow) -> None:
    if path := ask_for_file(window, window.settings, "Compare with a checkpoint", ("Checkpoints", CHECKPOINTS)):
        window.comparison.compare_with(path)


def _follow(window: MainWindow) -> None:
    if path := ask_for_folder(window, window.settings):
        window.comparison.follow(path)


def _compares(window: MainWindow) -> bool:
    return bool(window.comparison.head or window.comparison.checkpoint)


ACTIONS = (
    Action("compare.pin", "Pin head", lambda window: window.comparison.pin_head(), "Go", "Ctrl+P",
           "Keep this head beside the next ones that are selected, with the difference", 250, has_heads),
    Action("compare.unpin", "Unpin", lambda window: window.comparison.unpin(), "Go", (),
           "End the comparison of heads or checkpoints", 251, _compares),
    Action("compare.checkpoint", "Compare with checkpoint…", _choose, "Model", (),
           "Lay a second checkpoint of the same shape beside this one", 200, has_heads),
    Action("compare.folder", "Score a folder…", _follow, "Analysis", (),
           "Score the checkpoints of a folder one after another, to see when induction heads form", 200, has_heads),
)
