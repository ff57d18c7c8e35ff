"""The program on the made-up session, told what to do line by line; the test that kills it starts this.

    python tests/gui/kept_program.py [arguments of the program …]

Standard input: "select L1H1", "view attention mosaic", "open PATH", "state", "dialog", "close". To "state" it answers
with one line of JSON once the window is settled, to "dialog" with a line once the dialog is open.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from PySide6.QtCore import QSocketNotifier, QTimer
from PySide6.QtWidgets import QApplication

from analysis.values import HeadId
from gui.shared.settings import Settings
from gui.start import app, startup
from gui.window.main_window import MainWindow
from gui.work.worker import Worker
from tests.gui.fake_session import FakeSession


class Listener:
    """Does one line after the other, each when the window is settled."""

    def __init__(self, window: MainWindow) -> None:
        self.window, self.lines, self.buffer = window, [], b""
        self.notifier = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read, window)
        self.notifier.activated.connect(self.read)
        self.timer = QTimer(window, interval=20)
        self.timer.timeout.connect(self.work)
        self.timer.start()

    def read(self) -> None:
        self.buffer += os.read(sys.stdin.fileno(), 4096)
        *lines, self.buffer = self.buffer.split(b"\n")
        self.lines += [line.decode().split(" ", 2) for line in lines]

    def work(self) -> None:
        window = self.window
        idle = window.settled or (window.restorer._awaited == "moved" and not window.opener.doing)
        if not self.lines or not idle:
            return
        what, *words = self.lines.pop(0)
        if what == "select":
            window.store.select(HeadId.parse(words[0]))
        elif what == "view":
            window.panels[words[0]].set_current_view(words[1])
        elif what == "open":
            window.open_path(words[0])
        elif what == "close":
            window.close()
        elif what == "dialog":
            QTimer.singleShot(0, window, lambda: print(bool(QApplication.activeModalWidget()), flush=True))
            window.sessions.choose()
        else:
            sections = window.restorer.collect()
            sections.pop("layout")  # the offscreen screen is smaller than the window, which is then moved
            print(json.dumps({"sections": sections, "banner": window.banner.text}), flush=True)


def make_window(*given: object) -> MainWindow:
    window = MainWindow(Worker(FakeSession), Settings())
    window.show()
    window.listener = Listener(window)  # type: ignore[attr-defined]
    return window


if __name__ == "__main__":
    for name in ("SIGINT", "SIGHUP"):
        if hasattr(signal, name):  # A test run in the background ignores them, and its children would as well.
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    app._make_window = make_window  # type: ignore[assignment]
    sys.exit(startup.run(sys.argv))
