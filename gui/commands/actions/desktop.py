"""Headscope in the desktop's menu, and what a report of a fault needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.values import UserError
from gui.commands.actions import Action
from gui.start import desktop
from gui.start.diagnostics import DiagnosticsDialog, describe

if TYPE_CHECKING:
    from gui.window.main_window import MainWindow


def _change(window: MainWindow) -> None:
    """In where it is not, out where it is."""
    try:
        lines = desktop.uninstall() if desktop.installed() else desktop.install()
    except UserError as error:
        window.say(str(error))
    else:
        window.banner.say(lines[-1], notice=True)


def _show_diagnostics(window: MainWindow) -> None:
    DiagnosticsDialog(describe(window, window.log), window).show()


ACTIONS = (
    Action("help.desktop", "In the desktop's menu", _change, "Help", (),
           "List Headscope among the desktop's programs, and under Open with for checkpoints; again: take it out", 300,
           checked=lambda window: desktop.installed()),
    Action("help.diagnostics", "Diagnostics…", _show_diagnostics, "Help", (),
           "Versions, devices, memory and log, to copy into a report", 310),
)
