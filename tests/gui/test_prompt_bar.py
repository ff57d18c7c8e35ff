"""The prompt bar, driven by keys and clicks."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QFileDialog, QPushButton, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from analysis.values import Option, PromptInfo, PromptSpec
from gui.prompt.prompt_bar import PromptBar
from tests.gui.fake_session import PROMPTS, FakeSession


@pytest.fixture
def bar(qtbot: QtBot, session: FakeSession) -> PromptBar:
    bar = PromptBar()
    qtbot.addWidget(bar)
    bar.set_sources(PROMPTS)
    bar.set_prompt(session.set_prompt(None))
    bar.show()
    qtbot.waitExposed(bar)
    return bar


@pytest.fixture
def asked(bar: PromptBar) -> list[PromptSpec]:
    heard: list[PromptSpec] = []
    bar.prompt_requested.connect(heard.append)
    return heard


def named(bar: PromptBar, name: str) -> QWidget:
    found = [widget for widget in bar.findChildren(QWidget) if widget.accessibleName() == name and widget.isVisible()]
    assert len(found) == 1, name
    return found[0]


def choose_source(bar: PromptBar, row: int) -> None:
    combo = named(bar, "Prompt source")
    assert isinstance(combo, QComboBox)
    while combo.currentIndex() != row:
        QTest.keyClick(combo, Qt.Key.Key_Down if combo.currentIndex() < row else Qt.Key.Key_Up)
    QTest.qWait(10)  # New controls appear with the next round of the event loop.


def test_that_typing_a_number_asks_once_for_the_number_typed(
    bar: PromptBar, asked: list[PromptSpec], qtbot: QtBot
) -> None:
    length = named(bar, "Prompt length")
    assert isinstance(length, QSpinBox)
    length.selectAll()
    QTest.keyClicks(length, "120")
    qtbot.waitUntil(lambda: bool(asked))
    qtbot.wait(50)
    assert asked == [PromptSpec("random", (("length", "120"),))]


def test_that_showing_the_prompt_in_force_asks_for_nothing(
    bar: PromptBar, asked: list[PromptSpec], session: FakeSession, qtbot: QtBot
) -> None:
    bar.set_prompt(session.set_prompt(PromptSpec("file", (("tokens", "/a/b.npy"),))))
    bar.set_prompt(session.set_prompt(PromptSpec("random", (("length", "44"),))))
    bar.set_sample(2)
    qtbot.wait(500)
    assert asked == []
    length = named(bar, "Prompt length")
    assert isinstance(length, QSpinBox)
    assert length.value() == 44


def test_that_a_source_that_needs_a_file_waits_for_it(
    bar: PromptBar, asked: list[PromptSpec], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose_source(bar, 1)
    button = named(bar, "Prompt tokens")
    assert isinstance(button, QPushButton)
    assert (button.text(), asked) == ("Choose…", [])
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *args: ("/somewhere/ids.npy", ""))
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(asked))
    assert button.text() == "ids.npy"
    assert asked == [PromptSpec("file", (("tokens", "/somewhere/ids.npy"),))]


def test_that_the_sample_or_the_mean_is_asked_for(bar: PromptBar) -> None:
    heard: list[int | None] = []
    bar.sample_requested.connect(heard.append)
    sample, which = named(bar, "Sample"), named(bar, "One sample or the mean")
    assert isinstance(sample, QSpinBox)
    assert sample.maximum() == 2
    QTest.keyClick(sample, Qt.Key.Key_Up)
    QTest.keyClick(which, Qt.Key.Key_Down)
    assert heard == [1, None]
    assert not sample.isEnabled()
    QTest.keyClick(which, Qt.Key.Key_Up)
    assert heard == [1, None, 1]


def test_that_every_control_says_what_it_is(bar: PromptBar) -> None:
    for row in range(len(PROMPTS)):
        choose_source(bar, row)
        for kind in (QComboBox, QSpinBox, QPushButton):
            for widget in bar.findChildren(kind):
                assert widget.accessibleName()
                assert widget.toolTip()


def test_that_text_waits_for_a_model_with_a_tokenizer_and_says_why(bar: PromptBar, asked: list[PromptSpec]) -> None:
    text = PromptInfo("text", "Text", "Typed text.", (Option("text", "text", "so it goes on and on", "text"),),
                      tokenizer=True)
    bar.set_sources((*PROMPTS, text))
    combo = named(bar, "Prompt source")
    assert isinstance(combo, QComboBox)
    row, tip = combo.findData("text"), Qt.ItemDataRole.ToolTipRole
    assert "tokenizer.json" in combo.itemData(row, tip)
    for _ in range(combo.count()):
        QTest.keyClick(combo, Qt.Key.Key_Down)
    assert combo.currentData() != "text"
    bar.set_model(handwriting=False, tokenizer=True)
    assert combo.itemData(row, tip) == "Typed text."
    choose_source(bar, row)
    assert combo.currentData() == "text"
