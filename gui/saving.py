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

from .settings import Settings

log = logging.getLogger(__name__)


def ask_where(parent: QWidget, settings: Settings, name: str, kinds: str) -> str:
    """Ask for a path to save to (`kinds` as in QFileDialog); "" when the person gave up."""
    clean = re.sub(r"[^\w.+-]+", "_", name).strip("_")
    path, kind = QFileDialog.getSaveFileName(parent, "Export", str(Path(settings.folder) / clean), kinds)
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


def ask_for_checkpoint(parent: QWidget, settings: Settings) -> str:
    """The path of a file to open; "" when the person gave up."""
    kinds = "Checkpoints (*.pt *.pth *.ckpt *.bin *.safetensors);;All files (*)"
    path, _ = QFileDialog.getOpenFileName(parent, "Open a checkpoint", settings.folder, kinds)
    return path


def ask_for_data(parent: QWidget, settings: Settings) -> str:
    """The path of a handwriting data set to open; "" when the person gave up."""
    kinds = "Handwriting (*.json *.zip);;All files (*)"
    path, _ = QFileDialog.getOpenFileName(parent, "Open a handwriting data set", settings.folder, kinds)
    return path


def ask_for_folder(parent: QWidget, settings: Settings) -> str:
    """The path of a model folder to open; "" when the person gave up."""
    return QFileDialog.getExistingDirectory(parent, "Open a model folder", settings.folder)
