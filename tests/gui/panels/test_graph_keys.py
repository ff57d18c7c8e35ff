"""A graph of heads by keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest

from gui.panels.drawing.graph_canvas import moved
from gui.panels.renderers.graph import Graph
from tests.gui.panels import samples

from .looking import settle, show

PLACES = [QPointF(0, 10), QPointF(0, 20), QPointF(0, 30), QPointF(50, 12), QPointF(50, 29), QPointF(100, 20)]
EDGES = [2, 0, 1]
"""Weakest first."""


@pytest.mark.parametrize(
    ("near", "key", "goes"),
    [
        (None, Qt.Key.Key_Down, ("node", 0)),
        (("node", 0), Qt.Key.Key_Down, ("node", 1)),
        (("node", 2), Qt.Key.Key_Down, ("node", 2)),
        (("node", 2), Qt.Key.Key_Right, ("node", 4)),
        (("node", 3), Qt.Key.Key_Right, ("node", 5)),
        (("node", 3), Qt.Key.Key_Left, ("node", 0)),
        (("node", 0), Qt.Key.Key_Left, ("node", 0)),
        (("node", 3), Qt.Key.Key_End, ("node", 5)),
        (("node", 3), Qt.Key.Key_PageDown, ("edge", 1)),
        (("edge", 1), Qt.Key.Key_PageDown, ("edge", 0)),
        (("edge", 1), Qt.Key.Key_PageUp, ("edge", 1)),
        (("edge", 1), Qt.Key.Key_Up, ("node", 0)),
        (("node", 0), Qt.Key.Key_A, None),
    ],
)
def test_that_a_key_goes_to_the_nearest_node_or_the_next_edge(near, key, goes):
    assert moved(near, key, PLACES, EDGES) == goes


def test_that_keys_walk_over_the_graph_and_say_each_node_and_edge(qtbot):
    graph = show(qtbot, Graph(), 500, 400)
    graph.show_figure(samples.graph())
    settle()
    canvas, said = graph.canvas, []
    graph.hovered.connect(said.append)
    canvas.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(canvas, Qt.Key.Key_Home)
    first = str(canvas.figure.nodes[0])
    assert said[-1].startswith(first)
    told = QAccessible.queryAccessibleInterface(canvas)
    assert told.text(QAccessible.Text.Value) == said[-1]
    with qtbot.waitSignal(graph.head_clicked) as caught:
        QTest.keyClick(canvas, Qt.Key.Key_Return)
    assert caught.args == [canvas.figure.nodes[0]]
    QTest.keyClick(canvas, Qt.Key.Key_PageDown)
    assert "→" in told.text(QAccessible.Text.Value)
    with qtbot.waitSignal(graph.pair_clicked):
        QTest.keyClick(canvas, Qt.Key.Key_Return)
