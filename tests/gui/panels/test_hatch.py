"""Cells that are not significant look different from those that are."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint

from analysis.figures.axis import Axis, Scale
from analysis.figures.heatmap import Heatmap
from gui.panels.renderers.heatmap import Heatmap as HeatmapWidget
from gui.panels.renderers.heatmap import runs
from gui.theme.colors import apply_theme

from .looking import settle, show


def figure(faint: np.ndarray | None) -> Heatmap:
    values = np.full((2, 4), 0.9, np.float32)
    return Heatmap("Title", values, Axis("layer", 2), Axis("head", 4), Scale("sequential", 0, 1, "x"), faint=faint)


def colors_in(widget: HeatmapWidget, row: int, col: int) -> set[int]:
    """The colours inside one cell, away from its edges."""
    image = widget.view.grab().toImage()
    corners = [widget.box.mapToScene(widget.pixel(col + x, row + y)).toPoint() for x, y in ((0.2, 0.2), (0.8, 0.8))]
    (left, top), (right, low) = ((corner.x(), corner.y()) for corner in corners)
    return {image.pixel(QPoint(x, y)) for x in range(left, right) for y in range(top, low)}


def test_that_faint_cells_are_dimmed_and_hatched_and_the_others_are_as_before(qtbot, qapp):
    faint = np.zeros((2, 4), bool)
    faint[1, 1:3] = True
    for theme in ("light", "dark"):
        apply_theme(qapp, theme)
        widget = show(qtbot, HeatmapWidget(), 500, 300)
        widget.show_figure(figure(None))
        settle()
        plain = colors_in(widget, 0, 0)
        assert len(plain) == 1
        widget.show_figure(figure(faint))
        settle()
        assert colors_in(widget, 0, 0) == colors_in(widget, 1, 0) == colors_in(widget, 1, 3) == plain
        for col in (1, 2):
            hatched = colors_in(widget, 1, col)
            assert len(hatched) > 1
            assert not hatched & plain


def test_that_the_words_say_that_a_cell_is_not_significant(qtbot):
    widget = show(qtbot, HeatmapWidget(), 500, 300)
    widget.show_figure(figure(np.eye(2, 4, dtype=bool)))
    assert widget.words(0, 0).endswith("0.9, not significant")
    assert widget.words(0, 1).endswith("0.9")


def test_that_neighbours_in_a_row_are_one_run() -> None:
    faint = np.array([[1, 1, 0, 1], [0, 0, 0, 0], [1, 1, 1, 1]], bool)
    assert runs(faint) == [(0, 0, 2), (0, 3, 4), (2, 0, 4)]
