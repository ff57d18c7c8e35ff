"""Zoom and pan in one panel, and the panels that show the same axis follow."""

from collections.abc import Hashable, Sequence

from PySide6.QtCore import QObject, Slot

from gui.panels.drawing.chart import Chart
from gui.panels.panel import FigurePanel

Range = tuple[float, float]


class ZoomLink(QObject):
    """Remembers what is on show of every axis, so that a view that comes back stands where it stood."""

    def __init__(self, panels: Sequence[FigurePanel], parent: QObject) -> None:
        super().__init__(parent)
        self._panels = panels
        self._ranges: dict[Hashable, Range] = {}
        self.on = True
        for panel in panels:
            panel.zoomed.connect(self._zoomed)
            panel.drawn.connect(self._follow)

    def set_on(self, on: bool) -> None:
        """Whether panels follow one another; what is on show stays as it is."""
        self.on = on
        self._ranges.clear()

    @Slot(object)
    def _zoomed(self, chart: Chart) -> None:
        if not self.on:
            return
        for key, shown in zip(chart.shared_axes(), chart.box.viewRange(), strict=True):
            if key is not None:
                self._ranges[key] = (shown[0], shown[1])
        for panel in self._panels:
            other = panel.chart()
            if other is not None and other is not chart:
                self._follow(other)

    @Slot(object)
    def _follow(self, chart: Chart) -> None:
        for place, (key, shown) in enumerate(zip(chart.shared_axes(), chart.box.viewRange(), strict=True)):
            wanted = self._ranges.get(key)
            if wanted is not None and wanted != (shown[0], shown[1]):
                (chart.box.setXRange, chart.box.setYRange)[place](*wanted, padding=0)
