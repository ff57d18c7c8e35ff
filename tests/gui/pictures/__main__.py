"""Makes the pictures that the tests compare with: python -m tests.gui.pictures [FOLDER] (this folder by default)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ |= {"QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": "1"}

from PySide6.QtCore import QEvent
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

from analysis.values import Option, ViewInfo
from gui.panels.panel import FigurePanel
from gui.panels.renderers.curves import Curves
from gui.panels.renderers.heatmap import Heatmap
from resources.findings.fixed import fix_look, has_font
from tests.gui.panels import samples

NO_FONT = 3


def drawn(widget: QWidget) -> QImage:
    for _ in range(5):
        QApplication.processEvents()
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    widget.close()
    # Not left to the interpreter's end, which takes Qt's things in any order.
    widget.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    return image


def heatmap() -> QImage:
    """A pattern with its profiles and a cell under the pointer."""
    chart = Heatmap()
    chart.resize(480, 400)
    chart.show()
    chart.set_profiles(True)
    chart.show_figure(samples.heatmap(120))
    chart.point_at(41.5, 100.5)
    return drawn(chart)


def curves() -> QImage:
    chart = Curves()
    chart.resize(480, 300)
    chart.show()
    chart.show_figure(samples.curves())
    return drawn(chart)


def panel() -> QImage:
    """A panel with its views and controls, and a signed matrix with undefined cells."""
    shown = FigurePanel("composition", "Composition")
    into = Option("into", "into", "k", choices=(("q", "Q"), ("k", "K"), ("v", "V")), tip="Which input.")
    lag = Option("lag", "lag", "0", "number", tip="A distance.")
    shown.set_views((ViewInfo("pairs", "composition", "All pairs", "Pairs.", (into, lag)),
                     ViewInfo("partners", "composition", "Partners", "Partners.")))
    shown.resize(480, 420)
    shown.show()
    shown.show_figure("pairs", samples.composition())
    return drawn(shown)


PICTURES = {"heatmap-light": heatmap, "curves-dark": curves, "panel-light": panel}


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    app = QApplication(sys.argv[:1])
    if not has_font():
        return NO_FONT
    for name, make in PICTURES.items():
        fix_look(app, name.rpartition("-")[2])
        make().save(str(folder / f"{name}.png"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
