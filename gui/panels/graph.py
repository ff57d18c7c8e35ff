"""Heads and edges with a threshold to drag, and beside them what the selected edge does."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QSplitter, QVBoxLayout, QWidget

from analysis.values import Graph as GraphFigure

from .curves import Curves
from .graph_canvas import GraphCanvas
from .heading import Heading

STEPS = 200


class Graph(QWidget):
    """Draws a Graph: the graph, a slider for the weakest edge on show, and the curves of the selected one."""

    hovered = Signal(str)
    head_clicked = Signal(object)
    pair_clicked = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.figure: GraphFigure | None = None
        self._dragged = False
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.heading, self.canvas, self.below = Heading(self), GraphCanvas(), Curves()
        self.slider, self.count = QSlider(Qt.Orientation.Horizontal), QLabel()
        self._arrange()
        self.slider.valueChanged.connect(self._drag)
        for part in (self.canvas, self.below):
            part.hovered.connect(self.hovered)
        self.canvas.head_clicked.connect(self.head_clicked)
        self.canvas.pair_clicked.connect(self.pair_clicked)

    def _arrange(self) -> None:
        self.slider.setRange(0, STEPS)
        self.slider.setAccessibleName("Threshold")
        self.slider.setToolTip("Edges weaker than this are hidden")
        self.slider.setMinimumWidth(60)
        row = QHBoxLayout()
        row.setContentsMargins(6, 0, 6, 2)
        row.addWidget(self.count)
        row.addWidget(self.slider, 1)
        top = QWidget()
        column = QVBoxLayout(top)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self.canvas, 1)
        self.parts = QSplitter(Qt.Orientation.Horizontal)
        self.parts.addWidget(top)
        self.parts.addWidget(self.below)
        self.parts.setSizes([560, 440])
        self.parts.setChildrenCollapsible(False)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(2)
        whole.addWidget(self.heading)
        whole.addWidget(self.parts, 1)

    def show_figure(self, figure: GraphFigure) -> None:
        """Draws `figure`; a threshold that was dragged stays while the nodes are the same."""
        same = self.figure is not None and (self.figure.nodes, self.figure.title) == (figure.nodes, figure.title)
        threshold = self.canvas.threshold if same and self._dragged else figure.threshold
        self.figure, self._dragged = figure, same and self._dragged
        self.heading.set_words(figure.title, figure.note)
        self.canvas.set_figure(figure)
        with QSignalBlocker(self.slider):
            self.slider.setValue(self._step_of(threshold))
        self._set_threshold(threshold)
        self.below.setVisible(figure.below is not None)
        if figure.below is not None:
            self.below.show_figure(figure.below)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Side by side where it is wide, else the curves below."""
        super().resizeEvent(event)
        wide = self.width() > 1.1 * self.height()
        self.parts.setOrientation(Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical)

    # ---- the threshold: as a share of the way from the weakest to the strongest edge, in logarithms

    def _ends(self) -> tuple[float, float]:
        assert self.figure is not None
        strengths = self.figure.strengths[self.figure.strengths > 0]
        low, high = (float(strengths.min()), float(strengths.max())) if len(strengths) else (1.0, 1.0)
        return low, max(high, low * 1.001)

    def _step_of(self, threshold: float) -> int:
        low, high = np.log(self._ends())
        return round(float(np.clip((np.log(max(threshold, 1e-9)) - low) / (high - low), 0, 1)) * STEPS)

    def _drag(self, step: int) -> None:
        if self.figure is not None:
            low, high = np.log(self._ends())
            self._dragged = True
            # A little less at the top, so that the strongest edge stays.
            self._set_threshold(float(np.exp(low + (high - low) * step / STEPS)) * (1 - 1e-6))

    def _set_threshold(self, threshold: float) -> None:
        assert self.figure is not None
        self.canvas.set_threshold(threshold)
        shown = int((self.figure.strengths >= threshold).sum())
        self.count.setText(f"{self.figure.strength_name} ≥ {threshold:.1f}: {shown} edge{'s' if shown != 1 else ''}")


if __name__ == "__main__":
    from .samples import graph, show_alone

    show_alone(Graph, graph())
