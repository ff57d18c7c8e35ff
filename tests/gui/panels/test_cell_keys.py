"""The cursor that keys move over a drawing: where it goes, what is said, what is seen."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest

from analysis.figures.axis import Axis, Scale
from analysis.figures.curves import Curves, Series
from analysis.figures.heatmap import Heatmap
from analysis.figures.scatter import Scatter
from analysis.values import HeadId
from gui.panels.drawing.cell_keys import moved
from gui.panels.drawing.profile import pooled
from gui.panels.renderers.curves import Curves as CurvesWidget
from gui.panels.renderers.heatmap import Heatmap as HeatmapWidget
from gui.panels.renderers.scatter import Scatter as ScatterWidget
from gui.theme.colors import apply_theme

from .looking import colors_in, settle, show

NONE, SHIFT, CTRL = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier,
                     Qt.KeyboardModifier.ControlModifier)
SHAPE, PAGE = (100, 60), (20, 15)


@pytest.fixture(autouse=True)
def _light(qapp):
    apply_theme(qapp, "light")


@pytest.mark.parametrize(
    ("key", "held", "goes"),
    [
        (Qt.Key.Key_Up, NONE, (49, 30)), (Qt.Key.Key_Down, NONE, (51, 30)),
        (Qt.Key.Key_Left, NONE, (50, 29)), (Qt.Key.Key_Right, NONE, (50, 31)),
        (Qt.Key.Key_Down, SHIFT, (60, 30)), (Qt.Key.Key_Left, CTRL, (50, 20)),
        (Qt.Key.Key_PageDown, NONE, (70, 30)), (Qt.Key.Key_PageUp, SHIFT, (50, 15)),
        (Qt.Key.Key_Home, NONE, (50, 0)), (Qt.Key.Key_End, NONE, (50, 59)),
        (Qt.Key.Key_Home, CTRL, (0, 0)), (Qt.Key.Key_End, CTRL, (99, 59)),
        (Qt.Key.Key_A, NONE, None), (Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier, None),
    ],
)
def test_that_a_key_moves_the_cursor_by_its_step(key, held, goes):
    assert moved((50, 30), key, held, SHAPE, PAGE) == goes


def test_that_the_cursor_stays_on_the_grid_and_an_empty_grid_has_none():
    assert moved((0, 0), Qt.Key.Key_Up, SHIFT, SHAPE, PAGE) == (0, 0)
    assert moved((99, 59), Qt.Key.Key_PageDown, NONE, SHAPE, PAGE) == (99, 59)
    assert moved((0, 0), Qt.Key.Key_Down, NONE, (0, 5), PAGE) is None


def heatmap(qtbot, size=90, **more):  # type: ignore[no-untyped-def]
    values = np.arange(size * size, dtype=np.float32).reshape(size, size) / size**2
    chart = show(qtbot, HeatmapWidget())
    chart.show_figure(Heatmap("A title", values, Axis("query", size), Axis("key", size),
                              Scale("sequential", 0.0, 1.0, "attention"), note="a note", **more))
    settle()
    chart.setFocus(Qt.FocusReason.TabFocusReason)
    return chart


def press(chart, *keys, held=NONE) -> None:
    for key in keys:
        QTest.keyClick(chart, key, held)
    settle()


def value(widget) -> str:
    return QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Value)


def test_that_arrows_walk_over_cells_and_say_each_to_eye_and_ear(qtbot):
    chart = heatmap(qtbot)
    said, cells = [], []
    chart.hovered.connect(said.append)
    chart.cell_hovered.connect(lambda row, col: cells.append((row, col)))
    press(chart, Qt.Key.Key_Down, Qt.Key.Key_Right)
    assert cells == [(1, 0), (1, 1)]
    assert said[-1] == "query 1 → key 1: 0.0112" == value(chart)
    press(chart, Qt.Key.Key_End, held=CTRL)
    assert chart.here() == (89, 89)


def test_that_a_screen_reader_hears_title_note_axes_and_keys(qtbot):
    chart = heatmap(qtbot)
    told = QAccessible.queryAccessibleInterface(chart)
    assert told.role() == QAccessible.Role.Chart
    assert told.text(QAccessible.Text.Name) == "A title"
    for words in ("a note", "query", "key", "Arrows"):
        assert words in told.text(QAccessible.Text.Description)
    assert told.state().focusable


def test_that_the_cursor_is_outlined_and_stays_in_sight_of_a_zoom(qtbot):
    chart = heatmap(qtbot)
    chart.box.setRange(xRange=(0, 10), yRange=(0, 10), padding=0)
    press(chart, Qt.Key.Key_Home, held=CTRL)
    press(chart, *[Qt.Key.Key_Down] * 14)
    view = chart.box.viewRect()
    assert view.top() < 14.5 < view.bottom()
    assert view.height() == pytest.approx(10)
    spot = chart.view.mapFromScene(chart.box.mapViewToScene(chart.box.viewRect().topLeft()))
    around = chart.view.grab().toImage().copy(spot.x(), chart.view.mapFromScene(
        chart.box.mapToScene(chart.pixel(0, 14))).y() - 3, 8, 8)
    assert chart.palette().text().color().name() in colors_in(around)


def test_that_plus_and_minus_zoom_around_the_cursor_and_nought_shows_all(qtbot):
    chart = heatmap(qtbot)
    chart.walk_to((40, 40))
    press(chart, Qt.Key.Key_Plus, Qt.Key.Key_Plus)
    assert chart.box.viewRect().width() == pytest.approx(90 * 0.64, rel=0.01)
    assert chart.box.viewRect().contains(40.5, 40.5)
    press(chart, Qt.Key.Key_Minus)
    assert chart.box.viewRect().width() == pytest.approx(90 * 0.8, rel=0.01)
    press(chart, Qt.Key.Key_0)
    assert chart.box.viewRect().width() == 90


def test_that_enter_selects_the_head_of_the_cell(qtbot):
    heads = tuple(tuple(HeadId(layer, index) for index in range(4)) for layer in range(4))
    chart = heatmap(qtbot, 4, cell_heads=heads, marked=(1, 1))
    # Keys start at the cell that is marked already.
    press(chart, Qt.Key.Key_Right)
    with qtbot.waitSignal(chart.head_clicked) as caught:
        press(chart, Qt.Key.Key_Return)
    assert caught.args == [HeadId(1, 2)]


def test_that_keys_a_drawing_does_not_know_are_left_to_the_window(qtbot):
    chart = heatmap(qtbot)
    before = chart.here()
    press(chart, Qt.Key.Key_F5, Qt.Key.Key_A)
    press(chart, Qt.Key.Key_Left, held=Qt.KeyboardModifier.AltModifier)
    assert chart.here() == before


def test_that_leaving_by_tab_takes_the_cursor_away_and_coming_back_brings_it(qtbot):
    chart = heatmap(qtbot)
    press(chart, Qt.Key.Key_Down, Qt.Key.Key_Down)
    chart.clearFocus()
    assert chart.here() is None
    assert value(chart) == ""
    chart.setFocus(Qt.FocusReason.TabFocusReason)
    assert chart.here() == (2, 0)


def test_that_keys_walk_along_a_curve_and_from_curve_to_curve(qtbot):
    chart = show(qtbot, CurvesWidget())
    lines = (Series("L0H0", np.array([0.1, 0.2, 0.3])), Series("L0H1", np.array([0.5, np.nan, 0.7]), HeadId(0, 1)))
    chart.show_figure(Curves("Lags", np.arange(3), lines, "lag", "attention"))
    press(chart, Qt.Key.Key_Right, Qt.Key.Key_Right)
    assert value(chart) == "lag 2, L0H0: 0.3"
    press(chart, Qt.Key.Key_Down)
    assert value(chart) == "lag 2, L0H1: 0.7"
    with qtbot.waitSignal(chart.head_clicked) as caught:
        press(chart, Qt.Key.Key_Return)
    assert caught.args == [HeadId(0, 1)]


def test_that_keys_walk_from_point_to_point(qtbot):
    chart = show(qtbot, ScatterWidget())
    chart.show_figure(Scatter("Eigenvalues", np.array([[1, 0], [0, 1]]), "Re λ", "Im λ", ("one", "i")))
    press(chart, Qt.Key.Key_Right)
    assert value(chart) == "i"
    press(chart, Qt.Key.Key_Home)
    assert value(chart) == "one"


# ---- profiles ----------------------------------------------------------------------------------------------------


def test_that_profiles_show_row_and_column_under_the_cursor_only_when_asked_for(qtbot):
    chart = heatmap(qtbot)
    wide = chart.box.width()
    chart.walk_to((3, 5))
    assert chart.above.values is None
    chart.set_profiles(True)
    settle()
    assert chart.box.width() < wide
    assert (chart.above.values == chart.figure.values[3]).all()
    assert (chart.beside.values == chart.figure.values[:, 5]).all()
    chart.point_left()
    assert chart.above.values is None
    chart.set_profiles(False)
    settle()
    assert chart.box.width() == wide


def test_that_a_profile_is_drawn_on_the_scale_of_the_figure(qtbot):
    """A row of ones half filled with zeros: the profile is full on the left and empty on the right."""
    values = np.zeros((80, 80), np.float32)
    values[10, :40] = 1.0
    chart = heatmap(qtbot, 80)
    chart.show_figure(Heatmap("A", values, Axis("query", 80), Axis("key", 80), Scale("sequential", 0.0, 1.0, "a")))
    chart.set_profiles(True)
    chart.walk_to((10, 0))
    settle()
    image, area = chart.view.grab().toImage(), chart.above.sceneBoundingRect()
    y = round(area.top() + 0.4 * area.height())
    filled = image.pixelColor(round(area.left() + 0.3 * area.width()), y)
    empty = image.pixelColor(round(area.left() + 0.8 * area.width()), y)
    assert empty.name() == "#ffffff"
    assert filled.name() != "#ffffff"
    assert chart.above.level(0.25) == 0.25
    chart.above.set_scale(Scale("log", 1e-4, 1.0, "a"), chart.palette())
    assert chart.above.level(0.01) == pytest.approx(0.5)


def test_that_pooling_a_profile_keeps_the_largest_magnitude_and_every_cell():
    values = np.zeros(1000, np.float32)
    values[777], values[3] = -5.0, 2.0
    edges, steps = pooled(values, 128)
    assert len(steps) == len(edges) - 1 <= 128
    assert (edges[0], edges[-1]) == (0, 1000)
    assert steps[next(place for place, edge in enumerate(edges) if edge > 777) - 1] == -5.0
    assert steps[0] == 2.0
    assert np.isnan(pooled(np.full(9, np.nan, np.float32), 3)[1]).all()
