"""Helpers: where a point of a chart is on the screen, and which colour it has there."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gui.panels.drawing.chart import Chart


def show(qtbot, widget, width=420, height=340):  # type: ignore[no-untyped-def]
    """Shows `widget` laid out and painted."""
    qtbot.addWidget(widget)
    # qtbot keeps only a weak reference: a widget that is collected while it paints ends the process.
    vars(qtbot).setdefault("kept", []).append(widget)
    widget.resize(width, height)
    widget.show()
    qtbot.waitExposed(widget)
    settle()
    return widget


def settle() -> None:
    for _ in range(3):
        QApplication.processEvents()


def place(chart: Chart, x: float, y: float) -> QPoint:
    """(x, y) of the data in pixels of the chart's viewport."""
    return chart.view.mapFromScene(chart.box.mapViewToScene(QPointF(x, y)))


def color_at(chart: Chart, x: float, y: float) -> QColor:
    settle()
    return chart.view.grab().toImage().pixelColor(place(chart, x, y))


def click(chart: Chart, x: float, y: float) -> None:
    button, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QTest.mouseClick(chart.view.viewport(), button, none, place(chart, x, y))


def colors_in(image: QImage) -> set[str]:
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
