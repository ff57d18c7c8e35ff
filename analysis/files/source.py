"""The bytes of one open file, which may shrink, change or be replaced while it is open."""

import os
import stat
from pathlib import Path

from analysis.files.unreadable import damaged
from analysis.values import UserError

_PIECE = 16 * 2**20


class Source:
    """Positioned reads from one descriptor; never mapped, so that a file cut short is an error and not a signal.

    Raises UserError when the path is not a regular file, OSError when it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        if path.is_dir():
            raise UserError(f"{path} is a directory; choose the checkpoint file inside it.")
        # a pipe would be waited for without O_NONBLOCK
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        self.path = path
        self._file = os.fdopen(descriptor, "rb", buffering=0)
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            self.close()
            raise UserError(f"{path} is not a regular file; choose a checkpoint file.")
        self.size: int = status.st_size
        self._stamp = _stamp(status)

    @property
    def name(self) -> str:
        return self.path.name

    def read(self, start: int, count: int) -> bytes:
        """Exactly `count` bytes from `start`; raises Unreadable when the file ends before."""
        if start < 0 or count < 0 or start + count > self.size:
            raise damaged("it points past its own end")
        self._file.seek(start)
        pieces = [self._file.read(count)]
        while len(pieces[-1]) and (count := count - len(pieces[-1])):
            pieces.append(self._file.read(count))
        if count and not pieces[-1]:
            raise damaged("it became shorter while it was read")
        return b"".join(pieces) if len(pieces) > 1 else pieces[0]

    def read_into(self, start: int, target: memoryview) -> None:
        """Fill `target` (of bytes) from `start`."""
        if start < 0 or start + len(target) > self.size:
            raise damaged("it points past its own end")
        self._file.seek(start)
        done = 0
        while done < len(target):
            count = self._file.readinto(target[done : done + _PIECE])
            if not count:
                raise damaged("it became shorter while it was read")
            done += count

    def check_unchanged(self) -> None:
        """Raise UserError unless the file, open and under its path, is the one that was opened."""
        if self._file.closed:
            raise UserError(f"{self.name} was closed; open it again.")
        try:
            same = _stamp(os.fstat(self._file.fileno())) == self._stamp == _stamp(os.stat(self.path))
        except (OSError, ValueError):
            same = False
        if not same:
            raise UserError(f"{self.name} has changed on disk since it was opened; open it again.")

    def close(self) -> None:
        self._file.close()


def _stamp(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
