"""Lines and bars: hover, clicks, legend."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtTest import QTest

from analysis.figures.curves import Curves, Series
from analysis.values import HeadId
from gui.panels.renderers.curves import Curves as CurvesWidget
from gui.theme.colors import apply_theme, categorical

from .looking import click, color_at, colors_in, place, settle, show


@pytest.fixture(autouse=True)
def _light(qapp):
    apply_theme(qapp, "light")


def lines(count: int, points: int = 11, **more) -> Curves:
    """Level lines at 0, 1, 2 …"""
    x = np.arange(points, dtype=np.float32)
    series = tuple(Series(f"L0H{i}", np.full(points, i, np.float32), HeadId(0, i)) for i in range(count))
    return Curves("Title", x, series, "lag (query − key)", "attention", y_range=(-1.0, float(count)), **more)


def test_that_hover_says_x_the_series_and_its_value(qtbot):
    chart = show(qtbot, CurvesWidget())
    chart.show_figure(lines(3))
    settle()
    with qtbot.waitSignal(chart.hovered) as caught:
        QTest.mouseMove(chart.view.viewport(), place(chart, 4.1, 1.9))
    assert caught.args == ["lag 4, L0H2: 2"]


def test_that_a_click_on_a_line_selects_its_head_and_one_beside_it_nothing(qtbot):
    chart = show(qtbot, CurvesWidget())
    chart.show_figure(lines(3))
    settle()
    with qtbot.waitSignal(chart.head_clicked) as caught:
        click(chart, 5.0, 1.0)
    assert caught.args == [HeadId(0, 1)]
    with qtbot.assertNotEmitted(chart.head_clicked):
        click(chart, 5.0, 1.5)


def test_that_the_flank_of_a_peak_can_be_clicked(qtbot):
    chart = show(qtbot, CurvesWidget())
    y = np.zeros(11, np.float32)
    y[5] = 1.0
    chart.show_figure(Curves("Title", np.arange(11, dtype=np.float32), (Series("peak", y, HeadId(2, 2)),), "x", "y"))
    settle()
    with qtbot.waitSignal(chart.head_clicked) as caught:
        click(chart, 4.5, 0.5)
    assert caught.args == [HeadId(2, 2)]


def test_that_at_most_eight_lines_have_a_colour_and_the_legend_counts_the_rest(qtbot):
    chart = show(qtbot, CurvesWidget())
    chart.show_figure(lines(12))
    text = chart.legend.text()
    assert text.count("■") == 9
    assert "4&nbsp;more" in text
    assert chart.legend.geometry().bottom() <= chart.view.geometry().top()


def test_that_an_emphasised_line_has_a_colour_wherever_it_stands(qtbot):
    chart = show(qtbot, CurvesWidget())
    figure = lines(12)
    last = Series("chosen", figure.series[-1].y, emphasis=True)
    chart.show_figure(Curves("Title", figure.x, (*figure.series[:-1], last), "x", "y"))
    assert "chosen" in chart.legend.text()


def test_that_bars_are_drawn_from_zero_to_their_value(qtbot):
    chart = show(qtbot, CurvesWidget())
    x = np.array([1, 2, 3], np.float32)
    chart.show_figure(Curves("Title", x, (Series("σ", np.array([3, 2, 1], np.float32)),), "rank", "σ", bars=True))
    blue = categorical(False)[0]
    assert color_at(chart, 1.0, 2.5) == blue
    assert color_at(chart, 3.0, 0.5) == blue
    assert color_at(chart, 3.0, 1.5) != blue


def test_that_a_gap_in_a_line_is_neither_drawn_nor_named(qtbot):
    chart = show(qtbot, CurvesWidget())
    y = np.array([1, 1, np.nan, np.nan, np.nan, 1, 1], np.float32)
    chart.show_figure(Curves("Title", np.arange(7, dtype=np.float32), (Series("a", y),), "x", "y", y_range=(0.0, 2.0)))
    settle()
    blue = categorical(False)[0].name()
    image = chart.view.grab().toImage()
    spots = {x: place(chart, x, 1.0) for x in (0.5, 3.0)}
    drawn = {x: colors_in(image.copy(spot.x(), spot.y() - 2, 1, 5)) for x, spot in spots.items()}
    assert len(drawn[0.5]) > 1
    assert drawn[3.0] == {"#ffffff"}
    assert blue not in drawn[3.0]
    chart.point_at(3.0, 1.0)
    assert chart.here() is None


def test_that_marks_are_drawn_at_their_x(qtbot):
    chart = show(qtbot, CurvesWidget())
    chart.show_figure(lines(1))
    settle()
    spot = place(chart, 7.0, 0.5)
    plain = colors_in(chart.view.grab().toImage().copy(spot.x() - 1, spot.y() - 20, 3, 40))
    chart.show_figure(lines(1, marks=((7.0, "induction"),)))
    settle()
    marked = colors_in(chart.view.grab().toImage().copy(spot.x() - 1, spot.y() - 20, 3, 40))
    assert plain == {"#ffffff"}
    assert len(marked) > 1
