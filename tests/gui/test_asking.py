"""Asking for induction again, by the form and by the command line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from analysis.loading.formats.native import save_native
from analysis.values import Asked, HeadId, JobUpdate, UserError
from gui.prompt import asking
from gui.prompt.asking import AskDialog, Asker
from gui.start.arguments import parse
from gui.window.main_window import MainWindow
from tests.analysis.handmade import induction_model
from tests.gui.fake_session import FakeSession
from tests.gui.windows import Make, real_window

KEY = Qt.Key
PATIENCE_MS = 60_000


@pytest.fixture
def dialog(window: MainWindow, qtbot: QtBot) -> AskDialog:
    """The form, opened by its key."""
    return opened(window, qtbot)


def opened(window: MainWindow, qtbot: QtBot) -> AskDialog:
    with qtbot.waitActive(window):
        window.activateWindow()
    qtbot.keyClick(window, KEY.Key_F5, Qt.KeyboardModifier.ShiftModifier)
    form = window.context[Asker].dialog
    assert form is not None
    with qtbot.waitActive(form):
        pass
    return form


def typed(dialog: AskDialog, qtbot: QtBot, *fields: str) -> None:
    """Types into the fields from the first on, as Tab walks over them."""
    dialog.length.setFocus()
    for text in fields:
        field = dialog.focusWidget()
        qtbot.keyClick(field, KEY.Key_A, Qt.KeyboardModifier.ControlModifier)
        qtbot.keyClicks(field, text)
        qtbot.keyClick(field, KEY.Key_Tab)


def test_that_the_form_asks_for_what_is_typed_and_remembers_it(
    window: MainWindow, dialog: AskDialog, session: FakeSession, qtbot: QtBot
) -> None:
    assert dialog.asked() == Asked()
    assert dialog.length.text() == "found"
    typed(dialog, qtbot, "24", "3", "16", "7", "5:40")
    with qtbot.waitSignal(window.worker.asked_changed):
        qtbot.keyClick(dialog, KEY.Key_Return)
    asked = Asked(24, 3, 16, 7, "5:40")
    assert session.named("ask") == [asked]
    assert window.context[Asker].dialog is None
    qtbot.waitUntil(lambda: window.settled)
    assert session.named("slice").count("answer") == session.job_steps + 1
    assert opened(window, qtbot).asked() == asked


def test_that_a_refused_question_stays_in_the_form_with_the_reason(
    window: MainWindow, dialog: AskDialog, session: FakeSession, qtbot: QtBot
) -> None:
    typed(dialog, qtbot, "500")
    with qtbot.waitSignal(window.worker.asking_failed):
        qtbot.keyClick(dialog, KEY.Key_Return)
    assert dialog.isVisible()
    assert dialog.words.isVisible()
    assert dialog.words.text() == "The length is from 4 to 60 tokens here, not 500."
    assert dialog.button.isEnabled()
    assert window.store.asked == Asked()
    typed(dialog, qtbot, "24")
    with qtbot.waitSignal(window.worker.asked_changed):
        qtbot.mouseClick(dialog.button, Qt.MouseButton.LeftButton)
    assert window.store.asked == Asked(24)
    assert [one.length for one in session.named("ask")] == [500, 24]  # type: ignore[attr-defined]


def test_that_escape_changes_nothing(
    window: MainWindow, dialog: AskDialog, session: FakeSession, qtbot: QtBot
) -> None:
    typed(dialog, qtbot, "24")
    qtbot.keyClick(dialog, KEY.Key_Escape)
    assert window.context[Asker].dialog is None
    assert session.named("ask") == []
    assert opened(window, qtbot).asked() == Asked()


def test_that_a_file_of_tokens_can_be_chosen(
    dialog: AskDialog, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "ask_for_file", lambda *what: "words.txt")
    qtbot.mouseClick(dialog.file, Qt.MouseButton.LeftButton)
    assert dialog.asked() == Asked(tokens="words.txt")


def test_that_the_window_started_with_a_question_asks_it(make: Make, session: FakeSession, qtbot: QtBot) -> None:
    asked = Asked(12, 4, 8, 3, "5:40")
    window = make()
    window.start(None, asked=asked)
    qtbot.waitUntil(lambda: window.settled)
    assert session.named("ask") == [asked]
    assert window.store.asked == asked
    assert [name for name, _ in session.calls if name in ("ask", "open")] == ["ask", "open"]


def test_that_the_command_line_of_the_window_takes_a_question() -> None:
    assert parse(["headscope"]).asked == Asked()
    how = ["--length", "12", "--repeats", "4", "--samples", "8", "--seed", "3", "--token-range", "5:40"]
    given = parse(["headscope", *how, "--head", "L1H0"])
    assert given.asked == Asked(12, 4, 8, 3, "5:40")
    for wrong in ("--repeats 9", "--samples 0", "--seed -1", "--length x"):
        with pytest.raises(UserError):
            parse(["headscope", *wrong.split()])


@pytest.fixture
def real(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    yield from real_window(tmp_path)


def test_that_the_real_analysis_is_asked_and_refuses_in_a_sentence(
    real: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    model = induction_model(20, 48)
    save_native({name: model.weights[name] for name in model.weights}, model.config, tmp_path / "m.safetensors")
    told: list[JobUpdate] = []
    real.worker.job_changed.connect(told.append)
    real.start(str(tmp_path / "m.safetensors"), head=HeadId(1, 0), asked=Asked(8, 2, 8))
    qtbot.waitUntil(lambda: real.settled, timeout=PATIENCE_MS)
    dialog = opened(real, qtbot)
    assert dialog.length.value() == 8
    typed(dialog, qtbot, "30")
    with qtbot.waitSignal(real.worker.asking_failed, timeout=PATIENCE_MS):
        qtbot.keyClick(dialog, KEY.Key_Return)
    assert dialog.words.text() == "The length is from 4 to 20 tokens here, not 30."
    typed(dialog, qtbot, "12")
    told.clear()  # it was asked at 8 already
    qtbot.keyClick(dialog, KEY.Key_Return)
    qtbot.waitUntil(lambda: any(one.key == "answer" and one.done for one in told), timeout=PATIENCE_MS)
    found = next(one.result for one in told if one.key == "answer" and one.done)
    assert found.copies.length == 12
    assert found.samples == 8
    assert dict(next(one.words for one in told if one.key == "answer" and one.done))[HeadId(1, 0)].first == "induction"
