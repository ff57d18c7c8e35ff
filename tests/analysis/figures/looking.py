"""Sample figures of every kind, and ways to look at what was made of them."""

from __future__ import annotations

import io
import shutil
import struct
import subprocess
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.image import imread
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from analysis.figures.axis import Axis, Scale
from analysis.figures.figure import Figure
from analysis.figures.heatmap import Heatmap
from analysis.figures.page import Page, Piece, drawn
from analysis.figures.style import Style
from analysis.values import HeadId, PromptSpec, Provenance, Recipe, Selection, as_options
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


def lay_out(pieces: tuple[Piece, ...], style: Style) -> Page:
    """The page without its pixels: how large it is, and its caption."""
    with drawn(pieces, style, None) as page:
        return page


def checkerboard(size: int = 4) -> Heatmap:
    """1 where row + column is odd, else 0."""
    values = (np.indices((size, size)).sum(0) % 2).astype(np.float32)
    axis = Axis("place", size)
    return Heatmap("Checkerboard", values, axis, axis, Scale("sequential", 0.0, 1.0, "value"))


def image_of(data: bytes) -> np.ndarray:
    """[height, width, 3] of a PNG, uint8."""
    return np.rint(imread(io.BytesIO(data))[..., :3] * 255).astype(np.uint8)


def rgb(name: str) -> tuple[int, ...]:
    """ "#17191d" as numbers."""
    return tuple(int(name[place : place + 2], 16) for place in (1, 3, 5))


def chunks(data: bytes) -> list[tuple[str, bytes]]:
    """The chunks of a PNG, as its specification lays them out."""
    found, place = [], 8
    while place < len(data):
        length, kind = struct.unpack(">I4s", data[place : place + 8])
        found.append((kind.decode(), data[place + 8 : place + 8 + length]))
        place += 12 + length
    return found


def run(tool: str, *arguments: str) -> str:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} (poppler-utils) is not here")
    return subprocess.run([tool, *arguments], capture_output=True, text=True, check=True).stdout


def texts_of(pieces: tuple[Piece, ...], style: Style) -> tuple[list[tuple[str, Bbox]], Bbox]:
    """Every text that is drawn with the box of its letters in points, and the page."""
    found: list[tuple[str, Bbox]] = []
    draw = Text.draw

    def note(text: Text, renderer: object, *rest: object, **more: object) -> None:
        draw(text, renderer, *rest, **more)  # type: ignore[arg-type]
        if text.get_visible() and text.get_text().strip():
            found.append((text.get_text(), _letters(text)))

    with pytest.MonkeyPatch.context() as patch, drawn(pieces, style, None) as page:
        patch.setattr(Text, "draw", note)
        page.drawing.canvas.draw()
        return found, Bbox.from_extents(0, 0, page.width, page.height)


def _letters(text: Text) -> Bbox:
    """From the baseline to the height of capitals."""
    box, size = text.get_window_extent(), text.get_fontsize()
    figure = text.get_figure(root=True)
    assert figure is not None
    x0, y0, x1, y1 = (box.extents / (figure.dpi / 72)).tolist()
    descent, height = 0.22 * size, 0.72 * size
    if text.get_rotation() == 90:
        return Bbox.from_extents(x1 - descent - height, y0, x1 - descent, y1)
    return Bbox.from_extents(x0, y0 + descent, x1, y0 + descent + height)
