"""Figures and numbers for papers, slides and scripts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gui.commands.actions import Action

if TYPE_CHECKING:
    from gui.window.main_window import MainWindow

SCALES = (1, 2, 3, 4)


def _has_figure(window: MainWindow) -> bool:
    return window.current.panel.figure() is not None


def _export_window(scale: int, window: MainWindow) -> None:
    window.exporter.export_window(scale)


ACTIONS = (
    Action("file.export_figure", "Export figure…", lambda window: window.exporter.export_figure(), "File", "Ctrl+E",
           "Save the panel used last, or several on one page, as PDF, SVG or PNG", 300),
    Action("file.export_numbers", "Export numbers…", lambda window: window.exporter.export_numbers(), "File",
           "Ctrl+Shift+E", "Save the numbers of the panel used last, as NPZ, CSV or JSON", 310),
    *(Action(f"file.export_window.{scale}", f"{scale}×", partial(_export_window, scale),
             "File/Export picture of the window", (), "Save the whole window, as it is seen", 320 + scale)
      for scale in SCALES),
    Action("edit.copy_figure", "Copy figure", lambda window: window.exporter.copy_figure(), "Edit", "Ctrl+Shift+C",
           "Copy the panel used last to the clipboard, drawn as for the last export", 500),
    Action("edit.copy_python", "Copy as Python", lambda window: window.exporter.copy_python(), "Edit", "Ctrl+Alt+C",
           "Copy lines of Python that compute the panel's figure anew", 510),
)
