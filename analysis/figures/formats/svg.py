"""SVG: a text element for each text."""

from analysis.figures.formats import Format
from analysis.figures.formats._vector import draw

FORMAT = Format("svg", "SVG", draw, order=20)
