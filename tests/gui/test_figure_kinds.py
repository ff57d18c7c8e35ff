"""Every kind of figure has all its parts: numbers, CSV, files, a drawing for paper, one for the screen."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pytest

from analysis.figures.figure import Figure
from analysis.figures.formats import formats
from analysis.figures.kind import draw, kind_of, kinds
from analysis.values.modules import modules_of
from gui.panels.renderers import renderers
from tests.gui.small_figures import FIGURES

CLASSES = {
    value
    for module in modules_of("analysis.figures")
    for value in vars(module).values()
    if isinstance(value, type) and issubclass(value, Figure) and value is not Figure
}
SAMPLES = {type(figure): figure for key, figure in FIGURES.items() if key != "empty"}


def test_that_every_class_of_figures_is_a_kind_with_a_renderer_and_a_sample() -> None:
    assert len(CLASSES) >= 6
    assert CLASSES == set(kinds()) == set(renderers()) == set(SAMPLES)


@pytest.mark.parametrize("figure", SAMPLES.values(), ids=lambda figure: type(figure).__name__)
def test_that_a_kind_has_numbers_csv_and_a_drawing(figure: Figure) -> None:
    kind = kind_of(figure)
    assert not kind.empty(figure)
    assert kind.arrays(figure)
    assert len(kind.lines(figure)) > 1
    assert kind.numbers != "figure"  # Its repr is no list of numbers.
    assert eval(kind.numbers, {"figure": figure}) is not None
    for one in formats().values():
        assert one.write is None or one.write(figure)
    drawing, axes = plt.figure(layout="none"), None
    try:
        axes = drawing.add_subplot()
        before = len(axes.get_children())
        draw(figure, axes)
        drawing.canvas.draw()
        assert len(axes.get_children()) > before
    finally:
        plt.close(drawing)
