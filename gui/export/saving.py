"""Asking where to save, and saving: pictures of a panel or the window, and numbers."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QThreadPool, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from analysis.values import UserError
from gui.shared.settings import Settings

log = logging.getLogger(__name__)

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


class Saver(QObject):
    """Saves on a thread of its own, one thing after another: millions of numbers as text take seconds."""

    saved = Signal(str)
    """The path."""
    failed = Signal(str)
    """One sentence."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self, maxThreadCount=1)

    def save(self, path: str, write: Callable[[str], None]) -> None:
        """Run `write(path)`, which raises UserError when it cannot be saved."""
        self._pool.start(partial(self._run, path, write))

    def finish(self) -> None:
        """Wait until everything is on the disk."""
        self._pool.waitForDone()

    def _run(self, path: str, write: Callable[[str], None]) -> None:
        # Signals emitted from another thread reach the window through its queue.
        try:
            write(path)
        except UserError as error:
            self.failed.emit(str(error))
        except Exception as error:
            log.exception("Saving failed.")
            self.failed.emit(f"{path} was not saved ({type(error).__name__}: {error}); the log has the details.")
        else:
            self.saved.emit(path)


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
