"""Garbage collection on the GUI thread only.

Python's cyclic collector runs on whichever thread allocates; on a worker it could destroy QObjects of the window.
"""

import gc

from PySide6.QtCore import QObject, QTimer, Slot

INTERVAL_MS = 500


class Garbage(QObject):
    """While started, the collector runs from a timer of the thread this object lives on, and nowhere else.

    Nothing is collected before `settle`: a collection in the middle of large imports walks all of their objects.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self._collect)
        self._was_enabled = gc.isenabled()

    def start(self) -> None:
        self._was_enabled = gc.isenabled()
        gc.disable()

    def stop(self) -> None:
        self._timer.stop()
        if self._was_enabled:
            gc.enable()

    @Slot()
    def settle(self) -> None:
        """Leave everything alive now out of later collections: modules just imported are there to stay."""
        gc.freeze()
        self._timer.start()

    @Slot()
    def _collect(self) -> None:
        for generation in (2, 1, 0):
            if gc.get_count()[generation] > gc.get_threshold()[generation]:
                gc.collect(generation)
                return
