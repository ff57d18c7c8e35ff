"""What panels are given while they are hidden and shown again."""

from __future__ import annotations

from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from analysis.values import HeadId
from gui.window.main_window import MainWindow
from tests.gui.fake_session import FakeSession


def test_that_a_figure_asked_for_before_the_panel_was_hidden_is_not_drawn_for_another_head(
    window: MainWindow, session: FakeSession, qtbot: QtBot
) -> None:
    drawn: list[str] = []
    window.requests.drawn.connect(
        lambda view: drawn.append(getattr(window.panels["qk"].figure(), "title", "")) if view == "qk" else None
    )
    session.gate.clear()
    window.store.select(HeadId(1, 1))
    window.docks["qk"].hide()
    window.store.select(HeadId(0, 2))
    session.gate.set()
    qtbot.waitUntil(lambda: window.settled)
    QTest.qWait(50)
    assert drawn == []
    window.docks["qk"].show()
    qtbot.waitUntil(lambda: window.settled and bool(drawn))
    assert drawn == ["L0H2 qk"]


def test_that_a_panel_behind_another_tab_asks_for_nothing_until_it_comes_to_the_front(
    window: MainWindow, qtbot: QtBot
) -> None:
    effects, composition = window.panels["effects"], window.panels["composition"]
    assert (window.docks.in_sight(effects), window.docks.in_sight(composition)) == (False, True)
    window.docks["effects"].raise_()
    qtbot.waitUntil(lambda: window.docks.in_sight(effects) and not window.docks.in_sight(composition))


def test_that_a_panel_that_floats_away_from_behind_a_tab_shows_the_selected_head(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.docks["qk"].raise_()
    window.tabifyDockWidget(window.docks["qk"], window.docks["ov"])
    for front in ("ov", "qk"):
        window.docks[front].raise_()
        qtbot.waitUntil(lambda front=front: window.docks.in_sight(window.panels[front]) and window.settled)
    window.store.select(HeadId(1, 2))
    qtbot.waitUntil(lambda: window.settled)
    window.docks["ov"].setFloating(True)
    qtbot.waitUntil(lambda: getattr(window.panels["ov"].figure(), "title", "").startswith("L1H2"))
