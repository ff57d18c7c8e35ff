"""Ink: where strokes are, their colours and widths, hover, clicks, letters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from analysis.figures.ink import Ink as InkFigure
from gui.panels.renderers.ink import Ink
from gui.theme.colors import apply_theme, table
from tests.gui.panels.samples import ink as sample

from .looking import settle, show

LABELS = tuple(f"{name}{place}" for place in range(4) for name in ("θ", "r"))


@pytest.fixture(autouse=True, params=["light", "dark"])
def theme(request, qapp):
    apply_theme(qapp, request.param)
    return request.param


@pytest.fixture
def ink(qtbot) -> Ink:
    """A square: along the top, down, back with the pen up, and up."""
    corners = np.array([[0, 0], [0.5, 0], [0.5, 0.2], [0, 0.2], [0, 0]])
    reading = np.zeros((8, 3), np.float32)
    reading[2:4] = [[0.1, 0.6, 0.3], [0.2, 0.7, 0.1]]
    figure = InkFigure("Handwriting, sample 0", np.hstack([corners[:-1], corners[1:]]), np.array([1, 1, 0, 1], bool),
                       np.arange(8).reshape(4, 2), (0,), LABELS, ("a", "b", "c"), reading, "L1X2")
    widget = show(qtbot, Ink(), 500, 220)
    widget.show_figure(figure)
    settle()
    return widget


def middle(ink: Ink, stroke: int) -> QPoint:
    return ink.canvas.segment(stroke).center().toPoint()


def picture(ink: Ink) -> QImage:
    settle()
    return ink.canvas.viewport().grab().toImage()


def point(view: QWidget, at: QPoint) -> None:
    """Moves the pointer there; from elsewhere, because a pointer that is there already tells nothing."""
    QTest.mouseMove(view.window(), QPoint(1, 1))
    QTest.mouseMove(view, at)


def shade(theme: str, index: int) -> QColor:
    return QColor(*map(int, table("sequential", theme == "dark")[index]))


def width_of(image: QImage, at: QPoint, color: QColor) -> int:
    """How many pixels from top to bottom through a point have this colour."""
    return sum(image.pixelColor(at.x(), y) == color for y in range(image.height()))


def weights(**by_token: float) -> np.ndarray:
    row = np.zeros(8, np.float32)
    for name, value in by_token.items():
        row[LABELS.index(name)] = value
    return row


def test_that_strokes_are_drawn_true_to_scale_where_they_are(ink, qapp):
    image, paper = picture(ink), qapp.palette().base().color()
    top, right = ink.canvas.segment(0), ink.canvas.segment(1)
    assert top.length() / right.length() == pytest.approx(0.5 / 0.2, rel=1e-6)
    assert right.y2() > right.y1()  # y grows downwards, as on the page
    for stroke in (0, 1, 3):
        assert image.pixelColor(middle(ink, stroke)) != paper
    assert image.pixelColor(middle(ink, 2)) == paper
    assert image.pixelColor(middle(ink, 0) + QPoint(0, 6)) == paper


def test_that_weight_is_colour_and_width(ink, theme):
    ink.set_weights(7, weights(θ0=0.1, r0=0.4, θ1=0.2))
    image, at = picture(ink), middle(ink, 0)
    assert image.pixelColor(at) == shade(theme, 254)
    assert width_of(image, at, shade(theme, 254)) in (6, 7)
    assert image.pixelColor(middle(ink, 1)) == shade(theme, round((0.3 + 0.7 * 127 / 254) * 254))
    assert "full colour 0.40" in ink._caption.text()


def test_that_strokes_without_weight_stay_visible_and_thin(ink, qapp):
    ink.set_weights(7, weights(r0=1.0))
    image = picture(ink)
    plain = image.pixelColor(middle(ink, 1))
    assert plain != qapp.palette().base().color()
    assert image.pixelColor(middle(ink, 1) + QPoint(3, 0)) == qapp.palette().base().color()


def test_that_the_query_s_stroke_is_outlined_from_either_of_its_tokens(ink, qapp):
    line = qapp.palette().highlight().color()
    for query in (2, 3):
        ink.set_weights(query, weights(r0=1.0))
        image, at = picture(ink), middle(ink, 1)
        assert line in [image.pixelColor(at + QPoint(x, 0)) for x in range(2, 8)]
        assert line not in [image.pixelColor(middle(ink, 0) + QPoint(0, y)) for y in range(-8, 9)]


def test_that_pen_up_moves_are_dotted_on_demand(ink, qapp):
    paper = qapp.palette().base().color()

    def covered() -> int:
        image, line = picture(ink), ink.canvas.segment(2)
        at = range(int(line.x2()) + 12, int(line.x1()) - 12)
        return sum(image.pixelColor(x, round(line.y1())) != paper for x in at) * 100 // len(at)

    assert covered() == 0
    assert ink.canvas.place_at(middle(ink, 2)) == -1
    QTest.mouseClick(ink.lifted, Qt.MouseButton.LeftButton)
    assert 20 < covered() < 95
    assert ink.canvas.place_at(middle(ink, 2)) == 2


def test_that_the_share_of_what_is_not_drawn_is_said(ink):
    ink.set_weights(7, weights(r0=0.6, r2=0.4))
    assert "0.40 not drawn" in ink._caption.text()
    ink.lifted.click()
    assert "not drawn" not in ink._caption.text()


def test_that_hover_and_click_tell_the_token_that_asks(ink):
    hovered, clicked, said = [], [], []
    ink.query_hovered.connect(hovered.append)
    ink.query_clicked.connect(clicked.append)
    ink.hovered.connect(said.append)
    view = ink.canvas.viewport()
    point(view, middle(ink, 1))
    ink.ask_angle.click()
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, middle(ink, 3))
    QApplication.sendEvent(view, QEvent(QEvent.Type.Leave))
    assert hovered[0] == 3
    assert hovered[-1] == -1
    assert clicked == [6]
    assert said[0] == "stroke 1 (θ1 r1, tokens 2–3)"
    assert said[-1] == ""


def test_that_a_kept_query_names_the_weight_of_the_stroke_under_the_pointer(ink, qtbot):
    ink.set_weights(7, weights(θ1=0.25, r1=0.5))
    with qtbot.waitSignal(ink.hovered) as caught:
        point(ink.canvas.viewport(), middle(ink, 1))
    assert caught.args == ["query 7 → stroke 1 (θ1 r1, tokens 2–3): 0.5"]
    assert "heavier of its two tokens" in ink.canvas.viewport().toolTip()


def test_that_letters_take_the_query_s_attention(ink, theme):
    ink.set_weights(2, None)
    settle()
    spot = ink.letters.chip_rect(1)
    image = ink.letters.viewport().grab().toImage()
    assert image.pixelColor(spot.left() + 2, spot.bottom() - 2) == shade(theme, 254)
    assert "letters: full colour 0.60, L1X2" in ink._caption.text()


def test_that_a_letter_under_the_pointer_shows_which_strokes_attend_to_it(ink, theme, qtbot):
    keys, said = [], []
    ink.key_hovered.connect(keys.append)
    ink.hovered.connect(said.append)
    ink.set_weights(7, weights(r0=1.0))
    point(ink.letters.viewport(), ink.letters.chip_rect(1).center())
    image = picture(ink)
    assert image.pixelColor(middle(ink, 1)) == shade(theme, 254)
    assert image.pixelColor(middle(ink, 0)) != shade(theme, 254)
    assert "attention to letter 1 'b': grey 0, full colour 0.70, L1X2" in ink._caption.text()
    assert said == ["query 7 → letter 1 'b': 0, L1X2"]
    QApplication.sendEvent(ink.letters.viewport(), QEvent(QEvent.Type.Leave))
    assert keys == [1, -1]
    assert picture(ink).pixelColor(middle(ink, 0)) == shade(theme, 254)


def test_that_there_is_no_text_row_without_a_text(ink):
    assert ink.letters.isVisible()
    ink.show_figure(replace(ink.figure, letters=(), reading=np.zeros((0, 0))))
    assert not ink.letters.isVisible()


def test_that_attention_of_another_prompt_is_not_drawn(ink):
    ink.set_weights(3, np.ones(9, np.float32))
    assert ink.stroke_weights() is None
    ink.set_weights(8, weights(r0=1.0))
    assert ink.stroke_weights() is None


def test_that_a_tall_text_scrolls_and_is_found_where_it_is(qtbot):
    widget = show(qtbot, Ink(), 320, 150)
    widget.show_figure(sample(30, 6))
    settle()
    bar = widget.canvas.verticalScrollBar()
    assert bar.maximum() > 0
    bar.setValue(bar.maximum())
    settle()
    last = len(widget.figure.strokes) - 2
    assert widget.canvas.viewport().rect().contains(middle(widget, last))
    assert abs(widget.canvas.place_at(middle(widget, last)) - last) <= 1
