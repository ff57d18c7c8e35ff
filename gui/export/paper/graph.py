"""A graph on paper: columns of heads, the edges at least as strong as its threshold, names where there is room."""

from __future__ import annotations

from itertools import groupby, pairwise

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor

from analysis.figures.graph import Graph
from gui.export.paper import Kind, Piece
from gui.export.paper.axes import BASELINE
from gui.export.paper.canvas import Canvas
from gui.theme import colors

RATIO = 0.62
"""Height over width."""
LARGEST, SMALLEST = 3.0, 1.0
"""Radius of a node in points."""
STEPS = 24
"""Straight pieces of one edge."""


def height(canvas: Canvas, piece: Piece, width: float) -> float:
    return width * RATIO


def paint(canvas: Canvas, piece: Piece, rect: QRectF) -> str:
    figure = piece.figure
    assert isinstance(figure, Graph)
    style, places = canvas.style, _places(canvas, figure, rect)
    blue = colors.categorical(style.dark)[0]
    shown = [edge for edge in range(len(figure.edges)) if figure.strengths[edge] >= figure.threshold]
    shown += [figure.marked] if figure.marked is not None and figure.marked not in shown else []
    strongest = float(figure.strengths.max(initial=1e-9))
    for edge in sorted(shown, key=lambda edge: float(figure.strengths[edge])):
        share, marked = float(figure.strengths[edge]) / strongest, edge == figure.marked
        color = QColor(style.accent if marked else blue)
        color.setAlphaF(1.0 if marked else 0.3 + 0.6 * share)
        start, end = (places[node] for node in figure.edges[edge].tolist())
        canvas.lines([_curve(start, end)], color, 0.5 + 1.5 * share, dashed=marked)
    _nodes(canvas, figure, places, {node for edge in shown for node in figure.edges[edge].tolist()})
    said = f"edges with {figure.strength_name} ≥ {figure.threshold:.1f}; filled: {figure.node_name}"
    return f"{said}; dashed: {figure.below.note}" if figure.below is not None else said


def _places(canvas: Canvas, figure: Graph, rect: QRectF) -> list[QPointF]:
    """One column for the heads of one sublayer, its name below."""
    columns = [list(group) for _, group in groupby(figure.nodes, key=lambda head: (head.layer, head.kind))]
    side = canvas.width("L00H00") + 2
    wide, tall = rect.width() - side - LARGEST, rect.height() - 1.6 * canvas.line_height
    places = []
    for number, column in enumerate(columns):
        x = rect.left() + LARGEST + wide * (number / max(1, len(columns) - 1))
        places += [QPointF(x, rect.top() + (place + 0.5) * tall / len(column)) for place in range(len(column))]
        if number % max(1, round(len(columns) * canvas.width("L00X ") / wide)) == 0:
            name = f"L{column[0].layer}" + ("X" if column[0].kind == "cross" else "")
            canvas.text(x, rect.bottom() - 2, name, "middle", color=canvas.style.edge)
    return places


def _curve(start: QPointF, end: QPointF) -> np.ndarray:
    """Leaves and arrives along the row, [STEPS, 2]: a cubic Bézier curve."""
    t = np.linspace(0, 1, STEPS)[:, None]
    bend = np.array([0.45 * (end.x() - start.x()), 0.0])
    a, d = np.array(start.toTuple()), np.array(end.toTuple())
    points = (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * (a + bend) + 3 * (1 - t) * t**2 * (d - bend) + t**3 * d
    return np.asarray(points)


def _nodes(canvas: Canvas, figure: Graph, places: list[QPointF], linked: set[int]) -> None:
    style = canvas.style
    gap = min((abs(b.y() - a.y()) for a, b in pairwise(places) if a.x() == b.x()), default=20.0)
    radius = max(SMALLEST, min(LARGEST, 0.38 * gap))
    shades = colors.map_colors("sequential", style.dark)
    for node, place in enumerate(places):
        value = float(figure.node_values[node])
        fill = shades[round(min(max(value, 0.0), 1.0) * colors.TOP)] if np.isfinite(value) else style.paper
        if node == figure.selected:
            canvas.dot(place.x(), place.y(), radius + 1.2, style.paper, style.accent)
        canvas.dot(place.x(), place.y(), radius, fill, style.text if node in linked else style.faint)
        if (node in linked or node == figure.selected) and gap > 0.6 * canvas.size:
            name, left = str(figure.nodes[node]), place.x() + radius + 1.5
            # On a patch of paper: its own edges would strike it out.
            patch = QRectF(left - 0.5, place.y() - 0.5 * canvas.size, canvas.width(name) + 1, canvas.size)
            canvas.box(patch, fill=style.paper)
            canvas.text(left, place.y() + BASELINE * canvas.size, name)


PAPER = Kind(Graph, height, paint)
