"""Every dialog of the window, opened one after the other: for pictures, and for tests that walk over them."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QDialog

from gui.start.error_dialog import ErrorDialog
from gui.window.main_window import MainWindow

KEYS = (
    "file.export_figure", "model.info", "analysis.ask", "help.contents", "help.shortcuts", "help.diagnostics",
    "help.about",
)
"""The actions that open a dialog of ours. No others are run: some ask for a file, one changes the desktop's menu."""


def dialogs(window: MainWindow) -> Iterator[tuple[str, QDialog]]:
    """(name, the dialog on show); it is closed when the next one is asked for."""
    known = {entry.key: action for entry, action in window.menus.entries()}
    for key in KEYS:
        if key in known and known[key].isEnabled():
            window.menus.action(key).trigger()
            for dialog in _on_show():
                yield key, dialog
                _close(dialog)
    details = "Traceback (most recent call last):\n  File \"sample.py\", line 1, in <module>\nZeroDivisionError"
    dialog = ErrorDialog(details, lambda: None, window)
    dialog.open()
    yield "error", dialog
    _close(dialog)


def _on_show() -> list[QDialog]:
    for _ in range(3):
        QApplication.processEvents()
    return [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, QDialog) and widget.isVisible()]


def _close(dialog: QDialog) -> None:
    dialog.close()
    QApplication.processEvents()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
