"""Memory goes back to the system when it is freed, and garbage is collected on the GUI thread only.

glibc learns from every large block that is freed to keep the next of that size on its heap. Figures are made on the
worker thread and freed on the window's, so pieces of them stayed between others, and hours of use grew by tens of
megabytes; the window held a tenth more from the start. Smaller blocks leave holes in the heaps of both threads, which
glibc keeps unless it is told: over thousands of heads they grew to a quarter of what the window held, while what was in
use stayed the same.
"""

import ctypes
import gc
import sys
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # malloc.h of glibc
LARGE_BYTES = 2**20
INTERVAL_MS = 500


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


class Garbage(QObject):
    """While started, Python's cyclic collector runs from a timer of the thread this object lives on, and nowhere else.

    By itself it runs on whichever thread allocates; on the worker it could destroy QObjects of the window. Nothing is
    collected before `settle`: a collection in the middle of large imports walks all of their objects.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self, interval=INTERVAL_MS)
        self._timer.timeout.connect(self._collect)
        self._was_enabled = False

    def start(self) -> None:
        self._was_enabled = gc.isenabled()
        gc.disable()

    def stop(self) -> None:
        self._timer.stop()
        if self._was_enabled:
            gc.enable()

    @Slot()
    def settle(self) -> None:
        """Start collecting, and leave out what is alive now: modules just imported are there to stay."""
        gc.freeze()
        self._timer.start()

    @Slot()
    def _collect(self) -> None:
        for generation in (2, 1, 0):
            if gc.get_count()[generation] > gc.get_threshold()[generation]:
                gc.collect(generation)
                return
