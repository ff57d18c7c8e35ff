"""A picture dropped on the window brings its view back, with the real analysis behind it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from analysis.figures.heatmap import Heatmap
from analysis.figures.kind import Piece
from analysis.figures.page import save_page
from analysis.figures.style import Style
from analysis.loading.demos import DEMOS
from analysis.values import HeadId, PromptSpec, Provenance, Recipe, Selection, UserError, as_options
from gui.export.shown import pieces
from gui.export.widget_picture import image_of, save_image
from gui.session.picture_origin import PictureOrigin, find
from gui.shared.settings import Settings
from gui.window.main_window import MainWindow
from gui.work.worker import Worker
from tests.analysis.handwriting.writing import data_set, saved, writer
from tests.gui.panels import samples
from tests.gui.windows import real_window

DEMO = DEMOS[1].path
TEXTBOOK = "demo:textbook"
PROMPT = PromptSpec("repeated_random", as_options({"length": "10", "repeats": "3", "samples": "4", "seed": "7"}))
HEAD, PAIR = HeadId(1, 3), HeadId(0, 2)


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    yield from real_window(tmp_path)


def settle(window: MainWindow, qtbot: QtBot) -> None:
    """Until every panel that needs no job has drawn."""
    def drawn() -> bool:
        on_show = {panel.current_view() for panel in window.panels.values() if panel.isVisible()}
        idle = not window.opener.doing and not window.restorer.busy
        return window.store.prompt is not None and idle and not window.requests._pending & on_show

    qtbot.waitUntil(drawn, timeout=120_000)


def set_up(window: MainWindow, qtbot: QtBot, path: Path | None = None) -> None:
    """A view that is nobody's first."""
    window.start(str(path) if path else TEXTBOOK)
    settle(window, qtbot)
    with qtbot.waitSignal(window.worker.prompt_ready, timeout=120_000):
        window.worker.set_prompt(PROMPT)
    window.store.select(HEAD, PAIR)
    window.store.set_sample(None)
    window.store.set_option("attention_scale", "log")
    window.store.set_option("norm", "folded")
    window.panels["ov"].set_current_view("ov_eigenvalues")
    window.requests.refresh()
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
    window.requests.refresh()
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
    with qtbot.waitSignal(window.restorer.restored, timeout=120_000):
        drop(window, path)
    settle(window, qtbot)


def pattern(window: MainWindow) -> np.ndarray:
    figure = window.panels["attention"].figure()
    assert isinstance(figure, Heatmap)
    return figure.values


