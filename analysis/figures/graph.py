"""Heads and the edges between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.figures.curves import Curves
from analysis.values import NOWHERE, FloatArray, HeadId, IntArray, Provenance, frozen


@dataclass(frozen=True, eq=False)
class Graph:
    """Heads as nodes, in columns in the order in which they write; edges between them with a strength.

    Edges below a threshold are hidden; a person drags it. A click on an edge selects its pair.
    """

    title: str
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
    provenance: Provenance = NOWHERE
    note: str = ""
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
