"""Data sets in the window: dropped, chosen, refused; the prompt sources and options that go with them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QDoubleSpinBox, QWidget
from pytestqt.qtbot import QtBot

from analysis.prompts.handwriting import INFO
from analysis.values import OpenRequest, Option, PromptFacts, PromptInfo, PromptSpec, as_options
from gui.prompt.prompt_bar import MoreButton, PromptBar
from gui.session.file_kinds.handwriting import FILE_KIND
from gui.shared import file_dialogs
from gui.shared.settings import Settings
from gui.window.main_window import MainWindow
from gui.work.worker import Worker
from tests.analysis.handmade import SMALL, random_model
from tests.analysis.handwriting.writing import data_set, saved, writer
from tests.gui.fake_session import FakeSession

PATIENCE_MS = 120_000


def drop(window: MainWindow, path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    window.dropEvent(
        QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton,
                   Qt.KeyboardModifier.NoModifier)
    )  # fmt: skip


def test_that_a_data_set_is_told_from_a_checkpoint_by_content(tmp_path: Path) -> None:
    plain, packed = data_set(tmp_path / "checkpoint.pt"), tmp_path / "x.safetensors"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(plain, "x.json")
    torch.save({"a": torch.ones(3)}, tmp_path / "words.json.zip")
    saved(random_model(SMALL), tmp_path / "words.json")
    (tmp_path / "config.json").write_text('{"a": []}')
    lists = tmp_path / "bom.json"
    lists.write_bytes(b"\xef\xbb\xbf  \n[]")
    for path in (plain, packed, lists):
        assert FILE_KIND.accepts(str(path))
    for name in ("words.json.zip", "words.json", "config.json", "nowhere", "."):
        assert not FILE_KIND.accepts(str(tmp_path / name))


def test_that_a_dropped_data_set_goes_to_the_model_that_is_open(
    window: MainWindow, session: FakeSession, qtbot: QtBot, tmp_path: Path
) -> None:
    path = data_set(tmp_path / "words.json")
    drop(window, path)
    assert not window.settled
    qtbot.waitUntil(lambda: window.settled)
    assert ("data", str(path)) in session.calls
    assert len(session.named("jobs")) == 2  # for the model, and for what is scored on the data
    assert window.settings.recent[0] == str(path)
    assert not window.banner.isVisible()


def test_that_a_refused_data_set_is_told_and_forgotten(
    window: MainWindow, session: FakeSession, qtbot: QtBot, tmp_path: Path
) -> None:
    before = window.store.prompt
    drop(window, data_set(tmp_path / "bad.json"))
    qtbot.waitUntil(lambda: window.banner.isVisible())
    assert window.banner.text.startswith("Item 7 of bad.json")
    assert window.settings.recent == []
    assert window.store.prompt is before
    qtbot.waitUntil(lambda: window.settled)
    drop(window, data_set(tmp_path / "good.json"))
    qtbot.waitUntil(lambda: window.settled)
    assert window.banner.text == ""


def test_that_the_file_menu_opens_a_data_set_for_models_that_read_it(
    window: MainWindow, session: FakeSession, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    action = window.menus.action("file.open_data")
    assert not action.isEnabled()
    session.handwriting = True
    window.opener.open_demo()
    qtbot.waitUntil(lambda: window.settled and action.isEnabled())
    monkeypatch.setattr(
        file_dialogs.QFileDialog, "getOpenFileName", lambda *_: (str(data_set(tmp_path / "words.json")), "")
    )
    action.trigger()
    qtbot.waitUntil(lambda: ("data", str(tmp_path / "words.json")) in session.calls)
    qtbot.waitUntil(lambda: window.settled)


def test_that_the_window_opens_real_files_with_data(qtbot: QtBot, tmp_path: Path) -> None:
    """A handwriting model with its data set beside it, then another set dropped, then a model of another kind."""
    saved(writer(), tmp_path / "demo.safetensors")
    data_set(tmp_path / "demo.json")
    window = MainWindow(Worker(device="cpu"), Settings(str(tmp_path / "settings.ini")))
    window.show()
    window.start(str(tmp_path / "demo.safetensors"))
    qtbot.waitUntil(lambda: window.settled, timeout=PATIENCE_MS)
    assert window.store.prompt is not None
    assert window.store.prompt.description.endswith("demo.json")
    assert window.prompt_panel.shows_ink()
    drop(window, data_set(tmp_path / "other.json", ["so", "it", "goes"]))
    qtbot.waitUntil(lambda: window.settled, timeout=PATIENCE_MS)
    assert window.store.prompt.description == "“so it goes” and others from other.json"
    other = saved(random_model(SMALL), tmp_path / "m.pt")
    window.opener.open(OpenRequest(str(other), data=str(tmp_path / "demo.json")))
    qtbot.waitUntil(lambda: window.settled, timeout=PATIENCE_MS)
    assert "m.pt does not read handwriting" in window.banner.text
    window.close()
    assert window.stopped_cleanly
    window.deleteLater()


# ---- the prompt bar ------------------------------------------------------------------------------------------


@pytest.fixture
def bar(qtbot: QtBot) -> PromptBar:
    bar = PromptBar()
    qtbot.addWidget(bar)
    bar.set_sources((INFO, PromptInfo("random", "Random", "Any.", (Option("length", "length", "6", "number"),))))
    bar.set_model(True, False)
    bar.show()
    return bar


def sources(bar: PromptBar) -> list[str]:
    return [bar._source.itemData(row) for row in range(bar._source.count())]


def shown(bar: PromptBar) -> set[str]:
    QApplication.processEvents()  # a layout shows its new widgets in the next round
    return {control.option.key for control in bar._controls if control.widget.isVisible()}


def in_force(**options: str) -> PromptFacts:
    return PromptFacts(PromptSpec("handwriting", as_options(options)), "ink", 8, 4, (("a",) * 4,) * 8)


def test_that_handwriting_is_offered_only_where_it_is_read(bar: PromptBar) -> None:
    assert sources(bar) == ["handwriting", "random"]
    bar.set_model(False, False)
    assert sources(bar) == ["random"]


def test_that_only_the_options_that_matter_are_shown(bar: PromptBar) -> None:
    bar.set_prompt(in_force())
    assert shown(bar) == {"write", "first", "count", "samples"}
    bar.set_prompt(in_force(write="text", text="so it goes"))
    assert shown(bar) == {"write", "text", "samples"}
    bar.set_prompt(in_force(write="random"))
    assert shown(bar) == {"write", "seed", "count", "samples"}


def test_that_rare_options_are_behind_a_button_and_come_back_as_numbers(bar: PromptBar, qtbot: QtBot) -> None:
    bar.set_prompt(in_force(shear="-0.35"))
    button = bar.findChild(MoreButton)
    assert isinstance(button, QWidget)
    (control,) = (control for control in bar._controls if control.option.key == "shear")
    assert isinstance(control.widget, QDoubleSpinBox)
    assert control.value() == "-0.35"
    with qtbot.waitSignal(bar.prompt_requested) as asked:
        control.widget.setValue(0.1)
    spec = asked.args[0]
    assert spec.option("shear", "") == "0.1"
    assert spec.option("thinning", "") == "0.65"
