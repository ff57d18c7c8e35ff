"""A picture dropped on the window brings its view back, with the real analysis behind it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from analysis.values import HeadId, Heatmap, PromptSpec, as_options
from gui.export import image_of, save_image, save_page
from gui.main_window import MainWindow
from gui.paper import Piece
from gui.paper.style import Style
from gui.pieces import pieces
from gui.settings import Settings
from gui.worker import Worker

DEMO = Path(__file__).parents[2] / "resources" / "demo" / "induction.safetensors"
PROMPT = PromptSpec("repeated_random", as_options({"length": "10", "repeats": "3", "samples": "4", "seed": "7"}))
HEAD, PAIR = HeadId(1, 3), HeadId(0, 2)


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    window = MainWindow(Worker(device="cpu"), Settings(str(tmp_path / "settings.ini")))
    window.show()
    yield window
    window.close()
    assert window.stopped_cleanly
    window.deleteLater()


def settle(window: MainWindow, qtbot: QtBot) -> None:
    """Until every panel that needs no job has drawn."""
    def drawn() -> bool:
        on_show = {panel.current_view() for panel in window.panels.values() if panel.isVisible()}
        idle = not window.opener.doing and not window.tracer.busy
        return window.store.prompt is not None and idle and not window.looks._pending & on_show

    qtbot.waitUntil(drawn, timeout=120_000)


def set_up(window: MainWindow, qtbot: QtBot, path: Path | None = None) -> None:
    """A view that is nobody's first."""
    window.start(str(path) if path else "demo:textbook")
    settle(window, qtbot)
    with qtbot.waitSignal(window.worker.prompt_ready, timeout=120_000):
        window.worker.set_prompt(PROMPT)
    window.store.select(HEAD, PAIR)
    window.store.set_sample(None)
    window.store.set_option("attention_scale", "log")
    window.store.set_option("norm", "folded")
    window.panels["ov"].set_current_view("ov_eigenvalues")
    window.looks.refresh()
    settle(window, qtbot)


def wander_off(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.worker.prompt_ready, timeout=120_000):
        window.worker.set_prompt(None)
    window.store.select(HeadId(0, 0))
    window.store.set_sample(1)
    window.store.set_option("attention_scale", "linear")
    window.store.set_option("norm", "raw")
    window.panels["ov"].set_current_view("ov_residual")
    window.panels["attention"].set_current_view("lags")
    window.looks.refresh()
    settle(window, qtbot)


def drop(window: MainWindow, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(40, 40), Qt.DropAction.CopyAction, data, left, none)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    dropped = QDropEvent(QPointF(40, 40), Qt.DropAction.CopyAction, data, left, none)
    QApplication.sendEvent(window, dropped)
    assert dropped.isAccepted()


def wait_restored(window: MainWindow, qtbot: QtBot, path: Path) -> None:
    with qtbot.waitSignal(window.tracer.traced, timeout=120_000):
        drop(window, path)
    settle(window, qtbot)


def pattern(window: MainWindow) -> np.ndarray:
    figure = window.panels["attention"].figure()
    assert isinstance(figure, Heatmap)
    return figure.values


