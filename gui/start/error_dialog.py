"""An unexpected error: logged, and shown once with all that a report needs; the work can be saved."""

import logging
import sys
import threading
import traceback
from collections.abc import Callable
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from gui.theme.typography import monospace

log = logging.getLogger(__name__)

WORDS = "Something failed that should not have. Headscope goes on; what you see may be incomplete."
MAX_LOGGED = 100
"""An error in painting comes back with every repaint, so logging stops after this many."""


class ErrorDialog(QDialog):
    """Words, the details as text, and buttons to copy them and to save the session."""

    def __init__(
        self, details: str, save_session: Callable[[], object] | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Headscope – something failed")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._words = QLabel(WORDS, wordWrap=True)
        self.details = QPlainTextEdit(details, readOnly=True, lineWrapMode=QPlainTextEdit.LineWrapMode.NoWrap)
        self.details.setFont(monospace(self.font()))
        self.details.setAccessibleName("Details")
        self.details.setAccessibleDescription("Where it failed, for a report")
        self.details.setTabChangesFocus(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        self.copy = self._button(buttons, "Copy details", "Put the details on the clipboard", self._copy)
        if save_session is not None:
            self.save = self._button(buttons, "Save session…", "Keep what is open in a file, to be opened again",
                                     save_session)
        layout = QVBoxLayout(self)
        for widget in (self._words, self.details, buttons):
            layout.addWidget(widget)
        self.resize(720, 420)

    def count(self, times: int) -> None:
        """Say how many errors there have been so far."""
        self._words.setText(f"{WORDS} ({times} errors so far; the log has them all.)")

    def _button(self, box: QDialogButtonBox, text: str, tip: str, run: Callable[[], object]) -> QPushButton:
        button = box.addButton(text, QDialogButtonBox.ButtonRole.ActionRole)
        button.setToolTip(tip)
        button.clicked.connect(lambda _=False: run())
        return button

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.details.toPlainText())


class ErrorHook(QObject):
    """Stands in for sys.excepthook and threading.excepthook from `watch` to `stop`."""

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

    def show_dialog(self, details: str, save_session: Callable[[], object] | None, parent: QWidget) -> None:
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
        self.happened.emit(
            f"Something failed in the window ({kind.__name__}{': ' if first else ''}{first}); the log has the details.",
            f"{text}\n{self._describe()}",
        )

    def _raised_in_thread(self, given: threading.ExceptHookArgs) -> None:
        if given.exc_value is not None and not issubclass(given.exc_type, SystemExit):
            self._raised(given.exc_type, given.exc_value, given.exc_traceback)
