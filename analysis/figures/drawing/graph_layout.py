"""Where the nodes of a graph stand and how its edges run, in any unit; y grows downwards. Pure numpy."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from analysis.values import HeadId

Places = NDArray[np.float64]


def columns(nodes: Sequence[HeadId]) -> list[list[int]]:
    """One column for the heads of one sublayer: indices of nodes, from the top."""
    groups = groupby(range(len(nodes)), key=lambda node: (nodes[node].layer, nodes[node].kind))
    return [list(group) for _, group in groups]


def column_name(head: HeadId) -> str:
    """The sublayer whose heads stand in a column."""
    return f"L{head.layer}" + ("X" if head.kind == "cross" else "")


def place(nodes: Sequence[HeadId], left: float, top: float, pitch: float, tall: float) -> Places:
    """[n, 2]: x, y of every node; columns are `pitch` apart, the heads of each spread over a height."""
    found = np.zeros((len(nodes), 2))
    for number, column in enumerate(columns(nodes)):
        found[column, 0] = left + number * pitch
        found[column, 1] = top + (np.arange(len(column)) + 0.5) * tall / len(column)
    return found


def closest(places: Places) -> float:
    """The distance of the closest neighbours of a column; infinite where none has two."""
    (x, y), (next_x, next_y) = places[:-1].T, places[1:].T
    return float(np.abs(next_y - y)[next_x == x].min(initial=np.inf))


def curve(places: Places, start: int, end: int, aside: float, middle: float) -> Places:
    """The four points of an edge's cubic Bézier curve, [4, 2].

    It leaves and arrives along the row. Where other nodes of its row stand between its ends, it passes them by
    `aside`, towards the height `middle`.
    """
    first, last = places[start], places[end]
    bend = np.array([0.45 * (last[0] - first[0]), 0.0])
    between = (first[0] < places[:, 0]) & (places[:, 0] < last[0]) & (np.abs(places[:, 1] - first[1]) < 1)
    if abs(last[1] - first[1]) < 1 and between.any():
        bow = np.array([0.0, aside if first[1] < middle else -aside])
        return np.array([first, first + bend / 2 + bow, last - bend / 2 + bow, last])
    return np.array([first, first + bend, last - bend, last])
