"""The texts under Help, in dialogs that do not block the window."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMessageBox, QWidget

if TYPE_CHECKING:
    from .main_window import MainWindow

GESTURES = (
    ("Up, Down", "previous, next head (in the head list)"),
    ("Arrows, Page Up, Page Down, Home, End", "on a figure: move the cell cursor; with Shift ten cells at a time"),
    ("Enter", "on a figure: click the cell under the cursor; on the prompt: keep the token"),
    ("+, −, 0", "on a figure: zoom in, zoom out, show all again"),
    ("Wheel, drag, double click", "on a figure: zoom, zoom to a rectangle, show all again"),
    ("Right or middle drag", "on a figure: move"),
    ("Esc", "dismiss a message"),
)
"""What no action stands for."""
ABOUT = """<b>Headscope</b><p>A microscope for the attention heads of transformers: what every head does, by which
circuit, and what it composes with."""


def shortcuts(window: MainWindow) -> list[tuple[str, str]]:
    """(keys, what they do) of every action that has keys, in the order of the menus, then the gestures."""
    lines = []
    for entry, action in window.commands.entries():
        keys = ", ".join(key.toString(QKeySequence.SequenceFormat.NativeText) for key in action.shortcuts())
        if keys:
            lines.append((keys, entry.tip or entry.text))
    return [*lines, *GESTURES]


def show_shortcuts(window: MainWindow) -> None:
    rows = "".join(f"<tr><td><b>{escape(keys)}</b>&nbsp;&nbsp;</td><td>{escape(what)}</td></tr>"
                   for keys, what in shortcuts(window))
    _show(window, "Keyboard shortcuts", f"<table>{rows}</table>")


def show_about(parent: QWidget) -> None:
    _show(parent, "About Headscope", ABOUT)


def _show(parent: QWidget, title: str, html: str) -> None:
    box = QMessageBox(QMessageBox.Icon.NoIcon, title, html, QMessageBox.StandardButton.Close, parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
