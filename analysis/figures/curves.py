"""Lines over one x."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.figures.drawing.axes import name_axes, number_ticks, size_of
from analysis.figures.drawing.colormaps import categorical
from analysis.figures.drawing.lines import joined, numbers
from analysis.figures.drawing.text import LEADING, shortened, shown, width
from analysis.figures.figure import Figure
from analysis.figures.kind import Kind, Piece, Range
from analysis.figures.style import Style
from analysis.values import FloatArray, HeadId, frozen

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RATIO, TALLEST = 0.58, 170.0
"""Height of the frame over its width, and the most of it in points."""
SWATCH = 14.0
"""Points that a legend's line and the air around its text take."""


@dataclass(frozen=True, eq=False)
class Series:
    """One line of a Curves figure; NaN leaves a gap."""

    label: str
    y: FloatArray
    head: HeadId | None = None
    emphasis: bool = False


@dataclass(frozen=True, eq=False)
class Curves(Figure):
    """Lines over one shared x."""

    x: FloatArray
    series: tuple[Series, ...]
    x_name: str
    y_name: str
    y_range: tuple[float, float] | None = None
    bars: bool = False
    """Draw bars instead of lines (spectra)."""
    marks: tuple[tuple[float, str], ...] = ()
    """Vertical lines with a label, at x (for example the lags 1, L − 1, L)."""

    def __post_init__(self) -> None:
        x = frozen(self.x, (None,), "x")
        object.__setattr__(self, "x", x)
        for line in self.series:
            object.__setattr__(line, "y", frozen(line.y, (len(x),), f"series {line.label!r}"))


# ---- numbers -----------------------------------------------------------------------------------------------------


def _arrays(figure: Curves) -> dict[str, Any]:
    y = np.stack([line.y for line in figure.series]) if figure.series else np.empty((0, len(figure.x)), np.float32)
    return {"x": figure.x, "y": y, "series": [line.label for line in figure.series]}


def _lines(figure: Curves) -> list[str]:
    columns = np.column_stack([figure.x, *(line.y for line in figure.series)])
    return [joined([figure.x_name, *(line.label for line in figure.series)]), *map(numbers, columns)]


# ---- on paper ----------------------------------------------------------------------------------------------------


def _extent(figure: Curves) -> tuple[Range, Range]:
    """All of x and y, with a little air."""
    if not len(figure.x):
        return (0.0, 1.0), (0.0, 1.0)
    left, right = float(figure.x.min()), float(figure.x.max())
    air = 0.6 if figure.bars else ((right - left) * 0.02 or 0.5)
    every = np.concatenate([line.y for line in figure.series]) if figure.series else np.empty(0)
    every = every[np.isfinite(every)]
    low, high = (float(every.min()), float(every.max())) if len(every) else (0.0, 1.0)
    if figure.bars:
        low, high = min(0.0, low), max(0.0, high)
    pad = (high - low) * 0.05 or 0.5
    low, high = figure.y_range or (low - pad * (low != 0 or not figure.bars), high + pad)
    return (left - air, right + air), (low, high)


def _draw(piece: Piece, axes: Axes, style: Style, dots: float) -> str:
    figure = piece.figure
    assert isinstance(figure, Curves)
    x, y = piece.shown or _extent(figure)
    axes.set(xlim=x, ylim=y)
    named = _named(figure, style)
    handles = (_bars if figure.bars else _lines_on)(figure, axes, style, named)
    number_ticks(axes, style)
    name_axes(axes, figure.x_name, figure.y_name, style)
    rows = _marks(figure, axes, style, x)
    if len(figure.series) > 1:
        _legend(figure, axes, style, handles, list(named), rows)
    return ""


def _named(figure: Curves, style: Style) -> dict[int, str]:
    """The series with a colour of their own: emphasised ones first, as many as there are colours."""
    shades = categorical(style.dark)
    order = sorted(range(len(figure.series)), key=lambda index: not figure.series[index].emphasis)
    return dict(zip(sorted(order[: len(shades)]), shades, strict=False))


