"""The export dialog and the actions around it: what is seen is what is saved or copied."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from analysis.figures.style import Style
from gui.export.dialog import ExportDialog
from gui.export.preview import Drawn, Preview, draw
from gui.export.shown import piece_of, pieces
from gui.shared.background import Background
from gui.shared.settings import Settings
from gui.theme.colors import apply_theme
from gui.window.main_window import MainWindow
from tests.analysis.figures.looking import KINDS, piece
from tests.gui.panels.looking import colors_in
from tests.gui.test_export import no_room

ROOT = Path(__file__).parents[2]


@pytest.fixture
def dialog(window: MainWindow, qtbot: QtBot) -> Iterator[ExportDialog]:
    QTest.keyClick(window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    shown = window.exporter.dialog
    assert shown is not None
    qtbot.waitUntil(lambda: shown.preview.settled)
    yield shown
    if window.exporter.dialog is not None:
        window.exporter.dialog.reject()
    QApplication.sendPostedEvents(None, 52)  # QEvent.DeferredDelete


def check(dialog: ExportDialog, *rows: int) -> None:
    for row in range(dialog.panels.count()):
        state = Qt.CheckState.Checked if row in rows else Qt.CheckState.Unchecked
        dialog.panels.item(row).setCheckState(state)


def choose(combo_data: str, combo: object) -> None:
    combo.setCurrentIndex(combo.findData(combo_data))  # type: ignore[attr-defined]


def test_that_the_panel_used_last_is_offered_first(dialog: ExportDialog) -> None:
    assert [piece.figure.title for piece in dialog.chosen()] == ["L0H0 pattern"]
    assert dialog.panels.item(0).text() == "Attention: L0H0 pattern"
    assert dialog.panels.count() == 5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_that_an_empty_box_is_seen_in_both_themes(dialog: ExportDialog, qapp: QApplication, theme: str) -> None:
    apply_theme(qapp, theme)
    check(dialog)
    panels = dialog.panels
    image, row = panels.viewport().grab().toImage(), panels.visualItemRect(panels.item(2))
    inside = [image.pixelColor(x, row.center().y()).name() for x in range(row.left(), row.left() + row.height())]
    beside = image.pixelColor(row.right() - 2, row.center().y()).name()
    assert len([color for color in inside if color != beside]) >= 8
    apply_theme(qapp, "light")


def test_that_the_preview_follows_every_choice(dialog: ExportDialog, qtbot: QtBot) -> None:
    def shown() -> bytes:
        qtbot.waitUntil(lambda: dialog.preview.settled)
        return bytes(dialog.preview.drawn.image.constBits())

    seen = [shown()]
    for change in (lambda: choose("178.0", dialog.width_choice), lambda: choose("dark", dialog.dark),
                   lambda: dialog.checks["caption"].setChecked(True),
                   lambda: dialog.checks["color_bar"].setChecked(False),
                   lambda: check(dialog, 0, 1, 2), lambda: dialog.text_size.setValue(9.0),
                   lambda: dialog.height_mm.setValue(40.0), lambda: choose("1", dialog.columns)):
        change()
        seen.append(shown())
    assert len(set(seen)) == len(seen)
    assert dialog.words.text().startswith("178 × ")


def test_that_words_stand_in_place_of_a_page_that_is_not_drawn_yet(qtbot: QtBot, qapp: QApplication) -> None:
    preview = Preview(Background(qapp, "Drawing"))
    qtbot.addWidget(preview)
    preview.resize(400, 300)
    assert len(colors_in(preview.grab().toImage())) > 2
    preview.stop()


def test_that_pixels_are_told_for_png_alone(dialog: ExportDialog, qtbot: QtBot) -> None:
    choose("png", dialog.format)
    choose("8", dialog.scale)
    qtbot.waitUntil(lambda: dialog.preview.settled)
    assert f"{round(85 / 25.4 * 96 * 8)} × " in dialog.words.text()
    choose("pdf", dialog.format)
    qtbot.waitUntil(lambda: dialog.preview.settled)
    assert "pixels" not in dialog.words.text()
    assert not dialog.scale.isEnabled()


def test_that_nothing_checked_is_said_and_cannot_be_saved(dialog: ExportDialog, qtbot: QtBot) -> None:
    check(dialog)
    qtbot.waitUntil(lambda: dialog.preview.settled)
    assert dialog.words.text() == "Choose at least one panel."
    assert not dialog.save.isEnabled()


@pytest.mark.parametrize(("name", "start"), [
    ("a.pdf", b"%PDF"), ("a.svg", b"<?xml"), ("a.png", b"\x89PNG"), ("a", b"%PDF"),
])
def test_that_the_page_is_saved_in_the_format_of_the_name(
    dialog: ExportDialog, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot,
    name: str, start: bytes,
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (str(tmp_path / name), "PDF (*.pdf)"))
    with qtbot.waitSignal(window.exporter.saver.done) as saved:
        dialog.save.click()
    assert Path(saved.args[0]).read_bytes().startswith(start)


@pytest.mark.parametrize("form", ["pdf", "svg", "png"])
def test_that_a_failure_leaves_the_earlier_picture(
    dialog: ExportDialog, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot, form: str
) -> None:
    path = tmp_path / f"a.{form}"
    path.write_text("before")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (str(path), ""))
    monkeypatch.setattr("analysis.values.whole_files.os.fsync", no_room)
    with qtbot.waitSignal(window.exporter.saver.failed) as failed:
        dialog.save.click()
    assert "No space left on device" in failed.args[1]
    assert "free some space" in failed.args[1]
    assert path.read_text() == "before"
    assert [child.name for child in tmp_path.iterdir() if f".{form}" in child.name] == [path.name]


def test_that_choices_are_kept_for_the_next_time(dialog: ExportDialog, window: MainWindow, qtbot: QtBot) -> None:
    choose("178.0", dialog.width_choice)
    choose("svg", dialog.format)
    dialog.checks["caption"].setChecked(True)
    dialog.reject()
    window.exporter.export_figure()
    again = window.exporter.dialog
    assert again is not None
    style = again.style_now()
    assert (style.width, style.format, style.caption) == (178.0, "svg", True)
    assert again.width_choice.currentData() == "178.0"


@pytest.mark.parametrize("kept", [
    None, 3, {"width": "x"}, {"width": 1e9}, {"format": "exe"}, {"scale": 100}, {"columns": -1}, {"text_size": 0.1},
    {"unknown": 1},
])
def test_that_choices_that_make_no_sense_are_not_kept(kept: object) -> None:
    assert Style.from_kept(kept) == Style()


def test_that_settings_that_are_damaged_are_forgotten(tmp_path: Path) -> None:
    (tmp_path / "s.ini").write_text("[choices]\nfigure={not json\n")
    assert Settings(str(tmp_path / "s.ini")).choices("figure") is None


def test_that_settings_kept_nowhere_leave_the_null_device_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    null = tmp_path / "null"
    null.write_text("a device")
    monkeypatch.setattr("gui.shared.settings.os.devnull", str(null))
    settings = Settings(str(null))
    settings.theme = "dark"
    settings._store.sync()
    assert settings.theme == "dark"
    assert null.read_text() == "a device"
    assert list(tmp_path.iterdir()) == [null]


def test_that_panels_are_lettered_in_the_order_of_the_list(dialog: ExportDialog, qtbot: QtBot) -> None:
    check(dialog, 0, 2)
    assert [piece.figure.title for piece in dialog.chosen()] == ["L0H0 pattern", "L0H0 ov"]
    item = dialog.panels.takeItem(2)
    dialog.panels.insertItem(0, item)
    assert [piece.figure.title for piece in dialog.chosen()] == ["L0H0 ov", "L0H0 pattern"]


def test_that_copying_puts_pixels_and_svg_on_the_clipboard(
    dialog: ExportDialog, window: MainWindow, qtbot: QtBot
) -> None:
    choose("2", dialog.scale)
    with qtbot.waitSignal(window.exporter.copier.copied):
        dialog.copy.click()
    data = QGuiApplication.clipboard().mimeData()
    image = data.imageData()
    assert isinstance(image, QImage)
    assert image.width() == round(85 / 25.4 * 96 * 2)
    assert b"L0H0 pattern</text>" in bytes(data.data("image/svg+xml").data())


def test_that_a_key_copies_the_panel_used_last(window: MainWindow, qtbot: QtBot) -> None:
    QTest.keyClick(window, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    with qtbot.waitSignal(window.exporter.copier.copied):
        QTest.keyClick(window, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    drawing = bytes(QGuiApplication.clipboard().mimeData().data("image/svg+xml").data())
    assert b"L0H0 ov</text>" in drawing


def test_that_the_program_ends_well_with_a_figure_on_the_clipboard(tmp_path: Path) -> None:
    """Python's data on the clipboard outlived Python, and the program ended with a crash."""
    code = """
import sys
from PySide6.QtWidgets import QApplication
from gui.export.clipboard import Copier
from analysis.figures.kind import Piece
from analysis.figures.style import Style
from tests.gui.panels.samples import table
app = QApplication([])
copier = Copier(app)
copier.copied.connect(app.quit)
copier.copy((Piece(table()),), Style(scale=1))
app.exec()
copier.finish()
print(app.clipboard().image().width())
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"{round(85 / 25.4 * 96)}\n"), done.stderr


def test_that_matplotlib_is_imported_at_the_first_export_and_not_on_the_thread_of_the_window(tmp_path: Path) -> None:
    code = """
