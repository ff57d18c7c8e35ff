"""Keeps the work of every running window on the disk, and finds what earlier ones left.

In its folder each window has an id of its own: ID.lock is held while it runs and released however it ends, and
ID.running.headscope is its state. A window that closes leaves last.headscope; one that is killed leaves its running
file, which the next start turns into ID.ended.headscope. While a start brings a file back it is called
ID.tried.headscope, so that a state that ends the program is not tried twice.
"""

import logging
import os
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, QTimer, Signal, Slot

from analysis.values import UserError
from gui.session.session_file import SUFFIX, Sections, write
from gui.shared.background import Background

log = logging.getLogger(__name__)

PERIOD_MS = 2000
MOST_KEPT = 8
"""So many states of earlier windows stay; older ones are deleted."""
LAST = f"last{SUFFIX}"


class Autosave(QObject):
    """`collect` gives the state, empty while there is none; it is written off the GUI thread when it has changed."""

    failed = Signal(str)
    """Once, in a sentence, when the state cannot be written."""

    def __init__(self, folder: Path, collect: Callable[[], Sections], program: str, parent: QObject) -> None:
        super().__init__(parent)
        self.folder, self._collect, self._program = folder, collect, program
        self._id = uuid.uuid4().hex[:12]
        self._lock = _lock(folder, self._id)
        self._written: Sections = {}
        self._complained = False
        self._background = Background(self, "Keeping your work")
        self._background.failed.connect(self._failed)
        self._timer = QTimer(self, interval=PERIOD_MS)
        self._timer.timeout.connect(self.save)

    def start(self) -> None:
        """Take a place among the running windows, and sort what dead ones left."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if not self._lock.tryLock(0):
                raise OSError(f"{self.folder} cannot be written")
            self._tidy()
        except OSError as error:
            self._complain(f"{self.folder} cannot be used ({error.strerror or error})")
            return
        self._timer.start()

    @property
    def running(self) -> bool:
        return self._timer.isActive()

    @Slot()
    def save(self) -> None:
        """Write the state if it has changed."""
        sections = self._collect()
        if sections and sections != self._written:
            self._written = sections
            self._background.run(partial(write, self._own("running"), sections, self._program))

    def finish(self) -> None:
        """The window closes: its state becomes the last one."""
        if not self.running:
            return
        self._timer.stop()
        sections = self._collect()
        self._background.finish()
        if sections:
            try:
                write(self.folder / LAST, sections, self._program)
            except UserError as error:
                self._complain(str(error))
        for kind in ("running", "tried"):
            self._own(kind).unlink(missing_ok=True)
        self._lock.unlock()

    @Slot(object, str)
    def _failed(self, name: object, reason: str) -> None:
        self._written = {}
        self._complain(reason)

    def _complain(self, reason: str) -> None:
        log.info("The work is not kept: %s", reason)
        if not self._complained:
            self._complained = True
            self.failed.emit(f"Your work is not being kept for the next start: {reason}")

    def _own(self, kind: str) -> Path:
        return self.folder / f"{self._id}.{kind}{SUFFIX}"

    def kept(self) -> list[Path]:
        """States of windows that run no more, the newest first."""
        if not self.running:
            return []
        found = [path for path in self.folder.glob(f"*{SUFFIX}") if path.name == LAST or _kind(path) in KEPT]
        return sorted(found, key=_age)

    def take(self) -> tuple[Path, bool] | None:
        """The newest state that was not tried before, now taken by this window, and whether its window was killed."""
        for path in self.kept():
            if path.name == LAST or _kind(path) == "ended":
                try:
                    os.replace(path, self._own("tried"))
                except OSError:  # Another window was quicker.
                    continue
                return self._own("tried"), path.name != LAST
        return None

    def done(self) -> None:
        """What was taken is on show: from now on it is saved as this window's own."""
        if self.running:
            self.save()
            self._background.finish()
            self._own("tried").unlink(missing_ok=True)

    def set_aside(self) -> str:
        """What was taken is of no use: keep it under another name, which is returned."""
        aside = self.folder / f"{self._id}.aside"
        os.replace(self._own("tried"), aside)
        return str(aside)

    def _tidy(self) -> None:
        """States of dead windows change their names; the oldest are deleted."""
        left = [path for path in self.folder.iterdir() if _kind(path) in ("lock", "running", "tried")]
        for name in {path.name.partition(".")[0] for path in left} - {self._id}:
            lock = _lock(self.folder, name)
            if lock.tryLock(0):
                for before, after in (("running", "ended"), ("tried", "failed")):
                    path = self.folder / f"{name}.{before}{SUFFIX}"
                    if path.exists():
                        os.replace(path, self.folder / f"{name}.{after}{SUFFIX}")
                lock.unlock()
        old = sorted((path for path in self.folder.iterdir() if _kind(path) in (*KEPT, "aside")), key=_age)
        for path in old[MOST_KEPT:]:
            path.unlink(missing_ok=True)


KEPT = ("ended", "failed")


def _kind(path: Path) -> str:
    """"ended" of "ID.ended.headscope"; empty for other names."""
    parts = path.name.split(".")
    return parts[1] if len(parts) > 1 and parts[1] != SUFFIX[1:] else ""


def _age(path: Path) -> float:
    """Smaller for a file that was written later."""
    try:
        return -path.stat().st_mtime
    except OSError:
        return 0.0


def _lock(folder: Path, name: str) -> QLockFile:
    lock = QLockFile(str(folder / f"{name}.lock"))
    lock.setStaleLockTime(0)  # However long the window runs; a dead process's lock is free all the same.
    return lock
