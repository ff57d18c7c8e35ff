"""The command palette, by keys and mouse."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from analysis.values import HeadId
from gui.commands.palette import BY_TIP, Palette, search
from gui.window.main_window import MainWindow
from tests.gui.fake_session import VIEWS
from tests.gui.windows import Make


@pytest.fixture
def palette(window: MainWindow) -> Palette:
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert window.finder.isVisible()
    return window.finder


def titles(palette: Palette) -> list[str]:
    return [item.title for item, _ in palette.found]


def test_that_it_holds_every_action_every_head_and_every_view(window: MainWindow) -> None:
    found = {item.title: item for item in window.finder._find_items()}
    assert window.store.facts is not None
    assert {str(head) for head in window.store.facts.heads} <= set(found)
    assert {f"{window.panels[view.panel].accessibleName()}: {view.title}" for view in VIEWS} <= set(found)
    for entry, _ in window.menus.entries():
        assert any(title.endswith(entry.text) for title in found) or entry.key == "go.palette", entry.key
    assert found["Save session"].keys == "Ctrl+S"
    assert found["Device: cpu"].where == "Model"
    assert found["L1H2"].where == "Induction 0.43"


def test_that_a_head_is_found_and_selected(palette: Palette, window: MainWindow) -> None:
    QTest.keyClicks(palette.line, "l1h1")
    assert titles(palette)[0] == "L1H1"
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    assert window.store.selection.head == HeadId(1, 1)
    assert not palette.isVisible()


def test_that_a_view_is_found_and_shown(palette: Palette, window: MainWindow, qtbot: QtBot) -> None:
    window.docks["attention"].hide()
    QTest.keyClicks(palette.line, "attsco")
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    assert window.docks["attention"].isVisible()
    assert window.panels["attention"].current_view() == "mosaic"
    qtbot.waitUntil(lambda: getattr(window.panels["attention"].figure(), "title", "") == "L0H0 mosaic")
    assert window.current.panel is window.panels["attention"]


def test_that_an_action_is_found_by_its_menu_and_run(palette: Palette, window: MainWindow) -> None:
    QTest.keyClicks(palette.line, "theme dark")
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    assert window.settings.theme == "dark"
    window.appearance.set_theme("system")


def test_that_keys_and_pointer_choose_a_line(palette: Palette, window: MainWindow) -> None:
    QTest.keyClicks(palette.line, "L0H")
    order = titles(palette)
    QTest.keyClick(palette.line, Qt.Key.Key_Down)
    QTest.keyClick(palette.line, Qt.Key.Key_Down)
    QTest.keyClick(palette.line, Qt.Key.Key_Up)
    assert palette.list.currentIndex().row() == 1
    place = palette.list.visualRect(palette.list.model().index(2, 0)).center()
    QTest.mouseClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert str(window.store.selection.head) == order[2]


def test_that_escape_leaves_and_gives_the_keyboard_back(palette: Palette, window: MainWindow) -> None:
    before = window.store.selection
    window.context.say("A message behind it.")
    QTest.keyClick(palette.line, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert window.store.selection == before
    assert window.focusWidget() is window.panels["attention"]
    assert window.banner.text == "A message behind it."


def test_that_a_click_elsewhere_leaves(palette: Palette, window: MainWindow) -> None:
    window.tree.focus_filter()
    assert not palette.isVisible()
    assert window.focusWidget() is not window.panels["attention"]


def test_that_nothing_found_is_said(palette: Palette) -> None:
    QTest.keyClicks(palette.line, "zzzz")
    assert titles(palette) == []
    assert palette._words.isVisible()
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    assert palette.isVisible()


def test_that_what_was_used_last_comes_first(palette: Palette, window: MainWindow) -> None:
    QTest.keyClicks(palette.line, "l0h3")
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    palette.open()
    assert titles(palette)[0] == "L0H3"
    QTest.keyClicks(palette.line, "l0")
    assert titles(palette)[0] == "L0H3"


def test_that_what_cannot_be_done_now_stands_last_and_does_nothing(make: Make) -> None:
    window = make()
    found = search("session", window.finder._find_items())
    assert [item.title for item, _ in found] == ["Open session…", "Save session", "Save session as…", "Open…"]
    assert [item.enabled for item, _ in found[:3]] == [True, False, False]
    window.finder.open()
    QTest.keyClicks(window.finder.line, "save session")
    QTest.keyClick(window.finder.line, Qt.Key.Key_Return)
    assert window.finder.isVisible()


def test_that_a_word_of_a_tip_finds_what_no_title_names_after_all_titles(window: MainWindow) -> None:
    tip = next(view.tip for view in VIEWS if view.tip)
    word = max(tip.split(), key=len).strip(".,")
    found = search(word, window.finder._find_items())
    assert tip in [item.tip for item, _ in found]
    by_tip = [how.how == BY_TIP for _, how in found]
    assert by_tip == sorted(by_tip)
    assert all(item.tip.lower().find(word.lower()) >= 0 for item, how in found if how.how == BY_TIP)


def test_that_a_click_on_what_cannot_be_done_now_does_nothing(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *args: (asked.append(args), ("", ""))[1])
    finder = make().finder
    finder.open()
    QTest.keyClicks(finder.line, "session")  # the first line can be done, the second not
    place = finder.list.visualRect(finder.list.model().index(1, 0)).center()
    QTest.mouseClick(finder.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert asked == []
    assert finder.isVisible()
