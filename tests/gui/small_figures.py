"""One small figure of each kind, with everything that an export of numbers writes."""

from __future__ import annotations

import numpy as np

from analysis.figures.axis import Axis, Scale
from analysis.figures.curves import Curves, Series
from analysis.figures.figure import Figure
from analysis.figures.graph import Graph
from analysis.figures.heatmap import Heatmap
from analysis.figures.ink import Ink
from analysis.figures.scatter import Scatter
from analysis.figures.table import Row, Table
from analysis.values import HeadId, PromptSpec, Provenance, Recipe, Selection, as_options

RECIPE = Recipe(
    "pattern", Selection(HeadId(1, 5), HeadId(0, 3), 2, as_options({"attention_scale": "log"})), "größe.pt", 8, "",
    PromptSpec("repeated_random", as_options({"length": "50"})), ((1, 5), (2, 6)), (), "ab" * 32, 0, 16,
)
ORIGIN = Provenance("model.pt", "cd" * 32, "L1H5", "50 random tokens × 2", "Pattern: how much,\n& where.", "0.1.0",
                    RECIPE)
HEADS = (HeadId(0, 0), HeadId(1, 0), HeadId(1, 1))


def heatmap() -> Heatmap:
    values = np.array([[0.1, np.nan, 1e-9], [-3.25, 1 / 3, 7e8]], np.float32)
    rows, cols = Axis("query", 2, ("θ 1°", 'say "x"')), Axis("key", 3, ("a", "b,c", "a"))
    return Heatmap("Matrix", values, rows, cols, Scale("diverging", -1, 1, "z"), provenance=ORIGIN, note="raw")


def curves() -> Curves:
    x = np.array([0, 0.5, 1e6], np.float32)
    lines = (Series("a, b", x / 3), Series("c", np.array([1, np.nan, np.inf], np.float32)))
    return Curves("Lines", x, lines, "lag", "attention", provenance=ORIGIN, note="mean of 4")


def scatter() -> Scatter:
    points = np.array([[1, 2], [1 / 3, -4]], np.float32)
    return Scatter("Points", points, "Re λ", "Im λ", ("p", "q, r"), provenance=ORIGIN, note="all of them")


def ink() -> Ink:
    strokes = np.array([[0, 0, 1, 2], [1, 2, 1 / 3, 4], [5, 0, 6, 1]], np.float32)
    reading = np.linspace(0, 1, 14, dtype=np.float32).reshape(7, 2)
    return Ink("Ink", strokes, np.array([True, False, True]), np.array([[0, 1], [2, 3], [4, 5]]), (0, 2),
               ("θ 1°", "r 2", "θ 3°", "r 4", "θ 5°", "r 6", "end"), ("a", "␣"), reading, "L1X2",
               provenance=ORIGIN, note="two words")


def graph() -> Graph:
    strengths = np.array([4.5, 0.25], np.float32)
    return Graph("Edges", HEADS, np.array([[0, 1], [0, 2]]), strengths, "z", 1.0,
                 np.array([0.5, np.nan, 1], np.float32), "induction", 0, curves(), selected=1, provenance=ORIGIN,
                 note="two heads")


def table() -> Table:
    rows = (Row(("Group", ""), heading=True), Row(("induction, kept", "0.98")), Row(("a\nb", '"x"')))
    return Table("Words", ("what", "value"), rows, provenance=ORIGIN, note="one head")


FIGURES: dict[str, Figure] = {
    "heatmap": heatmap(), "curves": curves(), "scatter": scatter(), "ink": ink(), "graph": graph(), "table": table(),
    "empty": Curves("Nothing", np.empty(0, np.float32), (), "x", "y"),
}
