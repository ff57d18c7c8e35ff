"""Handwriting on paper: strokes by weight, the text that is written below them."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor

from analysis.figures.ink import Ink
from gui.export.paper import Kind, Piece
from gui.export.paper.canvas import Canvas
from gui.panels.drawing.ink_canvas import FAINTEST, FIRST_SHADE
from analysis.figures.drawing.ink_layout import MARGIN, Layout, arrange
from gui.theme import colors

THIN, THICK = 0.7, 3.0
"""Points: a stroke without weight, and one with the largest."""
LINE = 42.0
"""Points: how high a line of writing is, its margins included."""
MOST_LINES, FILLED = 8, 0.75


def height(canvas: Canvas, piece: Piece, width: float) -> float:
    figure = piece.figure
    assert isinstance(figure, Ink)
    return _arranged(figure, width).height + _text_room(canvas, figure, width)


def paint(canvas: Canvas, piece: Piece, rect: QRectF) -> str:
    figure = piece.figure
    assert isinstance(figure, Ink)
    layout = _arranged(figure, rect.width())
    places = layout.strokes + np.array([rect.left(), rect.top(), rect.left(), rect.top()])
    down = np.flatnonzero(figure.down)
    plain = canvas.style.text if piece.weights is None else canvas.style.faint
    _draw(canvas, places, down, plain, THIN)
    if piece.weights is not None and piece.weights.size and piece.weights.max() > 0:
        _weigh(canvas, places, down, piece.weights / piece.weights.max())
    if piece.query is not None and figure.down[piece.query]:
        alone = np.array([piece.query])
        _draw(canvas, places, alone, canvas.style.accent, THIN + 2.4)
        _draw(canvas, places, alone, canvas.style.text, THIN + 0.5)
    baseline = rect.top() + layout.height + 0.8 * canvas.size
    for line in canvas.wrapped(_words(figure), rect.width() - 2 * MARGIN):
        canvas.text(rect.left() + MARGIN, baseline, line)
        baseline += canvas.line_height
    return ""


def _arranged(figure: Ink, width: float) -> Layout:
    """Lines as high as LINE where that fills most of the width, else more and larger ones."""
    strokes = figure.strokes.astype(float)
    for lines in range(1, MOST_LINES + 1):
        layout = arrange(strokes, figure.words, width, lines * LINE)
        if layout.strokes[:, [0, 2]].max() > FILLED * width:
            break
    return layout


def _text_room(canvas: Canvas, figure: Ink, width: float) -> float:
    lines = canvas.wrapped(_words(figure), width - 2 * MARGIN)
    return len(lines) * canvas.line_height + (3 if lines else 0)


def _words(figure: Ink) -> str:
    return "".join(figure.letters).replace("␣", " ")


def _weigh(canvas: Canvas, places: np.ndarray, down: np.ndarray, weights: np.ndarray) -> None:
    """The heaviest last; colours start where the map can be told from the paper."""
    shades = colors.map_colors("sequential", canvas.style.dark)
    for stroke in down[np.argsort(weights[down], kind="stable")].tolist():
        weight = float(weights[stroke])
        if weight >= FAINTEST:
            shade = shades[round((FIRST_SHADE + (1 - FIRST_SHADE) * weight) * colors.TOP)]
            _draw(canvas, places, np.array([stroke]), shade, THIN + (THICK - THIN) * weight)


def _draw(canvas: Canvas, places: np.ndarray, strokes: np.ndarray, color: QColor, width: float) -> None:
    """Strokes that touch, as one line: a pen's path, not a row of dashes."""
    if not len(strokes):
        return
    apart = (np.diff(strokes) > 1) | (np.abs(places[strokes[1:], :2] - places[strokes[:-1], 2:]).max(1) > 1e-6)
    runs = np.split(strokes, np.flatnonzero(apart) + 1)
    lines = [np.concatenate((places[run[:1], :2], places[run, 2:])) for run in runs]
    canvas.lines(lines, color, width, round_ends=True)


PAPER = Kind(Ink, height, paint)
