"""A matrix as colours."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.figures.axis import Axis, Scale
from analysis.figures.drawing.axes import cell_ticks, color_bar, color_map, contrasting, name_axes, norm, size_of
from analysis.figures.drawing.cells import Cut, choose, pool, values_of
from analysis.figures.drawing.lines import joined, labels, numbers, quoted
from analysis.figures.figure import Figure
from analysis.figures.kind import Kind, Piece, Range
from analysis.figures.style import Style
from analysis.values import BoolArray, FloatArray, HeadId, ModelFacts, frozen

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SMALLEST = 192
"""Pooling stops when both sides are at most this: no panel is smaller in pixels."""
FEW = 1024
"""Cells up to this many are drawn as squares where lines stay lines."""
FLATTEST, TALLEST = 0.16, 1.25
"""Height of the matrix over its width."""
MOST_HATCHED = 20_000
"""More cells than this are no mosaic: they are left as they are."""
SHARP = 800
"""Pixels a side that a bitmap inside PDF and SVG has at least: viewers smooth what they enlarge."""
MAX_BITMAP = 2400
"""Pixels a side that it has at most: 600 dots an inch over 100 mm."""


@dataclass(frozen=True, eq=False)
class Heatmap(Figure):
    """A matrix as colours. NaN marks a cell that is undefined (drawn as such, never as zero)."""

    values: FloatArray
    rows: Axis
    cols: Axis
    scale: Scale
    cell_heads: tuple[tuple[HeadId | None, ...], ...] = ()
    """The head that each cell stands for ([rows][cols]), where cells are heads."""
    marked: tuple[int, int] | None = None
    """A cell to outline: (row, col)."""
    levels: tuple[FloatArray, ...] = ()
    """`values` pooled by largest magnitude, 2 × 2 a step; levels[0] is `values`. Empty: draw `values`."""
    faint: BoolArray | None = None
    """[rows, cols]: cells that are not significant, drawn dimmed and hatched; the note says by which test."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", frozen(self.values, (self.rows.size, self.cols.size), "heatmap"))
        if self.faint is not None:
            object.__setattr__(self, "faint", frozen(self.faint, self.values.shape, "faint", np.bool_))
        if self.cell_heads and len(self.cell_heads) != self.rows.size:
            raise ValueError("cell_heads needs one row for each row of values")


def with_levels(figure: Heatmap) -> Heatmap:
    """The heatmap with its pyramid: each level is the one before, 2 × 2 cells pooled into the largest |value|."""
    levels, signed = [figure.values], figure.scale.kind == "diverging"
    while max(levels[-1].shape) > SMALLEST:
        levels.append(pool(levels[-1], signed))
    return replace(figure, levels=tuple(levels)) if len(levels) > 1 else figure


def mosaic(
    facts: ModelFacts, selected: HeadId | None, numbers: FloatArray, title: str, scale: Scale, note: str,
    faint: BoolArray | None = None,
) -> Heatmap:
    """[layers, heads] of one number (and one mark) a head in the model's order; cross-attention heads to the right."""
    wide = facts.n_heads * (2 if facts.has_cross else 1)
    values = np.full((facts.n_layers, wide), np.nan, np.float32)
    hatched = np.zeros(values.shape, bool)
    cells: list[list[HeadId | None]] = [[None] * wide for _ in range(facts.n_layers)]
    for place, head in enumerate(facts.heads):
        at = head.layer, column(head, facts.n_heads)
        values[at], cells[at[0]][at[1]] = numbers[place], head
        hatched[at] = faint is not None and faint[place]
    columns = tuple(f"{kind}{index}" for kind in "HX" for index in range(facts.n_heads))[:wide]
    rows = Axis("layer", facts.n_layers, tuple(f"L{layer}" for layer in range(facts.n_layers)))
    return Heatmap(
        title, values, rows, Axis("head", wide, columns), scale, note=note, cell_heads=tuple(map(tuple, cells)),
        marked=(selected.layer, column(selected, facts.n_heads)) if selected in facts.heads else None,
        faint=hatched if faint is not None else None,
    )


def column(head: HeadId, n_heads: int) -> int:
    """Where a head stands in its layer's row."""
    return head.index + (n_heads if head.kind == "cross" else 0)


# ---- numbers -----------------------------------------------------------------------------------------------------


def _arrays(figure: Heatmap) -> dict[str, Any]:
    return {"values": figure.values, "row_labels": labels(figure.rows), "col_labels": labels(figure.cols)}


def _lines(figure: Heatmap) -> list[str]:
    head = joined([f"{figure.rows.name} \\ {figure.cols.name}", *labels(figure.cols)])
    rows = zip(labels(figure.rows), figure.values, strict=True)
    return [head, *(f"{quoted(name)},{numbers(row)}" for name, row in rows)]


def _facts(figure: Heatmap) -> dict[str, str]:
    return {"row_axis": figure.rows.name, "col_axis": figure.cols.name, "value": figure.scale.label}


# ---- on paper ----------------------------------------------------------------------------------------------------


def _extent(figure: Heatmap) -> tuple[Range, Range]:
    return (0.0, float(figure.cols.size)), (0.0, float(figure.rows.size))


def _height(piece: Piece, width: float, style: Style) -> float:
    (left, right), (top, bottom) = piece.shown or _extent(piece.figure)  # type: ignore[arg-type]
    tall, wide = bottom - top, right - left
    # A few rows of many cells still need room for their labels.
    least = tall * 1.15 * style.text_size / width if tall <= 64 else FLATTEST
    return width * min(TALLEST, max(tall / wide, min(least, 1.0), FLATTEST))


