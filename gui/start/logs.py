"""The log of a run, in files of bounded size; and the traceback a crash leaves."""

import faulthandler
import logging
import signal
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO

from PySide6.QtCore import QLockFile, QStandardPaths

log = logging.getLogger(__name__)

FORM = "%(asctime)s %(levelname)s %(name)s: %(message)s"
MAX_BYTES, KEPT = 2**20, 3
MAX_INSTANCES = 64


def log_folder() -> Path:
    """The user's folder for logs: ~/.local/state/headscope on Linux."""
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericStateLocation)) / "headscope"


@dataclass
class Log:
    """The log files of one running program. Several at once are numbered, each with its own files."""

    file: Path | None = None
    """None: nothing can be written where logs go."""
    crash: str = ""
    """What the last run under this number left when it ended abruptly; empty when it did not."""
    _lock: QLockFile | None = None
    _faults: IO[str] | None = None
    _handler: logging.Handler | None = None

    def stop(self) -> None:
        """Close the files and free the number."""
        if self._faults is not None:
            faulthandler.disable()
            if hasattr(signal, "SIGUSR1"):
                faulthandler.unregister(signal.SIGUSR1)
            self._faults.close()
        if self._handler is not None:
            logging.getLogger().removeHandler(self._handler)
            self._handler.close()
        if self._lock is not None:
            self._lock.unlock()


def start_log(folder: Path | None = None) -> Log:
    """Log to the first free number's file in the folder, and let a crash write there where it happened."""
    folder = folder or log_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        number, lock = _free_number(folder)
        suffix = f"-{number}" if number > 1 else ""
        file = folder / f"headscope{suffix}.log"
        handler = RotatingFileHandler(file, maxBytes=MAX_BYTES, backupCount=KEPT, encoding="utf-8")
        left = folder / f"crash{suffix}.txt"
        crash = left.read_text("utf-8", errors="replace")[-20_000:] if left.exists() else ""
        faults = left.open("w", encoding="utf-8")
    except OSError as error:
        log.warning("Nothing can be logged in %s: %s", folder, error)
        faulthandler.enable()
        return Log()
    handler.setFormatter(logging.Formatter(FORM))
    handler.setLevel(logging.INFO)
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.INFO)
    faulthandler.enable(faults)
    if hasattr(signal, "SIGUSR1"):  # A window that hangs says where, when asked by kill -USR1.
        faulthandler.register(signal.SIGUSR1, faults)
    return Log(file, crash, lock, faults, handler)


def _free_number(folder: Path) -> tuple[int, QLockFile]:
    """The first number that no running program holds; the lock of a program that was killed counts as free."""
    for number in range(1, MAX_INSTANCES):
        lock = QLockFile(str(folder / f"headscope-{number}.lock"))
        lock.setStaleLockTime(0)
        if lock.tryLock(0):
            return number, lock
        if lock.error() != QLockFile.LockError.LockFailedError:
            break
    raise OSError("no number is free, or the folder cannot be written")
