"""How long a hover over ink of 1,000 tokens takes until it is painted: found, coloured, drawn.

python -m tests.bench.ink
"""

from __future__ import annotations

import os
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtWidgets import QApplication

from gui.panels.renderers.ink import Ink
from gui.theme.colors import apply_theme
from tests.gui.panels.samples import ink

LIMIT_MS = 16


def hover_ms(widget: Ink, row: np.ndarray, stroke: int) -> float:
    """Milliseconds from a moved pointer to the painted strokes and letters."""
    canvas, begin = widget.canvas, time.perf_counter()
    found = canvas.place_at(canvas.segment(stroke).center().toPoint())
    widget.set_weights(int(widget.figure.tokens[found, 1]), row)  # type: ignore[union-attr]
    QApplication.processEvents()
    return 1000 * (time.perf_counter() - begin)


def main() -> None:
    app = QApplication([])
    apply_theme(app, "light")
    widget, figure = Ink(), ink(12, 3)
    widget.show_figure(figure)
    widget.resize(1440, 200)
    widget.show()
    app.processEvents()
    random, tokens = np.random.default_rng(0), len(figure.labels)
    few, all_ = lambda: random.dirichlet(np.full(tokens, 0.05)), lambda: random.random(tokens)
    rows = {"attention to a few": few, "to all": all_}
    for name, make in rows.items():
        times = [hover_ms(widget, make().astype(np.float32), stroke) for stroke in range(0, len(figure.strokes), 5)]
        print(f"{tokens} tokens, {name}: median {np.median(times):.1f} ms, longest {max(times):.1f} (limit {LIMIT_MS})")


if __name__ == "__main__":
    main()
