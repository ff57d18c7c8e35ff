"""Ticks: round, and never on top of each other."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtGui import QFontMetrics

from analysis.figures.axis import Axis, Scale
from analysis.values import HeadId
from gui.panels.drawing.colorbar import ColorBar
from gui.panels.drawing.ticks import log_ticks, nice_step, nice_ticks
from gui.panels.renderers.heatmap import Heatmap
from tests.gui.panels.samples import composition, heatmap

from .looking import settle, show


@pytest.mark.parametrize(("least", "step"), [(1.0, 1.0), (1.1, 2.0), (3.0, 5.0), (6.0, 10.0), (0.03, 0.05)])
def test_that_steps_are_one_two_or_five(least, step):
    assert nice_step(least) == pytest.approx(step)


def test_that_ticks_have_the_decimals_of_their_step_and_a_true_minus():
    assert [text for _, text in nice_ticks(-1.0, 1.0, 4)] == ["−1.0", "−0.5", "0", "0.5", "1.0"]


def test_that_a_logarithmic_axis_is_marked_at_powers_of_ten():
    assert log_ticks(1e-3, 1.0) == [(1e-3, "0.001"), (1e-2, "0.01"), (1e-1, "0.1"), (1.0, "1")]


@pytest.mark.parametrize("size", [(900, 700), (420, 340), (260, 220)])
@pytest.mark.parametrize("figure", [heatmap(300), composition(4, 12)], ids=["tokens", "heads"])
def test_that_tick_labels_never_overlap(qtbot, size, figure):
    chart = show(qtbot, Heatmap(), *size)
    chart.show_figure(figure)
    settle()
    metrics = QFontMetrics(chart.font())
    per_x, per_y = chart.pixels_per_unit()
    across = [(value * per_x, metrics.horizontalAdvance(text)) for value, text in chart.bottom.ticks()]
    assert len(across) > 1
    assert all(right - left >= (width + more) / 2 for (left, width), (right, more) in pairwise(across))
    down = [value * per_y for value, _ in chart.left.ticks()]
    assert all(below - above >= metrics.height() for above, below in pairwise(down))


def test_that_heads_keep_their_names_and_crowded_tokens_become_positions(qtbot):
    chart = show(qtbot, Heatmap())
    chart.show_figure(heatmap(300))
    settle()
    assert {text for _, text in chart.bottom.ticks()} >= {"0", "100", "200"}
    chart.show_figure(composition())
    settle()
    assert all(HeadId.parse(text) for _, text in chart.left.ticks())


def test_that_positions_are_counted_from_the_first_of_the_axis(qtbot):
    chart = show(qtbot, Heatmap())
    figure = heatmap(64)
    chart.left.set_cells(Axis("token", 64, first=1000))
    chart.show_figure(type(figure)(figure.title, figure.values, Axis("t", 64, first=1000), figure.cols, figure.scale))
    settle()
    assert all(int(text) == 1000 + int(value) for value, text in chart.left.ticks())


@pytest.mark.parametrize("high", [1.0, 0.123, 6.0, 1.9, 4e-7, 38.7, 1e9])
@pytest.mark.parametrize("kind", ["sequential", "diverging"])
def test_that_even_a_small_colour_bar_tells_the_size_of_its_scale(qapp, kind, high):
    bar = ColorBar()
    bar.set_scale(Scale(kind, -high if kind == "diverging" else 0.0, high, "z"), qapp.palette())
    ticks = bar._ticks(2)
    assert len(ticks) >= 2
    assert all(-1e-9 <= place <= 1 + 1e-9 for place, _ in ticks)
    assert len({text for _, text in ticks}) == len(ticks)
