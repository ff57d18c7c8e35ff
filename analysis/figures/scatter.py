"""Points in a plane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.figures.drawing.axes import name_axes, number_ticks, size_of
from analysis.figures.drawing.colormaps import categorical
from analysis.figures.drawing.lines import joined, numbers, quoted
from analysis.figures.figure import Figure
from analysis.figures.kind import Kind, Piece, Range
from analysis.figures.style import Style
from analysis.values import FloatArray, frozen

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RADIUS = 1.7
"""Points."""
FLATTEST, TALLEST = 0.45, 0.85
"""Height of the frame over its width."""


@dataclass(frozen=True, eq=False)
class Scatter(Figure):
    """Labelled points in a plane with equal axes, for example eigenvalues."""

    points: FloatArray  # [n, 2]
    x_name: str
    y_name: str
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "points", frozen(self.points, (None, 2), "points"))
        if self.labels and len(self.labels) != len(self.points):
            raise ValueError("one label for each point")


def _arrays(figure: Scatter) -> dict[str, Any]:
    return {"points": figure.points, "labels": list(figure.labels)}


def _lines(figure: Scatter) -> list[str]:
    labels = figure.labels or ("",) * len(figure.points)
    rows = (f"{numbers(point)},{quoted(label)}" for point, label in zip(figure.points, labels, strict=True))
    return [joined([figure.x_name, figure.y_name, "label"]), *rows]


def _extent(figure: Scatter) -> tuple[Range, Range]:
    """All points and the origin."""
    finite = figure.points[np.isfinite(figure.points).all(1)]
    corners = np.concatenate((finite, np.zeros((1, 2), np.float32)))
    low, high = corners.min(0).astype(float), corners.max(0).astype(float)
    pad = 0.06 * float((high - low).max()) or 1.0
    return (low[0] - pad, high[0] + pad), (low[1] - pad, high[1] + pad)


def _height(piece: Piece, width: float, style: Style) -> float:
    assert isinstance(piece.figure, Scatter)
    (left, right), (low, high) = piece.shown or _extent(piece.figure)
    return width * min(TALLEST, max(FLATTEST, (high - low) / (right - left)))


def _draw(piece: Piece, axes: Axes, style: Style, dots: float) -> str:
    """Both axes at one scale, lines through zero."""
    figure = piece.figure
    assert isinstance(figure, Scatter)
    (left, right), (low, high) = piece.shown or _extent(figure)
    wide, tall = size_of(axes)
    # The ranges are widened until a unit is as long across as up.
    unit, x, y = max((right - left) / wide, (high - low) / tall) / 2, (left + right) / 2, (low + high) / 2
    axes.set(xlim=(x - unit * wide, x + unit * wide), ylim=(y - unit * tall, y + unit * tall))
    axes.set_aspect("equal", anchor="NW")
    axes.axhline(0, color=style.faint, linewidth=0.5, zorder=1)
    axes.axvline(0, color=style.faint, linewidth=0.5, zorder=1)
    shade = categorical(style.dark)[0]
    across, up = figure.points.T
    axes.scatter(across, up, s=(2 * RADIUS) ** 2, facecolors=f"{shade}8c", edgecolors=shade, linewidths=0.5)
    number_ticks(axes, style)
    name_axes(axes, figure.x_name, figure.y_name, style)
    return ""


KIND = Kind(
    Scatter, _arrays, _lines, _draw, _height, "figure.points",
    lambda figure: {"x_name": figure.x_name, "y_name": figure.y_name},
    empty=lambda figure: not len(figure.points),
    extent=_extent,
)
