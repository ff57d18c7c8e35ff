"""Hours of use in minutes: heads switched, models reloaded, panels and views at random, and what it leaves behind.

    python -m tests.gui.soak [--switches 10000] [--reloads 200] [--seed 0]

Prints one JSON object: the growth of what should not grow (a straight line through the measurements after the first
fifth, its rise over all of them), every figure that did not belong to what was selected, and every word Qt said.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import shutil
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import psutil
from PySide6.QtCore import QEvent, QMessageLogContext, QObject, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from analysis.loading.demos import DEMOS
from gui.shared.settings import Settings
from gui.theme.colors import apply_theme
from gui.window.main_window import MainWindow
from gui.work.worker import Worker
from tests.gui.driving import Person, live, misplaced, wait_until, wait_until_still

DEMO = DEMOS[1].path
WARM = 0.2
"""The part of the measurements that are not looked at: caches fill, and fonts and pages are loaded."""
HARMLESS = ("This plugin does not support propagateSizeHints()", "This plugin does not support raise()")
"""What the offscreen platform remarks on any window."""


@dataclass(frozen=True)
class Measure:
    """What the process holds at a quiet moment."""

    resident_mb: float
    threads: int
    handles: int
    objects: int
    """QObjects below the window."""
    wrapped: int
    """Python objects in all."""


def objects_below(window: QObject) -> int:
    """How many QObjects there are, from Qt's own list, one a line: to ask for them would leave a Python object of each.

    (`findChildren` on whole windows made 1.6 wrappers a switch that PySide keeps after their objects are gone.)
    """
    lines = 0

    def count(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        nonlocal lines
        lines += 1

    before = qInstallMessageHandler(count)
    window.dumpObjectTree()
    qInstallMessageHandler(before)
    return lines


def measure(window: MainWindow) -> Measure:
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()
    process = psutil.Process()
    return Measure(
        process.memory_info().rss / 2**20,
        process.num_threads(),
        process.num_fds() if hasattr(process, "num_fds") else process.num_handles(),
        objects_below(window),
        len(gc.get_objects()),
    )


def growth(values: list[float]) -> float:
    """How far a straight line through the values after the first fifth rises from its begin to its end."""
    tail = np.array(values[int(len(values) * WARM) :], float)
    if len(tail) < 3:
        return 0.0
    slope = np.polyfit(np.arange(len(tail)), tail, 1)[0]
    return float(slope * (len(tail) - 1))


class Soak:
    def __init__(self, window: MainWindow, folder: Path, switches: int, reloads: int, seed: int) -> None:
        self.window, self.person = window, Person(window, seed)
        self.switches, self.reloads = switches, reloads
        self.measures: list[Measure] = []
        self.wrong: list[str] = []
        self.failures: list[str] = []
        self.other = folder / "other.safetensors"
        shutil.copy(DEMO, self.other)
        window.requests.drawn.connect(self._drawn)
        window.opener.failed.connect(self.failures.append)

    def _drawn(self, view: str) -> None:
        if words := misplaced(self.window, view):
            self.wrong.append(words)

    def run(self) -> None:
        """Switches in as many rounds as there are reloads; a measurement at the end of each, at the same place."""
        each = -(-self.switches // max(1, self.reloads))
        done = 0
        for turn in range(max(1, self.reloads)):
            wanted = min(each, self.switches - done)
            done += wanted
            self._round(wanted)
            self._reload(turn)
            self.measures.append(measure(self.window))

    def _round(self, switches: int) -> None:
        window, person = self.window, self.person
        for _ in range(switches):
            person.switch()
            if person.random.random() < 0.3:
                person.anything()
            if person.random.random() < 0.15:
                wait_until_still(window)
                self.wrong += [words for panel in window.panels.values() if window.docks.in_sight(panel)
                               and (words := misplaced(window, panel.current_view() or ""))]
            else:
                live(person.random.choice((0, 0, 0.002, 0.01)))

    def _reload(self, turn: int) -> None:
        window = self.window
        if turn % 4 == 3:  # not waited for: the next one comes while it is read
            window.open_path(str(self.other))
            live(self.person.random.uniform(0, 0.05))
        opened: list[object] = []
        connection = window.opener.opened.connect(lambda: opened.append(1))
        if turn % 2:
            window.open_path(str(self.other))
        else:
            window.opener.open_demo()
        wait_until(lambda: opened, "the model is open again")
        window.opener.opened.disconnect(connection)
        self.person.show_all()
        window.resize(1440, 900)
        wait_until(lambda: window.settled, "all is drawn after a reload")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--switches", type=int, default=10_000)
    parser.add_argument("--reloads", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--progress", action="store_true")
    given = parser.parse_args()
    said: list[str] = []

    def hear(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        if text not in HARMLESS:
            said.append(text)

    qInstallMessageHandler(hear)
    app = QApplication([])
    apply_theme(app, "light")
    errors: list[str] = []

    def note(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        errors.append(f"{kind.__name__}: {error}")
        sys.__excepthook__(kind, error, trace)  # One that ends the soak would go unseen.

    sys.excepthook = note
    with tempfile.TemporaryDirectory() as folder:
        window = MainWindow(Worker(device="cpu"), Settings(os.path.join(folder, "settings.ini")))
        window.resize(1440, 900)
        window.show()
        window.start(None)
        wait_until(lambda: window.settled, "the demo is open")
        begin = time.monotonic()
        soak = Soak(window, Path(folder), given.switches, given.reloads, given.seed)
        soak.run()
        seconds = time.monotonic() - begin
        window.close()
        clean = window.stopped_cleanly
    columns = {name: [getattr(one, name) for one in soak.measures] for name in asdict(soak.measures[0])}
    print(json.dumps({
        "seconds": round(seconds),
        "growth": {name: round(growth(values), 2) for name, values in columns.items()},
        "first": {name: values[int(len(values) * WARM)] for name, values in columns.items()},
        "last": {name: values[-1] for name, values in columns.items()},
        "wrong": sorted(set(soak.wrong))[:20], "failures": sorted(set(soak.failures))[:20],
        "qt": sorted(set(said))[:20], "errors": sorted(set(errors))[:20], "stopped_cleanly": clean,
    } | ({"resident_mb": columns["resident_mb"], "objects": columns["objects"]} if given.progress else {})))
    qInstallMessageHandler(None)
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
