"""What PDF and SVG share: text as text, bitmaps without loss, the origin in the keywords of their metadata."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from analysis.figures.style import FINEST, Style

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing


def draw(drawing: Drawing, words: dict[str, str], origin: str, style: Style) -> bytes:
    description, date = ("Subject", "CreationDate") if style.format == "pdf" else ("Description", "Date")
    said = {"Title": words["Title"], description: words["Description"], "Creator": words["Software"],
            "Keywords": origin, date: None}
    buffer = io.BytesIO()
    drawing.savefig(buffer, format=style.format, dpi=FINEST, metadata=said)
    return buffer.getvalue()
