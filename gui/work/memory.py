"""Memory goes back to the system when it is let go.

glibc learns from every large block that is freed to keep the next of that size on its heap. Figures are made on the
worker thread and let go on the window's, so pieces of them stayed between others, and hours of use grew by tens of
megabytes; the window held a tenth more from the start. Smaller blocks leave holes in the heaps of both threads, which
glibc keeps unless it is told: over thousands of heads they grew to a quarter of what the window held, while what was in
use stayed the same.
"""

import ctypes
import sys
from collections.abc import Callable

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # malloc.h of glibc
LARGE_BYTES = 2**20


def return_large_blocks() -> None:
    """Blocks of a megabyte and more have pages of their own from now on. Other C libraries are left as they are."""
    if (mallopt := _glibc("mallopt")) is not None:
        mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
        mallopt(M_TRIM_THRESHOLD, LARGE_BYTES)


def return_holes() -> None:
    """What is free on the heaps goes back to the system now; for a moment without work, since it takes milliseconds."""
    if (malloc_trim := _glibc("malloc_trim")) is not None:
        malloc_trim(0)


def _glibc(name: str) -> Callable[..., int] | None:
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
