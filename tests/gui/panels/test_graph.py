"""The graph: places, what the pointer means, clicks, the threshold, the curves of the selected edge."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from analysis.values import Curves, Graph, HeadId, Series
from gui.panels.graph import STEPS
from gui.panels.graph import Graph as GraphWidget

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
