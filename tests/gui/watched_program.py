"""The program as it is, and beside it a timer that writes where its widgets are and what they show.

    python tests/gui/watched_program.py FACTS.json [arguments of the program …]

The end-to-end test starts this under a real X server, clicks with a real pointer, and reads the facts; nothing of the
program is replaced.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from PySide6.QtCore import QPoint, QPointF, QTimer
from PySide6.QtWidgets import QWidget

from gui.panels.renderers.heatmap import Heatmap
from gui.panels.renderers.ink import Ink
from gui.start import app, startup
from gui.theme import colors
from gui.window.main_window import MainWindow

PERIOD_MS = 100


def place(widget: QWidget, at: QPoint) -> list[int]:
    """A point of the widget, on the screen."""
    there = widget.mapToGlobal(at)
    return [there.x(), there.y()]


def rows(window: MainWindow) -> dict[str, list[int]]:
    """The middle of every visible row of the head tree, by its text."""
    view, found = window.tree.view, {}
    index = view.model().index(0, 0)
    while index.isValid():
        area = view.visualRect(index)
        if area.isValid() and view.viewport().rect().contains(area.center()):
            found[str(index.data())] = place(view.viewport(), area.center())
        index = view.indexBelow(index)
    return found


def heatmap(drawing: Heatmap) -> dict[str, object]:
    """Where cells lie on the screen, and what they should look like."""
    assert drawing.figure is not None
    view, cells, found = drawing.box.scene().views()[0], drawing.cells, {}
    shape = drawing.figure.values.shape
    for row, col in ((0, 0), (0, shape[1] - 1), (shape[0] - 1, 0), (shape[0] - 1, shape[1] - 1)):
        middle = cells.mapToScene(QPointF(col + 0.5, row + 0.5))
        at = place(view.viewport(), view.mapFromScene(middle))
        found[f"{row},{col}"] = [*at, float(drawing.figure.values[row, col])]
    table = colors.color_table(drawing.figure.scale.kind, drawing.dark())
    return {"cells": found, "first": table[0] & 0xFFFFFF, "last": table[254] & 0xFFFFFF, "none": table[255] & 0xFFFFFF}


def ink(drawing: Ink) -> dict[str, object]:
    """Where drawn strokes and letters lie on the screen, and what is said of the query."""
    assert drawing.figure is not None
    canvas, letters, shown = drawing.canvas, drawing.letters, drawing.figure.down.nonzero()[0].tolist()
    view = canvas.viewport()
    strokes = {stroke: canvas.segment(stroke).center().toPoint() for stroke in shown}
    return {
        "strokes": {key: place(view, at) for key, at in strokes.items() if canvas.place_at(at) == key},
        "letters": [place(letters.viewport(), letters.chip_rect(i).center()) for i in range(letters.count())],
        "tokens": drawing.figure.tokens.tolist(),
        "query": drawing._query,
        "letter": drawing._letter,
        "glows": drawing.stroke_weights() is not None,
    }


def facts(window: MainWindow) -> dict[str, object]:
    panels: dict[str, object] = {}
    for key, panel in window.panels.items():
        figure = panel.figure()
        drawings = [d for d in panel.findChildren(Heatmap) if d.isVisible() and d.figure is not None]
        panels[key] = {"title": figure.title if figure else None} | (heatmap(drawings[0]) if drawings else {})
        if drawings:
            panels[key] |= {"crosshair": drawings[0]._cursor}  # type: ignore[operator]
        if pages := [d for d in panel.findChildren(Ink) if d.isVisible() and d.figure is not None]:
            panels[key] |= ink(pages[0])  # type: ignore[operator]
    head = window.store.selection.head
    return {"settled": window.settled, "head": str(head), "rows": rows(window), "panels": panels,
            "status": window.status.currentMessage() if hasattr(window.status, "currentMessage") else ""}


def main() -> int:
    target = sys.argv.pop(1)
    make = app._make_window

    def make_watched(*arguments: object) -> MainWindow:
        window = make(*arguments)  # type: ignore[arg-type]

        def write() -> None:
            partial = f"{target}.part"
            Path(partial).write_text(json.dumps(facts(window)))
            os.replace(partial, target)

        timer = QTimer(window, interval=PERIOD_MS)
        timer.timeout.connect(write)
        timer.start()
        return window

    app._make_window = make_watched
    return startup.run(sys.argv)


if __name__ == "__main__":
    sys.exit(main())
