"""Points in a plane on paper: both axes at one scale, lines through zero."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor

from analysis.figures.scatter import Scatter
from gui.export.paper import Kind, Piece, Range
from gui.export.paper.axes import Plane, Side, framed
from gui.export.paper.canvas import Canvas
from gui.theme import colors

RADIUS = 1.7
FLATTEST, TALLEST = 0.45, 0.85
"""Height of the frame over its width."""


def height(canvas: Canvas, piece: Piece, width: float) -> float:
    x, y = _sides(piece)
    wide = width - y.room(canvas, width * 0.6, True) - canvas.size
    ratio = (y.high - y.low) / (x.high - x.low)
    return wide * min(TALLEST, max(FLATTEST, ratio)) + x.room(canvas, wide, False) + canvas.size / 2


def paint(canvas: Canvas, piece: Piece, rect: QRectF) -> str:
    figure = piece.figure
    assert isinstance(figure, Scatter)
    x, y = _sides(piece)
    top = canvas.size / 2
    for _ in range(2):  # Equal units widen a range, which changes its numbers.
        frame = framed(canvas, x, y, rect, top).rect
        x, y = _equal(*_sides(piece), frame.width(), frame.height())
    plane = Plane(frame, x, y)
    _zero(canvas, plane)
    fill = QColor(colors.categorical(canvas.style.dark)[0])
    edge = QColor(fill)
    fill.setAlpha(140)
    inside = [(px, py) for px, py in figure.points.tolist() if x.low <= px <= x.high and y.low <= py <= y.high]
    for point in inside:
        canvas.dot(*plane.at(*point), RADIUS, fill, edge)
    plane.draw(canvas)
    return ""


def _sides(piece: Piece) -> tuple[Side, Side]:
    figure = piece.figure
    assert isinstance(figure, Scatter)
    (left, right), (low, high) = piece.shown or extent(figure)
    return Side(figure.x_name, left, right), Side(figure.y_name, low, high)


def extent(figure: Scatter) -> tuple[Range, Range]:
    """All points and the origin."""
    finite = figure.points[np.isfinite(figure.points).all(1)]
    corners = np.concatenate((finite, np.zeros((1, 2), np.float32)))
    low, high = corners.min(0).astype(float), corners.max(0).astype(float)
    pad = 0.06 * float((high - low).max()) or 1.0
    return (low[0] - pad, high[0] + pad), (low[1] - pad, high[1] + pad)


def _equal(x: Side, y: Side, wide: float, tall: float) -> tuple[Side, Side]:
    """The two ranges widened until a unit is as long across as up."""
    unit = max((x.high - x.low) / wide, (y.high - y.low) / tall)
    more_x, more_y = (unit * wide - (x.high - x.low)) / 2, (unit * tall - (y.high - y.low)) / 2
    return Side(x.name, x.low - more_x, x.high + more_x), Side(y.name, y.low - more_y, y.high + more_y)


def _zero(canvas: Canvas, plane: Plane) -> None:
    x, y = plane.at(0.0, 0.0)
    rect, faint = plane.rect, canvas.style.faint
    if rect.top() < y < rect.bottom():
        canvas.line(rect.left(), y, rect.right(), y, faint)
    if rect.left() < x < rect.right():
        canvas.line(x, rect.top(), x, rect.bottom(), faint)


PAPER = Kind(Scatter, height, paint, extent)
