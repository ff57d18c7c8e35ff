"""The texts under Help, in dialogs that do not block the window."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

SHORTCUTS = (
    ("Up, Down", "previous, next head (in the head list)"),
    ("Alt+Left, Alt+Right", "previous, next head (anywhere)"),
    ("Ctrl+1 … Ctrl+5", "go to a panel: Attention, QK, OV, Composition, Head"),
    ("Ctrl+F", "filter the heads"),
    ("Wheel, drag, double click", "on a figure: zoom, zoom to a rectangle, show all again"),
    ("Right or middle drag", "on a figure: move"),
    ("Esc", "dismiss a message"),
    ("Ctrl+O", "open a checkpoint"),
    ("Ctrl+Shift+O", "open the demo"),
    ("Ctrl+E, Ctrl+Shift+E", "export the panel's picture, its numbers"),
    ("Ctrl+I", "what is known of the model"),
    ("F5, Ctrl+.", "score again, cancel"),
    ("Ctrl+Q", "quit"),
)
ABOUT = """<b>Headscope</b><p>A microscope for the attention heads of transformers: what every head does, by which
circuit, and what it composes with."""


def show_shortcuts(parent: QWidget) -> None:
    rows = "".join(f"<tr><td><b>{keys}</b>&nbsp;&nbsp;</td><td>{what}</td></tr>" for keys, what in SHORTCUTS)
    _show(parent, "Keyboard shortcuts", f"<table>{rows}</table>")


def show_about(parent: QWidget) -> None:
    _show(parent, "About Headscope", ABOUT)


def _show(parent: QWidget, title: str, html: str) -> None:
    box = QMessageBox(QMessageBox.Icon.NoIcon, title, html, QMessageBox.StandardButton.Close, parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
