"""Run with QT_SCALE_FACTOR set: draws a heatmap and a window's icon, and says in JSON how crisp they are."""

from __future__ import annotations

import json
import sys

import numpy as np
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from analysis.figures.axis import Axis, Scale
from analysis.figures.heatmap import Heatmap
from gui.panels.renderers.heatmap import Heatmap as Renderer
from gui.theme import colors


def main() -> None:
    app = QApplication(sys.argv[:1])
    colors.apply_theme(app, "light")
    values = (np.indices((90, 90)).sum(0) % 2).astype(np.float32)
    chart = Renderer()
    chart.resize(500, 420)
    chart.show()
    chart.show_figure(Heatmap("A", values, Axis("query", 90), Axis("key", 90), Scale("sequential", 0, 1, "a")))
    app.processEvents()
    image = chart.view.grab().toImage()
    ratio = image.devicePixelRatio()
    area = chart.box.sceneBoundingRect()
    inside = image.copy(*(round(side * ratio) + 2 for side in (area.left(), area.top())),
                        *(int(side * ratio) - 6 for side in (area.width(), area.height())))
    found = {inside.pixelColor(x, y).name() for x in range(inside.width()) for y in range(inside.height())}
    button = colors.icon("open", app.palette()).pixmap(24)
    print(json.dumps({"ratio": ratio, "wide": image.width(), "colors": sorted(found), "icon": button.width(),
                      "table": [colors.map_colors("sequential", False)[place].name() for place in (0, colors.TOP)]}))
    chart.close()
    chart.deleteLater()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


if __name__ == "__main__":
    main()
