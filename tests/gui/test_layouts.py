"""Where the docks and buttons stand in windows of several sizes."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTabBar, QToolButton
from pytestqt.qtbot import QtBot

from gui.window.main_window import MainWindow


def tabs(window: MainWindow) -> list[list[str]]:
    """The words of the docks' tabs that are on show."""
    bars = window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
    return sorted([bar.tabText(at) for at in range(bar.count())] for bar in bars if bar.isVisible())


def reset(window: MainWindow, qtbot: QtBot, width: int, height: int) -> None:
    window.resize(width, height)
    window.menus.action("view.reset_layout").trigger()
    qtbot.wait(50)


def test_that_a_layout_that_is_reset_leaves_no_tabs_of_the_one_before(window: MainWindow, qtbot: QtBot) -> None:
    for size in ((1440, 900), (1024, 700), (1440, 900)):
        reset(window, qtbot, *size)
    assert tabs(window) == [["Composition", "Effects"]]


@pytest.mark.parametrize("size", [(1024, 700), (1366, 728), (800, 560)])
def test_that_panels_of_a_low_window_lie_behind_each_other_and_have_room(
    window: MainWindow, qtbot: QtBot, size: tuple[int, int]
) -> None:
    reset(window, qtbot, *size)
    assert (window.width(), window.height()) == size
    assert tabs(window) == [["Attention", "QK"], ["Composition", "Effects", "OV"]]
    seen = [key for key, panel in window.panels.items() if window.docks.in_sight(panel)]
    assert {"attention", "composition", "card"} <= set(seen)
    assert not {"qk", "ov", "effects"} & set(seen)
    assert window.panels["attention"].height() > 0.4 * window.height()


def test_that_buttons_lose_their_words_before_the_bars_take_another_row(window: MainWindow, qtbot: QtBot) -> None:
    button = next(one for one in window.findChildren(QToolButton) if one.text() == "Open")
    reset(window, qtbot, 1800, 900)
    assert button.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonTextBesideIcon
    reset(window, qtbot, 700, 700)
    assert button.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonIconOnly
    assert button.toolTip()
    assert abs(button.mapTo(window, button.rect().center()).y()
               - window.prompt_bar.mapTo(window, window.prompt_bar.rect().center()).y()) < 10


def test_that_the_prompt_keeps_its_height_when_the_window_shrinks_and_grows_and_panels_close(
    window: MainWindow, qtbot: QtBot
) -> None:
    reset(window, qtbot, 1366, 728)
    qtbot.wait(200)
    prompt, attention = window.docks["prompt"], window.docks["attention"]
    before = prompt.height(), attention.height()

    def back() -> bool:
        return abs(prompt.height() - before[0]) <= 4 and abs(attention.height() - before[1]) <= 4

    window.resize(500, 400)
    qtbot.wait(100)
    window.resize(1366, 728)
    qtbot.waitUntil(back)
    window.comparison.pin_head()
    qtbot.wait(100)
    window.docks["compare"].close()
    qtbot.waitUntil(back)


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_that_one_panel_floats_and_docks_again_by_the_same_key(window: MainWindow, qtbot: QtBot) -> None:
    reset(window, qtbot, 1366, 728)
    window.current.focus("attention")
    for floating in (["attention"], [], ["attention"], []):
        window.menus.action("view.float").trigger()
        qtbot.wait(30)
        assert [key for key, dock in window.docks._docks.items() if dock.isFloating()] == floating
        assert window.current.panel.key == "attention"
