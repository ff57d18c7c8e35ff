"""The texts under Help, in dialogs that do not block the window."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

ABOUT = """<b>Headscope</b><p>A microscope for the attention heads of transformers: what every head does, by which
circuit, and what it composes with."""


def show_about(parent: QWidget) -> None:
    _show(parent, "About Headscope", ABOUT)


def _show(parent: QWidget, title: str, html: str) -> None:
    box = QMessageBox(QMessageBox.Icon.NoIcon, title, html, QMessageBox.StandardButton.Close, parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
