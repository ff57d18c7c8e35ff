"""Text in rows and columns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

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
    figure: Table = piece.figure
    ends = _lines_of(figure, _widths(figure, width, style), style)[-1:]
    return 8 + (ends[0][0] + _leading(style) if ends else 0.0)


def _draw(piece: Piece, axes: Axes, style: Style, dots: float) -> str:
    """Rows that have no room are left out, and the caption says how many."""
    figure: Table = piece.figure
    wide, tall = in_points(axes)
    widths = _widths(figure, wide, style)

    def rule(y: float, thickness: float) -> None:
        axes.plot([0, sum(widths)], [y, y], color=style.text, linewidth=thickness, clip_on=False)

    lines = _lines_of(figure, widths, style)
    fitting = [(y, row) for y, row in lines if 5 + y + _leading(style) <= tall + 1]
    rule(1, 0.8)
    if any(figure.columns):
        _write_row(axes, figure.columns, widths, 3, style, bold=True)
        rule(3 + _leading(style), 0.4)
    for y, row in fitting:
        _write_row(axes, row.cells, widths, 5 + y, style, row.heading)
    rule(6 + (fitting[-1][0] if fitting else 0.0) + _leading(style), 0.8)
    return f"{len(lines) - len(fitting)} more rows are not shown" if len(fitting) < len(lines) else ""


def _lines_of(figure: Table, widths: list[float], style: Style) -> list[tuple[float, Row]]:
    """What stands on paper, each line with its height below the rules; sections that fold stay closed."""
    lines: list[tuple[float, Row]] = []
    y, folded = _leading(style) * any(figure.columns), False
    for row in figure.rows:
        folded = row.folds if row.heading else folded
        if not folded:
            y += _leading(style) * ABOVE_HEADING * (row.heading and bool(lines))
            text = with_minus(row.cells[0])
            for words in wrapped(text, sum(widths), style.text_size) if row.prose else row.cells[:1]:
                lines.append((y, replace(row, cells=(words, *row.cells[1:]))))
                y += _leading(style)
    return lines


def _leading(style: Style) -> float:
    return 1.15 * LEADING * style.text_size


def _widths(figure: Table, wide: float, style: Style) -> list[float]:
    """Of the columns. No more in all than their texts need: eyes lose the line across a wider table.

    Columns after the first are as wide as their texts, and narrower where the first would have less than a third.
    """
    if not figure.columns:
        return []
    body = [row.cells for row in figure.rows if not (row.heading or row.prose)]
    first, *others = (
        max(width(cell, style.text_size, bold=True) for cell in cells) + SPACE
        for cells in zip(figure.columns, *body, strict=True)
    )
    alone = [width(row.cells[0], style.text_size, bold=True) for row in figure.rows if row.heading]
    wide = min(wide, LOOSE * max([first + sum(others), *alone]))
    share = min(1.0, max(0.67 * wide, wide - first) / max(1e-9, sum(others)))
    return [wide - share * sum(others), *(share * one for one in others)]


def _write_row(axes: Axes, cells: tuple[str, ...], widths: list[float], y: float, style: Style, bold: bool) -> None:
    """The first cell at the left, the others at the right of their columns; one that is alone over all columns."""
    rights, alone = np.cumsum(widths).tolist(), not any(cells[1:])
    for column, (text, right) in enumerate(zip(cells, rights, strict=True)):
        room = rights[-1] if alone else widths[column] - (SPACE if column else 0)
        words = shortened(with_minus(text), room, style.text_size, bold)
        if words:
            axes.text(right if column else 0.0, y + 0.82 * _leading(style) - 0.5, shown(words), va="baseline",
                      ha="right" if column else "left", fontsize=style.text_size, weight="bold" if bold else "normal")


KIND = Kind(
    Table, _arrays, _lines, _draw, _height, "[row.cells for row in figure.rows]",
    empty=lambda figure: not figure.rows,
    bare=True,
)