import sys, threading, time
from PySide6.QtWidgets import QApplication
import gui.start.app
from analysis.figures.kind import Piece
from analysis.figures.style import Style
from gui.export.dialog import ExportDialog
from gui.shared.background import Background
from tests.analysis.figures.looking import KINDS
threads = set()
class Watch:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "matplotlib":
            threads.add(threading.current_thread() is threading.main_thread())
sys.meta_path.insert(0, Watch())
app = QApplication([])
app.setQuitOnLastWindowClosed(False)
pieces = {name: Piece(figure) for name, figure in KINDS.items()}
dialog = ExportDialog(pieces, {name: name for name in pieces}, ("curves",), Style(), Background(app, "Drawing"))
dialog.show()
while not dialog.preview.settled:
    app.processEvents()
    time.sleep(0.01)
dialog.reject()
assert not dialog.preview.drawn.failure, dialog.preview.drawn.failure
print(threads)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "{False}\n", done.stderr


@pytest.mark.parametrize("name", KINDS)
def test_that_a_preview_takes_at_most_seven_tenths_of_a_second(name: str) -> None:
    """Of the processor's time: what others do on this machine does not count."""
    taken = []
    for _ in range(3):
        start = time.thread_time()
        drawn = draw((piece(name),), Style(caption=True), QSize(560, 540), 1.0)
        taken.append(time.thread_time() - start)
        assert not drawn.failure
        assert drawn.image.width() > 500 or drawn.image.height() > 500
    assert min(taken) < 0.7


