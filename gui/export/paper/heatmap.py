"""A matrix on paper: a bitmap whose pixels are cells, or small squares where there are few; a colour bar beside it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage

from analysis.figures.axis import Scale
from analysis.figures.heatmap import Heatmap
from analysis.values import BoolArray
from gui.export.paper import Kind, Piece, Range
from gui.export.paper.axes import BASELINE, GAP, TICK, Plane, Side, framed
from gui.export.paper.canvas import MAX_BITMAP, Canvas
from gui.panels.drawing.hatch import DIM, MOST
from gui.panels.drawing.ticks import log_ticks, nice_ticks
from analysis.figures.drawing.cells import choose, quantise, values_of
from gui.theme import colors

FEW = 1024
"""Cells up to this many are drawn as rectangles where lines do not end in pixels."""
BAR, BAR_GAP = 6.0, 6.0
FLATTEST, TALLEST = 0.16, 1.25
"""Height of the matrix over its width."""
OVERLAP = 0.25
"""Points: neighbouring rectangles overlap, because viewers let the paper shine through between edges that only meet."""


def height(canvas: Canvas, piece: Piece, width: float) -> float:
    figure = piece.figure
    assert isinstance(figure, Heatmap)
    cols, rows = _sides(piece)
    cells = (rows.high - rows.low) / (cols.high - cols.low)
    guess = width * 0.75
    wide = width - rows.room(canvas, guess, True) - _right(canvas, figure.scale, guess)
    # A few rows of many cells still need room for their labels.
    least = (rows.high - rows.low) * 1.15 * canvas.size / wide if rows.high - rows.low <= 64 else FLATTEST
    ratio = min(TALLEST, max(cells, min(least, 1.0), FLATTEST))
    return wide * ratio + cols.room(canvas, wide, False) + canvas.size / 2


def paint(canvas: Canvas, piece: Piece, rect: QRectF) -> str:
    figure = piece.figure
    assert isinstance(figure, Heatmap)
    plane = _plane(canvas, piece, rect)
    pooled = _cells(canvas, figure, plane)
    if figure.faint is not None and figure.faint.size <= MOST:
        _hatch(canvas, plane, figure.faint)
    plane.draw(canvas)
    if figure.marked:
        _outline(canvas, plane, *figure.marked)
    if canvas.style.color_bar:
        _bar(canvas, figure.scale, plane.rect)
    return pooled


def extent(figure: Heatmap) -> tuple[Range, Range]:
    return (0.0, float(figure.cols.size)), (0.0, float(figure.rows.size))


def _sides(piece: Piece) -> tuple[Side, Side]:
    assert isinstance(piece.figure, Heatmap)
    x, y = piece.shown or (None, None)
    return Side.of_cells(piece.figure.cols, x), Side.of_cells(piece.figure.rows, y)


def _right(canvas: Canvas, scale: Scale, length: float) -> float:
    """Room for the colour bar with its texts, or for half of the last tick's text."""
    if not canvas.style.color_bar:
        return canvas.size
    # Which ticks there are is not known before the height is; 0.15 is wider than 0.2.
    counts = range(2, 3 + max(0, int(length / (2.6 * canvas.line_height))))
    widest = max(canvas.width(text) for most in counts for _, text in _bar_ticks(scale, most))
    return BAR_GAP + BAR + TICK + GAP + widest + GAP + canvas.line_height


def _plane(canvas: Canvas, piece: Piece, rect: QRectF) -> Plane:
    figure = piece.figure
    assert isinstance(figure, Heatmap)
    cols, rows = _sides(piece)
    right = _right(canvas, figure.scale, rect.height())
    plane = framed(canvas, cols, rows, rect, canvas.size / 2, right, down=True)
    frame = plane.rect
    if math.isclose(rows.high - rows.low, cols.high - cols.low):
        side = min(frame.width(), frame.height())
        frame = QRectF(frame.left(), frame.top(), side, side)
    return replace(plane, rect=frame)


