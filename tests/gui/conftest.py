"""Headless by default; nothing may outlive a test."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QThread
from PySide6.QtWidgets import QApplication

from tests.gui.fake_session import FakeSession
from tests.gui.windows import make, window

__all__ = ["make", "window"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The offscreen platform remarks on windows that it knows no size hints and none above others; that is no fault."""
    for item in items:
        if "gui" in item.path.parts:
            known = "This plugin does not support (propagateSizeHints|raise)"
            item.add_marker(pytest.mark.qt_log_ignore(known, extend=True))


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture(autouse=True)
def _nothing_dangles(qapp: QApplication) -> Iterator[None]:
    """Fails a test that leaves a running thread or a visible window behind."""
    before = {id(widget) for widget in qapp.topLevelWidgets()}
    yield
    qapp.sendPostedEvents(None, 52)  # QEvent.DeferredDelete
    running = [thing for thing in gc.get_objects() if issubclass(type(thing), QThread) and _is_running(thing)]
    assert not running, f"threads still run: {running}"
    left = [widget for widget in qapp.topLevelWidgets() if id(widget) not in before and widget.isVisible()]
    assert not left, f"windows still shown: {left}"


def _is_running(thread: QThread) -> bool:
    try:
        return thread.isRunning()
    except RuntimeError:  # Its C++ side is gone already.
        return False
