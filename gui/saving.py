"""Asking where to save, and saving: pictures of a panel or the window, and numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from .settings import Settings


def image_of(widget: QWidget, scale: int) -> QImage:
    """The widget drawn anew at `scale` times its size in pixels."""
    image = QImage(widget.size() * scale, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    image.fill(widget.palette().window().color())
    widget.render(image)
    image.setDevicePixelRatio(1)
    return image


def ask_and_save(parent: QWidget, settings: Settings, name: str, kinds: str, save: Callable[[str], None]) -> str:
    """Ask for a path (`kinds` as in QFileDialog), save there, and say what happened; "" when the person gave up.

    Raises UserError when it cannot be saved.
    """
    clean = re.sub(r"[^\w.+-]+", "_", name).strip("_")
    path, kind = QFileDialog.getSaveFileName(parent, "Export", str(Path(settings.folder) / clean), kinds)
    if not path:
        return ""
    if not Path(path).suffix:
        found = re.search(r"\*(\.\w+)", kind or kinds)
        path += found[1] if found else ""
    save(path)
    settings.folder = str(Path(path).parent)
    return f"Saved {path}"


def ask_for_checkpoint(parent: QWidget, settings: Settings) -> str:
    """The path of a file to open; "" when the person gave up."""
    kinds = "Checkpoints (*.pt *.pth *.ckpt *.bin *.safetensors);;All files (*)"
    path, _ = QFileDialog.getOpenFileName(parent, "Open a checkpoint", settings.folder, kinds)
    return path
