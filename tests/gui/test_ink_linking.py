"""Ink, attention panel and token strip in one window: the pointer in one, the others follow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from analysis.figures.axis import Axis, Scale
from analysis.figures.heatmap import Heatmap as HeatmapFigure
from analysis.figures.ink import Ink as InkFigure
from analysis.figures.kind import Piece
from analysis.values import HeadId, PromptSpec, as_options
from gui.panels.renderers.heatmap import Heatmap
from gui.panels.renderers.ink import Ink
from gui.shared.settings import Settings
from gui.window.main_window import MainWindow
from gui.work.worker import Worker
from tests.gui.fake_session import FakeSession
from tests.shared_data import CHECKPOINT, REFERENCE, needs_shared

SELF, CROSS = HeadId(0, 0), HeadId(1, 2, "cross")


@pytest.fixture
def window(session: FakeSession, qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    """A window on made-up handwriting with a text, at a self-attention head."""
    session.cross = session.handwriting = True
    window = MainWindow(Worker(lambda device: session), Settings(str(tmp_path / "settings.ini")))
    window.show()
    qtbot.waitExposed(window)
    window.start(None, head=SELF)
    qtbot.waitUntil(lambda: window.settled)
    yield window
    window.close()
    assert window.stopped_cleanly
    window.deleteLater()


def ink_of(window: MainWindow) -> Ink:
    return window.panels["ink"].findChildren(Ink)[0]


def pattern_of(window: MainWindow) -> Heatmap:
    return next(drawing for drawing in window.panels["attention"].findChildren(Heatmap) if drawing.isVisible())


def point(view: QWidget, at: QPoint) -> None:
    """Moves the pointer there; from elsewhere, because a pointer that is there already tells nothing."""
    QTest.mouseMove(view.window(), QPoint(1, 1))
    QTest.mouseMove(view, at)
    QApplication.processEvents()


def point_at_stroke(window: MainWindow, stroke: int) -> None:
    canvas = ink_of(window).canvas
    point(canvas.viewport(), canvas.segment(stroke).center().toPoint())


def point_at_cell(window: MainWindow, row: int, col: int) -> None:
    drawing = pattern_of(window)
    place = drawing.view.mapFromScene(drawing.box.mapViewToScene(QPointF(col + 0.5, row + 0.5)))
    point(drawing.view.viewport(), place)


def select(window: MainWindow, qtbot: QtBot, head: HeadId) -> None:
    window.store.select(head)
    qtbot.waitUntil(lambda: window.settled)


def test_that_a_stroke_under_the_pointer_moves_the_crosshair_and_the_strip(window: MainWindow) -> None:
    point_at_stroke(window, 3)
    assert pattern_of(window)._cursor == (7, None)
    assert "query 7 't7'" in window.strip._caption.text()
    weights = ink_of(window).stroke_weights()
    row = pattern_of(window).figure.values[7]  # type: ignore[union-attr]
    np.testing.assert_array_equal(weights, row.reshape(6, 2).max(1))  # type: ignore[arg-type]
    assert window.status.words.text().startswith("stroke 3 (t6 t7, tokens 6–7)")


def test_that_the_attention_panel_lights_the_ink(window: MainWindow) -> None:
    point_at_cell(window, 4, 2)
    ink = ink_of(window)
    assert "query 4 't4'" in ink._caption.text()
    assert ink.canvas._query == 2
    row = pattern_of(window).figure.values[4]  # type: ignore[union-attr]
    np.testing.assert_array_equal(ink.stroke_weights(), row.reshape(6, 2).max(1))  # type: ignore[arg-type]
    QApplication.sendEvent(pattern_of(window).view, QEvent(QEvent.Type.Leave))
    assert ink.stroke_weights() is None


def test_that_another_view_of_the_attention_panel_names_no_query(window: MainWindow, qtbot: QtBot) -> None:
    panel = window.panels["attention"]
    panel.set_current_view("mosaic")
    panel.view_changed.emit("mosaic")
    qtbot.waitUntil(lambda: window.settled)
    point_at_cell(window, 1, 2)
    assert ink_of(window)._query == -1


def test_that_a_click_keeps_the_stroke_and_a_second_lets_it_go(window: MainWindow) -> None:
    canvas = ink_of(window).canvas
    for kept in (True, False):
        point_at_stroke(window, 2)
        QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=canvas.segment(2).center().toPoint())
        QApplication.sendEvent(canvas.viewport(), QEvent(QEvent.Type.Leave))
        assert (ink_of(window).stroke_weights() is not None) == kept
        assert (pattern_of(window)._cursor == (5, None)) == kept


def test_that_a_cross_attention_head_lights_letters_and_a_letter_its_column(window: MainWindow, qtbot: QtBot) -> None:
    select(window, qtbot, CROSS)
    point_at_stroke(window, 1)
    ink = ink_of(window)
    assert ink.stroke_weights() is None
    assert "letters: full colour" in ink._caption.text()
    point(ink.letters.viewport(), ink.letters.chip_rect(2).center())
    assert pattern_of(window)._cursor == (None, 2)
    np.testing.assert_array_equal(ink.stroke_weights(), ink.figure.reading[:, 2].reshape(6, 2).max(1))  # type: ignore


def test_that_a_kept_stroke_stays_when_the_head_changes(window: MainWindow, qtbot: QtBot) -> None:
    window.panels["ink"].query_clicked.emit(5)
    window.panels["ink"].query_hovered.emit(-1)
    select(window, qtbot, HeadId(1, 1))
    assert window.panels["ink"].figure().title == "L1H1 ink"  # type: ignore[union-attr]
    assert ink_of(window).canvas._query == 2
    assert ink_of(window).stroke_weights() is not None


def test_that_handwriting_has_two_tabs_and_other_prompts_their_tokens_alone(
    window: MainWindow, session: FakeSession, qtbot: QtBot
) -> None:
    tabs = window.prompt_panel.tabs
    assert tabs.isVisible()
    assert ink_of(window).isVisible()
    assert not window.strip.isVisible()
    tabs.setCurrentIndex(1)
    assert window.strip.isVisible()
    session.calls.clear()
    select(window, qtbot, HeadId(1, 1))
    assert "ink" not in [view for view, _ in session.named("look")]  # type: ignore[misc]
    tabs.setCurrentIndex(0)
    qtbot.waitUntil(lambda: window.panels["ink"].figure() is not None and window.settled)
    session.handwriting = False
    window.worker.set_prompt(PromptSpec("random", as_options({"length": "4"})))
    qtbot.waitUntil(lambda: not tabs.isVisible())
    assert window.strip.isVisible()


def test_that_the_mean_over_samples_says_why_it_has_no_ink(window: MainWindow, qtbot: QtBot) -> None:
    window.store.set_sample(None)
    qtbot.waitUntil(lambda: window.settled)
    assert "no ink" in window.panels["ink"]._area.veil.text


def test_that_the_ink_pressed_last_is_what_is_exported(window: MainWindow) -> None:
    canvas = ink_of(window).canvas
    QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=canvas.segment(1).center().toPoint())
    assert window.current.panel is window.panels["ink"]


def test_that_a_row_of_strokes_stands_for_both_tokens_of_its_stroke(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = np.linspace(0, 1, 18, dtype=np.float32).reshape(6, 3)
    rows = Axis("stroke", 6, tokens=tuple(range(0, 12, 2)))
    reads = HeatmapFigure("reads", values, rows, Axis("character", 3), Scale("sequential", 0.0, 1.0, "attention"))
    monkeypatch.setattr(FakeSession, "_picture", lambda self, view, selection: reads)
    panel = window.panels["attention"]
    monkeypatch.setattr("gui.window.links.attention_link.PATTERNS", ("reading", "mosaic"))  # a second tab of the fake
    select(window, qtbot, CROSS)
    panel.set_current_view("mosaic")
    window.requests.refresh()
    qtbot.waitUntil(lambda: window.settled)
    point_at_stroke(window, 3)  # its r is asked, token 7
    assert pattern_of(window)._cursor == (3, None)
    shown = window.strip._weights
    np.testing.assert_array_equal(shown, values[3])  # type: ignore[arg-type]
    assert window.strip._letters._fills is not None  # "d" of "abcd" has no weight
    point_at_cell(window, 4, 1)
    assert window.strip._query == 8


def exported(window: MainWindow) -> Piece:
    """The ink as the export dialog takes it."""
    window.exporter.export_figure()
    dialog = window.exporter.dialog
    assert dialog is not None
    piece = next(piece for piece in dialog._pieces.values() if isinstance(piece.figure, InkFigure))
    dialog.reject()
    return piece


def test_that_the_query_under_the_pointer_is_exported_with_its_letters(window: MainWindow) -> None:
    point_at_stroke(window, 3)
    ink = ink_of(window)
    weights, piece = ink.stroke_weights(), exported(window)  # in this order: the dialog takes the pointer away
    np.testing.assert_array_equal(piece.weights, weights)  # type: ignore[arg-type]
    np.testing.assert_array_equal(piece.letter_weights, ink.figure.reading[7])  # type: ignore[arg-type, union-attr]
    assert (piece.query, piece.letter) == (3, None)
    assert piece.weights_words.startswith("strokes: attention of query 7 't7', largest ")
    assert "; letters: attention of query 7 't7', largest " in piece.weights_words


def test_that_a_kept_query_is_exported_though_only_letters_have_its_colours(window: MainWindow, qtbot: QtBot) -> None:
    select(window, qtbot, CROSS)
    window.panels["ink"].query_clicked.emit(5)
    window.panels["ink"].query_hovered.emit(-1)
    piece = exported(window)
    assert piece.weights is None
    assert piece.query == 2
    np.testing.assert_array_equal(piece.letter_weights, ink_of(window).figure.reading[5])  # type: ignore
    assert piece.weights_words.startswith("letters: attention of query 5 't5', largest ")


def test_that_the_strokes_of_a_letter_under_the_pointer_are_exported_as_its_own(window: MainWindow) -> None:
    window.panels["ink"].query_clicked.emit(5)
    point(ink_of(window).letters.viewport(), ink_of(window).letters.chip_rect(2).center())
    weights, piece = ink_of(window).stroke_weights(), exported(window)
    np.testing.assert_array_equal(piece.weights, weights)  # type: ignore[arg-type]
    assert (piece.query, piece.letter) == (None, 2)
    assert piece.weights_words.startswith("strokes: attention to letter 2 'c', largest ")


def test_that_ink_without_a_query_is_exported_plain(window: MainWindow) -> None:
    piece = exported(window)
    assert (piece.weights, piece.query, piece.letter_weights, piece.weights_words) == (None, None, None, "")


@needs_shared
def test_that_real_handwriting_is_shown_and_linked(qtbot: QtBot, tmp_path: Path) -> None:
    with np.load(REFERENCE) as reference:
        for name in ("tokens", "context"):
            kind = "prepared" if name == "tokens" else "plain"
            np.save(tmp_path / f"{name}.npy", reference[f"{kind}_{name}"][2])
    window = MainWindow(Worker(device="cpu"), Settings(str(tmp_path / "settings.ini")))
    try:
        window.show()
        with qtbot.waitSignal(window.worker.prompt_ready, timeout=60_000):
            window.start(str(CHECKPOINT), head=HeadId(2, 0, "cross"))
        files = as_options({name: str(tmp_path / f"{name}.npy") for name in ("tokens", "context")})
        with qtbot.waitSignal(window.worker.prompt_ready, timeout=60_000):
            window.worker.set_prompt(PromptSpec("token_file", files))
        qtbot.waitUntil(lambda: not window.requests._pending, timeout=60_000)  # The heads may still be being scored.
        ink = ink_of(window)
        assert ink.figure is not None
        assert len(ink.figure.words) == 3
        point_at_stroke(window, 60)  # the end of "rhne"
        read = ink.figure.reading[ink._query]
        assert int(read.argmax()) == 3
        assert pattern_of(window)._cursor == (ink._query, None)
    finally:
        window.close()
        window.deleteLater()
