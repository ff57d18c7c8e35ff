"""How long the window ever stands still while torch is imported, a model is opened and its heads are scored.

python -m tests.bench.smoothness [CHECKPOINT]
"""

from __future__ import annotations

import os
import sys
import tempfile
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication

from gui.shared.settings import Settings
from gui.theme.colors import apply_theme
from gui.window.main_window import MainWindow
from gui.work.worker import Worker

BEAT_MS = 5


class Heart(QObject):
    """A timer of the GUI thread that notes how late each of its beats comes."""

    def __init__(self) -> None:
        super().__init__()
        self.gaps: list[tuple[float, float]] = []
        self._begin = self._last = time.perf_counter()
        self._timer = QTimer(self, interval=BEAT_MS)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    @Slot()
    def _beat(self) -> None:
        now = time.perf_counter()
        self.gaps.append((now - self._last, now - self._begin))
        self._last = now


def main(path: str | None) -> None:
    begin = time.perf_counter()
    app = QApplication([])
    apply_theme(app, "light")
    with tempfile.TemporaryDirectory() as folder:
        window = MainWindow(Worker(), Settings(os.path.join(folder, "settings.ini")))
        window.show()
        app.processEvents()
        print(f"window shown after {time.perf_counter() - begin:.2f} s, torch imported: {'torch' in sys.modules}")
        heart = Heart()
        window.start(path)
        while not window.settled:
            app.processEvents()
            time.sleep(0.0005)
        window.close()
    print(f"all drawn after {time.perf_counter() - begin:.2f} s")
    for gap, at in sorted(heart.gaps, reverse=True)[:5]:
        print(f"gap of {1000 * gap:.0f} ms at {at:.2f} s")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
