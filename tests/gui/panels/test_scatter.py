"""Points in a plane: equal axes, labels under the pointer."""

from __future__ import annotations

import numpy as np
from PySide6.QtTest import QTest

from analysis.figures.scatter import Scatter
from gui.panels.renderers.scatter import Scatter as ScatterWidget
from gui.theme.colors import apply_theme

from .looking import color_at, place, settle, show

POINTS = np.array([[1.0, 0.0], [-2.0, 3.0], [0.5, -1.0]], np.float32)


def test_that_hover_says_the_label_of_the_nearest_point_and_nothing_far_from_all(qtbot):
    chart = show(qtbot, ScatterWidget())
    chart.show_figure(Scatter("Title", POINTS, "Re λ", "Im λ", ("a", "b", "c")))
    settle()
    with qtbot.waitSignal(chart.hovered) as caught:
        QTest.mouseMove(chart.view.viewport(), place(chart, -1.98, 3.0))
    assert caught.args == ["b"]
    with qtbot.waitSignal(chart.hovered) as caught:
        QTest.mouseMove(chart.view.viewport(), place(chart, 0.5, 2.0))
    assert caught.args == [""]


def test_that_a_point_without_a_label_says_its_place(qtbot):
    chart = show(qtbot, ScatterWidget())
    chart.show_figure(Scatter("Title", POINTS, "Re λ", "Im λ"))
    assert chart.words(0, 1) == "Re λ −2, Im λ 3"


def test_that_both_axes_have_one_scale_and_every_point_is_in_sight(qtbot):
    chart = show(qtbot, ScatterWidget(), 700, 300)
    chart.show_figure(Scatter("Title", POINTS, "Re λ", "Im λ"))
    settle()
    wide, high = chart.pixels_per_unit()
    assert abs(wide - high) < 0.01 * high
    (left, right), (low, top) = chart.box.viewRange()
    assert left < -2 < 1 < right
    assert low < -1 < 3 < top


def test_that_points_and_background_follow_the_theme(qtbot, qapp):
    apply_theme(qapp, "light")
    chart = show(qtbot, ScatterWidget())
    chart.show_figure(Scatter("Title", POINTS, "Re λ", "Im λ"))
    point, ground = color_at(chart, 1.0, 0.0), color_at(chart, 0.5, 2.0)
    apply_theme(qapp, "dark")
    assert color_at(chart, 1.0, 0.0) != point
    assert color_at(chart, 0.5, 2.0).lightness() < 60 < ground.lightness()
