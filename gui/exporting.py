"""Saving what the window shows: a panel, the whole window, the numbers behind a panel."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from . import export
from .saving import ask_where

if TYPE_CHECKING:
    from .main_window import MainWindow

PNG = "PNG (*.png)"


class Exporter(QObject):
    """Asks where to, and hands the work to the window's saver."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        window.saver.saved.connect(self._saved)
        window.saver.failed.connect(window.say)

    def export_numbers(self) -> None:
        """The numbers of the panel used last."""
        panel, figure = self._window.current.panel, self._window.current.panel.figure()
        if figure is None:
            self._window.say("This panel has no numbers to export yet; wait until it has drawn.")
            return
        name = f"{self._model_name()} {figure.title}.npz"
        self._save(name, "NumPy (*.npz);;CSV (*.csv)", partial(export.save_numbers, figure))
        panel.setFocus()

    def export_panel(self, scale: int) -> None:
        """The picture of the panel used last."""
        panel = self._window.current.panel
        figure = panel.figure()
        name = f"{self._model_name()} {figure.title if figure else panel.key}.png"
        self._save(name, PNG, partial(export.save_image, panel.grab_image(scale)))

    def export_window(self, scale: int) -> None:
        name = f"{self._model_name()} {self._window.store.selection.head}.png"
        self._save(name, PNG, partial(export.save_image, export.image_of(self._window, scale)))

    def _model_name(self) -> str:
        facts = self._window.store.facts
        return Path(facts.name).stem if facts else "headscope"

    def _save(self, name: str, kinds: str, save: Callable[[str], None]) -> None:
        if path := ask_where(self._window, self._window.settings, name, kinds):
            self._window.status.say(f"Saving {path}…")
            self._window.saver.save(path, save)

    @Slot(str)
    def _saved(self, path: str) -> None:
        self._window.status.say(f"Saved {path}")
