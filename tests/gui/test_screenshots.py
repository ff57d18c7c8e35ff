"""Pictures of views: each with its figure, or none at all."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from analysis.values import HeadId, UserError
from gui.window.main_window import MainWindow
from tests.gui.fake_session import VIEWS, FakeSession
from tests.gui.windows import Make
from tests.screenshots import __main__ as pictures


@pytest.fixture
def written(make: Make, session: FakeSession, qtbot: QtBot) -> MainWindow:
    """A window that has drawn handwriting, with a panel behind another tab."""
    session.handwriting = True
    window = make()
    window.start(None, head=HeadId(0, 0))
    window.docks["effects"].raise_()
    qtbot.waitUntil(lambda: window.settled and not window.docks.in_sight(window.panels["composition"]))
    return window


def test_that_a_view_behind_another_tab_is_pictured_with_its_figure(written: MainWindow) -> None:
    names = []
    for name, _ in pictures.view_shots(written, "light"):
        names.append(name)
        assert written.panels[name.split("-")[1]].figure() is not None
    assert names == [f"view-{view.panel}-{view.key}-light" for panel in written.panels for view in VIEWS
                     if view.panel == panel]


def test_that_a_picture_without_a_figure_is_none(written: MainWindow, session: FakeSession) -> None:
    session.look_error = UserError("It cannot be drawn.")
    with pytest.raises(RuntimeError, match="pattern shows no figure"):
        list(pictures.view_shots(written, "light"))
