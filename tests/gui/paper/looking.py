"""Sample figures of every kind, and ways to look at what was made of them."""

from __future__ import annotations

import struct
from dataclasses import replace

import numpy as np

from analysis.figures.axis import Axis, Scale
from analysis.figures.figure import Figure
from analysis.figures.heatmap import Heatmap
from analysis.values import HeadId, PromptSpec, Provenance, Recipe, Selection, as_options
from gui.export.paper import Piece
from tests.gui.panels import samples

RECIPE = Recipe(
    "pattern",
    Selection(HeadId(1, 5), HeadId(0, 3), 2, as_options({"attention_scale": "log", "norm": "raw"})),
    "/models/größe & <x>.pt",
    8,
    "",
    PromptSpec("repeated_random", as_options({"length": "50", "seed": "3"})),
    ((1, 5, 9), (2, 6, 10)),
    (),
    "ab" * 32,
    0,
    16,
)
WORDS = "Pattern: How much, & where."
ORIGIN = Provenance("model.pt", "cd" * 32, "L1H5", "50 random tokens × 2", WORDS, "0.1.0", RECIPE)

KINDS: dict[str, Figure] = {
    "pattern": samples.heatmap(600),
    "labels": samples.heatmap(20),
    "pairs": samples.composition(),
    "curves": samples.curves(),
    "bars": samples.curves(bars=True),
    "scatter": samples.scatter(),
    "table": samples.table(),
    "ink": samples.ink(),
    "graph": samples.graph(),
}


def piece(name: str) -> Piece:
    return Piece(replace(KINDS[name], provenance=ORIGIN))


def checkerboard(size: int = 4) -> Heatmap:
    """1 where row + column is odd, else 0."""
    values = (np.indices((size, size)).sum(0) % 2).astype(np.float32)
    axis = Axis("place", size)
    return Heatmap("Checkerboard", values, axis, axis, Scale("sequential", 0.0, 1.0, "value"))


def chunks(data: bytes) -> list[tuple[str, bytes]]:
    """The chunks of a PNG, as its specification lays them out."""
    found, place = [], 8
    while place < len(data):
        length, kind = struct.unpack(">I4s", data[place : place + 8])
        found.append((kind.decode(), data[place + 8 : place + 8 + length]))
        place += 12 + length
    return found
