"""Pictures of everything: the window in both themes, its dialogs, every view; made from the shipped demo.

    python -m tests.screenshots              the README's pictures, into resources/screenshots
    python -m tests.screenshots --all DIR    the window and its dialogs at 100, 150 and 200 %, every view

The offscreen platform, one font and one style make them the same on every machine that has the font.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QEvent, QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

from analysis.values import HeadId
from gui.export.widget_picture import save_image
from gui.panels.renderers.heatmap import Heatmap
from gui.panels.veil import Veil
from gui.shared.settings import Settings
from gui.window.main_window import MainWindow
from gui.work.worker import Worker
from resources.findings.fixed import FAMILY, fix_look, has_font
from tests.screenshots.dialogs import dialogs

SCALES = (1.0, 1.5, 2.0)
SIZES = {"": (1440, 900), "-small": (1024, 700)}
PATIENCE_S = 300
HEAD = HeadId(1, 0)
QUERY = 61
"""A token of the second word, which has been written before."""
EARLIER, READER = HeadId(0, 0), HeadId(0, 1, "cross")
"""The head whose edge into HEAD is cut and that HEAD is compared with, and one that reads letters."""
WORDS = {"training"}
"""Views that answer in words: the demo is one checkpoint."""

Shots = Iterator[tuple[str, QImage]]


def wait(window: MainWindow) -> None:
    """Until everything on show has drawn; raises TimeoutError when that takes too long."""
    end, still = time.monotonic() + PATIENCE_S, 0
    while still < 4:
        if time.monotonic() > end:
            raise TimeoutError("the window was never done drawing")
        QApplication.processEvents()
        time.sleep(0.01)
        still = still + 1 if window.settled else 0


def open_demo(size: tuple[int, int]) -> MainWindow:
    """A window of this size on the demo, drawn."""
    window = MainWindow(Worker(device="cpu"), Settings(os.devnull))
    window.resize(*size)
    window.layouts.reset()
    window.show()
    window.start(None, head=HEAD)
    wait(window)
    return window


def close(widget: QWidget) -> None:
    widget.close()
    widget.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def picture(widget: QWidget) -> QImage:
    QApplication.processEvents()
    return widget.grab().toImage()


def window_shots(theme: str) -> Shots:
    """The whole window at two sizes."""
    for name, size in SIZES.items():
        window = open_demo(size)
        yield f"window{name}-{theme}", picture(window)
        close(window)


def ask(window: MainWindow) -> None:
    """What a token of the prompt attends to, in the pattern, its profiles and the ink, and the cell it heeds most."""
    window.panels["ink"].query_clicked.emit(QUERY)
    chart = window.panels["attention"].chart()
    if isinstance(chart, Heatmap) and chart.figure is not None:
        window.panels["attention"].set_cursor(QUERY, int(chart.figure.values[QUERY].argmax()))


def dialog_shots(window: MainWindow, theme: str) -> Shots:
    for name, dialog in dialogs(window):
        end = time.monotonic() + 0.7  # the export's preview is drawn when nothing has changed for a moment
        while time.monotonic() < end:
            QApplication.processEvents()
            time.sleep(0.01)
        yield f"dialog-{name}-{theme}", picture(dialog)
    # Two that lie over the window, and are no dialogs.
    for key in ("go.palette", "help.hints"):
        window.menus.action(key).trigger()
        yield f"over-{key}-{theme}", picture(window)
        if key == "go.palette":
            window.menus.action(key).trigger()  # once more closes it


def give_figure(window: MainWindow, view: str) -> None:
    """What the view needs to have a figure: a head that reads, an edge that is cut, a head to compare with."""
    if view == "compare_first":
        window.store.select(EARLIER)
        window.comparison.pin_head()
    window.store.select(*((READER, None) if view == "reading" else (HEAD, EARLIER)))


def view_shots(window: MainWindow, theme: str) -> Shots:
    """Every view of every panel, as the panel shows it; raises RuntimeError where the figure is missing."""
    for panel in window.panels.values():
        for view in panel.views():
            give_figure(window, view.key)
            window.current.show_view(panel.key, view.key)
            wait(window)
            words = panel.figure() is None or any(veil.isVisible() for veil in panel.findChildren(Veil))
            if words and view.key not in WORDS:
                raise RuntimeError(f"{view.key} shows no figure")
            yield f"view-{panel.key}-{view.key}-{theme}", picture(panel)


def all_shots(everything: bool) -> Shots:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    for theme in ("light", "dark"):
        fix_look(app, theme)
        yield from window_shots(theme)
        window = open_demo(SIZES[""])
        yield from dialog_shots(window, theme)
        if everything:
            yield from view_shots(window, theme)
            for panel in window.panels.values():
                panel.set_profiles(True)
            window.panels["attention"].set_current_view("pattern")
            window.requests.refresh()
            wait(window)
            ask(window)
            yield f"profiles-{theme}", picture(window)
        close(window)


def readme_shots() -> Shots:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    for theme, name in (("light", "window"), ("dark", "dark")):
        fix_look(app, theme)
        window = open_demo(SIZES[""])
        if name == "dark":
            for panel in window.panels.values():
                panel.set_profiles(True)
            wait(window)
            ask(window)
        yield name, picture(window)
        close(window)


def _no_remarks(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    """The offscreen platform warns for every window that it does not support size hints."""
    if "propagateSizeHints" not in text:
        print(text, file=sys.stderr)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--all", metavar="DIR", help="everything, into this folder")
    parser.add_argument("--one", type=float, metavar="SCALE", help="with --all: at this scale only")
    arguments = parser.parse_args()
    if arguments.all and arguments.one is None:
        # The scale is read once, when Qt starts: a process for each.
        command = [sys.executable, "-m", __spec__.name, "--all", arguments.all, "--one"]
        return max(subprocess.run([*command, str(scale)], check=False).returncode for scale in SCALES)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["QT_SCALE_FACTOR"] = str(arguments.one or 1)
    qInstallMessageHandler(_no_remarks)
    _app = QApplication(sys.argv[:1])
    if not has_font():
        print(f"The font {FAMILY} is not installed; install it (Debian: fonts-dejavu-core).", file=sys.stderr)
        return 2
    folder = Path(arguments.all) if arguments.all else Path(__file__).parents[2] / "resources" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    suffix = f"-{arguments.one:.0%}".rstrip("%") if arguments.all else ""
    for name, image in all_shots(arguments.one == 1) if arguments.all else readme_shots():
        save_image(image, str(folder / f"{name}{suffix}.png"))
        print(f"{name}{suffix}.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
