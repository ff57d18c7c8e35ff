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
    """(what the task was called by, its result)."""
    failed = Signal(object, str)
    """(what the task was called by, one sentence)."""

    def __init__(self, parent: QObject | None, doing: str) -> None:
        """`doing` completes the sentence about an error nobody foresaw: "Saving", "Reading the picture"."""
        super().__init__(parent)
        self._doing = doing
        self._pool = QThreadPool(self, maxThreadCount=1)

    def run(self, task: Callable[[], Any], name: object = None) -> None:
        """Line the task up; it raises UserError for what a person can mend."""
        self._pool.start(partial(self._run, task, name))

    def drop_waiting(self) -> None:
        """Tasks that have not begun are not wanted any more."""
        self._pool.clear()

    def finish(self) -> None:
        """Wait until all of it is done."""
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
