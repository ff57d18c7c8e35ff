"""From a click on a head in the tree to the pixels of its attention pattern, and of all panels.

    python -m tests.bench.switching [CHECKPOINT] [--tokens 600]

Without a checkpoint: a random model of 4 layers × 8 heads, d_model 512, at 2048 tokens. Also prints the time as a
ratio to the bare arithmetic of the pattern (q kᵀ, mask, softmax) on the same machine in the same run.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QGraphicsView

from analysis.values import HeadId, PromptSpec, as_options
from gui.shared.settings import Settings
from gui.theme.colors import apply_theme
from gui.window.main_window import MainWindow
from gui.work.worker import Worker

ROUNDS = 40


class Paints(QObject):
    """Counts how often a widget was painted."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False


def random_checkpoint(folder: str) -> str:
    from analysis.loading.formats.native import save_native
    from analysis.model.model import Config
    from tests.analysis.handmade import random_model

    config = Config(n_layers=4, n_heads=8, n_kv_heads=8, d_model=512, d_head=64, d_vocab=1000, n_ctx=2048, d_mlp=0)
    model = random_model(config, spread=0.02)
    path = Path(folder) / "random.safetensors"
    save_native({name: model.weights[name] for name in model.weights}, config, path)
    return str(path)


def wait(app: QApplication, window: MainWindow) -> None:
    while not window.settled:
        app.processEvents()
        time.sleep(0.0002)


def click(window: MainWindow, head: HeadId) -> None:
    view, model = window.tree.view, window.tree.view.model()
    index = next(
        child
        for row in range(model.rowCount())
        for child in [model.index(i, 0, model.index(row, 0)) for i in range(model.rowCount(model.index(row, 0)))]
        if child.data() == str(head)
    )
    view.scrollTo(index)
    where = view.visualRect(index).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(where.x(), where.y()))


def switch(app: QApplication, window: MainWindow, head: HeadId, paints: Paints) -> tuple[float, float]:
    """Milliseconds from the click to the attention pattern painted, and to all panels painted."""
    panel, wanted = window.panels["attention"], f"{head} attention"
    start = time.perf_counter()
    click(window, head)
    while getattr(panel.figure(), "title", None) != wanted:
        app.processEvents()
    before = paints.count
    while paints.count == before:
        app.processEvents()
    first = time.perf_counter()
    while not window.settled:
        app.processEvents()
    app.processEvents()
    return 1000 * (first - start), 1000 * (time.perf_counter() - start)


def arithmetic(n_tokens: int, d_head: int) -> float:
    """Milliseconds of one head's pattern and nothing else; the median."""
    import torch

    q, k = torch.randn(n_tokens, d_head), torch.randn(n_tokens, d_head)
    mask = torch.ones(n_tokens, n_tokens, dtype=torch.bool).triu(1)
    times = []
    for _ in range(15):
        start = time.perf_counter()
        (q @ k.T).masked_fill_(mask, float("-inf")).softmax(-1)
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoint", nargs="?")
    parser.add_argument("--tokens", type=int, default=2048)
    given = parser.parse_args()
    app = QApplication([])
    apply_theme(app, "light")
    with tempfile.TemporaryDirectory() as folder:
        window = MainWindow(Worker(device="cpu"), Settings(os.path.join(folder, "settings.ini")))
        window.show()
        window.start(given.checkpoint or random_checkpoint(folder))
        wait(app, window)
        options = {"length": str(given.tokens // 2), "samples": "4"}
        window.worker.set_prompt(PromptSpec("repeated_random", as_options(options)))
        while window.store.prompt is None or window.store.prompt.n_samples != 4:
            app.processEvents()
        wait(app, window)
        paints = Paints()
        for view in window.panels["attention"].findChildren(QGraphicsView):
            view.viewport().installEventFilter(paints)
        facts, prompt = window.store.facts, window.store.prompt
        assert facts is not None
        heads = [head for head in facts.heads if head.kind == "self"]
        times = [switch(app, window, heads[(7 * step + 1) % len(heads)], paints) for step in range(ROUNDS)]
        window.close()
    bare = arithmetic(prompt.n_tokens, facts.d_head)
    pattern, every = (statistics.median(column) for column in zip(*times, strict=True))
    worst = max(first for first, _ in times)
    print(f"{facts.name}, T = {prompt.n_tokens}: click to pattern painted {pattern:.0f} ms (median of {ROUNDS}, worst "
          f"{worst:.0f}), to all panels {every:.0f} ms; bare arithmetic of the pattern {bare:.1f} ms, "
          f"ratio {pattern / bare:.1f}")


if __name__ == "__main__":
    main()
