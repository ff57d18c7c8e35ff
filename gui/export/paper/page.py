"""A page: panels side by side and under one another, lettered, titled, with one caption."""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_lowercase

from PySide6.QtCore import QRectF

from analysis.values import Provenance
from gui.export.paper import Piece, kind_of
from gui.export.paper.canvas import Canvas
from gui.export.paper.style import MM, Style

EDGE = 2.0
"""Points around everything: half a line must not be cut off."""
BETWEEN = 12.0
"""Points between panels."""
NARROW = 62 * MM
"""No panel is narrower by itself than this, unless a person says how many stand side by side."""
LETTER = 1.25
"""A letter's size over the text's."""


@dataclass(frozen=True)
class Place:
    """Where one panel goes: its heading's lines and the rectangle of its drawing."""

    piece: Piece
    letter: str
    title: tuple[str, ...]
    x: float
    y: float
    rect: QRectF


@dataclass(frozen=True)
class Page:
    """Panels laid out in points; `notes` is what drawing them has to add to the caption."""

    width: float
    height: float
    places: tuple[Place, ...]
    caption: tuple[str, ...]
    notes: tuple[str, ...]

    def paint(self, canvas: Canvas) -> None:
        if canvas.dots is None:  # Pixels have the paper's colour already.
            canvas.box(QRectF(0, 0, self.width, self.height), fill=canvas.style.paper)
        for place in self.places:
            _paint_heading(canvas, place)
            kind_of(place.piece.figure).paint(canvas, place.piece, place.rect)
        y = self.height - EDGE - canvas.line_height * len(self.caption)
        for line in self.caption:
            canvas.text(EDGE, y + 0.85 * canvas.size, line)
            y += canvas.line_height


def lay_out(pieces: tuple[Piece, ...], style: Style, dots: float | None = None) -> Page:
    """`dots`: pixels for a point of the device that it is for; None for SVG and PDF."""
    canvas = Canvas(style, dots=dots)
    full = style.width * MM
    columns = _columns(len(pieces), full, style)
    width = (full - 2 * EDGE - BETWEEN * (columns - 1)) / columns
    places: list[Place] = []
    y = EDGE
    for start in range(0, len(pieces), columns):
        row = pieces[start : start + columns]
        titles = [_title(canvas, piece, len(pieces) > 1, width) for piece in row]
        head = max(_heading_height(canvas, title, len(pieces) > 1) for title in titles)
        tall = style.height * MM or max(kind_of(piece.figure).height(canvas, piece, width) for piece in row)
        for column, (piece, title) in enumerate(zip(row, titles, strict=True)):
            letter = _letter(start + column) if style.letters and len(pieces) > 1 else ""
            x = EDGE + column * (width + BETWEEN)
            places.append(Place(piece, letter, title, x, y, QRectF(x, y + head, width, tall)))
        y += head + tall + BETWEEN
    y += EDGE - BETWEEN
    notes = tuple(kind_of(place.piece.figure).paint(canvas, place.piece, place.rect) for place in places)
    caption: tuple[str, ...] = ()
    if style.caption:
        caption = tuple(canvas.wrapped(caption_words(places, notes), full - 2 * EDGE))
        y += 0.7 * canvas.line_height + len(caption) * canvas.line_height
    return Page(full, y, tuple(places), caption, notes)


def caption_words(places: list[Place], notes: tuple[str, ...]) -> str:
    """What every panel shows, and the model once where all have the same."""
    parts = []
    for place, note in zip(places, notes, strict=True):
        figure = place.piece.figure
        start = f"({place.letter}) " if place.letter else ""
        facts = [figure.title, figure.note, place.piece.weights_words, note]
        words = "; ".join(fact for fact in facts if fact)
        definition = _definition(figure.provenance)
        parts.append(start + _sentence(words) + (f" {_sentence(definition)}" if definition else ""))
    models = dict.fromkeys(_model_words(place) for place in places)
    return " ".join([*parts, *(_sentence(words) for words in models if words)])


def _definition(where: Provenance) -> str:
    """The view's own sentence, without the settings, which the note says in words, and without what a mouse can do."""
    words = where.definition.partition(": ")[2].partition("; click")[0]
    settings = where.recipe is not None and where.recipe.selection.options
    return words.rpartition(" (")[0] if settings and words.endswith(")") else words


def _sentence(words: str) -> str:
    words = words.strip()
    return words if words.endswith((".", "…", "?", "!")) or not words else f"{words}."


def _model_words(place: Place) -> str:
    where = place.piece.figure.provenance
    if not where.checkpoint:
        return ""
    return f"Model: {where.checkpoint}" + (f", SHA-256 {where.sha256[:12]}…" if where.sha256 else "")


def _columns(count: int, full: float, style: Style) -> int:
    fitting = max(1, int((full + BETWEEN) / (NARROW + BETWEEN)))
    return max(1, min(count, style.columns or fitting))


def _letter(place: int) -> str:
    first = ascii_lowercase[place // 26 - 1] if place >= 26 else ""
    return first + ascii_lowercase[place % 26]


def _title(canvas: Canvas, piece: Piece, lettered: bool, width: float) -> tuple[str, ...]:
    if not canvas.style.title:
        return ()
    room = width - (2 * canvas.size if lettered and canvas.style.letters else 0)
    return tuple(canvas.wrapped(piece.figure.title, room, bold=True))


def _heading_height(canvas: Canvas, title: tuple[str, ...], several: bool) -> float:
    letter = LETTER * canvas.line_height if several and canvas.style.letters else 0.0
    return max(letter, canvas.line_height * len(title)) + (3 if title else 0)


def _paint_heading(canvas: Canvas, place: Place) -> None:
    x, y = place.x, place.y + LETTER * canvas.size * 0.8
    if place.letter:
        canvas.text(x, y, place.letter, size=LETTER * canvas.size, bold=True)
        x += 2 * canvas.size
    elif place.title:
        y = place.y + 0.85 * canvas.size
    for line in place.title:
        canvas.text(x, y, line, bold=True)
        y += canvas.line_height
