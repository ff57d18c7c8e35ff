"""Axes on paper: where ticks go, how much room their texts take, the frame, and lines cut to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF

from analysis.figures.axis import Axis
from gui.export.paper import Range
from gui.export.paper.canvas import Canvas
from gui.export.paper.style import MM, SMALLEST_TEXT
from gui.panels.drawing.ticks import cell_step, nice_ticks

TICK = 2.5
"""Points: how far a tick reaches out."""
GAP = 2.0
"""Between a tick and its text."""
NAME_GAP = 3.5
"""Between the texts and the axis's name."""
LONGEST_LABEL = 46.0
BASELINE = 0.36
"""Of the text's size: from the middle of digits down to their baseline."""
CAP = 0.74
"""Of the text's size: the height of capitals and digits, with a little air."""


@dataclass(frozen=True)
class Ticks:
    """The ticks of one axis: (value, text), the texts' size, and whether they are turned to read upwards."""

    marks: tuple[tuple[float, str], ...]
    size: float
    turned: bool = False


@dataclass(frozen=True)
class Side:
    """One axis: the range that is drawn, its name, and the cells it counts, if it counts cells."""

    name: str
    low: float
    high: float
    cells: Axis | None = None

    @classmethod
    def of_cells(cls, axis: Axis, shown: Range | None) -> Side:
        low, high = shown or (0.0, float(axis.size))
        return cls(axis.name + (f" ({axis.unit})" if axis.unit else ""), low, high, axis)

    def ticks(self, canvas: Canvas, length: float, upright: bool) -> Ticks:
        """For an axis of `length` points; `upright`: a vertical one, whose texts stand under one another."""
        if self.cells is not None:
            return _cell_ticks(canvas, self.cells, self.low, self.high, length, upright)
        # Half the widest text more than the text itself keeps numbers apart.
        room = 2.6 * canvas.line_height if upright else 34.0
        most = max(2, int(length / room))
        marks = nice_ticks(self.low, self.high, most)
        while len(marks) < 2 and most < 12:
            most += 1
            marks = nice_ticks(self.low, self.high, most)
        return Ticks(tuple(marks), canvas.size)

    def room(self, canvas: Canvas, length: float, upright: bool) -> float:
        """Points that texts and name take beside the frame."""
        ticks = self.ticks(canvas, length, upright)
        widest = max((canvas.width(text, ticks.size) for _, text in ticks.marks), default=0.0)
        texts = widest if upright != ticks.turned else CAP * ticks.size
        return TICK + GAP + texts + (NAME_GAP + canvas.line_height if self.name else 0.0)


def _cell_ticks(canvas: Canvas, axis: Axis, low: float, high: float, length: float, upright: bool) -> Ticks:
    first, last = max(0, int(low)), min(axis.size - 1, int(np.ceil(high)) - 1)
    cell = length / max(1e-9, high - low)
    room = min(LONGEST_LABEL, 0.2 * canvas.style.width * MM)
    labels = [canvas.shortened(axis.labels[place], room) for place in range(first, last + 1)] \
        if axis.labels and (cell >= SMALLEST_TEXT or axis.heads) else []
    if labels:
        size, step, turned = _label_fit(canvas, labels, cell, upright)
        if step == 1 or axis.heads:
            start = first + (-first) % step
            marks = tuple((place + 0.5, labels[place - first]) for place in range(start, last + 1, step))
            return Ticks(marks, size, turned)
    room = 2.2 * canvas.line_height if upright else canvas.width(str(axis.first + axis.size)) + 9
    step = cell_step(cell, room)
    start = first + (-(first + axis.first)) % step
    return Ticks(tuple((place + 0.5, str(axis.first + place)) for place in range(start, last + 1, step)), canvas.size)


def _label_fit(canvas: Canvas, labels: Sequence[str], cell: float, upright: bool) -> tuple[float, int, bool]:
    """(size, every how many cells, turned): all labels if they can be read at all, level before turned."""
    widest = max(map(canvas.width, labels))
    if not upright and widest + 4 <= cell:
        return canvas.size, 1, False
    size = min(canvas.size, max(SMALLEST_TEXT, cell / 1.08))
    return size, cell_step(cell, 1.08 * size), not upright


