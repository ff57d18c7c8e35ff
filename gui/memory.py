"""One heap for all threads, where the C library would make one for each.

Arrays are made on the worker thread and let go on the window's: with glibc's heap a thread, the pieces between them
were never given back, and hours of use grew by tens of megabytes.
"""

from __future__ import annotations

import ctypes
import sys

M_ARENA_MAX = -8  # malloc.h of glibc


def share_heap() -> None:
    """To be called before threads start; other C libraries than glibc are left as they are."""
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)) is not None:
        mallopt(M_ARENA_MAX, 1)