def test_that_the_window_lives_while_a_page_is_drawn_and_only_the_newest_wish_is_shown(
    qtbot: QtBot, qapp: QApplication
) -> None:
    background = Background(qapp, "Drawing")
    preview, beats = Preview(background), []
    qtbot.addWidget(preview)
    preview.resize(600, 600)
    told: list[str] = []
    preview.told.connect(told.append)
    timer = QTimer(preview, interval=1)
    timer.timeout.connect(lambda: beats.append(preview.settled))
    timer.start()
    for width in (60.0, 90.0, 120.0, 150.0):
        preview.ask((piece("pairs"), piece("curves")), Style(width=width))
    qtbot.waitUntil(lambda: preview.settled, timeout=60_000)
    assert beats.count(False) > 5
    assert len(told) == 1
    assert told[0].startswith("150 × ")
    preview.stop()
    background.finish()


def test_that_closing_the_dialog_does_not_wait_for_its_page(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(*what: object) -> Drawn:
        begun.set()
        assert go_on.wait(60)
        return Drawn(QImage(), "of the dialog before")

    with monkeypatch.context() as patch:
        patch.setattr("gui.export.preview.draw", slow)
        window.exporter.export_figure()
        qtbot.waitUntil(begun.is_set)
        assert window.exporter.dialog is not None
        window.exporter.dialog.reject()
    window.exporter.export_figure()
    dialog = window.exporter.dialog
    assert dialog is not None
    go_on.set()
    qtbot.waitUntil(lambda: dialog.preview.settled, timeout=60_000)
    assert dialog.words.text().startswith("85 × ")
    dialog.reject()


def test_that_a_figure_that_cannot_be_made_again_has_no_python(window: MainWindow) -> None:
    window.exporter.copy_python()
    assert "nothing to copy" in window.banner.text


def test_that_only_what_is_zoomed_to_goes_on_the_page(window: MainWindow) -> None:
    panel = window.panels["attention"]
    piece = piece_of(panel)
    assert piece is not None
    assert piece.shown is None
    chart = panel.renderer()
    chart.box.setRange(xRange=(2, 6), yRange=(3, 9), padding=0)  # type: ignore[union-attr]
    piece = piece_of(panel)
    assert piece is not None
    assert piece.shown is not None
    np.testing.assert_allclose(piece.shown, ((2, 6), (3, 9)), atol=1e-6)
    window.exporter.export_figure()
    dialog = window.exporter.dialog
    assert dialog is not None
    assert dialog.chosen()[0].shown is not None
    dialog.checks["zoomed"].setChecked(False)
    assert dialog.chosen()[0].shown is None
    dialog.reject()


def test_that_hidden_panels_are_not_offered(window: MainWindow) -> None:
    window.docks["qk"].hide()
    assert list(pieces(window.panels)) == ["attention", "ov", "composition", "card"]


def test_that_every_control_of_the_dialog_has_a_name_and_a_tip(dialog: ExportDialog) -> None:
    parts: list[QWidget] = [dialog.panels, dialog.width_choice, dialog.width_mm, dialog.height_mm, dialog.columns,
                            dialog.text_size, dialog.dark, *dialog.checks.values(), dialog.format, dialog.scale,
                            dialog.save, dialog.copy]
    for part in parts:
        assert part.accessibleName(), part
        assert part.toolTip(), part
        assert part.focusPolicy() & Qt.FocusPolicy.TabFocus, part


def test_that_closing_the_window_closes_the_dialog(window: MainWindow, qtbot: QtBot) -> None:
    window.exporter.export_figure()
    window.close()
    assert window.exporter.dialog is None


def test_that_the_picture_of_the_window_is_saved_at_its_scale(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (str(tmp_path / "w"), "PNG (*.png)"))
    window.exporter.export_window(2)
    qtbot.waitUntil((tmp_path / "w.png").exists)
    window.exporter.saver.finish()
    image = QImage(str(tmp_path / "w.png"))
    assert image.size() == window.size() * 2
    assert '"title":"L0H0 pattern"' in image.text("headscope")


def test_that_the_panels_of_the_last_page_are_checked_again_for_one_of_them(
    dialog: ExportDialog, window: MainWindow
) -> None:
    check(dialog, 0, 2)
    names = [piece.figure.title for piece in dialog.chosen()]
    dialog.reject()
    window.exporter.export_figure()
    again = window.exporter.dialog
    assert again is not None
    assert [piece.figure.title for piece in again.chosen()] == names
    again.reject()
    window.current.panel = window.panels["qk" if "qk" not in again.checked() else "ov"]
    window.exporter.export_figure()
    other = window.exporter.dialog
    assert other is not None
    assert len(other.chosen()) == 1
