"""The attention panel, the ink and the token strip show the same query: hover one and the others follow."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, Slot

from analysis.values import Heatmap

from .panels.panel import FigurePanel
from .panels.tokens import TokenStrip
from .store import Store

NONE = -1


class AttentionLink(QObject):
    """Colours strip and ink by the attention of the query under the pointer, else of the pinned one."""

    def __init__(
        self, store: Store, panel: FigurePanel, strip: TokenStrip, ink: FigurePanel, parent: QObject
    ) -> None:
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

    @Slot()
    def refresh(self) -> None:
        """Another figure is on show, of the selected head: colour by its row of the pinned query."""
        self._cross = self._store.selection.head.kind == "cross"
        self._colour(self._pinned)

    @Slot(int, int)
    def _panel_hovered(self, row: int, col: int) -> None:
        self._colour(row if self._row(row) is not None else self._pinned)

    @Slot(int)
    def _query_hovered(self, query: int) -> None:
        query = query if query != NONE else self._pinned
        self._panel.set_cursor(query if self._row(query) is not None else None, None)
        self._colour(query)

    @Slot(int)
    def _letter_hovered(self, letter: int) -> None:
        """The crosshair goes to the letter's column, where the pattern on show has one."""
        query = self._pinned if self._row(self._pinned) is not None else None
        on_show = letter != NONE and self._cross and self._row(0) is not None
        self._panel.set_cursor(query, letter if on_show else None)

    @Slot(int)
    def _pin(self, query: int) -> None:
        self._pinned = NONE if query == self._pinned else query
        self._query_hovered(query)

    def _colour(self, query: int) -> None:
        row = self._row(query)
        self._strip.set_weights(None if row is None else query, row, on_context=self._cross)
        # The ink has its own attention to the letters: it takes the query whatever the attention panel shows.
        self._ink.set_weights(None if query == NONE else query, None if self._cross else row)

    def _row(self, query: int) -> np.ndarray | None:
        """The attention of the query in the pattern on show; None where there is no such thing."""
        figure = self._panel.figure()
        if not isinstance(figure, Heatmap) or figure.rows.name != "query" or self._panel.current_view() != "pattern":
            return None
        return figure.values[query] if 0 <= query < figure.rows.size else None