def _lines_on(figure: Curves, axes: Axes, style: Style, named: dict[int, str]) -> list[Any]:
    """Nameless lines first, emphasised ones last."""
    return [axes.plot(figure.x, line.y, color=named.get(index, style.faint),
                      linewidth=1.2 if line.emphasis else 0.8 if index in named else 0.4,
                      zorder=2 + (index in named) / 10 + line.emphasis / 5 - index / 1e6)[0]
            for index, line in enumerate(figure.series)]


def _bars(figure: Curves, axes: Axes, style: Style, named: dict[int, str]) -> list[Any]:
    """Several series stand side by side within one step of x."""
    step = float(np.diff(figure.x).min()) if len(figure.x) > 1 else 1.0
    thickness = 0.8 * step / max(1, len(figure.series))
    return [axes.bar(figure.x + (place - (len(figure.series) - 1) / 2) * thickness, np.nan_to_num(line.y), thickness,
                     color=named.get(place, style.faint), linewidth=0)
            for place, line in enumerate(figure.series)]


# ---- above the frame


def _legend(figure: Curves, axes: Axes, style: Style, handles: list[Any], named: list[int], rows: int) -> None:
    """The named lines, and all others together, above the frame and above `rows` of marks."""
    wide, tall = size_of(axes)
    words = [shown(shortened(figure.series[index].label, wide - 2 * SWATCH, style.text_size)) for index in named]
    others = [index for index in range(len(figure.series)) if index not in named]
    words += [f"{len(others)} more"] if others else []
    widest = max(width(text, style.text_size) for text in words) + SWATCH + 1.4 * style.text_size
    up = (3 + rows * LEADING * style.text_size) / tall
    # Labels that begin with "_" stand for no label in matplotlib.
    axes.legend([handles[index] for index in [*named, *others[:1]]],
                [f"\u200a{text}" if text.startswith("_") else text for text in words],
                loc="lower left", bbox_to_anchor=(0, 1 + up), ncols=max(1, min(len(words), int(wide / widest))))


def _marks(figure: Curves, axes: Axes, style: Style, x: Range) -> int:
    """Dashed lines with their names above the frame, on rows so that no name covers another; how many rows."""
    wide, _ = size_of(axes)
    ends: list[float] = []
    for value, text in sorted(figure.marks):
        place = (value - x[0]) / (x[1] - x[0]) * wide
        if not 0 <= place <= wide:
            continue
        half = width(text, style.text_size) / 2
        middle = min(max(place, half), wide - half)
        row = next((index for index, end in enumerate(ends) if end + 4 <= middle - half), len(ends))
        ends[row : row + 1] = [middle + half]
        up = 3 + row * LEADING * style.text_size
        axes.axvline(value, color=style.edge, linewidth=0.4, dashes=(5, 4), zorder=1)
        if row:  # The line to a name of a higher row runs behind the names below it.
            axes.annotate("", (value, 1), (0, up), ("data", "axes fraction"), "offset points", annotation_clip=False,
                          zorder=2, arrowprops={"arrowstyle": "-", "color": style.edge, "linewidth": 0.4, "shrinkA": 0,
                                      "shrinkB": 0, "linestyle": (0, (5, 4))})
        axes.annotate(shown(text), (value, 1), (middle - place, up), ("data", "axes fraction"), "offset points",
                      ha="center", va="baseline", color=style.edge, fontsize=style.text_size, annotation_clip=False,
                      bbox={"facecolor": style.paper, "edgecolor": "none", "pad": 0.5})
    return len(ends)


KIND = Kind(
    Curves, _arrays, _lines, _draw, lambda piece, width, style: min(TALLEST, RATIO * width),
    "[(line.label, line.y) for line in figure.series]",
    lambda figure: {"x_name": figure.x_name, "y_name": figure.y_name},
    empty=lambda figure: not (figure.series and len(figure.x)),
    extent=_extent,
)
