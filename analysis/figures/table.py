"""Text in rows and columns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from analysis.figures.drawing.axes import in_points
from analysis.figures.drawing.lines import joined
from analysis.figures.drawing.text import LEADING, shortened, shown, width, with_minus, wrapped
from analysis.figures.figure import Figure
from analysis.figures.kind import Kind, Piece
from analysis.figures.style import Style
from analysis.values import HeadId

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SPACE = 8.0
"""Points between columns."""
LOOSE = 1.2
"""How much wider than its texts a table gets."""
ABOVE_HEADING = 0.35
"""Lines of space above a heading inside the table."""


@dataclass(frozen=True)
class Row:
    """One row of a Table: texts, a tooltip, and the head or (earlier, later) pair that a click selects."""

    cells: tuple[str, ...]
    tip: str = ""
    head: HeadId | None = None
    pair: tuple[HeadId, HeadId] | None = None
    heading: bool = False
    folds: bool = False
    """Of a heading: the rows under it are hidden until it is clicked."""
    prose: bool = False
    """The first cell is a sentence: it runs over all columns and as many lines as it needs."""


@dataclass(frozen=True)
class Table(Figure):
    """Text in rows and columns."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    spare: tuple[str, ...] = ()
    """Columns of these names go, one name after the other, where there is no room: the rows' tooltips say the same."""

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row.cells) != len(self.columns):
                raise ValueError(f"a row of {len(row.cells)} cells under {len(self.columns)} columns")


def _arrays(figure: Table) -> dict[str, Any]:
    return {"columns": list(figure.columns), "cells": [list(row.cells) for row in figure.rows]}


def _lines(figure: Table) -> list[str]:
    return [joined(list(figure.columns)), *(joined(list(row.cells)) for row in figure.rows)]


# ---- on paper: rules above, under the heads and below; no other lines --------------------------------------------


def _height(piece: Piece, width: float, style: Style) -> float:
    figure = piece.figure
    assert isinstance(figure, Table)
    rows = _rows(figure, _width(figure, width, style), style)
    lines = sum(1 + (ABOVE_HEADING if row.heading and place else 0) for place, row in enumerate(rows))
    return _leading(style) * (lines + any(figure.columns)) + 8


def _draw(piece: Piece, axes: Axes, style: Style, dots: float) -> str:
    """Rows that have no room are left out, and the caption says how many."""
    figure = piece.figure
    assert isinstance(figure, Table)
    wide, tall = in_points(axes)
    wide, y = _width(figure, wide, style), 1.0
    widths = _column_widths(figure, wide, style)
    _rule(axes, wide, y, style, 0.8)
    y += 2
    if any(figure.columns):
        _write_row(axes, figure.columns, widths, y, style, bold=True)
        y += _leading(style)
        _rule(axes, wide, y, style, 0.4)
        y += 2
    rows = _rows(figure, wide, style)
    for place, row in enumerate(rows):
        y += _leading(style) * ABOVE_HEADING * (row.heading and place > 0)
        if y + _leading(style) > tall + 1:
            _rule(axes, wide, y, style, 0.8)
            return f"{len(rows) - place} more rows are not shown"
        _write_row(axes, row.cells, widths, y, style, row.heading)
        y += _leading(style)
    _rule(axes, wide, y + 1, style, 0.8)
    return ""


def _rule(axes: Axes, wide: float, y: float, style: Style, thickness: float) -> None:
    axes.plot([0, wide], [y, y], color=style.text, linewidth=thickness, clip_on=False)


def _rows(figure: Table, wide: float, style: Style) -> list[Row]:
    """The rows that stand on paper: sections that fold stay closed, a sentence has as many lines as it needs."""
    rows: list[Row] = []
    folded = False
    for row in figure.rows:
        folded = row.folds if row.heading else folded
        if folded:
            continue
        rest = row.cells[1:]
        lines = wrapped(row.cells[0], wide, style.text_size) if row.prose else [row.cells[0]]
        rows += [replace(row, cells=(line, *rest)) for line in lines]
    return rows


def _leading(style: Style) -> float:
    return 1.15 * LEADING * style.text_size


def _width(figure: Table, wide: float, style: Style) -> float:
    """No more than its texts need: eyes lose the line across a wider table."""
    body = [row.cells for row in figure.rows if not (row.heading or row.prose)]
    columns = [max(width(cell, style.text_size, bold=True) for cell in cells)
               for cells in zip(figure.columns, *body, strict=True)]
    alone = [width(row.cells[0], style.text_size, bold=True) for row in figure.rows if row.heading]
    return min(wide, LOOSE * max([sum(columns) + SPACE * len(columns), *alone])) if columns else 0.0


def _column_widths(figure: Table, wide: float, style: Style) -> list[float]:
    """Columns after the first as wide as their texts; narrower where the first would have less than a third."""
    body = [Row(figure.columns), *(row for row in figure.rows if not (row.heading or row.prose))]
    widths = [
        max(width(row.cells[column], style.text_size, bold=row is body[0]) for row in body) + SPACE
        for column in range(1, len(figure.columns))
    ]
    first = max((width(row.cells[0], style.text_size, bold=True) for row in body if row.cells), default=0.0)
    room = max(0.67 * wide, wide - first - SPACE)
    share = min(1.0, room / max(1e-9, sum(widths)))
    return [wide - share * sum(widths), *(share * one for one in widths)]


def _write_row(axes: Axes, cells: tuple[str, ...], widths: list[float], y: float, style: Style, bold: bool) -> None:
    x, baseline, alone = 0.0, y + 0.82 * _leading(style) - 0.5, not any(cells[1:])
    for column, (text, wide) in enumerate(zip(cells, widths, strict=True)):
        room = sum(widths) if alone else wide - (SPACE if column else 0)
        words = shortened(with_minus(text), room, style.text_size, bold)
        x += wide if column else 0.0
        if words:
            axes.text(x, baseline, shown(words), ha="right" if column else "left", va="baseline",
                      fontsize=style.text_size, weight="bold" if bold else "normal")
        x += 0.0 if column else wide


KIND = Kind(
    Table, _arrays, _lines, _draw, _height, "[row.cells for row in figure.rows]",
    empty=lambda figure: not figure.rows,
    bare=True,
)
