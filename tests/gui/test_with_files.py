"""The window on the real analysis and real files: families, unknown files, text."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit
from pytestqt.qtbot import QtBot
from safetensors.torch import save_file

from analysis.figures.table import Table
from analysis.loading.formats.native import save_native
from analysis.values import HeadId, PromptSpec, as_options
from gui.shared.settings import Settings
from gui.window.main_window import MainWindow
from gui.window.model_info import ModelInfo
from gui.work.worker import Worker
from tests.analysis.handmade import SMALL, random_model

PATIENCE_MS = 30_000


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    """A window that has opened a small model, m.safetensors, with a table of characters beside it."""
    model = random_model(SMALL)
    save_native({name: model.weights[name] for name in model.weights}, model.config, tmp_path / "m.safetensors")
    table = {letter: index for index, letter in enumerate("abc <>/")}
    (tmp_path / "meta.pkl").write_bytes(pickle.dumps({"stoi": table}))
    window = MainWindow(Worker(device="cpu"), Settings(str(tmp_path / "settings.ini")))
    window.show()
    window.start(str(tmp_path / "m.safetensors"))
    qtbot.waitUntil(lambda: window.settled, timeout=PATIENCE_MS)
    yield window
    window.close()
    assert window.stopped_cleanly
    window.deleteLater()


def opened(window: MainWindow, qtbot: QtBot, path: Path) -> None:
    with qtbot.waitSignal(window.opener.opened, timeout=PATIENCE_MS):
        window.open_path(str(path))
    qtbot.waitUntil(lambda: window.settled, timeout=PATIENCE_MS)


def test_that_a_file_without_known_heads_is_a_table_and_a_known_one_comes_back(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    save_file({"<b>conv</b>": torch.ones(3, 3)}, tmp_path / "other.safetensors")
    opened(window, qtbot, tmp_path / "other.safetensors")
    figure = window.panels["attention"].figure()
    assert isinstance(figure, Table)
    assert figure.rows[0].cells == ("<b>conv</b>", "3 × 3", "float32", "3")
    assert "no known architecture" in window.banner.text
    labels = [label for label in window.banner.findChildren(QLabel) if "<b>conv</b>" in label.text()]
    assert [label.textFormat() for label in labels] == [Qt.TextFormat.PlainText]
    assert window.banner.height() < 100
    opened(window, qtbot, tmp_path / "m.safetensors")
    assert window.banner.text == ""
    window.panels["attention"].set_current_view("pattern")
    window.requests.refresh()
    qtbot.waitUntil(lambda: window.settled, timeout=PATIENCE_MS)
    assert str(getattr(window.panels["attention"].figure(), "title", "")).endswith("attention")


def test_that_a_family_known_by_its_matrices_shows_circuits_and_says_why_no_attention(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    names = ("self.query", "self.key", "self.value", "output.dense")
    tensors = {f"bert.layer.{n}.attention.{name}.weight": torch.randn(64, 64) for n in range(2) for name in names}
    save_file(tensors, tmp_path / "bert.safetensors")
    opened(window, qtbot, tmp_path / "bert.safetensors")
    assert "attention" in window.banner.text
    assert getattr(window.panels["ov"].figure(), "title", "").endswith("OV = W_V W_O")
    assert getattr(window.panels["composition"].figure(), "title", "") == "K-composition"


def test_that_typed_text_becomes_the_prompt(window: MainWindow, qtbot: QtBot) -> None:
    combo = window.prompt_bar.findChildren(type(window.prompt_bar._source))[0]
    combo.setCurrentIndex(combo.findText("Text"))
    combo.activated.emit(combo.currentIndex())
    line = next(line for line in window.prompt_bar.findChildren(QLineEdit) if line.accessibleName() == "Prompt text")
    line.clear()
    QTest.keyClicks(line, "ab<b> c")
    QTest.keyClick(line, Qt.Key.Key_Return)
    wanted = ("a", "b", "<", "b", ">", "␣", "c")
    qtbot.waitUntil(lambda: getattr(window.store.prompt, "labels", None) == (wanted,), timeout=PATIENCE_MS)
    assert window.store.prompt is not None
    assert window.store.prompt.spec == PromptSpec("text", as_options({"text": "ab<b> c"}))


def test_that_the_model_s_facts_are_shown_as_plain_text(window: MainWindow) -> None:
    window.menus.action("model.info").trigger()
    dialog = window.findChild(ModelInfo)
    assert dialog is not None
    values = {label.accessibleName(): label for label in dialog.findChildren(QLabel) if label.accessibleName()}
    assert values["Text"].text() == "meta.pkl"
    assert len(values["SHA-256"].text()) == 64
    assert "used exactly once" in values["Checks"].text()
    assert values["Not understood"].text() == "nothing"
    assert {label.textFormat() for label in values.values()} == {Qt.TextFormat.PlainText}
    dialog.close()


def test_that_a_click_on_a_head_reaches_every_panel(window: MainWindow, qtbot: QtBot) -> None:
    head = HeadId(2, 3)
    view, index = window.tree.view, window.tree.model.index_of(head)
    view.scrollTo(index)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(index).center())
    qtbot.waitUntil(lambda: window.settled, timeout=PATIENCE_MS)
    titles = [str(getattr(window.panels[key].figure(), "title", "")) for key in ("attention", "qk", "ov", "card")]
    assert all(title.startswith("L2H3") for title in titles)


def test_that_panels_survive_having_no_room(window: MainWindow, qtbot: QtBot) -> None:
    """A picture without height has no cells to choose; an error while painting would end the process."""
    for height in (200, 5, 40, 1, 300):
        docks = [window.docks["attention"], window.docks["qk"]]
        window.resizeDocks(docks, [height, 800 - height], Qt.Orientation.Vertical)
        for panel in window.panels.values():
            for kind in panel._renderers.values():
                kind.resize(max(1, height), height)
                kind.repaint()
        qtbot.wait(30)
    assert window.settled


def test_that_the_panel_pressed_last_is_the_one_that_is_exported(window: MainWindow) -> None:
    for key in ("ov", "qk", "attention"):
        renderer = next(iter(window.panels[key]._renderers.values()))
        viewport = renderer.view.viewport()  # type: ignore[union-attr]
        QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=viewport.rect().center())
        assert window.current.panel is window.panels[key]
