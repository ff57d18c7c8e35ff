"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from analysis.values import UserError


def write_whole(path: Path, fill: Callable[[BinaryIO], object], remedy: str = "choose another --out") -> None:
    """Fill a new file beside `path`, then move it into place; a failure leaves the earlier file and no half one.

    Raises UserError, which names the path and the remedy, when the file cannot be written.
    """
    handle = None
    try:
        handle = tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False)  # noqa: SIM115
        with handle as file:
            fill(file)  # type: ignore[arg-type]
            file.flush()
            os.fsync(file.fileno())
        os.chmod(handle.name, 0o666 & ~_umask())  # NamedTemporaryFile is private to its owner; results are not.
        os.replace(handle.name, path)
    except OSError as error:
        if handle is not None:
            Path(handle.name).unlink(missing_ok=True)
        raise UserError(
            f"{path} cannot be written ({error.strerror or error}); free some space or {remedy}."
        ) from None
    except BaseException:
        if handle is not None:
            Path(handle.name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
