"""Files that appear whole or not at all."""

import errno
import os
import secrets
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from analysis.values import UserError


def write_whole(path: Path, fill: Callable[[BinaryIO], object], remedy: str = "choose another --out") -> None:
    """Fill a new file beside `path`, then move it into place; a failure leaves the earlier file and no half one.

    A link stays a link, and an earlier file hands on its permissions. Raises UserError, which names the path and the
    remedy, when the file cannot be written.
    """
    target = Path(os.path.realpath(path))
    partial = target.with_name(f".{secrets.token_hex(8)}.partial")
    try:
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        _fill(partial, fill)
        if target.exists():
            shutil.copymode(target, partial)
        os.replace(partial, target)
    except OSError as error:
        raise UserError(
            f"{path} cannot be written ({error.strerror or error}); free some space or {remedy}."
        ) from None
    finally:
        with suppress(OSError):
            partial.unlink()


def _fill(path: Path, fill: Callable[[BinaryIO], object]) -> None:
    unnamed = _unnamed(path.parent)
    with unnamed or path.open("x+b") as file:
        fill(file)
        file.flush()
        os.fsync(file.fileno())
        if unnamed is not None:
            # Only with a src_dir_fd (which an absolute path does not use) does Python follow the link in /proc.
            os.link(f"/proc/self/fd/{file.fileno()}", path, src_dir_fd=file.fileno(), follow_symlinks=True)


def _unnamed(folder: Path) -> BinaryIO | None:
    """A new file without a name, so that even a killed program leaves nothing behind; None if unsupported."""
    if not (hasattr(os, "O_TMPFILE") and os.path.exists("/proc/self/fd")):
        return None
    try:
        return os.fdopen(os.open(folder, os.O_TMPFILE | os.O_RDWR, 0o666), "w+b")
    except OSError:
        return None
