"""Pieces of axes that several kinds share: ticks, a colour bar, points as units."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.axis import Axis, Scale
from analysis.figures.drawing import colormaps
from analysis.figures.drawing.text import LEADING, shortened, shown, width
from analysis.figures.style import SMALLEST_TEXT, Style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Colormap, Normalize
    from matplotlib.figure import Figure as Drawing

LONGEST_LABEL = 46.0
BAR, BAR_GAP = 6.0, 6.0
"""Points: how wide a colour bar is, and its distance."""
STEPS = [1, 2, 5, 10]


def drawing_of(axes: Axes) -> Drawing:
    """The whole drawing that the axes stand in."""
    found = axes.get_figure(root=True)
    assert found is not None
    return found


def size_of(axes: Axes) -> tuple[float, float]:
    """Width and height in points."""
    box = axes.get_window_extent()
    dots = drawing_of(axes).dpi / 72
    return float(box.width) / dots, float(box.height) / dots


def in_points(axes: Axes) -> tuple[float, float]:
    """Makes a point the unit of both axes, from the left and from the top, without a frame; width and height."""
    wide, tall = size_of(axes)
    axes.set_axis_off()
    axes.set(xlim=(0, wide), ylim=(tall, 0))
    return wide, tall


def number_ticks(axes: Axes, style: Style, which: str = "xy", whole: bool = False) -> None:
    """Round numbers along the axes named, as many as there is room for."""
    from matplotlib.ticker import MaxNLocator

    rooms = {"x": 34.0 * style.text_size / 7, "y": 2.6 * LEADING * style.text_size}
    for name, length in zip("xy", size_of(axes), strict=True):
        if name in which:
            locator = MaxNLocator(max(2, int(length / rooms[name])), steps=STEPS, integer=whole)
            getattr(axes, f"{name}axis").set_major_locator(locator)


def name_axes(axes: Axes, x: str, y: str, style: Style) -> None:
    """The names of both axes, shortened to their lengths."""
    wide, tall = size_of(axes)
    axes.set_xlabel(shown(shortened(x, wide, style.text_size)))
    axes.set_ylabel(shown(shortened(y, tall, style.text_size)), rotation_mode="anchor")


def cell_ticks(axes: Axes, which: str, axis: Axis, style: Style) -> None:
    """Labels of cells where they can be read, all of them or of every few heads; else their numbers.

    Cells stand at `first`, `first` + 1 and so on.
    """
    length = size_of(axes)[which == "y"]
    low, high = sorted(axes.get_xlim() if which == "x" else axes.get_ylim())
    first, last = max(0, round(low + 0.5) - axis.first), min(axis.size, round(high + 0.5) - axis.first)
    cell = length / max(1e-9, high - low)
    if axis.labels and last > first and (cell >= SMALLEST_TEXT or axis.heads):
        room = min(LONGEST_LABEL, 0.2 * drawing_of(axes).get_figwidth() * 72) * style.text_size / 7
        labels = [shown(shortened(axis.labels[place], room, style.text_size)) for place in range(first, last)]
        size, step, turned = _label_fit(labels, cell, which == "y", style.text_size)
        if step == 1 or axis.heads:
            kept = range(first + (-first) % step, last, step)
            getattr(axes, f"{which}axis").set_ticks(
                [axis.first + place for place in kept], labels=[labels[place - first] for place in kept],
                fontsize=size, rotation=90 if turned else 0)
            return
    number_ticks(axes, style, which, whole=True)


def _label_fit(labels: list[str], cell: float, upright: bool, size: float) -> tuple[float, int, bool]:
    """(size, every how many cells, turned): all labels if they can be read at all, level before turned."""
    widest = max(width(label, size) for label in labels)
    if not upright and widest + 4 <= cell:
        return size, 1, False
    least = min(size, max(SMALLEST_TEXT, cell / 1.12))
    step = max(1.0, 1.12 * least / cell)
    power = 10.0 ** np.floor(np.log10(step))
    nice = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= step - 1e-9)
    return least, round(nice), not upright


# ---- colours -----------------------------------------------------------------------------------------------------


def color_map(kind: str, dark: bool) -> Colormap:
    """The map in force for a scale's kind; undefined cells have its last colour."""
    from matplotlib.colors import ListedColormap

    table = colormaps.table(kind, dark) / 255
    return ListedColormap(table[: colormaps.TOP + 1]).with_extremes(bad=table[colormaps.UNDEFINED])


def contrasting(color: tuple[float, ...]) -> str:
    """Black or white: what can be read on a colour (red, green, blue in 0 … 1)."""
    return "#000000" if color[0] * 0.2126 + color[1] * 0.7152 + color[2] * 0.0722 > 0.5 else "#ffffff"


def norm(scale: Scale) -> Normalize:
    from matplotlib.colors import LogNorm, Normalize

    return LogNorm(scale.low, scale.high) if scale.kind == "log" else Normalize(scale.low, scale.high)


def color_bar(axes: Axes, mappable: ScalarMappable, scale: Scale, style: Style) -> None:
    """Right of the axes and as tall: colours, ticks, what they are."""
    from matplotlib.ticker import LogLocator, MaxNLocator

    wide, tall = size_of(axes)
    place = axes.inset_axes((1 + BAR_GAP / wide, 0, BAR / wide, 1))
    most = max(2, int(tall / (2.6 * LEADING * style.text_size)))
    ticks = LogLocator(numticks=most) if scale.kind == "log" else MaxNLocator(
        most, steps=STEPS, symmetric=scale.kind == "diverging", min_n_ticks=3 if scale.kind == "diverging" else 2)
    bar = drawing_of(axes).colorbar(mappable, cax=place, ticks=ticks)
    if scale.kind == "log":
        bar.ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    bar.ax.minorticks_off()
    bar.outline.set_linewidth(axes.spines["left"].get_linewidth())
    if bar.solids is not None:
        bar.solids.set_rasterized(True)
    bar.set_label(shown(shortened(scale.label, tall, style.text_size)), rotation=90)
