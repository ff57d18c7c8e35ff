"""PNG: pixels, for screens."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from analysis.figures.formats import Format
from analysis.figures.stamp import KEY
from analysis.figures.style import Style

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing


def draw(drawing: Drawing, words: dict[str, str], origin: str, style: Style) -> bytes:
    """The origin stands in a text chunk."""
    buffer = io.BytesIO()
    drawing.savefig(buffer, format="png", dpi="figure", metadata={**words, KEY: origin})
    return buffer.getvalue()


FORMAT = Format("png", "PNG", draw, order=30)
