"""A page: figures side by side and under one another, lettered, titled, with one caption."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from string import ascii_lowercase
from threading import RLock
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.figures.drawing.axes import drawing_of
from analysis.figures.drawing.caption import caption_words
from analysis.figures.drawing.text import LEADING, shown, wrapped
from analysis.figures.formats import format_of, formats
from analysis.figures.kind import Piece, kind_of
from analysis.figures.stamp import stamp
from analysis.figures.style import MM, Style
from analysis.values import UserError
from analysis.values.whole_files import write_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

__all__ = ["Page", "Piece", "lay_out", "picture", "pixels", "save_page"]

EDGE = 2.0
"""Points around everything: half a line must not be cut off."""
BETWEEN = 12.0
"""Points between panels."""
NARROW = 62 * MM
"""No panel is narrower by itself than this, unless a person says how many stand side by side."""
LETTER = 1.25
"""A letter's size over the text's."""
LARGEST = 20_000
"""Pixels a side of a picture."""
MEASURE = 144.0
"""Dots an inch at which texts are measured where the file has none."""
_lock = RLock()
"""matplotlib keeps settings and fonts for the whole process: one page at a time."""


class Insets(NamedTuple):
    """Points around a frame that its texts and colour bar take."""

    left: float = 0.0
    right: float = 0.0
    above: float = 0.0
    below: float = 0.0


@dataclass(frozen=True)
class Panel:
    """One piece on the page. Lengths in points, from the left and from the top."""

    piece: Piece
    letter: str
    title: list[str]
    x: float
    y: float
    width: float
    head: float
    """How high letter and title are."""
    tall: float
    """How high the drawing is, with the texts around its frame."""
    insets: Insets


@dataclass(frozen=True)
class Page:
    """A page that is drawn; `notes` is what drawing its pieces has to add to the caption."""

    width: float
    """Points."""
    height: float
    notes: tuple[str, ...]
    caption: str
    drawing: Drawing


def picture(pieces: tuple[Piece, ...], style: Style) -> bytes:
    """The file that `style.format` names; raises UserError where it cannot be drawn. Any thread may call it."""
    draw = formats()[style.format].draw
    assert draw is not None, f"{style.format} is no format of pages"
    with drawn(pieces, style, None if style.vector else style.dots) as page:
        titles = dict.fromkeys(piece.figure.title for piece in pieces)
        version = pieces[0].figure.provenance.version
        words = {"Title": "; ".join(titles), "Description": page.caption, "Software": f"Headscope {version}".strip()}
        return draw(page.drawing, {key: shown(text) for key, text in words.items()}, stamp(pieces), style)


def save_page(pieces: tuple[Piece, ...], style: Style, path: str, remedy: str = "choose another folder") -> None:
    """Draw a page and write it in the format that the path's ending names; raises UserError as `picture` does.

    `remedy`: what a person may do where the file cannot be written.
    """
    data = picture(pieces, replace(style, format=format_of(path, "draw").key))
    write_whole(Path(path), lambda file: file.write(data), remedy)


def pixels(
    pieces: tuple[Piece, ...], style: Style, fit: Callable[[float, float], float]
) -> tuple[NDArray[np.uint8], Page]:
    """The page for a screen, uint8 [height, width, 4] (red, green, blue, alpha).

    `fit`: (width, height) of the page in points → pixels for a point. Notes and caption are those of the file that
    `style` describes.
    """
    with drawn(pieces, style, None if style.vector else style.dots, fit) as page:
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        canvas = page.drawing.canvas
        assert isinstance(canvas, FigureCanvasAgg)
        canvas.draw()
        return np.array(canvas.buffer_rgba()), page


def lay_out(pieces: tuple[Piece, ...], style: Style) -> Page:
    """The page without its pixels: how large it is, and its caption."""
    with drawn(pieces, style, None) as page:
        return page


@contextmanager
def drawn(
    pieces: tuple[Piece, ...], style: Style, dots: float | None, fit: Callable[[float, float], float] | None = None
) -> Iterator[Page]:
    """A page with the settings of its style in force.

    `dots`: pixels for a point in the file; None where lines stay lines. `fit`: how many it has on a screen instead.
    """
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Drawing

    with _lock, matplotlib.rc_context(style.rc()):
        full, dots_drawn = style.width * MM, dots or style.dots
        drawing = Drawing((full / 72, 10.0), dots * 72 if dots else MEASURE)
        FigureCanvasAgg(drawing)
        panels, height = _panels(pieces, style, drawing, dots_drawn)
        _resize(drawing, full, height, dots)
        cells = fit(full, height) if fit else dots_drawn
        axes = [drawing.add_axes(_place(panel, full, height, panel.insets)) for panel in panels]
        notes = tuple(kind_of(panel.piece.figure).draw(panel.piece, one, style, cells)
                      for one, panel in zip(axes, panels, strict=True))
        words = caption_words([(panel.piece, panel.letter) for panel in panels], notes)
        lines = wrapped(words, full - 2 * EDGE, style.text_size) if style.caption else []
        insets = [_insets(one, panel.piece) for one, panel in zip(axes, panels, strict=True)]
        height += (0.7 + len(lines)) * LEADING * style.text_size if lines else 0.0
        _resize(drawing, full, height, dots)
        for one, panel, room in zip(axes, panels, insets, strict=True):
            one.set_position(_place(panel, full, height, room))
            _write_heading(drawing, panel, style)
        for number, line in enumerate(lines[::-1]):
            _write(drawing, EDGE, height - EDGE - (number * LEADING + 0.25) * style.text_size, line)
        if fit:
            drawing.set_dpi(72 * fit(full, height))
        yield Page(full, height, notes, words, drawing)


def _resize(drawing: Drawing, width: float, height: float, dots: float | None) -> None:
    if dots is None:
        drawing.set_size_inches(width / 72, height / 72)
        return
    wide, tall = round(width * dots), round(height * dots)
    if max(wide, tall) > LARGEST:
        raise UserError(f"That picture would be {wide} × {tall} pixels; choose a smaller scale, or SVG or PDF.")
    # Pixels are cut off, not rounded.
    drawing.set_size_inches((wide + 1e-6) / drawing.dpi, (tall + 1e-6) / drawing.dpi)


# ---- where things are --------------------------------------------------------------------------------------------


def _panels(pieces: tuple[Piece, ...], style: Style, drawing: Drawing, dots: float) -> tuple[list[Panel], float]:
    """The panels, and how high all of them are."""
    full, lettered = style.width * MM, style.letters and len(pieces) > 1
    columns = min(len(pieces), style.columns or max(1, int((full + BETWEEN) / (NARROW + BETWEEN))))
    width = (full - 2 * EDGE - BETWEEN * (columns - 1)) / columns
    line, room = LEADING * style.text_size, width - 2 * style.text_size * lettered
    panels: list[Panel] = []
    y = EDGE
    for start in range(0, len(pieces), columns):
        row = pieces[start : start + columns]
        titles = [wrapped(piece.figure.title, room, style.text_size, bold=True) if style.title else [] for piece in row]
        head = max(LETTER * line * lettered, *(line * len(title) + (3 if title else 0) for title in titles))
        heights, insets = zip(*(_measured(piece, style, drawing, width, dots) for piece in row), strict=True)
        tall = style.height * MM or max(heights)
        for column, piece in enumerate(row):
            x, letter = EDGE + column * (width + BETWEEN), _letter(start + column) if lettered else ""
            panels.append(Panel(piece, letter, titles[column], x, y, width, head, tall, insets[column]))
        y += head + tall + BETWEEN
    return panels, y + EDGE - BETWEEN


def _measured(piece: Piece, style: Style, drawing: Drawing, width: float, dots: float) -> tuple[float, Insets]:
    """The height that suits a piece at a width, and the room that its texts take, found by drawing it once."""
    kind, page = kind_of(piece.figure), drawing.get_figheight() * 72
    insets, frame, guess = Insets(), width if kind.bare else max(1.0, width - 60.0), 0.0
    # Which texts there are depends on the size of the frame, but not on small changes of it.
    for _ in range(0 if kind.bare else 2):
        if 0.85 < guess / frame < 1.15:
            break
        guess = frame
        axes = drawing.add_axes((0, 0, guess / (style.width * MM), kind.height(piece, guess, style) / page))
        kind.draw(piece, axes, style, dots)
        insets = _insets(axes, piece)
        axes.remove()
        frame = max(1.0, width - insets.left - insets.right)
    return kind.height(piece, frame, style) + insets.above + insets.below, insets


def _insets(axes: Axes, piece: Piece) -> Insets:
    outer, inner, dots = axes.get_tightbbox(), axes.get_window_extent(), drawing_of(axes).dpi / 72
    if kind_of(piece.figure).bare or outer is None:
        return Insets()
    found = inner.x0 - outer.x0, outer.x1 - inner.x1, outer.y1 - inner.y1, inner.y0 - outer.y0
    return Insets(*(max(0.0, float(one) / dots) for one in found))


def _place(panel: Panel, width: float, height: float, room: Insets) -> tuple[float, float, float, float]:
    """Left, bottom, width and height of the frame as shares of the page."""
    wide, tall = max(1.0, panel.width - room.left - room.right), max(1.0, panel.tall - room.above - room.below)
    bottom = height - panel.y - panel.head - room.above - tall
    return (panel.x + room.left) / width, bottom / height, wide / width, tall / height


def _letter(place: int) -> str:
    first = ascii_lowercase[place // 26 - 1] if place >= 26 else ""
    return first + ascii_lowercase[place % 26]


def _write_heading(drawing: Drawing, panel: Panel, style: Style) -> None:
    x, y = panel.x, panel.y + 0.85 * style.text_size
    if panel.letter:
        y = panel.y + LETTER * style.text_size * 0.8
        _write(drawing, x, y, panel.letter, size=LETTER * style.text_size, weight="bold")
        x += 2 * style.text_size
    for number, line in enumerate(panel.title):
        _write(drawing, x, y + number * LEADING * style.text_size, line, weight="bold")


def _write(drawing: Drawing, x: float, y: float, text: str, **look: Any) -> None:
    """A text with its baseline y points under the top of the page."""
    wide, tall = drawing.get_size_inches() * 72
    drawing.text(x / wide, 1 - y / tall, shown(text), va="baseline", **look)