def test_that_a_dropped_picture_brings_its_view_back(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    picture = tmp_path / "a.svg"
    set_up(window, qtbot)
    before, selection, spec = pattern(window), window.store.selection, window.store.prompt
    shown = pieces(window)
    save_page((shown["attention"], shown["ov"], shown["qk"]), Style(), str(picture))
    wander_off(window, qtbot)
    window.docks["attention"].hide()
    wait_restored(window, qtbot, picture)
    now = window.store.selection
    assert (now.head, now.pair, now.sample) == (HEAD, PAIR, None)
    assert dict(now.options).items() >= dict(selection.options).items()
    assert window.store.prompt == spec
    assert window.docks["attention"].isVisible()
    assert [window.panels[key].current_view() for key in ("attention", "ov", "qk")] == [
        "pattern", "ov_eigenvalues", "qk_residual"]
    np.testing.assert_array_equal(pattern(window), before)
    assert window.banner.text == ""


def test_that_a_picture_of_the_window_brings_all_its_views_back(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    set_up(window, qtbot)
    before = {key: panel.current_view() for key, panel in window.panels.items()}
    save_image(image_of(window, 1), str(tmp_path / "w.png"), tuple(pieces(window).values()))
    wander_off(window, qtbot)
    wait_restored(window, qtbot, tmp_path / "w.png")
    assert {key: panel.current_view() for key, panel in window.panels.items()} == before


def test_that_another_checkpoint_is_opened_for_it_wherever_it_is_now(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    first, picture = tmp_path / "model.safetensors", tmp_path / "a.svg"
    shutil.copy(DEMO, first)
    set_up(window, qtbot, first)
    before = pattern(window)
    save_page((pieces(window)["attention"],), Style(), str(picture))
    moved = tmp_path / "elsewhere" / "renamed.safetensors"
    moved.parent.mkdir()
    first.rename(moved)
    first.write_bytes(b"not that any more")
    other = tmp_path / "other.safetensors"
    data = bytearray(DEMO.read_bytes())
    data[-2] ^= 1
    other.write_bytes(bytes(data))
    window.open_path(str(other))
    qtbot.waitUntil(lambda: window.windowTitle().startswith("other"), timeout=120_000)
    settle(window, qtbot)
    window.settings.add_recent(str(moved))
    wait_restored(window, qtbot, picture)
    assert window.store.facts is not None
    assert window.store.facts.path == str(moved)
    assert window.store.selection.head == HEAD
    np.testing.assert_array_equal(pattern(window), before)


@pytest.mark.parametrize("gone", [True, False])
def test_that_a_checkpoint_that_is_not_at_hand_is_said_and_nothing_changes(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, gone: bool
) -> None:
    first, picture = tmp_path / "model.safetensors", tmp_path / "a.png"
    data = bytearray(DEMO.read_bytes())
    data[-2] ^= 1
    first.write_bytes(bytes(data))
    set_up(window, qtbot, first)
    save_page((pieces(window)["attention"],), Style(scale=1), str(picture))
    window.opener.open_demo("demo:textbook")
    qtbot.waitUntil(lambda: window.windowTitle().startswith("Textbook demo"), timeout=120_000)
    settle(window, qtbot)
    if gone:
        first.unlink()
    else:
        shutil.copy(DEMO, first)
    selection = window.store.selection
    drop(window, picture)
    qtbot.waitUntil(lambda: bool(window.banner.text), timeout=120_000)
    assert ("not there any more" if gone else "has changed since this picture was made") in window.banner.text
    assert "open that checkpoint, then drop the picture again" in window.banner.text
    assert window.store.selection == selection
    assert window.windowTitle().startswith("Textbook demo")


def test_that_a_window_can_start_with_a_picture(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window.start("demo:textbook")
    settle(window, qtbot)
    window.store.select(HEAD)
    settle(window, qtbot)
    save_page((pieces(window)["attention"],), Style(), str(tmp_path / "a.svg"))
    other = MainWindow(Worker(device="cpu"), Settings(str(tmp_path / "other.ini")))
    try:
        other.show()
        with qtbot.waitSignal(other.tracer.traced, timeout=120_000):
            other.worker.start()
            other.open_path(str(tmp_path / "a.svg"))
        assert other.store.selection.head == HEAD
        assert other.windowTitle().startswith("Textbook demo")
    finally:
        other.close()
        other.deleteLater()


def test_that_a_picture_of_a_view_that_is_no_more_is_said(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    window.start("demo:textbook", head=HEAD)
    settle(window, qtbot)
    piece = pieces(window)["attention"]
    recipe = piece.figure.provenance.recipe
    assert recipe is not None
    provenance = replace(piece.figure.provenance, recipe=replace(recipe, view="crystal_ball"))
    save_page((Piece(replace(piece.figure, provenance=provenance)),), Style(), str(tmp_path / "a.svg"))
    drop(window, tmp_path / "a.svg")
    qtbot.waitUntil(lambda: "'crystal_ball', which this version does not have" in window.banner.text)


def test_that_a_picture_from_elsewhere_is_said_and_nothing_changes(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window.start("demo:textbook", head=HEAD)
    settle(window, qtbot)
    image = QImage(4, 4, QImage.Format.Format_RGB32)
    image.fill(0)
    image.save(str(tmp_path / "a.png"))
    drop(window, tmp_path / "a.png")
    qtbot.waitUntil(lambda: bool(window.banner.text))
    assert window.banner.text == "a.png does not say where it comes from; only pictures exported here do."
    assert window.store.selection.head == HEAD


def test_that_python_of_the_panel_used_last_is_copied(window: MainWindow, qtbot: QtBot) -> None:
    set_up(window, qtbot)
    window.exporter.copy_python()
    code = QApplication.clipboard().text()
    space: dict[str, object] = {}
    exec(compile(code, "snippet", "exec"), space)
    figure = space["figure"]
    assert isinstance(figure, Heatmap)
    np.testing.assert_array_equal(figure.values, pattern(window))
