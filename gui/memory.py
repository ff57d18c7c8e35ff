"""Large arrays go back to the system when they are let go.

glibc learns from every large block that is freed to keep the next of that size on its heap. Figures are made on the
worker thread and let go on the window's, so pieces of them stayed between others, and hours of use grew by tens of
megabytes; the window held a tenth more from the start.
"""

from __future__ import annotations

import ctypes
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # malloc.h of glibc
LARGE_BYTES = 2**20


def return_large_blocks() -> None:
    """Blocks of a megabyte and more have pages of their own from now on. Other C libraries are left as they are."""
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)) is not None:
        mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
        mallopt(M_TRIM_THRESHOLD, LARGE_BYTES)
