"""PDF: text as text in fonts that are embedded, bitmaps without loss."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from analysis.figures.formats import Format
from analysis.figures.style import FINEST, Style

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing


def draw(drawing: Drawing, words: dict[str, str], origin: str, style: Style) -> bytes:
    """The origin stands in the keywords."""
    said = {"Title": words["Title"], "Subject": words["Description"], "Creator": words["Software"],
            "Keywords": origin, "CreationDate": None}
    buffer = io.BytesIO()
    drawing.savefig(buffer, format="pdf", dpi=FINEST, metadata=said)
    return buffer.getvalue()


FORMAT = Format("pdf", "PDF", draw, order=10)
