"""Closes the window as a user would when the program is told to end: by a signal, or when the display goes away."""

import logging
import signal
import socket

from PySide6.QtCore import QCoreApplication, QObject, QSocketNotifier, Slot

log = logging.getLogger(__name__)

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
"""Ctrl+C in the terminal; kill and the desktop's logout; the terminal that closes. Not every system has them all."""


class Ending(QObject):
    """Turns signals into a quit from its making to `stop`; those that come before `listen` wait for it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        # Python runs no handler while Qt waits for events; but it writes to this socket, which wakes Qt.
        self._here, self._there = socket.socketpair()
        self._here.setblocking(False)
        self._there.setblocking(False)
        self._notifier = QSocketNotifier(self._here.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.setEnabled(False)
        self._notifier.activated.connect(self._told)
        signal.set_wakeup_fd(self._there.fileno(), warn_on_full_buffer=False)
        for number in (getattr(signal, name) for name in SIGNALS if hasattr(signal, name)):
            if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup and a shell's & want it
                signal.signal(number, _go_on)

    def listen(self) -> None:
        self._notifier.setEnabled(True)

    def stop(self) -> None:
        """The window is closed. A signal that still comes is ignored, so that closing can finish."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(-1)
        self._here.close()
        self._there.close()

    @Slot()
    def _told(self) -> None:
        for number in self._here.recv(64):
            log.info("Told to end by %s.", signal.Signals(number).name)
        QCoreApplication.quit()  # closes the windows first, dialogs too


def _go_on(number: int, frame: object) -> None:
    """Nothing here: the socket wakes Qt, and `_told` runs in its loop."""
