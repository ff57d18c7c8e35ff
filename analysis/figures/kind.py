"""A kind of figure is one record: how its numbers are written, and how it is drawn. Each has one file here.

A module of this package that defines KIND, a `Kind`, is found by `kind_of` and needs no other edit in the analysis.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from analysis.figures.figure import Figure
from analysis.figures.style import Style
from analysis.values import FloatArray
from analysis.values.modules import modules_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Range = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Piece:
    """One figure of a page, and which part of it is on the screen."""

    figure: Any
    """A Figure; each kind draws its own class."""
    shown: tuple[Range, Range] | None = None
    """The ranges of x and y that are zoomed to, in cells (from 0 to their number) or in the axes' units; None: all."""
    numbers: str = ""
    """Of a heatmap: the format, for example ".2f", in which each cell's value is written on it; empty: none is."""
    weights: FloatArray | None = None
    """Of ink: the weight of every stroke, [n]; None: strokes have no colours."""
    query: int | None = None
    """Of ink: the stroke that asks."""
    letter_weights: FloatArray | None = None
    """Of ink: the weight of every letter of the text, [C]; None: letters have no colours."""
    letter: int | None = None
    """Of ink: the letter that is pointed at, whose weights the strokes have."""
    lifted: bool = False
    """Of ink: whether moves with the pen up are drawn, dotted."""
    weights_words: str = ""
    """What the weights are, for the caption; said only where some are drawn."""


@dataclass(frozen=True)
class Kind:
    """One kind of figure. Lengths are in points."""

    figure: type[Any]
    arrays: Callable[[Any], Mapping[str, Any]]
    """Its numbers and labels by name, as arrays or lists, for NPZ and JSON."""
    lines: Callable[[Any], list[str]]
    """Its numbers as lines of CSV, a header first."""
    draw: Callable[[Piece, Axes, Style, float], str]
    """(piece, axes, style, pixels for a point): draws it; returns what a caption must add (how cells were pooled)."""
    height: Callable[[Piece, float, Style], float]
    """(piece, width, style): the height that suits axes of this width."""
    numbers: str = "figure"
    """Python that gives the numbers of `figure`."""
    facts: Callable[[Any], dict[str, str]] = lambda figure: {}
    """What else is said beside the numbers."""
    empty: Callable[[Any], bool] = lambda figure: False
    """Whether it has no cell, point or row at all."""
    extent: Callable[[Any], tuple[Range, Range] | None] = lambda figure: None
    """The ranges of x and y that hold all there is, as in `Piece.shown`; None where nothing can be zoomed."""
    bare: bool = False
    """Whether it fills its axes, drawn in points from their upper left corner, with nothing around them."""
    whole: Callable[[Piece], bool] = lambda piece: True
    """Whether all that the view's own sentence describes is drawn; only then does a caption repeat it."""


@lru_cache(maxsize=1)
def kinds() -> dict[type[Any], Kind]:
    """All kinds, by the class of their figures."""
    found = [module.KIND for module in modules_of("analysis.figures") if hasattr(module, "KIND")]
    return {kind.figure: kind for kind in found}


def kind_of(figure: Figure) -> Kind:
    """Raises KeyError for a figure of no known kind."""
    return kinds()[type(figure)]


def draw(figure: Figure, axes: Axes, **shown: Any) -> str:
    """Draw a figure into matplotlib axes, in the colours and fonts that are in force there.

    `shown`: fields of `Piece`, for example weights of ink. Returns what a caption must add, or "".
    """
    from matplotlib import rc_context, rcParams
    from matplotlib.colors import to_rgb

    dark = sum(to_rgb(axes.get_facecolor())) < 1.5
    style = Style(dark=dark, text_size=float(rcParams["font.size"]), format="png")
    with rc_context({"text.parse_math": False}):  # A token may well be a dollar sign.
        return kind_of(figure).draw(Piece(figure, **shown), axes, style, axes.figure.dpi / 72)
