"""Handwriting."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.figures.axis import Scale
from analysis.figures.drawing.axes import color_map, in_points, norm
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
    return _arranged(figure, width).height + (lines + bars) * _leading(style) + (3 if lines else 0)


def _draw(piece: Piece, axes: Axes, style: Style, dots: float) -> str:
    figure = piece.figure
    assert isinstance(figure, Ink)
    wide, _ = in_points(axes)
    layout = _arranged(figure, wide)
    weights = _shares(piece.weights)
    plain = style.text if weights is None else style.faint
    _strokes(axes, layout, np.flatnonzero(figure.down), plain, THIN)
    if piece.lifted:
        _strokes(axes, layout, np.flatnonzero(~figure.down), plain, THIN, dotted=True)
    drawn = np.arange(len(figure.down)) if piece.lifted else np.flatnonzero(figure.down)
    if weights is not None:
        _weigh(axes, layout, drawn, weights, figure.down, style)
    if piece.query is not None and piece.query in drawn:
        alone = np.array([piece.query])
        _strokes(axes, layout, alone, style.accent, THIN + 2.4)
        _strokes(axes, layout, alone, style.text, THIN + 0.5)
    y = _write_text(axes, piece, wide, layout.height, style)
    scales = _scales(piece)
    if style.color_bar and scales:
        _color_bars(axes, scales, y + 0.6 * _leading(style), style)
    return piece.weights_words if scales or piece.query is not None else ""


def _arranged(figure: Ink, wide: float) -> Layout:
    """Lines as high as LINE where that fills most of the width, else more and larger ones."""
    strokes = figure.strokes.astype(float)
    for lines in range(1, MOST_LINES + 1):
        layout = arrange(strokes, figure.words, wide, lines * LINE)
        if layout.strokes[:, [0, 2]].max() > FILLED * wide:
            break
    return layout


def _leading(style: Style) -> float:
    return LEADING * style.text_size


def _shares(weights: FloatArray | None) -> FloatArray | None:
    """Of the largest; None where there is nothing to colour."""
    top = float(np.nanmax(weights, initial=0.0)) if weights is not None else 0.0
    return np.nan_to_num(weights / np.float32(top)) if weights is not None and top > 0 else None


def _shade(share: Any) -> Any:
    """Where on the colour map a share of the largest weight stands, 0 … 1."""
    return FIRST_SHADE + (1 - FIRST_SHADE) * share


def _weigh(
    axes: Axes, layout: Layout, drawn: np.ndarray, weights: FloatArray, down: np.ndarray, style: Style
) -> None:
    """The heaviest last, as wide as they are heavy."""
    from matplotlib.collections import LineCollection

    order = drawn[np.argsort(weights[drawn], kind="stable")]
    order = order[weights[order] >= FAINTEST]
    shades = color_map("sequential", style.dark)(_shade(weights[order]))
    dashes = ["solid" if down[stroke] else (0, (0.1, 2.5)) for stroke in order]
    axes.add_collection(LineCollection(
        list(layout.strokes[order].reshape(-1, 2, 2)), colors=shades, linewidths=THIN + (THICK - THIN) * weights[order],
        linestyles=dashes, capstyle="round", zorder=3), autolim=False)


def _strokes(
    axes: Axes, layout: Layout, strokes: np.ndarray, color: str, thickness: float, dotted: bool = False
) -> None:
    """Strokes that touch, as one line: a pen's path, not a row of dashes."""
    from matplotlib.collections import LineCollection

    if not len(strokes):
        return
    places = layout.strokes
    apart = (np.diff(strokes) > 1) | (np.abs(places[strokes[1:], :2] - places[strokes[:-1], 2:]).max(1) > 1e-6)
    runs = np.split(strokes, np.flatnonzero(apart) + 1)
    lines = [np.concatenate((places[run[:1], :2], places[run, 2:])) for run in runs]
    axes.add_collection(LineCollection(lines, colors=color, linewidths=thickness, capstyle="round", joinstyle="round",
                                       linestyles=(0, (0.1, 2.5)) if dotted else "solid", zorder=3), autolim=False)


# ---- the text ----------------------------------------------------------------------------------------------------


