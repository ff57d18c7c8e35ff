"""An unexpected error: logged, and shown once with all that a report needs; the work can be saved."""

import logging
import sys
import threading
import traceback
from collections.abc import Callable
from types import TracebackType

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QLabel, QWidget

from gui.start.diagnostics import TextDialog

log = logging.getLogger(__name__)

WORDS = "Something failed that should not have. Headscope goes on; what you see may be incomplete."
MAX_LOGGED = 100
"""An error in painting comes back with every repaint, so logging stops after this many."""


class ErrorDialog(TextDialog):
    """Words, the details as text, and buttons to copy them and to save the session."""

    def __init__(self, details: str, save_session: Callable[[], object], parent: QWidget) -> None:
        super().__init__(parent, "something failed", details, "Details", "Where it failed, for a report")
        self._words = QLabel(WORDS, wordWrap=True)
        self.column.insertWidget(0, self._words)
        self.add_button("Copy details", "Put the details on the clipboard", self.copy)
        self.add_button("Save session…", "Keep what is open in a file, to be opened again", save_session)
        self.resize(720, 420)

    def count(self, times: int) -> None:
        """Say how many errors there have been so far."""
        self._words.setText(f"{WORDS} ({times} errors so far; the log has them all.)")


class ErrorHook(QObject):
    """Replaces sys.excepthook and threading.excepthook from `watch` to `stop`."""

    happened = Signal(str, str)
    """(one sentence, details) on the GUI thread, whichever thread failed."""

    def __init__(self, describe: Callable[[], str], parent: QObject) -> None:
        """`describe` says what a report needs beside the traceback: versions, device."""
        super().__init__(parent)
        self.times = 0
        self._describe = describe
        self._before = sys.excepthook, threading.excepthook
        self._dialog: ErrorDialog | None = None

    def watch(self) -> None:
        self._before = sys.excepthook, threading.excepthook
        sys.excepthook, threading.excepthook = self._raised, self._raised_in_thread

    def stop(self) -> None:
        sys.excepthook, threading.excepthook = self._before

    def show_dialog(self, details: str, save_session: Callable[[], object], parent: QWidget) -> None:
        """One dialog at a time; errors while it is open are counted in it."""
        if self._dialog is None:
            self._dialog = ErrorDialog(details, save_session, parent)
            self._dialog.destroyed.connect(self._closed)
            self._dialog.open()
        else:
            self._dialog.count(self.times)

    @Slot()
    def _closed(self) -> None:
        self._dialog = None

    def _raised(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        self.times += 1
        if self.times <= MAX_LOGGED:
            log.error("Something failed in the window.", exc_info=(kind, error, trace))
        text = "".join(traceback.format_exception(kind, error, trace))
        first = str(error).strip().partition("\n")[0][:200]
        words = f"{kind.__name__}: {first}" if first else kind.__name__
        self.happened.emit(f"Something failed in the window ({words}); the log has the details.",
                           f"{text}\n{self._describe()}")

    def _raised_in_thread(self, given: threading.ExceptHookArgs) -> None:
        if given.exc_value is not None and not issubclass(given.exc_type, SystemExit):
            self._raised(given.exc_type, given.exc_value, given.exc_traceback)
