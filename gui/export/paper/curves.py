"""Lines or bars on paper: a legend and the names of marks above the frame, nothing on the data."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor

from analysis.figures.curves import Curves
from gui.export.paper import Kind, Piece, Range
from gui.export.paper.axes import CAP, Plane, Side, clipped, framed
from gui.export.paper.canvas import Canvas
from gui.theme import colors

RATIO = 0.58
"""Height of the frame over its width."""
TALLEST = 170.0
SWATCH = 10.0
"""Points of line before a name in the legend."""


def height(canvas: Canvas, piece: Piece, width: float) -> float:
    figure = piece.figure
    assert isinstance(figure, Curves)
    x, y = _sides(piece)
    tall = min(TALLEST, RATIO * width)
    wide = width - y.room(canvas, tall, True)
    return tall + x.room(canvas, wide, False) + _above(canvas, figure, piece, wide) + canvas.size / 2


def paint(canvas: Canvas, piece: Piece, rect: QRectF) -> str:
    figure = piece.figure
    assert isinstance(figure, Curves)
    x, y = _sides(piece)
    # How many rows stand above depends on the width, and that on the numbers beside the frame.
    guess = framed(canvas, x, y, rect, canvas.size / 2).rect.width()
    above = _above(canvas, figure, piece, guess) + canvas.size / 2
    plane = framed(canvas, x, y, rect, above)
    shades = _shades(canvas, figure)
    _marks(canvas, figure, plane)
    if figure.bars:
        _bars(canvas, figure, plane, shades)
    else:
        _lines(canvas, figure, plane, shades)
    plane.draw(canvas)
    _legend(canvas, figure, QRectF(plane.rect.left(), rect.top(), plane.rect.width(), above), shades)
    return ""


def _sides(piece: Piece) -> tuple[Side, Side]:
    figure = piece.figure
    assert isinstance(figure, Curves)
    (left, right), (low, high) = piece.shown or extent(figure)
    return Side(figure.x_name, left, right), Side(figure.y_name, low, high)


def extent(figure: Curves) -> tuple[Range, Range]:
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


def _named(canvas: Canvas, figure: Curves) -> list[int]:
    """The series with a colour of their own: emphasised ones first, as many as there are colours."""
    order = sorted(range(len(figure.series)), key=lambda index: not figure.series[index].emphasis)
    return sorted(order[: len(colors.categorical(canvas.style.dark))])


def _shades(canvas: Canvas, figure: Curves) -> list[QColor]:
    shades = [canvas.style.faint] * len(figure.series)
    for shade, index in zip(colors.categorical(canvas.style.dark), _named(canvas, figure), strict=False):
        shades[index] = shade
    return shades


def _lines(canvas: Canvas, figure: Curves, plane: Plane, shades: list[QColor]) -> None:
    """Nameless lines first, emphasised ones last."""
    named = set(_named(canvas, figure))
    order = sorted(range(len(figure.series)), key=lambda index: (index in named, figure.series[index].emphasis, -index))
    for index in order:
        line = figure.series[index]
        points = plane.places(figure.x.astype(float), line.y.astype(float))
        width = 1.2 if line.emphasis else 0.8 if index in named else 0.4
        canvas.lines(clipped(points, plane.rect), shades[index], width)


def _bars(canvas: Canvas, figure: Curves, plane: Plane, shades: list[QColor]) -> None:
    """Several series stand side by side within one step of x."""
    step = float(np.diff(figure.x).min()) if len(figure.x) > 1 else 1.0
    width = 0.8 * step / max(1, len(figure.series))
    for place, (line, shade) in enumerate(zip(figure.series, shades, strict=True)):
        middle = figure.x + (place - (len(figure.series) - 1) / 2) * width
        for x, y in zip(middle.tolist(), np.nan_to_num(line.y).tolist(), strict=True):
            corners = plane.at(x - width / 2, max(0.0, y)), plane.at(x + width / 2, min(0.0, y))
            bar = QRectF(QPointF(*corners[0]), QPointF(*corners[1])).intersected(plane.rect)
            if not bar.isEmpty():
                canvas.box(bar, fill=shade)


# ---- above the frame


def _legend_rows(canvas: Canvas, figure: Curves, wide: float) -> list[list[int]]:
    """The named series, on rows that fit; −1 stands for all others together."""
    named = _named(canvas, figure)
    entries = [*named, *([-1] if len(named) < len(figure.series) else [])] if len(figure.series) > 1 else []
    rows: list[list[int]] = []
    used = wide
    for entry in entries:
        room = _entry_room(canvas, figure, entry, wide)
        if used + room > wide:
            rows, used = [*rows, []], 0.0
        rows[-1].append(entry)
        used += room
    return rows


def _entry_room(canvas: Canvas, figure: Curves, entry: int, wide: float) -> float:
    return SWATCH + 3 + canvas.width(_entry_words(canvas, figure, entry, wide)) + 9


def _entry_words(canvas: Canvas, figure: Curves, entry: int, wide: float) -> str:
    if entry < 0:
        return f"{len(figure.series) - len(_named(canvas, figure))} more"
    return canvas.shortened(figure.series[entry].label, max(0.0, wide - SWATCH - 14))


def _legend(canvas: Canvas, figure: Curves, rect: QRectF, shades: list[QColor]) -> None:
    y = rect.top()
    for row in _legend_rows(canvas, figure, rect.width()):
        x = rect.left()
        for entry in row:
            shade = shades[entry] if entry >= 0 else canvas.style.faint
            middle = y + CAP * canvas.size / 2
            if figure.bars:
                canvas.box(QRectF(x + 3, middle - 2.5, 5, 5), fill=shade)
            else:
                canvas.line(x, middle, x + SWATCH, middle, shade, 1.2)
            canvas.text(x + SWATCH + 3, y + CAP * canvas.size, _entry_words(canvas, figure, entry, rect.width()))
            x += _entry_room(canvas, figure, entry, rect.width())
        y += canvas.line_height


def _mark_rows(canvas: Canvas, figure: Curves, x: Side, wide: float) -> list[tuple[float, str, int]]:
    """(x in points from the frame's left, text, row counted from the frame upwards): no two texts overlap."""
    placed: list[tuple[float, str, int]] = []
    ends: list[float] = []
    for value, text in sorted(figure.marks):
        place = (value - x.low) / (x.high - x.low) * wide
        if not 0 <= place <= wide:
            continue
        half = canvas.width(text) / 2
        middle = min(max(place, half), wide - half)
        row = next((index for index, end in enumerate(ends) if end + 4 <= middle - half), len(ends))
        ends[row : row + 1] = [middle + half]
        placed.append((middle, text, row))
    return placed


def _above(canvas: Canvas, figure: Curves, piece: Piece, wide: float) -> float:
    """Room for legend and marks."""
    marks = _mark_rows(canvas, figure, _sides(piece)[0], wide)
    rows = len(_legend_rows(canvas, figure, wide)) + (1 + max(row for *_, row in marks) if marks else 0)
    return rows * canvas.line_height + (2 if rows else 0)


def _marks(canvas: Canvas, figure: Curves, plane: Plane) -> None:
    rect, style = plane.rect, canvas.style
    rows = _mark_rows(canvas, figure, plane.x, rect.width())
    shown = [value for value, _ in sorted(figure.marks) if plane.x.low <= value <= plane.x.high]
    for value, (_, _, row) in zip(shown, rows, strict=True):
        x = plane.at(value, plane.y.low)[0]
        bottom = rect.top() - 3 - row * canvas.line_height
        canvas.line(x, rect.bottom(), x, bottom + 1, style.edge, 0.4, dashed=True)
    for middle, text, row in rows:
        # The line to a name of a higher row runs behind the names below it.
        half, bottom = canvas.width(text) / 2 + 1, rect.top() - 3 - row * canvas.line_height
        canvas.box(QRectF(rect.left() + middle - half, bottom - CAP * canvas.size, 2 * half, canvas.size), style.paper)
        canvas.text(rect.left() + middle, bottom, text, "middle", color=style.edge)


PAPER = Kind(Curves, height, paint, extent)
