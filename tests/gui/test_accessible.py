"""The window without a mouse, without eyes, and with large text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from analysis.figures.drawing import colormaps
from analysis.values import HeadId
from gui.panels.renderers.heatmap import Heatmap
from gui.panels.renderers.table import RowView
from gui.shared.settings import Settings
from gui.window.appearance import apply_text_size
from gui.window.main_window import MainWindow
from tests.gui.accessibility import clipped, focusable, tab_stops, unnamed
from tests.gui.fake_session import FakeSession
from tests.screenshots.dialogs import dialogs

Make = Callable[[], MainWindow]


@pytest.fixture
def make(make: Make, qtbot: QtBot) -> Iterator[Make]:
    """Makes a window that has drawn; closes it in the end."""

    def build() -> MainWindow:
        window = make()
        window.activateWindow()
        window.start(None, head=HeadId(0, 0))
        qtbot.waitUntil(lambda: window.settled, timeout=60_000)
        return window

    yield build
    apply_text_size(100)


@pytest.fixture(params=[False, True], ids=["tokens", "handwriting"])
def window(make: Make, session: FakeSession, request: pytest.FixtureRequest) -> MainWindow:
    session.cross = session.handwriting = request.param
    return make()


def test_that_tab_reaches_every_control_and_comes_back(window: MainWindow) -> None:
    stops = tab_stops(window)
    missed = [widget for widget in focusable(window) if widget not in stops]
    assert not missed
    assert len(stops) > 15


def test_that_tab_goes_through_a_panel_from_its_views_to_its_controls_to_its_drawing(window: MainWindow) -> None:
    stops = tab_stops(window)
    for panel in window.panels.values():
        places = [place for place, stop in enumerate(stops) if panel.isAncestorOf(stop)]
        if places:
            assert places == list(range(places[0], places[0] + len(places))), panel.key
    attention = [stop for stop in stops if window.panels["attention"].isAncestorOf(stop)]
    assert attention[0].accessibleName() == "Attention: views"
    assert attention[-1] is window.panels["attention"].chart()


def test_that_every_control_of_the_window_has_a_name_and_says_what_it_does(window: MainWindow) -> None:
    assert unnamed(window) == []


def _below(kind: type) -> Iterator[type]:
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)


def test_that_every_control_of_every_dialog_has_a_name_and_is_reached_by_tab(window: MainWindow) -> None:
    seen = set()
    for _, dialog in dialogs(window):
        seen.add(type(dialog))
        assert dialog.windowTitle()
        assert unnamed(dialog) == [], dialog.windowTitle()
        if focusable(dialog):
            dialog.activateWindow()
            stops = tab_stops(dialog)
            assert [widget for widget in focusable(dialog) if widget not in stops] == []
    ours = {kind for kind in _below(QDialog) if kind.__module__.startswith("gui.") and not kind.__subclasses__()}
    assert ours <= seen, "a dialog is missing in tests/screenshots/dialogs.py"


@pytest.mark.parametrize("per_cent", [100, 200])
def test_that_no_text_is_clipped_at_twice_its_size(window: MainWindow, per_cent: int) -> None:
    window.appearance.set_text_size(per_cent)
    window.layouts.reset()
    for _ in range(5):
        QApplication.processEvents()
    assert clipped(window) == []
    for name, dialog in dialogs(window):
        assert clipped(dialog) == [], name


def test_that_a_clipped_text_is_found(qtbot: QtBot) -> None:
    """The check itself can fail."""
    box = QWidget()
    line = QLineEdit(box)
    qtbot.addWidget(box)
    line.setText("some words")
    line.setFixedHeight(6)
    box.show()
    assert len(clipped(box)) == 1


def test_that_walking_over_the_pattern_by_key_colours_the_prompt(window: MainWindow) -> None:
    chart = window.panels["attention"].chart()
    assert chart is not None
    chart.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(chart, Qt.Key.Key_Down)
    QTest.keyClick(chart, Qt.Key.Key_Down)
    words = window.status.words.text()
    assert words.startswith("query 2 → key 0:")
    assert QAccessible.queryAccessibleInterface(chart).text(QAccessible.Text.Value) == words


def test_that_tokens_are_walked_and_kept_by_key(make: Make) -> None:
    window = make()
    chips = window.strip._tokens
    chips.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(chips, Qt.Key.Key_Right)
    QTest.keyClick(chips, Qt.Key.Key_Right)
    assert window.status.words.text().startswith("token 2 't2'")
    assert window.panels["attention"].chart()._cursor == (2, None)  # type: ignore[union-attr]
    told = QAccessible.queryAccessibleInterface(chips)
    assert told.text(QAccessible.Text.Name) == "Tokens of the prompt"
    assert told.text(QAccessible.Text.Value).startswith("token 2 't2'")
    QTest.keyClick(chips, Qt.Key.Key_Return)
    QTest.keyClick(chips, Qt.Key.Key_End)
    QTest.keyClick(chips, Qt.Key.Key_Tab)
    assert window.panels["attention"].chart()._cursor == (2, None)  # type: ignore[union-attr]


def test_that_strokes_and_letters_are_walked_by_key(make: Make, session: FakeSession) -> None:
    session.cross = session.handwriting = True
    window = make()
    canvas = next(widget for widget in window.findChildren(QWidget) if widget.accessibleName() == "Ink of the prompt")
    canvas.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    assert "stroke 1 (t2 t3" in window.status.words.text()
    QTest.keyClick(canvas, Qt.Key.Key_Up)  # the beginning of its word
    assert "stroke 0 (t0 t1" in window.status.words.text()
    QTest.keyClick(canvas, Qt.Key.Key_End)
    assert "stroke 5" in window.status.words.text()


def test_that_a_row_of_the_head_s_card_is_chosen_by_key(make: Make, qtbot: QtBot) -> None:
    window = make()
    view = window.panels["card"].findChild(RowView)
    view.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert window.status.words.text() == "Induction: 0.50"
    QTest.keyClick(view, Qt.Key.Key_Tab)
    assert not view.hasFocus()


def test_that_f6_goes_around_all_panels_and_back(make: Make) -> None:
    window = make()
    window.tree.view.setFocus()
    visited = []
    for _ in range(sum(not dock.visibleRegion().isEmpty() for dock in window.docks.values())):
        window.menus.action("go.next_panel").trigger()
        now = QApplication.focusWidget()
        visited.append(next(key for key, dock in window.docks._docks.items() if dock.isAncestorOf(now)))
    assert visited == ["attention", "qk", "ov", "composition", "card", "prompt", "heads"]
    window.menus.action("go.previous_panel").trigger()
    assert window.docks["prompt"].isAncestorOf(QApplication.focusWidget())


def test_that_choices_of_looks_are_kept(make: Make, tmp_path: Path) -> None:
    window = make()
    window.appearance.set_map("sequential", "ember")
    window.appearance.set_text_size(125)
    window.appearance.toggle_profiles()
    window.appearance.toggle_linked()
    window.close()
    again = make()
    assert (again.appearance.text_size, again.appearance.profiles, again.appearance.linked) == (125, True, False)
    assert colormaps.chosen("log") == "ember"
    chart = again.panels["attention"].chart()
    assert isinstance(chart, Heatmap)
    assert chart.above.shown
    for kind, key in (("sequential", "sea"), ("diverging", "blue_red")):
        again.appearance.set_map(kind, key)


def test_that_kept_choices_that_mean_nothing_are_the_defaults(make: Make, tmp_path: Path) -> None:
    settings = Settings(str(tmp_path / "settings.ini"))
    for key in ("map_sequential", "map_diverging", "text_size", "profiles", "linked_zoom"):
        settings.keep_look(key, "nonsense")
    window = make()
    assert (window.appearance.text_size, window.appearance.profiles, window.appearance.linked) == (100, False, True)
    assert colormaps.chosen("sequential") == "sea"
