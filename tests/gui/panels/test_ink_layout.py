"""Words on lines at one scale; the stroke nearest to a point."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.figures.drawing.ink_layout import LEAST, MARGIN, SPACE, arrange, nearest


def word(left: float, wide: float, top: float = 0.0, tall: float = 0.3) -> list[list[float]]:
    """A word of 51 strokes: along the top of its box in short steps, then down its right side."""
    x = np.linspace(left, left + wide, 51).tolist()
    return [*([x[i], top, x[i + 1], top] for i in range(50)), [left + wide, top, left + wide, top + tall]]


THREE = np.array([*word(0, 1), *word(5, 1, 0.1), *word(9, 1)])
BEGINS = (0, 51, 102)


def test_that_words_on_one_line_keep_their_heights_and_a_space_apart() -> None:
    layout = arrange(THREE, BEGINS, 1000, 80)
    s, x, y = layout.scale, layout.strokes[:, 0::2], layout.strokes[:, 1::2]
    assert x[0, 0] == pytest.approx(MARGIN)
    assert x[51, 0] - x[50, 1] == pytest.approx(SPACE * s)
    assert y[51, 0] - y[0, 0] == pytest.approx(0.1 * s)
    assert y.min() == pytest.approx(MARGIN)
    np.testing.assert_allclose(np.hypot(x[:, 1] - x[:, 0], y[:, 1] - y[:, 0]), [*[0.02 * s] * 50, 0.3 * s] * 3)


def test_that_words_break_onto_lines_that_fit_the_width() -> None:
    layout = arrange(THREE, BEGINS, 2.3 * LEAST + 2 * MARGIN, 30)
    x, y = layout.strokes[:, 0::2], layout.strokes[:, 1::2]
    assert layout.scale == LEAST
    assert x.max() <= 2.3 * LEAST + MARGIN
    assert x[102, 0] == pytest.approx(MARGIN)
    assert y[102:].min() > y[:102].max()
    assert layout.height == pytest.approx(y.max() + MARGIN)


@pytest.mark.parametrize("width", [60, 200, 1000])
@pytest.mark.parametrize("height", [40, 400])
def test_that_the_ink_never_leaves_the_width_and_fills_what_it_can(width: float, height: float) -> None:
    layout = arrange(THREE, BEGINS, width, height)
    assert layout.strokes[:, 0::2].max() <= width - MARGIN + 1e-6
    assert layout.strokes.min() >= MARGIN - 1e-6
    assert layout.height <= height or layout.scale <= LEAST


def test_that_strokes_far_longer_than_handwriting_are_drawn_smaller() -> None:
    walk = np.cumsum(np.random.default_rng(0).normal(size=(101, 2)), axis=0)
    layout = arrange(np.hstack([walk[:-1], walk[1:]]), (0,), 1000, 100)
    assert layout.scale < 40


def test_that_a_single_point_can_be_arranged() -> None:
    layout = arrange(np.zeros((1, 4)), (0,), 300, 100)
    assert np.isfinite(layout.strokes).all()


def test_that_the_nearest_stroke_is_measured_to_its_length_and_not_to_its_line() -> None:
    strokes = np.array([[0.0, 0, 10, 0], [20, 0, 20, 0], [0, 9, 10, 9]])
    assert nearest(strokes, 5, 3) == (0, 3.0)
    assert nearest(strokes, 18, 0) == (1, 2.0)
    assert nearest(strokes, 13, 4) == (0, 5.0)
