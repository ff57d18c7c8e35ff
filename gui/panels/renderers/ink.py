"""Handwriting with attention laid over it: point at a stroke, and what it attends to glows."""

import numpy as np
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QVBoxLayout, QWidget

from analysis.figures.ink import Ink as InkFigure
from analysis.figures.kind import Piece
from analysis.values import FloatArray
from gui.panels.chips import Chips
from gui.panels.controls import Segment
from gui.panels.drawing.ink_canvas import InkCanvas
from gui.panels.figure_widget import FigureWidget
from gui.panels.heading import Caption
from gui.panels.places import NONE
from gui.panels.renderers import Renderer
from gui.theme.named import named

EMPTY = InkFigure("", np.zeros((1, 4), np.float32), np.zeros(1, bool), np.zeros((1, 2), np.int64), (0,), ("",))
WEIGHT_TIP = "A stroke weighs as much as the heavier of its two tokens, θ and r."


class Ink(FigureWidget):
    """Draws an Ink with its text. A stroke is two tokens: the buttons say which of them asks."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.figure = EMPTY
        self._query, self._letter = NONE, NONE
        self._row: FloatArray | None = None
        self._owner = np.empty(0, np.int64)
        self.canvas = named(InkCanvas(self), "Ink of the prompt")
        self.letters = named(Chips(self), "Text of the prompt")
        self._caption = Caption(self)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 2, 4, 2)
        column.setSpacing(1)
        column.addLayout(self._make_tools())
        column.addWidget(self.canvas, 1)
        column.addWidget(self.letters)
        self.canvas.pointed.connect(self._stroke_pointed)
        self.canvas.clicked.connect(self._stroke_clicked)
        self.letters.pointed.connect(self._letter_pointed)
        self.letters.arranged.connect(self._fit_letters)

    def _make_tools(self) -> QHBoxLayout:
        self.ask_angle = Segment("θ", "Ask with the stroke's first token: what comes next is its r.")
        self.ask_radius = Segment("r", "Ask with the stroke's second token: what comes next is the next stroke.")
        self.lifted = Segment("pen-up moves", "Draw the moves with the pen up, dotted.")
        which = QButtonGroup(self)
        which.addButton(self.ask_angle)
        which.addButton(self.ask_radius)
        self.ask_radius.setChecked(True)
        self.lifted.toggled.connect(self.canvas.set_lifted)
        self.lifted.toggled.connect(self._recolour)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self._caption, 1)
        for button in (self.ask_angle, self.ask_radius, self.lifted):
            row.addWidget(button)
        row.insertSpacing(3, 6)
        return row

    # ---- in

    def show_figure(self, figure: InkFigure) -> None:
        """Draws `figure`, without weights until they are set."""
        before, self.figure = self.figure, figure
        self._owner = np.full(len(figure.labels), NONE, np.int64)
        self._owner[figure.tokens] = np.arange(len(figure.tokens))[:, None]
        self.canvas.show_figure(figure)
        if before.letters != figure.letters:
            self.letters.set_labels(figure.letters)
            self._letter = NONE
        self._fit_letters()
        self.set_weights(None, None)

    def set_weights(self, query: int | None, weights: FloatArray | None) -> None:
        """The token that asks and its attention to the tokens, [T]; the letters take theirs from the figure."""
        tokens = len(self.figure.labels)
        self._query = query if query is not None and 0 <= query < tokens else NONE
        self._row = weights if self._query != NONE and weights is not None and len(weights) == tokens else None
        self._recolour()

    def stroke_weights(self) -> FloatArray | None:
        """[n]: the weight of every stroke as drawn, the larger of its two tokens'; None where there is none."""
        figure, column = self.figure, self._row
        if self._letter != NONE:
            column = figure.reading[:, self._letter] if len(figure.reading) else None
        return None if column is None else np.nan_to_num(column[figure.tokens].max(1))

    def piece(self) -> Piece:
        """The figure with what is laid over it on the screen, under the pointer or kept."""
        outlined = self._outlined()
        return Piece(
            self.figure, weights=self.stroke_weights(), query=None if outlined == NONE else outlined,
            letter_weights=self._letter_weights(), letter=None if self._letter == NONE else self._letter,
            lifted=self.lifted.isChecked(), weights_words=self._weights_words(),
        )

    # ---- out

    def _stroke_pointed(self, stroke: int) -> None:
        self.query_hovered.emit(self._asking(stroke))
        # After query_hovered: where the query follows the pointer, the weights are those of this stroke by now.
        words = self._stroke_words(stroke)
        self.canvas.tell(words, WEIGHT_TIP if words else "")
        self.hovered.emit(words)

    def _stroke_clicked(self, stroke: int) -> None:
        self.query_clicked.emit(self._asking(stroke))

    def _letter_pointed(self, letter: int) -> None:
        self._letter = letter
        self.key_hovered.emit(letter)
        self._recolour()
        words = self._letter_words(letter)
        self.letters.tell(words)
        self.hovered.emit(words)

    def _asking(self, stroke: int) -> int:
        """The token of a stroke that asks."""
        return NONE if stroke == NONE else int(self.figure.tokens[stroke, int(self.ask_radius.isChecked())])

    # ---- words

    def _stroke_words(self, stroke: int) -> str:
        """"stroke 68 (θ 112° r30, tokens 136–137): 0.83"."""
        if stroke == NONE:
            return ""
        angle, radius = self.figure.tokens[stroke].tolist()
        labels, weights = self.figure.labels, self.stroke_weights()
        words = f"stroke {stroke} ({labels[angle]} {labels[radius]}, tokens {angle}–{radius})"
        own = self._query in (angle, radius)
        return words if weights is None or own else f"query {self._query} → {words}: {weights[stroke]:.3g}"

    def _weights_words(self) -> str:
        """What the colours mean, for the caption of an exported figure."""
        weights, letters, said = self.stroke_weights(), self._letter_weights(), []
        query = f"query {self._query} '{self.figure.labels[self._query]}'" if self._query != NONE else ""
        if weights is not None and self._letter != NONE:
            letter = f"letter {self._letter} '{self.figure.letters[self._letter]}'"
            said.append(f"strokes: attention to {letter}, largest {weights.max():.2f}, {self.figure.reader}")
        elif weights is not None:
            said.append(f"strokes: attention of {query}, largest {weights.max():.2f}{self._hidden_words()}")
        if letters is not None:
            said.append(f"letters: attention of {query}, largest {letters.max():.2f}, {self.figure.reader}")
        return "; ".join(said)

    def _letter_words(self, letter: int) -> str:
        if letter == NONE:
            return ""
        words, reading = f"letter {letter} '{self.figure.letters[letter]}'", self.figure.reading
        if self._query == NONE or not len(reading):
            return words
        return f"query {self._query} → {words}: {reading[self._query, letter]:.3g}, {self.figure.reader}"

    def _caption_words(self, weights: FloatArray | None) -> str:
        """What the colours mean, in numbers."""
        title, reader = self.figure.title, self.figure.reader
        if self._letter != NONE:
            what = f"attention to letter {self._letter} '{self.figure.letters[self._letter]}'"
            return f"{title} · {what}: {_scale_words(weights)}, {reader}" if len(self.figure.reading) else title
        if self._query == NONE:
            return f"{title} · point at a stroke to see what it attends to, click to keep it"
        words = f"{title} · query {self._query} '{self.figure.labels[self._query]}'"
        if weights is not None:
            words += f": {_scale_words(weights)}{self._hidden_words()}"
        else:
            words += ": strokes glow while Attention shows the Pattern of a self-attention head"
        if not len(self.figure.reading):
            return words
        read = self.figure.reading[self._query]
        beyond = f", {1 - read.sum():.2f} beyond the text" if read.sum() < 0.995 else ""
        return f"{words}; letters: full colour {read.max():.2f}{beyond}, {reader}"

    def _hidden_words(self) -> str:
        """How much of the attention lies on tokens that are not drawn."""
        assert self._row is not None
        shown = self.figure.tokens if self.lifted.isChecked() else self.figure.tokens[self.figure.down]
        hidden = float(np.nansum(self._row) - np.nansum(self._row[shown]))
        return f", {hidden:.2f} not drawn" if hidden >= 0.005 else ""

    # ---- inner

    def _recolour(self) -> None:
        weights = self.stroke_weights()
        self.canvas.set_weights(weights, self._outlined())
        self.letters.set_weights(self._letter_weights(), self._letter)
        self._caption.set_words(self._caption_words(weights))

    def _outlined(self) -> int:
        """The stroke that asks; none while a letter is pointed at."""
        return int(self._owner[self._query]) if self._query != NONE and self._letter == NONE else NONE

    def _letter_weights(self) -> FloatArray | None:
        """[C]: the attention of the query to every letter; None where there is none."""
        return self.figure.reading[self._query] if self._query != NONE and len(self.figure.reading) else None

    def _fit_letters(self) -> None:
        """The text has up to two lines under the ink; it scrolls when it needs more."""
        self.letters.setVisible(bool(self.figure.letters))
        self.letters.setFixedHeight(self.letters.height_of(min(2, max(1, self.letters.line_count()))))


def _scale_words(weights: FloatArray | None) -> str:
    return "no attention" if weights is None or not weights.any() else f"grey 0, full colour {weights.max():.2f}"


RENDERER = Renderer(InkFigure, Ink)
