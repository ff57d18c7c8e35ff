"""The prompt strip: the tokens as chips, coloured by the attention of one query."""

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QVBoxLayout, QWidget

from analysis.values import PromptFacts
from gui.panels.chips import Chips
from gui.panels.heading import Caption
from gui.theme.named import named

EMPTY = "No prompt yet."


class TokenStrip(QWidget):
    """Point at a token to see what it attends to; click to keep it."""

    query_hovered = Signal(int)
    query_clicked = Signal(int)
    hovered = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._labels: tuple[str, ...] = ()
        self._context: tuple[str, ...] = ()
        self._query: int | None = None
        self._weights: np.ndarray | None = None
        self._on_context = False
        self._caption, self._context_caption = Caption(self), Caption(self)
        self._tokens = named(Chips(self), "Tokens of the prompt")
        self._letters = named(Chips(self), "Context of the prompt")
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 2, 4, 2)
        column.setSpacing(1)
        for widget in (self._caption, self._tokens, self._context_caption, self._letters):
            column.addWidget(widget, 1 if widget is self._tokens else 0)
        self._context_caption.set_words("Context")
        self._tokens.pointed.connect(self._token_pointed)
        self._tokens.clicked.connect(self.query_clicked)
        self._letters.pointed.connect(self._letter_pointed)
        self._letters.arranged.connect(self._fit_context)
        self.set_prompt(None, None)

    def set_prompt(self, prompt: PromptFacts | None, sample: int | None) -> None:
        """The tokens of a sample; None: the mean over samples, shown as positions with the tokens of sample 0."""
        at, mean = sample or 0, sample is None
        self._labels = prompt.labels[at] if prompt and prompt.labels else ()
        self._context = prompt.context_labels[at] if prompt and prompt.context_labels else ()
        shown = (tuple(f"{place} {text}" for place, text in enumerate(labels)) if mean else labels
                 for labels in (self._labels, self._context))
        for chips, labels in zip((self._tokens, self._letters), shown, strict=True):
            chips.set_labels(labels, faint=mean)
        self._mean = mean
        self._fit_context()
        self.set_weights(None, None)

    def set_weights(self, query: int | None, weights: np.ndarray | None, on_context: bool = False) -> None:
        """Attention of `query`: [T] over the tokens, or [T_context] over the context when `on_context`."""
        self._query, self._weights, self._on_context = query, weights, on_context
        marked = -1 if query is None else query
        self._tokens.set_weights(None if on_context else weights, marked)
        self._letters.set_weights(weights if on_context else None, -1)
        self._caption.set_words(self._words())

    # ---- words

    def _words(self) -> str:
        """The caption: what the colours mean, in numbers."""
        if not self._labels:
            return EMPTY
        start = "Tokens by position, for the mean over samples (in grey: sample 0)" if self._mean else "Tokens"
        if self._query is None or self._weights is None or not len(self._weights):
            return f"{start} · point at one to see what it attends to, click to keep it"
        if np.isnan(self._weights).all():
            return f"{start} · query {self._query} attends to nothing here"
        best = int(np.nanargmax(self._weights))
        return (f"{start} · attention of {self._token('query', self._query)}: no colour 0, full colour "
                f"{self._weights[best]:.2f}, at {self._key(best)}")

    def _token(self, role: str, index: int) -> str:
        labels = self._context if role == "context" else self._labels
        return f"{role} {index}" + (f" '{labels[index]}'" if index < len(labels) and not self._mean else "")

    def _key(self, index: int) -> str:
        return self._token("context" if self._on_context else "key", index)

    def _pair(self, index: int) -> str:
        assert self._query is not None
        assert self._weights is not None
        return f"{self._token('query', self._query)} → {self._key(index)}: {self._weights[index]:.3g}"

    # ---- events

    def _token_pointed(self, index: int) -> None:
        self.query_hovered.emit(index)
        if index < 0:
            self._tokens.tell("")
            self.hovered.emit("")
            return
        # After query_hovered: where the query follows the pointer, the weights are those of this token by now.
        weighed = not self._on_context and self._weights is not None and index < len(self._weights)
        apart = weighed and self._query is not None and self._query != index
        words = self._pair(index) if apart else self._token("token", index)
        self._tokens.tell(words)
        self.hovered.emit(words)

    def _letter_pointed(self, index: int) -> None:
        if index < 0:
            self.hovered.emit("")
            return
        weighed = self._on_context and self._weights is not None and index < len(self._weights)
        paired = weighed and self._query is not None
        words = self._pair(index) if paired else self._token("context", index)
        self._letters.tell(words)
        self.hovered.emit(words)

    def _fit_context(self) -> None:
        """The context has up to two lines under the tokens; it scrolls when it needs more."""
        for widget in (self._context_caption, self._letters):
            widget.setVisible(bool(self._context))
        self._letters.setFixedHeight(self._letters.height_of(min(2, self._letters.line_count())))
