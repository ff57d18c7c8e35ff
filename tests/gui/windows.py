"""Windows on the made-up session, closed in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from analysis.values import HeadId
from gui.shared.settings import Settings
from gui.window.main_window import MainWindow
from gui.work.worker import Worker
from tests.gui.fake_session import FakeSession

Make = Callable[..., MainWindow]


@pytest.fixture
def make(session: FakeSession, qtbot: QtBot, tmp_path: Path) -> Iterator[Make]:
    """Makes windows on the made-up session; closes them in the end."""
    windows: list[MainWindow] = []

    def build(size: tuple[int, int] | None = None) -> MainWindow:
        window = MainWindow(Worker(lambda device: session), Settings(str(tmp_path / "settings.ini")), size)
        windows.append(window)
        window.show()
        qtbot.waitExposed(window)
        return window

    yield build
    session.gate.set()
    for window in windows:
        window.close()
        assert window.stopped_cleanly
        window.deleteLater()


@pytest.fixture
def window(make: Make, qtbot: QtBot) -> MainWindow:
    """A window that has drawn the demo, at its first head."""
    window = make()
    window.start(None, head=HeadId(0, 0))
    qtbot.waitUntil(lambda: window.settled)
    return window


def real_window(tmp_path: Path) -> Iterator[MainWindow]:
    """A window on the real analysis; it must close cleanly."""
    window = MainWindow(Worker(device="cpu"), Settings(str(tmp_path / "settings.ini")))
    window.show()
    yield window
    window.close()
    assert window.stopped_cleanly
    window.deleteLater()
