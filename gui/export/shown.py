"""From the panels of a window to the pieces of a page: the figures, and what of them is on the screen."""

import numpy as np

from analysis.figures.figure import Figure
from analysis.figures.kind import Piece, Range, kinds
from gui.panels.drawing.chart import Chart
from gui.panels.panel import FigurePanel
from gui.panels.renderers.ink import Ink


def pieces(panels: dict[str, FigurePanel]) -> dict[str, Piece]:
    """By panel, in their order: what every panel on show has drawn."""
    found = {key: piece_of(panel) for key, panel in panels.items() if panel.isVisible()}
    return {key: piece for key, piece in found.items() if piece is not None}


def piece_of(panel: FigurePanel) -> Piece | None:
    """None where words stand in the place of a figure, or where nothing draws its kind on paper."""
    figure, renderer = panel.figure(), panel.renderer()
    if figure is None or type(figure) not in kinds():
        return None
    if isinstance(renderer, Ink):
        return renderer.piece()
    return Piece(figure, _zoomed(figure, renderer) if isinstance(renderer, Chart) else None)


def _zoomed(figure: Figure, chart: Chart) -> tuple[Range, Range] | None:
    """The ranges on show; None where they hold all there is."""
    extent = kinds()[type(figure)].extent(figure)
    shown = [(float(low), float(high)) for low, high in chart.box.viewRange()]
    if extent is None or all(
        low <= first + 1e-3 * (last - first) and high >= last - 1e-3 * (last - first)
        for (low, high), (first, last) in zip(shown, extent, strict=True)
    ):
        return None
    if not np.isfinite(shown).all():
        return None
    return shown[0], shown[1]
