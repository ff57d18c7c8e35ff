"""What every drawing with axes has in common: heading, axes, view box, pointer, theme."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPalette, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QGraphicsGridLayout,
    QGraphicsItem,
    QGraphicsRectItem,
    QGraphicsWidget,
    QVBoxLayout,
    QWidget,
)

from gui.panels.accessibility import Spoken, say
from gui.panels.drawing.axes import PlotBox, TickAxis
from gui.panels.drawing.cell_keys import KEYS, Cell, moved
from gui.panels.figure_widget import FigureWidget
from gui.panels.guard import guarded
from gui.panels.heading import Heading
from gui.theme import colors

LOW = 18
"""Lines of text: in a lower drawing the note has one line, and the picture what is left."""
ZOOM = 0.8
"""How much of what is on show is left after zooming in once by key."""
AWAY = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason, Qt.FocusReason.MenuBarFocusReason)
"""Why the keyboard may go without the person having left the drawing."""
TABBED = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)


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


class Chart(FigureWidget):
    """A drawing with axes. Coordinates are those of the view box: cells, or the numbers on the axes.

    Pointer and keys move one cursor, over a grid of places: cells, points of lines, points.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAutoFillBackground(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._cell: Cell | None = None  # under the cursor
        self._kept: Cell | None = None  # where keys go on
        self._walked = False  # the cursor is where it is because of keys
        self.heading = Heading(self)
        self.view = PlotView(self)
        self.box, self.left, self.bottom = PlotBox(), TickAxis("left"), TickAxis("bottom")
        self.grid = self._arrange()
        for axis in (self.left, self.bottom):
            axis.linkToView(self.box)
            axis.setZValue(self.box.zValue() - 1)  # the end of a tick must not cover a cell
        self.overlay = Overlay(self)
        self.box.sigRangeChanged.connect(self._range_changed)
        self.box.sigRangeChangedManually.connect(self.zoomed)
        self.box.sigResized.connect(self._range_changed)
        self.view.scene().sigMouseMoved.connect(self._mouse_moved)
        self.view.scene().sigMouseClicked.connect(self._mouse_clicked)
        self.view.left.connect(self.point_left)
        self.view.double_clicked.connect(self.show_all)
        self.setBackgroundRole(QPalette.ColorRole.Base)  # Changes the palette, and needs all of the above.
        self.restyle()

    def _arrange(self) -> QGraphicsGridLayout:
        central = QGraphicsWidget()
        grid = QGraphicsGridLayout(central)
        grid.setContentsMargins(*self.margins())
        grid.setSpacing(0)
        # Row 0 and column 2 are for what stands above and beside the box.
        grid.addItem(self.left, 1, 0)
        grid.addItem(self.box, 1, 1)
        grid.addItem(self.bottom, 2, 1)
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

    def nearest(self, x: float, y: float) -> Cell | None:
        """The place that a pointer at (x, y) means."""
        return None

    def words(self, row: int, col: int) -> str:
        """What a place is and says."""
        return ""

    def cursor_moved(self) -> None:
        """The cursor is on another place, or on none."""
        self.overlay.update()

    def click_at(self, x: float, y: float) -> None:
        """A click of the left button at (x, y)."""

    def home(self) -> None:
        """Shows everything."""

    def shared_axes(self) -> tuple[Hashable, Hashable]:
        """What x and y are axes of: panels that share one move together. None: an axis of its own."""
        return None, None

    def places(self) -> Cell:
        """(rows, columns) of the grid that keys walk over; (0, 0): there is none."""
        return 0, 0

    def place_of(self, cell: Cell) -> tuple[float, float]:
        """(x, y) of a place."""
        return cell[1] + 0.5, cell[0] + 0.5

    def press(self, cell: Cell) -> None:
        """What a click on a place does."""
        self.click_at(*self.place_of(cell))

    def start(self) -> Cell:
        """Where keys start when the cursor has been nowhere yet."""
        return 0, 0

    # ---- the cursor

    def here(self) -> Cell | None:
        """The place under the cursor."""
        return self._cell

    def here_words(self) -> str:
        """What is under the cursor; empty when it is nowhere."""
        return self.words(*self._cell) if self._cell else ""

    def point_at(self, x: float, y: float) -> None:
        """The pointer is at (x, y)."""
        self.go_to(self.nearest(x, y))

    def point_left(self) -> None:
        self.go_to(None)

    def go_to(self, cell: Cell | None) -> None:
        """Puts the cursor on a place; None: nowhere."""
        if cell != self._cell:
            self._cell = cell
            self.cursor_moved()
            self.hovered.emit(self.here_words())

    # ---- keys

    def show_all(self) -> None:
        """Everything again, because a person asked for it."""
        self.home()
        self.zoomed.emit()

    def zoom(self, factor: float) -> None:
        """Shows `factor` of what is on show, around the cursor or the middle."""
        here = self.here()
        center = QPointF(*self.place_of(here)) if here else self.box.viewRect().center()
        self.box.scaleBy((factor, factor), center=center)
        self.zoomed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = {Qt.Key.Key_Plus: ZOOM, Qt.Key.Key_Equal: ZOOM, Qt.Key.Key_Minus: 1 / ZOOM}
        cell = self.here() or self._kept or self.start()
        target = moved(cell, event.key(), event.modifiers(), self.places(), self._page())
        if target is not None:
            self.walk_to(target)
        elif event.key() in keys and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(keys[Qt.Key(event.key())])
        elif event.key() == Qt.Key.Key_0 and not event.modifiers():
            self.show_all()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.here():
            self.press(cell)
        else:
            super().keyPressEvent(event)

    def walk_to(self, cell: Cell) -> None:
        """Puts the cursor on a place, in sight, and says so."""
        self._kept, self._walked = cell, True
        self._reveal(*self.place_of(cell))
        self.go_to(cell)
        say(self, self.here_words())

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._draw_frame()
        rows, cols = self.places()
        if event.reason() in TABBED and rows and cols and self.here() is None:
            row, col = self._kept or self.start()
            self.walk_to((min(row, rows - 1), min(col, cols - 1)))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._draw_frame()
        if event.reason() not in AWAY and self._walked:
            self.point_left()

    def spoken(self) -> Spoken:
        title, note = self.heading.words()
        axes = f"{self.left.name()} against {self.bottom.name()}"
        return Spoken(title or "Drawing", self.here_words(), ". ".join(filter(None, (note, axes, KEYS))))

    def _page(self) -> Cell:
        """How many places a page is: what is on show, for cells."""
        (left, right), (low, high) = self.box.viewRange()
        return max(1, int(high - low)), max(1, int(right - left))

    def _reveal(self, x: float, y: float) -> None:
        """Moves what is on show as little as it takes to have the place at (x, y) in sight."""
        moves = []
        for place, (low, high) in zip((x, y), self.box.viewRange(), strict=True):
            air = min(0.5, (high - low) / 2)
            moves.append(min(0.0, place - air - low) + max(0.0, place + air - high))
        if any(moves):
            self.box.translateBy(x=moves[0], y=moves[1])
            self.zoomed.emit()

    def restyle(self) -> None:
        """Takes the palette's colours and the font."""
        self.grid.setContentsMargins(*self.margins())
        for axis in (self.left, self.bottom):
            axis.set_look(self.palette(), self.font())
        self._draw_frame()
        self.box.rbScaleBox.setPen(pg.mkPen(self.palette().highlight().color(), width=1))
        fill = self.palette().highlight().color()
        fill.setAlpha(40)
        self.box.rbScaleBox.setBrush(pg.mkBrush(fill))
        self.view.scene().update()

    # ---- help for renderers

    def margins(self) -> tuple[float, float, float, float]:
        """(left, top, right, bottom) around axes and box: the first tick's text stands half above it."""
        return 2.0, float(max(6, self.fontMetrics().height() // 2)), 8.0, 2.0

    def dark(self) -> bool:
        return colors.is_dark(self.palette())

    def pixel(self, x: float, y: float) -> QPointF:
        """(x, y) in pixels of the view box."""
        return self.box.mapFromView(QPointF(x, y))

    def pixels_per_unit(self) -> tuple[float, float]:
        (left, right), (low, high) = self.box.viewRange()
        return self.box.width() / (right - left), self.box.height() / (high - low)

    # ---- events

    def _draw_frame(self) -> None:
        """The line around the data; stronger while the keyboard is here."""
        focused = self.hasFocus()
        self.frame.setPen(QPen((self.palette().highlight() if focused else self.palette().mid()).color(), 1 + focused))
        # Outside the box: a border on it would hide the first row and column of pixels.
        self.frame.setRect(self.box.geometry().adjusted(-1 - focused, -1 - focused, focused, focused))
        self.overlay.update()

    def _range_changed(self) -> None:
        self.overlay.prepareGeometryChange()
        self._draw_frame()
        self.left.fit()
        self.bottom.fit()

    def _mouse_moved(self, place: QPointF) -> None:
        self._walked = False
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
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self.restyle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.heading.set_lines(2 if self.height() > LOW * self.fontMetrics().height() else 1)
        self.left.fit()
        self.bottom.fit()
