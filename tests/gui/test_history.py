"""Back and forward through selections."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from analysis.values import HeadId
from gui.session.history import LONGEST, History
from gui.shared.store import Store
from gui.window.main_window import MainWindow
from tests.gui.fake_session import FakeSession

FIRST, SECOND, THIRD = HeadId(0, 0), HeadId(0, 2), HeadId(1, 1)


@pytest.fixture
def walked(session: FakeSession) -> tuple[Store, History]:
    """Three heads were selected."""
    store = Store()
    history = History(store, store)
    store.set_model(session.open(None))
    store.set_prompt(session.set_prompt(None))
    for head in (FIRST, SECOND, THIRD):
        store.select(head)
    return store, history


def test_that_back_and_forward_go_through_what_was_selected(walked: tuple[Store, History]) -> None:
    store, history = walked
    seen = []
    for by in (-1, -1, -1, 1, 1, 1):
        history.go(by)
        seen.append(store.selection.head)
    assert seen == [SECOND, FIRST, FIRST, SECOND, THIRD, THIRD]
    assert history.can_back
    assert not history.can_forward


def test_that_a_new_selection_forgets_what_lay_ahead(walked: tuple[Store, History]) -> None:
    store, history = walked
    history.go(-1)
    store.select(HeadId(1, 3))
    assert not history.can_forward
    history.go(-1)
    assert store.selection.head == SECOND


def test_that_a_pair_is_a_step_of_its_own(walked: tuple[Store, History]) -> None:
    store, history = walked
    store.select(THIRD, FIRST)
    history.go(-1)
    assert (store.selection.head, store.selection.pair) == (THIRD, None)
    history.go(1)
    assert store.selection.pair == FIRST


def test_that_turning_one_control_for_long_is_one_step(walked: tuple[Store, History]) -> None:
    store, history = walked
    for lag in range(1, 9):
        store.set_option("lag", str(lag))
    store.set_sample(1)
    store.set_sample(2)
    history.go(-1)
    assert (store.selection.sample, store.selection.option("lag", "")) == (0, "8")
    history.go(-1)
    assert (store.selection.head, store.selection.option("lag", "")) == (THIRD, "")
    history.go(-1)
    assert store.selection.head == SECOND


def test_that_what_the_program_selects_is_no_step(session: FakeSession) -> None:
    store = Store()
    history = History(store, store)
    store.set_model(session.open(None))
    store.suggest(HeadId(1, 2))
    assert not history.can_back
    store.select(THIRD)
    history.go(-1)
    assert store.selection.head == HeadId(1, 2)


def test_that_another_model_starts_anew_and_another_device_does_not(
    walked: tuple[Store, History], session: FakeSession
) -> None:
    store, history = walked
    session.device = "cuda:0"
    store.set_facts(session._facts())
    assert history.can_back
    store.set_model(session.open("/somewhere/other.pt"))
    assert not history.can_back
    history.go(-1)
    assert store.selection.head == THIRD


def test_that_a_sample_that_is_gone_does_not_come_back(walked: tuple[Store, History], session: FakeSession) -> None:
    store, history = walked
    store.set_sample(2)
    store.select(FIRST)
    store.set_sample(0)
    fewer = session.set_prompt(None)
    store.set_prompt(type(fewer)(fewer.spec, "one sample", 1, fewer.n_tokens, fewer.labels[:1]))
    history.go(-1)
    history.go(-1)
    assert (store.selection.head, store.selection.sample) == (THIRD, 0)


def test_that_it_does_not_grow_without_end(walked: tuple[Store, History]) -> None:
    store, history = walked
    for turn in range(LONGEST + 50):
        store.select(FIRST if turn % 2 else SECOND)
    steps = 0
    while history.can_back:
        history.go(-1)
        steps += 1
    assert steps == LONGEST - 1


@pytest.mark.parametrize("how", ["keys", "undo keys", "mouse on a figure", "mouse on the tree"])
def test_that_keys_and_mouse_buttons_go_back_and_forward(window: MainWindow, how: str, qtbot: QtBot) -> None:
    for head in (SECOND, THIRD):
        window.store.select(head)
    qtbot.waitUntil(lambda: window.settled)
    alt, control, shift = (getattr(Qt.KeyboardModifier, f"{name}Modifier") for name in ("Alt", "Control", "Shift"))
    ways: dict[str, Callable[[bool], object]] = {
        "keys": lambda back: QTest.keyClick(window, Qt.Key.Key_Left if back else Qt.Key.Key_Right, alt),
        "undo keys": lambda back: QTest.keyClick(window, Qt.Key.Key_Z, control if back else control | shift),
        "mouse on a figure": lambda back: _press(_canvas(window), back),
        "mouse on the tree": lambda back: _press(window.tree.view.viewport(), back),
    }
    for back, head in ((True, SECOND), (False, THIRD)):
        ways[how](back)
        assert window.store.selection.head == head


def _canvas(window: MainWindow) -> QObject:
    panel = window.panels["attention"]
    return panel.childAt(panel.rect().center())


def _press(widget: QObject, back: bool) -> None:
    button = Qt.MouseButton.BackButton if back else Qt.MouseButton.ForwardButton
    QTest.mouseClick(widget, button, pos=QPoint(20, 30))
