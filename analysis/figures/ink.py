"""Handwriting."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.figures.drawing.axes import color_map, contrasting, in_points
from analysis.figures.drawing.ink_layout import MARGIN, Layout, arrange
from analysis.figures.drawing.lines import joined, numbers
from analysis.figures.drawing.text import LEADING, shown, width
from analysis.figures.figure import Figure
from analysis.figures.kind import Kind, Piece
from analysis.figures.style import Style
from analysis.values import BoolArray, FloatArray, IntArray, frozen

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FAINTEST = 0.02
"""Of the largest weight: strokes below are drawn as strokes without weight."""
FIRST_SHADE = 0.3
"""Where on the colour map weights begin: what lies below is as faint as the paper."""
THIN, THICK = 0.7, 3.0
"""Points: a stroke without weight, and one with the largest."""
LINE = 42.0
"""Points: how high a line of writing is, its margins included."""
MOST_LINES, FILLED = 8, 0.75
DOTTED = (0, (0.1, 2.5))
"""Dashes of a move with the pen up."""
BAR_WIDE, BAR_TALL = 42.0, 5.0
"""Points of a colour bar."""


@dataclass(frozen=True, eq=False)
class Ink(Figure):
    """Handwriting as strokes in the order of their tokens: a stroke is one pen movement, a θ and an r.

    Lengths are in units of the data; y grows downwards, as on a page. Raises ValueError for parts that do not fit.
    """

    strokes: FloatArray  # [n, 4]: x, y where it starts, x, y where it ends; n ≥ 1
    down: BoolArray  # [n]: whether the pen draws
    tokens: IntArray  # [n, 2]: the positions of its θ and its r in the prompt
    words: tuple[int, ...]
    """The first stroke of each word, the first of them 0. Words of one line stand at their places but for the space
    between them; the first stroke of a later word is the point where the word begins."""
    labels: tuple[str, ...]
    """All tokens of the prompt, [T]."""
    letters: tuple[str, ...] = ()
    """The text that is written, [C]; empty without cross-attention."""
    reading: FloatArray = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    """Attention of every token to every letter, [T, C]; [0, C] where there is none."""
    reader: str = ""
    """Whose attention that is: one head, or the mean of several."""

    def __post_init__(self) -> None:
        strokes = frozen(self.strokes, (None, 4), "strokes")
        object.__setattr__(self, "strokes", strokes)
        object.__setattr__(self, "down", frozen(self.down, (len(strokes),), "down", np.bool_))
        object.__setattr__(self, "tokens", frozen(self.tokens, (len(strokes), 2), "tokens", np.int64))
        rows = len(self.labels) if len(self.reading) else 0
        object.__setattr__(self, "reading", frozen(self.reading, (rows, len(self.letters)), "reading"))
        if not len(strokes) or not np.isfinite(strokes).all():
            raise ValueError("ink needs at least one stroke, and finite places")
        if self.tokens.min() < 0 or self.tokens.max() >= len(self.labels):
            raise ValueError(f"a stroke names a token outside 0 … {len(self.labels) - 1}")
        if self.words[:1] != (0,) or list(self.words) != sorted(set(self.words)) or self.words[-1] >= len(strokes):
            raise ValueError(f"{self.words} are not the first strokes of words")


# ---- numbers -----------------------------------------------------------------------------------------------------


def _arrays(figure: Ink) -> dict[str, Any]:
    names = ("strokes", "down", "tokens", "words", "labels", "letters", "reading")
    return {name: getattr(figure, name) for name in names}


def _lines(figure: Ink) -> list[str]:
    """A line a stroke: where it runs, its tokens, its word, and its attention to each letter (its heavier token's)."""
    word = np.searchsorted(figure.words, np.arange(len(figure.strokes)), side="right") - 1
    columns = [figure.strokes, figure.down[:, None], figure.tokens, word[:, None]]
    names = ["x0", "y0", "x1", "y1", "pen down", "θ token", "r token", "word"]
    if len(figure.reading):
        columns.append(figure.reading[figure.tokens].max(1))
        names += [f"letter {place} {letter}" for place, letter in enumerate(figure.letters)]
    return [joined(names), *map(numbers, np.column_stack(columns))]


# ---- on paper: strokes by weight, the text that is written below them, what the colours mean ----------------------


def _height(piece: Piece, width: float, style: Style) -> float:
    figure = piece.figure
    assert isinstance(figure, Ink)
    lines = len(_text_lines(figure, width - 2 * MARGIN, style))
    bars = 1.4 * len(_scales(piece)) + 0.6 if style.color_bar and _scales(piece) else 0.0
    return _arranged(figure, width).height + (lines + bars) * LEADING * style.text_size + (3 if lines else 0)


def _draw(piece: Piece, axes: Axes, style: Style, dots: float) -> str:
    figure = piece.figure
    assert isinstance(figure, Ink)
    wide, _ = in_points(axes)
    layout, weights = _arranged(figure, wide), _shares(piece.weights)
    plain = style.text if weights is None else style.faint
    _strokes(axes, layout, np.flatnonzero(figure.down), plain, THIN)
    if piece.lifted:
        _strokes(axes, layout, np.flatnonzero(~figure.down), plain, THIN, DOTTED)
    drawn = np.arange(len(figure.down)) if piece.lifted else np.flatnonzero(figure.down)
    if weights is not None:
        _weigh(axes, layout, drawn, weights, figure.down, style)
    if piece.query is not None and piece.query in drawn:
        _strokes(axes, layout, np.array([piece.query]), style.accent, THIN + 2.4)
        _strokes(axes, layout, np.array([piece.query]), style.text, THIN + 0.5)
    y = layout.height
    for line in _text_lines(figure, wide - 2 * MARGIN, style):
        _write_letters(axes, piece, line, y + 0.82 * LEADING * style.text_size, style)
        y += LEADING * style.text_size
    scales = _scales(piece)
    if style.color_bar and scales:
        _color_bars(axes, scales, y + 0.6 * LEADING * style.text_size, style)
    return piece.weights_words if scales or piece.query is not None else ""


def _arranged(figure: Ink, wide: float) -> Layout:
    """Lines as high as LINE where that fills most of the width, else more and larger ones."""
    for lines in range(1, MOST_LINES + 1):
        layout = arrange(figure.strokes.astype(float), figure.words, wide, lines * LINE)
        if layout.strokes[:, [0, 2]].max() > FILLED * wide:
            break
    return layout


def _shares(weights: FloatArray | None) -> FloatArray | None:
    """Of the largest; None where there is nothing to colour."""
    top = float(np.nanmax(weights, initial=0.0)) if weights is not None else 0.0
    return np.nan_to_num(weights / np.float32(top)) if weights is not None and top > 0 else None


def _shades(shares: Any, style: Style) -> Any:
    """The colours of shares of the largest weight."""
    return color_map("sequential", style.dark)(FIRST_SHADE + (1 - FIRST_SHADE) * shares)


def _weigh(axes: Axes, layout: Layout, drawn: np.ndarray, weights: FloatArray, down: np.ndarray, style: Style) -> None:
    """The heaviest last, as wide as they are heavy."""
    order = drawn[np.argsort(weights[drawn], kind="stable")]
    order = order[weights[order] >= FAINTEST]
    _add_lines(axes, list(layout.strokes[order].reshape(-1, 2, 2)), colors=_shades(weights[order], style),
               linewidths=THIN + (THICK - THIN) * weights[order],
               linestyles=["solid" if down[stroke] else DOTTED for stroke in order])


def _strokes(
    axes: Axes, layout: Layout, strokes: np.ndarray, color: str, thickness: float, dashes: Any = "solid"
) -> None:
    """Strokes that touch, as one line: a pen's path, not a row of dashes."""
    places = layout.strokes
    apart = (np.diff(strokes) > 1) | (np.abs(places[strokes[1:], :2] - places[strokes[:-1], 2:]).max(1) > 1e-6)
    runs = np.split(strokes, np.flatnonzero(apart) + 1)
    lines = [np.concatenate((places[run[:1], :2], places[run, 2:])) for run in runs]
    _add_lines(axes, lines, colors=color, linewidths=thickness, linestyles=dashes)


def _add_lines(axes: Axes, lines: list[np.ndarray], **look: Any) -> None:
    from matplotlib.collections import LineCollection

    collection = LineCollection(lines, capstyle="round", joinstyle="round", zorder=3, **look)
    axes.add_collection(collection, autolim=False)


# ---- the text ----------------------------------------------------------------------------------------------------


def _text_lines(figure: Ink, room: float, style: Style) -> list[range]:
    """The letters on lines, by their places; broken after spaces where that is possible."""
    lines: list[range] = []
    start, used = 0, 0.0
    for place, letter in enumerate(figure.letters):
        used += _letter_width(letter, style)
        if used > room and place > start:
            spaces = [at for at in range(start, place) if _is_space(figure.letters[at])]
            end = spaces[-1] + 1 if spaces and not _is_space(letter) else place
            lines.append(range(start, end))
            start, used = end, sum(_letter_width(one, style) for one in figure.letters[end : place + 1])
    return [*lines, range(start, len(figure.letters))] if figure.letters else []


def _is_space(letter: str) -> bool:
    return letter in ("␣", " ")


def _letter_width(letter: str, style: Style) -> float:
    return width("n" if _is_space(letter) else letter, style.text_size)


def _write_letters(axes: Axes, piece: Piece, line: range, baseline: float, style: Style) -> None:
    """One line of the text: letters on their colours, or as one text where they have none."""
    from matplotlib.patches import Rectangle

    figure, x, shares = piece.figure, MARGIN, _shares(piece.letter_weights)
    assert isinstance(figure, Ink)
    if shares is None and piece.letter is None:
        words = "".join(" " if _is_space(figure.letters[place]) else figure.letters[place] for place in line)
        axes.text(x, baseline, shown(words.rstrip()), va="baseline", fontsize=style.text_size)
        return
    for place in line:
        wide = _letter_width(figure.letters[place], style)
        fill = None if shares is None or shares[place] < FAINTEST else _shades(float(shares[place]), style)
        axes.add_patch(Rectangle((x, baseline - 0.8 * style.text_size), wide, 1.02 * style.text_size, linewidth=0.6,
                                 facecolor=fill or "none", edgecolor=style.accent if place == piece.letter else "none"))
        if not _is_space(figure.letters[place]):
            color = style.text if fill is None else contrasting(fill)
            axes.text(x + wide / 2, baseline, shown(figure.letters[place]), ha="center", va="baseline", color=color,
                      fontsize=style.text_size)
        x += wide


# ---- what the colours mean ---------------------------------------------------------------------------------------


def _scales(piece: Piece) -> list[tuple[str, float]]:
    """(what is coloured, its largest weight)."""
    strokes = "attention to strokes" if piece.letter is None else f"attention of strokes to letter {piece.letter}"
    found = ((strokes, piece.weights), ("attention to letters", piece.letter_weights))
    return [(name, float(np.nanmax(weights))) for name, weights in found
            if weights is not None and _shares(weights) is not None]


def _color_bars(axes: Axes, scales: list[tuple[str, float]], y: float, style: Style) -> None:
    """Under one another: what is coloured, 0, the colours, the largest weight."""
    left = MARGIN + max(width(name, style.text_size) for name, _ in scales) + 8
    x = left + width("0", style.text_size) + 3
    for number, (name, top) in enumerate(scales):
        baseline = y + (0.8 + 1.4 * LEADING * number) * style.text_size
        for place, text in ((MARGIN, name), (left, "0"), (x + BAR_WIDE + 3, f"{top:.2g}")):
            axes.text(place, baseline, text, va="baseline", fontsize=style.text_size)
        axes.imshow(_shades(np.linspace(0, 1, 256)[None], style), aspect="auto", origin="upper",
                    extent=(x, x + BAR_WIDE, baseline, baseline - BAR_TALL))


KIND = Kind(
    Ink, _arrays, _lines, _draw, _height, "figure.strokes",
    lambda figure: {"reader": figure.reader},
    bare=True,
    whole=lambda piece: piece.letter_weights is not None,
)