def _text_lines(figure: Ink, room: float, style: Style) -> list[list[int]]:
    """The letters on lines, broken between words where that is possible."""
    lines: list[list[int]] = []
    words = [[]] if not figure.letters else _words(figure)
    used = 0.0
    for word in words:
        for part in ([word] if _wide(figure, word, style) <= room else [[letter] for letter in word]):
            taken = _wide(figure, part, style)
            if not lines or (used + taken > room and lines[-1]):
                lines.append([])
                used = 0.0
            lines[-1] += part
            used += taken
    return [line for line in lines if line]


def _words(figure: Ink) -> list[list[int]]:
    """Each with the spaces that follow it."""
    words: list[list[int]] = [[]]
    for place, letter in enumerate(figure.letters):
        if words[-1] and _is_space(figure.letters[words[-1][-1]]) and not _is_space(letter):
            words.append([])
        words[-1].append(place)
    return words


def _is_space(letter: str) -> bool:
    return letter in ("␣", " ")


def _wide(figure: Ink, letters: list[int], style: Style) -> float:
    return sum(_letter_width(figure.letters[letter], style) for letter in letters)


def _letter_width(letter: str, style: Style) -> float:
    return width("n" if _is_space(letter) else letter, style.text_size)


def _write_text(axes: Axes, piece: Piece, wide: float, y: float, style: Style) -> float:
    """The text that is written, letters on their colours; where it ends."""
    figure = piece.figure
    assert isinstance(figure, Ink)
    shares = _shares(piece.letter_weights)
    colored = shares is not None or piece.letter is not None
    for line in _text_lines(figure, wide - 2 * MARGIN, style):
        baseline = y + 0.82 * _leading(style)
        if colored:
            _write_letters(axes, piece, line, shares, baseline, style)
        else:
            words = "".join(" " if _is_space(figure.letters[place]) else figure.letters[place] for place in line)
            axes.text(MARGIN, baseline, shown(words.rstrip()), va="baseline", fontsize=style.text_size)
        y += _leading(style)
    return y


def _write_letters(axes: Axes, piece: Piece, line: list[int], shares: FloatArray | None, baseline: float,
                   style: Style) -> None:
    from matplotlib.patches import Rectangle

    figure, x = piece.figure, MARGIN
    assert isinstance(figure, Ink)
    shades = color_map("sequential", style.dark)
    for place in line:
        letter = figure.letters[place]
        wide = _letter_width(letter, style)
        share = float(shares[place]) if shares is not None and place < len(shares) else 0.0
        fill = shades(_shade(share)) if share >= FAINTEST else None
        edge = style.accent if place == piece.letter else "none"
        box = (x, baseline - 0.8 * style.text_size), wide, 1.02 * style.text_size
        axes.add_patch(Rectangle(*box, facecolor=fill or "none", edgecolor=edge, linewidth=0.6))
        if not _is_space(letter):
            light = fill is not None and fill[0] * 0.2126 + fill[1] * 0.7152 + fill[2] * 0.0722 > 0.5
            color = style.text if fill is None else "#000000" if light else "#ffffff"
            axes.text(x + wide / 2, baseline, shown(letter), ha="center", va="baseline", color=color,
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
    for name, top in scales:
        baseline, x = y + 0.8 * style.text_size, left + width("0", style.text_size) + 3
        axes.text(MARGIN, baseline, name, va="baseline", fontsize=style.text_size)
        axes.text(left, baseline, "0", va="baseline", fontsize=style.text_size)
        ramp = _shade(np.linspace(0, 1, 256))[None]
        axes.imshow(ramp, extent=(x, x + BAR_WIDE, baseline, baseline - BAR_TALL), aspect="auto", origin="upper",
                    cmap=color_map("sequential", style.dark), norm=norm(Scale("sequential", 0, 1, name)))
        axes.text(x + BAR_WIDE + 3, baseline, f"{top:.2g}", va="baseline", fontsize=style.text_size)
        y += 1.4 * _leading(style)


KIND = Kind(
    Ink, _arrays, _lines, _draw, _height, "figure.strokes",
    lambda figure: {"reader": figure.reader},
    bare=True,
    whole=lambda piece: piece.letter_weights is not None,
)
