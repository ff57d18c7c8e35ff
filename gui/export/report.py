"""The report: asked for here, written on the worker as a job with progress and cancel."""

from pathlib import Path

from PySide6.QtCore import QObject, Slot

from analysis.values import JobUpdate
from gui.shared.context import Context
from gui.shared.file_dialogs import ask_where

KEY = "report"
"""The study that writes it."""


class Reporter(QObject):
    """Asks where to, lines the study up, and says when the page is there."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._context = context
        self._orders = 0
        self._path = ""
        context.worker.job_changed.connect(self._job_changed)

    def ask(self) -> None:
        """Ask for a place and order the report."""
        facts = self._context.store.facts
        assert facts is not None
        name = f"{Path(facts.name).stem} report.html"
        if path := ask_where(self._context.frame, self._context.settings, name, "Web page (*.html)", "Save report"):
            self._orders += 1
            self._path = path
            self._context.worker.begin(KEY, (path, self._orders))
            self._context.tell(f"Writing {path}…")

    @Slot(object)
    def _job_changed(self, update: JobUpdate) -> None:
        if update.key == KEY and update.done and not update.failure:
            self._context.tell(f"Saved {self._path}")
