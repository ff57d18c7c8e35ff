"""Work on a thread of its own that the window does not wait for: saving, reading, drawing for paper."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QThreadPool, Signal

from analysis.values import UserError

log = logging.getLogger(__name__)


class Background(QObject):
    """One thread, one task after another. Signals arrive on the thread that made this object."""

    done = Signal(object, object)
    """(name of the task, its result)."""
    failed = Signal(object, str)
    """(name of the task, what went wrong in one sentence)."""

    def __init__(self, parent: QObject | None, doing: str) -> None:
        """`doing` begins the sentence about an unexpected error: "Saving", "Reading the picture"."""
        super().__init__(parent)
        self._doing = doing
        self._pool = QThreadPool(self, maxThreadCount=1)

    def run(self, task: Callable[[], Any], name: object = None) -> None:
        """Queue the task; it raises UserError for what a person can put right."""
        self._pool.start(partial(self._run, task, name))

    def drop_waiting(self) -> None:
        """Drop the tasks that have not begun."""
        self._pool.clear()

    def finish(self) -> None:
        """Wait until all tasks are done."""
        self._pool.waitForDone()

    def _run(self, task: Callable[[], Any], name: object) -> None:
        try:
            result = task()
        except UserError as error:
            self.failed.emit(name, str(error))
        except Exception as error:
            log.exception("%s failed.", self._doing)
            self.failed.emit(name, f"{self._doing} failed ({type(error).__name__}: {error}); the log has the details.")
        else:
            self.done.emit(name, result)
