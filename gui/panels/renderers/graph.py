"""Heads and edges with a threshold to drag, and beside them what the selected edge does."""

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QSlider,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from analysis.figures.graph import Graph as GraphFigure
from gui.panels.drawing.graph_canvas import EMPTY, GraphCanvas
from gui.panels.figure_widget import FigureWidget
from gui.panels.heading import Heading
from gui.panels.renderers import Renderer
from gui.panels.renderers.curves import Curves
from gui.theme.named import named

STEPS = 200
LEAST = 7
"""Lines of text: no lower are the graph and the curves."""


class Graph(FigureWidget):
    """Draws a Graph: a slider for the weakest edge on show, the graph, and the curves of the selected edge."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.figure, self._dragged = EMPTY, False
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.heading, self.canvas, self.below = Heading(self), GraphCanvas(), Curves()
        self.slider = named(QSlider(Qt.Orientation.Horizontal), "Threshold", "Edges weaker than this are hidden")
        self.count = QLabel()
        self._arrange()
        self.slider.valueChanged.connect(self._drag)
        self.canvas.forward(self)
        self.below.hovered.connect(self.hovered)

    def _arrange(self) -> None:
        self.slider.setRange(0, STEPS)
        self.slider.setMinimumWidth(40)
        row = QHBoxLayout()
        row.setContentsMargins(6, 0, 6, 2)
        row.addWidget(self.count)
        row.addWidget(self.slider, 1)
        self.below.heading.hide()  # its words stand in the heading of the whole
        self.parts = QSplitter(Qt.Orientation.Horizontal)
        self.parts.addWidget(self.canvas)
        self.parts.addWidget(self.below)
        self.parts.setSizes([560, 440])
        self.parts.setChildrenCollapsible(False)
        self.parts.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        self.content, area = QWidget(), QScrollArea(widgetResizable=True)
        area.setBackgroundRole(QPalette.ColorRole.Base)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self.content)
        outer, whole = QVBoxLayout(self), QVBoxLayout(self.content)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(2)
        whole.addWidget(self.heading)
        whole.addLayout(row)
        whole.addWidget(self.parts, 1)

    def drawing(self) -> QWidget:
        return self.canvas

    def show_figure(self, figure: GraphFigure) -> None:
        """Draws `figure`; a threshold that was dragged stays while the nodes are the same."""
        same = (self.figure.nodes, self.figure.title) == (figure.nodes, figure.title)
        threshold = self.canvas.threshold if same and self._dragged else figure.threshold
        self.figure, self._dragged = figure, same and self._dragged
        notes = figure.note, figure.below.note if figure.below else ""
        self.heading.set_words(figure.title, ": ".join(filter(None, notes)))
        self.canvas.set_figure(figure)
        with QSignalBlocker(self.slider):
            self.slider.setValue(self._step_of(threshold))
        self._set_threshold(threshold)
        self.below.setVisible(figure.below is not None)
        if figure.below is not None:
            self.below.show_figure(figure.below)
        self._stack()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._stack()

    def _stack(self) -> None:
        """Side by side where it is wide, else the curves below; it scrolls where both would be too low to read."""
        wide = self.width() > 1.1 * self.height()
        self.parts.setOrientation(Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical)
        one_below_other = self.figure.below is not None and not wide
        self.parts.setMinimumHeight((1 + one_below_other) * LEAST * self.fontMetrics().height())
        # Qt's own least height knows nothing of the heading, whose height is its width's.
        rest = self.content.minimumSizeHint().height()
        self.content.setMinimumHeight(rest + self.heading.heightForWidth(self.width()))

    # ---- the threshold: as a share of the way from the weakest to the strongest edge, in logarithms

    def _ends(self) -> tuple[float, float]:
        strengths = self.figure.strengths[self.figure.strengths > 0]
        low, high = (float(strengths.min()), float(strengths.max())) if len(strengths) else (1.0, 1.0)
        return low, max(high, low * 1.001)

    def _step_of(self, threshold: float) -> int:
        low, high = np.log(self._ends())
        return round(float(np.clip((np.log(max(threshold, 1e-9)) - low) / (high - low), 0, 1)) * STEPS)

    def _drag(self, step: int) -> None:
        low, high = np.log(self._ends())
        self._dragged = True
        # A little less at the top, so that the strongest edge stays.
        self._set_threshold(float(np.exp(low + (high - low) * step / STEPS)) * (1 - 1e-6))

    def _set_threshold(self, threshold: float) -> None:
        self.canvas.set_threshold(threshold)
        shown = int((self.figure.strengths >= threshold).sum())
        self.count.setText(f"{self.figure.strength_name} ≥ {threshold:.1f}: {shown} edge{'s' if shown != 1 else ''}")


RENDERER = Renderer(GraphFigure, Graph)
