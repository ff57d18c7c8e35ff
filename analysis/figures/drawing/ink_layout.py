"""From strokes to pixels: words on lines that fit, at one scale, and the stroke nearest to a point. Pure numpy."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.float64]

MARGIN = 9.0
"""Pixels around the ink: half the widest stroke with its outline."""
LEAD = 8.0
"""Pixels between lines."""
SPACE = 0.12
"""Between words, in units of the data: about as wide as a letter."""
LARGEST = 700.0
"""Pixels for a unit, at most."""
LEAST, SHORTEST = 150.0, 4.0
"""No smaller only to fit the height, for then one scrolls: pixels for a unit, or for half of the strokes to be this
long and easy to point at."""
STEP = 0.94


@dataclass(frozen=True, eq=False)
class Layout:
    """Where each stroke is, [n, 4] in pixels, and how high all of it is."""

    strokes: Places
    scale: float
    height: float


def arrange(strokes: Places, words: Sequence[int], width: float, height: float) -> Layout:
    """The largest scale at which words on lines fit into `width` × `height`; the width always fits."""
    boxes = _boxes(strokes, words)
    room = max(20.0, width - 2 * MARGIN)
    largest = min(LARGEST, room / max(1e-6, float((boxes[:, 2] - boxes[:, 0]).max())))
    scale = largest
    least = min(LEAST, largest, SHORTEST / max(1e-6, _median_length(strokes)))
    while scale > least and _height(boxes, _lines(boxes, room, scale), scale) > height:
        scale *= STEP
    scale = max(scale, least)
    lines = _lines(boxes, room, scale)
    moved = np.concatenate(
        [strokes[first:last] + np.tile(shift, 2) for (first, last), shift in
         zip(_spans(words, len(strokes)), _shifts(boxes, lines, scale), strict=True)]
    )
    return Layout(moved * scale + MARGIN, scale, _height(boxes, lines, scale))


def nearest(strokes: Places, x: float, y: float) -> tuple[int, float]:
    """The segment of [n, 4] nearest to a point, the first of several, and its distance."""
    start, along = strokes[:, :2], strokes[:, 2:] - strokes[:, :2]
    to_point = np.array([x, y]) - start
    part = (to_point * along).sum(1) / np.maximum((along**2).sum(1), 1e-12)
    distance = np.hypot(*(to_point - np.clip(part, 0, 1)[:, None] * along).T)
    best = int(distance.argmin())
    return best, float(distance[best])


def _median_length(strokes: Places) -> float:
    lengths = np.hypot(*(strokes[:, 2:] - strokes[:, :2]).T)
    return float(np.median(lengths[lengths > 0])) if lengths.any() else 0.0


def _spans(words: Sequence[int], count: int) -> list[tuple[int, int]]:
    return list(zip(words, [*words[1:], count], strict=True))


def _boxes(strokes: Places, words: Sequence[int]) -> Places:
    """[words, 4]: left, top, right, bottom."""
    pieces = [strokes[first:last].reshape(-1, 2) for first, last in _spans(words, len(strokes))]
    return np.array([[*points.min(0), *points.max(0)] for points in pieces])


def _lines(boxes: Places, room: float, scale: float) -> list[list[int]]:
    """Words on lines no wider than `room` pixels."""
    lines: list[list[int]] = []
    used = 0.0
    for word, wide in enumerate((boxes[:, 2] - boxes[:, 0]).tolist()):
        if not lines or used + (SPACE + wide) * scale > room:
            lines.append([])
            used = -SPACE * scale
        lines[-1].append(word)
        used += (SPACE + wide) * scale
    return lines


def _height(boxes: Places, lines: list[list[int]], scale: float) -> float:
    tall = sum(float(boxes[line, 3].max() - boxes[line, 1].min()) for line in lines)
    return tall * scale + LEAD * (len(lines) - 1) + 2 * MARGIN


def _shifts(boxes: Places, lines: list[list[int]], scale: float) -> list[Places]:
    """How far each word moves, in units: words of one line keep their heights to one another."""
    shifts, top = [], 0.0
    for line in lines:
        left, highest = 0.0, float(boxes[line, 1].min())
        for word in line:
            shifts.append(np.array([left - boxes[word, 0], top - highest]))
            left += float(boxes[word, 2] - boxes[word, 0]) + SPACE
        top += float(boxes[line, 3].max()) - highest + LEAD / scale
    return shifts
