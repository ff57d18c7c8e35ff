"""The window with a made-up session, driven by clicks and keys."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QFileDialog,
    QLineEdit,
)
from pytestqt.qtbot import QtBot

from analysis.values import Called, HeadChoice, HeadId, JobUpdate, Selection, UserError
from gui.window.main_window import MainWindow
from tests.gui.fake_session import FakeSession
from tests.gui.windows import Make


def action(window: MainWindow, text: str) -> QAction:
    found = [item for item in window.findChildren(QAction) if item.text().replace("&", "") == text]
    assert found, text
    return found[0]


def titles(window: MainWindow) -> dict[str, str | None]:
    """Of the panels in sight: ink is for handwriting, effects stand behind composition."""
    shown = {key: panel for key, panel in window.panels.items() if panel.isVisible() and key not in ("ink", "effects")}
    figures = {key: panel.figure() for key, panel in shown.items()}
    return {key: figure.title if figure else None for key, figure in figures.items()}


def click_head(window: MainWindow, head: HeadId) -> None:
    view = window.tree.view
    view.scrollTo(window.tree.model.index_of(head))
    place = view.visualRect(window.tree.model.index_of(head)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_that_the_window_says_what_it_does_before_there_is_a_model(make: Make, session: FakeSession) -> None:
    session.gate.clear()
    window = make()
    window.start(None)
    assert window.status.words.text() == "Loading the demo…"
    assert not window.settled


def test_that_every_panel_draws_and_the_title_names_the_model(window: MainWindow) -> None:
    assert titles(window) == {"attention": "L0H0 pattern", "qk": "L0H0 qk", "ov": "L0H0 ov",
                              "composition": "L0H0 composition", "card": "L0H0"}
    assert window.windowTitle() == "demo – Headscope"
    assert window.toolbars.device.text() == "cpu"


def test_that_a_click_selects_the_head(window: MainWindow, qtbot: QtBot) -> None:
    click_head(window, HeadId(1, 2))
    qtbot.waitUntil(lambda: window.settled)
    assert set(titles(window).values()) == {"L1H2", "L1H2 pattern", "L1H2 qk", "L1H2 ov", "L1H2 composition"}


def test_that_the_strongest_head_is_shown_when_nobody_has_chosen_one(make: Make, qtbot: QtBot) -> None:
    window = make()
    window.start(None)
    qtbot.waitUntil(lambda: window.settled)
    assert window.store.selection.head == HeadId(1, 2)  # the last one is undefined
    assert titles(window)["qk"] == "L1H2 qk"
    click_head(window, HeadId(0, 3))
    window.worker.score_again()
    qtbot.waitUntil(lambda: window.settled)
    assert window.store.selection.head == HeadId(0, 3)


def test_that_a_view_is_asked_only_when_what_it_depends_on_changes(
    window: MainWindow, session: FakeSession, qtbot: QtBot
) -> None:
    session.calls.clear()
    window.store.set_sample(1)
    qtbot.waitUntil(lambda: window.settled)
    assert session.named("look") == [("pattern", Selection(HeadId(0, 0), sample=1))]
    window.store.set_option("an option that no view on show has", "1")
    qtbot.wait(20)
    assert len(session.named("look")) == 1


def test_that_a_hidden_panel_is_not_computed_until_it_is_shown(
    window: MainWindow, session: FakeSession, qtbot: QtBot
) -> None:
    window.docks["qk"].toggleViewAction().trigger()
    session.calls.clear()
    click_head(window, HeadId(1, 2))
    qtbot.waitUntil(lambda: window.settled)
    asked = {view for view, _ in session.named("look")}
    assert "qk" not in asked
    assert "ov" in asked
    window.docks["qk"].toggleViewAction().trigger()
    qtbot.waitUntil(lambda: titles(window)["qk"] == "L1H2 qk")


def test_that_going_to_another_view_and_back_draws_both(window: MainWindow, qtbot: QtBot) -> None:
    panel = window.panels["attention"]
    for view, title in (("mosaic", "L0H0 mosaic"), ("pattern", "L0H0 pattern")):
        panel.set_current_view(view)
        panel.view_changed.emit(view)
        qtbot.waitUntil(lambda title=title: titles(window)["attention"] == title)


def test_that_keys_walk_the_heads_from_anywhere(window: MainWindow) -> None:
    window.panels["ov"].setFocus()
    QTest.keyClick(window, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    QTest.keyClick(window, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert window.store.selection.head == HeadId(0, 2)
    QTest.keyClick(window, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert window.store.selection.head == HeadId(0, 1)
    assert window.tree.model.head_at(window.tree.view.currentIndex()) == HeadId(0, 1)


def test_that_a_pair_selects_its_later_head(window: MainWindow, qtbot: QtBot) -> None:
    window.panels["composition"].pair_clicked.emit(HeadId(0, 3), HeadId(1, 1))
    assert (window.store.selection.head, window.store.selection.pair) == (HeadId(1, 1), HeadId(0, 3))
    assert window.status.words.text() == "Selected L1H1, fed by L0H3; to cut this edge: Effects ▸ Graph"
    window.panels["attention"].head_clicked.emit(HeadId(1, 3))
    assert (window.store.selection.head, window.store.selection.pair) == (HeadId(1, 3), None)
    assert window.status.words.text() == ""


def test_that_scores_reach_the_tree(window: MainWindow) -> None:
    assert window.tree.model.index_of(HeadId(0, 0)).siblingAtColumn(2).data() == "1.00"


def test_that_a_file_that_does_not_open_leaves_everything_and_says_one_sentence(
    window: MainWindow, session: FakeSession, qtbot: QtBot
) -> None:
    click_head(window, HeadId(1, 2))
    qtbot.waitUntil(lambda: window.settled)
    before = titles(window)
    window.open_path("/somewhere/bad.pt")
    qtbot.waitUntil(lambda: bool(window.banner.text))
    qtbot.waitUntil(lambda: window.settled)
    assert window.banner.text == "/somewhere/bad.pt is not a checkpoint; choose another file."
    assert titles(window) == before
    assert window.windowTitle() == "demo – Headscope"
    dismiss = next(b for b in window.banner.findChildren(QAbstractButton) if b.accessibleName() == "Dismiss message")
    QTest.mouseClick(dismiss, Qt.MouseButton.LeftButton)
    assert window.banner.text == ""


def test_that_figures_asked_for_while_a_bad_file_is_tried_still_come(
    window: MainWindow, session: FakeSession, qtbot: QtBot
) -> None:
    session.gate.clear()
    click_head(window, HeadId(1, 2))
    window.open_path("/somewhere/bad.pt")
    session.gate.set()
    qtbot.waitUntil(lambda: titles(window)["ov"] == "L1H2 ov" and window.settled)


def test_that_a_dropped_file_is_opened(window: MainWindow, session: FakeSession, qtbot: QtBot) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/somewhere/other.pt")])
    drop = QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
                      Qt.KeyboardModifier.NoModifier)
    assert window.acceptDrops()
    window.dropEvent(drop)
    assert drop.isAccepted()
    qtbot.waitUntil(lambda: window.windowTitle().startswith("other.pt"))
    assert window.settings.recent == ["/somewhere/other.pt"]


def test_that_a_refused_device_leaves_the_menu_on_the_present_one(window: MainWindow, qtbot: QtBot) -> None:
    action(window, "cuda:0").trigger()
    qtbot.waitUntil(lambda: "no CUDA device" in window.banner.text)
    assert action(window, "cpu").isChecked()
    assert not action(window, "cuda:0").isChecked()


def test_that_a_head_count_opens_the_file_again(window: MainWindow, session: FakeSession, qtbot: QtBot) -> None:
    assert not window.menus.menu("Model/Head count").menuAction().isVisible()
    session.choices = (HeadChoice(2, 1.5), HeadChoice(4, 1.25, "the default"))
    window.open_path("/somewhere/other.pt")
    qtbot.waitUntil(lambda: window.menus.menu("Model/Head count").menuAction().isVisible())
    assert action(window, "4 heads, loss 1.250 nats, the default").isChecked()
    action(window, "2 heads, loss 1.500 nats").trigger()
    qtbot.waitUntil(lambda: session.named("open") == [None, "/somewhere/other.pt", "/somewhere/other.pt"])


def test_that_a_refused_prompt_keeps_the_one_in_force(window: MainWindow, qtbot: QtBot) -> None:
    length = next(box for box in window.findChildren(QAbstractSpinBox) if box.accessibleName() == "Prompt length")
    length.selectAll()
    QTest.keyClicks(length, "500")
    qtbot.waitUntil(lambda: "do not fit" in window.banner.text)
    assert window.store.prompt is not None
    assert window.store.prompt.spec.option("length", "6") == "6"


def test_that_work_can_be_cancelled_where_its_progress_is_shown(make: Make, session: FakeSession, qtbot: QtBot) -> None:
    session.job_steps, session.slice_s = 10_000, 0.002
    window = make()
    window.start(None)
    qtbot.waitUntil(window.status.cancel.isVisible)
    QTest.mouseClick(window.status.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.status.busy)
    assert not window.status.cancel.isVisible()
    assert "cancelled" in window.banner.text


def test_that_pointing_at_a_query_colours_the_prompt(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[int | None, np.ndarray | None]] = []
    monkeypatch.setattr(window.strip, "set_weights", lambda query, row, on_context: told.append((query, row)))
    window.panels["attention"].cell_hovered.emit(5, 1)
    query, row = told[-1]
    assert query == 5
    np.testing.assert_allclose(row, window.panels["attention"].figure().values[5])
    window.panels["attention"].cell_hovered.emit(-1, -1)
    assert told[-1] == (None, None)
    window.strip.query_clicked.emit(3)
    window.strip.query_hovered.emit(-1)
    assert told[-1][0] == 3
    window.strip.query_clicked.emit(3)
    window.strip.query_hovered.emit(-1)
    assert told[-1] == (None, None)


def test_that_numbers_are_saved_and_a_full_folder_is_a_sentence(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    saver = window.exporter.saver
    for target, good in ((tmp_path / "n.npz", True), (tmp_path / "gone" / "n.npz", False)):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args, target=target: (str(target), ""))
        with qtbot.waitSignal(saver.done if good else saver.failed):
            action(window, "Export numbers…").trigger()
        assert target.exists() == good
        assert bool(window.banner.text) != good
    assert np.load(tmp_path / "n.npz")["values"].shape == (12, 12)


def test_that_layout_and_theme_are_kept(make: Make, window: MainWindow) -> None:
    window.docks["card"].toggleViewAction().trigger()
    action(window, "Dark").trigger()
    window.close()
    again = make()
    assert not again.docks["card"].isVisible()
    assert again.settings.theme == "dark"
    action(again, "Reset layout").trigger()
    assert again.docks["card"].isVisible()
    action(again, "System").trigger()


def test_that_every_control_has_a_name_and_a_tip(window: MainWindow) -> None:
    own = [window.tree, window.prompt_bar, window.status, window.banner]
    for kind in (QAbstractSpinBox, QComboBox, QLineEdit, QAbstractButton):
        for part in own:
            for widget in part.findChildren(kind):
                if widget.isVisible() and not isinstance(widget.parent(), QAbstractSpinBox | QLineEdit):
                    assert widget.accessibleName(), widget
                    assert widget.toolTip(), widget


def test_that_an_unknown_head_on_the_command_line_is_a_sentence(make: Make, qtbot: QtBot) -> None:
    window = make()
    with qtbot.waitSignal(window.opener.failed) as failure:
        window.start(None, head=HeadId(9, 0))
    assert failure.args == ["demo has no head L9H0; choose one of the list."]
    assert window.store.selection.head == HeadId(0, 0)


def test_that_a_failing_view_says_so_in_its_panel_only(
    window: MainWindow, session: FakeSession, qtbot: QtBot
) -> None:
    session.look_error = UserError("This head has no such circuit.")
    click_head(window, HeadId(1, 1))
    qtbot.waitUntil(lambda: window.settled)
    assert window.banner.text == ""


def test_that_model_info_is_shown(window: MainWindow) -> None:
    action(window, "Model info").trigger()
    dialog = next(top for top in QApplication.topLevelWidgets() if top.windowTitle() == "demo – model")
    assert dialog.isVisible()
    dialog.close()


def test_that_hovering_is_said_in_words(window: MainWindow) -> None:
    window.panels["qk"].hovered.emit("query 3 → key 4: 0.25")
    assert window.status.words.text() == "query 3 → key 4: 0.25"
    window.panels["qk"].hovered.emit("")
    assert window.status.words.text().startswith("Opened demo")
    assert window.rect().contains(QPoint(1, 1))


def test_that_words_that_a_job_finds_stand_in_the_head_list_and_survive_another_device(window: MainWindow) -> None:
    assert window.store.facts is not None
    called = Called(("first token",))
    window.worker.job_changed.emit(JobUpdate("answer", "Asking", 0.5, words=((HeadId(0, 1), called),)))
    assert window.tree.model.called(HeadId(0, 1)) == called
    window.worker.device_changed.emit(replace(window.store.facts, device="other"))
    assert window.tree.model.called(HeadId(0, 1)) == called


@pytest.mark.parametrize("resume", [True, False])
@pytest.mark.parametrize("maximized", [True, False])
def test_that_a_size_that_is_asked_for_is_not_the_last_window_s(
    make: Make, window: MainWindow, qtbot: QtBot, resume: bool, maximized: bool
) -> None:
    """The last window's state or its settings: the places of the panels come back all the same."""
    window.docks["qk"].hide()
    if maximized:
        window.showMaximized()
    window.close()
    again = make(size=(1300, 850))
    again.start(None, resume=resume)
    qtbot.waitUntil(lambda: again.settled)
    assert (again.width(), again.height(), again.isMaximized()) == (1300, 850, False)
    assert again.docks["qk"].isHidden()
