"""A table on paper: rules above, under the heads and below; no other lines."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QRectF

from analysis.figures.table import Row, Table
from gui.export.paper import Kind, Piece
from gui.export.paper.canvas import Canvas
from gui.theme.text import with_minus

SPACE = 8.0
"""Points between columns."""
LOOSE = 1.2
ABOVE_HEADING = 0.35
"""Lines of space above a heading inside the table."""


def height(canvas: Canvas, piece: Piece, width: float) -> float:
    figure = piece.figure
    assert isinstance(figure, Table)
    rows = _rows(canvas, figure, min(width, LOOSE * _natural(canvas, figure)))
    lines = sum(1 + (ABOVE_HEADING if row.heading and place else 0) for place, row in enumerate(rows))
    return _leading(canvas) * (lines + any(figure.columns)) + 8


def paint(canvas: Canvas, piece: Piece, rect: QRectF) -> str:
    """Rows that have no room are left out, and the caption says how many."""
    figure = piece.figure
    assert isinstance(figure, Table)
    rect = QRectF(rect.left(), rect.top(), min(rect.width(), LOOSE * _natural(canvas, figure)), rect.height())
    left, right, y, edge = rect.left(), rect.right(), rect.top() + 1, canvas.style.text
    widths = _widths(canvas, figure, rect.width())
    canvas.line(left, y, right, y, edge, 0.8)
    y += 2
    if any(figure.columns):
        _row(canvas, figure.columns, widths, rect, y, bold=True)
        y += _leading(canvas)
        canvas.line(left, y, right, y, edge, 0.4)
        y += 2
    rows = _rows(canvas, figure, rect.width())
    for place, row in enumerate(rows):
        y += _leading(canvas) * ABOVE_HEADING * (row.heading and place > 0)
        if y + _leading(canvas) > rect.bottom() + 1:
            canvas.line(left, y, right, y, edge, 0.8)
            return f"{len(rows) - place} more rows are not shown"
        _row(canvas, row.cells, widths, rect, y, row.heading)
        y += _leading(canvas)
    canvas.line(left, y + 1, right, y + 1, edge, 0.8)
    return ""


def _rows(canvas: Canvas, figure: Table, width: float) -> list[Row]:
    """The rows that stand on paper: sections that fold stay closed, a sentence has as many lines as it needs."""
    rows: list[Row] = []
    folded = False
    for row in figure.rows:
        folded = row.folds if row.heading else folded
        if folded:
            continue
        rest = row.cells[1:]
        lines = canvas.wrapped(row.cells[0], width) if row.prose else [row.cells[0]]
        rows += [replace(row, cells=(line, *rest)) for line in lines]
    return rows


def _leading(canvas: Canvas) -> float:
    return 1.15 * canvas.line_height


def _natural(canvas: Canvas, figure: Table) -> float:
    """The width at which nothing is shortened: eyes lose the line across a wider table."""
    body = [row.cells for row in figure.rows if not (row.heading or row.prose)]
    columns = [max(canvas.width(cell, bold=True) for cell in cells)
               for cells in zip(figure.columns, *body, strict=True)]
    alone = [canvas.width(row.cells[0], bold=True) for row in figure.rows if row.heading]
    return max([sum(columns) + SPACE * len(columns), *alone]) if columns else 0.0


def _widths(canvas: Canvas, figure: Table, width: float) -> list[float]:
    """Columns after the first as wide as their texts, as long as that leaves the first a third of the width."""
    body = [Row(figure.columns, heading=False), *(row for row in figure.rows if not (row.heading or row.prose))]
    widths = [
        max((canvas.width(row.cells[column], bold=row is body[0]) for row in body), default=0.0) + SPACE
        for column in range(1, len(figure.columns))
    ]
    share = min(1.0, 0.67 * width / max(1e-9, sum(widths)))
    widths = [wide * share for wide in widths]
    return [width - sum(widths), *widths]


def _row(canvas: Canvas, cells: tuple[str, ...], widths: list[float], rect: QRectF, y: float, bold: bool) -> None:
    x, baseline = rect.left(), y + 0.82 * _leading(canvas) - 0.5
    alone = not any(cells[1:])
    for column, (text, width) in enumerate(zip(cells, widths, strict=True)):
        room = rect.width() if alone else width - (SPACE if column else 0)
        shown = canvas.shortened(with_minus(text), room, bold=bold)
        if column:
            canvas.text(x + width, baseline, shown, "end", bold=bold)
        else:
            canvas.text(x, baseline, shown, bold=bold)
        x += width


PAPER = Kind(Table, height, paint)
