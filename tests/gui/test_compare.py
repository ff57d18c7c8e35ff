"""Pinning a head, a checkpoint, a folder: what the window does."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from analysis.values import HeadId
from gui.commands.actions import compare
from gui.shared.settings import Settings
from gui.window import compare as compare_module
from gui.window.main_window import MainWindow
from gui.work.worker import Worker
from tests.gui.fake_session import FakeSession


def option(window: MainWindow, key: str) -> str:
    return window.store.selection.option(key, "")


def test_that_the_comparison_is_hidden_until_a_head_is_pinned_and_after_it_is_unpinned(window: MainWindow) -> None:
    dock = window.docks["compare"]
    assert not dock.isVisible()
    assert not window.menus.action("compare.unpin").isEnabled()
    window.menus.action("compare.pin").trigger()
    assert dock.isVisible()
    assert option(window, compare_module.HEAD) == "L0H0"
    window.store.select(HeadId(1, 1))
    assert option(window, compare_module.HEAD) == "L0H0"
    window.menus.action("compare.unpin").trigger()
    assert not dock.isVisible()
    assert option(window, compare_module.HEAD) == ""


def test_that_a_view_of_the_comparison_comes_in_front(window: MainWindow) -> None:
    window.current.show_view("compare_second", "compare_second")
    assert window.docks["compare"].isVisible()
    assert window.current.panel is window.panels["compare_second"]


def test_that_a_checkpoint_and_a_folder_are_asked_for_and_kept(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare, "ask_for_file", lambda *_: "/there.pt")
    monkeypatch.setattr(compare, "ask_for_folder", lambda *_: "/run")
    window.menus.action("compare.checkpoint").trigger()
    window.menus.action("compare.folder").trigger()
    assert option(window, compare_module.CHECKPOINT) == "/there.pt"
    assert option(window, compare_module.FOLDER) == "/run"
    monkeypatch.setattr(compare, "ask_for_file", lambda *_: "")
    window.menus.action("compare.checkpoint").trigger()
    assert option(window, compare_module.CHECKPOINT) == "/there.pt"


def test_that_a_pinned_head_that_a_new_model_does_not_have_is_let_go(
    window: MainWindow, session: FakeSession, qtbot: QtBot
) -> None:
    session.cross = True
    with qtbot.waitSignal(window.opener.opened):
        window.open_path("/crossed.pt")
    window.store.select(HeadId(0, 0, "cross"))
    window.menus.action("compare.pin").trigger()
    session.cross = False
    with qtbot.waitSignal(window.opener.opened):
        window.open_path("/plain.pt")
    assert option(window, compare_module.HEAD) == ""


def test_that_three_figures_of_a_real_model_stand_side_by_side(qtbot: QtBot, tmp_path: Path) -> None:
    window = MainWindow(Worker(device="cpu"), Settings(str(tmp_path / "settings.ini")))
    window.show()
    window.start("demo:handwriting", head=HeadId(1, 0))
    qtbot.waitUntil(lambda: window.settled, timeout=60_000)
    window.menus.action("compare.pin").trigger()
    window.store.select(HeadId(1, 1))
    qtbot.waitUntil(lambda: window.settled, timeout=60_000)
    titles = [window.panels[key].figure().title for key, _ in compare_module.PANELS]  # type: ignore[union-attr]
    assert titles == ["L1H1 attention", "L1H0 attention (pinned)", "Difference"]
    window.close()
    window.deleteLater()


@pytest.mark.parametrize("size", [(1366, 768), (1440, 900)])
def test_that_the_comparison_comes_up_high_enough_to_read_its_patterns(
    window: MainWindow, qtbot: QtBot, size: tuple[int, int]
) -> None:
    window.resize(*size)
    window.layouts.reset()
    window.comparison.pin_head()
    qtbot.waitUntil(lambda: window.docks["compare"].height() > size[1] // 4)
