"""The attention panel, the ink and the token strip show the same query: hover one and the others follow."""

from bisect import bisect_right

import numpy as np
from PySide6.QtCore import QObject, Slot

from analysis.figures.heatmap import Heatmap
from gui.panels.panel import FigurePanel
from gui.prompt.token_strip import TokenStrip
from gui.shared.store import Store

NONE = -1
PATTERNS = ("pattern", "reading")
"""The views whose rows are what attends."""


class AttentionLink(QObject):
    """Colours strip and ink by the attention of the query under the pointer, else of the pinned one."""

    def __init__(self, store: Store, panel: FigurePanel, strip: TokenStrip, ink: FigurePanel, parent: QObject) -> None:
        super().__init__(parent)
        self._store, self._panel, self._strip, self._ink = store, panel, strip, ink
        self._pinned, self._cross = NONE, False
        panel.cell_hovered.connect(self._panel_hovered)
        for prompt in (strip, ink):
            prompt.query_hovered.connect(self._query_hovered)
            prompt.query_clicked.connect(self._pin)
        ink.key_hovered.connect(self._letter_hovered)

    @Slot()
    def reset(self) -> None:
        """Another prompt: its tokens have nothing to do with the pinned one."""
        self._pinned = NONE
        self._colour(NONE)

    @Slot(str)
    def view_drawn(self, view: str) -> None:
        """Another figure is on show, perhaps of the selected head: colour by its row of the pinned query."""
        if view not in (self._panel.current_view(), "ink"):
            return
        self._cross = self._store.selection.head.kind == "cross"
        self._colour(self._pinned)

    @Slot(int, int)
    def _panel_hovered(self, row: int, col: int) -> None:
        query = self._query(row)
        self._colour(query if self._row(query) is not None else self._pinned)

    @Slot(int)
    def _query_hovered(self, query: int) -> None:
        query = query if query != NONE else self._pinned
        self._panel.set_cursor(self._place(query), None)
        self._colour(query)

    @Slot(int)
    def _letter_hovered(self, letter: int) -> None:
        """The crosshair goes to the letter's column, where the pattern on show has one."""
        on_show = letter != NONE and self._cross and self._pattern() is not None
        self._panel.set_cursor(self._place(self._pinned), letter if on_show else None)

    @Slot(int)
    def _pin(self, query: int) -> None:
        self._pinned = NONE if query == self._pinned else query
        self._query_hovered(query)

    def _colour(self, query: int) -> None:
        row = self._row(query)
        self._strip.set_weights(None if row is None else query, row, on_context=self._cross)
        # The ink has its own attention to the letters: it takes the query whatever the attention panel shows.
        self._ink.set_weights(None if query == NONE else query, None if self._cross else row)

    def _pattern(self) -> Heatmap | None:
        """The pattern on show, of queries or of strokes; None where there is no such thing."""
        figure, view = self._panel.figure(), self._panel.current_view()
        return figure if isinstance(figure, Heatmap) and view in PATTERNS else None

    def _query(self, row: int) -> int:
        """The token that a row of the pattern on show stands for."""
        figure = self._pattern()
        if figure is None or not 0 <= row < figure.rows.size:
            return NONE
        return figure.rows.tokens[row] if figure.rows.tokens else row

    def _place(self, query: int) -> int | None:
        """The row of the pattern on show that the token belongs to."""
        figure = self._pattern()
        if figure is None or query < 0:
            return None
        tokens = figure.rows.tokens
        row = bisect_right(tokens, query) - 1 if tokens else query
        return row if 0 <= row < figure.rows.size else None

    def _row(self, query: int) -> np.ndarray | None:
        """The attention of the query in the pattern on show; None where there is no such thing."""
        figure, row = self._pattern(), self._place(query)
        return None if figure is None or row is None else figure.values[row]
