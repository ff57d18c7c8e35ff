"""The prompt strip: chips, weights, hover and clicks."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from analysis.values import PromptFacts, PromptSpec
from gui.prompt.token_strip import EMPTY, TokenStrip
from gui.theme.colors import apply_theme, table
from tests.gui.panels.samples import prompt

from .looking import settle, show

LABELS = ("the", "cat", "sat", "the", "cat")


@pytest.fixture(autouse=True)
def _light(qapp):
    apply_theme(qapp, "light")


@pytest.fixture
def strip(qtbot) -> TokenStrip:
    strip = show(qtbot, TokenStrip(), 600, 150)
    strip.set_prompt(PromptFacts(PromptSpec("x"), "x", 2, 5, (LABELS, LABELS[::-1]), (("a", "b"), ("c", "d"))), 0)
    settle()
    return strip


def corner(chips, index: int) -> QColor:
    """The fill of a chip, beside its text."""
    spot = chips.chip_rect(index)
    return chips.viewport().grab().toImage().pixelColor(spot.left() + 2, spot.bottom() - 2)


def shade(index: int) -> QColor:
    return QColor(*map(int, table("sequential", False)[index]))


def test_that_an_empty_strip_says_so_in_words(qtbot):
    strip = show(qtbot, TokenStrip(), 600, 150)
    assert strip._caption.text() == EMPTY
    assert strip._tokens.count() == 0


def test_that_hover_and_click_tell_the_token(qtbot, strip):
    hovered, clicked, said = [], [], []
    strip.query_hovered.connect(hovered.append)
    strip.query_clicked.connect(clicked.append)
    strip.hovered.connect(said.append)
    view, spot = strip._tokens.viewport(), strip._tokens.chip_rect(2).center()
    QTest.mouseMove(view, spot)
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot)
    QApplication.sendEvent(view, QEvent(QEvent.Type.Leave))
    assert hovered == [2, -1]
    assert clicked == [2]
    assert said == ["token 2 'sat'", ""]


def test_that_chips_are_filled_on_a_scale_to_the_largest_weight(strip):
    strip.set_weights(4, np.array([0.0, 0.25, 0.5, 0.1, 0.0], np.float32))
    settle()
    assert corner(strip._tokens, 0) == shade(0)
    assert corner(strip._tokens, 1) == shade(127)
    assert corner(strip._tokens, 2) == shade(254)
    assert "query 4 'cat'" in strip._caption.text()
    assert "0.50, at key 2 'sat'" in strip._caption.text()


def test_that_the_query_is_outlined(strip, qapp):
    strip.set_weights(4, np.zeros(5, np.float32))
    settle()
    rect = strip._tokens.chip_rect(4)
    assert strip._tokens.viewport().grab().toImage().pixelColor(rect.topLeft()) == qapp.palette().highlight().color()


def test_that_a_kept_query_names_the_pair_under_the_pointer(qtbot, strip):
    strip.set_weights(4, np.array([0.0, 0.25, 0.5, 0.1, 0.15], np.float32))
    with qtbot.waitSignal(strip.hovered) as caught:
        QTest.mouseMove(strip._tokens.viewport(), strip._tokens.chip_rect(1).center())
    assert caught.args == ["query 4 'cat' → key 1 'cat': 0.25"]


def test_that_attention_to_the_context_fills_the_context(qtbot, strip):
    strip.set_weights(1, np.array([0.2, 0.8], np.float32), on_context=True)
    settle()
    assert corner(strip._letters, 1) == shade(254)
    with qtbot.waitSignal(strip.hovered) as caught:
        QTest.mouseMove(strip._letters.viewport(), strip._letters.chip_rect(0).center())
    assert caught.args == ["query 1 'cat' → context 0 'a': 0.2"]


def test_that_the_context_row_is_there_only_with_a_context(strip):
    assert strip._letters.isVisible()
    strip.set_prompt(prompt(20, 0), 0)
    assert not strip._letters.isVisible()


def test_that_the_tokens_are_those_of_the_sample(strip):
    strip.set_prompt(PromptFacts(PromptSpec("x"), "x", 2, 2, (("p", "q"), ("r", "s"))), 1)
    assert strip._token("token", 0) == "token 0 'r'"


def test_that_the_mean_over_samples_is_told_by_position(strip):
    strip.set_prompt(PromptFacts(PromptSpec("x"), "x", 2, 2, (("p", "q"), ("r", "s"))), None)
    assert "mean over samples" in strip._caption.text()
    assert strip._token("token", 1) == "token 1"


def test_that_no_chip_is_wider_than_the_strip_or_cut_at_its_bottom(qtbot):
    strip = show(qtbot, TokenStrip(), 300, 150)
    strip.set_prompt(prompt(2048), 0)
    settle()
    chips = strip._tokens
    rects = [chips.chip_rect(index) for index in range(chips.count())]
    height = chips.viewport().height()
    assert all(rect.right() < chips.viewport().width() for rect in rects)
    assert not [rect for rect in rects if rect.top() < height <= rect.bottom()]


def test_that_far_tokens_are_found_after_scrolling(qtbot):
    strip = show(qtbot, TokenStrip(), 300, 150)
    strip.set_prompt(prompt(2048), 0)
    settle()
    chips = strip._tokens
    chips.verticalScrollBar().setValue(chips.verticalScrollBar().maximum())
    settle()
    spot = chips.chip_rect(2047).center()
    assert chips.viewport().rect().contains(spot)
    assert chips.place_at(spot) == 2047