def test_that_a_dropped_picture_brings_its_view_back(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = tmp_path / "a.svg"
    set_up(window, qtbot)
    before, selection, spec = pattern(window), window.store.selection, window.store.prompt
    shown = pieces(window.panels)
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
    window.exporter.copy_python()
    space: dict[str, object] = {}
    matplotlib.use("agg")
    monkeypatch.setattr("matplotlib.pyplot.show", lambda: None)
    exec(compile(QApplication.clipboard().text(), "snippet", "exec"), space)
    figure = space["figure"]
    assert isinstance(figure, Heatmap)
    np.testing.assert_array_equal(figure.values, before)


def test_that_a_picture_of_the_window_brings_all_its_views_back(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    set_up(window, qtbot)
    before = {key: panel.current_view() for key, panel in window.panels.items()}
    save_image(image_of(window, 1), str(tmp_path / "w.png"), tuple(pieces(window.panels).values()))
    wander_off(window, qtbot)
    wait_restored(window, qtbot, tmp_path / "w.png")
    assert {key: panel.current_view() for key, panel in window.panels.items()} == before


def test_that_another_checkpoint_is_opened_for_it_wherever_it_is_now(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    first, picture = tmp_path / "model.safetensors", tmp_path / "a.svg"
    moved = tmp_path / "elsewhere" / "renamed.safetensors"
    data = bytearray(DEMO.read_bytes())
    data[-2] ^= 1
    first.write_bytes(bytes(data))
    set_up(window, qtbot, first)
    before = pattern(window)
    save_page((pieces(window.panels)["attention"],), Style(), str(picture))
    moved.parent.mkdir()
    first.rename(moved)
    window.opener.open_demo()
    qtbot.waitUntil(lambda: "emo" in window.windowTitle(), timeout=120_000)
    window.settings.add_recent(str(moved))
    wait_restored(window, qtbot, picture)
    assert window.store.facts is not None
    assert window.store.facts.path == str(moved)
    assert window.store.selection.head == HEAD
    np.testing.assert_array_equal(pattern(window), before)


def test_that_a_picture_brings_the_data_set_of_its_model_back(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    model, picture = saved(writer(), tmp_path / "model.safetensors"), tmp_path / "a.svg"
    (tmp_path / "words").mkdir()
    data = str(data_set(tmp_path / "words" / "d.json"))
    window.start(str(model), data=data)
    settle(window, qtbot)
    spec = window.store.prompt.spec if window.store.prompt else None
    save_page((pieces(window.panels)["attention"],), Style(), str(picture))
    window.opener.open_demo(TEXTBOOK)
    qtbot.waitUntil(lambda: window.opener.data is None, timeout=120_000)
    wait_restored(window, qtbot, picture)
    assert window.store.prompt is not None
    assert window.store.prompt.spec == spec
    assert window.store.prompt.description.endswith("d.json")
    assert window.opener.data == data
    assert window.restorer.collect()["checkpoint"]["data"] == data


# ---- looking for the checkpoint ----------------------------------------------------------------------------------


def picture_of(checkpoint: Path, contents: bytes, folder: Path) -> str:
    """A picture that says it was made from a file of these contents."""
    figure = samples.table()
    recipe = Recipe("pattern", Selection(HEAD), str(checkpoint), 4)
    provenance = Provenance("m", hashlib.sha256(contents).hexdigest(), recipe=recipe)
    folder.mkdir(exist_ok=True)
    save_page((Piece(replace(figure, provenance=provenance)),), Style(), str(folder / "a.svg"))
    return str(folder / "a.svg")


def found(picture: str, recent: list[str], shown: tuple[str, int] = ("", 0)) -> PictureOrigin:
    return find(picture, shown, recent, lambda: True)


def test_that_the_open_model_is_taken_when_it_is_the_one(tmp_path: Path) -> None:
    picture = picture_of(tmp_path / "m.pt", b"weights", tmp_path)
    own = hashlib.sha256(b"weights").hexdigest()
    assert found(picture, [], (own, 4)).is_open
    with pytest.raises(UserError, match="not there any more"):  # the same file, cut into other heads
        found(picture, [], (own, 8))


@pytest.mark.parametrize("place", ["m.pt", "elsewhere/m.pt", "elsewhere/renamed.pt", "pictures/m.pt"])
def test_that_a_checkpoint_is_found_by_its_hash(tmp_path: Path, place: str) -> None:
    picture = picture_of(tmp_path / "m.pt", b"weights", tmp_path / "pictures")
    wrong, right = tmp_path / "other.pt", tmp_path / place
    wrong.write_bytes(b"others")
    right.parent.mkdir(exist_ok=True)
    right.write_bytes(b"weights")
    assert found(picture, [str(wrong), str(right)]).place == str(right)


def test_that_a_checkpoint_that_is_not_at_hand_is_said(tmp_path: Path) -> None:
    picture = picture_of(tmp_path / "m.pt", b"weights", tmp_path / "pictures")
    with pytest.raises(UserError, match=r"m\.pt is not there any more.*open that checkpoint, then drop"):
        found(picture, [str(tmp_path / "gone.pt")])
    (tmp_path / "m.pt").write_bytes(b"trained on")
    with pytest.raises(UserError, match=r"m\.pt has changed since this picture was made"):
        found(picture, [])


def test_that_hashing_ends_when_nobody_waits_any_more(tmp_path: Path) -> None:
    picture = picture_of(tmp_path / "m.pt", b"weights", tmp_path)
    (tmp_path / "m.pt").write_bytes(b"weights")
    with pytest.raises(UserError):
        find(picture, ("", 0), [], lambda: False)


def test_that_a_window_can_start_with_a_picture(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window.start(TEXTBOOK)
    settle(window, qtbot)
    window.store.select(HEAD)
    settle(window, qtbot)
    save_page((pieces(window.panels)["attention"],), Style(), str(tmp_path / "a.svg"))
    other = MainWindow(Worker(device="cpu"), Settings(str(tmp_path / "other.ini")))
    try:
        other.show()
        with qtbot.waitSignal(other.restorer.restored, timeout=120_000):
            other.worker.start()
            other.open_path(str(tmp_path / "a.svg"))
        assert other.store.selection.head == HEAD
        assert other.store.facts is not None
        assert other.store.facts.demo == TEXTBOOK
    finally:
        other.close()
        other.deleteLater()


def test_that_a_picture_that_leads_nowhere_is_said_and_nothing_changes(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window.start(TEXTBOOK, head=HEAD)
    settle(window, qtbot)
    image = QImage(4, 4, QImage.Format.Format_RGB32)
    image.fill(0)
    image.save(str(tmp_path / "a.png"))
    drop(window, tmp_path / "a.png")
    words = "a.png does not say where it comes from; only pictures exported here do."
    qtbot.waitUntil(lambda: window.banner.text == words)
    piece = pieces(window.panels)["attention"]
    recipe = piece.figure.provenance.recipe
    assert recipe is not None
    provenance = replace(piece.figure.provenance, recipe=replace(recipe, view="crystal_ball"))
    save_page((Piece(replace(piece.figure, provenance=provenance)),), Style(), str(tmp_path / "a.svg"))
    drop(window, tmp_path / "a.svg")
    qtbot.waitUntil(lambda: "'crystal_ball', which this version does not have" in window.banner.text)
    assert window.store.selection.head == HEAD
