"""SVG: a text element for each text."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from analysis.figures.formats import Format
from analysis.figures.style import FINEST, Style

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing


def draw(drawing: Drawing, words: dict[str, str], origin: str, style: Style) -> bytes:
    """The origin stands in the metadata, as a keyword."""
    said = {"Title": words["Title"], "Description": words["Description"], "Creator": words["Software"],
            "Keywords": origin, "Date": None}
    buffer = io.BytesIO()
    drawing.savefig(buffer, format="svg", dpi=FINEST, metadata=said)
    return buffer.getvalue()


FORMAT = Format("svg", "SVG", draw, order=20)
