"""The graph itself: columns of heads, curved edges, what is under the pointer."""

from collections import defaultdict

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPainterPathStroker,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from analysis.figures.drawing import graph_layout
from analysis.figures.graph import Graph as GraphFigure
from gui.panels.accessibility import Spoken, say
from gui.panels.drawing.chart import AWAY, TABBED
from gui.panels.drawing.graph_keys import KEYS, Near, moved
from gui.panels.figure_widget import Pointed
from gui.panels.guard import guarded
from gui.theme import colors

NEAR = 7.0
"""Pixels from an edge within which the pointer means it."""
LARGEST, SMALLEST = 9.0, 2.5
"""Radius of a node in pixels."""
SIDE = 14
"""Room left of the first column."""
AIR = 3
"""Pixels around a name."""
EMPTY = GraphFigure("", (), np.empty((0, 2), np.int64), np.empty(0, np.float32), "", 0.0, np.empty(0, np.float32), "")


class GraphCanvas(Pointed):
    """Draws the nodes and the edges that are at least as strong as `threshold`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.figure, self.threshold = EMPTY, 0.0
        self._near: Near | None = None
        self._placed: tuple[object, graph_layout.Places] = None, np.empty((0, 2))
        """The figure, the size and the font that nodes were placed for, and where: every edge asks."""
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(80, 60)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_figure(self, figure: GraphFigure) -> None:
        self.figure, self._near = figure, None
        self.setAccessibleName(figure.title)
        self.update()

    def set_threshold(self, threshold: float) -> None:
        self.threshold = threshold
        self.update()

    def shown(self) -> list[int]:
        """The edges on show: strong ones, and the selected one whatever its strength; weakest first."""
        figure = self.figure
        strong = np.flatnonzero(figure.strengths >= self.threshold).tolist()
        marked = [figure.marked] if figure.marked is not None and figure.marked not in strong else []
        return sorted(strong + marked, key=figure.strengths.__getitem__)

    # ---- where things are

    def places(self) -> list[QPointF]:
        """Where each node stands: one column for the heads of one sublayer."""
        return [QPointF(x, y) for x, y in self._place().tolist()]

    def _place(self) -> graph_layout.Places:
        asked = self.figure, self.size(), self.fontMetrics().height()
        if asked != self._placed[0]:
            top, foot = 8.0, self.fontMetrics().height() + 6.0
            room = self.height() - top - foot
            self._placed = asked, graph_layout.place(self.figure.nodes, SIDE, top, self._column_width(), room)
        return self._placed[1]

    def _column_width(self) -> float:
        """From one column to the next; the last one has as much room on its right, for names."""
        return (self.width() - SIDE) / max(1, len(graph_layout.columns(self.figure.nodes)))

    def radius(self) -> float:
        """As large as the closest neighbours allow, and names beside them."""
        gap = graph_layout.closest(self._place())
        return max(SMALLEST, min(LARGEST, 0.38 * gap, 0.18 * self._column_width()))

    def names(self) -> list[str]:
        """What stands beside the heads: their names; where columns stand too close, without the layer, which stands
        under the column; where that has no room either, nothing.
        """
        heads = self.figure.nodes
        whole = [str(head) for head in heads]
        room = self._column_width() - 2 * self.radius() - 2 * AIR
        for names in (whole, [name.removeprefix(f"L{head.layer}") for name, head in zip(whole, heads, strict=True)]):
            if self.fontMetrics().horizontalAdvance(max(names, key=len, default="")) <= room:
                return names
        return [""] * len(heads)

    def path(self, edge: int) -> QPainterPath:
        """The curve of an edge, bent so that it leaves and arrives along the row, and round the heads of its row."""
        start, end = self.figure.edges[edge].tolist()
        found = graph_layout.curve(self._place(), start, end, 2.2 * self.radius() + 8, self.height() / 2)
        first, *others = (QPointF(x, y) for x, y in found.tolist())
        path = QPainterPath(first)
        path.cubicTo(*others)
        return path

    def words(self, what: str, index: int) -> str:
        """The edge or node in words: "L0H2 → L1H6: z 31"."""
        figure = self.figure
        if what == "node":
            value = float(figure.node_values[index])
            return str(figure.nodes[index]) + (f", {figure.node_name} {value:.2f}" if np.isfinite(value) else "")
        earlier, later = (figure.nodes[node] for node in figure.edges[index].tolist())
        does = "cut" if index == figure.marked else "click to cut"
        return f"{earlier} → {later}: {figure.strength_name} {float(figure.strengths[index]):.3g}; {does}"

    # ---- events

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_at(self._at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._point_at(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._press(self._at(event.position()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        target = None if event.modifiers() else moved(self._near, event.key(), self.places(), self.shown())
        if target is not None:
            self._point_at(target)
            say(self, self.words(*target))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._near:
            self._press(self._near)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in TABBED and self._near is None and self.figure.nodes:
            self._point_at(("node", 0) if self.figure.marked is None else ("edge", self.figure.marked))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in AWAY:
            self._point_at(None)

    def spoken(self) -> Spoken:
        return Spoken(self.accessibleName() or "Graph", self.words(*self._near) if self._near else "", KEYS)

    def _press(self, near: Near | None) -> None:
        if near is not None and near[0] == "node":
            self.head_clicked.emit(self.figure.nodes[near[1]])
        elif near is not None:
            self.pair_clicked.emit(*(self.figure.nodes[node] for node in self.figure.edges[near[1]].tolist()))

    def _point_at(self, near: Near | None) -> None:
        if near != self._near:
            self._near = near
            self.setCursor(Qt.CursorShape.PointingHandCursor if near else Qt.CursorShape.ArrowCursor)
            self.hovered.emit(self.words(*near) if near else "")
            self.update()

    def _at(self, point: QPointF) -> Near | None:
        """The node or edge at a place; nodes win."""
        reach = self.radius() + 3
        for index, place in enumerate(self.places()):
            if (place - point).manhattanLength() <= reach * 1.4:
                return "node", index
        stroker = QPainterPathStroker()
        stroker.setWidth(2 * NEAR)
        box = QRectF(point - QPointF(NEAR, NEAR), point + QPointF(NEAR, NEAR))
        for edge in reversed(self.shown()):
            path = self.path(edge)
            if path.controlPointRect().intersects(box) and stroker.createStroke(path).contains(point):
                return "edge", edge
        return None

    # ---- painting

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_layers(painter)
        shown = self.shown()
        for edge in shown:
            self._draw_edge(painter, edge)
        self._draw_nodes(painter, {node for edge in shown for node in self.figure.edges[edge].tolist()})
        self._draw_labels(painter)

    def _draw_edge(self, painter: QPainter, edge: int) -> None:
        share = float(self.figure.strengths[edge]) / float(self.figure.strengths.max())
        color = QColor(colors.categorical(colors.is_dark(self.palette()))[0])
        color.setAlphaF(0.3 + 0.6 * share)
        width = 1.0 + 3.0 * share
        if edge == self.figure.marked:
            color, width = QColor(self.palette().brightText().color()), max(2.0, width)
        if self._near == ("edge", edge):
            width += 1.5
        style = Qt.PenStyle.DashLine if edge == self.figure.marked else Qt.PenStyle.SolidLine
        painter.setPen(QPen(color, width, style))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(self.path(edge))

    def _draw_nodes(self, painter: QPainter, linked: set[int]) -> None:
        radius = self.radius()
        shades = colors.map_colors("sequential", colors.is_dark(self.palette()))
        text, quiet = self.palette().text().color(), colors.quiet(self.palette())
        for index, place in enumerate(self.places()):
            value, near = float(self.figure.node_values[index]), self._near == ("node", index)
            painter.setBrush(shades[round(min(max(value, 0.0), 1.0) * colors.TOP)] if np.isfinite(value)
                             else self.palette().base())
            painter.setPen(QPen(text if near or index in linked else quiet, 2 if near else 1))
            painter.drawEllipse(place, radius, radius)
            if index == self.figure.selected:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(self.palette().brightText().color(), 2))
                painter.drawEllipse(place, radius + 3, radius + 3)

    def labels(self) -> list[tuple[str, QRectF]]:
        """The names on show and where: first the node pointed at, the selected one and the ends of the selected edge,
        whatever lies there; then those of the strongest edges and of the others, as long as no name lies on another.
        """
        figure, names, places, metrics = self.figure, self.names(), self.places(), self.fontMetrics()
        aside = self.radius() + AIR - 1
        ends = [] if figure.marked is None else figure.edges[figure.marked].tolist()
        first = [self._near[1]] if self._near and self._near[0] == "node" else []
        first += [figure.selected] if figure.selected is not None else []
        linked = (node for edge in self.shown()[::-1] for node in figure.edges[edge].tolist())
        order = [*first, *ends[::-1], *linked, *range(len(figure.nodes))]
        found: list[tuple[str, QRectF]] = []
        taken: defaultdict[float, list[QRectF]] = defaultdict(list)  # by column, whose room names do not leave
        for place, node in enumerate(dict.fromkeys(order)):
            must = place < len({*first, *ends})
            name = names[node] or (str(figure.nodes[node]) if must else "")
            box = QRectF(0, 0, metrics.horizontalAdvance(name) + 2, metrics.height())
            for side in (1, -1) if must and not names[node] else (1,):
                box.moveCenter(places[node] + QPointF(side * (aside + box.width() / 2), 0))
                column = taken[places[node].x() if names[node] else 0.0]
                if name and self.rect().contains(box.toAlignedRect()) and not any(map(box.intersects, column)):
                    column.append(QRectF(box))
                    found.append((name, column[-1]))
                    break
        return found

    def _draw_labels(self, painter: QPainter) -> None:
        """Each on a patch of the background, so that an edge behind it does not strike it out."""
        ground = self.palette().base().color()
        ground.setAlpha(210)
        painter.setPen(self.palette().text().color())
        for name, box in self.labels():
            painter.fillRect(box, ground)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)

    def _draw_layers(self, painter: QPainter) -> None:
        """The layers' names under their columns, as many as fit."""
        metrics, end = self.fontMetrics(), -1e9
        painter.setPen(colors.quiet(self.palette()))
        seen = set()
        for head, place in zip(self.figure.nodes, self.places(), strict=True):
            column = graph_layout.column_name(head)
            width = metrics.horizontalAdvance(column)
            left = place.x() - width / 2
            if column not in seen and left > end + 4:
                painter.drawText(QPointF(left, self.height() - metrics.descent() - 2), column)
                end = left + width
            seen.add(column)
