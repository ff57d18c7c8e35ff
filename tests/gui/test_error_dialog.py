"""Errors that nobody foresaw, raised in slots, in threads and in painting; and the diagnostics."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from gui.session import session_file
from gui.start import app as program
from gui.start.diagnostics import TextDialog
from gui.start.error_dialog import MAX_LOGGED, ErrorDialog, ErrorHook
from gui.window.main_window import MainWindow

pytestmark = pytest.mark.no_qt_log


@pytest.fixture
def window(window: MainWindow) -> Iterator[MainWindow]:
    yield window
    for dialog in window.findChildren(ErrorDialog):
        dialog.close()


@pytest.fixture
def watched(window: MainWindow) -> Iterator[ErrorHook]:
    hook = program._watch(window)
    yield hook
    hook.stop()


def fail(words: str = "a cable came loose") -> None:
    raise RuntimeError(words)


def happen(error: Callable[[], object] = fail) -> None:
    """As Python hands an error in a slot to the hook."""
    try:
        error()
    except RuntimeError as raised:
        sys.excepthook(type(raised), raised, raised.__traceback__)


def dialogs(window: MainWindow) -> list[ErrorDialog]:
    return [dialog for dialog in window.findChildren(ErrorDialog) if dialog.isVisible()]


def button(dialog: ErrorDialog | TextDialog, text: str) -> QPushButton | None:
    return next((item for item in dialog.findChildren(QPushButton) if item.text() == text), None)


def test_that_an_error_is_said_and_its_details_can_be_copied(window: MainWindow, watched: ErrorHook) -> None:
    happen()
    assert "RuntimeError: a cable came loose" in window.banner.text
    [dialog] = dialogs(window)
    copy = button(dialog, "Copy details")
    assert copy is not None
    copy.click()
    copied = QGuiApplication.clipboard().text()
    assert "Traceback" in copied
    assert "in fail" in copied
    assert "torch:" in copied
    assert "PySide6-Essentials:" in copied


def test_that_the_session_can_be_saved_from_the_dialog(
    window: MainWindow, watched: ErrorHook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "kept.headscope"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (str(path), ""))
    happen()
    save = button(dialogs(window)[0], "Save session…")
    assert save is not None
    save.click()
    assert session_file.read(path)["checkpoint"]


def test_that_a_storm_of_errors_is_one_dialog(
    window: MainWindow, watched: ErrorHook, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(MAX_LOGGED + 50):
        happen()
    assert len(dialogs(window)) == 1
    assert len([record for record in caplog.records if record.exc_info]) == MAX_LOGGED
    dialogs(window)[0].close()
    QApplication.sendPostedEvents(None, 52)
    happen()
    assert len(dialogs(window)) == 1


def test_that_an_error_in_another_thread_is_shown_by_the_window(
    window: MainWindow, watched: ErrorHook, qtbot: QtBot
) -> None:
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    assert dialogs(window) == []
    qtbot.waitUntil(lambda: bool(dialogs(window)))


def test_that_the_window_goes_on_after_an_error_in_a_slot(
    window: MainWindow, watched: ErrorHook, qtbot: QtBot
) -> None:
    QTimer.singleShot(0, window, fail)
    qtbot.waitUntil(lambda: bool(dialogs(window)))
    dialogs(window)[0].close()
    window.store.select(window.store.facts.heads[-1])  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: window.settled)


def test_that_diagnostics_tell_what_a_report_needs(window: MainWindow) -> None:
    window.menus.action("help.diagnostics").trigger()
    [dialog] = window.findChildren(TextDialog)
    text = dialog.text.toPlainText()
    for name in ("Headscope:", "Python:", "System:", "Memory:", "Qt:", "Screen:", "Devices:", "torch:", "Log:"):
        assert f"\n{name}" in f"\n{text}", name
    copy = button(dialog, "Copy")
    assert copy is not None
    copy.click()
    assert QGuiApplication.clipboard().text() == text
    dialog.close()
