"""How long the window ever stands still during a tour of every feature: views, options, prompts, actions, dialogs.

    python -m tests.bench.tour [CHECKPOINT] [--worst 12]

What there is to visit is found, not listed: a new view, option, prompt source or action is part of the next tour. A
timer of the window's thread beats every 5 ms; a gap is the time between two beats. Beside it stands how long the
thread itself computed in that time, which another program's load does not touch.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, QTimer, Slot
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QLineEdit, QMainWindow, QMenu, QWidget

from analysis.values import PromptSpec, as_options
from gui.shared.settings import Settings
from gui.theme.colors import apply_theme
from gui.window.main_window import MainWindow
from gui.work.worker import Worker
from tests.gui.driving import values_of

BEAT_MS, STEP_MS = 5, 10
PATIENCE_S = 20
LEAST_S = 0.06
"""So long a step is looked at, though nothing seems to happen."""
ENDS = ("file.quit", "help.desktop")
"""Actions that end the tour, or change the desktop."""


@dataclass(frozen=True)
class Gap:
    wall_ms: float
    own_ms: float
    step: str


class Heart(QObject):
    """Beats on the window's thread; the step on the way is noted with every gap."""

    def __init__(self) -> None:
        super().__init__()
        self.gaps: list[Gap] = []
        self.step = ""
        self._last, self._own = time.perf_counter(), time.thread_time()
        self._timer = QTimer(self, interval=BEAT_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    @Slot()
    def _beat(self) -> None:
        now, own = time.perf_counter(), time.thread_time()
        self.gaps.append(Gap(1000 * (now - self._last), 1000 * (own - self._own), self.step))
        self._last, self._own = now, own


class Tour(QObject):
    """Walks through the steps, each when the window is still again."""

    def __init__(self, app: QApplication, window: MainWindow, heart: Heart, folder: Path) -> None:
        super().__init__(window)
        self._app, self._window, self._heart, self._folder = app, window, heart, folder
        self._steps = self.steps()
        self._since = time.monotonic()
        self._timer = QTimer(self, interval=STEP_MS)
        self._timer.timeout.connect(self._poll)
        self._timer.start()

    @Slot()
    def _poll(self) -> None:
        waited = time.monotonic() - self._since
        if waited < LEAST_S or (not self._window.settled and waited < PATIENCE_S):
            return
        if waited >= PATIENCE_S:
            print(f"not still after {PATIENCE_S} s: {self._heart.step}", file=sys.stderr)
        try:
            self._heart.step = next(self._steps)
        except StopIteration:
            self._timer.stop()
            self._window.close()
            return
        self._since = time.monotonic()

    def steps(self) -> Iterator[str]:
        """Does a thing, then yields its name."""
        yield from self._walk("first heads", 12)
        yield from self._views()
        yield from self._pointing()
        yield from self._docks()
        yield from self._filter()
        yield from self._prompts()
        yield from self._actions()
        yield from self._sizes()
        yield from self._walk("last heads", 24)

    def _walk(self, name: str, count: int) -> Iterator[str]:
        for _ in range(count):
            self._window.tree.step(1)
            yield name

    def _views(self) -> Iterator[str]:
        for panel in self._window.panels.values():
            for index, view in enumerate(panel.views()):
                panel._tabs.setCurrentIndex(index)
                yield f"view {view.key}"
                for option in view.options:
                    for value in [*values_of(option), option.default]:
                        self._window.store.set_option(option.key, value)
                        yield f"view {view.key}, {option.key} {value}"
                yield from self._walk(f"heads in {view.key}", 3)
            panel._tabs.setCurrentIndex(0)
            yield f"view {panel.key}"

    def _pointing(self) -> Iterator[str]:
        """The pointer over every panel, twenty places each, and the wheel and a double click in the middle."""
        for key, panel in self._window.panels.items():
            target = panel._area.pages.currentWidget()
            view = getattr(target, "view", None)
            viewport = view.viewport() if view is not None else target
            if viewport is None or not viewport.isVisible():
                continue
            width, height = viewport.width(), viewport.height()
            for step in range(20):
                place = QPoint(width * (step + 1) // 22, height * ((7 * step) % 20 + 1) // 22)
                _move(viewport, place)
                yield f"pointer over {key}"
            QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=QPoint(width // 2, height // 2))
            yield f"click in {key}"
            QTest.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=QPoint(width // 2, height // 2))
            yield f"double click in {key}"

    def _docks(self) -> Iterator[str]:
        for key, dock in self._window.docks._docks.items():
            for what in ("hide", "show"):
                dock.toggleViewAction().trigger()
                yield f"{what} {key}"
            for what in ("float", "dock"):
                dock.setFloating(what == "float")
                yield f"{what} {key}"

    def _filter(self) -> Iterator[str]:
        line = self._window.tree.findChild(QLineEdit)
        assert line is not None
        for text in ("L1", "L1 ind", "induction > 0.2", "nonsense!", ""):
            line.setText(text)
            yield f"filter {text!r}"

    def _prompts(self) -> Iterator[str]:
        catalogue = self._window.store.catalogue
        assert catalogue is not None
        for source in catalogue.prompts:
            values = as_options({option.key: option.default for option in source.options})
            self._window.worker.set_prompt(PromptSpec(source.key, values))
            yield f"prompt {source.key}"
        self._window.worker.set_prompt(None)
        yield "prompt of the start"
        for sample in (1, None, 0):
            self._window.store.set_sample(sample)
            yield f"sample {sample}"

    def _actions(self) -> Iterator[str]:
        """Everything in the menus; what opens is closed."""
        for key in [entry.key for entry, _ in self._window.menus.entries() if entry.key not in ENDS]:
            # Menus that change make their actions anew.
            action = {entry.key: action for entry, action in self._window.menus.entries()}.get(key)
            if action is None or not action.isEnabled():
                continue
            action.trigger()
            yield f"action {key}"
            self._shut()
            yield f"after {key}"
        self._window.layouts.reset()
        yield "layout of the start"

    def _shut(self) -> None:
        for widget in QApplication.topLevelWidgets():
            kind = isinstance(widget, QDialog | QMenu) or widget.windowType() == Qt.WindowType.Window
            if widget.isVisible() and kind and not isinstance(widget, QMainWindow):
                widget.close()

    def _sizes(self) -> Iterator[str]:
        for size in ((1000, 700), (1600, 1000), (1440, 900)):
            self._window.resize(*size)
            yield f"size {size}"


def _move(widget: QWidget, place: QPoint) -> None:
    none = Qt.MouseButton.NoButton
    event = QMouseEvent(QEvent.Type.MouseMove, QPointF(place), QPointF(widget.mapToGlobal(place)), none, none,
                        Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(widget, event)


def answer_file_dialogs(folder: Path) -> None:
    """A person who always knows where: dialogs of the system would wait for one."""
    count = iter(range(10_000))

    def save(parent: object = None, title: str = "", name: str = "", kinds: str = "", *_: object) -> tuple[str, str]:
        suffix = Path(name).suffix or ".png"
        return str(folder / f"saved{next(count)}{suffix}"), kinds.partition(";;")[0]

    QFileDialog.getSaveFileName = staticmethod(save)  # type: ignore[assignment]
    QFileDialog.getOpenFileName = staticmethod(lambda *_: ("", ""))  # type: ignore[assignment]
    QFileDialog.getExistingDirectory = staticmethod(lambda *_: "")  # type: ignore[assignment]


def report(gaps: list[Gap], worst: int) -> None:
    for name, values in (("wall", [gap.wall_ms for gap in gaps]), ("own", [gap.own_ms for gap in gaps])):
        p50, p99, most = np.percentile(values, [50, 99, 100])
        late = sum(value > 16 for value in values)
        print(f"{name}: median {p50:.1f} ms, 99th percentile {p99:.1f} ms, largest {most:.1f} ms, "
              f"{late} of {len(values)} over 16 ms")
    for gap in sorted(gaps, key=lambda gap: -gap.wall_ms)[:worst]:
        print(f"  {gap.wall_ms:6.1f} ms, of which {gap.own_ms:6.1f} ms own: {gap.step}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoint", nargs="?")
    parser.add_argument("--worst", type=int, default=12)
    given = parser.parse_args()
    app = QApplication([])
    apply_theme(app, "light")
    with tempfile.TemporaryDirectory() as folder:
        answer_file_dialogs(Path(folder))
        window = MainWindow(Worker(device="cpu"), Settings(os.path.join(folder, "settings.ini")))
        window.show()
        heart = Heart()
        heart.step = "start"
        QTimer.singleShot(0, lambda: window.start(given.checkpoint))
        tour = Tour(app, window, heart, Path(folder))
        app.exec()
    assert tour is not None
    start = [gap for gap in heart.gaps if gap.step == "start"]
    print(f"start: largest {max(gap.wall_ms for gap in start):.1f} ms")
    report([gap for gap in heart.gaps[1:] if gap.step != "start"], given.worst)


if __name__ == "__main__":
    main()
