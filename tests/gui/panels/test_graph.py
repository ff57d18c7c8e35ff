"""The graph: places, what the pointer means, clicks, the threshold, the curves of the selected edge."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QScrollArea

from analysis.figures.curves import Curves, Series
from analysis.figures.graph import Graph
from analysis.values import HeadId
from gui.panels.drawing.graph_canvas import SIDE
from gui.panels.renderers.graph import LEAST, STEPS
from gui.panels.renderers.graph import Graph as GraphWidget
from tests.gui.panels import samples

from .looking import settle, show

HEADS = tuple(HeadId(layer, index) for layer in range(3) for index in range(4))
EDGES = np.array([[0, 5], [1, 6], [2, 11]])
BELOW = Curves("cut", np.arange(4.0, dtype=np.float32), (Series("a", np.ones(4, np.float32)),), "position", "loss")


def graph(**changed) -> Graph:
    values = np.linspace(0, 1, 12, dtype=np.float32)
    strengths = np.array([40.0, 10.0, 2.5], np.float32)
    parts = {"title": "K-composition", "nodes": HEADS, "edges": EDGES, "strengths": strengths, "strength_name": "z",
             "threshold": 5.0, "node_values": values, "node_name": "induction"}
    return Graph(**(parts | changed))


@pytest.fixture
def widget(qtbot):
    widget = show(qtbot, GraphWidget(), 600, 300)
    widget.show_figure(graph())
    settle()
    return widget


def middle(widget: GraphWidget, edge: int) -> QPoint:
    return widget.canvas.path(edge).pointAtPercent(0.5).toPoint()


def test_that_heads_stand_in_columns_in_the_order_in_which_they_write(widget):
    places = widget.canvas.places()
    assert [place.x() for place in places[:4]] == [places[0].x()] * 4
    assert places[0].x() < places[4].x() < places[8].x()
    assert places[0].y() < places[1].y() < places[2].y()


def test_that_weak_edges_hide_until_the_threshold_is_dragged_down(widget):
    assert widget.canvas.shown() == [1, 0]
    assert widget.count.text() == "z ≥ 5.0: 2 edges"
    widget.slider.setValue(0)
    assert widget.canvas.shown() == [2, 1, 0]
    widget.slider.setValue(STEPS)
    assert widget.canvas.shown() == [0]
    assert widget.count.text() == "z ≥ 40.0: 1 edge"


def test_that_a_dragged_threshold_stays_for_the_same_heads_and_goes_with_others(widget):
    widget.slider.setValue(0)
    widget.show_figure(graph(marked=0))
    assert len(widget.canvas.shown()) == 3
    widget.show_figure(graph(title="Q-composition"))
    assert len(widget.canvas.shown()) == 2


def test_that_a_click_on_an_edge_names_its_pair_and_on_a_node_its_head(widget, qtbot):
    with qtbot.waitSignal(widget.pair_clicked) as caught:
        QTest.mouseClick(widget.canvas, Qt.MouseButton.LeftButton, pos=middle(widget, 0))
    assert caught.args == [HeadId(0, 0), HeadId(1, 1)]
    with qtbot.waitSignal(widget.head_clicked) as caught:
        QTest.mouseClick(widget.canvas, Qt.MouseButton.LeftButton, pos=widget.canvas.places()[7].toPoint())
    assert caught.args == [HeadId(1, 3)]


def test_that_an_edge_goes_round_the_heads_of_its_row(widget):
    widget.show_figure(graph(edges=np.array([[0, 8], [4, 8], [3, 11]])))
    around, straight, below = (middle(widget, edge).y() for edge in range(3))
    row = widget.canvas.places()
    assert around > row[0].y() + widget.canvas.radius()
    assert abs(straight - row[0].y()) <= 1
    assert below < row[3].y() - widget.canvas.radius()


def test_that_a_hidden_edge_cannot_be_pointed_at(widget):
    place = QPointF(middle(widget, 2))
    assert widget.canvas._at(place) is None
    widget.slider.setValue(0)
    assert widget.canvas._at(place) == ("edge", 2)


def test_that_the_pointer_says_what_is_under_it(widget, qtbot):
    with qtbot.waitSignal(widget.hovered) as caught:
        QTest.mouseMove(widget.canvas, middle(widget, 1))
    assert caught.args == ["L0H1 → L1H2: z 10; click to cut"]
    with qtbot.waitSignal(widget.hovered) as caught:
        QTest.mouseMove(widget.canvas, widget.canvas.places()[11].toPoint())
    assert caught.args == ["L2H3, induction 1.00"]
    with qtbot.waitSignal(widget.hovered) as caught:
        QTest.mouseMove(widget.canvas, QPoint(2, 2))
    assert caught.args == [""]


def test_that_the_selected_edge_shows_however_weak_and_its_curves_with_it(widget):
    assert not widget.below.isVisible()
    widget.show_figure(graph(marked=2, below=BELOW))
    settle()
    assert 2 in widget.canvas.shown()
    assert widget.below.isVisible()
    assert widget.below.heading.words()[0] == "cut"
    widget.resize(250, 500)
    settle()
    assert widget.parts.orientation() == Qt.Orientation.Vertical


SIZES = pytest.mark.parametrize("size", [(350, 180), (430, 230), (700, 400), (1000, 700)], ids=str)


@SIZES
@pytest.mark.parametrize("per_layer", [2, 12])
def test_that_no_name_lies_on_another_or_on_a_head_but_those_of_the_cut_edge(qtbot, size, per_layer):
    wide = samples.graph(per_layer, per_layer)
    for figure in (replace(wide, below=None, marked=None, threshold=0.0), wide):
        widget = show(qtbot, GraphWidget(), *size)
        widget.show_figure(figure)
        settle()
        labels, canvas = widget.canvas.labels(), widget.canvas
        assert not [pair for pair in combinations(labels, 2) if pair[0][1].intersects(pair[1][1])]
        ends = 0 if figure.marked is None else 2
        assert len(labels) >= ends
        free = labels[ends:] if ends and not canvas.names()[0] else labels
        reach = canvas.radius()
        discs = [QRectF(place.x() - reach, place.y() - reach, 2 * reach, 2 * reach) for place in canvas.places()]
        assert not [name for name, box in free for disc in discs if box.intersects(disc)]


def test_that_names_lose_their_layer_and_then_go_as_columns_come_closer(widget):
    seen, whole = [], widget.fontMetrics().horizontalAdvance("L1H1")
    for wide in (3 * whole, 1.3 * whole, 0.5 * whole):
        widget.canvas.resize(round(SIDE + 3 * wide), 200)
        seen.append(widget.canvas.names()[5])
    assert seen == ["L1H1", "H1", ""]
    assert widget.canvas.labels() == []


@SIZES
def test_that_what_a_cut_does_is_read_above_and_its_curves_have_room(widget, size):
    widget.resize(*size)
    widget.show_figure(graph(marked=2, below=replace(BELOW, note="loss +1.35 [+1.23, +1.47]"), note="cut"))
    settle()
    assert widget.heading.words() == ("K-composition", "cut: loss +1.35 [+1.23, +1.47]")
    assert not widget.below.heading.isVisible()
    assert widget.below.box.height() > 30


def test_that_the_name_of_an_axis_is_whole_in_a_graph_that_had_its_figure_before_its_place(qtbot):
    widget = GraphWidget()
    widget.resize(700, 400)
    widget.show_figure(graph(marked=2, below=replace(BELOW, y_name="loss in nats")))
    qtbot.addWidget(widget)
    widget.show()
    settle()
    assert widget.below.left.labelText == "loss in nats"


def test_that_a_low_panel_scrolls_instead_of_squeezing_the_curves(widget):
    widget.show_figure(graph(marked=2, below=BELOW))
    widget.resize(350, 90)
    settle()
    assert widget.findChild(QScrollArea).verticalScrollBar().isVisible()
    assert widget.below.height() >= LEAST * widget.fontMetrics().height()


def test_that_a_graph_without_edges_draws(widget):
    none = graph(edges=np.empty((0, 2)), strengths=np.empty(0, np.float32), note="no edge")
    widget.show_figure(none)
    settle()
    assert widget.canvas.shown() == []
    assert widget.count.text() == "z ≥ 5.0: 0 edges"
    widget.slider.setValue(50)


def test_that_edges_must_join_nodes_that_there_are() -> None:
    with pytest.raises(ValueError, match="outside 0 … 11"):
        graph(edges=np.array([[0, 12], [1, 2], [3, 4]]))
    with pytest.raises(ValueError, match="no edge 3"):
        graph(marked=3)


def test_that_heads_without_edges_are_named_and_a_cut_edge_offers_no_cut(widget):
    widget.show_figure(graph(threshold=39.0, marked=1))
    settle()
    assert {name for name, _ in widget.canvas.labels()} == set(map(str, HEADS))
    assert widget.canvas.words("edge", 1) == "L0H1 → L1H2: z 10; cut"


def test_that_the_selected_head_has_a_ring_and_its_name(widget):
    before = widget.canvas.grab().toImage()
    widget.show_figure(graph(selected=3))
    settle()
    after, place = widget.canvas.grab().toImage(), widget.canvas.places()[3]
    ring = (place + QPointF(-widget.canvas.radius() - 3, 0)).toPoint()
    assert after.pixelColor(ring) != before.pixelColor(ring)
    assert "L0H3" in [name for name, _ in widget.canvas.labels()]
    with pytest.raises(ValueError, match="there is no node 12"):
        graph(selected=12)
