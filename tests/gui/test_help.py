"""Help, hints and tooltips: everything is explained, by the same texts."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton, QTabBar, QTextBrowser
from pytestqt.qtbot import QtBot

from analysis.plugins import discover
from gui.commands.actions import Action
from gui.commands.actions import discover as discover_actions
from gui.commands.help_window import HelpWindow
from gui.commands.hints import HINTS
from gui.window.main_window import MainWindow
from tests.gui.fake_session import SCORES, VIEWS
from tests.gui.windows import Make

WORDS_SAY_ALL: tuple[str, ...] = ()
"""Scores and views that need no formula beside their sentence."""
EXPLAINED = [*(score.info for score in discover("scores")), *(view.info for view in discover("views"))]


@pytest.fixture
def help_(window: MainWindow) -> HelpWindow:
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_F1)
    assert window.help.isVisible()
    return window.help


def text(help_: HelpWindow, page: str) -> str:
    browser = help_.tabs.widget([help_.tabs.tabText(place).partition(" (")[0] for place in range(5)].index(page))
    assert isinstance(browser, QTextBrowser)
    return browser.toPlainText()


@pytest.mark.parametrize("info", EXPLAINED, ids=lambda info: info.key)
def test_that_every_score_and_view_is_explained_in_a_sentence_and_a_formula(info: object) -> None:
    words = getattr(info, "definition", None) or info.tip  # type: ignore[attr-defined]
    assert words.endswith(".")
    assert 10 < len(words) < 400
    assert info.formula or info.key in WORDS_SAY_ALL, "shown in its tooltip and in Help"  # type: ignore[attr-defined]
    assert "\n" not in info.formula  # type: ignore[attr-defined]


def test_that_help_names_every_score_view_option_and_key(help_: HelpWindow) -> None:
    for score in SCORES:
        assert score.title in text(help_, "Scores")
        assert score.definition in text(help_, "Scores")
        assert score.source in text(help_, "Scores")
    for view in VIEWS:
        assert f"▸ {view.title}" in text(help_, "Views")
        for option in view.options:
            assert option.tip in text(help_, "Views")
    for entry in discover_actions():
        for keys in entry.shortcuts if isinstance(entry, Action) else ():
            assert keys in text(help_, "Keys")


def test_that_a_search_leaves_what_has_all_the_words(help_: HelpWindow) -> None:
    line = help_.findChild(QLineEdit)
    QTest.keyClicks(line, "token before attention")
    assert text(help_, "Scores").startswith("Previous token")
    assert "Induction" not in text(help_, "Scores")
    assert help_.tabs.tabText(1) == "Scores (1)"
    assert help_.tabs.currentIndex() == 1  # the first page had nothing
    QTest.keyClicks(line, " zebra")
    assert help_._nothing.isVisible()
    line.clear()
    assert help_.tabs.tabText(1) == "Scores"
    assert not help_._nothing.isVisible()


def test_that_the_view_on_show_is_explained(window: MainWindow) -> None:
    window.current.show_view("attention", "mosaic")
    QTest.keyClick(window, Qt.Key.Key_F1, Qt.KeyboardModifier.ShiftModifier)
    assert text(window.help, "Views").startswith("Attention ▸ Scores")
    assert "Residual" not in text(window.help, "Views")
    window.help.close()


def test_that_help_shows_before_a_model_is_open_and_fills_with_it(make: Make, qtbot: QtBot) -> None:
    window = make()
    window.help.show_page("Scores")
    assert text(window.help, "Scores") == ""
    window.start(None)
    qtbot.waitUntil(lambda: window.settled)
    window.help.show_page("Scores")
    assert "Induction" in text(window.help, "Scores")
    window.help.close()


def test_that_the_name_of_a_file_is_shown_as_it_is(window: MainWindow) -> None:
    window.settings.add_recent("/tmp/<b>bold</b>.pt")
    window.menus.fill()
    tip = window.menus.menu("File/Open recent").actions()[0].toolTip()
    assert "&lt;b&gt;" in tip


def test_that_tooltips_of_tabs_and_columns_carry_the_formula(window: MainWindow) -> None:
    tabs = window.panels["attention"].findChild(QTabBar)
    assert tabs.tabToolTip(0).splitlines() == ["Attention.", "A = softmax"]
    tip = window.tree.model.headerData(1, Qt.Orientation.Horizontal, int(Qt.ItemDataRole.ToolTipRole))
    assert tip.splitlines()[1] == "A[i, i − L + 1]"


# ---- hints


@pytest.fixture
def hinted(make: Make, qtbot: QtBot) -> MainWindow:
    """A first start."""
    window = make()
    window.hints.offer()
    window.start(None)
    qtbot.waitUntil(lambda: window.settled)
    assert window.hints.isVisible()
    return window


def button(window: MainWindow, text: str) -> QPushButton:
    return next(one for one in window.hints.findChildren(QPushButton) if one.text() == text)


def test_that_hints_walk_through_the_window_and_do_not_come_again(hinted: MainWindow, make: Make, qtbot: QtBot) -> None:
    for place, (key, _) in enumerate(HINTS):
        assert hinted.hints._count.text() == f"{place + 1} of {len(HINTS)}"
        assert hinted.rect().contains(hinted.hints.geometry())
        if key:
            inside = hinted.docks[key].mapTo(hinted, hinted.docks[key].rect().center())
            assert hinted.hints._outline.geometry().contains(inside)
        QTest.mouseClick(button(hinted, "Done" if place == len(HINTS) - 1 else "Next"), Qt.MouseButton.LeftButton)
    assert not hinted.hints.isVisible()
    again = make()
    again.hints.offer()
    again.start(None)
    qtbot.waitUntil(lambda: again.settled)
    assert not again.hints.isVisible()


def test_that_hints_can_be_dismissed_and_asked_for_again(hinted: MainWindow) -> None:
    QTest.mouseClick(button(hinted, "No more hints"), Qt.MouseButton.LeftButton)
    assert not hinted.settings.hints
    assert not hinted.hints._outline.isVisible()
    hinted.menus.action("help.hints").trigger()
    assert hinted.hints.isVisible()


def test_that_the_window_works_under_the_hints(hinted: MainWindow, qtbot: QtBot) -> None:
    hinted.activateWindow()
    before = hinted.store.selection.head
    QTest.keyClick(hinted, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert hinted.store.selection.head != before
    hinted.resize(900, 600)
    assert hinted.rect().contains(hinted.hints.geometry())
    with qtbot.waitSignal(hinted.opener.opened):
        hinted.open_path("/somewhere/other.pt")
    assert not hinted.hints.isVisible()  # they speak of the demo


def test_that_escape_ends_the_hints_wherever_the_keyboard_is(hinted: MainWindow) -> None:
    hinted.activateWindow()
    hinted.tree.view.setFocus()
    hinted.context.say("A message that Escape dismisses too.")
    for _ in range(2):
        QTest.keyClick(hinted.tree.view, Qt.Key.Key_Escape)
    assert not hinted.hints.isVisible()
    assert not hinted.hints._outline.isVisible()
    assert hinted.banner.text == ""
