"""One dock's content: view tabs, the controls of the view, and the drawing."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QMenu, QStackedLayout, QTabBar, QToolButton, QVBoxLayout, QWidget

from analysis.figures.curves import Curves as CurvesFigure
from analysis.figures.figure import Figure
from analysis.figures.graph import Graph as GraphFigure
from analysis.figures.heatmap import Heatmap as HeatmapFigure
from analysis.figures.ink import Ink as InkFigure
from analysis.figures.scatter import Scatter as ScatterFigure
from analysis.figures.table import Table as TableFigure
from analysis.values import ViewInfo
from gui.panels.controls import Control
from gui.panels.drawing.chart import Chart
from gui.panels.flow import GAP, FlowLayout
from gui.panels.renderers.curves import Curves
from gui.panels.renderers.graph import Graph
from gui.panels.renderers.heatmap import Heatmap
from gui.panels.renderers.ink import Ink
from gui.panels.renderers.scatter import Scatter
from gui.panels.renderers.table import Table
from gui.panels.veil import Veil
from gui.shared.mouse_buttons import step_of
from gui.theme.text import explained, plain_tip

Renderer = Heatmap | Curves | Scatter | Ink | Graph | Table

RENDERERS: dict[type[Figure], type[Renderer]] = {
    HeatmapFigure: Heatmap,
    CurvesFigure: Curves,
    ScatterFigure: Scatter,
    InkFigure: Ink,
    GraphFigure: Graph,
    TableFigure: Table,
}


WIDEST = 16_777_215
"""Qt's own: no limit."""
NOTHING = "There is nothing to draw here: this view is empty for what is selected."


def is_empty(figure: Figure) -> bool:
    """Whether the figure holds not one cell, point or row."""
    if isinstance(figure, HeatmapFigure):
        return not figure.values.size
    if isinstance(figure, CurvesFigure):
        return not (figure.series and len(figure.x))
    if isinstance(figure, ScatterFigure):
        return not len(figure.points)
    return isinstance(figure, TableFigure) and not figure.rows


