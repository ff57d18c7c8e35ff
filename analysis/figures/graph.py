"""Heads and the edges between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.figures.curves import Curves
from analysis.figures.drawing import colormaps, graph_layout
from analysis.figures.drawing.axes import color_map, in_points
from analysis.figures.drawing.lines import joined, numbers
from analysis.figures.drawing.text import LEADING, width
from analysis.figures.figure import Figure
from analysis.figures.kind import Kind, Piece
from analysis.figures.style import Style
from analysis.values import FloatArray, HeadId, IntArray, frozen

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RATIO = 0.62
"""Height over width."""
LARGEST, SMALLEST = 3.0, 1.0
"""Radius of a node in points."""


@dataclass(frozen=True, eq=False)
class Graph(Figure):
    """Heads as nodes, in columns in the order in which they write; edges between them with a strength.

    Edges below a threshold are hidden; a person drags it. A click on an edge selects its pair.
    """

    nodes: tuple[HeadId, ...]
    edges: IntArray  # [n, 2]: the earlier and the later head, as indices of nodes
    strengths: FloatArray  # [n], above 0
    strength_name: str
    threshold: float
    """Where it stands at first."""
    node_values: FloatArray  # [nodes], 0 … 1: the nodes' colours; NaN where unknown
    node_name: str
    marked: int | None = None
    """The edge that is selected."""
    below: Curves | None = None
    """What the selected edge does, drawn under the graph."""
    selected: int | None = None
    """The node of the selected head."""

    def __post_init__(self) -> None:
        edges = frozen(self.edges, (None, 2), "edges", np.int64)
        object.__setattr__(self, "edges", edges)
        object.__setattr__(self, "strengths", frozen(self.strengths, (len(edges),), "strengths"))
        object.__setattr__(self, "node_values", frozen(self.node_values, (len(self.nodes),), "node values"))
        if len(edges) and not (edges.min() >= 0 and edges.max() < len(self.nodes)):
            raise ValueError(f"an edge names a node outside 0 … {len(self.nodes) - 1}")
        if self.selected is not None and not 0 <= self.selected < len(self.nodes):
            raise ValueError(f"there is no node {self.selected} to mark")
        if self.marked is not None and not 0 <= self.marked < len(edges):
            raise ValueError(f"there is no edge {self.marked} to mark")


# ---- numbers -----------------------------------------------------------------------------------------------------


def _arrays(figure: Graph) -> dict[str, Any]:
    return {"nodes": [str(head) for head in figure.nodes], "edges": figure.edges, "strengths": figure.strengths,
            "node_values": figure.node_values}


def _lines(figure: Graph) -> list[str]:
    pairs = ([str(figure.nodes[node]) for node in edge] for edge in figure.edges.tolist())
    rows = (f"{joined(pair)},{numbers(one)}" for pair, one in zip(pairs, figure.strengths[:, None], strict=True))
    return [joined(["earlier", "later", figure.strength_name]), *rows]


# ---- on paper: columns of heads, the edges at least as strong as the threshold, names where there is room ----------


def _draw(piece: Piece, axes: Axes, style: Style, dots: float) -> str:
    figure = piece.figure
    assert isinstance(figure, Graph)
    wide, tall = in_points(axes)
    heads, size = graph_layout.columns(figure.nodes), style.text_size
    pitch = (wide - width("L00H00", size) - 2 - LARGEST) / max(1, len(heads) - 1)
    places = graph_layout.place(figure.nodes, LARGEST, 0.0, pitch, tall - 1.6 * LEADING * size)
    every = max(1, -(-int(width("L00X ", size)) // max(1, int(pitch))))
    for column in heads[::every]:
        axes.text(places[column[0], 0], tall - 2, graph_layout.column_name(figure.nodes[column[0]]), ha="center",
                  va="baseline", color=style.edge, fontsize=size)
    shown = [edge for edge, strength in enumerate(figure.strengths)
             if strength >= figure.threshold or edge == figure.marked]
    _edges(figure, axes, places, shown, style)
    _nodes(figure, axes, places, set(figure.edges[shown].ravel().tolist()), style)
    said = f"edges with {figure.strength_name} ≥ {figure.threshold:.1f}; filled: {figure.node_name}"
    return f"{said}; dashed: {figure.below.note}" if figure.marked is not None and figure.below is not None else said


def _edges(figure: Graph, axes: Axes, places: np.ndarray, shown: list[int], style: Style) -> None:
    """Strong ones on top; the selected one is dashed."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    strongest = float(figure.strengths.max(initial=1e-9))
    middle = float(places[:, 1].mean()) if len(places) else 0.0
    for edge in sorted(shown, key=lambda edge: float(figure.strengths[edge])):
        share, marked = float(figure.strengths[edge]) / strongest, edge == figure.marked
        start, end = figure.edges[edge].tolist()
        points = graph_layout.curve(places, start, end, 3 * LARGEST, middle)
        color = style.accent if marked else colormaps.categorical(style.dark)[0]
        axes.add_patch(PathPatch(Path(points, [Path.MOVETO, *[Path.CURVE4] * 3]), fill=False, edgecolor=color,
                                 alpha=1.0 if marked else 0.3 + 0.6 * share, linewidth=0.5 + 1.5 * share,
                                 linestyle=(0, (4, 3)) if marked else "solid"))


def _nodes(figure: Graph, axes: Axes, places: np.ndarray, linked: set[int], style: Style) -> None:
    from matplotlib.patches import Circle

    gap = min(20.0, graph_layout.closest(places))
    radius = max(SMALLEST, min(LARGEST, 0.38 * gap))
    fills = color_map("sequential", style.dark).with_extremes(bad=style.paper)(np.ma.masked_invalid(figure.node_values))
    for node, (place, fill) in enumerate(zip(places.tolist(), fills, strict=True)):
        if node == figure.selected:
            axes.add_patch(Circle(place, radius + 1.2, facecolor=style.paper, edgecolor=style.accent, linewidth=0.8,
                                  zorder=3))
        edge = style.text if node in linked else style.faint
        axes.add_patch(Circle(place, radius, facecolor=fill, edgecolor=edge, linewidth=0.5, zorder=3))
        if (node in linked or node == figure.selected) and gap > 0.6 * style.text_size:
            # On a patch of paper: its own edges would strike it out.
            axes.text(place[0] + radius + 1.5, place[1], str(figure.nodes[node]), va="center_baseline", zorder=4,
                      fontsize=style.text_size, bbox={"facecolor": style.paper, "edgecolor": "none", "pad": 0.3})


KIND = Kind(
    Graph, _arrays, _lines, _draw, lambda piece, width, style: RATIO * width,
    "[(figure.nodes[a].label, figure.nodes[b].label, strength) for (a, b), strength in "
    "zip(figure.edges.tolist(), figure.strengths.tolist())]",
    lambda figure: {"strength": figure.strength_name, "node_value": figure.node_name},
    empty=lambda figure: not figure.nodes,
    bare=True,
)
