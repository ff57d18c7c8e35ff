"""Panels that show the same axis zoom and move together."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from analysis.figures.axis import Axis, Scale
from analysis.figures.heatmap import Heatmap
from analysis.values import HeadId, ViewInfo
from gui.panels.panel import FigurePanel
from gui.window.links.zoom_link import ZoomLink
from tests.gui.panels.looking import place, settle, show


def matrix(rows: str, cols: str, size: int = 128) -> Heatmap:
    values = np.zeros((size, size), np.float32)
    return Heatmap("A", values, Axis(rows, size), Axis(cols, size), Scale("diverging", -1, 1, "weight"))


QK, OV = matrix("query dimension", "key dimension"), matrix("source dimension", "destination dimension")


@pytest.fixture
def pair(qtbot):
    """The panels of QK and OV, linked."""
    panels = []
    for key in ("qk", "ov"):
        panel = show(qtbot, FigurePanel(key, key))
        panel.set_views((ViewInfo(key, key, key, "A view."), ViewInfo(f"{key}2", key, "other", "A view.")))
        panels.append(panel)
    parent = QObject()
    panels.append(ZoomLink(tuple(panels), parent))
    panels.append(parent)
    panels[0].show_figure("qk", QK)
    panels[1].show_figure("ov", OV)
    settle()
    yield panels
    parent.deleteLater()


def shown(panel) -> tuple[tuple[float, float], tuple[float, float]]:
    x, y = panel.chart().box.viewRange()
    return tuple(np.round(x, 6)), tuple(np.round(y, 6))


def wheel(chart, x: float, y: float) -> None:
    spot = place(chart, x, y)
    turned = QWheelEvent(QPointF(spot), QPointF(chart.view.viewport().mapToGlobal(spot)), QPoint(), QPoint(0, 480),
                         Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(chart.view.viewport(), turned)
    settle()


def test_that_the_columns_of_qk_move_the_rows_of_ov_and_the_other_way(pair):
    qk, ov, *_ = pair
    wheel(qk.chart(), 20, 100)
    (left, right), (top, bottom) = shown(qk)
    assert right - left < 127
    assert shown(ov)[1] == (left, right)  # what keys read is what OV moves: the source
    assert shown(ov)[0] == (top, bottom)
    wheel(ov.chart(), 5, 5)
    assert shown(qk) == shown(ov)[::-1]


def test_that_a_double_click_shows_all_again_in_both(pair):
    qk, ov, *_ = pair
    wheel(qk.chart(), 20, 100)
    spot = place(ov.chart(), *(sum(span) / 2 for span in shown(ov)))
    for press in (QTest.mouseClick, QTest.mouseDClick):
        press(ov.chart().view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot)
    settle()
    assert shown(qk) == shown(ov) == ((0, 128), (0, 128))


def test_that_dragging_and_keys_are_followed_too(pair):
    qk, ov, *_ = pair
    view, none = qk.chart().view.viewport(), Qt.KeyboardModifier.NoModifier
    first, last = place(qk.chart(), 10, 20), place(qk.chart(), 60, 90)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, none, first)
    for share in (0.3, 0.6, 1.0):
        QTest.mouseMove(view, first + (last - first) * share)
        settle()
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, none, last)
    settle()
    assert abs(shown(ov)[1][0] - 10) < 3
    assert abs(shown(ov)[0][1] - 90) < 3
    QTest.keyClick(qk.chart(), Qt.Key.Key_0)
    assert shown(ov) == ((0, 128), (0, 128))


def test_that_an_axis_of_another_size_or_meaning_stays(pair):
    qk, ov, *_ = pair
    ov.show_figure("ov", matrix("source token", "logit of token"))
    wheel(qk.chart(), 20, 100)
    assert shown(ov) == ((0, 128), (0, 128))
    ov.show_figure("ov", matrix("source dimension", "destination dimension", 64))
    assert shown(ov) == ((0, 64), (0, 64))


def test_that_a_view_that_comes_back_stands_where_it_stood(pair):
    qk, ov, *_ = pair
    wheel(qk.chart(), 20, 100)
    before = shown(ov)
    ov.set_current_view("ov2")
    ov.show_figure("ov2", matrix("source token", "logit of token", 32))
    ov.set_current_view("ov")
    ov.show_figure("ov", OV)
    assert shown(ov) == before


def test_that_panels_stand_still_when_the_link_is_off(pair):
    qk, ov, link, _ = pair
    link.set_on(False)
    wheel(qk.chart(), 20, 100)
    assert shown(ov) == ((0, 128), (0, 128))


def test_that_other_heads_make_another_axis(qtbot):
    charts = []
    for heads in ((HeadId(0, 0), HeadId(0, 1)), (HeadId(0, 0), HeadId(1, 0))):
        axis = Axis("earlier head", 2, heads=heads)
        panel = show(qtbot, FigurePanel("qk", "qk"))
        panel.set_views((ViewInfo("qk", "qk", "qk", "A view."),))
        panel.show_figure("qk", Heatmap("A", np.zeros((2, 2)), axis, Axis("x", 2), Scale("sequential", 0, 1, "a")))
        charts.append(panel.chart())
    assert charts[0].shared_axes()[0] == charts[1].shared_axes()[0]
    assert charts[0].shared_axes()[1] != charts[1].shared_axes()[1]
