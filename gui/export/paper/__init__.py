"""Figures drawn for paper: what a panel shows, drawn anew in points and millimetres for PNG, SVG and PDF.

A module in this package that defines PAPER, a `Kind`, is found by `kind_of` and needs no other edit. `Kind.height` says
how high the drawing wants to be at a width, `Kind.paint` draws it into a rectangle; both get a `Canvas`, which measures
and draws alike on every device. Two rules: nothing is clipped by the painter, because SVG knows no clipping (cut lines
with `axes.clipped`), and every text goes through `Canvas.text`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRectF

from analysis.figures.figure import Figure
from analysis.values import FloatArray

if TYPE_CHECKING:
    from gui.export.paper.canvas import Canvas

Range = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Piece:
    """One figure of a page, and what of it a person has on the screen."""

    figure: Figure
    shown: tuple[Range, Range] | None = None
    """The ranges of x and y that are zoomed to, in cells or in the numbers of the axes; None: all."""
    weights: FloatArray | None = None
    """Of ink: the weight of every stroke, [n]."""
    query: int | None = None
    """Of ink: the stroke that asks."""
    letter_weights: FloatArray | None = None
    """Of ink: the weight of every letter of the text, [C]."""
    letter: int | None = None
    """Of ink: the letter that is pointed at, whose weights the strokes have."""
    lifted: bool = False
    """Of ink: whether moves with the pen up are drawn."""
    weights_words: str = ""
    """What the weights are, for the caption."""


@dataclass(frozen=True)
class Kind:
    """How one kind of figure is drawn. Lengths are in points."""

    figure: type[Any]
    height: Callable[[Canvas, Piece, float], float]
    """(canvas, piece, width) → the height that suits it."""
    paint: Callable[[Canvas, Piece, QRectF], str]
    """Draws into the rectangle; returns what the caption must add (how cells were pooled), or ""."""
    extent: Callable[[Any], tuple[Range, Range] | None] = lambda figure: None
    """The ranges of x and y that hold all there is; None where nothing can be zoomed."""


@lru_cache
def kinds() -> dict[type[Any], Kind]:
    modules = (importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    found = [module.PAPER for module in modules if hasattr(module, "PAPER")]
    return {kind.figure: kind for kind in found}


def kind_of(figure: Figure) -> Kind:
    """Raises KeyError for a figure that nothing draws on paper."""
    return kinds()[type(figure)]