def _draw(piece: Piece, axes: Axes, style: Style, dots: float) -> str:
    figure = piece.figure
    assert isinstance(figure, Heatmap)
    cols, rows = piece.shown or _extent(figure)
    axes.set_xlim(cols[0] + figure.cols.first - 0.5, cols[1] + figure.cols.first - 0.5)
    axes.set_ylim(rows[1] + figure.rows.first - 0.5, rows[0] + figure.rows.first - 0.5)
    square = math.isclose(rows[1] - rows[0], cols[1] - cols[0])
    axes.set_aspect("equal" if square else "auto", anchor="NW")
    axes.apply_aspect()
    mappable = _cells(figure, axes, style, _cut(figure, cols, rows, axes, dots))
    for name, axis in (("x", figure.cols), ("y", figure.rows)):
        cell_ticks(axes, name, axis, style)
    name_axes(axes, figure.cols.full_name, figure.rows.full_name, style)
    if figure.faint is not None and figure.faint.size <= MOST_HATCHED:
        _hatch(figure, axes, style)
    if piece.numbers:
        _write_values(figure, axes, mappable, piece.numbers, style)
    if figure.marked:
        _outline(figure, axes, style)
    if style.color_bar:
        color_bar(axes, mappable, figure.scale, style)
    cut = _cut(figure, cols, rows, axes, style.dots)
    tall, wide = 1 << cut.row_power, 1 << cut.col_power
    return f"each dot shows the largest of {tall} × {wide} cells" if tall > 1 or wide > 1 else ""


def _cut(figure: Heatmap, cols: Range, rows: Range, axes: Axes, dots: float) -> Cut:
    """What of the matrix is drawn where a point has so many pixels."""
    wide, tall = size_of(axes)
    dots = min(dots, MAX_BITMAP / max(wide, tall))
    pixel = tall * dots / (rows[1] - rows[0]), wide * dots / (cols[1] - cols[0])
    return choose(figure.values.shape, rows, cols, pixel)


def _cells(figure: Heatmap, axes: Axes, style: Style, cut: Cut) -> Any:
    """Draws the cells; the artist that has their colours."""
    values = values_of(figure.levels or (figure.values,), cut)
    if figure.scale.kind == "log":
        values = np.maximum(values, np.float32(figure.scale.low))
    look: Any = {"cmap": color_map(figure.scale.kind, style.dark), "norm": norm(figure.scale)}
    left, top = cut.col + figure.cols.first - 0.5, cut.row + figure.rows.first - 0.5
    right, bottom = left + (values.shape[1] << cut.col_power), top + (values.shape[0] << cut.row_power)
    if style.vector and values.size <= FEW:
        edges = np.linspace(left, right, values.shape[1] + 1), np.linspace(top, bottom, values.shape[0] + 1)
        # Their own edges cover the seams that viewers show between squares that only meet.
        return axes.pcolormesh(*edges, np.ma.masked_invalid(values), edgecolors="face", linewidth=0.4, **look)
    times = max(1, -(-SHARP // max(values.shape))) if style.vector else 1
    values = values.repeat(times, 0).repeat(times, 1)
    return axes.imshow(np.ma.masked_invalid(values), extent=(left, right, bottom, top), interpolation="none",
                       aspect=axes.get_aspect(), origin="upper", **look)


def _hatch(figure: Heatmap, axes: Axes, style: Style) -> None:
    """Cells that are not significant: dimmed, with a slanting line."""
    from matplotlib.collections import LineCollection, PolyCollection

    assert figure.faint is not None
    corners = np.argwhere(figure.faint)[:, None, ::-1] + [figure.cols.first - 0.5, figure.rows.first - 0.5]
    squares, slants = ([(0, 0), (1, 0), (1, 1), (0, 1)], [(0, 1), (1, 0)])
    for one in (PolyCollection(list(corners + squares), facecolor=style.paper, alpha=0.47, linewidth=0),
                LineCollection(list(corners + slants), colors=style.edge, linewidths=0.4)):
        axes.add_collection(one, autolim=False)


def _write_values(figure: Heatmap, axes: Axes, mappable: Any, spec: str, style: Style) -> None:
    """The value of each cell on it, in black or white; a faint cell is about as bright as the paper."""
    for (row, col), value in np.ndenumerate(figure.values):
        if math.isfinite(value):
            faint = figure.faint is not None and figure.faint[row, col]
            color = contrasting((float(not style.dark),) * 3) if faint else contrasting(mappable.to_rgba(value))
            axes.text(col + figure.cols.first, row + figure.rows.first, format(value, spec), ha="center",
                      va="center_baseline", color=color, clip_on=True)


def _outline(figure: Heatmap, axes: Axes, style: Style) -> None:
    """Around the marked cell; around its surroundings where it would vanish under its outline."""
    from matplotlib.patches import Rectangle

    assert figure.marked is not None
    row, col = figure.marked
    wide, tall = size_of(axes)
    cell_wide, cell_tall = wide / abs(axes.viewLim.width), tall / abs(axes.viewLim.height)
    small = cell_wide < 4
    more_x, more_y = (2 / cell_wide, 2 / cell_tall) if small else (0.0, 0.0)
    corner = col + figure.cols.first - 0.5 - more_x, row + figure.rows.first - 0.5 - more_y
    for color, width in ((style.paper, 2.0), (style.accent, 1.0)):
        axes.add_patch(Rectangle(corner, 1 + 2 * more_x, 1 + 2 * more_y, fill=False, edgecolor=color, linewidth=width,
                                 joinstyle="miter", clip_on=not small))


KIND = Kind(
    Heatmap, _arrays, _lines, _draw, _height, "figure.values", _facts,
    empty=lambda figure: not figure.values.size,
    extent=_extent,
)