@dataclass(frozen=True)
class Plane:
    """A frame with its two axes; `rect` is what they enclose."""

    rect: QRectF
    x: Side
    y: Side
    down: bool = False
    """y grows downwards, as the rows of a matrix do."""

    def at(self, x: float, y: float) -> tuple[float, float]:
        """A place on the page."""
        across, down = self.places(np.array([x]), np.array([y]))[0].tolist()
        return across, down

    def places(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """[n, 2]: places on the page of [n] and [n] numbers."""
        across = self.rect.left() + (x - self.x.low) / (self.x.high - self.x.low) * self.rect.width()
        share = (y - self.y.low) / (self.y.high - self.y.low)
        return np.stack((across, self.rect.top() + (share if self.down else 1 - share) * self.rect.height()), axis=-1)

    def draw(self, canvas: Canvas) -> None:
        """Frame, ticks, texts and names."""
        rect, style = self.rect, canvas.style
        canvas.box(rect, edge=style.edge)
        ticks = self.x.ticks(canvas, rect.width(), False)
        deepest = 0.0
        for value, text in ticks.marks:
            x = self.at(value, self.y.low)[0]
            canvas.line(x, rect.bottom(), x, rect.bottom() + TICK, style.edge)
            y = rect.bottom() + TICK + GAP
            if ticks.turned:
                canvas.text(x + BASELINE * ticks.size, y, text, "end", ticks.size, turned=True)
            else:
                canvas.text(x, y + CAP * ticks.size, text, "middle", ticks.size)
            deepest = max(deepest, canvas.width(text, ticks.size) if ticks.turned else CAP * ticks.size)
        if self.x.name:
            y = rect.bottom() + TICK + GAP + deepest + NAME_GAP + CAP * canvas.size
            canvas.text(rect.center().x(), y, canvas.shortened(self.x.name, rect.width()), "middle")
        self._draw_left(canvas)

    def _draw_left(self, canvas: Canvas) -> None:
        rect, style = self.rect, canvas.style
        ticks = self.y.ticks(canvas, rect.height(), True)
        for value, text in ticks.marks:
            y = self.at(self.x.low, value)[1]
            canvas.line(rect.left() - TICK, y, rect.left(), y, style.edge)
            canvas.text(rect.left() - TICK - GAP, y + BASELINE * ticks.size, text, "end", ticks.size)
        widest = max((canvas.width(text, ticks.size) for _, text in ticks.marks), default=0.0)
        x = rect.left() - TICK - GAP - widest - NAME_GAP - 0.24 * canvas.size
        canvas.text(x, rect.center().y(), canvas.shortened(self.y.name, rect.height()), "middle", turned=True)


def framed(
    canvas: Canvas, x: Side, y: Side, rect: QRectF, above: float, right: float = 0.0, down: bool = False
) -> Plane:
    """The largest frame in `rect` that leaves room for its texts, for `above`, and for `right` beside it."""
    tall, left = rect.height() - above - 3 * canvas.line_height, 0.0
    for _ in range(3):  # Which texts there are depends on the lengths, a little.
        left = max(left, y.room(canvas, max(tall, 1.0), True))
        wide = max(1.0, rect.width() - left - right)
        wide -= max(0.0, overhang(canvas, x, wide) - right)
        tall = max(1.0, rect.height() - above - x.room(canvas, wide, False))
    return Plane(QRectF(rect.left() + left, rect.top() + above, wide, tall), x, y, down)


def overhang(canvas: Canvas, side: Side, length: float) -> float:
    """How far the last text of a horizontal axis may reach past the frame."""
    ticks = side.ticks(canvas, length, False)
    if not ticks.marks or ticks.turned:
        return 1.0
    value, text = ticks.marks[-1]
    after = (side.high - value) / (side.high - side.low) * length
    return max(1.0, canvas.width(text, ticks.size) / 2 - after)


def clipped(points: np.ndarray, rect: QRectF) -> list[np.ndarray]:
    """A line through [n, 2] points cut to a rectangle: the pieces inside. NaN leaves a gap."""
    low, high = np.array([rect.left(), rect.top()]), np.array([rect.right(), rect.bottom()])
    start, step = points[:-1].astype(float), np.diff(points.astype(float), axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.stack(((low - start) / step, (high - start) / step))
    # A segment along an axis is inside that axis's range all the way, or never.
    level, within = step == 0, (start >= low) & (start <= high)
    near = np.where(level, np.where(within, -np.inf, np.inf), shares.min(0)).max(1).clip(0, None)
    far = np.where(level, np.inf, shares.max(0)).min(1).clip(None, 1)
    kept = np.isfinite(points[:-1]).all(1) & np.isfinite(points[1:]).all(1) & (near <= far)
    index = np.flatnonzero(kept)
    if not len(index):
        return []
    near, far = near[index, None], far[index, None]
    first, last = start[index] + near * step[index], start[index] + far * step[index]
    apart = np.flatnonzero((np.diff(index) > 1) | (near[1:, 0] > 0) | (far[:-1, 0] < 1)) + 1
    groups = zip(np.split(first, apart), np.split(last, apart), strict=True)
    return [np.concatenate((starts[:1], ends)) for starts, ends in groups]