def _cells(canvas: Canvas, figure: Heatmap, plane: Plane) -> str:
    """Draws the cells; says how they were pooled, if they were."""
    x, y, rect = plane.x, plane.y, plane.rect
    unit = rect.height() / (y.high - y.low), rect.width() / (x.high - x.low)
    most = MAX_BITMAP / max(rect.height(), rect.width()) if canvas.dots is None else math.inf
    pixels = min(canvas.pixels, most)
    cut = choose(figure.values.shape, (y.low, y.high), (x.low, x.high), (unit[0] * pixels, unit[1] * pixels))
    index = quantise(values_of(figure.levels or (figure.values,), cut), figure.scale)
    if canvas.dots is None and index.size <= FEW and cut.row_power == cut.col_power == 0:
        _rectangles(canvas, figure, plane, index, (cut.row, cut.col))
        return ""
    image = QImage(index.data, index.shape[1], index.shape[0], index.shape[1], QImage.Format.Format_Indexed8)
    image.setColorTable(colors.color_table(figure.scale.kind, canvas.style.dark))
    tall, wide = 1 << cut.row_power, 1 << cut.col_power
    source = QRectF((x.low - cut.col) / wide, (y.low - cut.row) / tall,
                    (x.high - x.low) / wide, (y.high - y.low) / tall)
    canvas.image(rect, image.convertToFormat(QImage.Format.Format_RGB32), source)
    return f"each dot shows the largest of {tall} × {wide} cells" if tall > 1 or wide > 1 else ""


def _rectangles(canvas: Canvas, figure: Heatmap, plane: Plane, index: np.ndarray, first: tuple[int, int]) -> None:
    shades, frame = colors.map_colors(figure.scale.kind, canvas.style.dark), plane.rect
    for row in range(len(index)):
        for col in range(index.shape[1]):
            cell = _cell(plane, first[0] + row, first[1] + col).adjusted(0, 0, OVERLAP, OVERLAP)
            canvas.box(cell.intersected(frame), fill=shades[index[row, col]])


def _cell(plane: Plane, row: int, col: int) -> QRectF:
    return QRectF(QPointF(*plane.at(col, row)), QPointF(*plane.at(col + 1, row + 1)))


def _hatch(canvas: Canvas, plane: Plane, faint: BoolArray) -> None:
    """Cells that are not significant: dimmed, with a slanting line."""
    ground = QColor(canvas.style.paper)
    ground.setAlpha(DIM)
    for row, col in np.argwhere(faint).tolist():
        if plane.x.low <= col and col + 1 <= plane.x.high and plane.y.low <= row and row + 1 <= plane.y.high:
            cell = _cell(plane, row, col)
            canvas.box(cell, fill=ground)
            canvas.line(cell.left(), cell.bottom(), cell.right(), cell.top(), canvas.style.edge, 0.4)


def _outline(canvas: Canvas, plane: Plane, row: int, col: int) -> None:
    if not (plane.x.low <= col < plane.x.high and plane.y.low <= row < plane.y.high):
        return
    cell = _cell(plane, row, col)
    if cell.width() < 4:  # A cell that small would vanish under its outline.
        cell.adjust(-2, -2, 2, 2)
    canvas.box(cell, edge=canvas.style.paper, width=2.0)
    canvas.box(cell, edge=canvas.style.accent, width=1.0)


def _bar(canvas: Canvas, scale: Scale, plot: QRectF) -> None:
    """Right of the matrix and as tall: colours, ticks, what they are."""
    style = canvas.style
    bar = QRectF(plot.right() + BAR_GAP, plot.top(), BAR, plot.height())
    ramp = np.repeat(np.arange(colors.TOP, -1, -1, dtype=np.uint8)[:, None], 4, axis=1)
    image = QImage(ramp.data, 4, len(ramp), 4, QImage.Format.Format_Indexed8)
    image.setColorTable(colors.color_table(scale.kind, style.dark))
    canvas.image(bar, image.convertToFormat(QImage.Format.Format_RGB32))
    canvas.box(bar, edge=style.edge)
    ticks = _bar_ticks(scale, max(2, int(bar.height() / (2.6 * canvas.line_height))))
    for share, text in ticks:
        y = bar.bottom() - share * bar.height()
        canvas.line(bar.right(), y, bar.right() + TICK, y, style.edge)
        canvas.text(bar.right() + TICK + GAP, y + BASELINE * canvas.size, text)
    widest = max(canvas.width(text) for _, text in ticks)
    x = bar.right() + TICK + GAP + widest + GAP + 0.9 * canvas.size
    canvas.text(x, bar.center().y(), canvas.shortened(scale.label, bar.height()), "middle", turned=True)


def _bar_ticks(scale: Scale, most: int) -> list[tuple[float, str]]:
    """(share from the bottom, text)."""
    low, high = scale.low, scale.high
    if scale.kind == "log":
        span = math.log(high / low)
        powers = log_ticks(low, high)
        return [(math.log(value / low) / span, text) for value, text in powers[:: -(-len(powers) // most)]]
    least = 3 if scale.kind == "diverging" else 2
    ticks = next(ticks for more in range(9) if len(ticks := nice_ticks(low, high, most + more)) >= least)
    return [((value - low) / (high - low), text) for value, text in ticks]


PAPER = Kind(Heatmap, height, paint, extent)
