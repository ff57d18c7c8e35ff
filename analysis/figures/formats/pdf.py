"""PDF: text as text in fonts that are embedded."""

from analysis.figures.formats import Format
from analysis.figures.formats._vector import draw

FORMAT = Format("pdf", "PDF", draw, order=10)
