"""The panel: tabs, options, messages, busy line, pictures."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QMenu, QSpinBox, QTabBar, QToolButton, QWidget

from analysis.figures.axis import Axis, Scale
from analysis.figures.curves import Curves
from analysis.figures.heatmap import Heatmap
from analysis.figures.scatter import Scatter
from analysis.figures.table import Table
from analysis.values import HeadId, Option, ViewInfo
from gui.export.widget_picture import image_of
from gui.panels.panel import FigurePanel
from gui.panels.veil import Veil
from gui.theme.colors import apply_theme
from tests.gui.panels import samples

from .looking import click, place, settle, show

NORM = Option("norm", "norm", "raw", choices=(("raw", "raw"), ("folded", "folded")), tip="How.")
SCORE = Option("score", "score", "b", choices=tuple((key, f"Score {key}") for key in "abcde"))
FIRST = Option("first", "from row", "0", "number", high=500)
VIEWS = (
    ViewInfo("pattern", "attention", "Pattern", "What it shows.", (NORM, SCORE, FIRST)),
    ViewInfo("lags", "attention", "Lags", "Lags.", (NORM,)),
    ViewInfo("plain", "attention", "Plain", "Plain."),
)


@pytest.fixture
def panel(qtbot, qapp) -> FigurePanel:
    apply_theme(qapp, "light")
    panel = show(qtbot, FigurePanel("attention", "Attention"), 560, 400)
    panel.set_views(VIEWS)
    settle()
    return panel


def controls(panel: FigurePanel, kind):  # type: ignore[no-untyped-def]
    return [widget for widget in panel.findChildren(kind) if widget.isVisible() and widget.accessibleName()]


def test_that_a_tab_changes_the_view_and_its_controls(qtbot, panel):
    tabs = panel.findChild(QTabBar)
    assert panel.current_view() == "pattern"
    assert len(controls(panel, QComboBox)) == 1
    with qtbot.waitSignal(panel.view_changed) as caught:
        QTest.mouseClick(tabs, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, tabs.tabRect(1).center())
    assert caught.args == ["lags"]
    settle()
    assert not controls(panel, QComboBox)
    assert len(controls(panel, QToolButton)) == 2


def test_that_new_views_keep_the_current_one_when_it_still_exists(panel):
    panel.set_current_view("lags")
    panel.set_views(VIEWS[1:])
    assert panel.current_view() == "lags"
    panel.set_views(VIEWS[2:])
    assert panel.current_view() == "plain"


def test_that_controls_emit_key_and_value(qtbot, panel):
    folded = next(button for button in controls(panel, QToolButton) if button.text() == "folded")
    with qtbot.waitSignal(panel.option_changed) as caught:
        QTest.mouseClick(folded, Qt.MouseButton.LeftButton)
    assert caught.args == ["norm", "folded"]
    with qtbot.waitSignal(panel.option_changed) as caught:
        controls(panel, QSpinBox)[0].setValue(12)
    assert caught.args == ["first", "12"]
    combo = controls(panel, QComboBox)[0]
    with qtbot.waitSignal(panel.option_changed) as caught:
        QTest.keyClick(combo, Qt.Key.Key_Down)
    assert caught.args == ["score", "c"]


def test_that_values_set_from_outside_are_shown_in_silence_and_outlive_a_tab(qtbot, panel):
    with qtbot.assertNotEmitted(panel.option_changed):
        panel.set_options({"norm": "folded", "score": "d", "first": "7", "unknown": "x"})
        panel.set_current_view("lags")
        panel.set_current_view("pattern")
    settle()
    assert controls(panel, QComboBox)[0].currentData() == "d"
    assert controls(panel, QSpinBox)[0].value() == 7
    assert [button.text() for button in controls(panel, QToolButton) if button.isChecked()] == ["folded"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_that_the_chosen_button_is_seen(qapp, panel, theme):
    apply_theme(qapp, theme)
    settle()
    shades = {button.text(): button.grab().toImage().pixelColor(4, 4) for button in controls(panel, QToolButton)}
    assert shades["raw"] == qapp.palette().highlight().color()
    assert shades["folded"] == qapp.palette().button().color()


def test_that_every_control_has_a_name_and_a_tooltip(panel):
    found = [widget for kind in (QComboBox, QSpinBox, QToolButton, QTabBar) for widget in controls(panel, kind)]
    named = [widget for widget in found if widget.parent() is not panel.findChild(QTabBar)]
    assert len(named) == 5
    assert all(widget.toolTip() for widget in found)


def test_that_a_figure_of_another_view_is_ignored(panel):
    panel.show_figure("lags", samples.table())
    assert panel.figure() is None


@pytest.mark.parametrize("figure", [samples.heatmap(40), samples.curves(), samples.scatter(), samples.table()])
def test_that_every_kind_of_figure_is_drawn(panel, figure):
    panel.show_message("pattern", "Wait.")
    panel.show_figure("pattern", figure)
    settle()
    assert panel.figure() is figure
    assert not panel._area.veil.isVisible()
    assert len(set(image_of(panel, 1).constBits().tobytes())) > 20


def test_that_a_message_replaces_the_figure_of_another_view_and_covers_one_of_its_own(panel):
    figure = samples.heatmap(40)
    panel.show_figure("pattern", figure)
    panel.show_message("pattern", "Not for this head.")
    assert panel.figure() is figure
    assert not panel._area.veil.solid
    panel.set_current_view("lags")
    panel.show_message("lags", "Nothing here.")
    assert panel.figure() is None
    assert panel._area.veil.solid
    assert panel._area.veil.text == "Nothing here."


def test_that_busy_shows_only_after_a_moment_and_ends_with_the_figure(qtbot, panel):
    panel.show_figure("pattern", samples.heatmap(40))
    panel.show_busy("pattern", 0.2)
    assert not panel._area.veil.isVisible()
    qtbot.waitUntil(panel._area.veil.isVisible, timeout=2000)
    assert panel.figure() is not None
    panel.show_figure("pattern", samples.heatmap(40))
    assert not panel._area.veil.isVisible()


def test_that_quick_work_never_shows_busy(qtbot, panel):
    panel.show_busy("pattern", 0.0)
    panel.show_figure("pattern", samples.heatmap(40))
    qtbot.wait(200)
    assert not panel._area.veil.isVisible()


def test_that_clicks_and_hover_of_the_drawing_pass_through(qtbot, panel):
    panel.show_figure("pattern", samples.composition())
    settle()
    chart = panel._area.pages.currentWidget()
    pairs, cells, said = [], [], []
    panel.pair_clicked.connect(lambda earlier, later: pairs.append((earlier, later)))
    panel.cell_hovered.connect(lambda row, col: cells.append((row, col)))
    panel.hovered.connect(said.append)
    click(chart, 13.5, 3.5)
    QTest.mouseMove(chart.view.viewport(), place(chart, 14.5, 3.5))
    QTest.mouseMove(chart.view.viewport(), place(chart, 13.5, 3.5))
    assert pairs == [(HeadId(0, 3), HeadId(1, 5))]
    assert cells[-1] == (3, 13)
    assert said[-1] == "L0H3 → L1H5: 6"


@pytest.mark.parametrize("scale", [1, 2, 3, 4])
def test_that_a_picture_is_drawn_anew_at_its_scale(panel, scale):
    values = np.zeros((500, 500), np.float32)
    values[::2] = 1.0  # Stripes of one cell, to be told apart only where cells have a pixel of their own.
    base = samples.heatmap(500)
    panel.show_figure("pattern", type(base)(base.title, values, base.rows, base.cols, base.scale))
    settle()
    image = image_of(panel, scale)
    assert image.size() == panel.size() * scale
    assert image.devicePixelRatio() == 1
    column = [image.pixelColor(image.width() // 2, y).name() for y in range(image.height())]
    stripes = sum(above != below for above, below in pairwise(column))
    assert (stripes > 450) == (scale >= 2)
    assert stripes > 450 or stripes < 50


def test_that_a_narrow_panel_wraps_its_controls_and_stays_narrow(qtbot, panel):
    panel.resize(220, 300)
    settle()
    assert panel.width() == 220
    header = panel.findChild(QTabBar).parentWidget()
    inside = [child for child in header.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
              if child.isVisible()]
    assert all(child.geometry().right() <= header.width() for child in inside)
    rows = {child.geometry().center().y() // 12 for child in inside}
    assert len(rows) > 1


@pytest.mark.parametrize(
    "figure",
    [
        Heatmap("A", np.zeros((0, 4)), Axis("query", 0), Axis("key", 4), Scale("sequential", 0, 1, "a")),
        Curves("A", np.zeros(0), (), "x", "y"),
        Scatter("A", np.zeros((0, 2)), "x", "y"),
        Table("A", ("name", "value"), ()),
    ],
    ids=["heatmap", "curves", "scatter", "table"],
)
def test_that_a_view_with_nothing_in_it_says_so(panel, figure):
    panel.show_figure("pattern", figure)
    settle()
    veil = panel.findChild(Veil)
    assert veil.isVisible()
    assert "nothing to draw" in veil.text
    panel.show_figure("pattern", samples.heatmap(10))
    assert not veil.isVisible()


MANY = tuple(ViewInfo(f"v{place}", "attention", f"A long title {place}", "A tip.") for place in range(12))


def all_views(panel: FigurePanel) -> QToolButton:
    return next(button for button in panel.findChildren(QToolButton) if button.accessibleName().endswith("all views"))


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_that_all_views_are_listed_where_the_tabs_have_no_room(panel):
    listed = all_views(panel)
    assert not listed.isVisible()
    panel.set_views(MANY)
    settle()
    assert listed.isVisible()
    tabs = panel.findChild(QTabBar)
    assert abs(listed.geometry().center().y() - tabs.geometry().center().y()) < 6
    QTest.mouseClick(listed, Qt.MouseButton.LeftButton)
    menu = listed.findChild(QMenu)
    assert menu.isVisible()
    assert [action.text() for action in menu.actions()] == [view.title for view in MANY]
    menu.actions()[9].trigger()
    menu.close()
    assert panel.current_view() == "v9"
    panel.set_views(MANY[:1])
    settle()
    assert not listed.isVisible()


def test_that_the_list_of_all_views_follows_a_change_of_theme(qapp, panel):
    panel.set_views(MANY)
    settle()
    in_light = all_views(panel).grab().toImage()
    apply_theme(qapp, "dark")
    settle()
    live = all_views(panel).grab().toImage()
    fresh = FigurePanel("attention", "Attention")
    assert live != in_light
    assert all_views(panel).palette() == all_views(fresh).palette()
    fresh.deleteLater()


def test_that_words_of_a_new_model_do_not_lie_over_the_figure_of_the_one_before(panel):
    panel.show_figure("pattern", samples.heatmap(10))
    panel.show_message("pattern", "It is being computed.")
    veil = panel.findChild(Veil)
    assert not veil.solid
    panel.forget()
    panel.show_message("pattern", "It is being computed.")
    assert veil.solid
    assert panel.figure() is None
    assert panel.chart() is None
