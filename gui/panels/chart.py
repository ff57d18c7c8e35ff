"""What every drawing with axes has in common: heading, axes, view box, pointer, theme."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPalette, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QGraphicsGridLayout,
    QGraphicsItem,
    QGraphicsRectItem,
    QGraphicsWidget,
    QVBoxLayout,
    QWidget,
)

from .. import colors
from .axes import PlotBox, TickAxis
from .guard import guarded
from .heading import Heading


class PlotView(pg.GraphicsView):
    """The scene's window: says when the pointer leaves it, and leaves keys to the main window."""

    left = Signal()
    double_clicked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, useOpenGL=False, background=None)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        # A cached background keeps the colour of the theme before.
        self.setCacheMode(pg.GraphicsView.CacheModeFlag.CacheNone)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.left.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        self.double_clicked.emit()


class Overlay(pg.GraphicsObject):
    """Drawn over the data in pixels of the view box: crosshair, marks, highlights."""

    def __init__(self, chart: Chart) -> None:
        super().__init__(chart.box)
        self._chart = chart
        self.setZValue(100)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsSelectable, False)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def boundingRect(self) -> QRectF:
        return self._chart.box.rect()

    @guarded
    def paint(self, painter: QPainter, option: Any, widget: QWidget | None = None) -> None:
        self._chart.draw_over(painter)


class Chart(QWidget):
    """A drawing with axes. Coordinates are those of the view box: cells, or the numbers on the axes."""

    hovered = Signal(str)
    head_clicked = Signal(object)
    pair_clicked = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.heading = Heading(self)
        self.view = PlotView(self)
        self.box, self.left, self.bottom = PlotBox(), TickAxis("left"), TickAxis("bottom")
        self.grid = self._arrange()
        self.left.linkToView(self.box)
        self.bottom.linkToView(self.box)
        self.overlay = Overlay(self)
        self.box.sigRangeChanged.connect(self._range_changed)
        self.box.sigResized.connect(self._range_changed)
        self.view.scene().sigMouseMoved.connect(self._mouse_moved)
        self.view.scene().sigMouseClicked.connect(self._mouse_clicked)
        self.view.left.connect(self.point_left)
        self.view.double_clicked.connect(self.home)
        self.restyle()

    def _arrange(self) -> QGraphicsGridLayout:
        central = QGraphicsWidget()
        grid = QGraphicsGridLayout(central)
        grid.setContentsMargins(2, 6, 8, 2)
        grid.setSpacing(0)
        grid.addItem(self.left, 0, 0)
        grid.addItem(self.box, 0, 1)
        grid.addItem(self.bottom, 1, 1)
        self.view.setCentralItem(central)
        self.frame = QGraphicsRectItem(central)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.heading)
        column.addWidget(self.view, 1)
        return grid

    # ---- what a renderer fills in

    def draw_over(self, painter: QPainter) -> None:
        """Paints the overlay, in pixels of the view box."""

    def point_at(self, x: float, y: float) -> None:
        """The pointer is at (x, y)."""

    def point_left(self) -> None:
        self.hovered.emit("")

    def click_at(self, x: float, y: float) -> None:
        """A click of the left button at (x, y)."""

    def home(self) -> None:
        """Shows everything."""

    def restyle(self) -> None:
        """Takes the palette's colours."""
        for axis in (self.left, self.bottom):
            axis.set_colors(self.palette())
        self.frame.setPen(QPen(self.palette().mid().color(), 1))
        self.box.rbScaleBox.setPen(pg.mkPen(self.palette().highlight().color(), width=1))
        fill = self.palette().highlight().color()
        fill.setAlpha(40)
        self.box.rbScaleBox.setBrush(pg.mkBrush(fill))
        self.view.scene().update()

    # ---- help for renderers

    def dark(self) -> bool:
        return colors.is_dark(self.palette())

    def pixel(self, x: float, y: float) -> QPointF:
        """(x, y) in pixels of the view box."""
        return self.box.mapFromView(QPointF(x, y))

    def pixels_per_unit(self) -> tuple[float, float]:
        (left, right), (low, high) = self.box.viewRange()
        return self.box.width() / (right - left), self.box.height() / (high - low)

    # ---- events

    def _range_changed(self) -> None:
        self.overlay.prepareGeometryChange()
        # Outside the box: a border on it would hide the first row and column of pixels.
        self.frame.setRect(self.box.geometry().adjusted(-1, -1, 0, 0))
        self.left.fit()

    def _mouse_moved(self, place: QPointF) -> None:
        if self.box.sceneBoundingRect().contains(place):
            point = self.box.mapSceneToView(place)
            self.point_at(point.x(), point.y())
        else:
            self.point_left()

    def _mouse_clicked(self, event: Any) -> None:
        inside = self.box.sceneBoundingRect().contains(event.scenePos())
        if inside and event.button() == Qt.MouseButton.LeftButton and not event.double():
            point = self.box.mapSceneToView(event.scenePos())
            self.click_at(point.x(), point.y())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange) and hasattr(self, "overlay"):
            self.restyle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.left.fit()
