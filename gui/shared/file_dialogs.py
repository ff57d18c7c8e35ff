"""Asking for a place to save to, or for something to open."""

import re
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from gui.shared.settings import Settings

CHECKPOINTS = (".pt", ".pth", ".ckpt", ".bin", ".safetensors")
HANDWRITING = (".json", ".zip")
"""Endings of the files that a dialog lists."""


def ask_where(parent: QWidget, settings: Settings, name: str, kinds: str, title: str = "Export") -> str:
    """Ask for a path to save to (`kinds` as in QFileDialog); "" when the person gave up."""
    clean = re.sub(r"[^\w.+-]+", "_", name).strip("_")
    path, kind = QFileDialog.getSaveFileName(parent, title, str(Path(settings.folder) / clean), kinds)
    if path and not Path(path).suffix:
        found = re.search(r"\*(\.\w+)", kind or kinds)
        path += found[1] if found else ""
    if path:
        settings.folder = str(Path(path).parent)
    return path


def listed(*kinds: tuple[str, tuple[str, ...]]) -> str:
    """(name, endings) of the kinds of files that a dialog offers, for QFileDialog; the last is any file."""
    names = (f"{name} ({' '.join(f'*{ending}' for ending in endings)})" for name, endings in kinds)
    return ";;".join([*names, "All files (*)"])


def ask_for_file(parent: QWidget, settings: Settings, title: str, *kinds: tuple[str, tuple[str, ...]]) -> str:
    """The path of a file to open, of the (name, endings) given; "" when the person gave up."""
    return QFileDialog.getOpenFileName(parent, title, settings.folder, listed(*kinds))[0]


def ask_for_folder(parent: QWidget, settings: Settings) -> str:
    """The path of a model folder to open; "" when the person gave up."""
    return QFileDialog.getExistingDirectory(parent, "Open a model folder", settings.folder)
