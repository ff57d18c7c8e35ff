"""How keys move over a graph of nodes in columns."""

from PySide6.QtCore import QPointF, Qt

KEYS = "Arrows move from node to node, Home and End to the first and last; Page Down and Page Up go through the " \
       "edges, strongest first; Enter clicks."
Near = tuple[str, int]
"""("node" or "edge", its index)"""


def moved(near: Near | None, key: int, places: list[QPointF], edges: list[int]) -> Near | None:
    """Where a key goes from a node or edge; None: no such key. `places`: of nodes; `edges` on show, weakest first.

    From an edge, and from nowhere, the arrows start at the first node.
    """
    if not places:
        return None
    wanted, node = Qt.Key(key), near[1] if near and near[0] == "node" else None
    if wanted in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown) and edges:
        order = edges[::-1]
        if near is None or near[0] != "edge" or near[1] not in order:
            return "edge", order[0]
        step = order.index(near[1]) + (1 if wanted == Qt.Key.Key_PageDown else -1)
        return "edge", order[min(max(step, 0), len(order) - 1)]
    if wanted in (Qt.Key.Key_Home, Qt.Key.Key_End):
        return "node", 0 if wanted == Qt.Key.Key_Home else len(places) - 1
    if wanted not in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right):
        return None
    return "node", 0 if node is None else _neighbour(node, wanted, places)


def _neighbour(node: int, key: Qt.Key, places: list[QPointF]) -> int:
    """The nearest node above or below in its column, or in the next column; itself at the end."""
    here = places[node]
    if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
        sign = -1 if key == Qt.Key.Key_Up else 1
        found = [other for other, place in enumerate(places)
                 if place.x() == here.x() and sign * (place.y() - here.y()) > 0]
    else:
        sign = -1 if key == Qt.Key.Key_Left else 1
        beyond = [sign * (place.x() - here.x()) for place in places if sign * (place.x() - here.x()) > 0]
        found = [other for other, place in enumerate(places)
                 if beyond and sign * (place.x() - here.x()) == min(beyond)]
    return min(found, key=lambda other: abs(places[other].y() - here.y()), default=node)
