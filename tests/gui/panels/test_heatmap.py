"""The heatmap: colours at cells, hover words, clicks, zoom, themes."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from analysis.figures.axis import Axis, Scale
from analysis.figures.heatmap import Heatmap
from analysis.values import HeadId
from gui.panels.renderers.heatmap import Heatmap as HeatmapWidget
from gui.theme.colors import UNDEFINED, apply_theme, table

from .looking import click, color_at, colors_in, place, settle, show


@pytest.fixture(autouse=True)
def _light(qapp):
    apply_theme(qapp, "light")


def figure(values, rows=None, cols=None, scale=None, **more) -> Heatmap:
    values = np.asarray(values, np.float32)
    rows, cols = rows or Axis("query", len(values)), cols or Axis("key", values.shape[1])
    return Heatmap("A title", values, rows, cols, scale or Scale("sequential", 0.0, 1.0, "attention"), **more)


def rgb(index: int, kind: str = "sequential", dark: bool = False) -> QColor:
    return QColor(*map(int, table(kind, dark)[index]))


def test_that_each_cell_has_the_colour_of_its_value(qtbot):
    values = np.arange(16, dtype=np.float32).reshape(4, 4) * 16 / 254
    chart = show(qtbot, HeatmapWidget())
    chart.show_figure(figure(np.minimum(values, 1)))
    for row in range(4):
        for col in range(4):
            assert color_at(chart, col + 0.5, row + 0.5) == rgb(min(254, (4 * row + col) * 16))


def test_that_the_first_row_is_at_the_top(qtbot):
    chart = show(qtbot, HeatmapWidget())
    chart.show_figure(figure(np.zeros((5, 5))))
    assert place(chart, 0, 0.5).y() < place(chart, 0, 4.5).y()


def test_that_an_undefined_cell_looks_different_from_zero(qtbot):
    chart = show(qtbot, HeatmapWidget())
    chart.show_figure(figure([[np.nan, 0.0], [0.0, -1.0]], scale=Scale("diverging", -1, 1, "z")))
    assert color_at(chart, 0.5, 0.5) == rgb(UNDEFINED, "diverging")
    assert color_at(chart, 1.5, 0.5) == rgb(127, "diverging")
    assert color_at(chart, 1.5, 1.5) == rgb(0, "diverging")
    assert rgb(UNDEFINED, "diverging") != rgb(127, "diverging")


@pytest.mark.parametrize("spot", [(0, 0), (1023, 700), (2047, 2047)])
def test_that_one_hot_cell_among_four_million_stays_visible(qtbot, spot):
    values = np.zeros((2048, 2048), np.float32)
    values[spot] = 1.0
    chart = show(qtbot, HeatmapWidget())
    chart.show_figure(figure(values))
    settle()
    assert rgb(254).name() in colors_in(chart.view.grab().toImage().copy(chart.box.sceneBoundingRect().toRect()))
    assert "each pixel shows the largest of" in chart.heading.words()[1]


def test_that_heads_are_not_pooled_when_only_the_lags_are_too_many(qtbot):
    chart = show(qtbot, HeatmapWidget())
    chart.show_figure(figure(np.zeros((4, 2048))))
    settle()
    assert chart.cells.cut.row_power == 0
    assert chart.cells.cut.col_power >= 2


def test_that_zooming_in_shows_single_cells_again(qtbot):
    chart = show(qtbot, HeatmapWidget())
    chart.show_figure(figure(np.zeros((2048, 2048))))
    settle()
    coarse = chart.cells.cut
    chart.box.setRange(xRange=(100, 150), yRange=(200, 240), padding=0)
    settle()
    fine = chart.cells.cut
    assert coarse.col_power >= 2
    assert (fine.row_power, fine.col_power) == (0, 0)
    assert (fine.row, fine.row_stop, fine.col, fine.col_stop) == (200, 240, 100, 150)
    assert "largest of" not in chart.heading.words()[1]


def test_that_the_wheel_zooms_and_a_double_click_shows_everything_again(qtbot):
    chart = show(qtbot, HeatmapWidget())
    chart.show_figure(figure(np.zeros((100, 100))))
    settle()
    spot = place(chart, 50, 50)
    wheel = QWheelEvent(QPointF(spot), QPointF(chart.view.viewport().mapToGlobal(spot)), QPoint(), QPoint(0, 240),
                        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(chart.view.viewport(), wheel)
    settle()
    assert chart.box.viewRect().width() < 99
    for press in (QTest.mouseClick, QTest.mouseDClick):
        press(chart.view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot)
    settle()
    assert chart.box.viewRect().width() == 100


def test_that_dragging_a_rectangle_zooms_to_it_and_a_right_drag_moves(qtbot):
    chart = show(qtbot, HeatmapWidget())
    chart.show_figure(figure(np.zeros((100, 200))))
    settle()
    drag(chart, Qt.MouseButton.LeftButton, (50, 20), (150, 60))
    zoomed = chart.box.viewRect()
    assert abs(zoomed.left() - 50) < 3
    assert abs(zoomed.right() - 150) < 3
    assert abs(zoomed.bottom() - 60) < 3
    drag(chart, Qt.MouseButton.RightButton, (100, 40), (90, 40))
    moved = chart.box.viewRect()
    assert abs(moved.left() - zoomed.left() - 10) < 3
    assert abs(moved.width() - zoomed.width()) < 0.01


def drag(chart, button, start, stop) -> None:
    view, none = chart.view.viewport(), Qt.KeyboardModifier.NoModifier
    first, last = place(chart, *start), place(chart, *stop)
    QTest.mousePress(view, button, none, first)
    for share in (0.3, 0.6, 1.0):
        QTest.mouseMove(view, first + (last - first) * share)
        settle()
    QTest.mouseRelease(view, button, none, last)
    settle()


def test_that_hover_says_the_cell_in_words(qtbot):
    labels = tuple(f"θ {2 * i}°" for i in range(8))
    chart = show(qtbot, HeatmapWidget())
    values = np.zeros((8, 8), np.float32)
    values[6, 5] = 0.834
    chart.show_figure(figure(values, Axis("query", 8, labels, 100), Axis("key", 8, labels, 100)))
    settle()
    said, cells = [], []
    chart.hovered.connect(said.append)
    chart.cell_hovered.connect(lambda row, col: cells.append((row, col)))
    QTest.mouseMove(chart.view.viewport(), place(chart, 5.5, 6.5))
    assert said == ["query 106 'θ 12°' → key 105 'θ 10°': 0.834"]
    assert cells == [(6, 5)]
    QApplication.sendEvent(chart.view, QEvent(QEvent.Type.Leave))
    assert said[-1] == ""
    assert cells[-1] == (-1, -1)


def test_that_hover_says_undefined_and_names_pairs_of_heads(qtbot):
    heads = (HeadId(0, 0), HeadId(1, 2))
    chart = show(qtbot, HeatmapWidget())
    axes = (Axis(name, 2, ("L0H0", "L1H2"), heads=heads) for name in ("earlier head", "later head"))
    chart.show_figure(figure([[np.nan, -0.5], [np.nan, np.nan]], *axes))
    assert chart.words(0, 0) == "L0H0 → L0H0: undefined"
    assert chart.words(0, 1) == "L0H0 → L1H2: −0.5"


def test_that_a_click_on_a_cell_of_heads_selects_the_head(qtbot):
    heads = tuple(tuple(HeadId(layer, index) for index in range(3)) for layer in range(2))
    chart = show(qtbot, HeatmapWidget())
    chart.show_figure(figure(np.zeros((2, 3)), cell_heads=heads))
    settle()
    with qtbot.waitSignal(chart.head_clicked) as caught:
        click(chart, 2.5, 1.5)
    assert caught.args == [HeadId(1, 2)]


def test_that_a_click_between_two_axes_of_heads_selects_the_pair(qtbot):
    heads = tuple(HeadId(layer, 0) for layer in range(3))
    chart = show(qtbot, HeatmapWidget())
    chart.show_figure(figure(np.zeros((3, 3)), *(Axis(name, 3, heads=heads) for name in ("earlier", "later"))))
    settle()
    with qtbot.waitSignal(chart.pair_clicked) as caught:
        click(chart, 2.5, 0.5)
    assert caught.args == [HeadId(0, 0), HeadId(2, 0)]


def test_that_a_click_on_a_row_of_a_head_selects_it(qtbot):
    heads = (HeadId(0, 0), HeadId(0, 1))
    chart = show(qtbot, HeatmapWidget())
    chart.show_figure(figure(np.zeros((2, 9)), Axis("head", 2, heads=heads)))
    settle()
    with qtbot.waitSignal(chart.head_clicked) as caught:
        click(chart, 7.5, 1.5)
    assert caught.args == [HeadId(0, 1)]


def test_that_small_square_matrices_have_square_cells(qtbot):
    chart = show(qtbot, HeatmapWidget(), 700, 300)
    chart.show_figure(figure(np.zeros((8, 8))))
    settle()
    wide, high = chart.pixels_per_unit()
    assert abs(wide - high) < 0.05 * high


def test_that_a_zoom_stays_from_head_to_head_but_not_from_prompt_to_prompt(qtbot):
    chart = show(qtbot, HeatmapWidget())
    chart.show_figure(figure(np.zeros((90, 90))))
    chart.box.setRange(xRange=(10, 20), yRange=(10, 20), padding=0)
    chart.show_figure(figure(np.ones((90, 90))))
    assert chart.box.viewRect().width() == 10
    chart.show_figure(figure(np.ones((80, 80))))
    assert chart.box.viewRect().width() == 80


def test_that_a_change_of_theme_repaints_in_its_colours(qtbot, qapp):
    chart = show(qtbot, HeatmapWidget())
    chart.show_figure(figure([[0.0, 1.0], [1.0, 0.0]]))
    assert color_at(chart, 0.5, 0.5) == rgb(0)
    apply_theme(qapp, "dark")
    assert color_at(chart, 0.5, 0.5) == rgb(0, dark=True)
    assert color_at(chart, 1.5, 0.5) == rgb(254, dark=True)


def test_that_the_linked_crosshair_is_drawn_and_taken_away(qtbot):
    chart = show(qtbot, HeatmapWidget())
    chart.show_figure(figure(np.zeros((90, 90))))
    settle()
    row = place(chart, 0, 40.5).y()
    before = {chart.view.grab().toImage().pixelColor(100, row + shift).name() for shift in (-1, 0, 1)}
    chart.set_cursor(40, None)
    settle()
    crossed = {chart.view.grab().toImage().pixelColor(100, row + shift).name() for shift in (-1, 0, 1)}
    chart.set_cursor(None, None)
    settle()
    after = {chart.view.grab().toImage().pixelColor(100, row + shift).name() for shift in (-1, 0, 1)}
    assert before == after == {"#ffffff"}
    assert crossed != before
