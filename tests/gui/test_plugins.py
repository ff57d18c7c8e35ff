"""What other packages add, in a real window on the real session."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from analysis import plugins
from gui.panels.panel import FigurePanel
from gui.shared.settings import Settings
from gui.start.diagnostics import TextDialog
from gui.window.main_window import MainWindow
from gui.work.worker import Worker
from tests.plugin_packages import BROKEN_VIEW, install

PATIENCE_MS = 60_000
GOOD_VIEW = """
from analysis.figures.table import Row, Table
from analysis.values import ViewInfo
from analysis.views import View
VIEW = View(ViewInfo('greeting', 'card', 'Greeting', 'Says hello.', depends=frozenset()),
            lambda session, selection, tick: Table('Hello', ('word',), (Row(('hello',)),)))
"""
FAILING_VIEW = GOOD_VIEW.replace("greeting", "failing").replace("Table('Hello'", "1 / 0 or Table('Hello'")


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package with three views is installed: one works, one fails when it is asked, one cannot be used."""
    modules = {"greeting": GOOD_VIEW, "failing": FAILING_VIEW, "nowhere": BROKEN_VIEW}
    modules = {f"plugin_{name}": source for name, source in modules.items()}
    points = {"headscope.views": {module: module for module in modules}}
    monkeypatch.syspath_prepend(str(install(tmp_path, "three-views", points, **modules)))
    for cached in (plugins._found, plugins._entry_points):
        cached.cache_clear()
    yield
    for cached in (plugins._found, plugins._entry_points):
        cached.cache_clear()
    for module in modules:
        sys.modules.pop(module, None)


@pytest.fixture
def window(installed: None, tmp_path: Path) -> Iterator[MainWindow]:
    window = MainWindow(Worker(), Settings(str(tmp_path / "settings.ini")))
    window.show()
    yield window
    window.close()
    assert window.stopped_cleanly
    window.deleteLater()


def go_to(panel: FigurePanel, view: str) -> None:
    panel.set_current_view(view)
    panel.view_changed.emit(view)


def test_that_a_broken_plugin_is_named_in_the_diagnostics_and_the_window_works(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.start("demo:textbook")
    qtbot.waitUntil(lambda: window.settled and window.store.scores is not None, timeout=PATIENCE_MS)
    card = window.panels["card"]
    go_to(card, "greeting")
    qtbot.waitUntil(lambda: (shown := card.figure()) is not None and shown.title == "Hello", timeout=PATIENCE_MS)
    go_to(card, "failing")
    qtbot.waitUntil(lambda: "ZeroDivisionError" in card._area.veil.text, timeout=PATIENCE_MS)
    go_to(card, "head_card")
    qtbot.waitUntil(lambda: card.figure() is not None, timeout=PATIENCE_MS)
    window.menus.action("help.diagnostics").trigger()
    [dialog] = window.findChildren(TextDialog)
    text = dialog.text.toPlainText()
    assert "three-views 1.0, headscope.views plugin_greeting: in use." in text
    assert "three-views 1.0, headscope.views plugin_nowhere: left out: its panel cannot be 'cellar'." in text
    dialog.close()
