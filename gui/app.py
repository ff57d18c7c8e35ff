"""The program: arguments, the application, the window, and how it ends."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from types import TracebackType
from typing import NoReturn

from PySide6.QtCore import QMessageLogContext, QObject, QTimer, QtMsgType, Slot, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from analysis.values import HeadId, UserError

from . import export
from .colors import apply_theme
from .main_window import MainWindow
from .settings import THEMES, Settings
from .worker import Worker

log = logging.getLogger(__name__)

BAD_INPUT = 2
POLL_MS = 50
STILL = 4
"""How often in a row nothing may be on its way before the window counts as drawn."""


class Parser(argparse.ArgumentParser):
    """Bad arguments end in one line."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}; --help says what can be given.")


def parse(argv: list[str]) -> argparse.Namespace:
    """The arguments; raises UserError on bad ones."""
    parser = Parser(prog="headscope", description="A microscope for the attention heads of transformers.")
    parser.add_argument("checkpoint", nargs="?", metavar="CHECKPOINT", help="file to open; the demo when not given")
    parser.add_argument("--head", type=HeadId.parse, metavar="L1H5", help="head to show first; L1X5 is a cross head")
    parser.add_argument("--n-head", type=_count, metavar="N", help="head count, where the file does not tell it")
    parser.add_argument("--data", metavar="FILE", help="handwriting data to rank possible head counts by")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps (default: %(default)s)")
    parser.add_argument("--theme", choices=THEMES, help="colours of the window")
    parser.add_argument("--size", type=_size, default=None, metavar="1440x900", help="size of the window")
    parser.add_argument("--screenshot", metavar="FILE.png", help="save a picture of the drawn window, and end")
    return parser.parse_args(argv[1:])


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise UserError(f"{text!r} is no head count; give a whole number from 1 up.")
    return int(text)


def _size(text: str) -> tuple[int, int]:
    width, cross, height = text.partition("x")
    if not cross or not width.isdigit() or not height.isdigit() or not 0 < int(width) * int(height) < 10**8:
        raise UserError(f"{text!r} is no size; write it like 1440x900.")
    return int(width), int(height)


class Screenshot(QObject):
    """Saves the window once it has been still for a moment, and ends the program; a failure ends it with 2."""

    def __init__(self, window: MainWindow, path: str) -> None:
        super().__init__(window)
        self._window, self._path, self._still = window, path, 0
        self.problem = ""
        window.open_failed.connect(self._fail)
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self._poll)
        self._timer.start()

    @Slot()
    def _poll(self) -> None:
        self._still = self._still + 1 if self._window.settled else 0
        if self._still < STILL:
            return
        try:
            export.save_image(export.image_of(self._window, 1), self._path)
        except UserError as error:
            self.problem = str(error)
        self._end()

    @Slot(str)
    def _fail(self, words: str) -> None:
        self.problem = self.problem or words
        self._end()

    def _end(self) -> None:
        self._timer.stop()
        self._window.close()


def run(argv: list[str]) -> int:
    """The whole program; the exit status: 0, or 2 with one sentence on standard error."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        arguments = parse(argv)
    except UserError as error:
        return _refuse(str(error))
    if arguments.screenshot and not _has_display():
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    qInstallMessageHandler(_qt_message)
    app = QApplication(argv[:1])
    app.setApplicationName("Headscope")
    app.setOrganizationName("headscope")
    window = _make_window(app, arguments)
    sys.excepthook = _Excepthook(window)
    shot = Screenshot(window, arguments.screenshot) if arguments.screenshot else None
    # The window is painted before anything else is loaded.
    QTimer.singleShot(0, lambda: window.start(arguments.checkpoint, arguments.n_head, arguments.data, arguments.head))
    app.exec()
    sys.excepthook = sys.__excepthook__
    status = _refuse(shot.problem) if shot is not None and shot.problem else 0
    if not window.stopped_cleanly:
        # The worker is inside a call that cannot be cancelled; a thread destroyed while running would abort.
        os._exit(status)
    window.deleteLater()
    app.processEvents()
    qInstallMessageHandler(None)
    return status


def _make_window(app: QApplication, arguments: argparse.Namespace) -> MainWindow:
    # A picture for a document looks the same on every machine: nobody's own layout.
    settings = Settings(os.devnull if arguments.screenshot else None)
    apply_theme(app, arguments.theme or settings.theme)
    window = MainWindow(Worker(device=arguments.device), settings)
    if arguments.size:
        window.resize(*arguments.size)
        window.layouts.reset()
    window.show()
    return window


def _has_display() -> bool:
    return sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _refuse(sentence: str) -> int:
    print(" ".join(sentence.split()), file=sys.stderr)
    return BAD_INPUT


def _qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    """Qt's own messages go to the log; a fatal one (no display) ends in a sentence instead of an abort."""
    if kind == QtMsgType.QtFatalMsg:
        _refuse("The window cannot be shown: there is no usable display. Set DISPLAY, or QT_QPA_PLATFORM=offscreen. "
                f"({text.strip().partition(chr(10))[0]})")
        sys.stderr.flush()
        os._exit(BAD_INPUT)
    log.log(logging.WARNING if kind == QtMsgType.QtCriticalMsg else logging.INFO, "%s", text)


class _Excepthook:
    """An error that nobody foresaw, in a slot: logged, and one sentence in the banner; the window stays."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def __call__(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        log.error("Something failed in the window.", exc_info=(kind, error, trace))
        if issubclass(kind, KeyboardInterrupt):
            self._window.close()
        else:
            self._window.say(f"Something failed in the window ({kind.__name__}: {error}); the log has the details.")