class DrawingArea(QWidget):
    """The renderers, one on show at a time, under the veil."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setMinimumSize(120, 90)
        self.pages = QStackedLayout(self)
        self.veil = Veil(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.veil.setGeometry(self.rect())


class FigurePanel(QWidget):
    """Shows the figures of the views of one panel, one at a time."""

    view_changed = Signal(str)
    option_changed = Signal(str, str)
    head_clicked = Signal(object)
    pair_clicked = Signal(object, object)
    hovered = Signal(str)
    cell_hovered = Signal(int, int)
    query_hovered = Signal(int)
    query_clicked = Signal(int)
    key_hovered = Signal(int)
    zoomed = Signal(object)
    """Its Chart, when a person has zoomed or moved it."""
    drawn = Signal(object)
    """Its Chart, when that shows another figure."""
    activated = Signal()
    """The person pressed a mouse button somewhere in it."""

    stepped = Signal(int)
    """The back (−1) or forward (1) button of the mouse."""

    def __init__(self, key: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key = key
        self.setAccessibleName(title)
        self._views: tuple[ViewInfo, ...] = ()
        self._values: dict[str, str] = {}
        self._controls: list[Control] = []
        self._renderers: dict[type[Figure], Renderer] = {}
        self._figure: Figure | None = None
        self._shown_view: str | None = None
        self._profiles = False
        self._tabs = self._make_tabs(title)
        self._header = QWidget(self)
        self._flow = FlowLayout(self._header)
        self._flow.setContentsMargins(2, 1, 4, 2)
        self._flow.addWidget(self._tabs)
        self._all = self._make_all_views(title)
        self._flow.addWidget(self._all)
        self._area = DrawingArea(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._header)
        column.addWidget(self._area, 1)
        self._watch(self)

    def _make_tabs(self, title: str) -> QTabBar:
        tabs = QTabBar(self)
        tabs.setDrawBase(False)
        tabs.setExpanding(False)
        tabs.setDocumentMode(True)
        tabs.setUsesScrollButtons(True)
        tabs.setElideMode(Qt.TextElideMode.ElideNone)
        tabs.setAccessibleName(f"{title}: views")
        tabs.setToolTip(f"Views of {title}")
        tabs.currentChanged.connect(self._tab_changed)
        return tabs

    def _make_all_views(self, title: str) -> QToolButton:
        """A list of all views, on show only where the tabs have not room for all."""
        button = QToolButton(self)
        button.setText("▾")
        button.setAutoRaise(True)
        button.setAccessibleName(f"{title}: all views")
        button.setToolTip("All views of this panel")
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the arrow keys reach every tab
        # Not the button's own menu: the mark of that would stand in the text, and a style sheet that hides the mark
        # keeps the colours of the theme it was made in.
        self._list = QMenu(button)
        self._list.setToolTipsVisible(True)
        button.clicked.connect(self._list_views)
        button.hide()
        return button

    @Slot()
    def _list_views(self) -> None:
        menu = self._list
        menu.clear()
        for index, view in enumerate(self._views):
            action = menu.addAction(view.title, partial(self._tabs.setCurrentIndex, index))
            action.setToolTip(plain_tip(view.tip))
            action.setCheckable(True)
            action.setChecked(index == self._tabs.currentIndex())
        menu.popup(self._all.mapToGlobal(self._all.rect().bottomLeft()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_all_views()

    def _show_all_views(self) -> None:
        shown = len(self._views) > 1 and self._tabs.sizeHint().width() > self.width() - 2 * GAP
        # The list stands beside the tabs, on their line.
        self._tabs.setMaximumWidth(max(60, self.width() - self._all.sizeHint().width() - 3 * GAP) if shown else WIDEST)
        if shown == self._all.isHidden():
            self._all.setVisible(shown)

    # ---- views and options

    def set_views(self, views: tuple[ViewInfo, ...]) -> None:
        """This panel's views; the current one stays when it still exists, else the first becomes current."""
        before = self.current_view()
        self._views = views
        with QSignalBlocker(self._tabs):
            while self._tabs.count():
                self._tabs.removeTab(0)
            for index, view in enumerate(views):
                self._tabs.addTab(view.title)
                self._tabs.setTabToolTip(index, explained(view.tip, view.formula))
            keys = [view.key for view in views]
            self._tabs.setCurrentIndex(keys.index(before) if before in keys else 0)
        self._tabs.setVisible(len(views) > 1)
        self._show_all_views()
        self._make_controls()

    def views(self) -> tuple[ViewInfo, ...]:
        return self._views

    def set_options(self, values: dict[str, str]) -> None:
        """Shows these values in the controls, without a signal."""
        self._values |= values
        for control in self._controls:
            control.set_value(self._values.get(control.option.key, control.value()))

    def current_view(self) -> str | None:
        index = self._tabs.currentIndex()
        return self._views[index].key if 0 <= index < len(self._views) else None

    def set_current_view(self, key: str) -> None:
        """Goes to a view, without a signal; an unknown key is ignored."""
        keys = [view.key for view in self._views]
        if key in keys and key != self.current_view():
            with QSignalBlocker(self._tabs):
                self._tabs.setCurrentIndex(keys.index(key))
            self._make_controls()

    def _tab_changed(self) -> None:
        self._make_controls()
        view = self.current_view()
        if view is not None:
            self.view_changed.emit(view)

    def _make_controls(self) -> None:
        for control in self._controls:
            self._flow.removeWidget(control)
            control.hide()
            control.deleteLater()
        index = self._tabs.currentIndex()
        options = self._views[index].options if 0 <= index < len(self._views) else ()
        self._controls = [Control(option, self._header) for option in options if option.kind != "kept"]
        for control in self._controls:
            self._flow.addWidget(control)
            self._watch(control)
            control.set_value(self._values.get(control.option.key, control.option.default))
            control.changed.connect(self._option_changed)
            control.show()
        self._order_keys()
        self._header.setVisible(bool(self._controls) or len(self._views) > 1)
        self._header.updateGeometry()

    def _order_keys(self) -> None:
        """The Tab key goes from the views to their controls, then to the drawing."""
        drawing = self._area.pages.currentWidget()
        if isinstance(drawing, Table | Graph):
            drawing = drawing.view if isinstance(drawing, Table) else drawing.canvas
        stops: list[QWidget] = [self._tabs, *(part for control in self._controls for part in control.stops())]
        for before, after in pairwise([*stops, *([drawing] if drawing else [])]):
            QWidget.setTabOrder(before, after)

    def _option_changed(self, key: str, value: str) -> None:
        self._values[key] = value
        self.option_changed.emit(key, value)

    # ---- what is drawn

    def show_figure(self, view: str, figure: Figure) -> None:
        """Draws `figure`; ignored unless `view` is current."""
        if view != self.current_view():
            return
        if is_empty(figure):
            self._figure = None
            self.show_message(view, NOTHING)
            return
        renderer = self._renderer(type(figure))
        if self._area.pages.currentWidget() is not renderer:
            self.hovered.emit("")
            self._area.pages.setCurrentWidget(renderer)
            self._order_keys()
        renderer.show_figure(figure)  # type: ignore[arg-type]
        self._figure, self._shown_view = figure, view
        self._area.veil.clear()
        if isinstance(renderer, Chart):
            self.drawn.emit(renderer)

    def show_message(self, view: str, text: str) -> None:
        """Words in place of the drawing, or over the figure of the same view; ignored unless `view` is current."""
        if view == self.current_view() or not self._views:
            over = self._figure is not None and self._shown_view == view
            if not over:
                self._figure, self._shown_view = None, None
            self._area.veil.say(text, solid=not over)

    def forget(self) -> None:
        """What is drawn is of a model that is gone: words take its place from now on, and do not lie over it."""
        self._figure, self._shown_view = None, None

    def show_busy(self, view: str, fraction: float) -> None:
        """How far the next figure is, in [0, 1]: a thin line, after a moment; the old figure stays, dimmed."""
        if view == self.current_view():
            self._area.veil.work(fraction, solid=self._figure is None)

    def figure(self) -> Figure | None:
        """What is drawn now; None where words stand in its place."""
        return self._figure

    def chart(self) -> Chart | None:
        """The drawing with axes that is on show."""
        renderer = self._area.pages.currentWidget()
        return renderer if isinstance(renderer, Chart) and self._figure is not None else None

    def set_profiles(self, shown: bool) -> None:
        """Whether heatmaps show the row and the column under the crosshair as curves."""
        self._profiles = shown
        for renderer in self._renderers.values():
            if isinstance(renderer, Heatmap):
                renderer.set_profiles(shown)

    def renderer(self) -> Renderer | None:
        """What draws the figure on show."""
        return self._renderers.get(type(self._figure)) if self._figure is not None else None

    def set_cursor(self, row: int | None, col: int | None) -> None:
        """A crosshair from outside, when a heatmap is on show; None, None takes it away."""
        renderer = self._area.pages.currentWidget()
        if isinstance(renderer, Heatmap):
            renderer.set_cursor(row, col)

    def set_weights(self, query: int | None, weights: np.ndarray | None) -> None:
        """The attention of a token to the tokens, [T], when ink is on show."""
        renderer = self._area.pages.currentWidget()
        if isinstance(renderer, Ink):
            renderer.set_weights(query, weights)

    def _watch(self, widget: QWidget) -> None:
        """Hear of presses anywhere in the widget: the panel pressed last is the one that keys and exports mean."""
        for part in (widget, *widget.findChildren(QWidget)):
            part.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonPress:
            if by := step_of(event):
                self.stepped.emit(by)
                return True
            self.activated.emit()
        return False

    @Slot()
    def _zoomed(self) -> None:
        self.zoomed.emit(self.sender())

    def _renderer(self, kind: type[Figure]) -> Renderer:
        if kind not in self._renderers:
            renderer = RENDERERS[kind](self._area)
            renderer.hovered.connect(self.hovered)
            if isinstance(renderer, Ink):
                renderer.query_hovered.connect(self.query_hovered)
                renderer.query_clicked.connect(self.query_clicked)
                renderer.key_hovered.connect(self.key_hovered)
            else:
                renderer.head_clicked.connect(self.head_clicked)
                renderer.pair_clicked.connect(self.pair_clicked)
            if isinstance(renderer, Heatmap):
                renderer.cell_hovered.connect(self.cell_hovered)
                renderer.set_profiles(self._profiles)
            if isinstance(renderer, Chart):
                renderer.zoomed.connect(self._zoomed)
            self._area.pages.addWidget(renderer)
            self._renderers[kind] = renderer
            self._order_keys()
            self._watch(renderer)
        return self._renderers[kind]


class Panels(dict[str, FigurePanel]):
    """The panels of a window, by key."""
