"""The application: the window, its log, and how it ends."""

import argparse
import logging
import os
import sys
from pathlib import Path

from PySide6.QtCore import QEvent, QMessageLogContext, QObject, QTimer, QtMsgType, Slot, qInstallMessageHandler
from PySide6.QtGui import QFileOpenEvent, QIcon
from PySide6.QtWidgets import QApplication

from analysis.values import UserError
from gui.export.widget_picture import image_of, save_image
from gui.shared.settings import Settings
from gui.start.diagnostics import describe, library_versions
from gui.start.error_dialog import ErrorHook
from gui.start.logs import Log, start_log
from gui.start.refusal import BAD_INPUT, display_words, refuse
from gui.start.signals import Ending
from gui.theme.colors import apply_theme
from gui.window.main_window import MainWindow
from gui.work.worker import Worker

log = logging.getLogger(__name__)

ICON = Path(__file__).parents[2] / "resources" / "icons" / "headscope.png"
POLL_MS = 50
STILL = 4
"""How often in a row nothing may be on its way before the window counts as drawn."""


class OpenedFiles(QObject):
    """Opens files that the desktop hands to the running program, as macOS does, like dropped ones."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QFileOpenEvent) and event.file():
            self._window.open_path(event.file())
            return True
        return False


class Screenshot(QObject):
    """Saves the window once it has been still for a moment, and ends the program; a failure ends it with 2."""

    def __init__(self, window: MainWindow, path: str) -> None:
        super().__init__(window)
        self._window, self._path, self._still = window, path, 0
        self.problem = "The window was closed before its picture was saved; try again."
        window.opener.failed.connect(self._fail)
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self._poll)
        self._timer.start()

    @Slot()
    def _poll(self) -> None:
        self._still = self._still + 1 if self._window.settled else 0
        if self._still < STILL:
            return
        try:
            save_image(image_of(self._window, 1), self._path)
            self.problem = ""
        except UserError as error:
            self.problem = str(error)
        self._end()

    @Slot(str)
    def _fail(self, words: str) -> None:
        self.problem = words
        self._end()

    def _end(self) -> None:
        self._timer.stop()
        self._window.close()


def show(argv: list[str], arguments: argparse.Namespace) -> int:
    """The window, from its first picture to its end; the exit status: 0, or 2 with one sentence on standard error."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger().handlers[0].setLevel(logging.WARNING)
    if arguments.screenshot and not _has_display():
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    qInstallMessageHandler(_qt_message)
    app = QApplication(argv[:1])
    app.setApplicationName("Headscope")
    app.setOrganizationName("headscope")
    app.setDesktopFileName("headscope")
    app.setWindowIcon(QIcon(str(ICON)))
    # A picture for a document uses no saved layout and writes no log.
    kept = Log() if arguments.screenshot else start_log()
    window = _make_window(app, arguments, kept)
    app.installEventFilter(OpenedFiles(window))
    hook, ending = _watch(window), Ending(window)
    shot = Screenshot(window, arguments.screenshot) if arguments.screenshot else None
    # The window is painted before anything else is loaded.
    given = (arguments.checkpoint, arguments.n_head, arguments.data, arguments.head)
    QTimer.singleShot(0, lambda: window.start(*given, resume=not arguments.demo, asked=arguments.asked))
    QTimer.singleShot(0, ending.listen)
    log.info("Headscope starts: %s", "; ".join(f"{name} {value}" for name, value in library_versions()))
    # Qt quits with the last window, and takes a floating panel that comes up meanwhile for one.
    window.closed.connect(lambda: app.exit())
    app.exec()
    if window.isVisible():  # The display went away, as it does when a desktop ends.
        window.close()
    ending.stop()
    hook.stop()
    kept.stop()
    status = refuse(shot.problem) if shot is not None and shot.problem else 0
    if not window.stopped_cleanly:
        # The worker is inside a call that cannot be cancelled; a thread destroyed while running would abort.
        os._exit(status)
    window.deleteLater()
    app.processEvents()
    qInstallMessageHandler(None)
    return status


def _make_window(app: QApplication, arguments: argparse.Namespace, kept: Log) -> MainWindow:
    settings = Settings(os.devnull if arguments.screenshot else None)
    apply_theme(app, arguments.theme or settings.theme)
    window = MainWindow(Worker(device=arguments.device or "auto"), settings, arguments.size, kept)
    window.show()
    if not arguments.screenshot:
        window.hints.offer()
    return window


def _watch(window: MainWindow) -> ErrorHook:
    """Errors that nobody foresaw are said, and shown with what a report needs; the window stays."""
    hook = ErrorHook(lambda: describe(window.context), window)
    hook.happened.connect(lambda words, details: _tell(hook, window, words, details))
    hook.watch()
    if window.context[Log].crash:
        window.context.note("Headscope ended abruptly the last time; Help ▸ Diagnostics has what is known.")
    return hook


def _tell(hook: ErrorHook, window: MainWindow, words: str, details: str) -> None:
    window.context.say(words)
    hook.show_dialog(details, window.sessions.save_as, window)


def _has_display() -> bool:
    return sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    """Qt's own messages go to the log; a fatal one (no display) ends in a sentence instead of an abort."""
    if kind == QtMsgType.QtFatalMsg:
        refuse(display_words(text))
        os._exit(BAD_INPUT)
    log.log(logging.WARNING if kind == QtMsgType.QtCriticalMsg else logging.INFO, "%s", text)
