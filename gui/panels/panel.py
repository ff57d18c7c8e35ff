"""One dock's content: view tabs, the controls of the view, and the drawing."""

from itertools import pairwise

from PySide6.QtCore import QEvent, QObject, Signal, Slot
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from analysis.figures.figure import Figure
from analysis.figures.kind import kind_of
from analysis.values import FloatArray, ViewInfo
from gui.panels.controls import Control
from gui.panels.drawing.chart import Chart
from gui.panels.figure_widget import FigureWidget, Pointed
from gui.panels.flow import FlowLayout
from gui.panels.renderers import renderers
from gui.panels.veil import Veil
from gui.panels.view_tabs import ViewTabs
from gui.shared.mouse_buttons import step_of

NOTHING = "There is nothing to draw here: this view is empty for what is selected."


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


class FigurePanel(Pointed):
    """Shows the figures of the views of one panel, one at a time, and passes on what is pointed at."""

    view_changed = Signal(str)
    option_changed = Signal(str, str)
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
        self._values: dict[str, str] = {}
        self._controls: list[Control] = []
        self._renderers: dict[type[Figure], FigureWidget] = {}
        self._figure: Figure | None = None
        self._shown_view: str | None = None
        self._profiles = False
        self._header = QWidget(self)
        self._tabs = ViewTabs(title, self._header)
        self._tabs.currentChanged.connect(self._tab_changed)
        self._flow = FlowLayout(self._header)
        self._flow.setContentsMargins(2, 1, 4, 2)
        self._flow.addWidget(self._tabs)
        self._flow.addWidget(self._tabs.all_views)
        self._area = DrawingArea(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._header)
        column.addWidget(self._area, 1)
        self._watch(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._tabs.fit(self.width())

    # ---- views and options

    def set_views(self, views: tuple[ViewInfo, ...]) -> None:
        """This panel's views; the current one stays when it still exists, else the first becomes current."""
        self._tabs.set_views(views)
        self._tabs.fit(self.width())
        self._make_controls()

    def views(self) -> tuple[ViewInfo, ...]:
        return self._tabs.views

    def set_options(self, values: dict[str, str]) -> None:
        """Shows these values in the controls, without a signal."""
        self._values |= values
        for control in self._controls:
            control.set_value(self._values.get(control.option.key, control.value()))

    def current_view(self) -> str | None:
        view = self._tabs.view()
        return view.key if view else None

    def set_current_view(self, key: str) -> None:
        """Goes to a view, without a signal; an unknown key is ignored."""
        if self._tabs.set_view(key):
            self._make_controls()

    def _tab_changed(self) -> None:
        self._make_controls()
        if (view := self.current_view()) is not None:
            self.view_changed.emit(view)

    def _make_controls(self) -> None:
        for control in self._controls:
            self._flow.removeWidget(control)
            control.hide()
            control.deleteLater()
        view = self._tabs.view()
        options = view.options if view else ()
        self._controls = [Control(option, self._header) for option in options if option.kind != "kept"]
        for control in self._controls:
            self._flow.addWidget(control)
            self._watch(control)
            control.set_value(self._values.get(control.option.key, control.option.default))
            control.changed.connect(self._option_changed)
            control.show()
        self._order_keys()
        self._header.setVisible(bool(self._controls) or len(self.views()) > 1)
        self._header.updateGeometry()

    def _order_keys(self) -> None:
        """The Tab key goes from the views to their controls, then to the drawing."""
        renderer = self._on_show()
        stops: list[QWidget] = [self._tabs, *(part for control in self._controls for part in control.stops())]
        for before, after in pairwise([*stops, *([renderer.drawing()] if renderer else [])]):
            QWidget.setTabOrder(before, after)

    def _option_changed(self, key: str, value: str) -> None:
        self._values[key] = value
        self.option_changed.emit(key, value)

    # ---- what is drawn

    def show_figure(self, view: str, figure: Figure) -> None:
        """Draws `figure`; ignored unless `view` is current."""
        if view != self.current_view():
            return
        if kind_of(figure).empty(figure):
            self._figure = None
            return self.show_message(view, NOTHING)
        renderer = self._renderer(type(figure))
        if self._on_show() is not renderer:
            self.hovered.emit("")
            self._area.pages.setCurrentWidget(renderer)
            self._order_keys()
        renderer.show_figure(figure)
        self._figure, self._shown_view = figure, view
        self._area.veil.clear()
        if isinstance(renderer, Chart):
            self.drawn.emit(renderer)

    def show_message(self, view: str, text: str) -> None:
        """Words in place of the drawing, or over the figure of the same view; ignored unless `view` is current."""
        if view == self.current_view() or not self.views():
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
        renderer = self.renderer()
        return renderer if isinstance(renderer, Chart) else None

    def set_profiles(self, shown: bool) -> None:
        """Whether heatmaps show the row and the column under the crosshair as curves."""
        self._profiles = shown
        for renderer in self._renderers.values():
            renderer.set_profiles(shown)

    def renderer(self) -> FigureWidget | None:
        """What draws the figure on show."""
        return self._on_show() if self._figure is not None else None

    def set_cursor(self, row: int | None, col: int | None) -> None:
        """A crosshair from outside, when a heatmap is on show; None, None takes it away."""
        if (renderer := self._on_show()) is not None:
            renderer.set_cursor(row, col)

    def set_weights(self, query: int | None, weights: FloatArray | None) -> None:
        """The attention of a token to the tokens, [T], when ink is on show."""
        if (renderer := self._on_show()) is not None:
            renderer.set_weights(query, weights)

    def _on_show(self) -> FigureWidget | None:
        """The renderer in front, perhaps under the veil."""
        shown = self._area.pages.currentWidget()
        return shown if isinstance(shown, FigureWidget) else None

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

    def _renderer(self, kind: type[Figure]) -> FigureWidget:
        if kind not in self._renderers:
            renderer = self._renderers[kind] = renderers()[kind].make(self._area)
            renderer.forward(self)
            renderer.zoomed.connect(self._zoomed)
            renderer.set_profiles(self._profiles)
            self._area.pages.addWidget(renderer)
            self._order_keys()
            self._watch(renderer)
        return self._renderers[kind]


class Panels(dict[str, FigurePanel]):
    """The panels of a window, by key."""
