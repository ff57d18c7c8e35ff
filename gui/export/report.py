"""The report: asked for here, written on the worker as a job with progress and cancel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from analysis.values import JobUpdate
from gui.export.saving import ask_where

if TYPE_CHECKING:
    from gui.window.main_window import MainWindow

KEY = "report"
"""The study that writes it."""


class Reporter(QObject):
    """Asks where to, lines the study up, and says when the page is there."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._orders = 0
        self._path = ""
        window.worker.job_changed.connect(self._job_changed)

    @classmethod
    def of(cls, window: MainWindow) -> Reporter:
        """The window's own, made when it is first wanted."""
        return window.findChild(cls) or cls(window)

    def ask(self) -> None:
        """Ask for a place and order the report."""
        facts = self._window.store.facts
        assert facts is not None
        name = f"{Path(facts.name).stem} report.html"
        if path := ask_where(self._window, self._window.settings, name, "Web page (*.html)", "Save report"):
            self._orders += 1
            self._path = path
            self._window.worker.begin(KEY, (path, self._orders))
            self._window.status.say(f"Writing {path}…")

    @Slot(object)
    def _job_changed(self, update: JobUpdate) -> None:
        if update.key == KEY and update.done and not update.failure:
            self._window.status.say(f"Saved {self._path}")
