"""Sample figures; `python -m tests.gui.panels.samples heatmap` shows one of them in a window of its own."""

from __future__ import annotations

import sys

import numpy as np
from PySide6.QtWidgets import QApplication, QWidget

from analysis.figures.axis import Axis, Scale
from analysis.figures.curves import Curves, Series
from analysis.figures.graph import Graph
from analysis.figures.heatmap import Heatmap
from analysis.figures.ink import Ink
from analysis.figures.scatter import Scatter
from analysis.figures.table import Row, Table
from analysis.values import HeadId, PromptFacts, PromptSpec
from gui.panels.renderers import renderers
from gui.prompt.token_strip import TokenStrip
from gui.theme.colors import apply_theme


def heatmap(size: int = 600) -> Heatmap:
    """An attention pattern with an induction stripe and a sink."""
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(size, size)).astype(np.float32)
    place = np.arange(size)
    scores[place[size // 2 :], place[size // 2 :] - size // 2 + 1] += 9
    scores[:, 0] += 3
    scores[np.triu_indices(size, 1)] = -np.inf
    weights = np.exp(scores - scores.max(1, keepdims=True))
    weights /= weights.sum(1, keepdims=True)
    labels = tuple(f"θ {7 * i % 360}°" if i % 2 == 0 else f"r {i % 50}" for i in range(size))
    rows, cols = Axis("query", size, labels), Axis("key", size, labels)
    return Heatmap("L1H5 attention", weights, rows, cols, Scale("sequential", 0.0, 1.0, "attention"),
                   note="repeated random tokens; sample 0")


def composition(n_layers: int = 3, n_heads: int = 8) -> Heatmap:
    """All pairs, undefined where a head cannot reach another."""
    heads = tuple(HeadId(layer, index) for layer in range(n_layers) for index in range(n_heads))
    values = np.random.default_rng(1).normal(size=(len(heads), len(heads))).astype(np.float32)
    values[[[later.layer <= earlier.layer for later in heads] for earlier in heads]] = np.nan
    values[3, n_heads + 5] = 6.0
    names = tuple(map(str, heads))
    rows, cols = (Axis(name, len(heads), names, heads=heads) for name in ("earlier head", "later head"))
    return Heatmap("K-composition", values, rows, cols, Scale("diverging", -6.0, 6.0, "z"),
                   note="baseline 1/√d_model = 0.088; grey: no path", marked=(3, n_heads + 5))


def curves(count: int = 12, bars: bool = False) -> Curves:
    """Lag spectra of a few heads, or singular values as bars."""
    rng = np.random.default_rng(2)
    if bars:
        values = np.sort(rng.gamma(2.0, size=32))[::-1].astype(np.float32)
        line = Series("singular value", values, emphasis=True)
        return Curves("L1H5 QK singular values", np.arange(1, 33, dtype=np.float32), (line,), "rank", "singular value",
                      note="raw weights; 20 of 32 directions hold 90 % of ‖·‖²",
                      y_range=(0.0, 1.08 * float(values.max())), bars=True)
    x = np.arange(128, dtype=np.float32)
    lines = []
    for index in range(count):
        y = rng.random(128, dtype=np.float32) * 0.05
        y[(1, 63, 64)[index % 3]] += 0.8
        lines.append(Series(f"L1H{index}", y, HeadId(1, index), emphasis=index == 5))
    return Curves("Lag spectra", x, tuple(lines), "lag (query − key)", "mean attention", note="mean of 32 samples",
                  y_range=(0.0, 1.0), marks=((1, "previous"), (63, "induction"), (64, "duplicate")))


def scatter(count: int = 64) -> Scatter:
    """Eigenvalues in the complex plane."""
    rng = np.random.default_rng(3)
    points = rng.normal((1.5, 0), 1, (count, 2)).astype(np.float32)
    labels = tuple(f"{real:.2f} {imag:+.2f}i, |λ| {np.hypot(real, imag):.2f}" for real, imag in points)
    return Scatter("L1H5 OV eigenvalues", points, "Re λ", "Im λ", labels, note="full OV circuit, raw weights")


def graph(layers: int = 4, n_heads: int = 8) -> Graph:
    """Edges of falling strength between heads of neighbouring layers, the strongest one cut."""
    rng = np.random.default_rng(4)
    heads = tuple(HeadId(layer, index) for layer in range(layers) for index in range(n_heads))
    earlier = rng.integers(0, len(heads) - n_heads, 40)
    later = (earlier // n_heads + 1) * n_heads + rng.integers(0, n_heads, 40)
    strengths = (np.sort(rng.gamma(1.5, 6.0, 40))[::-1] + 2).astype(np.float32)
    return Graph("K-composition", heads, np.stack([earlier, later], axis=1), strengths, "z", 12.0,
                 rng.random(len(heads), np.float32), "induction", 0, curves(3), note="click an edge to cut it")


def ink(turns: int = 12, words: int = 3) -> Ink:
    """Words of loops, written from left to right and lifted in between, over a text that they read in order."""
    angle = np.linspace(0, 2 * np.pi * turns, 14 * turns + 1)
    loops = np.column_stack([angle / 60 + 0.06 * np.sin(angle), -0.1 * np.cos(angle)])
    word = np.concatenate([loops[:1], loops[:-1]]), loops
    strokes = np.concatenate([np.hstack(word) + np.array([1.5, 0, 1.5, 0]) * place for place in range(words)])
    n, each = len(strokes), len(loops)
    down = np.arange(n) % 14 != 13
    labels = tuple(f"θ {7 * i % 360}°" if i % 2 == 0 else f"r{i % 50}" for i in range(2 * n))
    letters = tuple("the␣quick␣brown␣fox"[: 6 * words])
    place = np.arange(2 * n)[:, None] / (2 * n) * len(letters)
    reading = np.exp(-((place - np.arange(len(letters))) ** 2))
    return Ink("Handwriting, sample 0", strokes, down, np.arange(2 * n).reshape(n, 2),
               tuple(range(0, n, each)), labels, letters, reading / reading.sum(1, keepdims=True), "L1X2")


def table() -> Table:
    """A head's card."""
    here, partner = HeadId(1, 5), HeadId(0, 3)
    rows = (
        Row(("Scores", "", ""), heading=True),
        Row(("Induction", "0.93", "0.01"), "Mean attention to the token after the previous occurrence, 0 to 1."),
        Row(("Previous token", "0.01", "0.00"), "Mean attention to the token before, 0 to 1."),
        Row(("Composition", "", ""), heading=True),
        Row((f"K ← {partner}", "z +6.0", ""), "The earlier head that feeds K most.", pair=(partner, here)),
        Row(("Strongest of its layer", "", ""), heading=True),
        Row((str(HeadId(1, 2)), "0.41", ""), "Second by induction.", head=HeadId(1, 2)),
    )
    return Table("L1H5", ("", "value", "±"), rows, note="± is one standard error over the samples")


def prompt(tokens: int = 240, context: int = 18) -> PromptFacts:
    """Strokes with the letters that they write."""
    labels = tuple(f"θ {7 * i % 360}°" if i % 2 == 0 else f"r {i % 50}" for i in range(tokens))
    letters = tuple("the quick brown fox jumps over"[:context])
    return PromptFacts(PromptSpec("strokes"), "handwriting", 1, tokens, (labels,), (letters,) if context else ())


def tokens() -> TokenStrip:
    """The strip under a prompt, coloured by the attention of one token."""
    strip = TokenStrip()
    strip.set_prompt(prompt(), 0)
    strip.set_weights(40, np.linspace(0, 1, 240, dtype=np.float32) ** 8)
    return strip


FIGURES = (heatmap, composition, curves, scatter, graph, ink, table)


def show_alone(name: str) -> int:
    """A window with one sample in it, drawn by what draws it in the program."""
    app = QApplication(sys.argv)
    apply_theme(app, "system")
    if name == "tokens":
        shown: QWidget = tokens()
    else:
        figure = next(make for make in FIGURES if make.__name__ == name)()
        shown = renderers()[type(figure)].make(None)
        shown.hovered.connect(shown.setWindowTitle)
        shown.show_figure(figure)
    shown.resize(640, 480)
    shown.show()
    return app.exec()


if __name__ == "__main__":
    names = [make.__name__ for make in FIGURES] + ["tokens"]
    if len(sys.argv) != 2 or sys.argv[1] not in names:
        sys.exit(f"usage: python -m tests.gui.panels.samples {'|'.join(names)}")
    sys.exit(show_alone(sys.argv[1]))
